//! What importing a table would do: its rows beside the library's files.
//!
//! Must not know: formats of tables.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::{Problem, paths};
use crate::curation::import::{self, Match, Matches};
use crate::curation::parse;
use crate::domain::import::{
    Ambiguity, Import, ImportOptions, ImportPlan, ImportedColumn, KeyKind, Mount, Table,
};
use crate::domain::score::Better;
use crate::engine::core::{Core, default_jobs, now, outermost};
use crate::engine::export;
use crate::engine::identify;
use crate::engine::job::Job;
use crate::engine::models::digest::sha256_of;
use crate::engine::score::Target;

use super::table;

impl Core {
    /// Reads a table and finds the image of each row among the files below the roots, or among all
    /// that Bandpass knows if there are none. Files that get values are hashed; nothing is written
    /// beside that.
    pub fn plan_import(
        &self,
        file: &Path,
        options: &ImportOptions,
        roots: &[PathBuf],
        job: &Job,
    ) -> Result<ImportPlan, Problem> {
        let file = paths::absolute(file);
        let mut table = table::read(&file, options, &job.token)?;
        let import = self.import_of(&table, &file, options)?;
        let roots = match roots {
            [] => outermost(&self.store.roots()?),
            roots => outermost(roots),
        };
        let mut library = self.library(&roots)?;
        let matches = library.matches(&table, &roots, self, job)?;
        let wanted = matches.rows.iter().filter_map(|found| match found {
            Match::File(file) => Some(*file),
            _ => None,
        });
        library.identify(wanted.collect(), self, job)?;
        let replaces = self.imports().iter().any(|known| known.name == import.name);
        // Kept by the plan until it is carried out: only what goes into the database.
        let kept = |name: &str| import.columns.iter().any(|column| column.name == name);
        table.columns.retain(|column| kept(&column.name));
        Ok(assemble(
            import,
            replaces,
            Arc::new(table),
            &library,
            matches,
            &roots,
        ))
    }

    /// Name and columns of the import.
    fn import_of(
        &self,
        table: &Table,
        file: &Path,
        options: &ImportOptions,
    ) -> Result<Import, Problem> {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let name = import::import_name(options.name.as_deref().unwrap_or(&stem));
        let shelf = self.shelf();
        if shelf.registry.get(&name).is_some() {
            return Err(Problem::usage(format!("a scorer is called '{name}'"), "")
                .hint("give the import another name with --name"));
        }
        let before = shelf.imports.iter().find(|import| import.name == name);
        let is_taken = |key: &str| {
            parse::is_reserved(key) || export::is_own(key) || shelf.has_column(key, &name)
        };
        let names: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let keys = import::column_keys(&name, &names, is_taken);
        let columns = table.columns.iter().zip(keys).map(|(column, key)| {
            let known = before.and_then(|import| {
                import
                    .columns
                    .iter()
                    .find(|known| known.name == column.name)
            });
            ImportedColumn {
                range: range(&column.values),
                better: better(&column.name, options, known),
                name: column.name.clone(),
                key,
            }
        });
        Ok(Import {
            columns: columns.collect(),
            name,
            file: file.to_path_buf(),
            at: now(),
        })
    }

    fn library(&self, roots: &[PathBuf]) -> Result<Library, Problem> {
        let mut files = Vec::new();
        for (at, root) in roots.iter().enumerate() {
            let below = self.store.files_below(root)?.into_iter();
            files.extend(below.map(|file| (Target::known(file), at)));
        }
        Ok(Library { files })
    }
}

/// Smallest and largest finite value.
fn range(values: &[f64]) -> Option<(f64, f64)> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let spans = finite.map(|value| (value, value));
    spans.reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
}

/// What the user says of a column now, or said before.
fn better(name: &str, options: &ImportOptions, before: Option<&ImportedColumn>) -> Better {
    let named = |list: &[String]| list.iter().any(|known| known == name);
    if named(&options.higher) {
        Better::Higher
    } else if named(&options.lower) {
        Better::Lower
    } else {
        before.map_or(Better::Neutral, |column| column.better)
    }
}

/// The files below the roots, each with the place of its root.
struct Library {
    files: Vec<(Target, usize)>,
}

impl Library {
    fn matches(
        &mut self,
        table: &Table,
        roots: &[PathBuf],
        core: &Core,
        job: &Job,
    ) -> Result<Matches, Problem> {
        match table.kind {
            KeyKind::Path | KeyKind::Name => {
                let files = self.files.iter();
                let files = files.map(|(target, root)| (target.path.as_path(), Some(*root)));
                Ok(import::match_paths(table.kind, &table.keys, files, roots))
            }
            KeyKind::Blake3 => {
                self.identify((0..self.files.len() as u32).collect(), core, job)?;
                Ok(by_hash(table, &self.blake3(core)?))
            }
            KeyKind::Sha256 => Ok(by_hash(table, &self.sha256(job)?)),
        }
    }

