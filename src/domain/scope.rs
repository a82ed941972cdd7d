//! Which images a scorer is meant for, and which of them an image is.
//!
//! Must not know: where rules are kept, how a field is found out.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, Row};
use super::query::Expr;
use super::saved_path;
use super::score::Field;

/// The images that the values of a column are meant for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    /// What its scorer was made for.
    pub field: Field,
    /// Where its scorer runs; none for everywhere.
    pub only: Option<Expr>,
    /// What the values tell of an image's own field; none for most columns.
    pub tells: Option<Tells>,
    /// Keys of the columns that the values are computed from: where a value of theirs is outside,
    /// so is what was made of it.
    pub inputs: Vec<String>,
}

/// How a column tells the field of an image.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tells {
    /// Values of drawings in the style of anime, both ends inclusive.
    pub anime: [f64; 2],
    /// Values of all other pictures, both ends inclusive; every other value if none. Between the
    /// two nothing is told.
    pub general: Option<[f64; 2]>,
}

impl Tells {
    /// The field of an image with that value; none where the value doesn't tell.
    ///
    /// Columns are kept as f32, and so are the bounds here. An end shared by both is anime's.
    pub fn field(&self, value: f32) -> Option<Field> {
        let within = |[low, high]: [f64; 2]| low as f32 <= value && value <= high as f32;
        if within(self.anime) {
            return Some(Field::Anime);
        }
        let other = !value.is_nan() && self.general.is_none_or(within);
        other.then_some(Field::General)
    }
}

/// What the user says of the field of whole folders; it stands above what columns tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// Of every image; none leaves it to the columns.
    pub all: Option<Field>,
    /// Of the images in a folder and below it; the nearest one counts.
    pub folders: Vec<FolderField>,
}

/// What the user says of one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderField {
    /// The folder, absolute.
    #[serde(with = "saved_path")]
    pub folder: PathBuf,
    /// What lies in it.
    pub field: Field,
}

impl Said {
    /// What is said of the images in that folder.
    pub fn of(&self, folder: &Path) -> Option<Field> {
        let around = self
            .folders
            .iter()
            .filter(|f| folder.starts_with(&f.folder));
        let nearest = around.max_by_key(|f| f.folder.components().count());
        nearest.map(|f| f.field).or(self.all)
    }
}

impl Field {
    /// Whether a scorer made for this field says nothing of an image of that one.
    ///
    /// What was made for all pictures is at home with anime, too.
    pub fn is_foreign_to(self, image: Self) -> bool {
        self == Self::Anime && image == Self::General
    }
}

impl Catalog {
    /// What is known of the field of a row; none while nothing tells.
    pub fn field_of(&self, row: Row) -> Option<Field> {
        self.fields.get(row.idx()).copied().flatten()
    }

    /// The field that folder and columns tell of a row now.
    pub fn told_field(&self, row: Row) -> Option<Field> {
        let told = || {
            let tell = |(at, tells): (usize, Tells)| tells.field(self.value(at, row));
            self.telling().find_map(tell)
        };
        self.said.of(self.folder_of(row)).or_else(told)
    }

    /// The columns that tell fields, by place.
    fn telling(&self) -> impl Iterator<Item = (usize, Tells)> + '_ {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(at, column)| Some((at, column.scope.tells?)))
    }

    /// The field of every row, found out anew: after columns, their scopes or folders changed.
    pub fn tell_fields(&mut self) {
        let by_folder: Vec<Option<Field>> = self.folders.iter().map(|f| self.said.of(f)).collect();
        let said = |folder: &u32| by_folder.get(*folder as usize).copied().flatten();
        let mut fields: Vec<Option<Field>> = self.folder.iter().map(said).collect();
        for (at, tells) in self.telling() {
            let values = self.columns.get(at).map(|column| column.values.iter());
            for (field, value) in fields.iter_mut().zip(values.into_iter().flatten()) {
                *field = field.or_else(|| tells.field(*value));
            }
        }
        self.fields = fields.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_tells_both_fields_or_leaves_a_gap() {
        let tells = |text: &str| toml::from_str::<Tells>(text).unwrap();
        let sharp = tells("anime = [0.5, 1]");
        let field = |value| sharp.field(value);
        assert_eq!(field(0.5), Some(Field::Anime));
        assert_eq!(field(0.4999), Some(Field::General));
        assert_eq!(field(f32::NAN), None);
        let gap = tells("anime = [0.7, 1]\ngeneral = [0, 0.3]");
        assert_eq!(gap.field(0.5), None);
        assert_eq!(gap.field(0.3), Some(Field::General), "0.3 as it is kept");
    }

    #[test]
    fn the_nearest_folder_counts() {
        let of = |folder: &str, field| FolderField {
            folder: folder.into(),
            field,
        };
        let said = Said {
            all: Some(Field::General),
            folders: vec![of("/a/b", Field::General), of("/a", Field::Anime)],
        };
        let field = |folder: &str| said.of(Path::new(folder));
        assert_eq!(field("/a/x"), Some(Field::Anime));
        assert_eq!(field("/a/b/c"), Some(Field::General));
        assert_eq!(field("/ab"), Some(Field::General));
        assert_eq!(Said::default().of(Path::new("/a")), None);
    }

    #[test]
    fn what_a_person_said_stands_above_the_columns() {
        let spec = toml_spec();
        let mut catalog = Catalog::new([spec]);
        let folder = catalog.folder_index(Path::new("/a"));
        for value in [0.9, 0.1, f32::NAN] {
            let row = catalog.push(&crate::domain::catalog::NewRow {
                file: crate::domain::image::FileId(1),
                folder,
                name: b"x",
                size: 1,
                mtime_ns: 0,
                content: None,
            });
            let values = std::sync::Arc::make_mut(&mut catalog.columns[0].values);
            values[row.idx()] = value;
        }
        let anime = Tells {
            anime: [0.5, 1.0],
            general: None,
        };
        catalog.columns[0].scope = std::sync::Arc::new(Scope {
            tells: Some(anime),
            ..Scope::default()
        });
        let told = [Some(Field::Anime), Some(Field::General), None];
        catalog.tell_fields();
        assert_eq!(*catalog.fields, told);
        assert_eq!(
            catalog
                .rows()
                .map(|row| catalog.told_field(row))
                .collect::<Vec<_>>(),
            told
        );
        catalog.said = std::sync::Arc::new(Said {
            all: Some(Field::General),
            folders: Vec::new(),
        });
        catalog.tell_fields();
        assert_eq!(*catalog.fields, [Some(Field::General); 3]);
    }

    fn toml_spec() -> std::sync::Arc<crate::domain::score::ColumnSpec> {
        std::sync::Arc::new(crate::domain::score::ColumnSpec {
            key: "anime_real".to_owned(),
            label: String::new(),
            range: (0.0, 1.0),
            better: crate::domain::score::Better::Neutral,
            unit: String::new(),
            readable: None,
            about: String::new(),
            bands: Vec::new(),
        })
    }
}
