//! Torch archives; bytes that are no archive become the pickle of one with a few storages.
#![no_main]

use bandpass_fuzz::{check, zip};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if data.starts_with(b"PK") {
        return check(data.to_vec());
    }
    let storage = [0x3c; 96];
    check(zip(&[
        ("archive/data.pkl", data),
        ("archive/data/0", &storage[..16]),
        ("archive/data/1", &storage[..8]),
        ("archive/data/2", &storage),
        ("archive/data/3", &[]),
    ]));
});
