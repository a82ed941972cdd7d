//! Tells what kind of failure an error of ONNX Runtime is.
//!
//! Providers report through texts; codes are all alike.
//!
//! Must not know: sessions.

use ort::ErrorCode;

use crate::engine::infer::{Device, InferError};

/// The kinds that callers act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A smaller batch may fit.
    OutOfMemory,
    /// Nothing more will run on the device.
    DeviceLost,
    /// Anything else.
    Other,
}

/// Lower-case parts of the texts for memory: ONNX Runtime's arenas, CUDA, cuDNN, cuBLAS, HIP,
/// Direct3D (`E_OUTOFMEMORY`), Vulkan, the C++ library.
const MEMORY: [&str; 12] = [
    "out of memory",
    "outofmemory",
    "out_of_memory",
    "failed to allocate memory",
    "bad_alloc",
    "bad allocation",
    "alloc_failed",
    "allocation_failed",
    "available memory of",
    "8007000e",
    "out of device memory",
    "cannot allocate memory",
];

/// The same for devices that are gone: CUDA's sticky errors, Direct3D's removed, hung and reset
/// devices, WebGPU's lost ones.
const LOST: [&str; 14] = [
    "device lost",
    "device was lost",
    "device is lost",
    "device_lost",
    "device removed",
    "device_removed",
    "device hung",
    "887a0005",
    "887a0006",
    "887a0007",
    "fallen off the bus",
    "unspecified launch failure",
    "illegal memory access",
    "cuda failure 999",
];

/// What kind of failure it is.
pub(super) fn kind(code: ErrorCode, message: &str) -> Kind {
    if code == ErrorCode::DeviceReset {
        return Kind::DeviceLost;
    }
    let text = message.to_ascii_lowercase();
    let any = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if any(&LOST) {
        Kind::DeviceLost
    } else if any(&MEMORY) {
        Kind::OutOfMemory
    } else {
        Kind::Other
    }
}

/// Too little memory for the batch.
pub(super) fn out_of_memory(device: Device, error: &ort::Error) -> InferError {
    InferError::OutOfMemory {
        device,
        why: error.message().to_owned(),
    }
}

/// The device is gone.
pub(super) fn lost(device: Device, error: &ort::Error) -> InferError {
    InferError::DeviceLost {
        device,
        why: error.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart_by_their_texts() {
        let of = |message| kind(ErrorCode::GenericFailure, message);
        for text in [
            "BFCArena::AllocateRawInternal Available memory of 1024 is smaller than requested bytes of 4096",
            "Failed to allocate memory for requested buffer of size 123",
            "CUDA failure 2: out of memory ; GPU=0 ; hostname=x",
            "CUDNN failure 4: CUDNN_STATUS_ALLOC_FAILED",
            "std::bad_alloc",
            "Exception(1) tid(1) 8007000E Not enough memory resources",
        ] {
            assert_eq!(of(text), Kind::OutOfMemory, "{text}");
        }
        for text in [
            "CUDA failure 719: unspecified launch failure",
            "CUDA failure 700: an illegal memory access was encountered",
            "887A0005 The GPU device instance has been suspended",
            "WebGPU device lost (1): out of memory",
        ] {
            assert_eq!(of(text), Kind::DeviceLost, "{text}");
        }
        assert_eq!(kind(ErrorCode::DeviceReset, ""), Kind::DeviceLost);
        assert_eq!(of("Got invalid dimensions for input: x"), Kind::Other);
    }
}
