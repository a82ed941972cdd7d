//! Q-Align in its full form: the toy twin of mPLUG-Owl2, against the original code's values.

use std::sync::Arc;

use bandpass::engine::infer::Runtime;
use bandpass::zoo::arch::{self, ArchError};
use bandpass::zoo::checkpoint::{Checkpoint, Dtype, Index};
use bandpass::zoo::graph::Network;

use super::run::{Input, engines, run};
use super::{build, checkpoint};
use crate::fixture::Fixture;
use crate::fixture::golden::{Case, Tolerance, compare};

const FIXTURE: &str = "qalign_toy";
/// What shapes don't tell of the toy.
const HEADS: &str = "heads = 6\nvision_heads = 4\nabstractor_heads = 4";

/// Our labels are the original's names.
const ON_THE_WAY: [&str; 5] = [
    "vision_embeddings",
    "vision_layer0",
    "vision_out",
    "abstractor_layer0",
    "visual_fc",
];

/// As a manifest states what a case asks, e.g. `scorer_quality`.
fn parameters(case: &Case) -> String {
    let asked = case.input.rest["prompt"].as_str().unwrap();
    let (wording, prompt) = asked.split_once('_').unwrap();
    format!("{HEADS}\nprompt = {prompt:?}\nwording = {wording:?}")
}

fn toy(checkpoint: &Checkpoint, case: &Case) -> Network {
    build(checkpoint, "q-align", &parameters(case))
}

fn input(case: &Case) -> Option<Input> {
    let (shape, values) = case.input.tensors()?.swap_remove(0);
    Some(Input::F32(shape, values))
}

fn levels(engine: &dyn Runtime, network: &Network, input: &Input) -> Vec<f32> {
    run(engine, network, input).swap_remove(0).1
}

#[test]
fn levels_are_the_originals() {
    let Some(fixture) = Fixture::open(FIXTURE) else {
        return;
    };
    let checkpoint = checkpoint(&fixture);
    let by = Tolerance::abs(fixture.golden.tolerance("logits_abs"));
    let mut seen = 0;
    for case in &fixture.golden.cases {
        let Some(input) = input(case) else { continue };
        let network = toy(&checkpoint, case);
        for engine in engines() {
            let (shape, values) = run(engine.as_ref(), &network, &input).swap_remove(0);
            let golden = &case.outputs["level_logits"];
            if let Err(why) = compare(golden, &shape, &values, by) {
                let way = on_the_way(case, &network, &input, engine.as_ref());
                panic!("{} {}: {why}; {way:?}", case.name, engine.name());
            }
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen} runs");
}

/// What is wrong with each labelled value, from the top.
fn on_the_way(
    case: &Case,
    network: &Network,
    input: &Input,
    engine: &dyn Runtime,
) -> Vec<(&'static str, String)> {
    let fault = |label: &&'static str| {
        let golden = &case.intermediates[*label];
        let shape: Vec<usize> = serde_json::from_value(golden["shape"].clone()).unwrap();
        let network = network.clone().with_output(label, &[None; 2]).unwrap();
        let values = run(engine, &network, input).swap_remove(1).1;
        let fault = compare(golden, &shape, &values, Tolerance::rel(1e-4)).err()?;
        Some((*label, fault))
    };
    ON_THE_WAY.iter().filter_map(fault).collect()
}

/// The same tensors as f16, in a safetensors file.
fn halved(checkpoint: &Checkpoint) -> Checkpoint {
    let mut data = Vec::new();
    let mut header = serde_json::Map::new();
    for (name, tensor) in checkpoint.iter() {
        let start = data.len();
        let halves = tensor.to_f32().into_iter().map(half::f16::from_f32);
        data.extend(halves.flat_map(half::f16::to_le_bytes));
        let about = serde_json::json!({
            "dtype": "F16", "shape": tensor.shape(), "data_offsets": [start, data.len()],
        });
        header.insert(name.to_owned(), about);
    }
    let mut json = serde_json::to_vec(&header).unwrap();
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend(json);
    file.extend(data);
    Checkpoint::read(Arc::new(file)).unwrap()
}

fn far(a: &[f32], b: &[f32]) -> f32 {
    let off = std::iter::zip(a, b).map(|(a, b)| (a - b).abs());
    off.fold(0.0, |a, b| if b.is_nan() { b } else { a.max(b) })
}

