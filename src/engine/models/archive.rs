//! One file out of a zip archive.
//!
//! Must not know: where archives come from.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zip::ZipArchive;

use super::digest;
use super::http::{HttpError, require_space};
use crate::base::Problem;
use crate::engine::Job;

/// A file may be this many times the size of its archive; weights hardly shrink.
const MAX_INFLATION: u64 = 100;

/// Takes one file out of an archive, of `bytes` if that is known; gives its SHA-256.
///
/// A name without folders is the only file of that name, if none lies at the top.
pub(super) fn extract(
    archive: &Path,
    name: &str,
    bytes: Option<u64>,
    to: &Path,
    job: &Job,
) -> Result<String, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        Problem::environment(format!("can't take {name} out of the archive"), why)
    };
    let file = File::open(archive).map_err(|error| failed(&error))?;
    let packed = file.metadata().map_err(|error| failed(&error))?.len();
    let mut archive = ZipArchive::new(file).map_err(|error| failed(&error))?;
    let path = place(&archive, name).map_err(|error| failed(&error))?;
    let entry = archive.by_name(&path).map_err(|error| failed(&error))?;
    let size = entry.size();
    if size / MAX_INFLATION > packed {
        return Err(failed(&"it claims to be far larger than the archive"));
    }
    if let Some(declared) = bytes.filter(|declared| *declared != size) {
        let found = HttpError::Size {
            found: size,
            declared,
        };
        return Err(failed(&found));
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    require_space(folder, size).map_err(|error| failed(&error))?;
    job.progress.add_total(size);
    let out = File::create(to).map_err(|error| failed(&error))?;
    // One more than it claims to hold, so that a lie shows.
    let (hash, written) = {
        let hash =
            digest::copy(entry.take(size + 1), &out, job)?.map_err(|error| failed(&error))?;
        (hash, out.metadata().map_or(0, |data| data.len()))
    };
    if written != size {
        return Err(failed(&"it is larger than it claims to be"));
    }
    Ok(hash)
}

/// The path of the file that is meant.
fn place(archive: &ZipArchive<File>, name: &str) -> Result<String, String> {
    if archive.index_for_name(name).is_some() || name.contains('/') {
        return Ok(name.to_owned());
    }
    let ending = format!("/{name}");
    let paths = archive.file_names().filter_map(Result::ok);
    let mut found = paths.filter(|path| path.ends_with(&ending));
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path.into_owned()),
        (None, _) => Err("there is none".to_owned()),
        _ => Err("there are several".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// What is taken out of an archive that holds these files, or why nothing is.
    fn taken(files: &[(&str, &[u8])], name: &str) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let (path, to) = (folder.path().join("a.zip"), folder.path().join("taken"));
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in files {
            let packed = zip::write::SimpleFileOptions::default();
            zip.start_file(*name, packed).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        let taken = extract(&path, name, None, &to, &Job::default());
        taken.map_err(|problem| problem.to_string())?;
        Ok(std::fs::read(to).unwrap())
    }

    #[test]
    fn a_file_is_found_by_its_path_or_by_its_name_alone() {
        let files: &[(&str, &[u8])] = &[
            ("a/b/net.onnx", b"deep"),
            ("c/other.onnx", b"one"),
            ("d/other.onnx", b"two"),
            ("e/top.onnx", b"below"),
            ("top.onnx", b"top"),
        ];
        for (name, bytes) in [
            ("a/b/net.onnx", b"deep".as_slice()),
            ("net.onnx", b"deep"),
            ("d/other.onnx", b"two"),
            ("top.onnx", b"top"),
        ] {
            assert_eq!(taken(files, name).as_deref(), Ok(bytes), "{name}");
        }
        for (name, why) in [
            ("other.onnx", "there are several"),
            ("et.onnx", "there is none"),
            ("b/net.onnx", "not found"),
        ] {
            let told = taken(files, name).unwrap_err();
            assert!(told.contains(why), "{name}: {told}");
        }
    }

    #[test]
    fn what_swells_far_beyond_its_archive_is_refused() {
        let told = taken(&[("a", &vec![0; 1 << 20])], "a").unwrap_err();
        assert!(told.contains("far larger"), "{told}");
    }
}
