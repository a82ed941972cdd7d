//! Threads, jobs and events: the only door for the front ends.
//!
//! Must not know: egui, argument parsing. Front ends send [`Command`]s and drain [`Event`]s; both
//! channels are bounded.

pub mod decode;

mod command;
mod event;

pub use command::{Command, ListFormat, ScoreRequest};
pub use event::{Event, JobKind, JobState, JobStatus, Level, Notice, Thumb};
