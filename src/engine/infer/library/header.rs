//! Reads the header of a library's file: platform, completeness, version.
//!
//! Must not know: where libraries are looked for.

use std::path::Path;

use super::{LibraryError, LibraryInfo, OLDEST};

/// This platform, as [`LibraryError::NotALibrary`] names it.
const PLATFORM: &str = if cfg!(all(windows, target_arch = "x86_64")) {
    "Windows on x86-64"
} else if cfg!(all(windows, target_arch = "aarch64")) {
    "Windows on ARM64"
} else if cfg!(all(target_os = "macos", target_arch = "x86_64")) {
    "macOS on x86-64"
} else if cfg!(target_os = "macos") {
    "macOS on ARM64"
} else if cfg!(target_arch = "aarch64") {
    "Linux on ARM64"
} else {
    "Linux on x86-64"
};

/// What a library's file says of itself; an error where it can't be used here.
pub fn inspect(path: &Path) -> Result<LibraryInfo, LibraryError> {
    if !path.is_file() {
        return Err(LibraryError::Missing(path.to_path_buf()));
    }
    let bytes = std::fs::read(path).map_err(|error| LibraryError::Unreadable {
        path: path.to_path_buf(),
        why: error.to_string(),
    })?;
    let needed = extent(&bytes).map_err(|why| LibraryError::NotALibrary {
        path: path.to_path_buf(),
        platform: PLATFORM,
        why,
    })?;
    let has = bytes.len() as u64;
    if has < needed {
        return Err(LibraryError::Truncated {
            path: path.to_path_buf(),
            has,
            needed,
        });
    }
    if find(&bytes, b"OrtGetApiBase").is_none() {
        return Err(LibraryError::NotOnnxRuntime(path.to_path_buf()));
    }
    let version = version(&bytes, path);
    let minor = version
        .split('.')
        .nth(1)
        .and_then(|part| part.parse::<u32>().ok());
    if minor.is_some_and(|minor| minor < OLDEST) {
        return Err(LibraryError::TooOld {
            path: path.to_path_buf(),
            version,
        });
    }
    Ok(LibraryInfo { version })
}

/// Bytes that the file must have, by its header; an error says what it is instead.
fn extent(bytes: &[u8]) -> Result<u64, String> {
    let found = match bytes {
        [0x7f, b'E', b'L', b'F', ..] => elf(bytes)?,
        [b'M', b'Z', ..] => pe(bytes)?,
        [0xcf, 0xfa, 0xed, 0xfe, ..] => mach(bytes)?,
        [] => return Err("it is empty".to_owned()),
        _ => return Err("it is no library at all".to_owned()),
    };
    let (platform, needed) = found;
    if platform == PLATFORM {
        Ok(needed)
    } else {
        Err(format!("it is for {platform}"))
    }
}

/// A little-endian number of `N` bytes at `at`.
fn number<const N: usize>(bytes: &[u8], at: u64) -> Result<u64, String> {
    let at = usize::try_from(at).ok();
    let slice = at.and_then(|at| bytes.get(at..at.checked_add(N)?));
    let slice = slice.ok_or_else(|| "its header is cut short".to_owned())?;
    Ok(slice
        .iter()
        .rev()
        .fold(0, |n, &byte| n << 8 | u64::from(byte)))
}

/// 64-bit ELF: the end of its last segment and of its section table.
fn elf(bytes: &[u8]) -> Result<(&'static str, u64), String> {
    let platform = match (number::<1>(bytes, 4)?, number::<2>(bytes, 18)?) {
        (2, 62) => "Linux on x86-64",
        (2, 183) => "Linux on ARM64",
        _ => "Linux on another processor",
    };
    let sections = number::<8>(bytes, 40)?;
    let table = number::<2>(bytes, 58)? * number::<2>(bytes, 60)?;
    let mut needed = sections.saturating_add(table);
    let (segments, size) = (number::<8>(bytes, 32)?, number::<2>(bytes, 54)?);
    for i in 0..number::<2>(bytes, 56)? {
        let segment = segments.saturating_add(i * size);
        let offset = number::<8>(bytes, segment.saturating_add(8))?;
        let length = number::<8>(bytes, segment.saturating_add(32))?;
        needed = needed.max(offset.saturating_add(length));
    }
    Ok((platform, needed))
}

/// PE: the end of its last section.
fn pe(bytes: &[u8]) -> Result<(&'static str, u64), String> {
    let start = number::<4>(bytes, 0x3c)?;
    if number::<4>(bytes, start)? != 0x4550 {
        return Err("it is a program of MS-DOS".to_owned());
    }
    let platform = match number::<2>(bytes, start + 4)? {
        0x8664 => "Windows on x86-64",
        0xaa64 => "Windows on ARM64",
        _ => "Windows on another processor",
    };
    let sections = start + 24 + number::<2>(bytes, start + 20)?;
    let mut needed = 0;
    for i in 0..number::<2>(bytes, start + 6)? {
        let section = sections + i * 40;
        let (length, offset) = (
            number::<4>(bytes, section + 16)?,
            number::<4>(bytes, section + 20)?,
        );
        needed = needed.max(offset + length);
    }
    Ok((platform, needed))
}

/// 64-bit Mach-O: the end of its last segment.
fn mach(bytes: &[u8]) -> Result<(&'static str, u64), String> {
    let platform = match number::<4>(bytes, 4)? {
        0x0100_0007 => "macOS on x86-64",
        0x0100_000c => "macOS on ARM64",
        _ => "macOS on another processor",
    };
    let (mut at, mut needed) = (32, 0);
    for _ in 0..number::<4>(bytes, 16)? {
        if number::<4>(bytes, at)? == 0x19 {
            let offset = number::<8>(bytes, at + 40)?;
            needed = needed.max(offset.saturating_add(number::<8>(bytes, at + 48)?));
        }
        at += number::<4>(bytes, at + 4)?.max(8);
    }
    Ok((platform, needed))
}

/// The version, by the mark of each platform: a symbol version (ELF), the version resource (PE), the
/// library's own name (Mach-O), else the file's name.
fn version(bytes: &[u8], path: &Path) -> String {
    let elf = || dotted(bytes.get(find(bytes, b"VERS_1.")? + 5..)?);
    let pe = || {
        let at = find(bytes, &[0xbd, 0x04, 0xef, 0xfe])? as u64;
        let high = number::<4>(bytes, at + 8).ok()?;
        let low = number::<4>(bytes, at + 12).ok()?;
        Some(format!("{}.{}.{}", high >> 16, high & 0xffff, low >> 16))
    };
    let mach = || dotted(bytes.get(find(bytes, b"/libonnxruntime.1.")? + 16..)?);
    let name = || {
        let name = path.file_name()?.to_str()?.as_bytes();
        dotted(name.get(find(name, b"1.")?..)?)
    };
    let version = match bytes.first() {
        Some(b'M') => pe(),
        Some(0x7f) => elf(),
        _ => mach(),
    };
    version.or_else(name).unwrap_or_else(|| "1.x".to_owned())
}

/// Digits and dots at the start, e.g. `1.31.1`.
fn dotted(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|b| !b.is_ascii_digit() && *b != b'.');
    let text = std::str::from_utf8(&bytes[..end.unwrap_or(bytes.len()).min(16)]).ok()?;
    let text = text.trim_end_matches('.');
    text.contains('.').then(|| text.to_owned())
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}

#[cfg(test)]
mod tests;
