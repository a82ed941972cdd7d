//! From the file of a network to a draft: its ports, and guesses for the rest.
//!
//! Must not know: manifests, configurations' contents.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::configured::{beside, configure, preprocess};
use super::{ModelDraft, OutputDraft, OwnModel, Question};
use crate::base::{Problem, paths};
use crate::domain::score::Field;
use crate::engine::infer::{Element, Facts, ModelSource, Port, scan};
use crate::engine::models::contents::{self, Contents};
use crate::zoo::arch::{self, Recognised};
use crate::zoo::checkpoint::Checkpoint;
use crate::zoo::draft::{Answers, Config, MAX_LABELS, Read, clean_file, clean_key};
use crate::zoo::preprocess::{Layout, Preprocess};

/// A network as far as its file says.
struct Found {
    what: String,
    facts: Facts,
    /// What is built around a checkpoint, with the parameters that its tensors show.
    built: Option<Recognised>,
}

/// Looks at an ONNX file, a checkpoint, or a folder with `config.json` and `model.safetensors`.
///
/// The problem says why the network can't be used: it is none, takes no pictures, or is of an
/// architecture that Bandpass can't build.
pub fn look(path: &Path) -> Result<ModelDraft, Problem> {
    let path = paths::absolute(path);
    let file = weights_file(&path)?;
    let mut config = config_of(&file);
    let found = match contents::look(&file) {
        Contents::Onnx => graph(&file)?,
        Contents::Checkpoint(checkpoint) => {
            let known = config?;
            let found = built(&checkpoint, known.as_ref(), &file)?;
            config = Ok(known);
            found
        }
        Contents::Other(why) => return Err(refused(why, &file)),
    };
    // Attention has heads and an activation, which shapes don't tell.
    let attends = found.built.as_ref();
    let attends = attends.is_some_and(|known| known.parameters.contains_key("heads"));
    let mut draft = drafted(found, &file)?;
    // What lies beside a graph may be of something else.
    if let Ok(Some(mut config)) = config {
        if let Some(name) = config.strange.as_ref().filter(|_| attends) {
            let why = format!("the activation `{name}` can't be built");
            return Err(refused(why, &file.with_file_name("config.json")));
        }
        config.parameters.retain(|_, _| attends);
        configure(&mut draft, config);
    }
    if let Ok(Some(text)) = beside(&file, "preprocessor_config.json") {
        preprocess(&mut draft, &text);
    }
    Ok(draft)
}

/// What the configuration beside a network says; none where there is none.
fn config_of(file: &Path) -> Result<Option<Config>, Problem> {
    let text = beside(file, "config.json")?;
    let config = text.map(|text| Config::parse(&text)).transpose();
    config.map_err(|error| refused(error, &file.with_file_name("config.json")))
}

/// The file with the weights; that of a folder is `model.safetensors`.
fn weights_file(path: &Path) -> Result<PathBuf, Problem> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    let file = path.join("model.safetensors");
    if file.is_file() {
        return Ok(file);
    }
    let why = if path.join("model.safetensors.index.json").exists() {
        "its weights are in several files"
    } else {
        "there is no model.safetensors in the folder"
    };
    Err(refused(why, path))
}

fn graph(file: &Path) -> Result<Found, Problem> {
    let facts = scan(&ModelSource::File(file.to_path_buf()));
    let facts = facts.map_err(|error| refused(error, file))?;
    Ok(Found {
        what: format!("An ONNX graph of {} operators.", facts.nodes()),
        facts,
        built: None,
    })
}

/// The network that can be built around a checkpoint and takes pictures.
fn built(checkpoint: &Checkpoint, config: Option<&Config>, file: &Path) -> Result<Found, Problem> {
    let mut why = unknown(config);
    for known in arch::recognise(checkpoint) {
        let weights = arch::weights(known.architecture, checkpoint, true);
        let network =
            weights.and_then(|w| arch::build(known.architecture, &w, &toml::Table::new()));
        let network = match network {
            Ok(network) => network,
            Err(error) => {
                why = error.to_string();
                continue;
            }
        };
        let facts = scan(&ModelSource::Built(Arc::new(network)));
        let facts = facts.map_err(|error| refused(error, file))?;
        if picture_port(&facts.inputs).is_some() {
            return Ok(Found {
                what: format!("A checkpoint: {}.", known.description),
                facts,
                built: Some(known),
            });
        }
        why = format!("it is a {}, which takes no pictures", known.description);
    }
    Err(refused(why, file))
}

fn unknown(config: Option<&Config>) -> String {
    let name = config.map_or("no network that Bandpass knows", |c| &c.architecture);
    let can = arch::for_pictures().collect::<Vec<_>>().join(", ");
    format!("its weights are those of {name}; Bandpass builds {can}")
}

