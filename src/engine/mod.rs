//! Threads, jobs and events: the only door for the front ends.
//!
//! [`Core`] does every operation, blocking, for the headless commands. [`Engine`] puts it behind
//! channels for the window: front ends send [`Command`]s and drain [`Event`]s, both bounded.
//!
//! Must not know: egui, argument parsing.

mod acts;
mod backend;
mod budget;
mod choices;
mod columns;
mod command;
mod core;
pub mod decode;
mod depot;
mod desk;
mod details;
mod dispatch;
pub mod doctor;
mod event;
pub mod export;
pub mod files;
mod identify;
mod import;
pub mod infer;
mod job;
mod jobs;
mod library;
mod lists;
mod loupe;
pub mod models;
mod overlay;
mod own;
mod pip;
mod places;
mod pump;
mod read;
mod routes;
mod scan;
mod scopes;
mod score;
mod session;
mod settings;
mod shelf;
mod tagging;
mod thumbs;
mod view;
mod whole;
pub mod words;

pub use acts::{Done, Marked};
pub use backend::Use;
pub use choices::SettingInfo;
pub use command::{Command, ListForm, ListFormat, ScoreRequest};
pub use core::{Core, ScoreOptions, outermost};
pub use depot::{ModelInfo, ModelState, Speed, VariantInfo};
pub use event::{Event, JobKind, JobState, JobStatus, Level, Notice, Thumb};
pub use job::Job;
pub use places::Places;
pub use scan::ScanReport;
pub use score::{Routed, ScoreReport};
pub use session::{Engine, Wake};
pub use shelf::all_scorers;
pub use tagging::{STALE, SeenTags, TagWish, Taken};
