//! Tensors as they go into a network and come out of it.
//!
//! Must not know: engines, files.

use std::borrow::Cow;

use super::InferError;

/// Type of a tensor's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 16-bit float; exchanged as [`Element::F32`].
    F16,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 8-bit integer.
    I8,
    /// 8-bit unsigned integer.
    U8,
    /// Truth value; exchanged as [`Element::U8`], 0 or 1.
    Bool,
    /// Any other, by its number in ONNX; such ports can't be used.
    Other(i32),
}

impl Element {
    /// By its number in ONNX (`TensorProto.DataType`).
    pub fn from_onnx(number: i32) -> Self {
        match number {
            1 => Self::F32,
            2 => Self::U8,
            3 => Self::I8,
            6 => Self::I32,
            7 => Self::I64,
            9 => Self::Bool,
            10 => Self::F16,
            11 => Self::F64,
            other => Self::Other(other),
        }
    }
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::F16 => "f16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I8 => "i8",
            Self::U8 => "u8",
            Self::Bool => "bool",
            Self::Other(8) => "text",
            Self::Other(number) => return write!(f, "ONNX type {number}"),
        })
    }
}

/// An input or output of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name in the graph.
    pub name: String,
    /// Type of its elements.
    pub element: Element,
    /// Its sizes; none where a size is free.
    pub shape: Vec<Option<usize>>,
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes: Vec<String> = self
            .shape
            .iter()
            .map(|size| size.map_or_else(|| "N".to_owned(), |size| size.to_string()))
            .collect();
        write!(f, "`{}` {} [{}]", self.name, self.element, sizes.join(", "))
    }
}

/// The elements of a tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorData {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// 8-bit integers.
    I8(Vec<i8>),
    /// 8-bit unsigned integers, or truth values.
    U8(Vec<u8>),
}

impl TensorData {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(data) => data.len(),
            Self::F64(data) => data.len(),
            Self::I32(data) => data.len(),
            Self::I64(data) => data.len(),
            Self::I8(data) => data.len(),
            Self::U8(data) => data.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Type of the elements.
    pub fn element(&self) -> Element {
        match self {
            Self::F32(_) => Element::F32,
            Self::F64(_) => Element::F64,
            Self::I32(_) => Element::I32,
            Self::I64(_) => Element::I64,
            Self::I8(_) => Element::I8,
            Self::U8(_) => Element::U8,
        }
    }
}

/// A tensor in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its sizes; none for a single number.
    pub shape: Vec<usize>,
    /// Its elements, as many as the product of the sizes.
    pub data: TensorData,
}

impl Tensor {
    /// A tensor of 32-bit floats.
    pub fn f32(shape: &[usize], data: Vec<f32>) -> Self {
        Self {
            shape: shape.to_vec(),
            data: TensorData::F32(data),
        }
    }

    /// Its elements, if they are 32-bit floats.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            TensorData::F32(data) => Some(data),
            _ => None,
        }
    }

    /// The tensor as `port` takes it: of its type, and of a shape that fits.
    ///
    /// Widens f32 to f64, i32 to i64; f32 is left for f16 ports, which engines convert.
    pub(super) fn for_port(&self, port: &Port) -> Result<Cow<'_, Self>, InferError> {
        let elements = self
            .shape
            .iter()
            .try_fold(1_usize, |n, &size| n.checked_mul(size));
        if elements != Some(self.data.len()) {
            let why = format!("{} values don't fill {:?}", self.data.len(), self.shape);
            return Err(InferError::input(port, why));
        }
        let fits = self.shape.len() == port.shape.len()
            && std::iter::zip(&self.shape, &port.shape).all(|(&n, &p)| p.is_none_or(|p| p == n));
        if !fits {
            return Err(InferError::input(
                port,
                format!("the shape is {:?}", self.shape),
            ));
        }
        let data = match (port.element, &self.data) {
            (Element::F64, TensorData::F32(data)) => {
                TensorData::F64(data.iter().map(|&v| f64::from(v)).collect())
            }
            (Element::I64, TensorData::I32(data)) => {
                TensorData::I64(data.iter().map(|&v| i64::from(v)).collect())
            }
            (Element::F16, TensorData::F32(_)) | (Element::Bool, TensorData::U8(_)) => {
                return Ok(Cow::Borrowed(self));
            }
            (element, data) if element == data.element() => return Ok(Cow::Borrowed(self)),
            (_, data) => {
                return Err(InferError::input(
                    port,
                    format!("the data is {}", data.element()),
                ));
            }
        };
        Ok(Cow::Owned(Self {
            shape: self.shape.clone(),
            data,
        }))
    }
}

/// Pairs each input with its port, converted; every port of the network must be given, once.
pub(super) fn pair<'a>(
    ports: &'a [Port],
    inputs: &'a [(&str, &Tensor)],
) -> Result<Vec<(&'a Port, Cow<'a, Tensor>)>, InferError> {
    if let Some((name, _)) = inputs
        .iter()
        .find(|(n, _)| ports.iter().all(|p| p.name != *n))
    {
        return Err(InferError::no_port("input", name, ports));
    }
    ports
        .iter()
        .map(|port| {
            let mut given = inputs.iter().filter(|(name, _)| *name == port.name);
            match (given.next(), given.next()) {
                (Some((_, tensor)), None) => Ok((port, tensor.for_port(port)?)),
                (None, _) => Err(InferError::input(port, "it is not given")),
                (Some(_), Some(_)) => Err(InferError::input(port, "it is given twice")),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(element: Element, shape: &[Option<usize>]) -> Port {
        Port {
            name: "x".to_owned(),
            element,
            shape: shape.to_vec(),
        }
    }

    #[test]
    fn shapes_and_types_are_checked_and_widened() {
        let tensor = Tensor::f32(&[2, 3], vec![0.5; 6]);
        let free = [None, Some(3)];
        assert!(tensor.for_port(&port(Element::F32, &free)).is_ok());
        let wide = tensor.for_port(&port(Element::F64, &free)).unwrap();
        assert_eq!(wide.data, TensorData::F64(vec![0.5; 6]));
        let error = |port: Port| tensor.for_port(&port).unwrap_err().to_string();
        assert_eq!(
            error(port(Element::F32, &[None, Some(4)])),
            "the input `x` f32 [N, 4] can't be used: the shape is [2, 3]"
        );
        assert!(error(port(Element::I64, &free)).contains("the data is f32"));
        assert!(error(port(Element::F32, &[None])).contains("the shape is [2, 3]"));
        let short = Tensor::f32(&[2, 3], vec![0.0; 5]);
        let why = short.for_port(&port(Element::F32, &free)).unwrap_err();
        assert!(why.to_string().contains("5 values don't fill [2, 3]"));
        let huge = Tensor::f32(&[usize::MAX, 3], vec![0.0; 5]);
        assert!(huge.for_port(&port(Element::F32, &free)).is_err());
    }

    #[test]
    fn every_input_is_given_once() {
        let ports = [port(Element::F32, &[None])];
        let tensor = Tensor::f32(&[1], vec![1.0]);
        assert!(pair(&ports, &[("x", &tensor)]).is_ok());
        assert!(pair(&ports, &[]).is_err());
        assert!(pair(&ports, &[("x", &tensor), ("x", &tensor)]).is_err());
        let error = pair(&ports, &[("y", &tensor)]).unwrap_err().to_string();
        assert_eq!(error, "the network has no input `y`; it has `x` f32 [N]");
    }
}
