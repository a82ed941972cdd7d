//! Why a list could not be written.

use std::io;
use std::path::PathBuf;

use crate::base::Problem;

/// Why a list could not be written. A list that was there before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The disk or the pipe refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The `csv` library refused.
    #[error("{0}")]
    Csv(#[from] csv::Error),
    /// A plain list has one path a line.
    #[error("a file name has a line break: {}", path.display())]
    LineBreak {
        /// The file.
        path: PathBuf,
    },
    /// The file is there, and replacing it was not asked for.
    #[error("there is a file of that name")]
    Exists,
    /// Writing there would destroy a picture.
    #[error("this is an image")]
    IsImage,
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        let what = "can't write the list";
        match error {
            ExportError::LineBreak { path } => {
                Self::usage(what, "a plain list can't hold a name with a line break")
                    .hint("write CSV or JSON lines")
                    .at(path)
            }
            ExportError::Exists => Self::usage(what, error).hint("choose another name"),
            ExportError::IsImage => {
                Self::usage(what, error).hint("choose a name ending in .csv, .jsonl or .txt")
            }
            ExportError::Io(_) | ExportError::Csv(_) => Self::environment(what, error),
        }
    }
}
