//! The module under test, where it stands in Bandpass, without the rest.

#[path = "../../src/zoo/checkpoint/mod.rs"]
pub mod checkpoint;
