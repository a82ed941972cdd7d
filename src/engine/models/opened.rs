//! Opening checkpoints: one file, or an index with its shards, each mapped and none read.
//!
//! Must not know: which scorer they are for.

use std::path::{Path, PathBuf};

use super::map::map;
use crate::base::Problem;
use crate::zoo::checkpoint::{Checkpoint, CheckpointError, Index};

/// The largest index that is read, in bytes: that of a network of a million tensors.
const MOST_BYTES: u64 = 128 << 20;

/// Whether a path is that of an index by its name.
pub(super) fn is_index(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(Index::is_name)
}

/// Reads names and places of the tensors in `file`, or in the shards beside it if it is an index.
pub(crate) fn open(file: &Path) -> Result<Checkpoint, Problem> {
    if is_index(file) {
        return open_set(file, |shard| file.with_file_name(shard));
    }
    Checkpoint::read(map(file)?).map_err(|error| unread(error, file))
}

/// The same for an index whose shards lie where `find` says.
pub(super) fn open_set(
    index: &Path,
    find: impl Fn(&str) -> PathBuf,
) -> Result<Checkpoint, Problem> {
    let list = read_index(index)?;
    let shard = |name: &String| {
        let file = find(name);
        if !file.is_file() {
            let why = format!("the index names {name}, which is not there");
            return Err(
                Problem::environment("a file of the checkpoint is missing", why)
                    .hint("put it beside the index")
                    .at(&file),
            );
        }
        Checkpoint::read(map(&file)?).map_err(|error| unread(error, &file))
    };
    let parts = list.files().iter().map(shard).collect::<Result<_, _>>()?;
    list.join(parts).map_err(|error| unread(error, index))
}

/// Reads an index.
pub(super) fn read_index(file: &Path) -> Result<Index, Problem> {
    let failed = |error| Problem::environment("can't read the index", error).at(file);
    if std::fs::metadata(file).map_err(failed)?.len() > MOST_BYTES {
        let why = "it is too large to be an index of tensors";
        return Err(Problem::usage("this checkpoint can't be read", why).at(file));
    }
    let json = std::fs::read(file).map_err(failed)?;
    Index::parse(&json).map_err(|error| unread(error, file))
}

fn unread(error: CheckpointError, file: &Path) -> Problem {
    Problem::usage("this checkpoint can't be read", error).at(file)
}
