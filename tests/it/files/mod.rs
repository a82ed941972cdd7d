//! File operations on real trees: what goes comes back, and nothing is ever lost.

mod journal;
mod kill;
mod machine;
mod operations;
mod tree;
