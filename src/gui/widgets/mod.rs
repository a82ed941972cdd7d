//! Small things that panels are made of.
//!
//! Must not know: catalog, engine.

pub mod band;
pub mod chip;
pub mod histogram;
pub mod icon_button;
pub mod score_bar;
pub mod star;
pub mod thumb;
