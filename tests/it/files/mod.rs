//! File operations on real trees: what goes comes back, and nothing is ever lost.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what helps tests may fail and speak like tests"
)]

mod gather;
mod journal;
mod kill;
mod machine;
mod operations;
mod store;
mod tree;
