//! The stack machine: one function per group of opcodes.
//!
//! Must not know: what the functions mean that a pickle calls.

use std::collections::HashMap;

use super::cursor::Cursor;
use super::op;
use super::value::{Node, NodeId, Pickle, Value};
use crate::zoo::checkpoint::CheckpointError;
use crate::zoo::checkpoint::budget::Budget;

/// What the memory is for, in errors.
pub(super) const WHAT: &str = "its pickle";

/// What one memo entry takes in a hash table at its worst, just after it grew.
const MEMO_ENTRY: usize = 96;

/// Highest protocol there is.
const MAX_PROTOCOL: u8 = 5;

/// A pickle in the middle of being read.
pub(super) struct Machine<'a, 'b> {
    pub(super) cursor: Cursor<'a>,
    pub(super) budget: &'b mut Budget,
    pub(super) nodes: Vec<Node>,
    stack: Vec<Value>,
    /// Lengths of the stack where a MARK stands.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

impl<'a, 'b> Machine<'a, 'b> {
    pub(super) fn new(source: &'a [u8], budget: &'b mut Budget) -> Self {
        Self {
            cursor: Cursor { source, at: 0 },
            budget,
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        }
    }

    /// Runs to STOP.
    pub(super) fn run(mut self) -> Result<Pickle<'a>, CheckpointError> {
        loop {
            let code = self.cursor.u8()?;
            if code == op::STOP {
                let root = self.pop()?;
                return Ok(Pickle {
                    source: self.cursor.source,
                    nodes: self.nodes,
                    root,
                    len: self.cursor.at,
                });
            }
            self.step(code)?;
        }
    }

    fn step(&mut self, code: u8) -> Result<(), CheckpointError> {
        if let Some(value) = self.literal(code)? {
            return self.push(value);
        }
        match code {
            op::PROTO => self.protocol(),
            op::FRAME => self.frame(),
            op::READONLY_BUFFER => Ok(()),
            op::MARK => self.budget.push(&mut self.marks, self.stack.len(), WHAT),
            op::POP_MARK => self.drop_mark(),
            op::POP => self.drop_top(),
            op::DUP => self.top().and_then(|top| self.push(top)),
            op::GET | op::BINGET | op::LONG_BINGET => self.recall(code),
            op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => self.memoize(code),
            op::EMPTY_TUPLE | op::TUPLE1 | op::TUPLE2 | op::TUPLE3 | op::TUPLE | op::FROZENSET => {
                self.tuple(code)
            }
            op::EMPTY_LIST | op::EMPTY_SET | op::LIST => self.list(code),
            op::EMPTY_DICT | op::DICT => self.dict(code),
            op::APPEND | op::APPENDS | op::ADDITEMS => self.append(code),
            op::SETITEM | op::SETITEMS => self.set_items(code),
            op::GLOBAL | op::STACK_GLOBAL => self.global(code),
            op::REDUCE | op::NEWOBJ | op::NEWOBJ_EX | op::OBJ | op::INST => self.apply(code),
            op::BUILD => self.build(),
            op::BINPERSID => self.persistent(),
            op::PERSID => self.cursor.fail("a persistent id that is text"),
            _ => self
                .cursor
                .fail(format!("opcode {code:#04x} isn't supported")),
        }
    }

    fn protocol(&mut self) -> Result<(), CheckpointError> {
        match self.cursor.u8()? {
            0..=MAX_PROTOCOL => Ok(()),
            other => self.cursor.fail(format!("protocol {other}")),
        }
    }

    fn frame(&mut self) -> Result<(), CheckpointError> {
        let len = self.cursor.u64()?;
        let left = self.cursor.source.len() - self.cursor.at;
        if len > left as u64 {
            return self
                .cursor
                .fail(format!("a frame of {len} bytes, {left} are left"));
        }
        Ok(())
    }

    pub(super) fn push(&mut self, value: Value) -> Result<(), CheckpointError> {
        self.budget.push(&mut self.stack, value, WHAT)
    }

    /// Pushes a new node.
    pub(super) fn push_node(&mut self, node: Node) -> Result<(), CheckpointError> {
        let id = self.add(node)?;
        self.push(Value::Node(id))
    }

    /// Adds a node that isn't on the stack yet.
    pub(super) fn add(&mut self, node: Node) -> Result<NodeId, CheckpointError> {
        let id = NodeId(self.nodes.len() as u32);
        self.budget.push(&mut self.nodes, node, WHAT)?;
        Ok(id)
    }

