//! The one integration-test binary.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says why it is skipped"
)]

mod architecture;
mod checkpoint;
mod checkpoint_laws;
mod cli;
mod cv2_golden;
mod dataset;
mod decode;
mod decoded;
mod engine;
mod files;
mod fixture;
#[cfg(feature = "gui")]
mod gui;
#[cfg(feature = "gui")]
mod gui_panels;
mod heads_parity;
mod hostile;
mod networks;
mod phash_real;
mod shared;
mod tokenizer;
mod window;
