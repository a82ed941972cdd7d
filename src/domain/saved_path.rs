//! A path in JSON and TOML: text where it is UTF-8, else its bytes.

use std::path::{Path, PathBuf};

use serde::{Deserialize as _, Deserializer, Serialize, Serializer};

use crate::base::paths;

#[derive(Serialize, serde::Deserialize)]
#[serde(untagged)]
enum Saved {
    Text(String),
    Bytes(Vec<u8>),
}

pub(crate) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    let saved = match path.to_str() {
        Some(text) => Saved::Text(text.to_owned()),
        None => Saved::Bytes(paths::to_bytes(path)),
    };
    saved.serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    Ok(match Saved::deserialize(from)? {
        Saved::Text(text) => text.into(),
        Saved::Bytes(bytes) => paths::from_bytes(&bytes).into(),
    })
}

/// The same for a list of paths.
pub(crate) mod list {
    use std::path::PathBuf;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct One(#[serde(with = "super")] PathBuf);

    pub(crate) fn serialize<S: Serializer>(paths: &[PathBuf], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(paths.iter().cloned().map(One))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<PathBuf>, D::Error> {
        Ok(Vec::<One>::deserialize(from)?
            .into_iter()
            .map(|One(path)| path)
            .collect())
    }
}
