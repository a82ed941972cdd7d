//! The part of a checkpoint below a prefix.
//!
//! Publishers wrap the same network differently: `state_dict.`, `module.`, `model.`, `net.`,
//! `ema.`, `fusion_model.`, and several of them at once. A network asks for its own plain names, so
//! it reads through a view, found by one name that it is sure to have.
//!
//! Must not know: networks.

use super::{Checkpoint, Tensor};

/// The tensors of a [`Checkpoint`] whose names begin with a prefix, under the rest of their names.
#[derive(Debug, Clone)]
pub struct View<'a> {
    checkpoint: &'a Checkpoint,
    /// Empty, or ends with a dot.
    prefix: String,
}

impl Checkpoint {
    /// The tensors below `prefix`: dotted components, such as `state_dict.net`; `""` for all.
    pub fn below(&self, prefix: &str) -> View<'_> {
        let dot = if prefix.is_empty() || prefix.ends_with('.') {
            ""
        } else {
            "."
        };
        View {
            checkpoint: self,
            prefix: format!("{prefix}{dot}"),
        }
    }

    /// Every view that has a tensor called `landmark`, from the shortest prefix to the longest.
    pub fn views(&self, landmark: &str) -> Vec<View<'_>> {
        let prefixes = self.names().filter_map(|name| name.strip_suffix(landmark));
        let whole = prefixes.filter(|p| p.is_empty() || p.ends_with('.'));
        let mut views: Vec<_> = whole.map(|prefix| self.below(prefix)).collect();
        views.sort_by_key(|view| view.prefix.len());
        views
    }

    /// The view that has a tensor called `landmark`: of averaged weights (EMA) if `averaged` and
    /// there are any, else of the trained ones; the one with the shortest prefix.
    pub fn view(&self, landmark: &str, averaged: bool) -> Option<View<'_>> {
        let mut views = self.views(landmark);
        let preferred = views.iter().position(|v| v.is_averaged() == averaged);
        let place = preferred.unwrap_or(0);
        (place < views.len()).then(|| views.swap_remove(place))
    }
}

impl<'a> View<'a> {
    /// The prefix, with its last dot; empty for a view of everything.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether the prefix says that these are averaged weights: `ema`, `model_ema`, `params_ema`.
    ///
    /// Not `ema_state_dict`: mmengine's `EMAHook` swaps the two before it saves, so that the
    /// averaged weights are in `state_dict`.
    pub fn is_averaged(&self) -> bool {
        if self.prefix.starts_with("ema_state_dict.") {
            return false;
        }
        let mut words = self.prefix.split(['.', '_']);
        words.any(|word| word.eq_ignore_ascii_case("ema"))
    }

    /// The tensor of this name, which begins after the prefix.
    pub fn get(&self, name: &str) -> Option<&'a Tensor> {
        self.checkpoint.get(&format!("{}{name}", self.prefix))
    }

    /// All names, without the prefix, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.iter().map(|(name, _)| name)
    }

    /// All tensors with their names, without the prefix, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a Tensor)> {
        let inside = |(name, tensor): (&'a str, &'a Tensor)| {
            name.strip_prefix(&self.prefix).map(|name| (name, tensor))
        };
        self.checkpoint.iter().filter_map(inside)
    }

    /// The tensors below a further prefix.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        self.checkpoint.below(&format!("{}{prefix}", self.prefix))
    }
}

#[cfg(test)]
mod tests {
    use crate::zoo::checkpoint::found::Found;
    use crate::zoo::checkpoint::{Checkpoint, Kind, Tensor};

    fn checkpoint(names: &[&str]) -> Checkpoint {
        let tensor = || Tensor::from_f32([1], [0.0]);
        let found = Found {
            tensors: names.iter().map(|n| ((*n).to_owned(), tensor())).collect(),
            metadata: Vec::new(),
        };
        Checkpoint::new(Kind::Safetensors, found).unwrap()
    }

    #[test]
    fn wrappers_are_seen_through() {
        let lightning = checkpoint(&[
            "state_dict.net.head.weight",
            "state_dict.net.overhead.weight",
            "state_dict.ema.head.weight",
            "optimizer_states.0.step",
        ]);
        let trained = lightning.view("head.weight", false).unwrap();
        assert_eq!(trained.prefix(), "state_dict.net.");
        let names: Vec<_> = trained.names().collect();
        assert_eq!(names, ["head.weight", "overhead.weight"]);
        let averaged = lightning.view("head.weight", true).unwrap();
        assert_eq!(averaged.prefix(), "state_dict.ema.");
        assert!(averaged.get("head.weight").is_some());
        assert!(averaged.get("overhead.weight").is_none());
        assert!(lightning.view("tail.weight", false).is_none());
    }

    #[test]
    fn mmengine_keeps_averaged_weights_in_the_usual_place() {
        let swapped = checkpoint(&[
            "state_dict.head.weight",
            "ema_state_dict.module.head.weight",
        ]);
        let averaged = swapped.view("head.weight", true).unwrap();
        assert_eq!(averaged.prefix(), "state_dict.");
    }

    #[test]
    fn a_bare_file_is_its_own_view() {
        let bare = checkpoint(&["head.weight", "0.head.weight"]);
        assert_eq!(bare.view("head.weight", true).unwrap().prefix(), "");
        assert_eq!(bare.views("head.weight").len(), 2);
        assert_eq!(bare.below("0").below("head").names().count(), 1);
    }
}
