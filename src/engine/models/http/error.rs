//! Why a download failed, in words for the user.
//!
//! Must not know: where from, what of.

use crate::base::{Cancelled, format};

/// Why a download failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine::models) enum HttpError {
    #[error("cancelled")]
    Cancelled(#[from] Cancelled),
    #[error(
        "it wants to know who you are (HTTP {0}): accept its terms on its page, then set HF_TOKEN"
    )]
    Denied(u16),
    #[error("there is no such file there (HTTP {0})")]
    Absent(u16),
    #[error("the server answered HTTP {0}")]
    Status(u16),
    #[error("the server can't be reached: {0}")]
    Unreachable(String),
    #[error("the connection broke off after {} of {}", format::bytes(*.have), whole(*.total))]
    Cut { have: u64, total: Option<u64> },
    #[error("the server sent nothing for a minute")]
    Stalled,
    #[error("the server offers {found} bytes where the manifest says {declared}")]
    Size { found: u64, declared: u64 },
    #[error("{} are needed and {} are free on that disk", format::bytes(*.needed), format::bytes(*.free))]
    Space { needed: u64, free: u64 },
    #[error("it leads from one address to the next without end, or to an unsafe one")]
    Redirect,
    #[error("can't write the file: {0}")]
    Write(#[from] std::io::Error),
}

impl HttpError {
    /// Whether another attempt may succeed where this one failed.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Status(code) => *code == 429 || *code >= 500,
            Self::Cut { .. } | Self::Stalled => true,
            _ => false,
        }
    }
}

fn whole(total: Option<u64>) -> String {
    total.map_or_else(|| "an unknown size".to_owned(), format::bytes)
}
