//! Weights as they are published, read without Python: torch files (zip and legacy),
//! `.safetensors`, `.npz` and `.npy`, and sets of them with an index.
//!
//! Files come from strangers. Nothing in them is run; every size is checked before it is used;
//! reading allocates for names and layouts only, within a budget, and tensor data stays
//! in the file. The one exception are deflated zip entries, which are inflated when they are read,
//! within a limit. Checksums inside archives aren't checked: manifests carry SHA-256 of the whole.
//!
//! Must not know: files, networks, which tensor is for what.

mod archive;
mod budget;
mod dtype;
mod error;
mod found;
mod layout;
mod npy;
mod pickle;
mod safetensors;
mod shards;
mod tensor;
mod torch;
mod view;

pub use dtype::Dtype;
pub use error::CheckpointError;
pub use found::Scalar;
pub use shards::Index;
pub use tensor::{Bytes, Tensor};
pub use view::View;

use archive::Archive;
use budget::Budget;
use found::Found;

/// The format of a file of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// What `torch.save` writes since 2020, and TorchScript archives.
    TorchZip,
    /// What `torch.save` wrote before: pickles followed by raw storages.
    TorchLegacy,
    /// A JSON header followed by raw tensors.
    Safetensors,
    /// A zip archive of numpy arrays.
    Npz,
    /// One numpy array; its tensor is called `""`.
    Npy,
}

/// The named tensors of one file, in the file's order, or of the files that an [`Index`] joins.
///
/// Names are dotted paths through dictionaries, modules (by key) and lists (by index):
/// `state_dict.net.head.weight`, `optimizer_states.0.state.0.step`.
#[derive(Debug)]
pub struct Checkpoint {
    kind: Kind,
    tensors: Vec<(String, Tensor)>,
    metadata: Vec<(String, Scalar)>,
    /// Indices into `tensors`, by name.
    sorted: Vec<usize>,
}

impl Checkpoint {
    /// Reads the names and layouts of `file`, whose format shows in its first bytes.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "tensors share it: a caller hands over its hold of the file"
    )]
    pub fn read(file: Bytes) -> Result<Self, CheckpointError> {
        let data: &[u8] = (*file).as_ref();
        let mut budget = Budget::new(data.len());
        let (kind, found) = match sniff(data) {
            Some(Format::Zip) => read_zip(&file, &mut budget)?,
            Some(Format::Npy) => (Kind::Npy, npy::read(&file, &mut budget)?),
            Some(Format::Safetensors) => {
                (Kind::Safetensors, safetensors::read(&file, &mut budget)?)
            }
            Some(Format::Pickle) => (Kind::TorchLegacy, torch::read_legacy(&file, &mut budget)?),
            None => return Err(unknown(data)),
        };
        Self::new(kind, found)
    }

    fn new(kind: Kind, found: Found) -> Result<Self, CheckpointError> {
        let Found { tensors, metadata } = found;
        let mut sorted: Vec<usize> = (0..tensors.len()).collect();
        sorted.sort_unstable_by_key(|&i| tensors[i].0.as_str());
        let twice = |pair: &&[usize]| tensors[pair[0]].0 == tensors[pair[1]].0;
        if let Some(pair) = sorted.windows(2).find(twice) {
            return Err(CheckpointError::Duplicate {
                name: error::brief(&tensors[pair[0]].0),
            });
        }
        Ok(Self {
            kind,
            tensors,
            metadata,
            sorted,
        })
    }

    /// The file's format.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        let place = self
            .sorted
            .binary_search_by_key(&name, |&i| self.tensors[i].0.as_str());
        place.ok().map(|place| &self.tensors[self.sorted[place]].1)
    }

    /// All names, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.iter().map(|(name, _)| name.as_str())
    }

    /// All tensors with their names, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, t)| (name.as_str(), t))
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are no tensors in it.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Plain values found beside the tensors, by dotted path: safetensors' metadata, `epoch`, hyper
    /// parameters. Values in lists are left out.
    pub fn metadata(&self) -> impl Iterator<Item = (&str, &Scalar)> {
        self.metadata.iter().map(|(name, v)| (name.as_str(), v))
    }
}

enum Format {
    Zip,
    Npy,
    Safetensors,
    Pickle,
}

fn sniff(data: &[u8]) -> Option<Format> {
    match data {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Format::Zip),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Format::Npy),
        [_, _, _, _, _, _, _, _, b'{', ..] => Some(Format::Safetensors),
        [0x80, ..] => Some(Format::Pickle),
        // No text and no program has so small a number in its first eight bytes.
        [_, _, _, _, _, 0, 0, 0, ..] => Some(Format::Safetensors),
        _ => None,
    }
}

fn unknown(data: &[u8]) -> CheckpointError {
    let begins = match data {
        [] => "nothing: it is empty".to_owned(),
        _ => format!("\"{}\"", data[..data.len().min(24)].escape_ascii()),
    };
    CheckpointError::Unknown { begins }
}

fn read_zip(file: &Bytes, budget: &mut Budget) -> Result<(Kind, Found), CheckpointError> {
    let mut archive = Archive::open(file, budget)?;
    if archive.names().any(|name| name.ends_with(b".npy")) {
        return Ok((Kind::Npz, npy::read_npz(&mut archive, budget)?));
    }
    Ok((Kind::TorchZip, torch::read_zip(&mut archive, budget)?))
}
