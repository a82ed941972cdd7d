//! The one integration-test binary.

mod cv2_golden;
mod decoded;
mod phash_real;
mod shared;
