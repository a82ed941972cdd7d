//! What opens over the window and closes again.
//!
//! Must not know: how it is framed; the shell draws title and frame ([`Dialog`](super::ctx::Dialog)).

pub mod help;
pub mod palette;