/// The input that is a picture, and how its dimensions lie; where the graph leaves them all free,
/// as most programs export them.
fn picture_port(inputs: &[Port]) -> Option<(&Port, Layout)> {
    let layout = |port: &Port| match port.shape.as_slice() {
        [_, Some(3), _, _] => Some(Layout::Nchw),
        [_, _, _, Some(3)] => Some(Layout::Nhwc),
        [_, None, _, _] => Some(Layout::Nchw),
        _ => None,
    };
    let floats = |port: &&Port| matches!(port.element, Element::F32 | Element::F16 | Element::F64);
    let mut found = inputs.iter().filter(floats);
    found.find_map(|port| Some((port, layout(port)?)))
}

/// The one input, if it is a picture.
fn only_picture<'f>(facts: &'f Facts, file: &Path) -> Result<(&'f Port, Layout), Problem> {
    let Some((port, layout)) = picture_port(&facts.inputs) else {
        let inputs: Vec<String> = facts.inputs.iter().map(ToString::to_string).collect();
        let why = format!(
            "it takes no picture of three channels, but {}",
            inputs.join(", ")
        );
        let hint = "docs/manifest.md shows manifests for networks on vectors";
        return Err(refused(why, file).hint(hint));
    };
    match facts.inputs.iter().find(|other| other.name != port.name) {
        Some(other) => Err(refused(
            format!("it takes more than a picture: {other}"),
            file,
        )),
        None => Ok((port, layout)),
    }
}

fn drafted(found: Found, file: &Path) -> Result<ModelDraft, Problem> {
    let Found { what, facts, built } = found;
    let (port, layout) = only_picture(&facts, file)?;
    let mut open = vec![
        Question::Values,
        Question::Channels,
        Question::Fit,
        Question::Resampler,
    ];
    let input = input(port, layout, &mut open);
    let outputs: Vec<OutputDraft> = facts.outputs.iter().map(|p| output(p, &facts)).collect();
    let likeliest = chosen(&outputs);
    let several = outputs.len() > 1;
    if several {
        open.push(Question::Output);
    }
    let mut answers = unanswered(input, file);
    answers.architecture = built.map(|known| known.architecture.to_owned());
    answers.port_out = several.then(|| likeliest.name.clone());
    let takes = facts.inputs.iter().map(|port| format!("takes {port}"));
    let gives = facts.outputs.iter().map(|port| format!("gives {port}"));
    let mut draft = ModelDraft {
        what,
        ports: takes.chain(gives).collect(),
        outputs,
        open,
        own: OwnModel {
            file: file.to_path_buf(),
            answers,
        },
    };
    draft.read_as(&likeliest);
    Ok(draft)
}

/// What can be said by the name of a file alone.
fn unanswered(input: Preprocess, file: &Path) -> Answers {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let key = clean_key(&stem);
    Answers {
        label: key.replace('_', " "),
        key,
        about: String::new(),
        licence: String::new(),
        field: Field::General,
        file: clean_file(&file.file_name().unwrap_or_default().to_string_lossy()),
        architecture: None,
        parameters: toml::Table::new(),
        port_in: None,
        port_out: None,
        input,
        read: Read::Raw,
        adds_up: false,
        width: 1,
        labels: Vec::new(),
    }
}

/// The preprocessing that most classifiers have, at the size that the graph fixes.
fn input(port: &Port, layout: Layout, open: &mut Vec<Question>) -> Preprocess {
    let at = match layout {
        Layout::Nchw => [3, 2],
        Layout::Nhwc => [2, 1],
    };
    let fixed = at.map(|at| port.shape.get(at).copied().flatten());
    let size = fixed.map(|side| side.and_then(|side| u32::try_from(side).ok()));
    let size = if let [Some(width), Some(height)] = size {
        [width, height]
    } else {
        open.push(Question::Size);
        [224, 224]
    };
    Preprocess {
        layout,
        ..Preprocess::usual(size)
    }
}

fn output(port: &Port, facts: &Facts) -> OutputDraft {
    let sizes = port.shape.get(1..).filter(|sizes| !sizes.is_empty());
    let product = |n: usize, size: &Option<usize>| n.checked_mul((*size)?);
    let end = facts.ends.get(&port.name).map(String::as_str);
    OutputDraft {
        name: port.name.clone(),
        width: sizes.and_then(|sizes| sizes.iter().try_fold(1, product)),
        shares: matches!(end, Some("Softmax" | "Sigmoid")),
        several: matches!(end, Some("Sigmoid")),
    }
}

/// The output that most likely is the answer: the first that is a row of numbers.
fn chosen(outputs: &[OutputDraft]) -> OutputDraft {
    let row = |output: &&OutputDraft| output.width.is_some_and(|n| n <= MAX_LABELS);
    let found = outputs.iter().find(row).or(outputs.first());
    found.cloned().unwrap_or_default()
}

pub(super) fn refused(why: impl std::fmt::Display, file: &Path) -> Problem {
    Problem::usage("can't make a scorer of this", why).at(file)
}
