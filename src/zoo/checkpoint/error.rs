//! Why a file of weights is refused.
//!
//! Must not know: what the weights are for.

/// Why a file isn't read as a checkpoint. The caller adds the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// None of the formats that are read.
    #[error(
        "this is no file of weights: it begins with {begins}. Torch (.pth, .pt, .ckpt, .bin), \
         .safetensors, .npz and .npy are read"
    )]
    Unknown {
        /// The first bytes, printable.
        begins: String,
    },
    /// A zip archive that can't be used.
    #[error("the zip archive can't be read: {why}. If it is damaged, fetch the file again")]
    Zip {
        /// What is wrong with it.
        why: String,
    },
    /// A pickle that wants something other than tensors and plain containers.
    #[error(
        "the file asks for `{name}`, which weights don't need; it was refused and nothing was \
         run. Look for the same weights as .safetensors"
    )]
    RefusedGlobal {
        /// Module and name, as Python would import them.
        name: String,
    },
    /// A pickle that breaks its own format, or one in an unsupported dialect.
    #[error(
        "the pickle can't be read, at its byte {at}: {why}. If it is damaged, fetch the file \
         again; else look for the same weights as .safetensors"
    )]
    Pickle {
        /// Bytes from the start of the pickle.
        at: usize,
        /// What is wrong there.
        why: String,
    },
    /// A torch file whose frame is broken.
    #[error("the torch file can't be read: {why}. If it is damaged, fetch the file again")]
    Torch {
        /// What is wrong with it.
        why: String,
    },
    /// One tensor that doesn't fit its data, or of an unsupported type.
    #[error("tensor `{name}` can't be read: {why}")]
    Tensor {
        /// Its dotted path.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// One name for two tensors, so that neither can be trusted.
    #[error("two tensors are called `{name}`")]
    Duplicate {
        /// Their dotted path.
        name: String,
    },
    /// A safetensors file that breaks its format.
    #[error("the safetensors file can't be read: {why}. Fetch the file again")]
    Safetensors {
        /// What is wrong with it.
        why: String,
    },
    /// A numpy array that breaks its format, or of an unsupported type.
    #[error(
        "the numpy array can't be read: {why}. Plain numbers are read, in the file as numpy's save \
         and savez write it"
    )]
    Npy {
        /// What is wrong with it.
        why: String,
    },
    /// An index of shards that breaks its format.
    #[error("the index can't be read: {why}. Fetch it again, with all the files that it names")]
    Index {
        /// What is wrong with it.
        why: String,
    },
    /// A shard that is not what the index says.
    #[error(
        "{file} doesn't belong to this index: tensor `{tensor}` {why}. Fetch all files of the \
         checkpoint again"
    )]
    Shard {
        /// The shard's name.
        file: String,
        /// The tensor that tells.
        tensor: String,
        /// What is wrong with it.
        why: String,
    },
    /// Reading on would take more memory than a file of this size has a reason to.
    #[error("{what} would take more memory than a file of {file_bytes} bytes has a reason to")]
    TooLarge {
        /// What grows.
        what: &'static str,
        /// The size of the file.
        file_bytes: usize,
    },
}

/// At most 80 characters of a name, printable: what a stranger wrote goes into messages.
pub(super) fn brief(name: &str) -> String {
    shortened(name, 80)
}

/// At most `limit` characters of `text`, printable.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for c in text.chars().take(limit) {
        match c {
            '\'' | '"' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(limit).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn what_a_stranger_wrote_is_cut_and_printable() {
        assert_eq!(brief("net.weight"), "net.weight");
        assert_eq!(brief("[('a', '<f4')]"), "[('a', '<f4')]");
        assert_eq!(brief("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(brief(&"x".repeat(5000)).chars().count(), 81);
    }
}
