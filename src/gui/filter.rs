//! The filter as the panel edits it, and the rules it stands for.
//!
//! Must not know: widgets, the engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::curation::parse;
use crate::domain::marks::Flag;
use crate::domain::query::{Cmp, Expr, Keep, Quantity, Rule, State};
use crate::domain::score::ColumnSpec;

use super::text_panels as text;
use super::widgets::band::BandState;

/// Most terms of the text box that become rules of their own; a view takes 64 rules in all.
const MOST_TERMS: usize = 16;

/// Why the expression in the text box is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// What is wrong, in words for the user.
    pub message: String,
    /// Number of characters before the place it is about.
    pub at: usize,
    /// What to write instead; may be empty.
    pub hint: String,
}

/// Which part of the filter a rule comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The folder chosen in the tree.
    Folder,
    /// The expression in the text box: one of the terms that `and` joins, by position.
    Text(usize),
    /// The band of this column.
    Band(String),
    /// At least so many stars.
    Stars,
    /// The flag buttons.
    Flag,
    /// Failed images are hidden.
    Failed,
    /// A rule that another part of the window added, by position.
    Extra(usize),
}

/// Everything the filter panel can say.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterState {
    /// Band per column key.
    pub bands: BTreeMap<String, BandState>,
    /// The text box as typed.
    pub text: String,
    /// The terms of the last expression that was understood, each with its text.
    good: Vec<(String, Expr)>,
    /// Why the text as typed is not understood.
    error: Option<TextError>,
    /// Only this folder and what is below it.
    pub folder: Option<PathBuf>,
    /// Rows without a value pass the bands.
    pub show_unscored: bool,
    /// Failed rows are kept.
    pub show_failed: bool,
    /// At least so many stars, 0–5.
    pub stars_min: u8,
    /// Only rows with this flag.
    pub flag: Option<Flag>,
    /// Rules that other parts of the window added.
    pub extra: Vec<Rule>,
}

impl Default for FilterState {
    fn default() -> Self {
        Self {
            bands: BTreeMap::new(),
            text: String::new(),
            good: Vec::new(),
            error: None,
            folder: None,
            show_unscored: false,
            show_failed: true,
            stars_min: 0,
            flag: None,
            extra: Vec::new(),
        }
    }
}

