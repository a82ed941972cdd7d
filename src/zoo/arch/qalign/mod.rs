//! Q-Align (Wu et al. 2023) in its full form: mPLUG-Owl2, a ViT, an abstractor and Llama-2, asked
//! one fixed question about a picture.
//!
//! The answer is read where the next word would stand: five numbers for excellent, good, fair, poor
//! and bad. Of the vocabulary only the words of the question and these five are taken along; all
//! other matrices are used as they lie in the file.
//!
//! Must not know: preprocessing, tokenisation, how levels become a score.

mod abstractor;
mod llama;
mod prompt;
mod vision;

use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::Network;
use abstractor::Abstractor;
use llama::Llama;
use prompt::Prompt;
use vision::Tower;

/// Pixels `[N, 3, S, S]` to five numbers `[N, 5]`, from excellent to bad.
pub(super) const QALIGN: Architecture = Architecture {
    name: "q-align",
    landmarks: &["model.visual_abstractor.query_embeds"],
    build,
    recognise,
};

/// The three networks behind each other.
struct Parts {
    tower: Tower,
    abstractor: Abstractor,
    llama: Llama,
}

impl Parts {
    fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        Ok(Self {
            abstractor: Abstractor::infer(weights)?,
            tower: Tower::infer(weights)?,
            llama: Llama::infer(weights)?,
        })
    }

    /// Compares with what the manifest states, and takes from it what shapes don't tell.
    fn apply(&mut self, parameters: &Parameters<'_>) -> Result<(), ArchError> {
        parameters.check("image", self.tower.image())?;
        parameters.check("patch", self.tower.patch)?;
        parameters.check("queries", self.abstractor.queries)?;
        parameters.check("width", self.llama.width)?;
        parameters.check("depth", self.llama.depth)?;
        self.tower.heads = heads(parameters, "vision_heads", self.tower.width, 64)?;
        let width = self.abstractor.width;
        self.abstractor.heads = heads(parameters, "abstractor_heads", width, 64)?;
        self.llama.heads = heads(parameters, "heads", self.llama.width, 128)?;
        self.llama.check_rotation()
    }
}

/// The stated number of heads, or as many as there are `usual` values in `width`.
fn heads(
    parameters: &Parameters<'_>,
    name: &'static str,
    width: usize,
    usual: usize,
) -> Result<usize, ArchError> {
    let stated = parameters.number(name)?;
    let heads = stated.unwrap_or((width / usual).max(1));
    if width.is_multiple_of(heads) {
        return Ok(heads);
    }
    Err(ArchError::Parameter {
        name: name.to_owned(),
        value: heads.to_string(),
        why: format!("a divisor of the width {width} is expected"),
    })
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let mut parts = Parts::infer(weights)?;
    parts.apply(parameters)?;
    let prompt = Prompt::of(parameters)?;
    let Parts {
        tower,
        abstractor,
        llama,
    } = parts;
    let mut a = Assembler::new("q-align", weights);
    a.graph.leave_in_place();
    let side = Some(tower.image());
    let shape = [None, Some(3), side, side];
    let x = a.graph.input("pixel_values", Dtype::F32, &shape);
    let x = tower.build(&mut a, x)?;
    let x = abstractor.build(&mut a, x, &tower, llama.width)?;
    let x = llama.build(&mut a, x, abstractor.queries, &prompt)?;
    let shape = [None, Some(prompt::LEVELS.len())];
    a.graph.output("level_logits", x, Dtype::F32, &shape);
    Ok(a.graph.finish())
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let Parts {
        tower,
        abstractor,
        llama,
    } = Parts::infer(weights).ok()?;
    let image = tower.image();
    let Llama { width, depth, .. } = llama;
    Some(Recognised {
        architecture: QALIGN.name,
        description: format!("Q-Align (mPLUG-Owl2), {image} px, {depth} layers of width {width}"),
        parameters: table(&[
            ("image", image),
            ("patch", tower.patch),
            ("queries", abstractor.queries),
            ("width", width),
            ("depth", depth),
        ]),
    })
}
