//! Hands the weights of a built network to ONNX Runtime as memory, without a copy where they lie as
//! the graph wants them.
//!
//! Must not know: how networks are built.
#![expect(unsafe_code, reason = "the crate `ort` would copy the weights")]

use std::ffi::{CString, c_void};
use std::ptr;
use std::sync::Arc;

use half::f16;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::{DynValue, Tensor as OrtTensor};
use ort::{AsPointer as _, sys};

use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Network, Weight};

/// A session together with the network whose memory it reads; fields are dropped in this order.
pub(super) struct Held {
    session: Session,
    _network: Option<Arc<Network>>,
}

impl Held {
    /// A session that owns all it reads.
    pub(super) fn plain(session: Session) -> Self {
        Self {
            session,
            _network: None,
        }
    }

    /// The session of a built network.
    pub(super) fn built(builder: SessionBuilder, network: &Arc<Network>) -> ort::Result<Self> {
        // Held before the builder, so that the weights outlive it too.
        let network = Arc::clone(network);
        let builder = if network.widens() {
            // Else it would widen all weights when it loads them.
            builder.with_config_entry(
                "optimization.disable_specified_optimizers",
                "ConstantFolding",
            )?
        } else {
            builder
        };
        let session = add(builder, &network)?.commit_from_memory(&network.skeleton())?;
        Ok(Self {
            session,
            _network: Some(network),
        })
    }

    /// The session, to ask.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// The session, to run.
    pub(super) fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

/// Adds the weights that the network's skeleton leaves out. Sessions of the builder read them from
/// `network`, which must live as long.
fn add(mut builder: SessionBuilder, network: &Network) -> ort::Result<SessionBuilder> {
    let memory = MemoryInfo::new(
        AllocationDevice::CPU,
        0,
        AllocatorType::Device,
        MemoryType::Default,
    )?;
    for (_, weight) in network.external_weights() {
        let width = if weight.dtype() == Dtype::F16 { 2 } else { 4 };
        let aligned = |bytes: &&[u8]| bytes.as_ptr().addr().is_multiple_of(width);
        builder = match weight.in_place().filter(aligned) {
            Some(bytes) => {
                lend(&mut builder, weight, bytes, &memory)?;
                builder
            }
            None => builder.with_external_initializer(weight.name(), owned(weight)?)?,
        };
    }
    Ok(builder)
}

/// Makes a tensor over `bytes` and adds it; the builder's sessions keep pointing there.
fn lend(
    builder: &mut SessionBuilder,
    weight: &Weight,
    bytes: &[u8],
    memory: &MemoryInfo<'_>,
) -> ort::Result<()> {
    let api = ort::api();
    let name = CString::new(weight.name())?;
    let shape: Vec<i64> = weight.shape().iter().map(|&size| size as i64).collect();
    let element = match weight.dtype() {
        Dtype::F16 => sys::ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16,
        _ => sys::ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
    };
    let mut value = ptr::null_mut();
    // SAFETY: the pointers hold for the call; ONNX Runtime checks the length against the shape and
    // only reads initialisers. [`Held`] keeps `bytes` for as long as
    // the session.
    check(unsafe {
        (api.CreateTensorWithDataAsOrtValue)(
            memory.ptr(),
            bytes.as_ptr().cast::<c_void>().cast_mut(),
            bytes.len(),
            shape.as_ptr(),
            shape.len(),
            element,
            &raw mut value,
        )
    })?;
    let values = [value.cast_const()];
    // SAFETY: name and value hold for the call, which shares the value.
    let added = check(unsafe {
        (api.AddExternalInitializers)(builder.ptr_mut(), &name.as_ptr(), values.as_ptr(), 1)
    });
    // SAFETY: made above and released once.
    unsafe { (api.ReleaseValue)(value) };
    added
}

/// A converted copy.
fn owned(weight: &Weight) -> ort::Result<DynValue> {
    let shape = weight.shape().to_vec();
    let bytes = weight.bytes();
    Ok(if weight.dtype() == Dtype::F16 {
        let data = bytes
            .chunks_exact(2)
            .map(|b| f16::from_le_bytes([b[0], b[1]]));
        OrtTensor::from_array((shape, data.collect::<Vec<_>>()))?.into_dyn()
    } else {
        let data = bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        OrtTensor::from_array((shape, data.collect::<Vec<_>>()))?.into_dyn()
    })
}

fn check(status: sys::OrtStatusPtr) -> ort::Result<()> {
    // SAFETY: the status comes straight from a call and is used once.
    unsafe { ort::Error::result_from_status(status) }
}
