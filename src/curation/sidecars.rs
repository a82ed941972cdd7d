//! Which files beside an image belong to it.
//!
//! Must not know: the disk; the names of the folder are given.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The names of one folder, by stem. Made once, asked for every image of the folder.
#[derive(Debug, Clone, Default)]
pub struct Siblings {
    by_stem: HashMap<OsString, Vec<Sibling>>,
}

#[derive(Debug, Clone)]
struct Sibling {
    name: OsString,
    is_image: bool,
}

impl Siblings {
    /// The names of a folder; `is_image` tells which of them are images.
    pub fn new(
        names: impl IntoIterator<Item = OsString>,
        is_image: impl Fn(&OsStr) -> bool,
    ) -> Self {
        let mut by_stem: HashMap<OsString, Vec<Sibling>> = HashMap::new();
        for name in names {
            let stem = stem(&name).to_owned();
            let is_image = is_image(&name);
            by_stem
                .entry(stem)
                .or_default()
                .push(Sibling { name, is_image });
        }
        Self { by_stem }
    }

    fn with_stem(&self, stem: &OsStr) -> &[Sibling] {
        self.by_stem.get(stem).map_or(&[], Vec::as_slice)
    }

    /// Whether an image other than `image` to which the sidecar belongs as well stays behind.
    fn is_needed(
        &self,
        sidecar: &OsStr,
        image: &OsStr,
        also_going: &dyn Fn(&OsStr) -> bool,
    ) -> bool {
        let owner = stem(sidecar);
        let same_stem = self.with_stem(owner).iter();
        let full_name = self.with_stem(stem(owner)).iter();
        let full_name = full_name.filter(|sibling| sibling.name == owner);
        same_stem
            .chain(full_name)
            .filter(|sibling| sibling.is_image && sibling.name != image)
            .any(|sibling| !also_going(&sibling.name))
    }
}

/// The files that travel with an image, in the order of their names.
///
/// `a.png` has `a.txt` and `a.png.txt` for each of the `endings` (without dot, case ignored). An
/// image never counts as one, and a file that belongs to another image as well (`a.jpg`) stays
/// where it is unless all of its images are `also_going`.
pub fn sidecars_of(
    image: &Path,
    siblings: &Siblings,
    endings: &[String],
    also_going: &dyn Fn(&OsStr) -> bool,
) -> Vec<PathBuf> {
    let Some(name) = image.file_name() else {
        return Vec::new();
    };
    let is_sidecar = |sibling: &&Sibling| {
        let ending = Path::new(&sibling.name).extension();
        let listed = ending.is_some_and(|ending| {
            endings
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known.as_str()))
        });
        listed && !sibling.is_image && sibling.name != name
    };
    // A name without an ending is its own stem: both lists are the same one.
    let full_name = if stem(name) == name {
        &[]
    } else {
        siblings.with_stem(name)
    };
    let beside = siblings.with_stem(stem(name)).iter().chain(full_name);
    let mut found: Vec<&OsStr> = beside
        .filter(is_sidecar)
        .map(|sibling| sibling.name.as_os_str())
        .filter(|sidecar| !siblings.is_needed(sidecar, name, also_going))
        .collect();
    found.sort_unstable();
    found
        .into_iter()
        .map(|name| image.with_file_name(name))
        .collect()
}

fn stem(name: &OsStr) -> &OsStr {
    Path::new(name).file_stem().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(image: &str, folder: &[&str], going: &[&str]) -> Vec<String> {
        let is_image = |name: &OsStr| {
            let ending = Path::new(name).extension();
            ending.is_some_and(|e| e == "png" || e == "jpg" || e == "webp")
        };
        let siblings = Siblings::new(folder.iter().map(OsString::from), is_image);
        let endings = ["txt", "json", "png"].map(str::to_owned);
        let path = Path::new("/d").join(image);
        sidecars_of(&path, &siblings, &endings, &|name| {
            going.iter().any(|g| name == *g)
        })
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
    }

    #[test]
    fn both_forms_travel_and_other_images_never() {
        let folder = [
            "猫.png",
            "猫.txt",
            "猫.png.txt",
            "猫.JSON",
            "猫.md",
            "猫2.txt",
            "犬.txt",
        ];
        assert_eq!(
            found("猫.png", &folder, &[]),
            ["猫.JSON", "猫.png.txt", "猫.txt"]
        );
        assert!(found("x.png", &folder, &[]).is_empty());
    }

    #[test]
    fn a_shared_caption_stays_with_the_image_that_stays() {
        let folder = ["a.png", "a.jpg", "a.txt", "a.jpg.txt", "a.png.txt"];
        assert_eq!(found("a.png", &folder, &[]), ["a.png.txt"]);
        assert_eq!(found("a.png", &folder, &["a.jpg"]), ["a.png.txt", "a.txt"]);
        let nested = ["a.png", "a.png.webp", "a.png.txt"];
        assert!(
            found("a.png", &nested, &[]).is_empty(),
            "it is the caption of both"
        );
        assert_eq!(found("a.png", &nested, &["a.png.webp"]), ["a.png.txt"]);
    }

    #[test]
    fn names_without_an_ending_list_nothing_twice() {
        assert_eq!(found("a", &["a", "a.txt"], &[]), ["a.txt"]);
    }
}
