//! What scorers found in an image beside numbers: told, listed, drawn into a file.

use std::path::Path;

use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use crate::base::Problem;
use crate::domain::catalog::{Catalog, Row};
use crate::domain::detail::{Detail, KeyPoint, TagShare};
use crate::domain::image::ContentHash;
use crate::zoo::manifest::{Colours, Manifest};

use super::core::Core;
use super::decode::{self, Limits};
use super::{overlay, read, scan};

/// Why an overlay can't lie on a picture.
const CHANGED: &str = "the file changed since it was scored";

/// A list that a scorer fills.
pub(super) struct ListName {
    /// Key of the scorer.
    scorer: String,
    /// Its name in exports.
    name: String,
}

impl Core {
    /// What scorers found in an image, by key, of the upright image.
    ///
    /// Fails where the file is no longer the one that the catalog knows.
    pub fn details(&self, catalog: &Catalog, row: Row) -> Result<Vec<(String, Detail)>, Problem> {
        require_same(catalog, row)?;
        self.kept_details(catalog, row, |_| true)
    }

    /// What the scorers asked for by key found in an image as the catalog knows it.
    pub(super) fn kept_details(
        &self,
        catalog: &Catalog,
        row: Row,
        asked: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, Detail)>, Problem> {
        let content = catalog.content.get(row.idx()).copied().flatten();
        let hashes = self.store.hashes(content.as_slice())?;
        hashes
            .first()
            .map_or(Ok(Vec::new()), |(_, hash)| self.details_of(hash, asked))
    }

    /// What the scorers asked for by key found in an image.
    fn details_of(
        &self,
        hash: &ContentHash,
        asked: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, Detail)>, Problem> {
        let shelf = self.shelf();
        let specs = shelf.running.iter().map(|running| &running.scorer.spec);
        let scorers: Vec<(&str, &str)> = specs
            .map(|spec| (spec.key.as_str(), spec.version.as_str()))
            .filter(|(key, _)| asked(key))
            .collect();
        Ok(self.detail_store()?.of(hash, &scorers)?)
    }

    /// Draws what a scorer found in an image over it, and writes that as a new PNG file.
    ///
    /// Fails where the image as it is now was not scored with it, and where the file is there.
    pub fn write_overlay(&self, key: &str, image: &Path, out: &Path) -> Result<(), Problem> {
        let what = "can't draw the overlay";
        let shelf = self.shelf();
        let manifest = shelf.models.manifest(key)?;
        let unread = |why: String| Problem::environment(what, why).at(image);
        let bytes = read::bytes(image).map_err(|failure| unread(failure.reason))?;
        let hash = ContentHash(*blake3::hash(&bytes).as_bytes());
        let details = self.details_of(&hash, |of| of == key)?;
        let Some((_, detail)) = details.into_iter().next() else {
            let why = format!("{key} has found nothing in this image, or {CHANGED}");
            let hint = format!("bandpass score IMAGE --with {key}");
            return Err(Problem::usage(what, why).hint(hint).at(image));
        };
        let mut picture =
            decode::view(&bytes, &Limits::default()).map_err(|error| unread(error.to_string()))?;
        let colours = manifest.map.as_ref().map(|map| map.colours);
        if !overlay::draw(&mut picture, &detail, colours.unwrap_or(Colours::Heat)) {
            let why = format!("{key} finds tags, which have no place in the image");
            return Err(Problem::usage(what, why));
        }
        let drawn = RgbImage::from_raw(picture.width, picture.height, picture.data);
        drawn.map_or(Ok(()), |drawn| write_png(&drawn, out))
    }

    /// The lists that scorers with key points or tags fill, in the scorers' order.
    pub(super) fn list_names(&self) -> Result<Vec<ListName>, Problem> {
        let shelf = self.shelf();
        let mut names = Vec::new();
        for manifest in shelf.models.manifests() {
            if let Some(sample) = self.detail_store()?.sample(&manifest.key)? {
                let scorer = &manifest.key;
                names.extend(
                    lists(manifest, &sample)
                        .into_iter()
                        .map(|(name, _)| ListName {
                            scorer: scorer.clone(),
                            name,
                        }),
                );
            }
        }
        Ok(names)
    }

