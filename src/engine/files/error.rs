//! Why a file was left alone, in words for the user.

use std::io;

/// Why one file could not be moved, copied, trashed or put back. It is still where it was.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Something has that name already.
    #[error("there is already something of that name where it would go")]
    Taken,
    /// The file is not there.
    #[error("it is no longer there")]
    Gone,
    /// Size or time differ from what was planned or done.
    #[error("it has changed since {since}")]
    Changed {
        /// Since when, e.g. "the plan was made".
        since: &'static str,
    },
    /// A link, folder or device.
    #[error("it is not a plain file")]
    NotPlain,
    /// The copy read back differs from the original.
    #[error("the copy came out different from the original and was removed")]
    Differs,
    /// A copy whose original is gone or changed, or that is the original itself by a link.
    #[error(
        "its original is gone, has changed or is this very file, so this copy may be the last one"
    )]
    LastCopy,
    /// It would go to where it is, by a link.
    #[error("it would go to the folder that it is in, under another name of it")]
    SamePlace,
    /// The desktop's trash refused.
    #[error("{0}")]
    Trash(String),
    /// The system refused.
    #[error("can't {what}: {}", plain(source))]
    Io {
        /// What was tried, e.g. "read it".
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
}

impl FileError {
    /// For `map_err`: the system refused `what`; a taken name and a missing file get their own
    /// words.
    pub(super) fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::AlreadyExists => Self::Taken,
            io::ErrorKind::NotFound => Self::Gone,
            _ => Self::Io { what, source },
        }
    }
}

/// The system's reason in words that say what to do something about.
pub(super) fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::FileTooLarge => "the file is too large for that disk".to_owned(),
        io::ErrorKind::InvalidFilename => "the name is not allowed there".to_owned(),
        _ => error.to_string(),
    }
}
