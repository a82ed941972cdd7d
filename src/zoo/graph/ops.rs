//! The operators that blocks are made of, by name.
//!
//! Must not know: weights' names, architectures.

use super::builder::{Attribute, Builder, Value};
use Attribute::{Float, Int, Ints, Text};

/// The three shapes of the Gaussian error linear unit in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gelu {
    /// x·Φ(x), exact (Hendrycks and Gimpel 2016).
    #[default]
    Exact,
    /// Its tanh approximation (`gelu_pytorch_tanh`).
    Tanh,
    /// x·σ(1.702·x), as OpenAI's CLIP (`quick_gelu`).
    Quick,
}

impl Builder {
    /// a + b, broadcasting.
    pub fn add(&mut self, a: Value, b: Value) -> Value {
        self.node("Add", &[a, b], &[])
    }

    /// a − b, broadcasting.
    pub fn sub(&mut self, a: Value, b: Value) -> Value {
        self.node("Sub", &[a, b], &[])
    }

    /// a·b element by element, broadcasting.
    pub fn mul(&mut self, a: Value, b: Value) -> Value {
        self.node("Mul", &[a, b], &[])
    }

    /// a/b element by element, broadcasting.
    pub fn div(&mut self, a: Value, b: Value) -> Value {
        self.node("Div", &[a, b], &[])
    }

    /// max(a, b) element by element, broadcasting.
    pub fn max(&mut self, a: Value, b: Value) -> Value {
        self.node("Max", &[a, b], &[])
    }

    /// a·k.
    pub fn scale(&mut self, a: Value, k: f32) -> Value {
        let k = self.scalar(k);
        self.mul(a, k)
    }

    /// Matrix product over the last two axes.
    pub fn matmul(&mut self, a: Value, b: Value) -> Value {
        self.node("MatMul", &[a, b], &[])
    }

    /// x·Wᵀ + bias for x `[rows, in]` and W `[out, in]`, torch's layout, which is used as it lies.
    ///
    /// It is a `MatMul` whose weight is transposed when the graph is loaded, not a `Gemm`, for rten
    /// prepacks weights only for the former: 132 against 220 ms of CPU time for a picture in
    /// ViT-B/32 (N = 1), and 126 against 138 in a batch of 8. ONNX Runtime takes 50 ms for either.
    /// After [`Self::leave_in_place`] it is a `Gemm`: engines transpose such a weight when they load
    /// it, which is a copy.
    pub fn gemm(&mut self, x: Value, weight: Value, bias: Option<Value>) -> Value {
        if self.in_place {
            let inputs: Vec<Value> = [x, weight].into_iter().chain(bias).collect();
            return self.node("Gemm", &inputs, &[("transB", Int(1))]);
        }
        let weight = self.transpose(weight, &[1, 0]);
        let y = self.matmul(x, weight);
        bias.map_or(y, |bias| self.add(y, bias))
    }

    /// The same values in another shape; at most one extent is −1, which is inferred.
    pub fn reshape(&mut self, x: Value, shape: &[i64]) -> Value {
        let shape = self.ints(shape);
        self.node("Reshape", &[x, shape], &[])
    }

    /// The extents of x, as whole numbers.
    pub fn shape(&mut self, x: Value) -> Value {
        self.node("Shape", &[x], &[])
    }

    /// The same values in a shape that is computed.
    pub fn reshape_to(&mut self, x: Value, shape: Value) -> Value {
        self.node("Reshape", &[x, shape], &[])
    }

    /// Axes in another order.
    pub fn transpose(&mut self, x: Value, order: &[i64]) -> Value {
        self.node("Transpose", &[x], &[("perm", Ints(order))])
    }

    /// Several tensors behind each other along `axis`.
    pub fn concat(&mut self, parts: &[Value], axis: i64) -> Value {
        self.node("Concat", parts, &[("axis", Int(axis))])
    }

    /// `N` equal parts along `axis`.
    pub fn split<const N: usize>(&mut self, x: Value, axis: i64) -> [Value; N] {
        let attributes = [("axis", Int(axis)), ("num_outputs", Int(N as i64))];
        self.node_with("Split", &[x], &attributes)
    }

