//! Taking a file that the user has: what it is, and which scorer it is for.
//!
//! Must not know: downloads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::contents::{self, Contents};
use super::http::require_space;
use super::ledger::Record;
use super::map::map;
use super::set::Set;
use super::{Models, digest};
use crate::base::Problem;
use crate::engine::Job;
use crate::engine::infer::{ModelSource, Port, scan};
use crate::zoo::arch;
use crate::zoo::manifest::{Manifest, Output, Variant};
use crate::zoo::reading::tables::Tables;

/// How to add a file.
#[derive(Debug, Clone, Default)]
pub struct AddOptions {
    /// Key of the scorer it is for; found out if none.
    pub as_key: Option<String>,
    /// Name of the variant; found out if none.
    pub variant: Option<String>,
    /// Copy it into Bandpass' own folder instead of using it where it lies.
    pub copy: bool,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Scorer whose weights it is.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Where the file lies that is used from now on.
    pub file: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// How it was recognised.
    pub how: Recognition,
    /// Keys of the scorers that can be had with it, its own first.
    pub used_for: Vec<String>,
}

/// How a file was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition {
    /// It is the published file.
    Hash,
    /// By the names and shapes of its tensors; what it is in words.
    Shapes(String),
    /// The user said so, and nothing speaks against it; in words where it is not the published
    /// file, else empty.
    Told(String),
}

/// A variant that a file may be, and the name of the file within it.
type Place = (Arc<Manifest>, Variant, String);

impl Models {
    /// Puts a file that the user has to use, where it lies unless it is to be copied.
    ///
    /// It is recognised by its SHA-256, else by the names and shapes of its tensors. A file that
    /// could be several things, or isn't what `as_key` says, is a problem that says so. An index
    /// stands for all files that it names, and a folder for the index in it.
    pub fn add(&mut self, file: &Path, options: &AddOptions, job: &Job) -> Result<Added, Problem> {
        let set = Set::of(file)?;
        if let Some(key) = &options.as_key {
            self.manifest(key)?;
        }
        let sha256 = digest::sha256_of(&set.main, job)?;
        let mut published = self.published(&sha256, options, &set);
        let mut found = None;
        if published.is_empty() {
            found = Some(self.by_contents(&set, options)?);
        }
        let mut files = vec![(String::new(), set.main.clone(), sha256.clone())];
        for name in &set.shards {
            let shard = set.shard(name);
            let sha256 = digest::sha256_of(&shard, job)?;
            files.push((name.clone(), shard, sha256));
        }
        // An index says nothing of what its shards hold.
        published.retain(|(_, variant, _)| are_published(&files, variant));
        if published.is_empty() && found.is_none() {
            found = Some(self.by_contents(&set, options)?);
        }
        let (places, how) = match found {
            Some((place, how)) => (vec![place], how),
            None => (published, Recognition::Hash),
        };
        let mut used_for: Vec<String> = Vec::new();
        let mut lies = set.main.clone();
        for (manifest, variant, name) in &places {
            files[0].0.clone_from(name);
            let records = self.placed(&files, manifest, variant, options, job)?;
            lies.clone_from(&records[0].path);
            if set.shards.is_empty() {
                self.note(&manifest.key, &variant.name, records)?;
            } else {
                self.note_set(&manifest.key, &variant.name, records)?;
            }
            used_for.extend(self.users(&manifest.key));
        }
        let Some((manifest, variant, _)) = places.into_iter().next() else {
            return Err(Problem::internal("can't add the file", "no place for it"));
        };
        Ok(Added {
            key: manifest.key.clone(),
            variant: variant.name,
            file: lies,
            sha256,
            how,
            used_for,
        })
    }

    /// Notes of files (name, path, SHA-256) where they lie, or of their copies.
    fn placed(
        &self,
        files: &[(String, PathBuf, String)],
        manifest: &Manifest,
        variant: &Variant,
        options: &AddOptions,
        job: &Job,
    ) -> Result<Vec<Record>, Problem> {
        let folder = self.variant_folder(&manifest.key, &variant.name);
        let place = |(name, file, sha256): &(String, PathBuf, String)| {
            let copy = options.copy && folder.join(name) != *file;
            let mut lies = file.clone();
            if copy {
                self.demand_free(&folder.join(name))?;
                lies = copied(file, &folder, name, job)?;
            }
            Record::of(name, &lies, sha256.clone(), copy)
                .map_err(|error| Problem::environment("can't read the file", error).at(file))
        };
        files.iter().map(place).collect()
    }

