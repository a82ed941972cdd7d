//! Checkpoints in several files, and the index that says which tensor lies in which.
//!
//! The form is Hugging Face's: `{"metadata": …, "weight_map": {"NAME": "FILE", …}}`, in
//! `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
//!
//! Must not know: where files lie, how one is read.

mod map;

use std::collections::BTreeMap;

use super::budget::Budget;
use super::error::{brief, shortened};
use super::found::Found;
use super::{Checkpoint, CheckpointError};

/// What the name of every index ends with.
const ENDING: &str = ".index.json";

/// Which tensor lies in which file.
#[derive(Debug)]
pub struct Index {
    files: Vec<String>,
    /// Position among the files, by the tensor's name.
    places: BTreeMap<String, usize>,
}

impl Index {
    /// Whether a file of this name is an index.
    pub fn is_name(name: &str) -> bool {
        name.len() > ENDING.len() && name.ends_with(ENDING)
    }

    /// Reads an index. Its files are plain names: they lie in its own folder.
    pub fn parse(json: &[u8]) -> Result<Self, CheckpointError> {
        let mut budget = Budget::new(json.len());
        let list = map::read(json, &mut budget)
            // It quotes what it found, however long that is.
            .map_err(|e| broken(shortened(&e.to_string(), 200)))?;
        let mut index = Self {
            files: Vec::new(),
            places: BTreeMap::new(),
        };
        let mut known = BTreeMap::new();
        for (tensor, file) in list {
            if !is_plain(&file) {
                return Err(broken(format!(
                    "it names `{}`, which is no file in its own folder",
                    brief(&file)
                )));
            }
            let place = *known.entry(file.to_string()).or_insert_with(|| {
                index.files.push(file.to_string());
                index.files.len() - 1
            });
            if index.places.insert(tensor.to_string(), place).is_some() {
                return Err(CheckpointError::Duplicate {
                    name: brief(&tensor),
                });
            }
        }
        if index.places.is_empty() {
            return Err(broken("it names no tensor".to_owned()));
        }
        Ok(index)
    }

    /// The files that hold the tensors, in the order in which the index first names them.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// All tensors of the parts, which are [`Self::files`] in their order, as one checkpoint.
    ///
    /// Fails at the first tensor that is not where the index says, or that it doesn't know.
    pub fn join(&self, parts: Vec<Checkpoint>) -> Result<Checkpoint, CheckpointError> {
        let mut kind = None;
        let mut found = Found::default();
        for (place, part) in parts.into_iter().enumerate() {
            for name in part.names() {
                self.check(name, place)?;
            }
            kind.get_or_insert(part.kind);
            found.tensors.extend(part.tensors);
            found.metadata.extend(part.metadata);
        }
        let joined = Checkpoint::new(kind.unwrap_or(super::Kind::Safetensors), found)?;
        let mut all = self.places.iter();
        match all.find(|(name, _)| joined.get(name).is_none()) {
            None => Ok(joined),
            Some((name, place)) => Err(self.stray(*place, name, "is not in it")),
        }
    }

    /// Whether the index says that the tensor lies in this file.
    fn check(&self, name: &str, place: usize) -> Result<(), CheckpointError> {
        match self.places.get(name) {
            Some(said) if *said == place => Ok(()),
            Some(said) => {
                let why = format!("is in it, where the index says {}", brief(self.file(*said)));
                Err(self.stray(place, name, &why))
            }
            None => Err(self.stray(place, name, "is in it, and not in the index")),
        }
    }

    fn file(&self, place: usize) -> &str {
        self.files.get(place).map_or("", String::as_str)
    }

    fn stray(&self, place: usize, tensor: &str, why: &str) -> CheckpointError {
        CheckpointError::Shard {
            file: brief(self.file(place)),
            tensor: brief(tensor),
            why: why.to_owned(),
        }
    }
}

/// Whether a name is that of a file, without a folder, on every system.
fn is_plain(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    (1..=255).contains(&name.len()) && !name.chars().any(odd) && !name.starts_with('.')
}

