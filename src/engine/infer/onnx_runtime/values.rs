//! Tensors as ONNX Runtime takes and gives them; inputs are borrowed, not copied.
//!
//! Must not know: sessions.

use half::f16;
use ort::session::SessionInputValue;
use ort::value::{
    DynValue, PrimitiveTensorElementType, Tensor as OrtTensor, TensorElementType, TensorRef,
};

use crate::engine::infer::{Element, InferError, Port, Tensor, TensorData};

/// The tensor in the port's type.
pub(super) fn borrow<'a>(port: &Port, tensor: &'a Tensor) -> ort::Result<SessionInputValue<'a>> {
    let shape = &tensor.shape[..];
    match (port.element, &tensor.data) {
        (Element::F16, TensorData::F32(data)) => {
            let data = data.iter().map(|&v| f16::from_f32(v)).collect();
            own(shape, data)
        }
        (Element::Bool, TensorData::U8(data)) => own(shape, data.iter().map(|&v| v != 0).collect()),
        (_, TensorData::F32(data)) => view(shape, data),
        (_, TensorData::F64(data)) => view(shape, data),
        (_, TensorData::I32(data)) => view(shape, data),
        (_, TensorData::I64(data)) => view(shape, data),
        (_, TensorData::I8(data)) => view(shape, data),
        (_, TensorData::U8(data)) => view(shape, data),
    }
}

fn view<'a, T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
    shape: &'a [usize],
    data: &'a [T],
) -> ort::Result<SessionInputValue<'a>> {
    Ok(TensorRef::from_array_view((shape, data))?.into())
}

fn own<T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
    shape: &[usize],
    data: Vec<T>,
) -> ort::Result<SessionInputValue<'static>> {
    Ok(OrtTensor::from_array((shape.to_vec(), data))?.into())
}

/// What ONNX Runtime gave.
pub(super) fn extract(name: &str, value: &DynValue) -> Result<Tensor, InferError> {
    let odd = |why: String| InferError::Run {
        engine: "ONNX Runtime".to_owned(),
        why: format!("the output `{name}` {why}"),
    };
    let kind = value.dtype().tensor_type();
    let kind = kind.ok_or_else(|| odd("is no tensor".to_owned()))?;
    let read = match kind {
        TensorElementType::Float32 => copy(value, TensorData::F32),
        TensorElementType::Float64 => copy(value, TensorData::F64),
        TensorElementType::Int32 => copy(value, TensorData::I32),
        TensorElementType::Int64 => copy(value, TensorData::I64),
        TensorElementType::Int8 => copy(value, TensorData::I8),
        TensorElementType::Uint8 => copy(value, TensorData::U8),
        TensorElementType::Float16 => copy(value, |data: Vec<f16>| {
            TensorData::F32(data.into_iter().map(f16::to_f32).collect())
        }),
        TensorElementType::Bool => copy(value, |data: Vec<bool>| {
            TensorData::U8(data.into_iter().map(u8::from).collect())
        }),
        other => return Err(odd(format!("has the type {other:?}, which can't be read"))),
    };
    read.map_err(|error| odd(error.to_string()))
}

fn copy<T: PrimitiveTensorElementType + Clone>(
    value: &DynValue,
    wrap: impl FnOnce(Vec<T>) -> TensorData,
) -> ort::Result<Tensor> {
    let (shape, data) = value.try_extract_tensor::<T>()?;
    Ok(Tensor {
        shape: shape.iter().map(|&size| size as usize).collect(),
        data: wrap(data.to_vec()),
    })
}
