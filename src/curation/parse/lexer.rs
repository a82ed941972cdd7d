//! Characters to words, numbers' texts, operators and `field:value` terms.
//!
//! Must not know: which fields or columns there are.

use crate::domain::query::Cmp;

use super::Fault;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Not,
    /// A comparison operator.
    Cmp(Cmp),
    /// Anything without a meaning yet: keyword, key, number, or text to look for.
    Word(String),
    /// Text in quotes, without them.
    Quoted(String),
    /// `field:value`; the value without its quotes.
    Field(String, String),
}

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    /// Byte offset of its first character.
    pub(super) at: usize,
    /// Byte offset of its value, for [`Token::Field`]; else as `at`.
    pub(super) value_at: usize,
    /// The token.
    pub(super) token: Token,
}

const OPERATORS: [(&str, Token); 14] = [
    ("(", Token::Open),
    (")", Token::Close),
    ("&&", Token::And),
    ("||", Token::Or),
    ("<=", Token::Cmp(Cmp::Le)),
    (">=", Token::Cmp(Cmp::Ge)),
    ("!=", Token::Cmp(Cmp::Ne)),
    ("==", Token::Cmp(Cmp::Eq)),
    ("≤", Token::Cmp(Cmp::Le)),
    ("≥", Token::Cmp(Cmp::Ge)),
    ("≠", Token::Cmp(Cmp::Ne)),
    ("<", Token::Cmp(Cmp::Lt)),
    (">", Token::Cmp(Cmp::Gt)),
    ("=", Token::Cmp(Cmp::Eq)),
];

/// Every token of the text.
pub(super) fn lex(text: &str) -> Result<Vec<Spot>, Fault> {
    let mut spots = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (spot, end) = next(text, at, c)?;
        spots.push(spot);
        at = end;
    }
    Ok(spots)
}

fn next(text: &str, at: usize, first: char) -> Result<(Spot, usize), Fault> {
    let rest = &text[at..];
    let spot = |token, value_at| Spot {
        at,
        value_at,
        token,
    };
    if let Some((sign, token)) = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Ok((spot(token.clone(), at), at + sign.len()));
    }
    if first == '!' {
        return Ok((spot(Token::Not, at), at + 1));
    }
    if first == '"' {
        let (quoted, end) = quoted(text, at)?;
        return Ok((spot(Token::Quoted(quoted), at), end));
    }
    if let Some(colon) = field_end(rest) {
        let value_at = at + colon + 1;
        let (value, end) = value(text, value_at)?;
        let field = Token::Field(rest[..colon].to_owned(), value);
        return Ok((spot(field, value_at), end));
    }
    let end = rest.find(ends_word).unwrap_or(rest.len());
    if end == 0 {
        return Err(Fault::new(at, format!("{first} has no meaning here"))
            .hint("combine with and, or, not; put text in \"quotes\""));
    }
    Ok((spot(Token::Word(rest[..end].to_owned()), at), at + end))
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "()<>=!&|\"≤≥≠".contains(c)
}

/// Where the `:` of a `field:` is: after letters only, so that `16:9` is none.
fn field_end(rest: &str) -> Option<usize> {
    let end = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_')?;
    (end > 0 && rest[end..].starts_with(':')).then_some(end)
}

/// A field's value: in quotes, or up to a space or a parenthesis that it did not open.
fn value(text: &str, at: usize) -> Result<(String, usize), Fault> {
    if text[at..].starts_with('"') {
        return quoted(text, at);
    }
    let mut depth = 0;
    let mut end = text.len();
    for (i, c) in text[at..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' => {
                end = at + i;
                break;
            }
            c if c.is_whitespace() => {
                end = at + i;
                break;
            }
            _ => {}
        }
    }
    if end == at {
        return Err(Fault::new(at, "a value is missing after the colon"));
    }
    Ok((text[at..end].to_owned(), end))
}

/// Text from a quote to the next; `\"` and `\\` stand for themselves.
fn quoted(text: &str, at: usize) -> Result<(String, usize), Fault> {
    let mut out = String::new();
    let mut chars = text[at + 1..].char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((out, at + 1 + i + 1)),
            '\\' => match chars.next_if(|(_, c)| matches!(c, '"' | '\\')) {
                Some((_, escaped)) => out.push(escaped),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    Err(Fault::new(at, "this quote is never closed").hint("add a \" at the end of the text"))
}
