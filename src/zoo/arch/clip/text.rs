//! CLIP's text tower: causal, pooled at the end-of-text token.
//!
//! Must not know: the tokenizer, the image tower.

use super::Projection;
use crate::zoo::arch::transformer::{Encoder, HUGGING_FACE, LayerNames, OPEN_AI};
use crate::zoo::arch::{ArchError, Assembler, Parameters, Recognised, Weights, table};
use crate::zoo::checkpoint::{Dtype, Tensor};
use crate::zoo::graph::{Attribute, Network, Value};

/// What the tensors outside the layers are called.
struct Names {
    layers: &'static str,
    layer: &'static LayerNames,
    token: &'static str,
    position: &'static str,
    after: &'static str,
    projection: Projection,
}

static LAYOUTS: [Names; 2] = [
    Names {
        layers: "text_model.encoder.layers.",
        layer: &HUGGING_FACE,
        token: "text_model.embeddings.token_embedding.weight",
        position: "text_model.embeddings.position_embedding.weight",
        after: "text_model.final_layer_norm",
        projection: Projection::Linear("text_projection.weight"),
    },
    Names {
        layers: "transformer.resblocks.",
        layer: &OPEN_AI,
        token: "token_embedding.weight",
        position: "positional_embedding",
        after: "ln_final",
        projection: Projection::Matrix("text_projection"),
    },
];

/// Whole numbers below this are exact as f32.
const EXACT: usize = 1 << 24;
/// Tokens of a text: CLIP has 77, its longest descendants 248; the mask grows with the square.
const LONGEST: usize = 1024;

/// A tower as its tensors describe it.
struct Tower {
    names: &'static Names,
    encoder: Encoder,
    vocabulary: usize,
    /// Tokens of a text.
    context: usize,
    embedding: usize,
}

impl Tower {
    fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let [hugging_face, open_ai] = &LAYOUTS;
        let names = if weights.has(open_ai.token) {
            open_ai
        } else {
            hugging_face
        };
        let [vocabulary, _] = weights.extents(names.token)?;
        let [context, _] = weights.extents(names.position)?;
        if context > LONGEST || vocabulary * context >= EXACT {
            return Err(ArchError::WrongShape {
                key: names.token.to_owned(),
                found: format!("a vocabulary of {vocabulary} for texts of {context} tokens"),
                expected: "about CLIP's 49408 for 77".to_owned(),
            });
        }
        Ok(Self {
            encoder: Encoder::infer(weights, names.layers, names.layer)?,
            vocabulary,
            context,
            embedding: names
                .projection
                .embedding(weights.extents(names.projection.name())?),
            names,
        })
    }
}

pub(super) fn build(
    weights: &Weights<'_>,
    parameters: &Parameters<'_>,
) -> Result<Network, ArchError> {
    let mut tower = Tower::infer(weights)?;
    tower.encoder.apply(parameters)?;
    parameters.check("vocabulary", tower.vocabulary)?;
    parameters.check("context", tower.context)?;
    parameters.check("embedding", tower.embedding)?;
    let Tower {
        names,
        ref encoder,
        context,
        embedding,
        ..
    } = tower;
    let width = encoder.width;

    let mut a = Assembler::new("clip-text", weights);
    let ids = a
        .graph
        .input("input_ids", Dtype::I32, &[None, Some(context)]);
    let tokens = a.weight(names.token, &[tower.vocabulary, width])?;
    let positions = a.weight(names.position, &[context, width])?;
    let x = a.graph.gather(tokens, ids);
    let x = a.graph.add(x, positions);
    let x = a.graph.reshape(x, &[-1, width as i64]);
    a.graph.label(x, "embeddings");
    let mask = a.graph.weight("causal_mask", &causal_mask(context));
    let x = encoder.build(&mut a, x, context, Some(mask))?;
    let x = a.layer_norm(x, names.after, width, encoder.eps)?;
    a.graph.label(x, "final_norm");
    let x = a.graph.reshape(x, &[-1, context as i64, width as i64]);
    let x = at_end_of_text(&mut a, x, ids, context);
    let x = names.projection.build(&mut a, x, width, embedding)?;
    a.graph
        .output("text_embeds", x, Dtype::F32, &[None, Some(embedding)]);
    Ok(a.graph.finish())
}

/// 0 where a token may look, −∞ to its right.
fn causal_mask(context: usize) -> Tensor {
    let cell = |i: usize| {
        let (row, column) = (i / context, i % context);
        if column > row { f32::NEG_INFINITY } else { 0.0 }
    };
    let values: Vec<f32> = (0..context * context).map(cell).collect();
    Tensor::from_f32(vec![context, context], values)
}

/// The values `[N, width]` at each text's end: the first position of its highest id.
///
/// The largest of id·context − position is unique: of equal values rten takes the last. It is
/// looked for as f32, which holds these numbers exactly: not every device compares integers.
fn at_end_of_text(a: &mut Assembler<'_, '_>, x: Value, ids: Value, context: usize) -> Value {
    use Attribute::Int;
    const FLOAT: i64 = 1;
    const INT64: i64 = 7;
    let graph = &mut a.graph;
    let ids = graph.node("Cast", &[ids], &[("to", Int(INT64))]);
    let stride = graph.ints(&[context as i64]);
    let positions: Vec<i64> = (0..context as i64).collect();
    let positions = graph.ints(&positions);
    let rank = graph.mul(ids, stride);
    let rank = graph.sub(rank, positions);
    let rank = graph.node("Cast", &[rank], &[("to", Int(FLOAT))]);
    let end = graph.node("ArgMax", &[rank], &[("axis", Int(1)), ("keepdims", Int(1))]);
    graph.node("GatherND", &[x, end], &[("batch_dims", Int(1))])
}

pub(super) fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let tower = Tower::infer(weights).ok()?;
    let Tower {
        context, embedding, ..
    } = tower;
    let mut parameters = table(&tower.encoder.describe());
    parameters.extend(table(&[("context", context), ("embedding", embedding)]));
    Some(Recognised {
        architecture: super::TEXT.name,
        description: format!("CLIP text tower, {context} tokens, {embedding} values"),
        parameters,
    })
}
