//! Characters of a formula to numbers, words and signs.
//!
//! Must not know: which functions or columns there are.

use crate::curation::parse::Fault;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A number without sign.
    Number(f64),
    /// A function's name, or a column's.
    Word(String),
    /// A column's name that was in quotes.
    Quoted(String),
    /// An operator, parenthesis or comma.
    Sign(&'static str),
}

/// Longest first, so that `<=` is not `<`.
const SIGNS: [&str; 15] = [
    "<=", ">=", "!=", "==", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">", "=",
];

/// Every token with the byte offset of its first character.
pub(super) fn lex(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, len) = next(rest, first, at)?;
        tokens.push((at, token));
        at += len;
    }
    Ok(tokens)
}

/// The token at the start of a text, and its length in bytes.
fn next(rest: &str, first: char, at: usize) -> Result<(Token, usize), Fault> {
    if first.is_ascii_digit() || first == '.' {
        return number(rest, at);
    }
    if begins_word(first) {
        let word = leading(rest, goes_on);
        return Ok((Token::Word(word.to_owned()), word.len()));
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        let end = quoted.find('"').ok_or_else(|| {
            Fault::new(at, "this quote is never closed").hint("quotes stand around a column's key")
        })?;
        let key = quoted.get(..end).unwrap_or_default();
        return Ok((Token::Quoted(key.to_owned()), end + 2));
    }
    match SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        Some(sign) => Ok((Token::Sign(sign), sign.len())),
        None => Err(Fault::new(at, format!("{first} has no meaning here"))
            .hint("put a column's key in \"quotes\" if it has such characters")),
    }
}

/// Whether a word may begin with it.
pub(super) fn begins_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Whether a word may go on with it.
pub(super) fn goes_on(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

fn leading(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Digits with a point, and an exponent if one follows.
fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let mut len = leading(rest, |c| c.is_ascii_digit() || c == '.').len();
    let tail = rest.get(len..).unwrap_or_default();
    if let Some(exponent) = tail.strip_prefix(['e', 'E']) {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let n_digits = leading(digits, |c| c.is_ascii_digit()).len();
        if n_digits > 0 {
            len += 1 + (exponent.len() - digits.len()) + n_digits;
        }
    }
    let text = rest.get(..len).unwrap_or_default();
    let follows = rest.get(len..).and_then(|tail| tail.chars().next());
    match text.parse() {
        Ok(value) if !follows.is_some_and(goes_on) => Ok((Token::Number(value), len)),
        _ => Err(Fault::new(at, "this is no number")
            .hint("put a column's key in \"quotes\" if it begins with a digit")),
    }
}
