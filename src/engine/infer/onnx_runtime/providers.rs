//! The providers that drive devices: which there are, and setting one up for a session.
//!
//! Must not know: networks.

use ort::ep::{self, ExecutionProvider as _, ExecutionProviderDispatch};
use ort::session::builder::SessionBuilder;

use crate::engine::infer::device::nvidia_count;
use crate::engine::infer::{Device, InferError};

/// Sets up the device's provider; with an error, not silently none, where it can't be used.
pub(super) fn register(
    builder: SessionBuilder,
    device: Device,
) -> Result<SessionBuilder, InferError> {
    let Some(providers) = dispatch(device) else {
        return Ok(builder);
    };
    let providers: Vec<_> = providers
        .into_iter()
        .map(ExecutionProviderDispatch::error_on_failure)
        .collect();
    builder
        .with_execution_providers(providers)
        .map_err(|error| InferError::Device {
            device,
            why: error.message().trim().to_owned(),
        })
}

/// The providers of a device, first choice first; none for the CPU, which is always there.
fn dispatch(device: Device) -> Option<Vec<ExecutionProviderDispatch>> {
    let id = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    // TF32 would keep 10 bits of the mantissa and move scores in the third digit.
    let cuda = |n| {
        ep::CUDA::default()
            .with_device_id(id(n))
            .with_tf32(false)
            .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
            .build()
    };
    Some(match device {
        Device::Cpu => return None,
        Device::Cuda(n) => vec![cuda(n)],
        Device::TensorRt(n) => vec![
            ep::TensorRT::default().with_device_id(id(n)).build(),
            cuda(n),
        ],
        Device::DirectMl(n) => vec![ep::DirectML::default().with_device_id(id(n)).build()],
        Device::CoreMl => vec![ep::CoreML::default().build()],
        Device::MiGraphX(n) => vec![ep::MIGraphX::default().with_device_id(id(n)).build()],
        Device::Rocm(n) => vec![ep::ROCm::default().with_device_id(id(n)).build()],
        Device::OpenVino => vec![ep::OpenVINO::default().build()],
        Device::WebGpu(n) => vec![ep::WebGPU::default().with_device_id(id(n)).build()],
    })
}

/// The devices that the loaded library was built for and that seem to be here, the CPU last.
///
/// "Built for" is all that ONNX Runtime tells without loading a network; NVIDIA cards are counted,
/// of other kinds the first is listed. Whether one works shows when a session is placed on it.
pub(super) fn devices() -> Vec<Device> {
    let nvidia = nvidia_count();
    let mut found = Vec::new();
    let has = |available: ort::Result<bool>| available.unwrap_or(false);
    if has(ep::CUDA::is_available()) {
        found.extend((0..nvidia).map(Device::Cuda));
    }
    if has(ep::TensorRT::is_available()) {
        found.extend((0..nvidia).map(Device::TensorRt));
    }
    let others = [
        (ep::DirectML::is_available(), Device::DirectMl(0)),
        (ep::CoreML::is_available(), Device::CoreMl),
        (ep::MIGraphX::is_available(), Device::MiGraphX(0)),
        (ep::ROCm::is_available(), Device::Rocm(0)),
        (ep::OpenVINO::is_available(), Device::OpenVino),
        (ep::WebGPU::is_available(), Device::WebGpu(0)),
    ];
    found.extend(
        others
            .into_iter()
            .filter(|(available, _)| matches!(available, Ok(true)))
            .map(|(_, d)| d),
    );
    found.push(Device::Cpu);
    found
}
