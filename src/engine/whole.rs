//! Files of Bandpass' own: written whole or not at all, whatever ends the program amid it.
//!
//! Must not know: what is in them.

use std::io::{Result, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes a file, and its folder where there is none; an old one is replaced.
pub(super) fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary(file, bytes)?;
    temporary.persist(file)?;
    Ok(())
}

/// Writes a file, and its folder where there is none; fails where there is one of that name.
pub(super) fn create(file: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary(file, bytes)?;
    temporary.persist_noclobber(file)?;
    Ok(())
}

/// The bytes beside the file, on the disk before they get its name.
fn temporary(file: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_where_that_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/file");
        create(&file, b"old").unwrap();
        assert!(create(&file, b"new").is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
        replace(&file, b"new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        let beside = file.parent().unwrap().read_dir().unwrap();
        assert_eq!(beside.count(), 1, "no temporary file stays");
    }
}
