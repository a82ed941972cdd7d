//! Why a network could not be built from a checkpoint.
//!
//! Must not know: which architecture failed; the key or the parameter says enough.

/// What failed, and what to look at. Every message names the key or the parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchError {
    /// A manifest names an architecture that Bandpass can't build.
    #[error("there is no architecture “{name}”; the known ones are: {known}")]
    UnknownArchitecture {
        /// What was asked for.
        name: String,
        /// All names, with commas.
        known: String,
    },
    /// The checkpoint lacks a tensor.
    #[error("the checkpoint has no tensor “{key}”: is it another network?")]
    MissingKey {
        /// Full name of the tensor.
        key: String,
    },
    /// A tensor is there in another shape.
    #[error("tensor “{key}” is {found}, but {expected} is expected: is it another network?")]
    WrongShape {
        /// Full name of the tensor.
        key: String,
        /// Its shape.
        found: String,
        /// The shape that fits.
        expected: String,
    },
    /// The manifest says one thing, the checkpoint another.
    #[error("the manifest says {name} = {stated}, but the checkpoint has {found}")]
    Mismatch {
        /// The parameter.
        name: String,
        /// Its value in the manifest.
        stated: String,
        /// What the shapes say.
        found: String,
    },
    /// A parameter that can't be.
    #[error("parameter {name} = {value} won't do: {why}")]
    Parameter {
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
        /// What would do.
        why: String,
    },
}
