//! What `config.json` and `preprocessor_config.json` say of an image classifier, as transformers
//! 4 reads them.
//!
//! Both are strangers' data: what is absent or can't be meant is as if it were not there.
//!
//! Must not know: files, weights.

use serde_json::Value;

use super::Read;
use super::labels::{MAX_LABELS, clean_labels};
use crate::zoo::preprocess::{Channels, Fit, Preprocess, Resampler, Values};

/// Families whose image processors do what their fields say.
const PLAIN: [&str; 4] = ["CLIP", "ConvNext", "Siglip", "ViT"];

/// Why a text says nothing of a classifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is no JSON object.
    #[error("it is no JSON object: {0}")]
    Syntax(String),
    /// Its network is no image classifier.
    #[error("it is a {0}, and not for image classification")]
    OtherTask(String),
}

/// What `config.json` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Its architecture in words: `ViTForImageClassification (vit)`.
    pub architecture: String,
    /// Names of the classes, in order; empty where they have none.
    pub labels: Vec<String>,
    /// Number of classes, where it says.
    pub width: Option<usize>,
    /// How its answer is read, where it says.
    pub read: Option<Read>,
    /// Parameters that shapes don't tell, as manifests state them.
    pub parameters: toml::Table,
    /// An activation that attention can't be built with.
    pub strange: Option<String>,
}

impl Config {
    /// From the text of `config.json`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let root: Value =
            serde_json::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))?;
        if !root.is_object() {
            return Err(ConfigError::Syntax("it holds something else".to_owned()));
        }
        let name = root["architectures"][0]
            .as_str()
            .unwrap_or("unknown network");
        let family = root["model_type"].as_str().unwrap_or("unknown family");
        let architecture = clean_labels([format!("{name} ({family})")]).concat();
        if name.contains("For") && !name.contains("ForImageClassification") {
            return Err(ConfigError::OtherTask(architecture));
        }
        let labels = labels(&root);
        let width = Some(labels.len()).filter(|n| *n > 0);
        Ok(Self {
            architecture,
            width,
            read: read(&root, width),
            labels: if labels.iter().all(|label| is_unnamed(label)) {
                Vec::new()
            } else {
                labels
            },
            parameters: parameters(&root),
            strange: strange(&root),
        })
    }
}

/// `id2label` by number; as many as its largest number says, at most [`MAX_LABELS`]. Without it
/// `num_labels` of no name, or none.
fn labels(root: &Value) -> Vec<String> {
    let Some(map) = root["id2label"].as_object() else {
        let n = root["num_labels"].as_u64().unwrap_or(0) as usize;
        return vec![String::new(); n.min(MAX_LABELS)];
    };
    let numbered = |(id, label): (&String, &Value)| {
        let id: usize = id.parse().ok()?;
        (id < MAX_LABELS).then(|| (id, label.as_str().unwrap_or_default().to_owned()))
    };
    let numbers = || map.iter().filter_map(numbered);
    let n = numbers().map(|(id, _)| id + 1).max().unwrap_or(0);
    // Those of a gap are called as transformers calls classes without a name.
    let mut labels: Vec<String> = (0..n).map(|id| format!("LABEL_{id}")).collect();
    for (id, label) in numbers() {
        if let Some(place) = labels.get_mut(id) {
            *place = label;
        }
    }
    clean_labels(labels)
}

/// Whether it is the name that transformers gives to a class without one.
fn is_unnamed(label: &str) -> bool {
    label.is_empty() || label.starts_with("LABEL_")
}

/// None where neither the problem nor the labels are stated.
fn read(root: &Value, width: Option<usize>) -> Option<Read> {
    match (root["problem_type"].as_str(), width) {
        (Some("multi_label_classification"), _) => Some(Read::Sigmoid),
        // transformers trains a network of one label as a regression.
        (Some("regression"), _) | (_, Some(1)) => Some(Read::Raw),
        (Some("single_label_classification"), _) | (_, Some(_)) => Some(Read::Softmax),
        (_, None) => None,
    }
}

/// The number of attention heads and the activation; those of a tower within where there is one.
fn parameters(root: &Value) -> toml::Table {
    let tower = tower(root);
    let mut parameters = toml::Table::new();
    if let Some(heads) = tower["num_attention_heads"].as_u64()
        && let Ok(heads) = i64::try_from(heads)
    {
        parameters.insert("heads".to_owned(), heads.into());
    }
    if let Some(activation) = tower["hidden_act"].as_str().and_then(activation) {
        parameters.insert("activation".to_owned(), activation.into());
    }
    parameters
}

fn tower(root: &Value) -> &Value {
    let tower = &root["vision_config"];
    if tower.is_object() { tower } else { root }
}

/// The name that manifests have for an activation.
fn activation(name: &str) -> Option<&'static str> {
    Some(match name {
        "gelu_pytorch_tanh" | "gelu_new" => "gelu_tanh",
        "gelu" => "gelu",
        "quick_gelu" => "quick_gelu",
        _ => return None,
    })
}

fn strange(root: &Value) -> Option<String> {
    let name = tower(root)["hidden_act"].as_str()?;
    let strange = activation(name).is_none();
    strange.then(|| clean_labels([name]).concat())
}

