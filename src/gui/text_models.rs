//! The words of the pages about models and devices; see [`text`](super::text) for the rest.
//!
//! Must not know: widgets.

use crate::base::format::{bytes, count};
use crate::domain::score::{Band, ColumnSpec, Field, ScorerKind};
use crate::engine::infer::install::Flavour;
use crate::engine::{ModelInfo, ModelState, Speed, VariantInfo};

// Settings of a scorer.
/// Heading above the settings of a scorer.
pub const SETTINGS: &str = "Settings";
/// Link beside a changed setting.
pub const DEFAULT: &str = "default";
/// Fact: memory that a network needs on its device.
pub const MEMORY: &str = "Memory";

/// `Crops: five by five`: a menu and what is chosen.
pub fn setting(label: &str, value: &str) -> String {
    format!("{label}: {value}")
}

/// `Put crops back to the default`.
pub fn back_to_default(label: &str) -> String {
    format!("Put {label} back to the default")
}

/// `needs 17 GiB on the graphics card`.
pub fn memory(n: u64) -> String {
    format!("needs {} on the device it runs on", bytes(n))
}

// Pages.
/// Choice in the dialog that adds a file.
pub const ADD_OWN: &str = "A network of my own, or a Hugging Face folder: ask me about it";
/// Title of the page, and of its tab.
pub const MODELS: &str = "Models";
/// Title of the page, and of its tab.
pub const DEVICES: &str = "Devices";
/// Leads back to the images.
pub const BACK: &str = "Back to the images";
/// Label of the search box.
pub const FIND: &str = "Find a model";
/// No model is left by search and filter.
pub const NONE_FOUND: &str = "No model matches";
/// Before the list has come.
pub const LOOKING: &str = "Looking at the model files…";
/// Nothing is chosen in the list.
pub const CHOOSE: &str = "Choose a model to see what it measures";
/// Button: a file for whichever scorer it turns out to be for.
pub const ADD_ANY: &str = "Add a model file…";

// What the list shows.
/// Every model.
pub const ALL: &str = "All";
/// Models that can run.
pub const READY: &str = "Ready";
/// Models that a download makes ready.
pub const TO_DOWNLOAD: &str = "To download";
/// Models for drawings.
pub const ANIME: &str = "Anime";
/// Models for everything else.
pub const GENERAL: &str = "General";
/// What the mark means.
pub const ANIME_ABOUT: &str =
    "Meant for drawings in the style of anime; it says little about other pictures";

// A model.
/// Button.
pub const DOWNLOAD: &str = "Download…";
/// Button.
pub const REMOVE: &str = "Remove…";
/// Button.
pub const ADD_FILE: &str = "Add a file…";
/// Button.
pub const PROMPTS: &str = "Prompts…";
/// Button.
pub const SCORE_WITH_THIS: &str = "Score with this";
/// Why the button is off.
pub const CANT_SCORE: &str = "Open a folder of images first, or wait for the scoring at work";
/// Line of the fact table.
pub const KEY: &str = "Key";
/// Line of the fact table.
pub const KIND: &str = "Kind";
/// Line of the fact table.
pub const FIELD: &str = "Meant for";
/// Line of the fact table.
pub const LICENCE: &str = "Licence";
/// Line of the fact table.
pub const SIZE: &str = "Size";
/// Line of the fact table.
pub const LAST_RUN: &str = "Last run";
/// Line of the fact table.
pub const INPUT: &str = "Input";
/// Line of the fact table.
pub const FEEDS_ON: &str = "Feeds on";
/// Line of the fact table.
pub const FEEDS: &str = "Feeds";
/// Line of the fact table.
pub const ORIGIN: &str = "Published at";
/// Line of the fact table.
pub const FILES: &str = "Files";
/// Heading above the columns.
pub const COLUMNS: &str = "Columns";
/// A licence or size that the manifest doesn't tell.
pub const UNKNOWN: &str = "not known";
/// It never ran here.
pub const NOT_RUN: &str = "not yet";

/// How a scorer gets its values.
pub fn kind(kind: ScorerKind) -> &'static str {
    match kind {
        ScorerKind::Computed => "formula on pixels",
        ScorerKind::Encoder => "encoder: its vector feeds other models",
        ScorerKind::Network => "network on pixels",
        ScorerKind::Head => "head: a small network on vectors and scores",
        ScorerKind::Prompts => "prompts: how near a picture is to texts",
        ScorerKind::Imported => "imported: values that another program wrote",
        ScorerKind::Composite => "composite: a formula over columns",
    }
}

