//! Values that parse but can't be meant.
//!
//! Must not know: TOML.

use super::{
    BandText, Column, HeadInput, Kind, Manifest, ManifestError, MapOutput, Output, Variant,
};
use crate::domain::scope::Tells;
use crate::zoo::preprocess::{Exif, Fit, Preprocess};
use crate::zoo::reading::depth::DepthSpread;
use crate::zoo::reading::simcc::SimCc;

impl Manifest {
    /// Whether every value can be meant; the error names the first field that can't.
    pub(super) fn check(&self) -> Result<(), ManifestError> {
        check_key("key", &self.key)?;
        demand(self.batch >= 1, "batch", "must be at least 1")?;
        let tolerance = self.tolerance.is_finite() && self.tolerance >= 0.0;
        demand(tolerance, "tolerance", "must be a number from 0 up")?;
        let measured = self
            .measured
            .is_none_or(|speed| speed.is_finite() && speed > 0.0);
        demand(measured, "measured", "must be a number above 0")?;
        for (field, text) in [
            ("label", &self.label),
            ("about", &self.about),
            ("licence", &self.licence),
        ] {
            demand(!text.trim().is_empty(), field, "is empty")?;
        }
        let memory = self.needs.as_ref().is_none_or(|needs| needs.memory >= 1);
        demand(memory, "needs.memory", "must be at least 1")?;
        self.check_kind()?;
        self.check_weights()?;
        self.check_output()?;
        if let Some(map) = &self.map {
            self.check_map(map)?;
        }
        if let Some(lists) = &self.lists {
            check_key("lists", lists)?;
        }
        if let Some(input) = &self.input {
            input.check().map_err(|(field, why)| ManifestError::Value {
                field: format!("input.{field}"),
                why,
            })?;
        }
        for (i, input) in self.inputs.iter().enumerate() {
            check_head_input(i, input)?;
        }
        self.check_columns()
    }

    /// Every kind has its own tables and none of the others'.
    fn check_kind(&self) -> Result<(), ManifestError> {
        let pixels = matches!(self.kind, Kind::Encoder | Kind::Network);
        let need = |wanted: bool, there: bool, field: &str| {
            let why = if wanted {
                "is missing for this kind"
            } else {
                "is not for this kind"
            };
            demand(wanted == there, field, why)
        };
        need(pixels, self.input.is_some(), "input")?;
        need(self.kind == Kind::Head, !self.inputs.is_empty(), "inputs")?;
        need(
            self.kind == Kind::Prompts,
            self.prompts.is_some(),
            "prompts",
        )?;
        need(self.kind == Kind::Computed, self.code.is_some(), "code")?;
        if let Some(prompts) = &self.prompts {
            let texts = prompts.texts.iter().all(|text| !text.trim().is_empty());
            demand(texts, "prompts.texts", "has an empty text")?;
            demand(
                prompts.scale.is_finite(),
                "prompts.scale",
                "must be a number",
            )?;
        }
        Ok(())
    }

    fn check_weights(&self) -> Result<(), ManifestError> {
        let short = self.file.is_none() || self.weights.len() == 1;
        demand(short, "file", "is for manifests without `weights`")?;
        let own = !self.weights.is_empty();
        let none = self.kind == Kind::Prompts;
        let n_ways = usize::from(own) + usize::from(self.weights_of.is_some());
        demand(
            n_ways == usize::from(!none),
            "weights",
            if none {
                "are the encoder's: leave them out"
            } else {
                "must be given, or `weights_of`, and not both"
            },
        )?;
        demand(
            self.weights_of.is_some() || self.parameters.is_empty(),
            "parameters",
            "are for `weights_of`: own weights have them in their table",
        )?;
        for (i, variant) in self.weights.iter().enumerate() {
            check_variant(i, variant)?;
            let repeated = self.weights[..i].iter().any(|v| v.name == variant.name);
            let field = format!("weights[{i}].name");
            demand(!repeated, &field, "is the name of an earlier variant")?;
        }
        Ok(())
    }

    /// A table is a file of every variant, behind the network.
    fn check_table(&self) -> Result<(), ManifestError> {
        let Some(table) = self.output.table() else {
            return Ok(());
        };
        let pixels = self.kind == Kind::Network;
        demand(pixels, "output.read", "with a table is for networks")?;
        let behind = |v: &Variant| v.files.iter().skip(1).any(|file| file.name == *table);
        let why = format!("needs the file `{table}`, behind that of the network");
        demand(self.weights.iter().all(behind), "weights.files", &why)
    }

