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
    /// The same network, whose large weights stay f16 where the checkpoint has them so; the
    /// arithmetic stays f32, and the values are the same.
    #[must_use]
    pub fn keep_half(mut self) -> Self {
        let mut kept = BTreeSet::new();
        for weight in &mut self.weights {
            if weight.is_external() && weight.stored() == Dtype::F16 {
                weight.set_dtype(Dtype::F16);
                kept.insert(weight.name().to_owned());
            }
        }
        self.widens = !kept.is_empty();
        let mut seen = BTreeSet::new();
        let mut nodes = Vec::with_capacity(self.nodes.len() + kept.len());
        for mut node in std::mem::take(&mut self.nodes) {
            for input in node.input.iter_mut().filter(|name| kept.contains(*name)) {
                let wide = format!("{input}_wide");
                if seen.insert(input.clone()) {
                    nodes.push(cast(input, &wide, elem::FLOAT));
                }
                *input = wide;
            }
            nodes.push(node);
        }
        self.nodes = nodes;
        self
    }
}