/// What pictures a scorer is meant for.
pub fn field(field: Field) -> &'static str {
    match field {
        Field::General => "photographs and everything else",
        Field::Anime => "drawings in the style of anime",
    }
}

/// The state in a few words, for the list.
pub fn state_short(model: &ModelInfo) -> String {
    match &model.state {
        ModelState::Ready { .. } => READY.to_owned(),
        ModelState::Waiting { on } => format!("needs {on}"),
        ModelState::Missing => match obtainable(model) {
            Some(variant) => size_of(variant).map_or_else(
                || "to download".to_owned(),
                |size| format!("download {size}"),
            ),
            None => "bring the file".to_owned(),
        },
        ModelState::Partial { .. } => "incomplete".to_owned(),
        ModelState::Broken { .. } => "broken".to_owned(),
    }
}

/// The state in full.
pub fn state(model: &ModelInfo) -> String {
    match &model.state {
        ModelState::Ready {
            variant, bytes: 0, ..
        } if variant.is_empty() => READY.to_owned(),
        ModelState::Ready { variant, ours, .. } => {
            let whose = if *ours { "downloaded" } else { "your own file" };
            format!("{READY}: {variant}, {whose}")
        }
        ModelState::Waiting { on } => format!("Needs {on}, which is not here"),
        ModelState::Missing if obtainable(model).is_some() => {
            "Not here; it can be downloaded".to_owned()
        }
        ModelState::Missing => {
            "Not here; its publisher offers no direct download: get the file and add it".to_owned()
        }
        ModelState::Partial { have } => {
            let of = obtainable(model).and_then(size_of);
            let of = of.map_or_else(String::new, |size| format!(" of {size}"));
            format!(
                "Incomplete: {}{of} are here; a download goes on from there",
                bytes(*have)
            )
        }
        ModelState::Broken { why } => format!("Broken: {why}"),
    }
}

/// The first variant that a pull can get.
pub fn obtainable(model: &ModelInfo) -> Option<&VariantInfo> {
    model.variants.iter().find(|variant| variant.obtainable)
}

/// Whether the scorer's own weights are what is missing.
pub fn lacks_own(model: &ModelInfo) -> bool {
    let missing = matches!(
        model.state,
        ModelState::Missing | ModelState::Partial { .. } | ModelState::Broken { .. }
    );
    missing && model.kind != ScorerKind::Prompts
}

fn size_of(variant: &VariantInfo) -> Option<String> {
    variant.bytes.map(bytes)
}

/// Size of the weights: those here, else of each way to have them.
pub fn size(model: &ModelInfo) -> String {
    if let ModelState::Ready { bytes: n, .. } = &model.state
        && *n > 0
    {
        return bytes(*n);
    }
    let known = model.variants.iter().filter_map(|variant| {
        let size = size_of(variant)?;
        let named = model.variants.len() > 1;
        Some(if named {
            format!("{size} ({})", variant.name)
        } else {
            size
        })
    });
    let known: Vec<String> = known.collect();
    if known.is_empty() {
        return UNKNOWN.to_owned();
    }
    known.join(", ")
}

/// `ONNX Runtime 1.31.1 on cpu, 41.2 images/s`.
pub fn speed(speed: &Speed) -> String {
    format!(
        "{}, {}",
        speed.placement,
        super::text::rate(speed.per_second)
    )
}

/// What a reader hears of a row: `CityAesthetics, Ready`.
pub fn row(model: &ModelInfo) -> String {
    format!("{}, {}", model.label, state_short(model))
}

/// `384 × 384 px`.
pub fn input([width, height]: [u32; 2]) -> String {
    format!("{} px", super::text::pixels(width, height))
}

/// `0 to 10`, `0 and more`.
pub fn range(spec: &ColumnSpec) -> String {
    interval(spec.range.0, spec.range.1)
}

/// A band's bounds: `0.1 to 0.2`, `below 0.1`.
pub fn band(band: &Band) -> String {
    interval(band.low, band.high)
}

