//! The one integration-test binary.

mod decode;
mod cv2_golden;
mod decoded;
mod shared;
