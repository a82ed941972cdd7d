//! Tags of a picture from the shares that a tagger gives, by the table of its tags.
//!
//! Tables are those of SmilingWolf's taggers: `selected_tags.csv` with the columns `name` and
//! `category`, a line a number of the answer. Category 9 are ratings, 0 general tags and 4
//! characters; others are left out.
//!
//! Must not know: manifests, files, how tags are written.

use std::sync::Arc;

use crate::domain::detail::{TagKind, TagShare};

/// Bytes that a table may have.
const MAX_BYTES: usize = 16 << 20;
/// Lines that a table may have.
const MAX_TAGS: usize = 200_000;
/// Letters of a tag that are kept.
const MAX_LETTERS: usize = 200;

/// What each number of a tagger's answer is the share of.
#[derive(Debug, Clone, PartialEq)]
pub struct TagTable {
    /// Name and kind, none for kinds that are left out.
    tags: Vec<(Arc<str>, Option<TagKind>)>,
}

/// Shares above which a tag counts, compared in f32 as the original does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// For general tags.
    pub general: f64,
    /// For characters.
    pub character: f64,
}

impl TagTable {
    /// From the text of a table.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err("it is too large to be a table of tags".to_owned());
        }
        let mut reader = csv::Reader::from_reader(text);
        let header = reader.headers().map_err(|error| error.to_string())?;
        let at = |name: &str| {
            let place = header.iter().position(|header| header.trim() == name);
            place.ok_or(format!("it has no column `{name}`"))
        };
        let (name, category) = (at("name")?, at("category")?);
        let mut tags = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|error| error.to_string())?;
            let cell = |at: usize| row.get(at).unwrap_or_default().trim();
            let kind = match cell(category) {
                "9" => Some(TagKind::Rating),
                "4" => Some(TagKind::Character),
                "0" => Some(TagKind::General),
                _ => None,
            };
            let letters = cell(name).chars().filter(|c| !c.is_control());
            let name: String = letters.take(MAX_LETTERS).collect();
            tags.push((name.into(), kind));
            if tags.len() > MAX_TAGS {
                return Err(format!("it has more than {MAX_TAGS} tags"));
            }
        }
        if tags.is_empty() {
            return Err("it has no tags".to_owned());
        }
        Ok(Self { tags })
    }

    /// Numbers of an answer.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there is no tag; a table that was read has some.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Ratings in it.
    pub fn n_ratings(&self) -> usize {
        let kinds = self.tags.iter().map(|(_, kind)| *kind);
        kinds.filter(|kind| *kind == Some(TagKind::Rating)).count()
    }

    /// The number of general tags and characters above their threshold, then the share of each
    /// rating in the order of the table. NaN where the answer is of another length or holds a NaN.
    pub fn values(&self, shares: &[f32], thresholds: Thresholds) -> Vec<f64> {
        if shares.len() != self.len() || shares.iter().any(|share| share.is_nan()) {
            return vec![f64::NAN; 1 + self.n_ratings()];
        }
        let mut values = vec![0.0];
        for ((_, kind), &share) in self.tags.iter().zip(shares) {
            match kind {
                Some(TagKind::Rating) => values.push(f64::from(share)),
                Some(kind) if share > thresholds.of(*kind) as f32 => values[0] += 1.0,
                _ => {}
            }
        }
        values
    }

    /// The tags with at least this share and all ratings, by kind, the largest share first.
    pub fn tags(&self, shares: &[f32], floor: f64) -> Vec<TagShare> {
        let tag = |((name, kind), share): (&(Arc<str>, Option<TagKind>), &f32)| {
            let kind = (*kind)?;
            let counts = kind == TagKind::Rating || f64::from(*share) >= floor;
            counts.then(|| TagShare {
                tag: Arc::clone(name),
                kind,
                share: *share,
            })
        };
        let mut tags: Vec<TagShare> = self.tags.iter().zip(shares).filter_map(tag).collect();
        tags.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.share.total_cmp(&a.share)));
        tags
    }
}

impl Thresholds {
    /// Above which share a tag of that kind counts; every rating does.
    pub fn of(self, kind: TagKind) -> f64 {
        match kind {
            TagKind::Rating => 0.0,
            TagKind::Character => self.character,
            TagKind::General => self.general,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "tag_id,name,category,count\n\
        9999999,general,9,100\n9999998,explicit,9,5\n\
        1,1girl,0,50\n2,long_hair,0,40\n3,\"a,b\",1,3\n4,skadi_(arknights),4,7\n";

    #[test]
    fn ratings_are_numbers_and_tags_are_counted() {
        let table = TagTable::parse(TABLE.as_bytes()).unwrap();
        assert_eq!((table.len(), table.n_ratings()), (6, 2));
        let shares = [0.9, 0.1, 0.35, 0.5, 1.0, 0.8];
        let thresholds = |general, character| Thresholds { general, character };
        let count = |t| table.values(&shares, t)[0];
        assert_eq!(count(thresholds(0.4, 0.85)), 1.0);
        assert_eq!(count(thresholds(0.3, 0.75)), 3.0);
        let values = table.values(&shares, thresholds(0.4, 0.85));
        assert_eq!(values[1..], [f64::from(0.9_f32), f64::from(0.1_f32)]);
        let short = table.values(&shares[1..], thresholds(0.4, 0.85));
        assert!(short.len() == 3 && short.iter().all(|v| v.is_nan()));
        let broken = table.values(&[0.9, 0.1, 0.35, f32::NAN, 1.0, 0.8], thresholds(0.4, 0.85));
        assert!(broken.len() == 3 && broken.iter().all(|v| v.is_nan()));
    }

    #[test]
    fn a_share_at_its_threshold_does_not_count() {
        let table = TagTable::parse(TABLE.as_bytes()).unwrap();
        let thresholds = Thresholds {
            general: 0.35,
            character: 0.85,
        };
        assert_eq!(
            table.values(&[0.0, 0.0, 0.35, 0.5, 0.0, 0.85], thresholds)[0],
            1.0
        );
    }

    #[test]
    fn tags_come_by_kind_and_share() {
        let table = TagTable::parse(TABLE.as_bytes()).unwrap();
        let tags = table.tags(&[0.05, 0.9, 0.3, 0.5, 1.0, 0.8], 0.1);
        let names: Vec<&str> = tags.iter().map(|tag| &*tag.tag).collect();
        assert_eq!(
            names,
            [
                "explicit",
                "general",
                "skadi_(arknights)",
                "long_hair",
                "1girl"
            ]
        );
        assert_eq!(table.tags(&[0.0; 6], 0.1).len(), 2, "the ratings stay");
    }

    #[test]
    fn hostile_tables_do_no_harm() {
        for text in ["", "a,b\n1,2\n", "name,category\n", "name,category\n\"x\n"] {
            assert!(TagTable::parse(text.as_bytes()).is_err(), "{text}");
        }
        let odd = TagTable::parse(b"category,name\n0,\x1b[31mred\nx,y\n").unwrap();
        assert_eq!(&*odd.tags[0].0, "[31mred");
        assert_eq!(odd.tags[1].1, None);
        assert!(TagTable::parse(b"name,category\n\xff\xfe,0\n").is_err());
        let many = "name,category\n".to_owned() + &"x,0\n".repeat(MAX_TAGS + 1);
        assert!(TagTable::parse(many.as_bytes()).is_err());
    }
}
