//! The one integration-test binary.

mod architecture;
mod cli;
mod cv2_golden;
mod dataset;
mod decode;
mod decoded;
mod files;
mod phash_real;
mod hostile;
#[cfg(feature = "gui")]
mod gui;
#[cfg(feature = "gui")]
mod gui_panels;
mod shared;
mod window;