#[test]
fn weights_that_stay_in_half_precision_give_the_same_values() {
    let Some(fixture) = Fixture::open(FIXTURE) else {
        return;
    };
    let halved = halved(&checkpoint(&fixture));
    let case = &fixture.golden.cases[0];
    let input = input(case).unwrap();
    let network = toy(&halved, case);
    let kept = network.clone().keep_half();
    assert_eq!((network.fed_weights().count(), kept.inputs().len()), (0, 1));
    for engine in engines() {
        let whole = levels(engine.as_ref(), &network, &input);
        let half = levels(engine.as_ref(), &network.clone().into_half(), &input);
        let off = far(&whole, &half);
        assert!(off > 0.0 && off < 0.05, "{}: {off}", engine.name());
        if engine.name() == "rten" {
            continue; // It holds everything in f32.
        }
        let same = levels(engine.as_ref(), &kept, &input);
        assert!(
            far(&whole, &same) < 1e-5,
            "{}: {whole:?} {same:?}",
            engine.name()
        );
    }
    for weight in kept.weights().iter().filter(|w| w.is_external()) {
        let made = ["question", "causal_mask", "rotation_cos", "rotation_sin"];
        if !made.contains(&weight.name()) {
            assert_eq!(weight.dtype(), Dtype::F16, "{}", weight.name());
            assert!(
                weight.is_fed() && weight.in_place().is_some(),
                "{}",
                weight.name()
            );
        }
    }
}

#[test]
fn norms_of_large_activations_do_not_overflow_in_half_precision() {
    use bandpass::zoo::checkpoint::Tensor;
    use bandpass::zoo::graph::Builder;
    let mut b = Builder::new("norm");
    let x = b.input("x", Dtype::F32, &[None, Some(4)]);
    let weight = b.weight("w", &Tensor::from_f32([4], [1.0, 2.0, 1.0, 1.0]));
    let y = b.rms_norm(x, weight, 1e-5);
    b.output("y", y, Dtype::F32, &[None, Some(4)]);
    let network = b.finish().into_half();
    let input = Input::F32(vec![1, 4], vec![3000.0, -3000.0, 3000.0, 3000.0]);
    for engine in engines() {
        let y = levels(engine.as_ref(), &network, &input);
        assert!(
            far(&y, &[1.0, -2.0, 1.0, 1.0]) < 1e-3,
            "{}: {y:?}",
            engine.name()
        );
    }
}

#[test]
fn a_checkpoint_in_several_files_is_the_same_network() {
    let Some(fixture) = Fixture::open(FIXTURE) else {
        return;
    };
    let (index, parts) = shards(&fixture);
    let index = Index::parse(index.as_bytes()).unwrap();
    let part = |name: &String| Checkpoint::read(Arc::new(parts[name].clone())).unwrap();
    let joined = index
        .join(index.files().iter().map(part).collect())
        .unwrap();
    let whole = checkpoint(&fixture);
    assert_eq!(joined.len(), whole.len());
    let case = &fixture.golden.cases[0];
    let input = input(case).unwrap();
    for engine in engines() {
        let expected = levels(engine.as_ref(), &toy(&whole, case), &input);
        let found = levels(engine.as_ref(), &toy(&joined, case), &input);
        assert_eq!(found, expected, "{}", engine.name());
    }
}

/// The toy's weights in two files, by name, and their index.
pub(crate) fn shards(fixture: &Fixture) -> (String, std::collections::BTreeMap<String, Vec<u8>>) {
    let name = |i: usize| format!("model-0000{i}-of-00002.safetensors");
    let file_of = |tensor: &str| name(if tensor.contains(".layers.1.") { 2 } else { 1 });
    let names = fixture.manifest.entries.iter().map(|e| e.name.clone());
    let map: serde_json::Map<_, _> = names.map(|n| (n.clone(), file_of(&n).into())).collect();
    let index = serde_json::json!({ "metadata": { "total_size": 1 }, "weight_map": map });
    let part = |file: String| {
        let own = |tensor: &str| (file_of(tensor) == file).then(|| tensor.to_owned());
        let bytes = fixture.safetensors_of(own);
        (file, bytes)
    };
    (index.to_string(), [name(1), name(2)].map(part).into())
}

