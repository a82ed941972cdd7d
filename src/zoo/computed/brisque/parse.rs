//! Reads the two files of OpenCV's model: `brisque_model_live.yml` and `brisque_range_live.yml`.
//!
//! A reader of our own: the files are OpenCV's dialect (`%YAML:1.0`, `{ epsilon:1e-3 }`), which
//! YAML 1.2 forbids and YAML libraries refuse, and we need six fields and three lists of numbers.
//! It never allocates more than a small multiple of the text.
//!
//! Must not know: where the texts come from, what the numbers do.

use super::{FEATURES, Svr};

/// A file longer than this is refused; the real ones have 568 KB and 1.4 KB.
pub const MAX_BYTES: usize = 8 << 20;

/// Why a model's files can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("BRISQUE's {file} file can't be used: {reason}; fetch the model again")]
pub struct ParseError {
    /// `model` or `range`.
    pub file: &'static str,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Longer than [`MAX_BYTES`].
    #[error("it has {0} bytes, more than {MAX_BYTES}")]
    TooLong(usize),
    /// A field isn't there.
    #[error("it has no '{0}'")]
    Missing(&'static str),
    /// A field has a value that this scorer can't work with.
    #[error("'{field}' is not {wanted}")]
    Unsupported {
        /// Its name.
        field: &'static str,
        /// The only value that works.
        wanted: String,
    },
    /// Something is no finite number.
    #[error("'{0}' has something that is no number")]
    Number(&'static str),
    /// A list has too few or too many numbers, or isn't closed.
    #[error("'{field}' has not {wanted} numbers")]
    Count {
        /// Its name.
        field: &'static str,
        /// How many it should have.
        wanted: usize,
    },
    /// A feature's largest value isn't above its smallest.
    #[error("the range of feature {0} is empty")]
    EmptyRange(usize),
}

impl Svr {
    /// From the text of the model file and that of the range file.
    ///
    /// Fails on anything but a finite ε-SVR with a radial kernel on 36 features.
    pub fn parse(model: &str, range: &str) -> Result<Self, ParseError> {
        let wrong = |file| move |reason| ParseError { file, reason };
        let ranges = ranges(range).map_err(wrong("range"))?;
        machine(model, &ranges).map_err(wrong("model"))
    }
}

fn machine(text: &str, ranges: &[[f32; FEATURES]; 2]) -> Result<Svr, Reason> {
    let text = &Text::new(text)?;
    text.demand("svmType", "EPS_SVR")?;
    text.demand("type", "RBF")?;
    text.demand("var_count", &FEATURES.to_string())?;
    let gamma = text.number("gamma")?;
    let rho = text.number("rho")?;
    let mut rest = text.after("support_vectors")?;
    let mut vectors = Vec::new();
    while let Some(item) = rest.trim_start().strip_prefix("- [") {
        let (numbers, after) = numbers("support_vectors", item, FEATURES)?;
        vectors.push(std::array::from_fn(|i| numbers[i] as f32));
        rest = after;
    }
    text.demand("sv_total", &vectors.len().to_string())?;
    text.demand("sv_count", &vectors.len().to_string())?;
    let weights = text.list("alpha", vectors.len())?;
    Ok(Svr {
        gamma,
        rho,
        ranges: *ranges,
        vectors: vectors.into_iter().zip(weights).collect(),
    })
}

fn ranges(text: &str) -> Result<[[f32; FEATURES]; 2], Reason> {
    let text = &Text::new(text)?;
    text.demand("rows", "2")?;
    text.demand("cols", &FEATURES.to_string())?;
    let numbers = text.list("data", 2 * FEATURES)?;
    let [low, high] = [0, FEATURES].map(|row| std::array::from_fn(|i| numbers[row + i] as f32));
    match (0..FEATURES).find(|&i| high[i] <= low[i]) {
        Some(empty) => Err(Reason::EmptyRange(empty)),
        None => Ok([low, high]),
    }
}

/// The lines of a file, each `key: value`; a list may go on over many.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Result<Self, Reason> {
        if text.len() > MAX_BYTES {
            return Err(Reason::TooLong(text.len()));
        }
        Ok(Self(text))
    }

