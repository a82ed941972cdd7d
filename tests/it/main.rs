//! The one integration-test binary.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says why it is skipped"
)]

mod architecture;
mod checkpoint;
mod checkpoint_laws;
mod brisque_golden;
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
mod infer;
mod networks;
mod models;
mod phash_real;
mod preprocess;
mod shared;
mod tokenizer;
mod window;
