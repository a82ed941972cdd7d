//! hyperIQA (Su et al. 2020), hybridIQA-V1 with it: a network that makes the weights of a second,
//! small one for each picture.
//!
//! As its authors name the tensors, and as pyiqa does. The depth of the ResNet is counted: what is
//! called ResNet-152 in hybridIQA's card has the blocks of ResNet-50.
//!
//! Must not know: where the crops come from, what the scores mean.

use super::relatives::Relative;
use super::resnet::ResNet;
use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Network, Value, Window};

/// Crops `[N, 3, 224, 224]` to scores `[N, 1]`.
pub(super) const HYPERIQA: Architecture = Architecture {
    name: "hyperiqa",
    landmarks: &["fc1w_conv.weight", "fc_w_modules.0.weight"],
    build,
    recognise,
};

/// The same head on another backbone, and the backbone with another head.
pub(super) const OTHERS: Relative = Relative {
    landmarks: &["fc1w_conv.weight", "fc.weight"],
    tell: other,
};

/// Side of a crop, in pixels.
const SIDE: usize = 224;
/// Side of the backbone's last map, which is 32 times smaller.
const LAST: usize = 7;
/// Channels of the map that weights are made from.
const CHANNELS: usize = 112;
/// Values of the small network's layers, from its input to the score.
const LAYERS: [usize; 6] = [224, 112, 56, 28, 14, 1];
/// Channels to which the first three stages are brought, before they are pooled.
const POOLED: [usize; 3] = [16, 32, 64];
/// Values that each of those gives to the input of the small network; the last stage gives the rest.
const SHARE: usize = 16;

