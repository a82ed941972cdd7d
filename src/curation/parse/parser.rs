//! Tokens to an expression, by recursive descent.
//!
//! Must not know: what fields and units there are.

use std::sync::Arc;

use crate::domain::query::{Cmp, Expr, Quantity};
use crate::domain::score::ColumnSpec;

use super::Fault;
use super::lexer::{Spot, Token, lex};
use super::terms::{self, Number, Unit};

/// Parentheses and `not`s inside each other; more could exhaust the stack.
const MAX_DEPTH: usize = 64;
/// Terms of one expression, for the same reason.
const MAX_TERMS: usize = 1000;

/// Reads the whole text.
pub(super) fn parse(text: &str, columns: &[Arc<ColumnSpec>]) -> Result<Expr, Fault> {
    let mut parser = Parser {
        spots: lex(text)?,
        next: 0,
        end: text.len(),
        columns,
        depth: 0,
        terms: 0,
    };
    if parser.spots.is_empty() {
        return Err(Fault::new(0, "the filter is empty").hint("for example focus_measure > 100"));
    }
    let expr = parser.any_of()?;
    match parser.spots.get(parser.next) {
        None => Ok(expr),
        Some(spot) => Err(Fault::new(spot.at, "this ) has no ( before it")),
    }
}

struct Parser<'a> {
    spots: Vec<Spot>,
    next: usize,
    /// Length of the text: where something is missing at its end.
    end: usize,
    columns: &'a [Arc<ColumnSpec>],
    depth: usize,
    terms: usize,
}