    fn check_output(&self) -> Result<(), ManifestError> {
        self.check_table()?;
        let columns = self.columns.len();
        let encoder = matches!(self.output, Output::Embedding { .. });
        demand(
            encoder == matches!(self.kind, Kind::Encoder),
            "output.read",
            "must be `embedding` for encoders, and only for them",
        )?;
        match &self.output {
            Output::Embedding { dims } => {
                let field = "output.dims";
                demand((1..=65_536).contains(dims), field, "must be 1 to 65536")
            }
            Output::Raw { scale, offset } => {
                let finite = scale.is_finite() && offset.is_finite();
                demand(finite, "output.scale", "must be finite, as `offset`")
            }
            Output::Sigmoid {} | Output::Softmax {} => Ok(()),
            Output::Expected { weights, .. } => {
                let field = "output.weights";
                demand(weights.len() >= 2, field, "needs at least two classes")?;
                let finite = weights.iter().all(|w| w.is_finite());
                demand(finite, field, "must be finite numbers")
            }
            Output::Tags {
                general,
                character,
                floor,
                ..
            } => {
                let share = |share: &f64| (0.0..=1.0).contains(share);
                let all = [general, character, floor].into_iter().all(share);
                demand(
                    all,
                    "output.general",
                    "must be 0 to 1, as `character` and `floor`",
                )
            }
            Output::Label { names, .. } => {
                demand(names.len() >= 2, "output.names", "needs at least two")?;
                demand(
                    columns == 2,
                    "columns",
                    "must be two: the label's index and its share",
                )
            }
            Output::SimCc(by) => self.check_points(by),
            Output::DepthSpread(by) => self.check_depths(by),
        }
    }

    /// Key points are of the whole upright picture, and of one view.
    fn check_points(&self, by: &SimCc) -> Result<(), ManifestError> {
        let network = self.kind == Kind::Network;
        demand(network, "output.read", "is for networks on pixels")?;
        let split = by.split.is_finite() && by.split > 0.0;
        demand(split, "output.split", "must be a number above 0")?;
        let finite = by.threshold.is_finite();
        demand(finite, "output.threshold", "must be a number")?;
        let whole = |input: &Preprocess| {
            let upright = input.orientation == Exif::Apply;
            input.fit == Fit::Warp && upright && input.tiles.is_none()
        };
        let seen = self.input.as_ref().is_some_and(whole);
        let why = "must have `fit = \"warp\"`, `orientation = \"apply\"` and no tiles for `simcc`";
        demand(seen, "input", why)?;
        let two = self
            .weights
            .iter()
            .all(|variant| variant.outputs.len() == 2);
        let why = "must be two for `simcc`: over the columns, and over the rows";
        demand(two, "weights.outputs", why)
    }

    fn check_depths(&self, by: &DepthSpread) -> Result<(), ManifestError> {
        let network = self.kind == Kind::Network;
        demand(network, "output.read", "is for networks on pixels")?;
        demand(self.columns.len() == 1, "columns", "must be one for depths")?;
        let side = (1..=4096).contains(&by.out_size);
        demand(side, "output.out_size", "must be 1 to 4096")?;
        let ordered = 0.0 <= by.lower && by.lower < by.upper && by.upper <= 100.0;
        let why = "must be a percentile below `upper`, both of 0 to 100";
        demand(ordered, "output.lower", why)
    }

    /// A map is laid over the whole picture: the network must have seen all of it.
    fn check_map(&self, map: &MapOutput) -> Result<(), ManifestError> {
        demand(
            self.kind == Kind::Network,
            "map",
            "is for networks on pixels",
        )?;
        demand(!map.label.trim().is_empty(), "map.label", "is empty")?;
        let ordered = map
            .range
            .is_none_or(|[low, high]| low.is_finite() && high.is_finite() && low < high);
        let why = "must be two finite numbers, the lower first";
        demand(ordered, "map.range", why)?;
        let whole = |input: &Preprocess| {
            let uncut = input.resize.is_none_or(|side| input.size == [side; 2]);
            input.fit == Fit::Squash && uncut
        };
        let seen = self.input.as_ref().is_some_and(whole);
        demand(seen, "map", "needs `fit = \"squash\"` without a crop")?;
        let named = |variant: &Variant| (map.output as usize) < variant.outputs.len().max(1);
        let there = self.weights.iter().all(named);
        demand(there, "map.output", "lies beyond the outputs of a variant")
    }

    fn check_columns(&self) -> Result<(), ManifestError> {
        let none = matches!(self.kind, Kind::Encoder | Kind::Prompts);
        let why = if none {
            "are not for this kind"
        } else {
            "must name at least one column"
        };
        demand(none == self.columns.is_empty(), "columns", why)?;
        self.columns.iter().enumerate().try_for_each(|(i, column)| {
            check_column(i, column)?;
            let repeated = self.columns[..i].iter().any(|c| c.key == column.key);
            let field = format!("columns[{i}].key");
            demand(!repeated, &field, "is the name of an earlier column")?;
            let picked = column.index.map_or(i, |index| index as usize);
            let there = self.output.n_values().is_none_or(|n| picked < n);
            let field = format!("columns[{i}].index");
            demand(there, &field, "lies beyond the output")
        })
    }
}

