//! The one integration-test binary.

mod shared;
