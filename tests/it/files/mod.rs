//! File operations on real trees: what goes comes back, and nothing is ever lost.

mod gather;
mod journal;
mod kill;
mod machine;
mod operations;
mod store;
mod tree;