    /// How many values there are above the last mark.
    fn above_mark(&self) -> usize {
        self.stack.len() - self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn pop(&mut self) -> Result<Value, CheckpointError> {
        let value = self.top()?;
        self.stack.pop();
        Ok(value)
    }

    /// The last value, which must stand above the last mark.
    pub(super) fn top(&self) -> Result<Value, CheckpointError> {
        match self.stack.last() {
            Some(&value) if self.above_mark() > 0 => Ok(value),
            _ => self.cursor.fail("the stack is empty"),
        }
    }

    /// Takes all values above the last mark, and the mark.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Value>, CheckpointError> {
        let Some(mark) = self.marks.pop() else {
            return self.cursor.fail("there is no mark");
        };
        let bytes = (self.stack.len() - mark) * size_of::<Value>();
        self.budget.spend(bytes, WHAT)?;
        Ok(self.stack.drain(mark..).collect())
    }

    fn drop_mark(&mut self) -> Result<(), CheckpointError> {
        self.pop_mark().map(drop)
    }

    /// POP takes a mark if one is on top, as Python's does.
    fn drop_top(&mut self) -> Result<(), CheckpointError> {
        if !self.marks.is_empty() && self.above_mark() == 0 {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn recall(&mut self, code: u8) -> Result<(), CheckpointError> {
        let index = self.memo_index(code)?;
        match self.memo.get(&index) {
            Some(&value) => self.push(value),
            None => self.cursor.fail(format!("memo {index} isn't set")),
        }
    }

    fn memoize(&mut self, code: u8) -> Result<(), CheckpointError> {
        let index = self.memo_index(code)?;
        let value = self.top()?;
        self.budget.spend(MEMO_ENTRY, WHAT)?;
        self.memo.insert(index, value);
        Ok(())
    }

    fn memo_index(&mut self, code: u8) -> Result<u32, CheckpointError> {
        match code {
            op::BINGET | op::BINPUT => self.cursor.u8().map(u32::from),
            op::LONG_BINGET | op::LONG_BINPUT => self.cursor.u32(),
            op::MEMOIZE => Ok(self.memo.len() as u32),
            _ => {
                let line = self.cursor.line()?;
                let index = self.cursor.text(line)?.parse();
                index.or_else(|_not_a_number| self.cursor.fail("a memo without number"))
            }
        }
    }

    fn tuple(&mut self, code: u8) -> Result<(), CheckpointError> {
        let items = match code {
            op::EMPTY_TUPLE => Vec::new(),
            op::TUPLE | op::FROZENSET => self.pop_mark()?,
            _ => {
                let len = usize::from(code - op::TUPLE1) + 1;
                if self.above_mark() < len {
                    return self.cursor.fail("the stack is empty");
                }
                self.budget.spend(len * size_of::<Value>(), WHAT)?;
                self.stack.split_off(self.stack.len() - len)
            }
        };
        self.push_node(Node::Tuple(items.into_boxed_slice()))
    }

    fn list(&mut self, code: u8) -> Result<(), CheckpointError> {
        let items = if code == op::LIST {
            self.pop_mark()?
        } else {
            Vec::new()
        };
        self.push_node(Node::List(items))
    }

    fn dict(&mut self, code: u8) -> Result<(), CheckpointError> {
        let items = if code == op::DICT {
            self.pop_mark()?
        } else {
            Vec::new()
        };
        self.push_node(Node::Dict(Vec::new()))?;
        self.insert(&items)
    }

    fn append(&mut self, code: u8) -> Result<(), CheckpointError> {
        let items = match code {
            op::APPEND => vec![self.pop()?],
            _ => self.pop_mark()?,
        };
        match self.top()? {
            Value::Node(id) => match &mut self.nodes[id.0 as usize] {
                Node::List(list) => {
                    for item in items {
                        self.budget.push(list, item, WHAT)?;
                    }
                    Ok(())
                }
                _ => self.cursor.fail("items are appended to what isn't a list"),
            },
            Value::Opaque => Ok(()),
            _ => self.cursor.fail("items are appended to what isn't a list"),
        }
    }

    fn set_items(&mut self, code: u8) -> Result<(), CheckpointError> {
        let items = match code {
            op::SETITEM => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_mark()?,
        };
        self.insert(&items)
    }

    /// Puts keys and values, in turn, into the dictionary on top.
    pub(super) fn insert(&mut self, items: &[Value]) -> Result<(), CheckpointError> {
        let (pairs, []) = items.as_chunks() else {
            return self.cursor.fail("a key has no value");
        };
        let Value::Node(id) = self.top()? else {
            return Ok(());
        };
        if pairs.iter().any(|[key, _]| !self.is_hashable(*key)) {
            return self.cursor.fail("a container is used as a key");
        }
        let Node::Dict(dict) = &mut self.nodes[id.0 as usize] else {
            return self.cursor.fail("a key is set in what isn't a dictionary");
        };
        for &[key, value] in pairs {
            self.budget.push(dict, (key, value), WHAT)?;
        }
        Ok(())
    }

    fn is_hashable(&self, key: Value) -> bool {
        match key {
            Value::Node(id) => !matches!(self.nodes[id.0 as usize], Node::List(_) | Node::Dict(_)),
            _ => true,
        }
    }
}
