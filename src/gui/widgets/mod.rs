//! Small things that panels are made of.
//!
//! Must not know: the catalog; of the engine only plain values.

pub mod band;
pub mod chip;
pub mod device;
pub mod histogram;
pub mod icon_button;
pub mod score_bar;
pub mod star;
pub mod thumb;
