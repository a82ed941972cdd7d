//! RTMPose (Jiang et al. 2023): CSPNeXt and a head that tells where each key point lies among the
//! columns and the rows (SimCC), as mmpose's checkpoints hold it.
//!
//! Must not know: preprocessing, what becomes of the answers.

mod backbone;
mod head;

use super::relatives::Relative;
use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::Network;
use backbone::Backbone;
use head::Head;

/// Pixels `[N, 3, H, W]` to `simcc_x` `[N, points, split·W]` and `simcc_y` `[N, points, split·H]`.
pub(super) const RTMPOSE: Architecture = Architecture {
    name: "rtmpose",
    landmarks: &[ATTENTION, STEM],
    build,
    recognise,
};

/// Networks with its backbone, or made for the same.
pub(super) const OTHERS: Relative = Relative {
    landmarks: &[STEM, FOCUS, MAPS],
    tell: others,
};

/// Only RTMPose's head has it.
const ATTENTION: &str = "head.gau.uv.weight";
const STEM: &str = "backbone.stem.0.conv.weight";
/// How YOLOX begins.
const FOCUS: &str = "backbone.stem.conv.conv.weight";
/// The last layer of any of mmpose's heads.
const MAPS: &str = "head.final_layer.weight";

/// Parts of a pixel that SimCC tells apart, in all that was published.
const SPLIT: usize = 2;

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let backbone = Backbone::infer(weights)?;
    let head = Head::infer(weights)?;
    let [width, height] = head.size(parameters.number("split")?.unwrap_or(SPLIT), weights)?;
    parameters.check("points", head.points)?;
    parameters.check("image_width", width)?;
    parameters.check("image_height", height)?;
    let mut a = Assembler::new("rtmpose", weights);
    let shape = [None, Some(3), Some(height), Some(width)];
    let x = a.graph.input("input", Dtype::F32, &shape);
    let x = backbone.build(&mut a, x)?;
    let simcc = head.build(&mut a, x, backbone.width())?;
    for ((name, bins), value) in [("simcc_x", head.bins[0]), ("simcc_y", head.bins[1])]
        .into_iter()
        .zip(simcc)
    {
        let shape = [None, Some(head.points), Some(bins)];
        a.graph.output(name, value, Dtype::F32, &shape);
    }
    Ok(a.graph.finish())
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let backbone = Backbone::infer(weights).ok()?;
    let head = Head::infer(weights).ok()?;
    let [width, height] = head.size(SPLIT, weights).ok()?;
    let points = head.points;
    Some(Recognised {
        architecture: RTMPOSE.name,
        description: format!(
            "RTMPose{}, {points} key points, {width} × {height} px",
            backbone.size()
        ),
        parameters: table(&[
            ("points", points),
            ("image_width", width),
            ("image_height", height),
        ]),
    })
}

fn others(weights: &Weights<'_>) -> Option<String> {
    let what = if weights.has("bbox_head.rtm_cls.0.weight") {
        "an RTMDet, which finds boxes and no key points"
    } else if weights.has(FOCUS) {
        "a CSPDarknet, as YOLOX has it"
    } else if weights.has(ATTENTION) {
        "an RTMPose of another make"
    } else if weights.has(STEM) {
        "a CSPNeXt with another head than RTMPose's"
    } else {
        "a network of key points on heat maps"
    };
    (recognise(weights).is_none()).then(|| what.to_owned())
}
