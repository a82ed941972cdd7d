//! The one integration-test binary.

#[cfg(feature = "gui")]
mod gui;
#[cfg(feature = "gui")]
mod gui_panels;
mod shared;
