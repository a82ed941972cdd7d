//! What a manifest states about a network, against what the checkpoint says.
//!
//! Must not know: weights, graphs.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::ArchError;

/// The manifest's `[parameters]` of an architecture, and which of them have been looked at.
#[derive(Debug)]
pub struct Parameters<'a> {
    table: &'a toml::Table,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Parameters<'a> {
    /// Nothing looked at yet.
    pub fn new(table: &'a toml::Table) -> Self {
        Self {
            table,
            known: RefCell::default(),
        }
    }

    /// Compares `name` with what the shapes say, if the manifest states it.
    pub fn check(&self, name: &'static str, found: usize) -> Result<(), ArchError> {
        match self.value(name) {
            Some(stated) if stated.as_integer() != i64::try_from(found).ok() => {
                Err(ArchError::Mismatch {
                    name: name.to_owned(),
                    stated: stated.to_string(),
                    found: found.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    /// A positive whole number that shapes don't tell; none if not stated.
    pub fn number(&self, name: &'static str) -> Result<Option<usize>, ArchError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let number = value.as_integer().and_then(|n| usize::try_from(n).ok());
        match number {
            Some(n) if n > 0 => Ok(Some(n)),
            _ => Err(bad(name, value, "a positive whole number is expected")),
        }
    }

    /// `true` or `false`; none if not stated.
    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, ArchError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let flag = value.as_bool();
        flag.map_or_else(
            || Err(bad(name, value, "true or false")),
            |flag| Ok(Some(flag)),
        )
    }

    /// One of several words; the value beside it. None if not stated.
    pub fn word<T: Copy>(
        &self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, ArchError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word));
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        match found {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => Err(bad(name, value, &format!("one of {}", names.join(", ")))),
        }
    }

    /// Fails if the manifest states a parameter that the architecture has not asked for.
    pub fn finish(&self) -> Result<(), ArchError> {
        let known = self.known.borrow();
        let unknown = self.table.iter().find(|(k, _)| !known.contains(k.as_str()));
        let Some((name, value)) = unknown else {
            return Ok(());
        };
        let names: Vec<_> = known.iter().copied().collect();
        let why = format!("this architecture has only {}", names.join(", "));
        Err(bad(name, value, &why))
    }

    fn value(&self, name: &'static str) -> Option<&'a toml::Value> {
        self.known.borrow_mut().insert(name);
        self.table.get(name)
    }
}

fn bad(name: &str, value: &toml::Value, why: &str) -> ArchError {
    ArchError::Parameter {
        name: name.to_owned(),
        value: value.to_string(),
        why: why.to_owned(),
    }
}