fn broken(why: String) -> CheckpointError {
    CheckpointError::Index { why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo::checkpoint::{Kind, Tensor};

    fn part(names: &[&str]) -> Checkpoint {
        let tensor = |n: &&str| ((*n).to_owned(), Tensor::from_f32([1], [n.len() as f32]));
        let found = Found {
            tensors: names.iter().map(tensor).collect(),
            metadata: Vec::new(),
        };
        Checkpoint::new(Kind::Safetensors, found).unwrap()
    }

    fn index(pairs: &[(&str, &str)]) -> Result<Index, CheckpointError> {
        let map: Vec<String> = pairs.iter().map(|(n, f)| format!("{n:?}:{f:?}")).collect();
        let json = format!(
            r#"{{"metadata":{{"total_size":1}},"weight_map":{{{}}}}}"#,
            map.join(",")
        );
        Index::parse(json.as_bytes())
    }

    #[test]
    fn parts_become_one() {
        let index = index(&[("a", "1.bin"), ("ccc", "2.bin"), ("bb", "1.bin")]).unwrap();
        assert_eq!(index.files(), ["1.bin", "2.bin"]);
        let joined = index
            .join(vec![part(&["bb", "a"]), part(&["ccc"])])
            .unwrap();
        let names: Vec<_> = joined.names().collect();
        assert_eq!(names, ["bb", "a", "ccc"]);
        assert_eq!(joined.get("ccc").unwrap().to_f32(), [3.0]);
    }

    #[test]
    fn a_shard_that_is_not_as_the_index_says_is_named() {
        let index = index(&[("a", "1.bin"), ("b", "2.bin")]).unwrap();
        let cases: [(&[&str], &[&str], &str); 4] = [
            (&["a"], &[], "tensor `b` is not in it"),
            (
                &["a"],
                &["b", "c"],
                "tensor `c` is in it, and not in the index",
            ),
            (
                &["b"],
                &["a"],
                "tensor `b` is in it, where the index says 2.bin",
            ),
            (
                &["a"],
                &["a", "b"],
                "tensor `a` is in it, where the index says 1.bin",
            ),
        ];
        for (first, second, expected) in cases {
            let error = index.join(vec![part(first), part(second)]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(expected), "{text}");
            assert!(text.contains(".bin"), "{text}");
        }
    }

    #[test]
    fn an_index_stays_in_its_folder() {
        for bad in [
            "../1.bin",
            "/etc/passwd",
            "a/b.bin",
            "..",
            ".hidden",
            "",
            "c:1.bin",
            "a\\b",
            "a\nb",
        ] {
            let error = index(&[("a", bad)]).unwrap_err();
            assert!(
                matches!(error, CheckpointError::Index { .. }),
                "{bad}: {error}"
            );
        }
        assert!(index(&[("a", "model-00001-of-00002.safetensors")]).is_ok());
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"weight_map":[]}"#,
            r#"{"weight_map":{}}"#,
            r#"{"weight_map":{"a":1}}"#,
            r#"{"weight_map":{"a":"1.bin"}"#,
            r#"{"weight_map":{"a":"1.bin"},"weight_map":{"a":"1.bin"}}"#,
        ] {
            assert!(Index::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let twice = index(&[("a", "1.bin"), ("a", "2.bin")]).unwrap_err();
        assert!(
            matches!(twice, CheckpointError::Duplicate { .. }),
            "{twice}"
        );
        assert!(Index::is_name("model.safetensors.index.json"));
        assert!(!Index::is_name(".index.json") && !Index::is_name("config.json"));
    }

    #[test]
    fn a_large_index_is_read_within_its_budget() {
        let entry = |i: usize| format!(r#""{i}":"1""#);
        let many: Vec<String> = (0..400_000).map(entry).collect();
        let json = format!(r#"{{"weight_map":{{{}}}}}"#, many.join(","));
        let error = Index::parse(json.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("memory"), "{error}");
    }
}