fn interval(low: f64, high: f64) -> String {
    let bound = super::text_panels::bound;
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{} to {}", bound(low), bound(high)),
        (true, false) => format!("{} and more", bound(low)),
        (false, true) => format!("up to {}", bound(high)),
        (false, false) => "any number".to_owned(),
    }
}

/// Accessible name of a button: `Download siglip_aesthetic`.
pub fn download(key: &str) -> String {
    format!("Download {key}")
}

/// Accessible name of a button.
pub fn remove(key: &str) -> String {
    format!("Remove {key}")
}

/// Accessible name of a button.
pub fn add_file(key: &str) -> String {
    format!("Add a file for {key}")
}

/// Accessible name of a button.
pub fn edit_prompts(key: &str) -> String {
    format!("Prompts of {key}")
}

/// Accessible name of a button.
pub fn score_with(key: &str) -> String {
    format!("Score with {key}")
}

/// Accessible name of a link to another model.
pub fn show(key: &str) -> String {
    format!("Show {key}")
}

// Download.
/// Heading of the list of what comes.
pub const COMES: &str = "This is downloaded:";
/// Heading of the choice of variants.
pub const VARIANT: &str = "Variant";
/// Above the licences.
pub const ACCEPT: &str =
    "Its authors set the terms. With the download you accept the licence of each part.";
/// What is wanted is not there.
pub const GONE: &str = "This model is not in the list any more";
/// Its publisher offers nothing to download.
pub const NO_SOURCE: &str =
    "Nothing of it can be downloaded: get the file from its publisher and add it";
/// What it builds on can't be had by download.
pub const BRING: &str = "bring the file yourself";

/// Title: `Download CityAesthetics`.
pub fn pull_title(label: &str) -> String {
    format!("Download {label}")
}

/// `f32 · 16 MiB · the published file`.
pub fn variant(variant: &VariantInfo) -> String {
    let mut text = variant.name.clone();
    for part in [size_of(variant), Some(variant.about.clone())]
        .into_iter()
        .flatten()
    {
        if !part.is_empty() {
            text.push_str(" · ");
            text.push_str(&part);
        }
    }
    text
}

/// Size of a part, or that it is not known.
pub fn part_size(n: Option<u64>) -> String {
    n.map_or_else(|| "size not known".to_owned(), bytes)
}

/// `Licence: Apache-2.0`.
pub fn licence(licence: &str) -> String {
    let licence = if licence.is_empty() { UNKNOWN } else { licence };
    format!("Licence: {licence}")
}

/// The confirming button: `Accept and download 1.6 GiB`.
pub fn accept(total: u64, complete: bool) -> String {
    match (total, complete) {
        (0, _) => "Accept and download".to_owned(),
        (n, true) => format!("Accept and download {}", bytes(n)),
        (n, false) => format!("Accept and download at least {}", bytes(n)),
    }
}

// Removal.
/// What happens to the user's own files.
pub const YOURS_STAY: &str =
    "A file that you added yourself stays where it lies; Bandpass only stops using it.";
/// What happens to scores.
pub const SCORES_STAY: &str = "Scores that it computed are kept.";
/// Button.
pub const REMOVE_NOW: &str = "Remove";

/// Title: `Remove CityAesthetics`.
pub fn remove_title(label: &str) -> String {
    format!("Remove {label}")
}

/// What is deleted: `2 files that Bandpass downloaded are deleted: 1.2 GiB`.
pub fn deleted(files: usize, n: u64) -> String {
    let (files, are) = (
        count(files as u64, "file"),
        if files == 1 { "is" } else { "are" },
    );
    format!(
        "{files} that Bandpass downloaded {are} deleted: {}",
        bytes(n)
    )
}

// Adding a file.
/// Title.
pub const ADD_TITLE: &str = "Add a model file";
/// Label of the path field.
pub const MODEL_FILE: &str = "Model file";
/// Inside the empty path field.
pub const MODEL_FILE_HINT: &str = "/path/to/model.safetensors";
/// What happens to the file.
pub const ADD_ABOUT: &str = "The file is used where it lies and is never changed. Formats: .safetensors, .pth, .ckpt, .bin, .onnx, .npz, .yml.";
/// Choice: no scorer named.
pub const FIND_OUT: &str = "Find out what it is for";
/// Button.
pub const ADD: &str = "Add";

