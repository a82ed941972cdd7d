use std::fs;

use super::*;

/// A library for this platform as far as headers go: one segment of `len` bytes, then `tail`.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn elf_of(machine: u16, len: u64, tail: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 64 + 56];
    bytes[..5].copy_from_slice(b"\x7fELF\x02");
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
    bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&1_u16.to_le_bytes());
    bytes[64 + 32..64 + 40].copy_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(tail);
    bytes
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn what_a_library_is_shows_in_its_header() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("libonnxruntime.so");
    let state = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        inspect(&path).map(|info| info.version)
    };
    let ort = |version: &str| format!("OrtGetApiBase\0VERS_{version}\0").into_bytes();
    assert_eq!(state(&elf_of(62, 100, &ort("1.31.1"))).unwrap(), "1.31.1");
    assert_eq!(state(&elf_of(62, 100, b"OrtGetApiBase")).unwrap(), "1.x");
    let text = |bytes: &[u8]| state(bytes).unwrap_err().to_string();
    let old = text(&elf_of(62, 100, &ort("1.20.1")));
    assert!(
        old.ends_with("is ONNX Runtime 1.20.1; 1.24 or newer is needed"),
        "{old}"
    );
    let short = text(&elf_of(62, 5000, &ort("1.31.1")));
    assert!(
        short.contains("is cut short") && short.ends_with("of 5000 bytes"),
        "{short}"
    );
    let arm = text(&elf_of(183, 100, &ort("1.31.1")));
    assert!(
        arm.ends_with("is no library for Linux on x86-64: it is for Linux on ARM64"),
        "{arm}"
    );
    assert!(text(&elf_of(62, 100, b"other")).ends_with("is not ONNX Runtime"));
    assert!(text(b"").ends_with("it is empty"));
    assert!(text(b"#!/bin/sh").ends_with("it is no library at all"));
    assert!(text(b"\x7fELF\x02").ends_with("its header is cut short"));
    let mut windows = vec![0; 0x200];
    windows[..2].copy_from_slice(b"MZ");
    windows[0x3c] = 0x80;
    windows[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
    assert!(text(&windows).ends_with("it is for Windows on x86-64"));
    let mut mac = vec![0; 64];
    mac[..8].copy_from_slice(&[0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]);
    assert!(text(&mac).ends_with("it is for macOS on ARM64"));
}

#[test]
fn no_header_of_any_length_panics() {
    for magic in [&b"\x7fELF\x02"[..], b"MZ", &[0xcf, 0xfa, 0xed, 0xfe]] {
        for fill in [0_u8, 1, 0x7f, 0xff] {
            for len in (0..300).step_by(7) {
                let mut bytes = vec![fill; len];
                let head = magic.len().min(len);
                bytes[..head].copy_from_slice(&magic[..head]);
                let read = [elf(&bytes), pe(&bytes), mach(&bytes)];
                assert!(read.iter().any(|read| len > 64 || read.is_err()));
            }
        }
    }
}

#[test]
fn versions_are_read_from_windows_and_macos_libraries_too() {
    let mut pe = b"MZ....".to_vec();
    pe.extend_from_slice(&[0xbd, 0x04, 0xef, 0xfe, 0, 0, 1, 0]);
    pe.extend_from_slice(&(1_u32 << 16 | 31).to_le_bytes());
    pe.extend_from_slice(&(1_u32 << 16).to_le_bytes());
    assert_eq!(version(&pe, Path::new("onnxruntime.dll")), "1.31.1");
    let mac = b"\xcf\xfa\xed\xfe@rpath/libonnxruntime.1.31.1.dylib\0";
    assert_eq!(version(mac, Path::new("libonnxruntime.dylib")), "1.31.1");
    let named = Path::new("libonnxruntime.1.28.0.dylib");
    assert_eq!(version(b"\xcf\xfa\xed\xfe", named), "1.28.0");
}
