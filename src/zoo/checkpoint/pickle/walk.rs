//! Finds tensors and plain values in what a pickle built, with their dotted paths.
//!
//! Must not know: file layouts.

use std::fmt::Write as _;

use super::value::{Node, NodeId, Pickle, TensorRef, Value};
use crate::zoo::checkpoint::CheckpointError;
use crate::zoo::checkpoint::budget::Budget;

/// Something with a name.
#[derive(Debug, Clone, Copy)]
pub(in crate::zoo::checkpoint) enum Item {
    /// A tensor, wherever it stands.
    Tensor(TensorRef),
    /// A plain value that has a key.
    Plain(Value),
}

/// What the memory is for, in errors.
const WHAT: &str = "its names";

/// What entering a container is charged, beside a byte for each item. Containers may be held many
/// times, so this bounds the time.
const STEP: usize = 32;

/// Attributes of a module that hold its parts, and are no part of their names.
const PARTS: [&str; 3] = ["_parameters", "_buffers", "_modules"];

/// Calls `each` with every item, in the order of the file.
///
/// A container within itself is entered once; one that is held twice is walked twice, at the
/// budget's expense.
pub(in crate::zoo::checkpoint) fn walk(
    pickle: &Pickle<'_>,
    budget: &mut Budget,
    mut each: impl FnMut(&str, Item, &mut Budget) -> Result<(), CheckpointError>,
) -> Result<(), CheckpointError> {
    budget.spend(pickle.nodes.len(), WHAT)?;
    let mut walker = Walker {
        pickle,
        path: String::new(),
        frames: Vec::new(),
        entered: vec![false; pickle.nodes.len()],
    };
    let mut next = Some(Child {
        name: Name::None,
        value: pickle.root,
        attributes: false,
    });
    while let Some(child) = next {
        match child.value {
            Value::Node(id) => match *pickle.node(id) {
                Node::Tensor(tensor) => each(&walker.path, Item::Tensor(tensor), budget)?,
                Node::Storage(_) => {}
                _ => walker.enter(id, child.attributes, budget)?,
            },
            plain if child.name.is_key() => each(&walker.path, Item::Plain(plain), budget)?,
            _ => {}
        }
        next = walker.next(budget)?;
    }
    Ok(())
}

struct Walker<'p, 'a> {
    pickle: &'p Pickle<'a>,
    /// To the item at hand.
    path: String,
    /// The containers on the way to it, outermost first.
    frames: Vec<Frame>,
    /// Whether a node is among `frames`.
    entered: Vec<bool>,
}

struct Frame {
    id: NodeId,
    /// The place of the item that comes next.
    next: usize,
    /// Length of the path to the container.
    path: usize,
    /// Whether its items are attributes of a module.
    attributes: bool,
}

#[derive(Clone, Copy)]
struct Child<'a> {
    name: Name<'a>,
    value: Value,
    attributes: bool,
}

/// What an item adds to the path.
#[derive(Clone, Copy)]
enum Name<'a> {
    None,
    /// A place in a list.
    Index(usize),
    Text(&'a str),
    Number(i64),
}

impl Name<'_> {
    fn is_key(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Number(_))
    }
}

impl<'a> Walker<'_, 'a> {
    fn enter(
        &mut self,
        id: NodeId,
        attributes: bool,
        budget: &mut Budget,
    ) -> Result<(), CheckpointError> {
        let entered = &mut self.entered[id.0 as usize];
        if std::mem::replace(entered, true) {
            return Ok(());
        }
        let items = match self.pickle.node(id) {
            Node::List(items) => items.len(),
            Node::Tuple(items) => items.len(),
            Node::Dict(items) => items.len(),
            _ => 1,
        };
        budget.spend(STEP.saturating_add(items), WHAT)?;
        let frame = Frame {
            id,
            next: 0,
            path: self.path.len(),
            attributes,
        };
        budget.push(&mut self.frames, frame, WHAT)
    }

    /// The item after the last one, with the path set to it; none at the end.
    fn next(&mut self, budget: &mut Budget) -> Result<Option<Child<'a>>, CheckpointError> {
        while let Some(frame) = self.frames.last_mut() {
            self.path.truncate(frame.path);
            if let Some(child) = child(self.pickle, frame) {
                frame.next += 1;
                self.append(child.name, budget)?;
                return Ok(Some(child));
            }
            self.entered[frame.id.0 as usize] = false;
            self.frames.pop();
        }
        Ok(None)
    }

    fn append(&mut self, name: Name<'_>, budget: &mut Budget) -> Result<(), CheckpointError> {
        if let Name::Text(text) = name {
            // Twice, because the path grows by doubling.
            budget.spend(text.len().saturating_mul(2), WHAT)?;
        }
        let dot = if self.path.is_empty() { "" } else { "." };
        let written = match name {
            Name::None => Ok(()),
            Name::Index(index) => write!(self.path, "{dot}{index}"),
            Name::Text(text) => write!(self.path, "{dot}{text}"),
            Name::Number(number) => write!(self.path, "{dot}{number}"),
        };
        debug_assert!(written.is_ok(), "writing to a string can't fail");
        Ok(())
    }
}

/// The next item of a container.
fn child<'a>(pickle: &Pickle<'a>, frame: &Frame) -> Option<Child<'a>> {
    let place = frame.next;
    let item = |items: &[Value]| {
        let name = if frame.attributes {
            Name::None
        } else {
            Name::Index(place)
        };
        Some((name, *items.get(place)?, frame.attributes))
    };
    let (name, value, attributes) = match pickle.node(frame.id) {
        Node::List(items) => item(items)?,
        Node::Tuple(items) => item(items)?,
        Node::Dict(items) => {
            let &(key, value) = items.get(place)?;
            let name = match key {
                Value::Text(text) => Name::Text(pickle.text(text)),
                Value::Int(number) => Name::Number(number),
                _ => Name::Index(place),
            };
            match name {
                Name::Text(part) if frame.attributes && PARTS.contains(&part) => {
                    (Name::None, value, false)
                }
                _ => (name, value, false),
            }
        }
        // Attributes are a dictionary, or a tuple of two where a class has slots.
        Node::Object(attributes) => (place == 0).then_some((Name::None, *attributes, true))?,
        Node::Storage(_) | Node::Tensor(_) => return None,
    };
    Some(Child {
        name,
        value,
        attributes,
    })
}
