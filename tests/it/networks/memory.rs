//! Weights stay where they lie while a network is built around them.

use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::{Bytes, Checkpoint};

use crate::fixture::Fixture;

#[test]
fn building_copies_no_weights() {
    for (id, architecture) in [
        ("convnextv2_tiny", "convnextv2"),
        ("effnet_b3_watermark", "efficientnet-b3-watermark"),
        ("icnet", "icnet"),
    ] {
        let Some(fixture) = Fixture::open(id) else {
            return;
        };
        let file: Bytes = Arc::new(fixture.safetensors());
        let length = (*file).as_ref().len() as u64;
        let memory = allocation_counter::measure(|| {
            let checkpoint = Checkpoint::read(Arc::clone(&file)).unwrap();
            let weights = arch::weights(architecture, &checkpoint, false).unwrap();
            let network = arch::build(architecture, &weights, &toml::Table::new()).unwrap();
            assert!(!network.skeleton().is_empty());
        });
        assert!(memory.bytes_max < length / 10, "{id}: {memory:?}");
    }
}
