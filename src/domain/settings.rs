//! Every setting with its default.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::saved_path;
use super::scope::{FolderField, Said};
use super::score::Field;

/// The settings file. Command-line options win over it; a missing field takes its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Folders that were open last, absolute.
    #[serde(with = "saved_path::list")]
    pub last_roots: Vec<PathBuf>,
    /// Edge of a grid cell in points, 64–512.
    pub thumb_size: f32,
    /// Follow the system, or a fixed theme.
    pub theme: Theme,
    /// Endings of the files that travel with an image, without the dot.
    pub sidecars: Vec<String>,
    /// Move on to the next image after a star or flag key.
    pub auto_advance: bool,
    /// Upper bound of the thumbnail cache on disk, MiB.
    pub thumb_cache_mib: u64,
    /// The ONNX Runtime library to use, absolute; found by itself if left out.
    pub onnxruntime: Option<PathBuf>,
    /// What networks run on: `auto`, `cpu`, `cuda:0`, …
    pub device: String,
    /// What the images of the library are; `auto` leaves it to the columns that tell.
    pub field_of_library: LibraryField,
    /// What the images of single folders are; stands above the library's.
    pub fields_of_folders: Vec<FolderField>,
}

/// What the images of a library are, as far as the user says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LibraryField {
    /// Each image by its scores.
    #[default]
    Auto,
    /// All of them drawings in the style of anime.
    Anime,
    /// None of them.
    Photo,
}

impl Settings {
    /// What the user says of the fields of images.
    pub fn said(&self) -> Said {
        Said {
            all: match self.field_of_library {
                LibraryField::Auto => None,
                LibraryField::Anime => Some(Field::Anime),
                LibraryField::Photo => Some(Field::General),
            },
            folders: self.fields_of_folders.clone(),
        }
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Neutral dark, the default.
    #[default]
    Dark,
    /// Light.
    Light,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            last_roots: Vec::new(),
            thumb_size: 160.0,
            theme: Theme::Dark,
            sidecars: ["txt", "caption", "json", "npz", "xmp"]
                .map(str::to_owned)
                .to_vec(),
            auto_advance: false,
            thumb_cache_mib: 2048,
            onnxruntime: None,
            device: "auto".to_owned(),
            field_of_library: LibraryField::Auto,
            fields_of_folders: Vec::new(),
        }
    }
}