impl FilterState {
    /// Takes over the text box; text that is not understood leaves the last good rule in force.
    ///
    /// Column keys in it must be among `columns`.
    pub fn set_text(&mut self, text: String, columns: &[Arc<ColumnSpec>]) {
        self.text = text;
        self.error = None;
        let trimmed = self.text.trim();
        if trimmed.is_empty() {
            self.good.clear();
            return;
        }
        match parse(&self.text, columns) {
            Ok(expr) => {
                let mut terms = Vec::new();
                split(expr.clone(), &mut terms);
                let label = |expr: Expr| (parse::to_text(&expr), expr);
                self.good = match terms.len() {
                    2..=MOST_TERMS => terms.into_iter().map(label).collect(),
                    _ => vec![(trimmed.to_owned(), expr)],
                };
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Why the text box is not understood, if it is not.
    pub fn error(&self) -> Option<&TextError> {
        self.error.as_ref()
    }

    /// The band of a column; open where none is set.
    pub fn band(&self, column: &str) -> BandState {
        self.bands.get(column).copied().unwrap_or_default()
    }

    /// Sets the band of a column; an open one is forgotten.
    pub fn set_band(&mut self, column: &str, band: BandState) {
        if band.is_open() {
            self.bands.remove(column);
        } else {
            self.bands.insert(column.to_owned(), band);
        }
    }

    /// The rules, each with the part it comes from; in the order of the chips.
    pub fn parts(&self) -> Vec<(Part, Rule)> {
        let mut parts = Vec::new();
        if let Some(folder) = &self.folder {
            parts.push((Part::Folder, below(folder)));
        }
        for (i, (label, expr)) in self.good.iter().enumerate() {
            parts.push((Part::Text(i), keep_where(label.clone(), expr.clone())));
        }
        for (column, band) in &self.bands {
            let rule = band_rule(column, *band, self.show_unscored);
            parts.push((Part::Band(column.clone()), rule));
        }
        if self.stars_min > 0 {
            let expr = Expr::Compare(Quantity::Stars, Cmp::Ge, f64::from(self.stars_min));
            parts.push((
                Part::Stars,
                keep_where(text::stars_min(self.stars_min), expr),
            ));
        }
        if let Some(flag) = self.flag {
            let label = text::flag_rule(flag).to_owned();
            parts.push((Part::Flag, keep_where(label, Expr::Flag(flag))));
        }
        if !self.show_failed {
            let expr = Expr::Not(Box::new(Expr::Is(State::Failed)));
            parts.push((Part::Failed, keep_where(text::NOT_FAILED.to_owned(), expr)));
        }
        let extra = self.extra.iter().cloned().enumerate();
        parts.extend(extra.map(|(i, rule)| (Part::Extra(i), rule)));
        parts
    }

    /// The rules of the view.
    pub fn rules(&self) -> Vec<Rule> {
        self.parts().into_iter().map(|(_, rule)| rule).collect()
    }

    /// Drops the rule of one part.
    pub fn drop_part(&mut self, part: &Part) {
        match part {
            Part::Folder => self.folder = None,
            Part::Text(i) => self.drop_term(*i),
            Part::Band(column) => {
                self.bands.remove(column);
            }
            Part::Stars => self.stars_min = 0,
            Part::Flag => self.flag = None,
            Part::Failed => self.show_failed = true,
            Part::Extra(i) => {
                if *i < self.extra.len() {
                    self.extra.remove(*i);
                }
            }
        }
    }

    /// Takes one term out of the text box; what was not understood in it goes too.
    fn drop_term(&mut self, i: usize) {
        if i < self.good.len() {
            self.good.remove(i);
        }
        self.error = None;
        let terms = self.good.iter().map(|(_, expr)| expr.clone());
        let joined = terms.reduce(|a, b| Expr::And(Box::new(a), Box::new(b)));
        self.text = joined.map_or_else(String::new, |expr| parse::to_text(&expr));
    }

    /// Drops every rule.
    pub fn clear(&mut self) {
        *self = Self {
            show_unscored: self.show_unscored,
            ..Self::default()
        };
    }
}

/// The terms that `and` joins, left to right.
fn split(expr: Expr, terms: &mut Vec<Expr>) {
    match expr {
        Expr::And(a, b) => {
            split(*a, terms);
            split(*b, terms);
        }
        other => terms.push(other),
    }
}

/// "focus_measure ≥ 100", "100 ≤ focus_measure ≤ 200".
pub fn band_label(column: &str, band: BandState) -> String {
    let low = text::bound(band.low);
    let high = text::bound(band.high);
    match (band.low.is_finite(), band.high.is_finite()) {
        (true, true) => format!("{low} ≤ {column} ≤ {high}"),
        (true, false) => format!("{column} ≥ {low}"),
        (false, true) => format!("{column} ≤ {high}"),
        (false, false) => column.to_owned(),
    }
}

fn band_rule(column: &str, band: BandState, missing: bool) -> Rule {
    Rule {
        label: band_label(column, band),
        keep: Keep::Band {
            column: column.to_owned(),
            low: band.low,
            high: band.high,
            missing,
        },
    }
}

fn keep_where(label: String, expr: Expr) -> Rule {
    Rule {
        label,
        keep: Keep::Where(expr),
    }
}

fn below(folder: &Path) -> Rule {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    Rule {
        label: text::in_folder(&name.to_string_lossy()),
        keep: Keep::Below(folder.to_path_buf()),
    }
}

/// The filter language, with places counted in characters.
fn parse(text: &str, columns: &[Arc<ColumnSpec>]) -> Result<Expr, TextError> {
    parse::parse(text, columns).map_err(|error| TextError {
        at: text.get(..error.at).unwrap_or(text).chars().count(),
        message: error.message,
        hint: error.hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(state: &FilterState) -> Vec<String> {
        state.rules().into_iter().map(|rule| rule.label).collect()
    }

    fn band(low: f64, high: f64) -> BandState {
        BandState { low, high }
    }

    #[test]
    fn every_part_is_a_rule_with_a_label_and_can_be_dropped() {
        let mut state = FilterState::default();
        assert!(state.rules().is_empty());
        state.folder = Some(PathBuf::from("/set/夏"));
        state.set_text("stars >= 2".to_owned(), &[]);
        state.set_band("brightness", band(50.0, 200.0));
        state.set_band("focus_measure", band(100.0, f64::INFINITY));
        state.stars_min = 3;
        state.flag = Some(Flag::Pick);
        state.show_failed = false;
        let expected = [
            "in 夏",
            "stars >= 2",
            "50 ≤ brightness ≤ 200",
            "focus_measure ≥ 100",
            "stars ≥ 3",
            "picked",
            "not failed",
        ];
        assert_eq!(labels(&state), expected);
        for left in (0..expected.len()).rev() {
            let (part, _) = state.parts().pop().expect("one is left");
            state.drop_part(&part);
            assert_eq!(labels(&state), expected[..left]);
        }
        assert_eq!(state, FilterState::default());
    }

    #[test]
    fn bands_say_whether_unscored_rows_pass() {
        let mut state = FilterState::default();
        state.set_band("x", band(f64::NEG_INFINITY, 7.0));
        for missing in [false, true] {
            state.show_unscored = missing;
            let keep = Keep::Band {
                column: "x".to_owned(),
                low: f64::NEG_INFINITY,
                high: 7.0,
                missing,
            };
            assert_eq!(state.rules()[0].keep, keep);
        }
        state.set_band("x", BandState::default());
        assert!(state.rules().is_empty(), "an open band is no rule");
    }

    #[test]
    fn text_that_is_not_understood_keeps_the_last_good_rule() {
        let mut state = FilterState::default();
        state.set_text("stars >= 2".to_owned(), &[]);
        state.set_text("stars >= ".to_owned(), &[]);
        assert_eq!(labels(&state), ["stars >= 2"]);
        assert!(state.error().is_some());
        state.set_text(String::new(), &[]);
        assert!(state.rules().is_empty() && state.error().is_none());
    }

    #[test]
    fn each_term_of_the_text_is_a_rule_of_its_own() {
        let mut state = FilterState::default();
        let text = "stars >= 2 and (flag:pick or flag:reject) and not tag:blurry";
        state.set_text(text.to_owned(), &[]);
        let expected = ["stars >= 2", "flag:pick or flag:reject", "not tag:blurry"];
        assert_eq!(labels(&state), expected);
        state.drop_part(&Part::Text(0));
        assert_eq!(state.text, "(flag:pick or flag:reject) and not tag:blurry");
        assert_eq!(labels(&state), expected[1..]);
    }

    #[test]
    fn errors_are_placed_by_characters() {
        let mut state = FilterState::default();
        state.set_text("猫 and )".to_owned(), &[]);
        assert_eq!(state.error().map(|error| error.at), Some(6));
    }
}
