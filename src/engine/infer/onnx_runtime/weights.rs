//! Hands the weights of a built network to ONNX Runtime as memory, without a copy where they lie as
//! the graph wants them.
//!
//! Must not know: how networks are built.
#![expect(unsafe_code, reason = "the crate `ort` would copy the weights")]

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use half::f16;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::{DynValue, Tensor as OrtTensor};
use ort::{AsPointer as _, sys};

use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Network, Weight};

/// A session together with the network whose memory it reads; fields are dropped in this order.
pub(super) struct Held {
    session: Session,
    fed: Vec<(String, DynValue)>,
    _network: Option<Arc<Network>>,
}

impl Held {
    /// A session that owns all it reads.
    pub(super) fn plain(session: Session) -> Self {
        Self {
            session,
            fed: Vec::new(),
            _network: None,
        }
    }

    /// The session of a built network.
    pub(super) fn built(builder: SessionBuilder, network: &Arc<Network>) -> ort::Result<Self> {
        // Held before the builder, so that the weights outlive it too.
        let network = Arc::clone(network);
        let memory = MemoryInfo::new(
            AllocationDevice::CPU,
            0,
            AllocatorType::Device,
            MemoryType::Default,
        )?;
        let session = add(builder, &network, &memory)?.commit_from_memory(&network.skeleton())?;
        let fed = network.fed_weights().map(|weight| {
            let bytes = weight.in_place().unwrap_or_default();
            Ok((weight.name().to_owned(), lend(weight, bytes, &memory)?))
        });
        Ok(Self {
            fed: fed.collect::<ort::Result<_>>()?,
            session,
            _network: Some(network),
        })
    }

    /// The session, to ask.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// The session, to run, and the weights that every run is to be given.
    pub(super) fn parts(&mut self) -> (&mut Session, &[(String, DynValue)]) {
        (&mut self.session, &self.fed)
    }
}

/// Adds the weights that the network's skeleton leaves out. Sessions of the builder read them from
/// `network`, which must live as long.
fn add(
    mut builder: SessionBuilder,
    network: &Network,
    memory: &MemoryInfo<'_>,
) -> ort::Result<SessionBuilder> {
    for (_, weight) in network.external_weights() {
        let width = if weight.dtype() == Dtype::F16 { 2 } else { 4 };
        let aligned = |bytes: &&[u8]| bytes.as_ptr().addr().is_multiple_of(width);
        let value = match weight.in_place().filter(aligned) {
            Some(bytes) => lend(weight, bytes, memory)?,
            None => owned(weight)?,
        };
        builder = builder.with_external_initializer(weight.name(), value)?;
    }
    Ok(builder)
}

/// A tensor over `bytes`, which must live as long.
fn lend(weight: &Weight, bytes: &[u8], memory: &MemoryInfo<'_>) -> ort::Result<DynValue> {
    let shape: Vec<i64> = weight.shape().iter().map(|&size| size as i64).collect();
    let element = match weight.dtype() {
        Dtype::F16 => sys::ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16,
        _ => sys::ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
    };
    let mut value = ptr::null_mut();
    // SAFETY: the pointers hold for the call; ONNX Runtime checks the length against the shape and
    // only reads weights. [`Held`] keeps `bytes` for as long as the session.
    check(unsafe {
        (ort::api().CreateTensorWithDataAsOrtValue)(
            memory.ptr(),
            bytes.as_ptr().cast::<c_void>().cast_mut(),
            bytes.len(),
            shape.as_ptr(),
            shape.len(),
            element,
            &raw mut value,
        )
    })?;
    let value = NonNull::new(value).ok_or_else(|| ort::Error::new("no tensor was made"))?;
    // SAFETY: it was made above, is owned by nobody else, and lies in the processor's memory.
    Ok(unsafe { DynValue::from_ptr(value, Some(&Allocator::default())) })
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
