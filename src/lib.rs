//! Bandpass scores folders of images and lets people sieve them.
//!
//! ```text
//!             main
//!           gui    cli                never each other
//!             engine                  threads, jobs, events; the only door for the front ends
//!    store     zoo      curation      never each other
//!             domain                  plain values, no I/O, no threads, no clock
//!             base                    cancel token, progress, problems, formatting
//! ```
//!
//! ARCHITECTURE.md shows the house in a page; `tests/it/architecture.rs` holds it to that.

pub mod base;
pub mod curation;
pub mod domain;
pub mod engine;
pub mod store;
pub mod zoo;

pub mod cli;
#[cfg(feature = "gui")]
pub mod gui;
