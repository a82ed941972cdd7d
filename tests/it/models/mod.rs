//! Model files: pulled from a hub that is played here, taken from packages, added by hand.

mod add;
mod own;
mod pull;
mod readme;
mod server;
mod systems;
mod wheel;

use std::path::Path;

use bandpass::base::Problem;
use bandpass::engine::Job;
use bandpass::engine::models::{Hub, Models, Pip, PullOptions, Pulled};
use sha2::Digest as _;

/// Some bytes that are not all alike.
fn some_bytes(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * i / 7 + i) as u8).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let hash = sha2::Sha256::digest(bytes);
    let digits: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// A manifest of one file: `toy.bin`.
fn toy(declared: &str, sources: &[&str]) -> String {
    format!(
        r#"
key = "toy"
label = "Toy"
about = "For tests."
licence = "MIT, and be kind"
origin = "https://example.org/toy"
kind = "computed"
code = "toy"
tolerance = 0.001
weights = [{{ name = "only", files = [{{ name = "toy.bin", {declared} sources = {sources:?} }}] }}]
output = {{ read = "raw" }}
columns = [{{ key = "toy", label = "Toy", range = [0, 1], better = "higher", about = "A toy." }}]
"#
    )
}

fn open(manifest: &str, folder: &Path) -> Models {
    let (models, notices) = Models::open(&[("toy", manifest)], folder, folder);
    assert_eq!(notices, Vec::<String>::new());
    models
}

/// Licence accepted, this hub, no package manager.
fn options(endpoint: &str) -> PullOptions {
    PullOptions {
        variant: None,
        accept_licence: true,
        offline: false,
        hub: Hub {
            endpoint: endpoint.to_owned(),
            token: Some("secret".to_owned()),
            offline: false,
            cache: None,
        },
        pip: Pip {
            commands: Vec::new(),
        },
    }
}

fn pull(models: &mut Models, options: &PullOptions) -> Result<Pulled, Problem> {
    models.pull("toy", options, &Job::default())
}
