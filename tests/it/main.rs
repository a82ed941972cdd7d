//! The one integration-test binary.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says why it is skipped"
)]

mod architecture;
mod brisque_golden;
mod checkpoint;
mod checkpoint_laws;
mod cli;
mod columns;
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
mod models;
mod networks;
mod phash_real;
mod preprocess;
mod scorers;
mod shared;
mod tokenizer;
mod window;