    /// The lists of these names for an image; none where it has none.
    pub(super) fn named_lists(
        &self,
        hash: Option<&ContentHash>,
        names: &[ListName],
    ) -> Result<Vec<(String, Option<Value>)>, Problem> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let shelf = self.shelf();
        let mut found = Vec::new();
        let asked = |key: &str| names.iter().any(|list| list.scorer == key);
        for (key, detail) in hash.map_or(Ok(Vec::new()), |hash| self.details_of(hash, asked))? {
            found.extend(lists(shelf.models.manifest(&key)?, &detail));
        }
        let named = |wanted: &ListName| {
            let list = found.iter().find(|(name, _)| *name == wanted.name);
            (wanted.name.clone(), list.map(|(_, values)| values.clone()))
        };
        Ok(names.iter().map(named).collect())
    }
}

/// Fails where the file of a row is no longer the one that the catalog knows.
pub(super) fn require_same(catalog: &Catalog, row: Row) -> Result<(), Problem> {
    let path = catalog.path(row);
    let what = "nothing can be laid over this image";
    let found =
        std::fs::metadata(&path).map_err(|error| Problem::environment(what, error).at(&path))?;
    if catalog.stamp(row) != Some(scan::stamp(&found)) {
        return Err(Problem::usage(what, format!("{CHANGED}; score it again")).at(path));
    }
    Ok(())
}

/// Key points and tags as lists with their names in exports; maps have none.
fn lists(manifest: &Manifest, detail: &Detail) -> Vec<(String, Value)> {
    let prefix = manifest.lists.as_deref().unwrap_or(&manifest.key);
    let named = |name: &str, values: Vec<Value>| (format!("{prefix}_{name}"), values.into());
    match detail {
        Detail::Map(_) => Vec::new(),
        Detail::Pose(pose) => {
            let points = pose.points.iter();
            let place = |point: &KeyPoint| json!([point.x, point.y]);
            let score = |point: &KeyPoint| json!(point.score);
            vec![
                named("keypoints", points.clone().map(place).collect()),
                named("keypoint_scores", points.map(score).collect()),
            ]
        }
        Detail::Tags(tags) => {
            let tag = |tag: &TagShare| json!([&*tag.tag, tag.share]);
            vec![named("tags", tags.iter().map(tag).collect())]
        }
    }
}

fn write_png(drawn: &RgbImage, out: &Path) -> Result<(), Problem> {
    let written = || -> Result<(), Box<dyn std::error::Error>> {
        let folder = out.parent().filter(|p| !p.as_os_str().is_empty());
        let mut part = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut buffered = std::io::BufWriter::new(part.as_file_mut());
        drawn.write_to(&mut buffered, ImageFormat::Png)?;
        std::io::Write::flush(&mut buffered)?;
        drop(buffered);
        part.persist_noclobber(out).map_err(|failed| failed.error)?;
        Ok(())
    };
    written().map_err(|error| {
        Problem::environment("can't write the overlay", error)
            .hint("choose the name of a new file")
            .at(out)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::detail::{Pose, TagKind};

    fn manifest(lists: &str) -> Manifest {
        let text = format!(
            r#"
key = "poses"
label = "Poses"
about = "For tests."
licence = "ours"
kind = "head"
tolerance = 0.001
{lists}
weights = [{{ name = "only", files = [{{ name = "a.onnx" }}] }}]
inputs = [{{ embedding = "clip" }}]
output = {{ read = "raw" }}
columns = [{{ key = "a", label = "A", range = [0, 1], better = "higher", about = "A." }}]
"#
        );
        Manifest::parse(&text).unwrap()
    }

    #[test]
    fn key_points_and_tags_are_lists_with_names_of_their_own() {
        let (x, y, score) = (1.5, -2.0, 0.75);
        let points = vec![KeyPoint { x, y, score }; 2];
        let pose = Detail::Pose(Pose { points });
        let found = lists(&manifest("lists = \"rtm\""), &pose);
        let expected = [
            (
                "rtm_keypoints".to_owned(),
                json!([[1.5, -2.0], [1.5, -2.0]]),
            ),
            ("rtm_keypoint_scores".to_owned(), json!([0.75, 0.75])),
        ];
        assert_eq!(found, expected);
        let tags = Detail::Tags(vec![TagShare {
            tag: "long_hair".into(),
            kind: TagKind::General,
            share: 0.5,
        }]);
        let found = lists(&manifest(""), &tags);
        assert_eq!(
            found,
            [("poses_tags".to_owned(), json!([["long_hair", 0.5]]))]
        );
    }
}
