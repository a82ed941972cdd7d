//! Networks that no manifest knows: what they take, what they give, what must be asked of them.
//!
//! Must not know: downloads, engines.

mod configured;
mod look;
mod written;

use std::path::PathBuf;

use crate::base::Problem;
use crate::zoo::draft::{self, Answers, MAX_LABELS};
use crate::zoo::manifest::Manifest;

pub use look::look;
pub use written::NewManifest;

/// What a file of a network turned out to be, and what its owner must say.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelDraft {
    /// What it is, in words.
    pub what: String,
    /// What it takes and gives, a line each.
    pub ports: Vec<String>,
    /// What can be read, the likeliest answer among them.
    pub outputs: Vec<OutputDraft>,
    /// What the file doesn't tell: the answers to it are guesses.
    pub open: Vec<Question>,
    /// All answers as far as they are known, the rest guessed.
    pub own: OwnModel,
}

/// An output of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutputDraft {
    /// Its name.
    pub name: String,
    /// Numbers for one picture, where the graph says.
    pub width: Option<usize>,
    /// Whether they are shares already.
    pub shares: bool,
    /// Whether several labels may hold at once, so that the shares don't add up to 1.
    pub several: bool,
}

/// What the file of a network may not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Width and height of the input.
    Size,
    /// What the levels become.
    Values,
    /// Order of the colours.
    Channels,
    /// How a picture is brought to size.
    Fit,
    /// Interpolation.
    Resampler,
    /// Which output is read.
    Output,
    /// How many numbers it gives.
    Width,
    /// How they are read.
    Read,
    /// What each of them is.
    Labels,
}

impl Question {
    /// The field of a manifest that answers it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Size => "input.size",
            Self::Values => "input.values",
            Self::Channels => "input.channels",
            Self::Fit => "input.fit",
            Self::Resampler => "input.resampler",
            Self::Output => "weights.output",
            Self::Width | Self::Labels => "columns.label",
            Self::Read => "output.read",
        }
    }
}

/// A network of the user's own, with all that must be known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnModel {
    /// The file with its weights.
    pub file: PathBuf,
    /// What its owner says.
    pub answers: Answers,
}

impl OwnModel {
    /// The manifest that it gets.
    pub fn manifest(&self) -> Result<Manifest, Problem> {
        let (n, width) = (self.answers.labels.len(), self.answers.width);
        if n != 0 && n != width {
            let why = format!("there are {n} labels, and the network gives {width} numbers");
            return Err(Problem::usage("these answers make no scorer", why).at(&self.file));
        }
        Manifest::parse(&self.answers.manifest(&[]))
            .map_err(|error| Problem::usage("these answers make no scorer", error).at(&self.file))
    }
}

impl ModelDraft {
    /// A manifest with what is known and guessed, and remarks at what is guessed.
    pub fn text(&self) -> String {
        let guessed: Vec<&str> = self.open.iter().map(|question| question.field()).collect();
        let ports = self.ports.iter().map(|port| format!("#   {port}\n"));
        let ports: String = ports.collect();
        let text = self.own.answers.manifest(&guessed);
        format!("# {}\n{ports}{text}", self.what)
    }

    /// Reads the output of this name; the problem lists those that there are.
    pub fn choose_output(&mut self, name: &str) -> Result<(), Problem> {
        let Some(output) = self.outputs.iter().find(|output| output.name == name) else {
            let names: Vec<&str> = self.outputs.iter().map(|o| o.name.as_str()).collect();
            let what = format!("it has no output '{name}'");
            return Err(Problem::usage(what, format!("it has {}", names.join(", "))));
        };
        let several = self.outputs.len() > 1;
        let output = output.clone();
        self.open.retain(|question| *question != Question::Output);
        self.own.answers.port_out = several.then(|| output.name.clone());
        self.read_as(&output);
        Ok(())
    }

    /// Width and reading follow the output.
    fn read_as(&mut self, output: &OutputDraft) {
        use Question::{Labels, Read, Width};
        self.open
            .retain(|question| ![Width, Read, Labels].contains(question));
        let answers = &mut self.own.answers;
        answers.width = output.width.unwrap_or(1).clamp(1, MAX_LABELS);
        answers.read = draft::Read::usual(answers.width, output.shares);
        answers.adds_up = output.shares && !output.several;
        let asked = [
            (Width, output.width.is_none()),
            (Read, !output.shares),
            (Labels, answers.width > 1),
        ];
        let asked = asked.into_iter().filter(|(_, asked)| *asked);
        self.open.extend(asked.map(|(question, _)| question));
    }
}
