//! The functions and operators of formulas, on numbers.
//!
//! Must not know: texts, columns.

/// What stands between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

impl Operator {
    /// The comparison that a sign stands for.
    pub(super) fn comparison(sign: &str) -> Option<Self> {
        Some(match sign {
            "<" => Self::Less,
            "<=" => Self::LessEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterEqual,
            "=" | "==" => Self::Equal,
            "!=" => Self::NotEqual,
            _ => return None,
        })
    }

    /// Its value; a comparison gives 1 or 0, and NaN where a side is NaN.
    pub(super) fn apply(self, a: f64, b: f64) -> f64 {
        let truth = |holds: bool| {
            if a.is_nan() || b.is_nan() {
                f64::NAN
            } else {
                f64::from(u8::from(holds))
            }
        };
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Power => power(a, b),
            Self::Less => truth(a < b),
            Self::LessEqual => truth(a <= b),
            Self::Greater => truth(a > b),
            Self::GreaterEqual => truth(a >= b),
            Self::Equal => truth(a == b),
            Self::NotEqual => truth(a != b),
        }
    }
}

/// As `powf`, but a missing value stays missing: not `NaN ^ 0 = 1`.
fn power(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.powf(b)
    }
}

/// What stands before a list of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Min,
    Max,
    Abs,
    Sqrt,
    Ln,
    Exp,
    Clamp,
    If,
    Coalesce,
    /// Arithmetic mean.
    Mean,
    /// Geometric mean.
    Gmean,
    /// Quadratic mean.
    Qmean,
    /// Arithmetic mean of weight, value, weight, value, …
    Wmean,
    /// Geometric mean of the same.
    Wgmean,
    /// Quadratic mean of the same.
    Wqmean,
}

/// How many values a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Exactly(usize),
    Any,
    /// Weights and values in turn.
    Pairs,
}

impl Function {
    /// Every function by name, with what it takes and how it is written.
    pub(super) const ALL: [(&'static str, Self, Takes, &'static str); 15] = [
        ("min", Self::Min, Takes::Any, "min(a, b, …)"),
        ("max", Self::Max, Takes::Any, "max(a, b, …)"),
        ("abs", Self::Abs, Takes::Exactly(1), "abs(a)"),
        ("sqrt", Self::Sqrt, Takes::Exactly(1), "sqrt(a)"),
        ("ln", Self::Ln, Takes::Exactly(1), "ln(a)"),
        ("exp", Self::Exp, Takes::Exactly(1), "exp(a)"),
        (
            "clamp",
            Self::Clamp,
            Takes::Exactly(3),
            "clamp(a, low, high)",
        ),
        ("if", Self::If, Takes::Exactly(3), "if(a > b, then, else)"),
        ("coalesce", Self::Coalesce, Takes::Any, "coalesce(a, b, …)"),
        ("mean", Self::Mean, Takes::Any, "mean(a, b, …)"),
        ("gmean", Self::Gmean, Takes::Any, "gmean(a, b, …)"),
        ("qmean", Self::Qmean, Takes::Any, "qmean(a, b, …)"),
        ("wmean", Self::Wmean, Takes::Pairs, "wmean(2, a, 1, b, …)"),
        (
            "wgmean",
            Self::Wgmean,
            Takes::Pairs,
            "wgmean(2, a, 1, b, …)",
        ),
        (
            "wqmean",
            Self::Wqmean,
            Takes::Pairs,
            "wqmean(2, a, 1, b, …)",
        ),
    ];

    /// Its value for one row.
    pub(super) fn apply(self, values: &[f64]) -> f64 {
        if self == Self::Coalesce {
            let known = values.iter().copied().find(|value| !value.is_nan());
            return known.unwrap_or(f64::NAN);
        }
        if let (Self::If, &[condition, then, other]) = (self, values) {
            return choose(condition, then, other);
        }
        if values.iter().any(|value| value.is_nan()) {
            return f64::NAN;
        }
        let mean =
            |to: fn(f64) -> f64| values.iter().map(|&x| to(x)).sum::<f64>() / values.len() as f64;
        match (self, values) {
            (Self::Min, _) => values.iter().copied().fold(f64::INFINITY, f64::min),
            (Self::Max, _) => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            (Self::Abs, &[a]) => a.abs(),
            (Self::Sqrt, &[a]) => a.sqrt(),
            (Self::Ln, &[a]) => a.ln(),
            (Self::Exp, &[a]) => a.exp(),
            (Self::Clamp, &[a, low, high]) => a.max(low).min(high),
            (Self::Mean, _) => mean(|x| x),
            (Self::Gmean, _) => mean(f64::ln).exp(),
            (Self::Qmean, _) => mean(|x| x * x).sqrt(),
            (Self::Wmean, _) => weighted(values, |x| x),
            (Self::Wgmean, _) => weighted(values, f64::ln).exp(),
            (Self::Wqmean, _) => weighted(values, |x| x * x).sqrt(),
            _ => f64::NAN,
        }
    }
}

fn choose(condition: f64, then: f64, other: f64) -> f64 {
    if condition.is_nan() {
        f64::NAN
    } else if condition == 0.0 {
        other
    } else {
        then
    }
}

/// Σ w·f(x) / Σ w of weights and values in turn; what has no weight counts for nothing.
fn weighted(values: &[f64], to: impl Fn(f64) -> f64) -> f64 {
    let (pairs, _rest) = values.as_chunks::<2>();
    let (mut sum, mut weights) = (0.0, 0.0);
    for &[weight, value] in pairs {
        if weight != 0.0 {
            sum += weight * to(value);
            weights += weight;
        }
    }
    sum / weights
}
