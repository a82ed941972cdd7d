//! What a network can run on, and how it is written: `cpu`, `cuda:0`, `auto`.
//!
//! Must not know: engines.

mod memory;
mod nvidia;

use std::fmt;
use std::str::FromStr;

pub use memory::Memory;
pub use nvidia::count as nvidia_count;

/// What a network runs on. Numbers count the devices of one kind from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Device {
    /// NVIDIA, through CUDA.
    Cuda(u32),
    /// NVIDIA, through TensorRT; builds an engine for minutes when it first sees a network.
    TensorRt(u32),
    /// Any graphics card on Windows.
    DirectMl(u32),
    /// Apple's neural engine and graphics.
    CoreMl,
    /// AMD, through MIGraphX.
    MiGraphX(u32),
    /// AMD, through ROCm (older ONNX Runtimes).
    Rocm(u32),
    /// Intel.
    OpenVino,
    /// Any graphics card with Vulkan, Metal or Direct3D 12.
    WebGpu(u32),
    /// The processor.
    Cpu,
}

impl Device {
    /// ONNX Runtime's name of the provider that drives it.
    pub fn provider(self) -> &'static str {
        match self {
            Self::Cuda(_) => "CUDAExecutionProvider",
            Self::TensorRt(_) => "TensorrtExecutionProvider",
            Self::DirectMl(_) => "DmlExecutionProvider",
            Self::CoreMl => "CoreMLExecutionProvider",
            Self::MiGraphX(_) => "MIGraphXExecutionProvider",
            Self::Rocm(_) => "ROCMExecutionProvider",
            Self::OpenVino => "OpenVINOExecutionProvider",
            Self::WebGpu(_) => "WebGpuExecutionProvider",
            Self::Cpu => "CPUExecutionProvider",
        }
    }

    /// Its kind and, where there can be several, its number.
    fn parts(self) -> (&'static str, Option<u32>) {
        match self {
            Self::Cuda(n) => ("cuda", Some(n)),
            Self::TensorRt(n) => ("tensorrt", Some(n)),
            Self::DirectMl(n) => ("directml", Some(n)),
            Self::CoreMl => ("coreml", None),
            Self::MiGraphX(n) => ("migraphx", Some(n)),
            Self::Rocm(n) => ("rocm", Some(n)),
            Self::OpenVino => ("openvino", None),
            Self::WebGpu(n) => ("webgpu", Some(n)),
            Self::Cpu => ("cpu", None),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (kind, Some(number)) => write!(f, "{kind}:{number}"),
            (kind, None) => f.write_str(kind),
        }
    }
}

/// A text that names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no device; use auto, cpu, cuda:0, tensorrt:0, directml:0, coreml, migraphx:0, rocm:0, openvino or webgpu:0"
)]
pub struct UnknownDevice(String);

impl FromStr for Device {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownDevice(text.to_owned());
        let lower = text.trim().to_ascii_lowercase();
        let (kind, number) = match lower.split_once(':') {
            Some((kind, number)) => (kind, Some(number.parse().map_err(|_ignored| unknown())?)),
            None => (lower.as_str(), None),
        };
        let n = number.unwrap_or(0);
        let device = match kind {
            "cuda" => Self::Cuda(n),
            "tensorrt" => Self::TensorRt(n),
            "directml" => Self::DirectMl(n),
            "coreml" => Self::CoreMl,
            "migraphx" => Self::MiGraphX(n),
            "rocm" => Self::Rocm(n),
            "openvino" => Self::OpenVino,
            "webgpu" => Self::WebGpu(n),
            "cpu" => Self::Cpu,
            _ => return Err(unknown()),
        };
        if number.is_some() && device.parts().1.is_none() {
            return Err(unknown());
        }
        Ok(device)
    }
}

/// What the user wants networks to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// Every device of the best kind at hand.
    #[default]
    Auto,
    /// This one and no other.
    One(Device),
}

impl Choice {
    /// The devices to use, out of those at hand: at least one, one worker each.
    ///
    /// `Auto` takes all devices of the first kind in `at_hand` except TensorRT, which keeps its
    /// first user waiting for minutes; it never mixes kinds, whose values differ in the last bits.
    pub fn devices(self, at_hand: &[Device]) -> Vec<Device> {
        if let Self::One(device) = self {
            return vec![device];
        }
        let quick = |d: &&Device| !matches!(d, Device::TensorRt(_));
        let Some(first) = at_hand.iter().find(quick) else {
            return vec![Device::Cpu];
        };
        let kind = first.parts().0;
        at_hand
            .iter()
            .copied()
            .filter(|d| d.parts().0 == kind)
            .collect()
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::One(device) => device.fmt(f),
        }
    }
}

impl FromStr for Choice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("auto") {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for text in [
            "cpu",
            "cuda:0",
            "cuda:3",
            "tensorrt:1",
            "directml:0",
            "coreml",
            "migraphx:0",
            "rocm:2",
            "openvino",
            "webgpu:0",
            "auto",
        ] {
            assert_eq!(text.parse::<Choice>().unwrap().to_string(), text);
        }
        assert_eq!("CUDA".parse(), Ok(Device::Cuda(0)));
        for text in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "coreml:1"] {
            assert!(text.parse::<Device>().is_err(), "{text}");
        }
    }

    #[test]
    fn auto_takes_all_devices_of_the_best_quick_kind() {
        let at_hand = [
            Device::TensorRt(0),
            Device::Cuda(0),
            Device::Cuda(1),
            Device::WebGpu(0),
            Device::Cpu,
        ];
        assert_eq!(
            Choice::Auto.devices(&at_hand),
            [Device::Cuda(0), Device::Cuda(1)]
        );
        assert_eq!(Choice::Auto.devices(&[]), [Device::Cpu]);
        assert_eq!(Choice::One(Device::Cpu).devices(&at_hand), [Device::Cpu]);
    }
}
