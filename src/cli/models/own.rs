//! `bandpass models add FILE --new KEY`: a scorer from a network of the user's own.

use std::path::Path;

use clap::Args;
use serde::de::DeserializeOwned;

use crate::base::Problem;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::domain::score::Field;
use crate::engine::models::{
    Alpha, Channels, Fit, ModelDraft, Preprocess, Question, Read, Resampler, Values, clean_labels,
};
use crate::engine::words;

/// What is to be known of a network that no manifest knows; what the file tells may be left out.
#[derive(Debug, Args)]
#[command(next_help_heading = "For a network that no scorer is known for")]
pub(super) struct OwnArgs {
    /// Make a scorer of this key for it: lower-case letters, digits, _
    #[arg(long, value_name = "KEY", conflicts_with_all = ["key", "variant", "copy"])]
    new: Option<String>,
    /// Its title
    #[arg(long, requires = "new")]
    label: Option<String>,
    /// What it measures, in a sentence
    #[arg(long, requires = "new")]
    about: Option<String>,
    /// What pictures it was trained on: general, anime
    #[arg(long, requires = "new", value_parser = word::<Field>)]
    field: Option<Field>,
    /// What the levels of a colour become: 0..1, -1..1, 0..255, imagenet, clip
    #[arg(long, requires = "new", value_name = "VALUES", value_parser = word::<Values>, allow_hyphen_values = true)]
    input: Option<Values>,
    /// Width and height of its input in pixels, e.g. 224x224
    #[arg(long, requires = "new", value_parser = size)]
    size: Option<[u32; 2]>,
    /// How a picture is brought to size: squash, shortest-side, letterbox, pad-square
    #[arg(long, requires = "new", value_parser = word::<Fit>)]
    fit: Option<Fit>,
    /// Interpolation: bilinear, bicubic, lanczos, …
    #[arg(long, requires = "new", value_parser = word::<Resampler>)]
    resampler: Option<Resampler>,
    /// Order of the colours: rgb, bgr
    #[arg(long, requires = "new", value_parser = word::<Channels>)]
    channels: Option<Channels>,
    /// What becomes of transparent pixels: drop, white
    #[arg(long, requires = "new", value_parser = word::<Alpha>)]
    alpha: Option<Alpha>,
    /// The output that is read, where there are several
    #[arg(long, requires = "new", value_name = "NAME")]
    output: Option<String>,
    /// How its numbers are read: raw, sigmoid, softmax, embedding
    #[arg(long, requires = "new", value_parser = read)]
    read: Option<Read>,
    /// What each of its numbers is, in order
    #[arg(long, requires = "new", value_name = "LABEL,…", value_delimiter = ',')]
    labels: Vec<String>,
}

/// A word as manifests have it.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let value = toml::Value::String(text.to_owned());
    value
        .try_into()
        .map_err(|error| error.to_string().trim_end().to_owned())
}

fn read(text: &str) -> Result<Read, String> {
    let found = Read::ALL.into_iter().find(|read| read.name() == text);
    found.ok_or_else(|| {
        format!(
            "one of {} is expected",
            Read::ALL.map(Read::name).join(", ")
        )
    })
}

fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once('x').map(|(w, h)| (w.parse(), h.parse()));
    match sides {
        Some((Ok(width), Ok(height))) => Ok([width, height]),
        _ => Err("width and height are expected, as 224x224".to_owned()),
    }
}

impl OwnArgs {
    /// Whether a new scorer is wanted.
    pub(super) fn is_given(&self) -> bool {
        self.new.is_some()
    }

    /// Puts what is said over what is known or guessed.
    fn answer(self, draft: &mut ModelDraft) -> Result<(), Problem> {
        if let Some(name) = &self.output {
            draft.choose_output(name)?;
        }
        let any_width = draft.open.contains(&Question::Width);
        for (question, is_said) in [
            (Question::Values, self.input.is_some()),
            (Question::Size, self.size.is_some()),
            (Question::Fit, self.fit.is_some()),
            (Question::Resampler, self.resampler.is_some()),
            (Question::Channels, self.channels.is_some()),
            (Question::Read, self.read.is_some()),
            (Question::Width, !self.labels.is_empty()),
            (Question::Labels, !self.labels.is_empty()),
        ] {
            draft.open.retain(|open| *open != question || !is_said);
        }
        let answers = &mut draft.own.answers;
        put(&mut answers.key, self.new);
        put(&mut answers.label, self.label);
        put(&mut answers.about, self.about);
        put(&mut answers.field, self.field);
        put(&mut answers.read, self.read);
        if !self.labels.is_empty() {
            answers.labels = clean_labels(&self.labels);
            if any_width {
                answers.width = answers.labels.len();
            }
        }
        let input = &mut answers.input;
        if self.size.is_some() || self.fit.is_some() {
            // What was known of a larger size belongs to the other size or fit.
            input.resize = None;
        }
        put(&mut input.size, self.size);
        put(&mut input.fit, self.fit);
        put(&mut input.resampler, self.resampler);
        put(&mut input.alpha, self.alpha);
        turn(input, self.channels, self.input);
        Ok(())
    }
}

fn put<T>(place: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *place = said;
    }
}

/// Mean and deviation are in the order of the channels, whichever was said first.
fn turn(input: &mut Preprocess, channels: Option<Channels>, values: Option<Values>) {
    let known = Values::of(input);
    put(&mut input.channels, channels);
    input.values = values.or(known);
    input.spell_out();
}

/// Adds the network as a scorer of its own, and says what was guessed.
pub(super) fn add(
    session: &Session,
    file: &Path,
    args: OwnArgs,
    output: &mut Output,
) -> Result<(), Problem> {
    let (core, job) = (&session.core, &session.job);
    let mut draft = core.look_at_model(file)?;
    output.message(&draft.what);
    args.answer(&mut draft)?;
    let added =
        output.with_progress("Looking at the file", job, || core.add_own(&draft.own, job))?;
    output.line(&words::added(&added));
    if !draft.open.is_empty() {
        let fields: Vec<&str> = draft.open.iter().map(|question| question.field()).collect();
        let manifest = core.manifest_file(&added.key);
        output.message(&format!(
            "guessed: {}; see to it in {}",
            fields.join(", "),
            manifest.display()
        ));
    }
    Ok(())
}
