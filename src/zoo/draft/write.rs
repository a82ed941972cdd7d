//! Answers as the text of a manifest.
//!
//! Must not know: files.

use std::fmt::Write as _;

use serde::Serialize;

use super::labels::keys;
use super::{Answers, MAX_COLUMNS, Read};
use crate::domain::score::Field;
use crate::zoo::preprocess::{Alpha, Channels, Crop, Exif, Layout, Position, Preprocess, Values};

impl Answers {
    /// The text of a manifest. `guessed` are the fields that nobody has said yet, e.g.
    /// `input.values`: a remark stands behind them.
    pub fn manifest(&self, guessed: &[&str]) -> String {
        let mut text = Text {
            out: String::new(),
            guessed,
        };
        self.head(&mut text);
        self.weights(&mut text);
        input(&self.input, &mut text);
        self.output(&mut text);
        text.out
    }

    fn head(&self, text: &mut Text<'_>) {
        let label = [&self.label, &self.key];
        let label = label.into_iter().find(|text| !text.trim().is_empty());
        let about = match self.about.trim() {
            "" => format!("A network of your own: {}.", self.file),
            about => about.to_owned(),
        };
        text.line("", "key", &self.key);
        text.line("", "label", label.map_or("", |label| label.trim()));
        text.line("", "about", &about);
        if !self.licence.trim().is_empty() {
            text.line("", "licence", self.licence.trim());
        }
        if self.field == Field::Anime {
            text.line("", "field", "anime");
        }
        let kind = match self.read {
            Read::Embedding => "encoder",
            _ => "network",
        };
        text.line("", "kind", kind);
    }

    fn weights(&self, text: &mut Text<'_>) {
        text.table("[weights]");
        text.line("weights", "name", "own");
        for (name, value) in [
            ("architecture", &self.architecture),
            ("input", &self.port_in),
            ("output", &self.port_out),
        ] {
            if let Some(value) = value {
                text.line("weights", name, value);
            }
        }
        if !self.parameters.is_empty() {
            text.line("weights", "parameters", &self.parameters);
        }
        let file = toml::Table::from_iter([("name".to_owned(), self.file.as_str().into())]);
        text.line("weights", "files", &[file]);
    }

    fn output(&self, text: &mut Text<'_>) {
        text.table("output");
        if self.read == Read::Embedding {
            text.line("output", "read", "embedding");
            text.line("output", "dims", &self.width);
            return;
        }
        let one_holds = self.read == Read::Softmax || self.read == Read::Raw && self.adds_up;
        if self.width > MAX_COLUMNS && one_holds {
            return self.likeliest(text);
        }
        text.line("output", "read", self.read.name());
        let several = self.width > 1;
        let labels = self.all_labels();
        let column_keys = if several {
            keys(&self.key, &labels)
        } else {
            vec![self.key.clone()]
        };
        for (key, label) in column_keys.iter().zip(&labels) {
            text.table("[columns]");
            text.line("columns", "key", key);
            if !label.is_empty() {
                text.line("columns", "label", label);
            }
            let better = if several { "neutral" } else { "higher" };
            text.line("columns", "better", better);
        }
    }

    /// The likeliest of many classes, and its share.
    fn likeliest(&self, text: &mut Text<'_>) {
        text.line("output", "read", "label");
        text.line("output", "softmax", &(self.read == Read::Softmax));
        text.line("output", "names", &self.all_labels());
        for (end, about) in [
            ("label", "Number of the likeliest class, from 0."),
            ("share", "Share of the likeliest class."),
        ] {
            text.table("[columns]");
            text.line("columns", "key", &format!("{}_{end}", self.key));
            text.line("columns", "about", about);
        }
    }

    /// A label for each number: those given, else the numbers.
    fn all_labels(&self) -> Vec<String> {
        let given = |i: usize| self.labels.get(i).cloned();
        let all = (0..self.width).map(|i| given(i).unwrap_or_else(|| i.to_string()));
        match self.width {
            1 => vec![self.label.trim().to_owned()],
            _ => all.collect(),
        }
    }
}

fn input(input: &Preprocess, text: &mut Text<'_>) {
    text.table("input");
    let mut line = |name: &str, value: &dyn Written, usual: bool| {
        if !usual {
            text.written("input", name, &value.written());
        }
    };
    line("size", &input.size, false);
    line("fit", &input.fit, false);
    line("resampler", &input.resampler, false);
    if let Some(side) = input.resize {
        line("resize", &side, false);
    }
    line("crop", &input.crop, input.crop == Crop::default());
    line("pad", &input.pad, input.pad == [0; 3]);
    let centred = input.position == Position::default();
    line("position", &input.position, centred);
    line("alpha", &input.alpha, input.alpha == Alpha::default());
    let ignored = input.orientation == Exif::default();
    line("orientation", &input.orientation, ignored);
    let rgb = input.channels == Channels::default();
    line("channels", &input.channels, rgb);
    line("layout", &input.layout, input.layout == Layout::default());
    if let Some(values) = Values::of(input) {
        line("values", &values, false);
    } else {
        line("scale", &input.scale, false);
        line("mean", &input.mean, false);
        line("std", &input.std, false);
    }
}

/// What TOML can write.
trait Written {
    fn written(&self) -> String;
}

impl<T: Serialize> Written for T {
    fn written(&self) -> String {
        let value = toml::Value::try_from(self);
        value.map_or_else(|_never| String::new(), |value| value.to_string())
    }
}

/// A TOML document under construction.
struct Text<'a> {
    out: String,
    guessed: &'a [&'a str],
}

impl Text<'_> {
    fn table(&mut self, name: &str) {
        writeln!(self.out, "\n[{name}]").ok();
    }

    fn line<T: Serialize + ?Sized>(&mut self, table: &str, name: &str, value: &T) {
        self.written(table, name, &(&value).written());
    }

    fn written(&mut self, table: &str, name: &str, value: &str) {
        let field = format!("{table}.{name}");
        let field = field.trim_start_matches('.');
        let remark = if self.guessed.contains(&field) {
            "  # guessed: see to it"
        } else {
            ""
        };
        writeln!(self.out, "{name} = {value}{remark}").ok();
    }
}
