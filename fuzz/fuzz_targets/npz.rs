//! Numpy archives and arrays; bytes that are neither become an array's header.
#![no_main]

use bandpass_fuzz::{check, zip};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if data.starts_with(b"PK") || data.starts_with(b"\x93NUMPY") {
        return check(data.to_vec());
    }
    let len = (data.len() as u32).to_le_bytes();
    let array = [b"\x93NUMPY\x02\x00", &len[..], data, &[0x3c; 16]].concat();
    check(zip(&[("w.npy", &array), ("readme", b"")]));
});