    /// What comes after the first line that starts with `key:`, to the end of the file.
    fn after(&self, key: &'static str) -> Result<&'a str, Reason> {
        let mut at = 0;
        for line in self.0.split_inclusive('\n') {
            let value = line.trim_start().strip_prefix(key);
            if let Some(value) = value.and_then(|v| v.strip_prefix(':')) {
                return Ok(&self.0[at + line.len() - value.len()..]);
            }
            at += line.len();
        }
        Err(Reason::Missing(key))
    }

    fn word(&self, key: &'static str) -> Result<&'a str, Reason> {
        Ok(self.after(key)?.lines().next().unwrap_or_default().trim())
    }

    fn demand(&self, field: &'static str, wanted: &str) -> Result<(), Reason> {
        if self.word(field)? == wanted {
            return Ok(());
        }
        let wanted = wanted.to_owned();
        Err(Reason::Unsupported { field, wanted })
    }

    fn number(&self, key: &'static str) -> Result<f64, Reason> {
        number(key, self.word(key)?)
    }

    fn list(&self, key: &'static str, wanted: usize) -> Result<Vec<f64>, Reason> {
        let list = self.after(key)?.trim_start().strip_prefix('[');
        numbers(key, list.ok_or(Reason::Missing(key))?, wanted).map(|(numbers, _)| numbers)
    }
}

fn number(field: &'static str, word: &str) -> Result<f64, Reason> {
    let number = word.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    number.ok_or(Reason::Number(field))
}

/// Exactly `wanted` numbers up to a `]`, and the text behind it.
fn numbers<'a>(
    field: &'static str,
    text: &'a str,
    wanted: usize,
) -> Result<(Vec<f64>, &'a str), Reason> {
    let miscounted = Reason::Count { field, wanted };
    let (list, rest) = text.split_once(']').ok_or(miscounted.clone())?;
    // One more than wanted tells that there are too many.
    let words = list.split(',').take(wanted + 1);
    let numbers = words
        .map(|word| number(field, word))
        .collect::<Result<Vec<_>, _>>()?;
    if numbers.len() == wanted {
        Ok((numbers, rest))
    } else {
        Err(miscounted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(numbers: impl Iterator<Item = f64>) -> String {
        // As OpenCV writes them: `1.` for 1, broken over lines.
        let words: Vec<String> = numbers.map(|n| format!("{n}.")).collect();
        format!("[ {} ]", words.join(",\n    "))
    }

    fn model() -> String {
        let vector = |v: i32| list((0..36).map(move |i| f64::from(i + v)));
        format!(
            "%YAML:1.0\n---\nopencv_ml_svm:\n   format: 3\n   svmType: EPS_SVR\n   kernel:\n      \
             type: RBF\n      gamma: 5.0e-02\n   C: 1024.\n   term_criteria: {{ epsilon:1.0e-03 }}\n   \
             var_count: 36\n   sv_total: 2\n   support_vectors:\n      - {}\n      - {}\n   \
             decision_functions:\n      -\n         sv_count: 2\n         rho: -1.5e+01\n         \
             alpha: [ -1024., 7.5 ]\n",
            vector(0),
            vector(1)
        )
    }

    fn range() -> String {
        let data = list((0..72).map(|i| f64::from(i % 36 + i / 36)));
        format!(
            "%YAML:1.0\n---\nrange: !!opencv-matrix\n   rows: 2\n   cols: 36\n   dt: f\n   data: {data}\n"
        )
    }

    #[test]
    fn both_files_are_read() {
        let svr = Svr::parse(&model(), &range()).unwrap();
        assert_eq!((svr.gamma, svr.rho), (0.05, -15.0));
        assert_eq!(svr.vectors.len(), 2);
        let (vector, weight) = svr.vectors[1];
        assert_eq!((vector[0], vector[35], weight), (1.0, 36.0, 7.5));
        assert_eq!((svr.ranges[0][35], svr.ranges[1][35]), (35.0, 36.0));
    }

    #[test]
    fn windows_line_ends_are_read_too() {
        let [model, range] = [model(), range()].map(|text| text.replace('\n', "\r\n"));
        assert!(Svr::parse(&model, &range).is_ok());
    }

    #[test]
    fn a_spoilt_model_is_refused() {
        let count = |field, wanted| Reason::Count { field, wanted };
        let unsupported = |field, wanted: &str| Reason::Unsupported {
            field,
            wanted: wanted.to_owned(),
        };
        let cases = [
            ("EPS_SVR", "NU_SVR", unsupported("svmType", "EPS_SVR")),
            ("RBF", "POLY", unsupported("type", "RBF")),
            (
                "var_count: 36",
                "var_count: 35",
                unsupported("var_count", "36"),
            ),
            (
                "sv_total: 2",
                "sv_total: 4000000000",
                unsupported("sv_total", "2"),
            ),
            ("sv_count: 2", "sv_count: 1", unsupported("sv_count", "2")),
            ("gamma: 5.0e-02", "gamma: nan", Reason::Number("gamma")),
            ("rho: -1.5e+01", "rho: .Inf", Reason::Number("rho")),
            ("gamma", "gemma", Reason::Missing("gamma")),
            ("1024., 7.5", "1024.", count("alpha", 2)),
            ("1024., 7.5", "1024., 7.5, 1.", count("alpha", 2)),
            ("7.5 ]", "7.5", count("alpha", 2)),
            ("alpha: [", "alpha:", Reason::Missing("alpha")),
            ("35.,\n    36.", "35.", count("support_vectors", 36)),
            (
                "35.,\n    36.",
                "35.,\n    inf",
                Reason::Number("support_vectors"),
            ),
        ];
        for (from, to, reason) in cases {
            let spoilt = model().replacen(from, to, 1);
            assert_ne!(spoilt, model(), "{from}");
            let error = Svr::parse(&spoilt, &range()).unwrap_err();
            assert_eq!(
                error,
                ParseError {
                    file: "model",
                    reason
                },
                "{from} → {to}"
            );
        }
    }

    #[test]
    fn a_spoilt_range_is_refused() {
        for (from, to) in [
            ("rows: 2", "rows: 3"),
            ("36.", "0."),
            (",\n    5.", ""),
            ("data", "date"),
        ] {
            let error = Svr::parse(&model(), &range().replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.file, "range", "{from} → {to}");
        }
    }

    #[test]
    fn neither_any_cut_nor_a_giant_is_read() {
        let (model, range) = (model(), range());
        for cut in 0..model.trim_end().len() {
            assert!(Svr::parse(&model[..cut], &range).is_err(), "{cut}");
        }
        let giant = model + &" ".repeat(MAX_BYTES);
        let error = Svr::parse(&giant, &range).unwrap_err();
        assert!(matches!(error.reason, Reason::TooLong(_)), "{error}");
    }

    #[test]
    fn the_error_says_what_to_do() {
        let error = Svr::parse("", &range()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "BRISQUE's model file can't be used: it has no 'svmType'; fetch the model again"
        );
    }
}
