//! Runs a small network of our own on every device and compares what comes out.
//!
//! Its weights and its picture are made by rule; the values that it must give were computed in
//! double precision by numpy. It holds the operators that scorers are made of, so a device that
//! passes can be trusted with them.
//!
//! Must not know: which engines there are.

mod network;

use std::sync::Arc;

use super::{Device, InferError, ModelSource, Placement, Runtime, SessionOptions, Tensor};
use crate::base::{CancelToken, Cancelled};

pub use network::{EXPECTED, network, picture};

/// Largest difference to the reference that a device may have: f32 on the CPU differs by some 1e-6,
/// graphics cards with another order of sums by 1e-5.
pub const TOLERANCE: f64 = 1e-3;

/// How one device of one engine did.
#[derive(Debug)]
pub struct Outcome {
    /// The engine, with its version.
    pub engine: String,
    /// The device.
    pub device: Device,
    /// What it really ran on and the largest difference to the reference; or why it did not run.
    pub result: Result<Passed, InferError>,
}

/// A device that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Passed {
    /// What it really ran on.
    pub placement: Placement,
    /// Largest difference to the reference.
    pub difference: f64,
}

impl Outcome {
    /// Whether the device can be trusted.
    pub fn is_good(&self) -> bool {
        matches!(&self.result, Ok(passed) if passed.difference <= TOLERANCE)
    }
}

/// Tries every device of every engine.
pub fn selftest(
    engines: &[Box<dyn Runtime>],
    token: &CancelToken,
) -> Result<Vec<Outcome>, Cancelled> {
    let source = ModelSource::Built(Arc::new(network()));
    let input = picture();
    let mut outcomes = Vec::new();
    for engine in engines {
        for device in engine.devices() {
            token.checkpoint()?;
            outcomes.push(Outcome {
                engine: format!("{} {}", engine.name(), engine.version()),
                device,
                result: try_one(engine.as_ref(), device, &source, &input),
            });
        }
    }
    Ok(outcomes)
}

fn try_one(
    engine: &dyn Runtime,
    device: Device,
    source: &ModelSource,
    input: &Tensor,
) -> Result<Passed, InferError> {
    let options = SessionOptions {
        device,
        ..SessionOptions::default()
    };
    let mut session = engine.load(source, &options)?;
    let output = session.run(&[("picture", input)], &["scores"])?;
    let values = output.first().and_then(Tensor::as_f32).unwrap_or_default();
    Ok(Passed {
        placement: session.placement().clone(),
        difference: difference(values),
    })
}

/// The largest difference to the reference; infinite where values lack or are no numbers.
fn difference(values: &[f32]) -> f64 {
    if values.len() != EXPECTED.len() {
        return f64::INFINITY;
    }
    let apart = |(&value, &want): (&f32, &f64)| {
        let apart = (f64::from(value) - want).abs();
        if apart.is_nan() { f64::INFINITY } else { apart }
    };
    std::iter::zip(values, &EXPECTED)
        .map(apart)
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_and_nan_are_infinitely_wrong() {
        assert_eq!(difference(&EXPECTED.map(|v| v as f32)[..3]), f64::INFINITY);
        assert_eq!(difference(&[f32::NAN; EXPECTED.len()]), f64::INFINITY);
        assert!(difference(&EXPECTED.map(|v| v as f32)) < 1e-6);
    }
}
