//! Pure curating: catalog and query in, lists and plans out.
//!
//! Must not know: disks, databases, windows, clocks. The only threads are rayon's.

mod eval;
mod facts;
mod mask;
mod order;
pub mod parse;
mod sieve;
mod stamp;
#[cfg(test)]
mod testing;
mod text;

pub use mask::Mask;
pub use sieve::Sieve;
