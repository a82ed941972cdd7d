//! The one integration-test binary.

mod cv2_golden;
mod decoded;
mod shared;
