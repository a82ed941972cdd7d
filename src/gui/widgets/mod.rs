//! Small things that panels are made of.
//!
//! Must not know: catalog, engine.

pub mod icon_button;
pub mod thumb;
