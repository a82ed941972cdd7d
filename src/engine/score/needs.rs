//! Whether a network has room on its device. It is refused before it is loaded: a computer that
//! swaps is worse than none.
//!
//! Must not know: how memory is measured.

use crate::base::{Problem, format};
use crate::engine::infer::{Device, Memory};
use crate::zoo::manifest::Manifest;

/// Refuses a network that needs more memory than is free; where nobody knows, it may try.
///
/// `times` is how often the engine holds the weights, `memory` asks a device.
pub(crate) fn demand(
    manifest: &Manifest,
    device: Device,
    times: u64,
    memory: &dyn Fn(Device) -> Option<Memory>,
) -> Result<(), Problem> {
    let Some(needs) = &manifest.needs else {
        return Ok(());
    };
    let needed = needs.memory.saturating_mul(times);
    let Some(Memory { total, free }) = memory(device).filter(|m| m.free < needed) else {
        return Ok(());
    };
    let why = format!(
        "it needs {} of memory, and of {} there {} are free",
        format::bytes(needed),
        format::bytes(total),
        format::bytes(free)
    );
    let mut ways = Vec::new();
    let elsewhere = (device != Device::Cpu)
        .then(|| memory(Device::Cpu))
        .flatten();
    if let Some(here) = elsewhere.filter(|m| m.free >= needs.memory) {
        let free = format::bytes(here.free);
        ways.push(format!("take --device cpu, slow, where {free} are free"));
    } else {
        ways.push("take another --device, or end what else uses the memory".to_owned());
    }
    if let Some(lighter) = &needs.instead {
        ways.push(format!("use {lighter}, which is small"));
    }
    ways.push("compute it on another computer and import the column".to_owned());
    let what = format!("'{}' can't run on {device}", manifest.key);
    Err(Problem::environment(what, why).hint(ways.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn needy() -> Manifest {
        let text = r#"
key = "big"
label = "Big"
about = "For tests."
licence = "ours"
kind = "network"
tolerance = 0.001
weights = [{ name = "only", files = [{ name = "big.onnx" }] }]
needs = { memory = 19_327_352_832, instead = "small" }
output = { read = "raw" }
input = { size = [8, 8], fit = "squash", resampler = "bicubic", scale = 1.0, mean = [0, 0, 0], std = [1, 1, 1] }
columns = [{ key = "big", label = "Big", range = [0, 1], better = "higher", about = "A toy." }]
"#;
        Manifest::parse(text).unwrap()
    }

    /// A card with 8 of 12 GiB free, in a computer with this much.
    fn card(cpu: u64) -> impl Fn(Device) -> Option<Memory> {
        move |device| match device {
            Device::Cpu => Some(Memory {
                total: 64 * GIB,
                free: cpu,
            }),
            Device::Cuda(0) => Some(Memory {
                total: 12 * GIB,
                free: 8 * GIB,
            }),
            Device::Cuda(_) => Some(Memory {
                total: 80 * GIB,
                free: 79 * GIB,
            }),
            _ => None,
        }
    }

    #[test]
    fn too_small_a_card_is_refused_with_what_can_be_done() {
        let refused = demand(&needy(), Device::Cuda(0), 1, &card(60 * GIB)).unwrap_err();
        let text = format!("{refused}");
        for part in [
            "'big' can't run on cuda:0",
            "needs 18.0 GiB",
            "of 12.0 GiB there 8.0 GiB",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let hint = refused.hint;
        for part in ["--device cpu", "use small", "import the column"] {
            assert!(hint.contains(part), "{hint}");
        }
        let full = demand(&needy(), Device::Cuda(0), 1, &card(3 * GIB)).unwrap_err();
        let hint = full.hint;
        assert!(hint.contains("another --device"), "{hint}");
    }

    #[test]
    fn what_has_room_or_is_unknown_may_run() {
        demand(&needy(), Device::Cuda(1), 1, &card(0)).unwrap();
        demand(&needy(), Device::WebGpu(0), 1, &card(0)).unwrap();
        demand(&needy(), Device::Cpu, 1, &card(18 * GIB)).unwrap();
        demand(&needy(), Device::Cpu, 2, &card(18 * GIB)).unwrap_err();
    }
}
