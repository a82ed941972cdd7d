//! What opens over the window and closes again.
//!
//! Must not know: how it is framed; the shell draws title and frame ([`Dialog`](super::ctx::Dialog)).

pub mod act;
pub mod add_model;
pub mod composite;
pub mod export;
pub mod help;
pub mod import;
pub mod own_model;
pub mod palette;
pub mod pick;
pub mod plan;
pub mod prompts;
pub mod pull;
pub mod remove_model;
pub mod score;
pub mod tags;
