//! Graphs that rten would load and run, but get wrong.
//!
//! Found by running the 1350 tests of the ONNX project's own operator suite that have inputs of
//! plain numbers (`docs/engines.md`): rten 0.27 refuses what it doesn't know, and gets these wrong.
//!
//! Must not know: how engines are called.

use super::{Facts, InferError};

/// What helps where rten can't or may not run a graph.
pub(super) const USE_ONNX_RUNTIME: &str =
    "ONNX Runtime can: `bandpass runtime install`, or `bandpass runtime use PATH`";

/// Operators that rten is kept from, with the reason.
const OPERATORS: [(&str, &str); 6] = [
    ("DynamicQuantizeLinear", QUANTISED),
    ("MatMulInteger", QUANTISED),
    ("ConvInteger", QUANTISED),
    ("Sign", "it takes the sign of 0 for 1"),
    (
        "NonMaxSuppression",
        "it drops boxes of further classes and pictures",
    ),
    ("BitCast", "it has no types of 64 bits"),
];

/// What rten is kept from in graphs that we did not build: ours are built without equal values.
const OF_STRANGERS: (&str, &str) = (
    "ArgMax",
    "of equal values it takes the last and not the first",
);

/// Attributes that rten is kept from, as `operator name=text`.
const MODES: [(&str, &str); 1] = [("Resize mode=cubic", "it resizes by another formula")];

const QUANTISED: &str = "its 8-bit sums overflow on processors without VNNI, and what is published \
for such networks was computed by ONNX Runtime, from whose values a dynamically quantised network \
differs visibly when one rounding differs";

/// Refuses a graph that rten gets wrong; `ours` are those that Bandpass has built itself.
pub(super) fn for_rten(facts: &Facts, ours: bool) -> Result<(), InferError> {
    let operators = OPERATORS
        .iter()
        .map(|&(name, why)| (name, facts.count(name), why));
    let modes = MODES
        .iter()
        .map(|&(name, why)| (name, facts.count_mode(name), why));
    let vector = usize::from(facts.multiplies_by_vector());
    let vector = ("MatMul by a vector", vector, "it keeps an axis too many");
    let (name, why) = OF_STRANGERS;
    let ties = if ours { 0 } else { facts.count(name) };
    let mut wrong = operators.chain(modes).chain([vector, (name, ties, why)]);
    let Some((name, count, why)) = wrong.find(|(_, count, _)| *count > 0) else {
        return Ok(());
    };
    Err(InferError::Refused {
        engine: "rten".to_owned(),
        why: format!("it has {count} × {name}; {why}"),
        hint: USE_ONNX_RUNTIME,
    })
}
