//! The parts of the window that are always there.
//!
//! Must not know: the engine's insides. A panel reads [`Ctx`](super::ctx::Ctx) and pushes
//! [`Action`](super::ctx::Action)s.

pub mod devices;
pub mod filters;
pub mod grid;
mod guard;
pub mod history;
pub mod inspector;
pub mod loupe;
pub mod models;
pub mod status;
pub mod top;
