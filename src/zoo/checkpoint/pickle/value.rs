//! What a pickle builds: small values, and nodes of an arena for everything with parts.
//!
//! Nodes refer to each other by number, so that cycles, deep nesting and sharing cost nothing and
//! dropping never recurses.
//!
//! Must not know: opcodes, archives.

use super::global::Global;
use crate::zoo::checkpoint::dtype::Dtype;

/// A run of bytes of the pickle itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::zoo::checkpoint) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    /// Its number of bytes.
    pub(in crate::zoo::checkpoint) fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// The number of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::zoo::checkpoint) struct NodeId(pub(super) u32);

/// Anything that fits beside a tag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::zoo::checkpoint) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// A whole number beyond i64: its bytes, little endian, two's complement.
    Long(Span),
    Float(f64),
    /// UTF-8, checked.
    Text(Span),
    Global(Global),
    Node(NodeId),
    /// Something that tensors don't need: bytes, a date, a device.
    Opaque,
}

/// Anything with parts.
#[derive(Debug)]
pub(in crate::zoo::checkpoint) enum Node {
    List(Vec<Value>),
    Tuple(Box<[Value]>),
    Dict(Vec<(Value, Value)>),
    /// A module or a namespace; its attributes, once they are set.
    Object(Value),
    Storage(StorageRef),
    Tensor(TensorRef),
}

/// A storage as the pickle describes it: none of it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::zoo::checkpoint) struct StorageRef {
    /// Its element type, or the name of a class that has none here.
    pub(in crate::zoo::checkpoint) dtype: Result<Dtype, Span>,
    /// Its name within the file.
    pub(in crate::zoo::checkpoint) key: Span,
    /// Its number of elements.
    pub(in crate::zoo::checkpoint) len: i64,
}

/// A tensor as the pickle describes it: none of it is checked.
#[derive(Debug, Clone, Copy)]
pub(in crate::zoo::checkpoint) struct TensorRef {
    pub(in crate::zoo::checkpoint) storage: StorageRef,
    /// The element type, where it isn't the storage's.
    pub(in crate::zoo::checkpoint) dtype: Option<Dtype>,
    /// First element within the storage.
    pub(in crate::zoo::checkpoint) offset: i64,
    /// Tuples or lists of whole numbers.
    pub(in crate::zoo::checkpoint) shape: Value,
    pub(in crate::zoo::checkpoint) strides: Value,
}

/// A pickle that was read.
#[derive(Debug)]
pub(in crate::zoo::checkpoint) struct Pickle<'a> {
    pub(super) source: &'a [u8],
    pub(super) nodes: Vec<Node>,
    /// What it stands for.
    pub(in crate::zoo::checkpoint) root: Value,
    /// Bytes of the source that it takes.
    pub(in crate::zoo::checkpoint) len: usize,
}

impl<'a> Pickle<'a> {
    pub(in crate::zoo::checkpoint) fn bytes(&self, span: Span) -> &'a [u8] {
        self.source
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    pub(in crate::zoo::checkpoint) fn text(&self, span: Span) -> &'a str {
        // Checked when the value was made.
        str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    pub(in crate::zoo::checkpoint) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// All storages that are described, in order.
    pub(in crate::zoo::checkpoint) fn storages(&self) -> impl Iterator<Item = StorageRef> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Storage(storage) => Some(*storage),
            _ => None,
        })
    }

    /// The entries of a dictionary whose keys are text; none of anything else.
    pub(in crate::zoo::checkpoint) fn entries(
        &self,
        value: Value,
    ) -> impl Iterator<Item = (&'a str, Value)> {
        let entries = match value {
            Value::Node(id) => match self.node(id) {
                Node::Dict(entries) => entries.as_slice(),
                _ => &[],
            },
            _ => &[],
        };
        entries.iter().filter_map(|&(key, value)| match key {
            Value::Text(key) => Some((self.text(key), value)),
            _ => None,
        })
    }

    /// The items of a tuple or list.
    pub(in crate::zoo::checkpoint) fn items(&self, value: Value) -> Option<&[Value]> {
        match value {
            Value::Node(id) => match self.node(id) {
                Node::Tuple(items) => Some(items),
                Node::List(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }
}
