//! The one integration-test binary.

mod architecture;
mod cv2_golden;
mod decode;
mod decoded;
mod files;
mod phash_real;
mod shared;
