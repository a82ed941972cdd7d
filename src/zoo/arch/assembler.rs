//! Weights become nodes: the blocks that every family of networks is made of.
//!
//! A linear layer works on rows, `[rows, values]`; a sequence of `T` tokens for each of `N` pictures
//! is `N·T` rows. Weights keep the shapes that torch gives them and are used as they lie.
//!
//! Must not know: which architecture it is building.

use super::{ArchError, Weights};
use crate::zoo::graph::{Builder, Gelu, Value, Window};

/// A graph under construction and the tensors that go into it.
#[derive(Debug)]
pub struct Assembler<'w, 'a> {
    /// Where the nodes go.
    pub graph: Builder,
    /// Where the tensors are.
    pub weights: &'w Weights<'a>,
}

impl<'w, 'a> Assembler<'w, 'a> {
    /// An empty graph called `name`.
    pub fn new(name: &str, weights: &'w Weights<'a>) -> Self {
        Self {
            graph: Builder::new(name),
            weights,
        }
    }

    /// The tensor `name` in this shape; the file may have more or fewer axes of one before it.
    pub fn weight_behind_ones(&mut self, name: &str, shape: &[usize]) -> Result<Value, ArchError> {
        let ones = shape.iter().take_while(|&&n| n == 1).count();
        let rank = self.weights.shape(name).map_or(0, <[usize]>::len);
        let mut stored = vec![1; rank.saturating_sub(shape.len() - ones)];
        stored.extend(&shape[ones..]);
        let tensor = self.weights.get(name, &stored)?;
        Ok(self.graph.weight_as(name, tensor, shape))
    }

    /// The tensor `name`, which must have this shape.
    pub fn weight(&mut self, name: &str, shape: &[usize]) -> Result<Value, ArchError> {
        let tensor = self.weights.get(name, shape)?;
        Ok(self.graph.weight(name, tensor))
    }

    /// x·Wᵀ + b: `name.weight` `[out, in]` and `name.bias` `[out]`.
    pub fn linear(&mut self, x: Value, name: &str, shape: [usize; 2]) -> Result<Value, ArchError> {
        let weight = self.weight(&format!("{name}.weight"), &shape)?;
        let bias = self.weight(&format!("{name}.bias"), &shape[..1])?;
        Ok(self.graph.gemm(x, weight, Some(bias)))
    }

    /// Layer normalisation of rows: `name.weight` and `name.bias`, both `[width]`.
    pub fn layer_norm(
        &mut self,
        x: Value,
        name: &str,
        width: usize,
        eps: f32,
    ) -> Result<Value, ArchError> {
        let weight = self.weight(&format!("{name}.weight"), &[width])?;
        let bias = self.weight(&format!("{name}.bias"), &[width])?;
        Ok(self.graph.layer_norm(x, weight, bias, eps))
    }

    /// Two linear layers around a GELU: `[inner, width]`, then `[width, inner]`.
    pub fn mlp(
        &mut self,
        x: Value,
        [up, down]: [&str; 2],
        [width, inner]: [usize; 2],
        gelu: Gelu,
    ) -> Result<Value, ArchError> {
        let x = self.linear(x, up, [inner, width])?;
        let x = self.graph.gelu(x, gelu);
        self.linear(x, down, [width, inner])
    }

    /// Convolution without bias: `name.weight` is `[out, in / groups, k, k]`.
    pub fn conv(
        &mut self,
        x: Value,
        name: &str,
        [inside, outside]: [usize; 2],
        window: Window,
    ) -> Result<Value, ArchError> {
        let kernel = self.kernel(name, [inside, outside], window)?;
        Ok(self.graph.conv(x, kernel, None, window))
    }

    /// Convolution with `name.bias`, `[out]`.
    pub fn conv_bias(
        &mut self,
        x: Value,
        name: &str,
        [inside, outside]: [usize; 2],
        window: Window,
    ) -> Result<Value, ArchError> {
        let kernel = self.kernel(name, [inside, outside], window)?;
        let bias = self.weight(&format!("{name}.bias"), &[outside])?;
        Ok(self.graph.conv(x, kernel, Some(bias), window))
    }

    fn kernel(
        &mut self,
        name: &str,
        [inside, outside]: [usize; 2],
        Window { side, groups, .. }: Window,
    ) -> Result<Value, ArchError> {
        self.weight(
            &format!("{name}.weight"),
            &[outside, inside / groups, side, side],
        )
    }

    /// Batch normalisation in inference: `name.weight`, `.bias`, `.running_mean` and
    /// `.running_var`, all `[channels]`.
    pub fn batch_norm(
        &mut self,
        x: Value,
        name: &str,
        channels: usize,
        eps: f32,
    ) -> Result<Value, ArchError> {
        let mut part = |part: &str| self.weight(&format!("{name}.{part}"), &[channels]);
        let parts = [
            part("weight")?,
            part("bias")?,
            part("running_mean")?,
            part("running_var")?,
        ];
        Ok(self.graph.batch_norm(x, parts, eps))
    }

    /// A picture `[N, 3, H, W]` as tokens `[N, T, width]`, one for each whole patch, row by row.
    ///
    /// `name.weight` is `[width, 3, patch, patch]`; a rest at the right and bottom is left out.
    pub fn patches(&mut self, x: Value, name: &str, patch: &Patch) -> Result<Value, ArchError> {
        use crate::zoo::graph::Attribute::Ints;
        let Patch {
            width,
            size,
            tokens,
            bias,
        } = *patch;
        let kernel = self.weight(&format!("{name}.weight"), &[width, 3, size, size])?;
        let mut inputs = vec![x, kernel];
        if bias {
            inputs.push(self.weight(&format!("{name}.bias"), &[width])?);
        }
        let steps = [size as i64; 2];
        let attributes = [("kernel_shape", Ints(&steps)), ("strides", Ints(&steps))];
        let x = self.graph.node("Conv", &inputs, &attributes);
        let x = self.graph.reshape(x, &[-1, width as i64, tokens as i64]);
        Ok(self.graph.transpose(x, &[0, 2, 1]))
    }

    /// Tokens `[N, T, width]` with the class token before them, plus positions; rows
    /// `[N·(T + 1), width]`.
    ///
    /// The class token comes in as a row of zeros to which (class + position) is added: so nothing
    /// in the graph depends on the batch.
    pub fn with_class(
        &mut self,
        x: Value,
        [class, positions]: [&str; 2],
        [tokens, width]: [usize; 2],
    ) -> Result<Value, ArchError> {
        let class = self.weight_behind_ones(class, &[1, width])?;
        let class = self.graph.pad(class, &[0, 0, tokens as i64, 0]);
        let positions = self.weight_behind_ones(positions, &[tokens + 1, width])?;
        let positions = self.graph.add(class, positions);
        let x = self.graph.pad(x, &[0, 1, 0, 0, 0, 0]);
        let x = self.graph.add(x, positions);
        Ok(self.graph.reshape(x, &[-1, width as i64]))
    }
}

/// How a picture is cut into tokens.
#[derive(Debug, Clone, Copy)]
pub struct Patch {
    /// Values of a token.
    pub width: usize,
    /// Side of a patch, in pixels.
    pub size: usize,
    /// Patches of a picture.
    pub tokens: usize,
    /// Whether the convolution has a bias.
    pub bias: bool,
}
