//! Tensors in rten's types: f64 as f32, i64 and truth values as i32, and back.
//!
//! Must not know: models.

use std::borrow::Cow;

use rten::{Value, ValueView};
use rten_tensor::prelude::*;

use super::refused;
use crate::engine::infer::{Element, InferError, Port, Tensor, TensorData};

/// A tensor in a type that rten has.
pub(super) struct Converted<'a> {
    shape: &'a [usize],
    data: Data<'a>,
}

enum Data<'a> {
    F32(Cow<'a, [f32]>),
    I32(Cow<'a, [i32]>),
    I8(&'a [i8]),
    U8(&'a [u8]),
}

/// The tensor in rten's types; fails on integers that don't fit 32 bits.
pub(super) fn convert<'a>(port: &Port, tensor: &'a Tensor) -> Result<Converted<'a>, InferError> {
    let data = match &tensor.data {
        TensorData::F32(data) => Data::F32(Cow::Borrowed(data)),
        TensorData::F64(data) => Data::F32(data.iter().map(|&v| v as f32).collect()),
        TensorData::I32(data) => Data::I32(Cow::Borrowed(data)),
        TensorData::I64(data) => {
            let narrow: Result<Vec<i32>, _> = data.iter().map(|&v| i32::try_from(v)).collect();
            let wide = |_range| InferError::input(port, "rten takes integers of 32 bits only");
            Data::I32(narrow.map_err(wide)?.into())
        }
        TensorData::I8(data) => Data::I8(data),
        TensorData::U8(data) if port.element == Element::Bool => {
            Data::I32(data.iter().map(|&v| i32::from(v != 0)).collect())
        }
        TensorData::U8(data) => Data::U8(data),
    };
    Ok(Converted {
        shape: &tensor.shape,
        data,
    })
}

impl Converted<'_> {
    /// As rten takes it.
    pub(super) fn view(&self) -> Result<ValueView<'_>, InferError> {
        match &self.data {
            Data::F32(data) => ValueView::from_shape(self.shape, data).map_err(|e| e.to_string()),
            Data::I32(data) => ValueView::from_shape(self.shape, data).map_err(|e| e.to_string()),
            Data::I8(data) => ValueView::from_shape(self.shape, data).map_err(|e| e.to_string()),
            Data::U8(data) => ValueView::from_shape(self.shape, data).map_err(|e| e.to_string()),
        }
        .map_err(refused)
    }
}

/// What rten gave, in the type that the port declares.
pub(super) fn extract(port: &Port, value: Value) -> Result<Tensor, InferError> {
    let shape = value.shape().to_vec();
    let data = match (value, port.element) {
        (Value::FloatTensor(t), Element::F64) => {
            TensorData::F64(t.iter().map(|&v| f64::from(v)).collect())
        }
        (Value::FloatTensor(t), _) => TensorData::F32(t.to_vec()),
        (Value::Int32Tensor(t), Element::I64) => {
            TensorData::I64(t.iter().map(|&v| i64::from(v)).collect())
        }
        (Value::Int32Tensor(t), Element::Bool) => {
            TensorData::U8(t.iter().map(|&v| u8::from(v != 0)).collect())
        }
        (Value::Int32Tensor(t), _) => TensorData::I32(t.to_vec()),
        (Value::Int8Tensor(t), _) => TensorData::I8(t.to_vec()),
        (Value::UInt8Tensor(t), _) => TensorData::U8(t.to_vec()),
        _ => return Err(refused(format!("the output {port} is no tensor"))),
    };
    Ok(Tensor { shape, data })
}
