//! Tags that a tagger saw: which of them count, and how they are written.
//!
//! Must not know: where tags come from or are kept.

use crate::domain::detail::{TagKind, TagShare};

/// Faces made of signs that are longer than three; their underlines are eyes and mouths.
const FACES: [&str; 4] = ["(o)_(o)", "<o>_<o>", "<|>_<|>", "||_||"];

/// The tags that count, whose shares are above a threshold: characters, then general tags, each the
/// largest share first. Ratings are left out.
///
/// Shares are compared in f32, as SmilingWolf's code does.
pub fn counting(tags: &[TagShare], general: f64, character: f64) -> Vec<&TagShare> {
    let counts = |tag: &&TagShare| match tag.kind {
        TagKind::Rating => false,
        TagKind::Character => tag.share > character as f32,
        TagKind::General => tag.share > general as f32,
    };
    let mut found: Vec<&TagShare> = tags.iter().filter(counts).collect();
    found.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.share.total_cmp(&a.share)));
    found
}

/// A tag in words: spaces for underlines, but in faces, as kohya's script
/// `tag_images_by_wd14_tagger.py` has it.
pub fn words(tag: &str) -> String {
    let tag = tag.trim();
    if tag.chars().count() <= 3 || FACES.contains(&tag) {
        return tag.to_owned();
    }
    tag.replace('_', " ")
}

/// One line as training programs read it: tags in words, separated by commas, their parentheses
/// escaped, for those programs weigh words by bare ones.
pub fn caption(tags: &[&TagShare]) -> String {
    let escaped = |tag: &&TagShare| {
        let mut text = String::new();
        for c in words(&tag.tag).chars() {
            if matches!(c, '(' | ')' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text
    };
    let tags: Vec<String> = tags.iter().map(escaped).collect();
    tags.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str, kind: TagKind, share: f32) -> TagShare {
        TagShare {
            tag: name.into(),
            kind,
            share,
        }
    }

    #[test]
    fn characters_come_first_and_weak_tags_not_at_all() {
        let tags = [
            tag("sensitive", TagKind::Rating, 0.9),
            tag("1girl", TagKind::General, 0.99),
            tag("sky", TagKind::General, 0.35),
            tag("long_hair", TagKind::General, 0.995),
            tag("rem_(re:zero)", TagKind::Character, 0.86),
            tag("skadi_(arknights)", TagKind::Character, 0.9),
            tag("miku", TagKind::Character, 0.8),
        ];
        let counting = counting(&tags, 0.35, 0.85);
        let names: Vec<&str> = counting.iter().map(|tag| &*tag.tag).collect();
        assert_eq!(
            names,
            ["skadi_(arknights)", "rem_(re:zero)", "long_hair", "1girl"]
        );
        assert_eq!(
            caption(&counting),
            r"skadi \(arknights\), rem \(re:zero\), long hair, 1girl"
        );
    }

    #[test]
    fn faces_keep_their_underlines() {
        for (tag, written) in [
            ("o_o", "o_o"),
            (">_<", ">_<"),
            ("||_||", "||_||"),
            ("(o)_(o)", "(o)_(o)"),
            ("long_hair", "long hair"),
            ("x_y_z", "x y z"),
        ] {
            assert_eq!(words(tag), written);
        }
        let face = tag("(o)_(o)", TagKind::General, 1.0);
        assert_eq!(caption(&[&face]), r"\(o\)_\(o\)");
        let slash = tag(r"a\b", TagKind::General, 1.0);
        assert_eq!(caption(&[&slash]), r"a\\b");
        assert_eq!(caption(&[]), "");
    }
}
