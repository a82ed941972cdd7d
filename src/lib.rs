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
//! Scoring a folder without a window:
//!
//! ```
//! use bandpass::engine::{Core, Job, Places, ScoreOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (pictures, data) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! image::RgbImage::new(64, 48).save(pictures.path().join("black.png"))?;
//!
//! let core = Core::open(Places::find(Some(data.path()))?)?;
//! let (roots, job) = ([pictures.path().to_path_buf()], Job::default());
//! core.scan(&roots, &job)?;
//! core.score(&roots, &ScoreOptions::default(), &job)?;
//!
//! let catalog = core.catalog(&roots)?;
//! let row = catalog.rows().next().ok_or("no image")?;
//! let brightness = catalog.column_index("brightness").ok_or("no such column")?;
//! assert_eq!(catalog.value(brightness, row), 0.0);
//! # Ok(())
//! # }
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
