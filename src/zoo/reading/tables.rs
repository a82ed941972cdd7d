//! Tables that ways of reading look things up in: files of data beside the weights.
//!
//! Must not know: where files lie.

use super::percentile::Percentiles;
use super::tags::TagTable;
use crate::zoo::checkpoint::{Bytes, Checkpoint};
use crate::zoo::manifest::Output;

/// The tables of one scorer; empty where its reading needs none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tables {
    /// From score to percentile.
    pub percentiles: Option<Percentiles>,
    /// What the numbers of a tagger are.
    pub tags: Option<TagTable>,
}

impl Tables {
    /// The tables that an output asks for; `open` gives the bytes of a file by its name.
    ///
    /// The error names the file that can't be read or is no such table.
    pub fn read(
        output: &Output,
        open: impl Fn(&str) -> Result<Bytes, String>,
    ) -> Result<Self, String> {
        let at = |name: &str, why: String| format!("`{name}`: {why}");
        let mut tables = Self::default();
        match output {
            Output::Expected {
                percentiles: Some(name),
                ..
            } => {
                let file = Checkpoint::read(open(name)?).map_err(|e| at(name, e.to_string()))?;
                let table = Percentiles::read(&file).map_err(|why| at(name, why))?;
                tables.percentiles = Some(table);
            }
            Output::Tags { names, .. } => {
                let bytes = open(names)?;
                let table = TagTable::parse((*bytes).as_ref()).map_err(|why| at(names, why))?;
                tables.tags = Some(table);
            }
            _ => {}
        }
        Ok(tables)
    }
}
