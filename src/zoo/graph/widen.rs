//! Weights of half precision that stay so, for processors: each is widened where it is used and
//! forgotten again, so that a network of 16 GB runs in f32 without 32 GB.
//!
//! Must not know: architectures, engines.

use std::collections::BTreeSet;

use super::half::cast;
use super::network::Network;
use super::onnx::elem;
use crate::zoo::checkpoint::Dtype;

impl Network {
    /// The same network, whose large weights stay f16 where they lie so in the checkpoint; the
    /// arithmetic stays f32, and the values are the same.
    ///
    /// These weights become inputs of the graph ([`Self::fed_weights`]): an engine takes an input
    /// as it lies, and copies or widens an initialiser when it loads it (docs/engines.md).
    #[must_use]
    pub fn keep_half(mut self) -> Self {
        let mut kept = BTreeSet::new();
        for weight in &mut self.weights {
            let half = weight.is_external() && weight.stored() == Dtype::F16;
            if half && weight.lies_in_place() {
                weight.set_dtype(Dtype::F16);
                weight.feed();
                kept.insert(weight.name().to_owned());
            }
        }
        let wide = |name: &str| format!("{name}_wide");
        for node in &mut self.nodes {
            for input in node.input.iter_mut().filter(|name| kept.contains(*name)) {
                *input = wide(input);
            }
        }
        // First in the list is last in the order in which ONNX Runtime goes through it: a weight is
        // widened when all else that its operator takes is there. Behind, all would be at once.
        let casts = kept.iter().map(|name| cast(name, &wide(name), elem::FLOAT));
        self.nodes.splice(0..0, casts);
        self
    }
}