    /// Every variant that declares this hash.
    fn published(&self, sha256: &str, options: &AddOptions, set: &Set) -> Vec<Place> {
        self.variants(options, set)
            .flat_map(|(manifest, variant)| {
                let of_hash = variant
                    .files
                    .iter()
                    .filter(|f| f.sha256.as_deref() == Some(sha256));
                of_hash.map(|f| (Arc::clone(manifest), variant.clone(), f.name.clone()))
            })
            .collect()
    }

    /// The variants that the options and the form of the files leave.
    fn variants(
        &self,
        options: &AddOptions,
        set: &Set,
    ) -> impl Iterator<Item = (&Arc<Manifest>, &Variant)> {
        let told = options.as_key.as_ref().and_then(|key| self.find(key));
        let owner = told.map(|manifest| self.weights_owner(manifest).key.clone());
        let wanted = options.variant.clone();
        let manifests = self.manifests.iter();
        manifests
            .filter(move |m| owner.as_ref().is_none_or(|key| m.key == *key))
            .flat_map(|m| m.weights.iter().map(move |v| (m, v)))
            .filter(move |(_, v)| wanted.as_ref().is_none_or(|name| v.name == *name))
            .filter(move |(_, v)| set.suits(v))
    }

    fn by_contents(
        &self,
        set: &Set,
        options: &AddOptions,
    ) -> Result<(Place, Recognition), Problem> {
        let file = &set.main;
        if let Some(table) = self.table(set, options)? {
            return Ok((table, Recognition::Told(String::new())));
        }
        match (contents::look(file), &options.as_key) {
            (Contents::Checkpoint(checkpoint), None) => {
                let found = arch::recognise(&checkpoint);
                let words = contents::describe(&found);
                let fitting = |manifest: &Manifest, variant: &Variant| {
                    contents::candidate(manifest, variant, &found, &checkpoint, &self.manifests)
                };
                if found.is_empty()
                    && let Some(what) = arch::relative(&checkpoint)
                {
                    let why = format!("it is {what}, and Bandpass can't build that");
                    return Err(unknown(file, &why));
                }
                let place = self.only(set, options, &words, fitting)?;
                let words = match unpublished(&place, file) {
                    none if none.is_empty() => words,
                    unpublished => format!("{words}; {unpublished}"),
                };
                Ok((place, Recognition::Shapes(words)))
            }
            (Contents::Checkpoint(checkpoint), Some(key)) => {
                let mut why = match self.variants(options, set).next() {
                    Some(_) => "its weights are an ONNX graph, and this is a checkpoint".to_owned(),
                    None => set.form().to_owned(),
                };
                for (manifest, variant) in self.variants(options, set) {
                    match contents::fit(manifest, variant, &checkpoint, &self.manifests) {
                        Ok(()) => {
                            let place = place(manifest, variant, file);
                            let how = Recognition::Told(unpublished(&place, file));
                            return Ok((place, how));
                        }
                        Err(fault) if variant.architecture.is_some() => why = fault,
                        Err(_) => {}
                    }
                }
                Err(unfit(key, why, file))
            }
            (Contents::Onnx, Some(key)) => {
                let graph = |v: &Variant| v.architecture.is_none();
                let why = "its weights are a checkpoint, and this is an ONNX graph";
                let place = self
                    .told(options, set, graph)
                    .ok_or_else(|| unfit(key, why, file))?;
                fits_graph(&place, file, options.copy).map_err(|why| unfit(key, why, file))?;
                let how = Recognition::Told(unpublished(&place, file));
                Ok((place, how))
            }
            (Contents::Onnx, None) => Err(unknown(
                file,
                "it is an ONNX graph, and not the published file of any scorer",
            )
            .hint(OWN)),
            (Contents::Other(why), Some(key)) => Err(unfit(key, why, file)),
            (Contents::Other(why), None) => Err(unknown(file, &why)),
        }
    }

