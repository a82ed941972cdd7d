//! Pure curating: catalog and query in, lists and plans out.
//!
//! Must not know: disks, databases, windows, clocks. The only threads are rayon's.

mod composites;
pub mod condition;
mod eval;
mod facts;
pub mod formula;
pub mod import;
mod mask;
mod order;
pub mod parse;
pub mod plan;
pub mod scope;
pub mod sidecars;
mod sieve;
mod stamp;
pub mod tagging;
#[cfg(test)]
mod testing;
mod text;

pub use composites::{Composer, Composites};
pub use mask::Mask;
pub use sieve::Sieve;
