//! What a step's line in the journal says besides its state.

use serde::{Deserialize, Serialize};

use crate::domain::image::Stamp;
use crate::domain::op::Step;

/// What undoing a step needs to know. Kept as JSON in the step's detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// Size at the destination, bytes.
    pub(super) size: u64,
    /// Modification time at the destination, nanoseconds since 1970 UTC; a coarse file system may
    /// have rounded it.
    pub(super) mtime_ns: i64,
    /// How many folders above the destination this step made.
    pub(super) made: usize,
    /// What finds it in the trash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trashed: Option<String>,
}

impl Note {
    /// Before anything is done.
    pub(super) fn planned(step: &Step, made: usize) -> Self {
        Self {
            size: step.size,
            mtime_ns: step.mtime_ns,
            made,
            trashed: None,
        }
    }

    /// As it was written, or as the step was planned where it can't be read.
    pub(super) fn read(step: &Step, detail: Option<&str>) -> Self {
        detail
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| Self::planned(step, 0))
    }

    /// For the journal.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Size and time at the destination.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp {
            size: self.size,
            mtime_ns: self.mtime_ns,
        }
    }
}

/// Size and time as planned.
pub(super) fn planned_stamp(step: &Step) -> Stamp {
    Stamp {
        size: step.size,
        mtime_ns: step.mtime_ns,
    }
}