    /// The place of a table of the scorer that the user named, which a file of its name is to be.
    fn table(&self, set: &Set, options: &AddOptions) -> Result<Option<Place>, Problem> {
        let file = &set.main;
        let told = options.as_key.as_ref().and_then(|key| self.find(key));
        let Some((manifest, table)) = told.and_then(|m| Some((m, m.output.table()?))) else {
            return Ok(None);
        };
        if file.file_name().is_none_or(|name| *name != **table) {
            return Ok(None);
        }
        let open = |_: &str| map(file).map_err(|problem| problem.to_string());
        Tables::read(&manifest.output, open).map_err(|why| unfit(&manifest.key, why, file))?;
        let first = self.variants(options, set).next();
        Ok(first.map(|(manifest, variant)| place(manifest, variant, file)))
    }

    /// The variant of the scorer that the user named: the one with a file of this name, else the
    /// first that will do.
    fn told(
        &self,
        options: &AddOptions,
        set: &Set,
        will_do: impl Fn(&Variant) -> bool,
    ) -> Option<Place> {
        let file = &set.main;
        let name = file.file_name().unwrap_or_default();
        let named = |v: &Variant| v.files.iter().any(|f| *f.name == *name);
        let all = || self.variants(options, set).filter(|(_, v)| will_do(v));
        let found = all().find(|(_, v)| named(v)).or_else(|| all().next())?;
        Some(place(found.0, found.1, file))
    }

    /// The one scorer that a file fits; a problem where there is none, or more than one.
    fn only(
        &self,
        set: &Set,
        options: &AddOptions,
        words: &str,
        fits: impl Fn(&Manifest, &Variant) -> Option<Result<(), String>>,
    ) -> Result<Place, Problem> {
        let file = &set.main;
        let (mut fitting, mut misfits) = (Vec::new(), Vec::new());
        for (manifest, variant) in self.variants(options, set) {
            match fits(manifest, variant) {
                Some(Ok(())) => fitting.push((manifest, variant)),
                Some(Err(why)) => misfits.push(format!("not for {}: {why}", manifest.key)),
                None => {}
            }
        }
        let mut keys: Vec<&str> = fitting.iter().map(|(m, _)| m.key.as_str()).collect();
        keys.dedup();
        // A variant whose published file is known by its hash is not this file.
        let unknown_hash = |v: &Variant| v.files.first().is_none_or(|f| f.sha256.is_none());
        let free = fitting.iter().find(|(_, v)| unknown_hash(v));
        match (keys.as_slice(), free) {
            ([], _) if words.is_empty() => Err(unknown(
                file,
                "its tensors are those of no network that Bandpass knows",
            )),
            ([], _) => {
                let why = misfits
                    .first()
                    .map_or("which no scorer takes", String::as_str);
                Err(unknown(file, &format!("it is {words}, {why}")))
            }
            ([_], Some((manifest, variant))) => Ok(place(manifest, variant, file)),
            (keys, _) => {
                let why = format!("it is {words}, and not the published file of any scorer");
                let ways: Vec<String> = keys.iter().map(|key| format!("--as {key}")).collect();
                Err(Problem::usage("can't tell what the file is for", why)
                    .hint(format!("say it: {}", ways.join(" or ")))
                    .at(file))
            }
        }
    }

    /// Scorers that become possible with the weights of this one, itself first.
    fn users(&self, key: &str) -> Vec<String> {
        let uses = |m: &&Arc<Manifest>| {
            m.key != key && (self.weights_owner(m).key == key || m.encoders().contains(&key))
        };
        let others = self.manifests.iter().filter(uses).map(|m| m.key.clone());
        std::iter::once(key.to_owned()).chain(others).collect()
    }
}

/// Whether none of the files (name, path, SHA-256) has another hash than its variant declares.
fn are_published(files: &[(String, PathBuf, String)], variant: &Variant) -> bool {
    files.iter().all(|(name, _, sha256)| {
        let declared = variant.files.iter().find(|file| file.name == *name);
        let declared = declared.and_then(|file| file.sha256.as_ref());
        declared.is_none_or(|declared| declared == sha256)
    })
}

