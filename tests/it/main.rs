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
mod shared;
mod window;
