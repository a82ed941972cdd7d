//! Conditions on one image, for rules that say where a scorer runs.
//!
//! They are filters that the image alone decides: its scores, its size, its shape. What a person
//! said of it, where it lies and where it stands among others have no part in them.
//!
//! Must not know: catalogs, scorers.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::domain::query::{Cmp, Expr, Quantity};
use crate::domain::score::ColumnSpec;

use super::parse::{ParseError, parse};

/// Reads a condition. Column keys must be among `columns`.
pub fn condition(text: &str, columns: &[Arc<ColumnSpec>]) -> Result<Expr, ParseError> {
    let expr = parse(text, columns)?;
    let Some(word) = foreign(&expr) else {
        return Ok(expr);
    };
    Err(ParseError {
        text: text.to_owned(),
        at: text.to_ascii_lowercase().find(word).unwrap_or(0),
        message: format!("a rule can't ask for {word}: the image alone must decide it"),
        hint: "compare columns, size, width, height or aspect with numbers".to_owned(),
    })
}

/// The first thing asked for that the image alone doesn't decide.
fn foreign(expr: &Expr) -> Option<&'static str> {
    match expr {
        Expr::And(a, b) | Expr::Or(a, b) => foreign(a).or_else(|| foreign(b)),
        Expr::Not(inner) => foreign(inner),
        Expr::Compare(Quantity::Percentile(_), ..) => Some("percentiles"),
        Expr::Compare(Quantity::Stars, ..) => Some("stars"),
        Expr::Compare(..) | Expr::Has(_) => None,
        Expr::Text(..) => Some("names"),
        Expr::Tag(_) => Some("tag"),
        Expr::Flag(_) => Some("flag"),
        Expr::Is(_) => Some("states"),
    }
}

/// Keys of the columns that a condition reads, each once, in its order.
pub fn columns_of(expr: &Expr) -> Vec<&str> {
    let mut keys = Vec::new();
    gather(expr, &mut keys);
    keys
}

fn gather<'a>(expr: &'a Expr, keys: &mut Vec<&'a str>) {
    match expr {
        Expr::And(a, b) | Expr::Or(a, b) => {
            gather(a, keys);
            gather(b, keys);
        }
        Expr::Not(inner) => gather(inner, keys),
        Expr::Compare(Quantity::Column(key), ..) | Expr::Has(key)
            if !keys.contains(&key.as_str()) =>
        {
            keys.push(key);
        }
        _ => {}
    }
}

/// Whether the condition holds; none where that can't be told.
///
/// `number` gives NaN for what the image has no value of, and none for what is not known yet. A
/// comparison with either can't be told, and an `and` or `or` only where its other side doesn't
/// settle it. So knowing more never changes an answer. Scores are compared as f32, as filters do.
pub fn decide(expr: &Expr, number: &dyn Fn(&Quantity) -> Option<f64>) -> Option<bool> {
    match expr {
        Expr::And(a, b) => either(decide(a, number), decide(b, number), false),
        Expr::Or(a, b) => either(decide(a, number), decide(b, number), true),
        Expr::Not(inner) => decide(inner, number).map(|holds| !holds),
        Expr::Compare(quantity, cmp, x) => {
            let value = number(quantity).filter(|value| !value.is_nan())?;
            Some(match quantity {
                Quantity::Column(_) | Quantity::Percentile(_) | Quantity::Aspect => {
                    holds(value as f32, *cmp, *x as f32)
                }
                _ => holds(value, *cmp, *x),
            })
        }
        Expr::Has(key) => {
            let value = number(&Quantity::Column(key.clone()))?;
            Some(!value.is_nan())
        }
        Expr::Text(..) | Expr::Tag(_) | Expr::Flag(_) | Expr::Is(_) => None,
    }
}

/// `settling` where one side is that; the opposite where both are.
fn either(a: Option<bool>, b: Option<bool>, settling: bool) -> Option<bool> {
    if a == Some(settling) || b == Some(settling) {
        return Some(settling);
    }
    a.and(b)
}

fn holds<N: PartialOrd + Copy>(value: N, cmp: Cmp, x: N) -> bool {
    match cmp {
        Cmp::Lt => value < x,
        Cmp::Le => value <= x,
        Cmp::Gt => value > x,
        Cmp::Ge => value >= x,
        Cmp::Eq => value == x,
        Cmp::Ne => value.partial_cmp(&x).is_some_and(Ordering::is_ne),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::curation::testing::*;
    use crate::curation::{eval, facts::Facts};
    use crate::domain::catalog::Row;

    fn read(text: &str) -> Result<Expr, ParseError> {
        condition(text, &specs())
    }

    fn told(text: &str, focus: Option<f64>, bright: Option<f64>) -> Option<bool> {
        decide(&read(text).unwrap(), &|quantity| match quantity {
            Quantity::Column(key) if key == "focus" => focus,
            Quantity::Column(_) => bright,
            _ => Some(f64::NAN),
        })
    }

    #[test]
    fn only_what_the_image_decides_may_be_asked_for() {
        for good in [
            "focus > 1 and not (width < 64 or has:bright)",
            "aspect >= 16:9",
            "size > 2MB",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        for (bad, at) in [
            ("focus > 1 and stars >= 3", 14),
            ("TAG:x", 0),
            ("focus > 90%", 0),
            ("cat", 0),
            ("is:failed", 0),
            ("flag:pick", 0),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.message.contains("the image alone"), "{bad}: {error}");
            assert_eq!(error.at, at, "{bad}");
        }
        assert_eq!(read("focus > ").unwrap_err().at, 8);
        assert!(read("focsu > 1").unwrap_err().to_string().contains("focus"));
    }

    #[test]
    fn what_is_missing_is_told_only_where_the_rest_settles_it() {
        let nan = Some(f64::NAN);
        assert_eq!(told("focus >= 0.1", Some(0.1), None), Some(true));
        assert_eq!(told("focus >= 0.1", nan, None), None);
        assert_eq!(told("not focus >= 0.1", nan, None), None);
        assert_eq!(
            told("focus < 1 and bright < 1", Some(2.0), None),
            Some(false)
        );
        assert_eq!(told("focus < 1 or bright < 1", None, Some(0.0)), Some(true));
        assert_eq!(told("focus < 1 or bright < 1", nan, Some(2.0)), None);
        assert_eq!(told("has:focus", nan, None), Some(false));
        assert_eq!(told("has:focus", None, None), None);
        assert_eq!(told("width > 5", Some(1.0), None), None);
    }

    #[test]
    fn columns_are_named_once() {
        let expr = read("focus > 1 or has:bright and focus < 9 and width > 3").unwrap();
        assert_eq!(columns_of(&expr), ["focus", "bright"]);
    }

    proptest! {
        /// What is told of an image is what the filter says of its row.
        #[test]
        fn agrees_with_the_filter(made in prop::collection::vec(any_made(), 1..20), expr in any_expr()) {
            let catalog = catalog(&made);
            let mask = eval::eval(&expr, &catalog, &mut Facts::default());
            for row in 0..catalog.len() {
                let number = |quantity: &Quantity| crate::curation::scope::number(&catalog, Row(row as u32), quantity);
                if let Some(told) = decide(&expr, &number) {
                    prop_assert_eq!(told, mask.get(row), "{:?}", expr);
                }
            }
        }
    }
}