fn check_variant(index: usize, variant: &Variant) -> Result<(), ManifestError> {
    let at = |name: &str| format!("weights[{index}].{name}");
    check_key(&at("name"), &variant.name)?;
    let some = !variant.files.is_empty();
    demand(some, &at("files"), "must name at least one file")?;
    for (i, file) in variant.files.iter().enumerate() {
        let at = |name: &str| format!("weights[{index}].files[{i}].{name}");
        let why = "must be a file name of letters, digits, `.`, `_`, `+`, `-` and spaces";
        demand(is_file_name(&file.name), &at("name"), why)?;
        let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(is_hex);
        let hash = file.sha256.as_ref().is_none_or(is_hash);
        demand(
            hash,
            &at("sha256"),
            "must be 64 lower-case hexadecimal digits",
        )?;
        demand(file.bytes != Some(0), &at("bytes"), "must be at least 1")?;
        let repeated = variant.files[..i].iter().any(|f| f.name == file.name);
        demand(!repeated, &at("name"), "is the name of an earlier file")?;
    }
    let text = variant.text.as_ref().and_then(|text| text.file.as_ref());
    let known = text.is_none_or(|name| variant.files.iter().any(|f| f.name == *name));
    demand(known, &at("text.file"), "is none of the files")?;
    let one_way = variant.output.is_none() || variant.outputs.is_empty();
    demand(one_way, &at("outputs"), "is given beside `output`")?;
    let mut names = variant.outputs.clone();
    names.sort_unstable();
    names.dedup();
    let distinct = names.len() == variant.outputs.len();
    demand(distinct, &at("outputs"), "names one twice")?;
    let built = variant.architecture.is_some() || variant.parameters.is_empty();
    demand(built, &at("parameters"), "are for an `architecture`")
}

fn check_head_input(index: usize, input: &HeadInput) -> Result<(), ManifestError> {
    let at = |name: &str| format!("inputs[{index}].{name}");
    let one = input.embedding.is_some() != input.column.is_some();
    demand(
        one,
        &format!("inputs[{index}]"),
        "must name an `embedding` or a `column`",
    )?;
    let clamp = input.clamp.is_none_or(|[low, high]| low < high);
    demand(clamp, &at("clamp"), "must be two numbers, the lower first")?;
    let finite = input.scale.is_finite() && input.offset.is_finite();
    demand(finite, &at("scale"), "must be finite, as `offset`")
}

fn check_column(index: usize, column: &Column) -> Result<(), ManifestError> {
    let field = |name: &str| format!("columns[{index}].{name}");
    check_key(&field("key"), &column.key)?;
    let [low, high] = column.range;
    let why = "must be two numbers, the lower first";
    demand(low < high, &field("range"), why)?;
    let about = column.about.is_empty() || column.about.trim().ends_with('.');
    demand(
        about,
        &field("about"),
        "must be a sentence with its full stop",
    )?;
    let unit = column.readable.as_ref().is_none_or(|r| !r.unit.is_empty());
    demand(unit, &field("readable"), "must have a `unit`")?;
    let finite = column.scale.is_finite() && column.offset.is_finite();
    demand(finite, &field("scale"), "must be finite, as `offset`")?;
    let ordered = |band: &BandText| band.low < band.high;
    let bands = column.bands.iter().all(ordered);
    demand(bands, &field("bands"), "must have `low` below `high`")?;
    let tells = column.tells.as_ref().map_or(Ok(()), check_tells);
    tells.or_else(|why| demand(false, &field("tells"), why))
}

/// Whether the two fields can be told apart; the ends may touch.
fn check_tells(tells: &Tells) -> Result<(), &'static str> {
    let [low, high] = tells.anime;
    let general = tells.general.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    if !(low < high && general[0] < general[1]) {
        return Err("must give two numbers a field, the lower first");
    }
    if tells.general.is_some() && low.max(general[0]) < high.min(general[1]) {
        return Err("must not give a value to two fields");
    }
    Ok(())
}

pub(super) fn check_key(field: &str, key: &str) -> Result<(), ManifestError> {
    let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    let good = !key.is_empty() && key.bytes().all(allowed);
    let why = "must be lower-case letters, digits, `_` and `-`, and no device of Windows";
    demand(good && !is_device(key), field, why)
}

/// Whether every system takes it as the name of a file, without folders.
fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._+ -".contains(c);
    let ends = name.starts_with(['.', ' ']) || name.ends_with(['.', ' ']);
    !name.is_empty() && name.chars().all(allowed) && !ends && !is_device(name)
}

/// Whether Windows takes a name, whatever its ending, for a device.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_lowercase();
    let numbered = |kind: &str| {
        let digits = stem.strip_prefix(kind);
        digits.is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|c| c.is_ascii_digit()))
    };
    ["con", "nul", "prn", "aux"].contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

pub(super) fn demand(holds: bool, field: &str, why: &str) -> Result<(), ManifestError> {
    if holds {
        return Ok(());
    }
    Err(ManifestError::Value {
        field: field.to_owned(),
        why: why.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_hold_on_every_system() {
        for good in [
            "model.safetensors",
            "ViT-L-14.pt",
            "a b+c_1.onnx",
            "console.pth",
        ] {
            assert!(is_file_name(good), "{good}");
        }
        for bad in [
            "", ".x", "a/b", "a\\b", "a:b", "con", "NUL.onnx", "com1.pth", "lpt9", "aux .x", "a.",
            "a ", "ä.onnx", "a\n",
        ] {
            assert!(!is_file_name(bad), "{bad}");
        }
        assert!(check_key("key", "prn").is_err() && check_key("key", "print").is_ok());
    }
}