/// What the tensors are called.
struct Names {
    backbone: &'static str,
    /// Convolutions before the pools of three stages.
    pools: [&'static str; 3],
    /// Linear layers behind the pools of all four.
    vector: [&'static str; 4],
    /// What makes the weights of the small network's layers, and the biases.
    weights: [&'static str; 5],
    biases: [&'static str; 5],
}

static AUTHORS: Names = Names {
    backbone: "res.",
    pools: ["res.lda1_pool.0", "res.lda2_pool.0", "res.lda3_pool.0"],
    vector: ["res.lda1_fc", "res.lda2_fc", "res.lda3_fc", "res.lda4_fc"],
    weights: [
        "fc1w_conv",
        "fc2w_conv",
        "fc3w_conv",
        "fc4w_conv",
        "fc5w_fc",
    ],
    biases: ["fc1b_fc", "fc2b_fc", "fc3b_fc", "fc4b_fc", "fc5b_fc"],
};

static PYIQA: Names = Names {
    backbone: "base_model.",
    pools: ["lda_modules.0.0", "lda_modules.1.0", "lda_modules.2.0"],
    vector: [
        "lda_modules.0.3",
        "lda_modules.1.3",
        "lda_modules.2.3",
        "lda_modules.3.2",
    ],
    weights: [
        "fc_w_modules.0",
        "fc_w_modules.1",
        "fc_w_modules.2",
        "fc_w_modules.3",
        "fc_w_modules.4.2",
    ],
    biases: [
        "fc_b_modules.0.2",
        "fc_b_modules.1.2",
        "fc_b_modules.2.2",
        "fc_b_modules.3.2",
        "fc_b_modules.4.2",
    ],
};

impl Names {
    fn of(weights: &Weights<'_>) -> &'static Self {
        if weights.has("fc_w_modules.0.weight") {
            &PYIQA
        } else {
            &AUTHORS
        }
    }
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let names = Names::of(weights);
    let backbone = ResNet::infer(weights, names.backbone)?;
    parameters.check("depth", backbone.depth())?;
    let mut a = Assembler::new(HYPERIQA.name, weights);
    let side = Some(SIDE);
    let x = a
        .graph
        .input("pixel_values", Dtype::F32, &[None, Some(3), side, side]);
    let [vector, features] = perceive(&mut a, x, names, &backbone)?;
    let score = judge(&mut a, vector, features, names)?;
    a.graph.output("score", score, Dtype::F32, &[None, Some(1)]);
    Ok(a.graph.finish())
}

/// The backbone: distortions at each scale as rows `[N, 224]`, and its last map `[N, 2048, 7, 7]`.
fn perceive(
    a: &mut Assembler<'_, '_>,
    x: Value,
    names: &Names,
    backbone: &ResNet,
) -> Result<[Value; 2], ArchError> {
    let mut x = backbone.stem(a, x)?;
    a.graph.label(x, "stem");
    let mut parts = Vec::new();
    for stage in 1..=3 {
        let (pool, vector) = (names.pools[stage - 1], names.vector[stage - 1]);
        let channels = POOLED[stage - 1];
        x = backbone.stage(a, x, stage)?;
        a.graph.label(x, &format!("layer{stage}"));
        let from = ResNet::channels(stage);
        let local = a.conv(x, pool, [from, channels], Window::same(1))?;
        let local = a.graph.avg_pool(local, Window::tiles(LAST));
        // Maps are 56, 28 and 14 pixels wide.
        let pools = (SIDE / LAST) >> (stage + 1);
        let values = channels * pools * pools;
        let local = a.graph.reshape(local, &[-1, values as i64]);
        let local = a.linear(local, vector, [SHARE, values])?;
        a.graph.label(local, &format!("lda{stage}"));
        parts.push(local);
    }
    let x = backbone.stage(a, x, 4)?;
    a.graph.label(x, "layer4");
    let mean = a.graph.global_mean(x);
    let rest = LAYERS[0] - parts.len() * SHARE;
    let last = a.linear(mean, names.vector[3], [rest, ResNet::channels(4)])?;
    a.graph.label(last, "lda4");
    parts.push(last);
    let vector = a.graph.concat(&parts, 1);
    a.graph.label(vector, "target_in_vec");
    Ok([vector, x])
}

/// The small network, whose weights are made from the last map: rows `[N, 224]` to `[N, 1]`.
///
/// Each picture has its own weights `[out, in]`, so a layer is a batch of matrix products.
fn judge(
    a: &mut Assembler<'_, '_>,
    vector: Value,
    features: Value,
    names: &Names,
) -> Result<Value, ArchError> {
    let mut map = features;
    for (name, channels) in [
        ("conv1.0", [ResNet::channels(4), 1024]),
        ("conv1.2", [1024, 512]),
        ("conv1.4", [512, CHANNELS]),
    ] {
        map = a.conv_bias(map, name, channels, Window::same(1))?;
        map = a.graph.relu(map);
    }
    a.graph.label(map, "hyper_in_feat");
    let mean = a.graph.global_mean(map);
    let mut x = a.graph.reshape(vector, &[-1, LAYERS[0] as i64, 1]);
    let makers = names.weights.iter().zip(names.biases);
    for (layer, (weight, bias)) in makers.enumerate() {
        let [inside, outside] = [LAYERS[layer], LAYERS[layer + 1]];
        let weight = if outside == 1 {
            a.linear(mean, weight, [inside, CHANNELS])?
        } else {
            let made = [CHANNELS, inside * outside / (LAST * LAST)];
            a.conv_bias(map, weight, made, Window::same(3))?
        };
        a.graph.label(weight, &format!("fc{}w", layer + 1));
        let weight = a
            .graph
            .reshape(weight, &[-1, outside as i64, inside as i64]);
        let bias = a.linear(mean, bias, [outside, CHANNELS])?;
        a.graph.label(bias, &format!("fc{}b", layer + 1));
        let bias = a.graph.reshape(bias, &[-1, outside as i64, 1]);
        x = a.graph.matmul(weight, x);
        x = a.graph.add(x, bias);
        if outside > 1 {
            x = a.graph.sigmoid(x);
        }
    }
    Ok(a.graph.reshape(x, &[-1, 1]))
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    build(weights, &Parameters::new(&toml::Table::new())).ok()?;
    let depth = ResNet::infer(weights, Names::of(weights).backbone)
        .ok()?
        .depth();
    Some(Recognised {
        architecture: HYPERIQA.name,
        description: format!("hyperIQA on a ResNet-{depth}, crops of {SIDE} px"),
        parameters: table(&[("depth", depth)]),
    })
}

fn other(weights: &Weights<'_>) -> Option<String> {
    let classifier = weights.has("fc.weight") && weights.has("layer4.0.conv1.weight");
    let what = if classifier {
        "a ResNet that classifies"
    } else if weights.has("fc1w_conv.weight") && recognise(weights).is_none() {
        "hyperIQA on another backbone"
    } else {
        return None;
    };
    Some(what.to_owned())
}
