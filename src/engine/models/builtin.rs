//! The manifests that come with Bandpass: every `models/*.toml`, listed by `build.rs`.
//!
//! Must not know: what is in them.

/// Name without ending and text of each manifest, in the order of the names.
pub const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/manifests.rs"));