/// Choice: the scorer named.
pub fn add_for(label: &str) -> String {
    format!("It is for {label}")
}

// Prompts.
/// Label of the box.
pub const PROMPT_LINES: &str = "Prompts, one a line";
/// What a change does.
pub const PROMPTS_ABOUT: &str =
    "Each prompt is a column. Images that were scored need not be read again for new prompts.";
/// Button.
pub const SAVE: &str = "Save";
/// Why the button is off.
pub const NO_PROMPT: &str = "Write at least one prompt";

/// Title: `Prompts of CLIP prompts`.
pub fn prompts_title(label: &str) -> String {
    format!("Prompts of {label}")
}

// Scoring.
/// Title.
pub const SCORE_TITLE: &str = "Score";
/// Label before the devices.
pub const RUN_ON: &str = "Networks run on";
/// Checkbox.
pub const RETRY: &str = "Try failed images again";
/// Checkbox.
pub const ALLOW_CPU: &str = "Let the CPU take what the device can't";
/// What the checkbox does.
pub const ALLOW_CPU_ABOUT: &str = "Otherwise a network that the device can't run is an error";
/// Button.
pub const SCORE: &str = "Compute scores";
/// Button.
pub const CHECK_ALL: &str = "All";
/// Button.
pub const CHECK_NONE: &str = "None";
/// Why the button is off.
pub const CHOOSE_SCORER: &str = "Choose a scorer";
/// Signatures come along.
pub const MORE_MODELS: &str = "More scorers: Models (F6)";

/// Checkbox: `Only the 12 selected images`.
pub fn only_selected(n: usize) -> String {
    format!("Only the {}", count(n as u64, "selected image"))
}

// Devices.
/// What the choice `auto` means.
pub const AUTO_ABOUT: &str = "The best device at hand; several of one kind share the work";
/// What networks run on where nothing is installed.
pub const ONLY_RTEN: &str = "Networks run on the CPU through rten, which is built in. ONNX Runtime is faster and can use graphics cards: install one below.";
/// Heading.
pub const ENGINES: &str = "Engines";
/// Heading.
pub const DEVICE_CHOICE: &str = "Score on";
/// Heading.
pub const LIBRARIES: &str = "ONNX Runtime libraries found";
/// None was found.
pub const NO_LIBRARY: &str = "None was found";
/// Heading.
pub const INSTALL: &str = "Install ONNX Runtime";
/// What an installation does.
pub const INSTALL_ABOUT: &str = "The official build, checked by its sha256, into Bandpass' data folder. It is used from the next start on.";
/// Label of the path field.
pub const OTHER_LIBRARY: &str = "Another library";
/// Inside the empty path field.
pub const OTHER_HINT: &str = "/path/to/libonnxruntime.so, or its folder";
/// Button.
pub const USE: &str = "Use";
/// Button.
pub const TEST: &str = "Test devices";
/// What the test does.
pub const TEST_ABOUT: &str = "Runs a small known network on every device and compares the results";
/// While the answer is on its way.
pub const ASKING: &str = "Looking for libraries and devices…";
/// In use now.
pub const IN_USE: &str = "in use";
/// Compiled into the program.
pub const BUILT_IN: &str = "built in";
/// The chosen device is not at hand.
pub const NOT_AT_HAND: &str = "The chosen device is not at hand; scoring will say so";

/// Button: `Install for NVIDIA (cuda)`.
pub fn install(flavour: Flavour) -> String {
    format!("Install {flavour}")
}

/// What a build is for.
pub fn flavour(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Cpu => "The processor",
        Flavour::Cuda => "NVIDIA graphics cards",
        Flavour::DirectMl => "Any graphics card on Windows",
        Flavour::WebGpu => "Any graphics card with Vulkan, Metal or Direct3D 12",
        Flavour::OpenVino => "Intel processors and graphics",
    }
}

// Inspector.
/// No column has a value.
pub const NO_SCORES: &str = "No scores yet";

/// `12 without a value`.
pub fn without_value(n: usize) -> String {
    format!("{n} without a value")
}

/// Where values came from: `on ONNX Runtime 1.31.1 on cpu`.
pub fn computed_on(placement: &str) -> String {
    format!("computed by {placement}")
}
