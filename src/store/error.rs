//! What can go wrong with the database, in words for the user.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::base::Problem;

use super::backup;

/// Result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why the database did not do as asked. What was committed before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another running Bandpass holds the data folder.
    #[error("the database is in use by another Bandpass: {}", dir.display())]
    Locked {
        /// The data folder.
        dir: PathBuf,
    },
    /// The file is damaged, or no database at all. It was left as it is.
    #[error("the database is damaged: {why}: {}", dir.display())]
    Corrupt {
        /// What SQLite says.
        why: String,
        /// The data folder.
        dir: PathBuf,
    },
    /// A newer Bandpass wrote it. It was left as it is.
    #[error(
        "the database is of a newer Bandpass (format {found}, known up to {known}): {}",
        dir.display()
    )]
    TooNew {
        /// Format of the file.
        found: u32,
        /// Newest format that this program knows.
        known: u32,
        /// The data folder.
        dir: PathBuf,
    },
    /// No space left; the change was rolled back as a whole.
    #[error("can't write to the database: the disk is full: {}", dir.display())]
    DiskFull {
        /// The data folder.
        dir: PathBuf,
    },
    /// No permission to write.
    #[error("can't write to the database: no permission: {}", dir.display())]
    ReadOnly {
        /// The data folder.
        dir: PathBuf,
    },
    /// Anything else.
    #[error("the database failed: {why}: {}", dir.display())]
    Other {
        /// What failed, in words.
        why: String,
        /// The data folder.
        dir: PathBuf,
    },
}

impl StoreError {
    pub(super) fn other(why: impl std::fmt::Display) -> Self {
        Self::Other {
            why: why.to_string(),
            dir: PathBuf::new(),
        }
    }

    pub(super) fn corrupt(why: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            why: why.to_string(),
            dir: PathBuf::new(),
        }
    }

    /// The same error, about this data folder.
    pub(super) fn at(mut self, place: &Path) -> Self {
        let (Self::Locked { dir }
        | Self::Corrupt { dir, .. }
        | Self::TooNew { dir, .. }
        | Self::DiskFull { dir }
        | Self::ReadOnly { dir }
        | Self::Other { dir, .. }) = &mut self;
        *dir = place.to_path_buf();
        self
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let dir = PathBuf::new();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { dir },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { dir },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::corrupt(error),
            _ => Self::other(error),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        let dir = PathBuf::new();
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull { dir },
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { dir }
            }
            _ => Self::other(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let problem = |what: &str, why: &str, hint: &str, dir: &Path| {
            Self::environment(what, why).hint(hint).at(dir)
        };
        match &error {
            StoreError::Locked { dir } => problem(
                "can't open the database",
                "another Bandpass is using it",
                "close it, or choose another data folder with --data-dir",
                dir,
            ),
            StoreError::Corrupt { why, dir } => problem(
                "the database is damaged",
                why,
                &format!(
                    "nothing was deleted; put a copy from {} in the place of {}",
                    dir.join(backup::FOLDER).display(),
                    super::open::FILE
                ),
                dir,
            ),
            StoreError::TooNew { found, known, dir } => problem(
                "can't open the database",
                &format!("it has format {found}, and this Bandpass knows up to {known}"),
                "use the newer Bandpass, or another data folder with --data-dir",
                dir,
            ),
            StoreError::DiskFull { dir } => problem(
                "can't write to the database",
                "the disk is full",
                "free some space and try again; what was saved before is safe",
                dir,
            ),
            StoreError::ReadOnly { dir } => problem(
                "can't write to the database",
                "no permission",
                "make the folder writable, or choose another with --data-dir",
                dir,
            ),
            StoreError::Other { why, dir } => Self::internal("the database failed", why).at(dir),
        }
    }
}