#[test]
fn it_is_recognised() {
    let Some(fixture) = Fixture::open(FIXTURE) else {
        return;
    };
    let found = arch::recognise(&checkpoint(&fixture));
    let [only] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(only.architecture, "q-align");
    assert_eq!(
        only.description,
        "Q-Align (mPLUG-Owl2), 56 px, 3 layers of width 96"
    );
    let stated = "image = 56\npatch = 14\nqueries = 8\nwidth = 96\ndepth = 3";
    assert_eq!(only.parameters, stated.parse().unwrap());
}

/// What building from a part of the fixture's tensors, under other names, fails with.
fn refused(fixture: &Fixture, rename: impl Fn(&str) -> Option<String>) -> ArchError {
    let checkpoint = Checkpoint::read(Arc::new(fixture.safetensors_of(rename))).unwrap();
    let found = arch::recognise(&checkpoint);
    assert!(found.iter().all(|r| r.architecture != "q-align"));
    let weights = arch::weights("q-align", &checkpoint, false).unwrap();
    let parameters = format!("{HEADS}\nprompt = \"quality\"").parse().unwrap();
    arch::build("q-align", &weights, &parameters).unwrap_err()
}

#[test]
fn similar_networks_are_refused_by_the_first_key_that_differs() {
    let Some(fixture) = Fixture::open(FIXTURE) else {
        return;
    };
    // LLaVA: a CLIP tower and a projector instead of an abstractor.
    let llava = |name: &str| {
        let plain = name.replace(".multiway.0", "");
        let own = !plain.contains("visual_abstractor") && !plain.contains("multiway");
        own.then(|| plain.replace("vision_model", "vision_tower.vision_tower.vision_model"))
    };
    let llama = |name: &str| llava(name).filter(|name| !name.contains("vision"));
    // mPLUG-Owl: an abstractor, and a language model that takes text and pictures alike.
    let owl = |name: &str| {
        let second = name.contains("multiway.1");
        (!second).then(|| name.replace(".multiway.0", ""))
    };
    let lacking = |error: ArchError| match error {
        ArchError::MissingKey { key } => key,
        other => panic!("{other}"),
    };
    let query = "model.visual_abstractor.query_embeds";
    assert_eq!(lacking(refused(&fixture, llava)), query);
    assert_eq!(lacking(refused(&fixture, llama)), query);
    let norm = "model.layers.0.input_layernorm.multiway.1.weight";
    assert_eq!(lacking(refused(&fixture, owl)), norm);
    // One of another shape: a layer whose keys are shared between heads.
    let all = |name: &str| Some(name.to_owned());
    let whole = Checkpoint::read(Arc::new(fixture.safetensors_of(all))).unwrap();
    let weights = arch::weights("q-align", &whole, false).unwrap();
    let build = |parameters: &str| {
        let parameters = parameters.parse().unwrap();
        arch::build("q-align", &weights, &parameters)
            .unwrap_err()
            .to_string()
    };
    assert!(build(HEADS).contains("one of quality, aesthetics"));
    let stated = format!("{HEADS}\nprompt = \"quality\"\ndepth = 32");
    assert!(build(&stated).contains("depth = 32, but the checkpoint has 3"));
    assert!(build("prompt = \"beauty\"\nheads = 6").contains("prompt"));
    assert!(build("prompt = \"quality\"\nheads = 32").contains("even number"));
    assert!(build("prompt = \"quality\"\nheads = 7").contains("divisor of the width 96"));
}

#[test]
fn a_layer_of_another_shape_is_named() {
    let Some(fixture) = Fixture::open(FIXTURE) else {
        return;
    };
    let gate = "model.layers.1.mlp.gate_proj.weight";
    let down = "model.layers.1.mlp.down_proj.weight";
    let swapped = |name: &str| match name {
        n if n == gate => Some(down.to_owned()),
        n if n == down => Some(gate.to_owned()),
        n => Some(n.to_owned()),
    };
    let checkpoint = Checkpoint::read(Arc::new(fixture.safetensors_of(swapped))).unwrap();
    let weights = arch::weights("q-align", &checkpoint, false).unwrap();
    let parameters = format!("{HEADS}\nprompt = \"quality\"").parse().unwrap();
    let error = arch::build("q-align", &weights, &parameters).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(gate) && text.contains("[96, 160]"), "{text}");
}
