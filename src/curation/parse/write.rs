//! Expressions back to text that parses to the same.
//!
//! Must not know: which columns there are.

use crate::domain::query::{Cmp, Expr, Quantity, State, TextField};

use super::terms::{KEYWORDS, built_in};

/// The expression in the filter language; parsing it gives the same expression.
///
/// A comparison with NaN, which no text can say, becomes one that no row passes either.
pub fn to_text(expr: &Expr) -> String {
    write(expr, Level::Or)
}

/// How tightly the surroundings bind; looser expressions need parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Or,
    And,
    Not,
}

fn write(expr: &Expr, around: Level) -> String {
    let wrap = |level: Level, text: String| {
        if level < around {
            format!("({text})")
        } else {
            text
        }
    };
    match expr {
        Expr::Or(a, b) => {
            let text = format!("{} or {}", write(a, Level::Or), write(b, Level::And));
            wrap(Level::Or, text)
        }
        Expr::And(a, b) => {
            let text = format!("{} and {}", write(a, Level::And), write(b, Level::Not));
            wrap(Level::And, text)
        }
        Expr::Not(inner) => format!("not {}", write(inner, Level::Not)),
        Expr::Compare(quantity, cmp, x) => compare(quantity, *cmp, *x),
        Expr::Text(TextField::Name, text) => format!("name:{}", value(text)),
        Expr::Text(TextField::Path, text) => format!("path:{}", value(text)),
        Expr::Text(TextField::Folder, text) => format!("folder:{}", value(text)),
        Expr::Tag(tag) => format!("tag:{}", value(tag)),
        Expr::Flag(flag) => format!("flag:{}", flag.name()),
        Expr::Is(State::FailedAt(stage)) => format!("failed:{}", stage.name()),
        Expr::Is(State::Unscored) => "is:unscored".to_owned(),
        Expr::Is(State::Scored) => "is:scored".to_owned(),
        Expr::Is(State::Failed) => "is:failed".to_owned(),
        Expr::Is(State::Offline) => "is:offline".to_owned(),
        Expr::Has(key) => format!("has:{}", value(key)),
    }
}

fn compare(quantity: &Quantity, cmp: Cmp, x: f64) -> String {
    let cmp = match cmp {
        Cmp::Lt => "<",
        Cmp::Le => "<=",
        Cmp::Gt => ">",
        Cmp::Ge => ">=",
        Cmp::Eq => "=",
        Cmp::Ne => "!=",
    };
    let quantity = match quantity {
        Quantity::Column(key) => column(key),
        Quantity::Percentile(key) => format!("pct({})", column(key)),
        Quantity::Stars => "stars".to_owned(),
        Quantity::Size => "size".to_owned(),
        Quantity::Width => "width".to_owned(),
        Quantity::Height => "height".to_owned(),
        Quantity::Aspect => "aspect".to_owned(),
    };
    if x.is_nan() {
        return format!("({quantity} > inf and {quantity} < -inf)");
    }
    format!("{quantity} {cmp} {x}")
}

/// A column key, in quotes unless it reads as nothing else.
fn column(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    let lower = key.to_lowercase();
    let taken = KEYWORDS.contains(&lower.as_str()) || built_in(&lower).is_some();
    if plain && !taken {
        key.to_owned()
    } else {
        quote(key)
    }
}

/// A field's value, in quotes where needed.
fn value(text: &str) -> String {
    let odd = |c: char| c.is_whitespace() || "()\"\\".contains(c);
    if text.is_empty() || text.contains(odd) {
        quote(text)
    } else {
        text.to_owned()
    }
}

fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