/// The place of a file within a variant: that of the same name, else the first.
fn place(manifest: &Arc<Manifest>, variant: &Variant, file: &Path) -> Place {
    let own = file.file_name().unwrap_or_default();
    let named = variant.files.iter().find(|f| *f.name == *own);
    let name = named.or(variant.files.first()).map(|f| f.name.clone());
    (
        Arc::clone(manifest),
        variant.clone(),
        name.unwrap_or_default(),
    )
}

/// That a file is not the one that its place declares, in words; empty where nothing is declared.
fn unpublished((_, variant, name): &Place, file: &Path) -> String {
    let Some(wanted) = variant.files.iter().find(|f| f.name == *name) else {
        return String::new();
    };
    let size = std::fs::metadata(file).map_or(0, |data| data.len());
    match (wanted.bytes, &wanted.sha256) {
        (Some(bytes), _) if bytes != size => {
            format!("not the published file: it has {size} bytes, and that has {bytes}")
        }
        (_, Some(_)) => "not the published file: its SHA-256 is another".to_owned(),
        _ => String::new(),
    }
}

/// Whether an ONNX file is whole and has the inputs and outputs that its place names; the error
/// says what is wrong.
fn fits_graph((manifest, variant, name): &Place, file: &Path, copy: bool) -> Result<(), String> {
    let facts = scan(&ModelSource::File(file.to_path_buf())).map_err(|error| error.to_string())?;
    if copy && !facts.external.is_empty() {
        return Err(
            "its weights lie in a file beside it: add it where it lies, without --copy".to_owned(),
        );
    }
    let tower = variant.text.as_ref();
    let (input, outputs) = match tower.filter(|t| t.file.as_ref() == Some(name)) {
        Some(tower) => (None, tower.output.iter().map(String::as_str).collect()),
        None => (variant.input.as_ref(), variant.output_names()),
    };
    let named = |ports: &[Port], name: &str| ports.iter().position(|port| port.name == name);
    if let Some(name) = input.filter(|name| named(&facts.inputs, name).is_none()) {
        return Err(format!("it has no input `{name}`"));
    }
    let place = |name: &&str| {
        let place = named(&facts.outputs, name);
        place.ok_or_else(|| format!("it has no output `{name}`"))
    };
    let places: Vec<usize> = outputs.iter().map(place).collect::<Result<_, _>>()?;
    let first = places.first().copied().unwrap_or_default();
    let port = facts.outputs.get(first).ok_or("it has no output")?;
    let width = port.shape.last().copied().flatten();
    match (&manifest.output, width) {
        (Output::Embedding { dims }, Some(width)) if width != *dims as usize => Err(format!(
            "it gives vectors of {width} numbers, and not of {dims}"
        )),
        _ => Ok(()),
    }
}

/// The file in our own folder, copied through a temporary name.
fn copied(file: &Path, folder: &Path, name: &str, job: &Job) -> Result<PathBuf, Problem> {
    let failed =
        |error: std::io::Error| Problem::environment("can't copy the file", error).at(file);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let bytes = std::fs::metadata(file).map_err(failed)?.len();
    require_space(folder, bytes)
        .map_err(|error| Problem::environment("can't copy the file", error).at(file))?;
    let from = std::fs::File::open(file).map_err(failed)?;
    let mut to = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    job.progress.add_total(bytes);
    digest::copy(from, &mut to, job)?.map_err(failed)?;
    let path = folder.join(name);
    to.persist(&path).map_err(|error| failed(error.error))?;
    Ok(path)
}

fn unfit(key: &str, why: impl std::fmt::Display, file: &Path) -> Problem {
    let what = format!("the file is not for {key}");
    Problem::usage(what, why)
        .hint(format!("bandpass models show {key} says what is"))
        .at(file)
}

/// What to do with a graph that no manifest knows.
const OWN: &str = "say it with --as KEY, or make a scorer of it: bandpass models draft FILE shows \
    what it is, bandpass models add FILE --new KEY adds it";

fn unknown(file: &Path, why: &str) -> Problem {
    Problem::usage("can't tell what the file is for", why)
        .hint("say it with --as KEY, or write a manifest for it: docs/manifest.md")
        .at(file)
}
