//! Takes the libraries out of a wheel or release archive, and nothing else.
//!
//! Files are written under their bare names, so no path in an archive leads anywhere; links are
//! left out.
//!
//! Must not know: where archives come from.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;

use flate2::read::GzDecoder;
use zip::ZipArchive;

use super::{InstallError, name_of};
use crate::base::CancelToken;

/// Unpacked libraries are smaller than this together.
const MOST: u64 = 4 << 30;

/// Unpacks the libraries of `archive` (zip, wheel or tgz) into the new folder `into`, synced to disk.
pub(super) fn libraries(
    archive: &Path,
    into: &Path,
    token: &CancelToken,
) -> Result<(), InstallError> {
    let mut out = Out {
        archive,
        into,
        token,
        room: MOST,
    };
    fs::create_dir_all(into).map_err(|error| out.write_error(error))?;
    let file = File::open(archive).map_err(|error| out.write_error(error))?;
    if archive.extension().is_some_and(|e| e == "tgz") {
        out.tar(file)?;
    } else {
        out.zip(file)?;
    }
    sync_folder(into).map_err(|error| out.write_error(error))
}

/// Flushes a folder's names to disk, where the system can.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

struct Out<'a> {
    archive: &'a Path,
    into: &'a Path,
    token: &'a CancelToken,
    room: u64,
}

impl Out<'_> {
    fn zip(&mut self, file: File) -> Result<(), InstallError> {
        let mut archive = ZipArchive::new(file).map_err(|e| self.damaged(&e))?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(|e| self.damaged(&e))?;
            let name = entry.name().map_err(|e| self.damaged(&e))?.into_owned();
            if let Some(name) = library_name(&name).filter(|_| !entry.is_symlink()) {
                self.write(name, &mut entry)?;
            }
        }
        Ok(())
    }

    fn tar(&mut self, file: File) -> Result<(), InstallError> {
        let mut archive = tar::Archive::new(GzDecoder::new(file));
        for entry in archive.entries().map_err(|e| self.damaged(&e))? {
            let mut entry = entry.map_err(|e| self.damaged(&e))?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let is_file = entry.header().entry_type().is_file();
            if let Some(name) = library_name(&name).filter(|_| is_file) {
                self.write(name, &mut entry)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, name: &str, from: &mut dyn Read) -> Result<(), InstallError> {
        let path = self.into.join(name);
        let mut file = File::create_new(&path).map_err(|e| self.write_error(e))?;
        let mut block = vec![0; 1 << 17];
        loop {
            self.token.checkpoint()?;
            let read = from.read(&mut block).map_err(|e| self.damaged(&e))?;
            if read == 0 {
                break;
            }
            let room = self.room.checked_sub(read as u64);
            self.room = room.ok_or_else(|| self.damaged(&"it unpacks to more than 4 GiB"))?;
            file.write_all(&block[..read])
                .map_err(|e| self.write_error(e))?;
        }
        file.sync_all().map_err(|e| self.write_error(e))
    }

    fn damaged(&self, why: &dyn std::fmt::Display) -> InstallError {
        InstallError::Archive {
            file: name_of(self.archive),
            why: why.to_string(),
        }
    }

    fn write_error(&self, source: io::Error) -> InstallError {
        InstallError::Write {
            path: self.into.to_path_buf(),
            source,
        }
    }
}

/// The bare name of a library in an archive, of ONNX Runtime or what lies beside it; none for any
/// other file, Python's own modules (`….pyd`, `….cpython-312-….so`) included.
fn library_name(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once(['/', '\\'])?;
    let folder = folder.rsplit(['/', '\\']).next()?;
    let is = |kind: &str| {
        Path::new(name)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case(kind))
    };
    let shared = name.starts_with("lib") && (is("so") || name.contains(".so."));
    let is_library = is("dll") || is("dylib") || shared;
    // Wheels keep what the library needs in `<package>.libs`.
    let beside = matches!(folder, "capi" | "lib") || folder.rsplit('.').next() == Some("libs");
    let is_plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b));
    (is_library && beside && is_plain).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::library_name;

    #[test]
    fn only_libraries_are_taken_and_by_their_bare_names() {
        for (path, name) in [
            (
                "onnxruntime/capi/libonnxruntime.so.1.31.1",
                Some("libonnxruntime.so.1.31.1"),
            ),
            ("onnxruntime/capi/onnxruntime.dll", Some("onnxruntime.dll")),
            ("onnxruntime/capi/DirectML.dll", Some("DirectML.dll")),
            (
                "onnxruntime-osx-arm64-1.31.1/lib/libonnxruntime.1.31.1.dylib",
                Some("libonnxruntime.1.31.1.dylib"),
            ),
            ("onnxruntime/capi/onnxruntime_pybind11_state.so", None),
            ("onnxruntime/capi/onnxruntime_pybind11_state.pyd", None),
            ("onnxruntime/capi/training.py", None),
            ("../../lib/evil.dll", Some("evil.dll")),
            ("capi/..", None),
            ("capi/lib:x.dll", None),
            ("libonnxruntime.so", None),
        ] {
            assert_eq!(library_name(path), name, "{path}");
        }
    }
}
