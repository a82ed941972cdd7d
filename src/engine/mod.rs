//! Threads, jobs and events: the only door for the front ends.
//!
//! Must not know: egui, argument parsing. Front ends send [`Command`]s and drain [`Event`]s; both
//! channels are bounded.

mod command;
mod event;
pub mod export;
pub mod files;

pub use command::{Command, ListFormat, ScoreRequest};
pub use event::{Event, JobKind, JobState, JobStatus, Level, Notice, Thumb};
