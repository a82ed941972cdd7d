//! Legacy torch files; bytes that are no pickle follow the three pickles that every such file has.
#![no_main]

use bandpass_fuzz::check;

/// The magic number, the protocol, and no facts of the machine.
const START: &[u8] =
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if data.first() == Some(&0x80) {
        return check(data.to_vec());
    }
    check([START, data].concat());
});
