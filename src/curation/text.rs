//! Text as filters and sorts compare it: case and Unicode composition do not matter.
//!
//! Must not know: rows or columns.

use unicode_normalization::UnicodeNormalization as _;

/// Appends the text composed (NFC) and in lower case; bytes that are not UTF-8 are replaced.
pub(super) fn fold_into(bytes: &[u8], out: &mut String) {
    if bytes.is_ascii() {
        out.extend(bytes.iter().map(|b| b.to_ascii_lowercase() as char));
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    out.extend(text.nfc().flat_map(char::to_lowercase));
}

/// The text composed and in lower case.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text.as_bytes(), &mut out);
    out
}

/// A folded pattern: contained text, or with `*` and `?` a match of the whole text.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Contains(String),
    Whole(Vec<char>),
}

impl Pattern {
    /// A pattern that looks inside the text unless it has wildcards.
    pub(super) fn within(pattern: &str) -> Self {
        if pattern.contains(['*', '?']) {
            return Self::whole(pattern);
        }
        Self::Contains(fold(pattern))
    }

    /// A pattern for the whole text.
    pub(super) fn whole(pattern: &str) -> Self {
        Self::Whole(fold(pattern).chars().collect())
    }

    /// Whether it matches text that is folded already.
    pub(super) fn matches(&self, folded: &str) -> bool {
        match self {
            Self::Contains(part) => folded.contains(part.as_str()),
            Self::Whole(pattern) => glob(pattern, folded),
        }
    }
}

/// `*` is any run of characters, `?` any one; goes back to the last star only, so never exponential.
fn glob(pattern: &[char], text: &str) -> bool {
    let mut rest = text.chars();
    let (mut at, mut star) = (0, None);
    loop {
        let before = rest.clone();
        let next = rest.next();
        match (pattern.get(at), next) {
            (Some('*'), _) => {
                at += 1;
                star = Some((at, before.clone()));
                rest = before;
            }
            (Some(&p), Some(c)) if p == '?' || p == c => at += 1,
            (None, None) => return true,
            _ => {
                let Some((after, mut from)) = star else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                at = after;
                star = Some((after, from.clone()));
                rest = from;
            }
        }
    }
}

/// Appends a key whose byte order is the natural order of the text: `img2` before `img10`.
///
/// A run of digits becomes `0`, its length without leading zeros (at most 255), and the digits.
pub(super) fn natural_key(bytes: &[u8], scratch: &mut String, out: &mut Vec<u8>) {
    scratch.clear();
    fold_into(bytes, scratch);
    let mut rest = scratch.as_bytes();
    while let Some(&first) = rest.first() {
        if !first.is_ascii_digit() {
            out.push(first);
            rest = &rest[1..];
            continue;
        }
        let end = rest.iter().position(|b| !b.is_ascii_digit());
        let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
        let zeros = run.iter().take_while(|&&b| b == b'0').count();
        let digits = &run[zeros..];
        out.extend([b'0', digits.len().min(255) as u8]);
        out.extend_from_slice(digits);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        natural_key(text.as_bytes(), &mut String::new(), &mut out);
        out
    }

    #[test]
    fn numbers_sort_by_value_and_case_is_ignored() {
        let sorted = [
            "a.png", "a1.png", "A2.png", "a002b", "a10.png", "a100", "b", "写真2", "写真10",
        ];
        for pair in sorted.windows(2) {
            assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
        }
        assert_eq!(key("IMG_007"), key("img_7"));
    }

    #[test]
    fn agrees_with_natord_where_there_are_no_leading_zeros() {
        let names = [
            "x9y", "x10", "x1", "abc", "x10a2", "x10a10", "絵3", "絵20", "7", "70",
        ];
        for a in names {
            for b in names {
                assert_eq!(key(a).cmp(&key(b)), natord::compare(a, b), "{a} {b}");
            }
        }
    }

    #[test]
    fn patterns_match_text_in_any_script() {
        let cases = [
            ("cat", "my cat.png", true),
            ("CAT", "my Cat.png", true),
            ("*.png", "夕焼け.PNG", true),
            ("夕?け.*", "夕焼け.png", true),
            ("*.png", "a.jpg", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("か\u{3099}", "めが.png", true),
            ("*", "", true),
            ("?", "", false),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(
                Pattern::within(pattern).matches(&fold(text)),
                want,
                "{pattern} {text}"
            );
        }
        assert!(!Pattern::whole("best").matches("bestest"));
    }
}
