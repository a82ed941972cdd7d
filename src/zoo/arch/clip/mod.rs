//! CLIP (Radford et al. 2021): image and text towers into one space.
//!
//! Both key layouts: Hugging Face's `CLIPModel` and that of OpenAI, which open_clip shares. The
//! embeddings are raw: heads normalise them as they were trained to.
//!
//! Must not know: preprocessing, tokenisation, what the embeddings are compared with.

mod text;
mod vision;

use super::{ArchError, Architecture, Assembler};
use crate::zoo::graph::Value;

/// The image tower: pixels `[N, 3, S, S]` to embeddings `[N, E]`.
pub(super) const VISION: Architecture = Architecture {
    name: "clip-vision",
    landmarks: &[
        "vision_model.embeddings.class_embedding",
        "visual.class_embedding",
    ],
    build: vision::build,
    recognise: vision::recognise,
};

/// The text tower: token ids `[N, 77]` to embeddings `[N, E]`.
pub(super) const TEXT: Architecture = Architecture {
    name: "clip-text",
    landmarks: &["text_model.final_layer_norm.weight", "ln_final.weight"],
    build: text::build,
    recognise: text::recognise,
};

/// How the last matrix lies.
#[derive(Debug, Clone, Copy)]
enum Projection {
    /// A linear layer without bias, `[embedding, width]`.
    Linear(&'static str),
    /// A matrix that is multiplied from the right, `[width, embedding]`.
    Matrix(&'static str),
}

impl Projection {
    fn name(self) -> &'static str {
        match self {
            Self::Linear(name) | Self::Matrix(name) => name,
        }
    }

    /// The size of the embedding, from extents `[rows, columns]`.
    fn embedding(self, [rows, columns]: [usize; 2]) -> usize {
        match self {
            Self::Linear(_) => rows,
            Self::Matrix(_) => columns,
        }
    }

    /// Rows `[N, width]` to `[N, embedding]`.
    fn build(
        self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        width: usize,
        embedding: usize,
    ) -> Result<Value, ArchError> {
        match self {
            Self::Linear(name) => {
                let weight = a.weight(name, &[embedding, width])?;
                Ok(a.graph.gemm(x, weight, None))
            }
            Self::Matrix(name) => {
                let weight = a.weight(name, &[width, embedding])?;
                Ok(a.graph.matmul(x, weight))
            }
        }
    }
}