/// One side of a comparison.
enum Operand {
    Quantity(Quantity),
    Number(Number),
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.spots.get(self.next).map(|spot| &spot.token)
    }

    /// Where the next token is.
    fn place(&self) -> usize {
        self.spots.get(self.next).map_or(self.end, |spot| spot.at)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word))
    }

    /// Goes past the token or keyword if it is next.
    fn accept(&mut self, token: &Token, word: &str) -> bool {
        let found = self.peek() == Some(token) || !word.is_empty() && self.is_word(word);
        self.next += usize::from(found);
        found
    }

    fn any_of(&mut self) -> Result<Expr, Fault> {
        let mut expr = self.all_of()?;
        while self.accept(&Token::Or, "or") {
            expr = Expr::Or(Box::new(expr), Box::new(self.all_of()?));
        }
        Ok(expr)
    }

    fn all_of(&mut self) -> Result<Expr, Fault> {
        let mut expr = self.not()?;
        loop {
            let said = self.accept(&Token::And, "and");
            let over =
                matches!(self.peek(), None | Some(Token::Close | Token::Or)) || self.is_word("or");
            if !said && over {
                return Ok(expr);
            }
            expr = Expr::And(Box::new(expr), Box::new(self.not()?));
        }
    }

    fn not(&mut self) -> Result<Expr, Fault> {
        if self.depth == MAX_DEPTH || self.terms == MAX_TERMS {
            return Err(Fault::new(self.place(), "the filter is too long")
                .hint("split it into several rules"));
        }
        self.depth += 1;
        let expr = if self.accept(&Token::Not, "not") {
            self.not().map(|inner| Expr::Not(Box::new(inner)))
        } else {
            self.terms += 1;
            self.term()
        };
        self.depth -= 1;
        expr
    }

    fn term(&mut self) -> Result<Expr, Fault> {
        let Some(spot) = self.spots.get(self.next).cloned() else {
            return Err(Fault::new(self.end, "something is missing at the end"));
        };
        match spot.token {
            Token::Open => self.group(spot.at),
            Token::Field(name, value) => {
                self.next += 1;
                terms::field((&name, spot.at), (&value, spot.value_at), self.columns)
            }
            Token::Word(word) => self.word(&word, spot.at),
            Token::Quoted(text) => {
                let compared = matches!(self.after(1), Some(Token::Cmp(_)))
                    || matches!(self.after(1), Some(Token::Word(w)) if w.eq_ignore_ascii_case("between"));
                if compared {
                    return self.comparison();
                }
                self.next += 1;
                Ok(name_has(text))
            }
            Token::Cmp(_) => Err(Fault::new(spot.at, "a column is missing before this")),
            Token::Close | Token::And | Token::Or | Token::Not => {
                Err(Fault::new(spot.at, "a condition is missing here"))
            }
        }
    }

    fn after(&self, n: usize) -> Option<&Token> {
        self.spots.get(self.next + n).map(|spot| &spot.token)
    }

    fn group(&mut self, open: usize) -> Result<Expr, Fault> {
        self.next += 1;
        let expr = self.any_of()?;
        if self.accept(&Token::Close, "") {
            Ok(expr)
        } else {
            Err(Fault::new(open, "this ( is never closed"))
        }
    }

    /// A comparison, or a word to look for in names.
    fn word(&mut self, word: &str, at: usize) -> Result<Expr, Fault> {
        if ["and", "or"].contains(&word.to_lowercase().as_str()) {
            return Err(Fault::new(
                at,
                format!("a condition is missing before \"{word}\""),
            ));
        }
        let percentile = is_percentile(word) && self.after(1) == Some(&Token::Open);
        let unit = usize::from(
            matches!(self.after(1), Some(Token::Word(w)) if terms::number(word).is_some() && terms::byte_unit(w).is_some()),
        );
        let compared = matches!(self.after(1 + unit), Some(Token::Cmp(_)))
            || matches!(self.after(1), Some(Token::Word(w)) if w.eq_ignore_ascii_case("between"));
        if percentile || compared {
            return self.comparison();
        }
        self.next += 1;
        if terms::quantity(word, self.columns).is_some() {
            return Err(
                Fault::new(self.place(), "a comparison is missing here").hint(format!(
                    "for example {word} >= 1; or name:{word} to look for the name"
                )),
            );
        }
        Ok(name_has(word.to_owned()))
    }

    /// `a < b`, `a < b <= c`, `a between b and c`.
    fn comparison(&mut self) -> Result<Expr, Fault> {
        let mut left_at = self.place();
        let mut left = self.operand()?;
        if self.accept_between() {
            return self.between(left, left_at);
        }
        let mut all: Option<Expr> = None;
        while let Some(Token::Cmp(cmp)) = self.peek() {
            let cmp = *cmp;
            self.next += 1;
            let right_at = self.place();
            let right = self.operand()?;
            let one = match (&left, &right) {
                (Operand::Quantity(quantity), Operand::Number(number)) => {
                    terms::comparison(quantity.clone(), cmp, *number, right_at)?
                }
                (Operand::Number(number), Operand::Quantity(quantity)) => {
                    terms::comparison(quantity.clone(), mirrored(cmp), *number, left_at)?
                }
                (Operand::Number(_), Operand::Number(_)) => {
                    return Err(Fault::new(left_at, "one side must be a column"));
                }
                (Operand::Quantity(_), Operand::Quantity(_)) => {
                    return Err(Fault::new(right_at, "a number must stand here")
                        .hint("columns can be compared with numbers only"));
                }
            };
            all = Some(match all {
                Some(before) => Expr::And(Box::new(before), Box::new(one)),
                None => one,
            });
            (left, left_at) = (right, right_at);
        }
        all.ok_or_else(|| Fault::new(self.place(), "a comparison is missing here"))
    }

    fn accept_between(&mut self) -> bool {
        let found = self.is_word("between");
        self.next += usize::from(found);
        found
    }

    fn between(&mut self, left: Operand, left_at: usize) -> Result<Expr, Fault> {
        let Operand::Quantity(quantity) = left else {
            return Err(Fault::new(
                left_at,
                "a column must stand before \"between\"",
            ));
        };
        let low_at = self.place();
        let low = self.number()?;
        if !self.accept(&Token::And, "and") {
            return Err(Fault::new(self.place(), "\"and\" is missing here")
                .hint("for example brightness between 100 and 200"));
        }
        let high_at = self.place();
        let high = self.number()?;
        let low = terms::comparison(quantity.clone(), Cmp::Ge, low, low_at)?;
        let high = terms::comparison(quantity, Cmp::Le, high, high_at)?;
        Ok(Expr::And(Box::new(low), Box::new(high)))
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let at = self.place();
        match self.operand()? {
            Operand::Number(number) => Ok(number),
            Operand::Quantity(_) => Err(Fault::new(at, "a number must stand here")),
        }
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        let at = self.place();
        let token = self.peek().cloned();
        self.next += 1;
        match token {
            Some(Token::Word(word))
                if is_percentile(&word) && self.peek() == Some(&Token::Open) =>
            {
                self.percentile()
            }
            Some(Token::Word(word)) => self.plain_operand(&word, at),
            Some(Token::Quoted(key)) => {
                let key = terms::known_column(&key, at, self.columns)?;
                Ok(Operand::Quantity(Quantity::Column(key)))
            }
            _ => Err(Fault::new(at, "a number or a column is missing here")),
        }
    }

    fn plain_operand(&mut self, word: &str, at: usize) -> Result<Operand, Fault> {
        if word.eq_ignore_ascii_case("nan") {
            return Err(Fault::new(at, "nothing can be compared with NaN")
                .hint("has:column asks whether there is a value"));
        }
        if let Some(mut number) = terms::number(word) {
            let unit = match self.peek() {
                Some(Token::Word(unit)) if number.unit == Unit::None => terms::byte_unit(unit),
                _ => None,
            };
            if let Some(bytes) = unit {
                self.next += 1;
                number.value *= bytes;
                number.unit = Unit::Bytes;
            }
            return Ok(Operand::Number(number));
        }
        if let Some(quantity) = terms::quantity(word, self.columns) {
            return Ok(Operand::Quantity(quantity));
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Fault::new(at, format!("\"{word}\" is no number"))
                .hint("units: kB MB GB KiB MiB GiB for size, px, %, 16:9 for aspect"));
        }
        terms::known_column(word, at, self.columns)
            .map(|key| Operand::Quantity(Quantity::Column(key)))
    }

    /// The `(column)` after `pct`.
    fn percentile(&mut self) -> Result<Operand, Fault> {
        self.next += 1;
        let at = self.place();
        let Some(Token::Word(key) | Token::Quoted(key)) = self.peek().cloned() else {
            return Err(
                Fault::new(at, "a column is missing here").hint("for example pct(laion) >= 90")
            );
        };
        let key = terms::known_column(&key, at, self.columns)?;
        self.next += 1;
        if !self.accept(&Token::Close, "") {
            return Err(Fault::new(self.place(), "a ) is missing here"));
        }
        Ok(Operand::Quantity(Quantity::Percentile(key)))
    }
}

fn name_has(text: String) -> Expr {
    Expr::Text(crate::domain::query::TextField::Name, text)
}

fn is_percentile(word: &str) -> bool {
    word.eq_ignore_ascii_case("pct") || word.eq_ignore_ascii_case("percentile")
}

/// `a < b` as `b > a`.
fn mirrored(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Lt => Cmp::Gt,
        Cmp::Le => Cmp::Ge,
        Cmp::Gt => Cmp::Lt,
        Cmp::Ge => Cmp::Le,
        same @ (Cmp::Eq | Cmp::Ne) => same,
    }
}
