//! The desktop window: panels over the engine's last word.
//!
//! Must not know: databases, decoders, scorers' insides, the command line. It sends
//! [`Command`](crate::engine::Command)s and drains [`Event`](crate::engine::Event)s; nothing in a
//! frame blocks or grows with the library.

#![expect(
    missing_debug_implementations,
    reason = "windows, textures and dialogs have nothing to print"
)]

mod act;
mod app;
pub mod command;
pub mod ctx;
pub mod dialogs;
pub mod filter;
mod folders;
mod fonts;
mod inbox;
pub mod panels;
pub mod parts;
mod port;
mod pyramid;
mod rest;
mod run;
pub mod scales;
mod scroll;
pub mod state;
pub mod text;
pub mod text_columns;
pub mod text_models;
pub mod text_own;
pub mod text_panels;
pub mod text_scope;
mod textures;
pub mod theme;
mod toasts;
pub mod widgets;

pub use app::App;
pub use run::{Link, Renderer, Waker, WindowOptions, run};
