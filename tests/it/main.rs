//! The one integration-test binary.

mod decode;
mod hostile;
mod shared;
