//! Networks built from checkpoints give what the original code gave (`../shared/fixtures`).

mod forms;
mod memory;
mod pixels;
mod poses;
mod qalign;
mod qalign_full;
mod quality;
mod recognise;
mod refused;
mod run;
mod towers;

use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::graph::Network;

pub(crate) use qalign::shards;

use crate::fixture::Fixture;

/// The weights of a fixture.
fn checkpoint(fixture: &Fixture) -> Checkpoint {
    Checkpoint::read(Arc::new(fixture.safetensors())).unwrap()
}

/// A network of these weights; `parameters` as a manifest states them.
fn build(checkpoint: &Checkpoint, architecture: &str, parameters: &str) -> Network {
    let weights = arch::weights(architecture, checkpoint, false).unwrap();
    arch::build(architecture, &weights, &parameters.parse().unwrap()).unwrap()
}
