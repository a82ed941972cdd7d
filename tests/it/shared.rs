//! Where the shared reference files are, if they are here.

use std::path::{Path, PathBuf};

/// The path of a file or folder below `../shared`.
///
/// Where it is absent, prints why the test is skipped and returns none; under
/// `BANDPASS_REQUIRE_SHARED=1` (as in `.ci/run`) that is a failure instead.
pub(crate) fn shared(below: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(below);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("BANDPASS_REQUIRE_SHARED").is_none_or(|v| v != "1"),
        "BANDPASS_REQUIRE_SHARED=1 but there is no {}",
        path.display()
    );
    println!("skipped: there is no {}", path.display());
    None
}