    /// Hashes of these files that have none yet; what can't be read stays without.
    fn identify(&mut self, files: Vec<u32>, core: &Core, job: &Job) -> Result<(), Problem> {
        let target = |file: u32| {
            self.files
                .get(file as usize)
                .map(|(target, _)| target.clone())
        };
        let mut targets: Vec<Target> = files.into_iter().filter_map(target).collect();
        targets.sort_unstable_by_key(|target| target.file);
        targets.dedup_by_key(|target| target.file);
        let found = identify::identify(core, targets, default_jobs(), job)?;
        job.token.checkpoint()?;
        let found: HashMap<_, _> = found.into_iter().collect();
        for (target, _) in &mut self.files {
            target.content = target.content.or_else(|| found.get(&target.file).copied());
        }
        Ok(())
    }

    fn blake3(&self, core: &Core) -> Result<HashMap<String, u32>, Problem> {
        let contents: Vec<_> = self
            .files
            .iter()
            .filter_map(|(file, _)| file.content)
            .collect();
        let hashes: HashMap<_, _> = core.store.hashes(&contents)?.into_iter().collect();
        let hash = |(at, (target, _)): (usize, &(Target, usize))| {
            Some((hashes.get(&target.content?)?.hex(), at as u32))
        };
        Ok(self.files.iter().enumerate().filter_map(hash).collect())
    }

    fn sha256(&self, job: &Job) -> Result<HashMap<String, u32>, Problem> {
        let hash = |(at, (target, _)): (usize, &(Target, usize))| {
            let hash = sha256_of(&target.path, job).ok();
            job.token.checkpoint()?;
            Ok(hash.map(|hash| (hash, at as u32)))
        };
        let hashes: Result<Vec<_>, Problem> = self.files.par_iter().enumerate().map(hash).collect();
        Ok(hashes?.into_iter().flatten().collect())
    }

    fn path(&self, file: u32) -> Option<&PathBuf> {
        self.files
            .get(file as usize)
            .map(|(target, _)| &target.path)
    }
}

/// Rows by the hash of a file's bytes; of files with the same bytes, any.
fn by_hash(table: &Table, files: &HashMap<String, u32>) -> Matches {
    let one = |row: usize| {
        let key = String::from_utf8_lossy(table.keys.get(row)).to_lowercase();
        files
            .get(&key)
            .map_or(Match::None, |file| Match::File(*file))
    };
    Matches {
        rows: (0..table.keys.len()).map(one).collect(),
        mounts: Vec::new(),
    }
}

fn assemble(
    import: Import,
    replaces: bool,
    table: Arc<Table>,
    library: &Library,
    matches: Matches,
    roots: &[PathBuf],
) -> ImportPlan {
    let key = |row: usize| String::from_utf8_lossy(table.keys.get(row)).into_owned();
    let mut matched = Vec::new();
    let (mut ambiguous, mut unmatched) = (Vec::new(), Vec::new());
    let mut n_unread = 0;
    for (row, found) in matches.rows.into_iter().enumerate() {
        match found {
            Match::File(file) => {
                let target = library.files.get(file as usize);
                match target.and_then(|(target, _)| target.content) {
                    Some(content) => matched.push((content, row as u32)),
                    None => n_unread += 1,
                }
            }
            Match::Ambiguous(files, n_images) => ambiguous.push(Ambiguity {
                key: key(row),
                images: files
                    .iter()
                    .filter_map(|file| library.path(*file).cloned())
                    .collect(),
                n_images,
            }),
            Match::None => unmatched.push(key(row)),
        }
    }
    let settled = import::settle(&table, matched);
    let mounts = matches
        .mounts
        .into_iter()
        .filter_map(|(from, root, n_rows)| {
            let to = roots.get(root)?.clone();
            Some(Mount { from, to, n_rows })
        });
    ImportPlan {
        import,
        replaces,
        n_rows: table.keys.len(),
        matched: Arc::new(settled.kept),
        n_repeated: settled.n_repeated,
        conflicting: settled
            .conflicting
            .iter()
            .map(|row| key(*row as usize))
            .collect(),
        ambiguous,
        unmatched,
        n_unread,
        mounts: mounts.collect(),
        table,
    }
}
