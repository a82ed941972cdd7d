//! Graphs that rten would load and run, but get wrong.
//!
//! Must not know: how engines are called.

use super::{Facts, InferError};

/// What helps where rten can't or may not run a graph.
pub(super) const USE_ONNX_RUNTIME: &str =
    "ONNX Runtime can: `bandpass runtime install`, or `bandpass runtime use PATH`";

/// Operators that rten is kept from, with the reason; measured in `docs/engines.md`.
const WRONG: [(&str, &str); 4] = [
    ("DynamicQuantizeLinear", QUANTISED),
    ("MatMulInteger", QUANTISED),
    ("ConvInteger", QUANTISED),
    ("QLinearMatMul", QUANTISED),
];

const QUANTISED: &str = "its 8-bit sums overflow on processors without VNNI, and what is published \
for such networks was computed by ONNX Runtime, from whose values a dynamically quantised network \
differs visibly when one rounding differs";

/// Refuses a graph that rten gets wrong.
pub(super) fn for_rten(facts: &Facts) -> Result<(), InferError> {
    let Some((operator, why)) = WRONG.iter().find(|(name, _)| facts.count(name) > 0) else {
        return Ok(());
    };
    Err(InferError::Refused {
        engine: "rten".to_owned(),
        why: format!("it has {} × {operator}; {why}", facts.count(operator)),
        hint: USE_ONNX_RUNTIME,
    })
}
