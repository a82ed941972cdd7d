//! An error as its reader needs it: what failed, why, what to do; the path last.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Cancelled;

/// Who can mend it; decides the exit code and the wording around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wrong arguments or a wrong expression (exit code 2).
    Usage,
    /// The machine or the files: full disk, permission, missing folder (exit code 1).
    Environment,
    /// A fault of ours (exit code 1).
    Internal,
    /// The user stopped it (exit code 130).
    Cancelled,
}

/// A problem told to the user in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Who can mend it.
    pub kind: Kind,
    /// What failed, e.g. "can't read the folder".
    pub what: String,
    /// Why, e.g. "permission denied"; may be empty.
    pub why: String,
    /// What to do; may be empty.
    pub hint: String,
    /// The file or folder it is about.
    pub path: Option<PathBuf>,
}

impl Problem {
    /// A problem of the given kind: what failed and why.
    pub fn new(kind: Kind, what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self {
            kind,
            what: what.into(),
            why: why.to_string(),
            hint: String::new(),
            path: None,
        }
    }

    /// Of the machine or its files.
    pub fn environment(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::new(Kind::Environment, what, why)
    }

    /// Of the arguments.
    pub fn usage(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, what, why)
    }

    /// Ours.
    pub fn internal(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::new(Kind::Internal, what, why)
    }

    /// The user's wish to stop.
    pub fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "cancelled", "")
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Adds the file or folder it is about.
    #[must_use]
    pub fn at(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().to_path_buf());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.why.is_empty() {
            write!(f, ": {}", self.why)?;
        }
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        if let Some(path) = &self.path {
            write!(f, ": {}", path.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

impl From<Cancelled> for Problem {
    fn from(_: Cancelled) -> Self {
        Self::cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_why_hint_path() {
        let problem = Problem::environment("can't read the folder", "permission denied")
            .hint("check its permissions")
            .at("/x/y");
        assert_eq!(
            problem.to_string(),
            "can't read the folder: permission denied (check its permissions): /x/y"
        );
    }
}
