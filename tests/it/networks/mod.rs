//! Networks built from checkpoints give what the original code gave (`../shared/fixtures`).

mod forms;
mod run;
mod towers;

use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::graph::Network;

use crate::fixture::Fixture;

/// The network of a fixture; `parameters` as a manifest states them.
fn build(fixture: &Fixture, architecture: &str, parameters: &str) -> Network {
    let checkpoint = Checkpoint::read(Arc::new(fixture.safetensors())).unwrap();
    let weights = arch::weights(architecture, &checkpoint, false).unwrap();
    arch::build(architecture, &weights, &parameters.parse().unwrap()).unwrap()
}
