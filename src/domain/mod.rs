//! The words of the program as plain values: images, columns, marks, queries, plans.
//!
//! Must not know: disks, threads, clocks, databases, windows. Everything here can be made in a test
//! by hand and compared.

pub mod catalog;
pub mod composite;
pub mod detail;
pub mod image;
pub mod import;
pub mod marks;
pub mod op;
pub mod picture;
pub mod query;
pub(crate) mod saved_path;
pub mod scope;
pub mod score;
pub mod selection;
pub mod settings;