    /// Elements `from..to` along `axis`.
    pub fn slice(&mut self, x: Value, axis: i64, from: i64, to: i64) -> Value {
        let (starts, ends, axes) = (self.ints(&[from]), self.ints(&[to]), self.ints(&[axis]));
        self.node("Slice", &[x, starts, ends, axes], &[])
    }

    /// Rows of `table` `[rows, …]` by whole numbers of any shape.
    pub fn gather(&mut self, table: Value, rows: Value) -> Value {
        self.node("Gather", &[table, rows], &[("axis", Int(0))])
    }

    /// eˣ/Σeˣ along the last axis.
    pub fn softmax(&mut self, x: Value) -> Value {
        self.node("Softmax", &[x], &[("axis", Int(-1))])
    }

    /// 1/(1 + e⁻ˣ).
    pub fn sigmoid(&mut self, x: Value) -> Value {
        self.node("Sigmoid", &[x], &[])
    }

    /// max(x, 0).
    pub fn relu(&mut self, x: Value) -> Value {
        self.node("Relu", &[x], &[])
    }

    /// Gaussian error linear unit.
    pub fn gelu(&mut self, x: Value, gelu: Gelu) -> Value {
        match gelu {
            Gelu::Exact => self.node("Gelu", &[x], &[("approximate", Text("none"))]),
            Gelu::Tanh => self.node("Gelu", &[x], &[("approximate", Text("tanh"))]),
            Gelu::Quick => {
                let scaled = self.scale(x, 1.702);
                let gate = self.sigmoid(scaled);
                self.mul(x, gate)
            }
        }
    }

    /// Layer normalisation over the last axis (Ba et al. 2016).
    pub fn layer_norm(&mut self, x: Value, weight: Value, bias: Value, eps: f32) -> Value {
        let attributes = [("axis", Int(-1)), ("epsilon", Float(eps))];
        self.node("LayerNormalization", &[x, weight, bias], &attributes)
    }

    /// x/√(mean(x²) + ε)·weight along the last axis (Zhang and Sennrich 2019).
    ///
    /// Squares of large activations overflow in f16, so all of it is done in f32.
    pub fn rms_norm(&mut self, x: Value, weight: Value, eps: f32) -> Value {
        self.in_single(|graph| {
            let two = graph.scalar(2.0);
            let squares = graph.node("Pow", &[x, two], &[]);
            let axes = graph.ints(&[-1]);
            let mean = graph.node("ReduceMean", &[squares, axes], &[("keepdims", Int(1))]);
            let eps = graph.scalar(eps);
            let mean = graph.add(mean, eps);
            let root = graph.node("Sqrt", &[mean], &[]);
            let x = graph.div(x, root);
            graph.mul(x, weight)
        })
    }

    /// Zeros around the values: how many before, then how many after, for each axis.
    pub fn pad(&mut self, x: Value, pads: &[i64]) -> Value {
        let pads = self.ints(pads);
        self.node("Pad", &[x, pads], &[("mode", Text("constant"))])
    }

    /// Mean over `axes`, which go.
    pub fn mean(&mut self, x: Value, axes: &[i64]) -> Value {
        let axes = self.ints(axes);
        self.node("ReduceMean", &[x, axes], &[("keepdims", Int(0))])
    }

    /// Mean over `axes`, which stay as 1.
    pub fn mean_kept(&mut self, x: Value, axes: &[i64]) -> Value {
        let axes = self.ints(axes);
        self.node("ReduceMean", &[x, axes], &[("keepdims", Int(1))])
    }

    /// ‖x‖₂ over `axes`, which stay as 1.
    pub fn length(&mut self, x: Value, axes: &[i64]) -> Value {
        let axes = self.ints(axes);
        self.node("ReduceL2", &[x, axes], &[("keepdims", Int(1))])
    }

    /// x/‖x‖₂ along the last axis; `floor` is the least divisor, as torch's `eps`.
    pub fn l2_normalise(&mut self, x: Value, floor: f32) -> Value {
        let norm = self.length(x, &[-1]);
        let floor = self.scalar(floor);
        let norm = self.max(norm, floor);
        self.div(x, norm)
    }
}