/// What `preprocessor_config.json` says, and the fields below `input` that it leaves open. `usual`
/// stands for what it doesn't say.
///
/// Sizes are those of slow image processors, which resize as Pillow does.
pub fn input_of(text: &str, usual: &Preprocess) -> Option<(Preprocess, Vec<&'static str>)> {
    let root: Value = serde_json::from_str(text).ok()?;
    let mut input = usual.clone();
    let mut open = Vec::new();
    if !fit(&root, &mut input) {
        open.push("fit");
    }
    match root["resample"].as_u64().and_then(resampler) {
        Some(resampler) => input.resampler = resampler,
        None => open.push("resampler"),
    }
    values(&root, &mut input, &mut open);
    let flipped = root["do_flip_channel_order"].as_bool();
    if flipped == Some(true) {
        input.channels = Channels::Bgr;
    }
    let plain = is_plain(&root);
    if !plain {
        open.extend(["fit", "values"]);
    }
    if !plain && flipped.is_none() {
        open.push("channels");
    }
    Some((input, open))
}

/// Whether its image processor is known to do what its fields say, on RGB, and nothing else.
fn is_plain(root: &Value) -> bool {
    let names = ["image_processor_type", "feature_extractor_type"];
    let name = names.iter().find_map(|name| root[*name].as_str());
    let name = name.unwrap_or_default().trim_end_matches("Fast");
    let known = ["ImageProcessor", "FeatureExtractor"]
        .iter()
        .filter_map(|end| name.strip_suffix(end))
        .any(|family| PLAIN.contains(&family));
    let resizes = root["do_resize"].as_bool() != Some(false);
    known && resizes && root["rescale_offset"].as_bool() != Some(true)
}

/// Size, fit and crop; whether they are told.
fn fit(root: &Value, input: &mut Preprocess) -> bool {
    let size = &root["size"];
    let shortest = side(&size["shortest_edge"]);
    let plain = side(size).or(side(&size["height"]).filter(|h| Some(*h) == side(&size["width"])));
    let crop = &root["crop_size"];
    let crops = root["do_center_crop"].as_bool() == Some(true);
    let crop = side(crop).or(side(&crop["height"])).filter(|_| crops);
    (input.fit, input.resize) = (Fit::Squash, None);
    // ConvNeXt's own: small inputs are cut from larger ones, large ones are squashed.
    if let (Some(side), Some(part)) = (shortest.or(plain), root["crop_pct"].as_f64()) {
        input.size = [side; 2];
        if side < 384 && part > 0.0 && part <= 1.0 {
            (input.fit, input.resize) = (Fit::ShortestSide, Some((f64::from(side) / part) as u32));
        }
        return true;
    }
    match (shortest, plain, crop) {
        (Some(shortest), _, Some(crop)) => {
            (input.fit, input.size) = (Fit::ShortestSide, [crop; 2]);
            input.resize = (shortest != crop).then_some(shortest);
        }
        (None, Some(shortest), Some(crop)) if size.is_u64() => {
            (input.fit, input.size) = (Fit::ShortestSide, [crop; 2]);
            input.resize = (shortest != crop).then_some(shortest);
        }
        (None, Some(plain), Some(crop)) => {
            input.size = [crop; 2];
            input.resize = (plain != crop).then_some(plain);
        }
        (None, Some(plain), None) => input.size = [plain; 2],
        (None, None, None) => {
            let sides = [&size["width"], &size["height"]].map(side);
            let [Some(width), Some(height)] = sides else {
                return false;
            };
            input.size = [width, height];
        }
        _ => return false,
    }
    true
}

fn side(value: &Value) -> Option<u32> {
    let side = u32::try_from(value.as_u64()?).ok()?;
    (1..=4096).contains(&side).then_some(side)
}

/// Pillow's numbers.
fn resampler(number: u64) -> Option<Resampler> {
    Some(match number {
        0 => Resampler::Nearest,
        1 => Resampler::Lanczos,
        2 => Resampler::Bilinear,
        3 => Resampler::Bicubic,
        4 => Resampler::Box,
        5 => Resampler::Hamming,
        _ => return None,
    })
}

/// Scale, mean and deviation.
fn values(root: &Value, input: &mut Preprocess, open: &mut Vec<&'static str>) {
    let does = |name: &str| root[name].as_bool().unwrap_or(true);
    let (scale, ..) = Values::Unit.numbers();
    input.scale = match root["rescale_factor"].as_f64() {
        _ if !does("do_rescale") => 1.0,
        Some(factor) => factor,
        None => scale,
    };
    if !does("do_normalize") {
        (input.mean, input.std) = ([0.0; 3], [1.0; 3]);
        return;
    }
    let three = |value: &Value| -> Option<[f64; 3]> {
        let numbers = value.as_array()?.iter().map(Value::as_f64);
        numbers.collect::<Option<Vec<f64>>>()?.try_into().ok()
    };
    match (three(&root["image_mean"]), three(&root["image_std"])) {
        (Some(mean), Some(std)) => (input.mean, input.std) = (mean, std),
        _ => open.push("values"),
    }
}
