//! What the known functions give, without running any.
//!
//! Must not know: the stack's bookkeeping, file layouts.

use super::global::{Global, lookup};
use super::machine::{Machine, WHAT};
use super::op;
use super::value::{Node, StorageRef, TensorRef, Value};
use crate::zoo::checkpoint::CheckpointError;
use crate::zoo::checkpoint::error::brief;

/// Longer than any function's name with its module: reading one may not take long, since it may be
/// named again and again.
const LONGEST_NAME: usize = 1000;

impl Machine<'_, '_> {
    /// Pushes the function or class that is named, or refuses it.
    pub(super) fn global(&mut self, code: u8) -> Result<(), CheckpointError> {
        let (module, name) = if code == op::STACK_GLOBAL {
            let name = self.pop()?;
            (self.pop()?, name)
        } else {
            let module = self.cursor.line()?;
            (Value::Text(module), Value::Text(self.cursor.line()?))
        };
        let known = self.known(module, name)?;
        self.push(Value::Global(known))
    }

    fn known(&self, module: Value, name: Value) -> Result<Global, CheckpointError> {
        let (Value::Text(module), Value::Text(place)) = (module, name) else {
            return self.cursor.fail("a function's name isn't text");
        };
        if module.len() + place.len() > LONGEST_NAME {
            return self.cursor.fail("a function's name is too long");
        }
        let (module, name) = (self.cursor.text(module)?, self.cursor.text(place)?);
        lookup(module, name, place).ok_or_else(|| CheckpointError::RefusedGlobal {
            name: brief(&format!("{module}.{name}")),
        })
    }

    /// The opcodes that call a function or make an instance; what `__new__` and `__init__` would do
    /// is the same here.
    pub(super) fn apply(&mut self, code: u8) -> Result<(), CheckpointError> {
        let (callee, args) = match code {
            op::INST => {
                let module = Value::Text(self.cursor.line()?);
                let name = Value::Text(self.cursor.line()?);
                let known = self.known(module, name)?;
                (Value::Global(known), self.marked_tuple()?)
            }
            op::OBJ => {
                let mut items = self.pop_mark()?;
                if items.is_empty() {
                    return self.cursor.fail("an object without class");
                }
                let callee = items.remove(0);
                let args = self.add(Node::Tuple(items.into_boxed_slice()))?;
                (callee, Value::Node(args))
            }
            _ => {
                if code == op::NEWOBJ_EX {
                    // Keyword arguments: nothing here takes any.
                    self.pop()?;
                }
                let args = self.pop()?;
                (self.pop()?, args)
            }
        };
        self.call(callee, args)
    }

    fn marked_tuple(&mut self) -> Result<Value, CheckpointError> {
        let items = self.pop_mark()?.into_boxed_slice();
        self.add(Node::Tuple(items)).map(Value::Node)
    }

    fn call(&mut self, callee: Value, args: Value) -> Result<(), CheckpointError> {
        let (mut callee, mut args) = (callee, args);
        // `_rebuild_from_type_v2(function, type, args, state)` wraps another call; never itself.
        if callee == Value::Global(Global::FromType) {
            let &[function, _, inner, ..] = self.arguments(args)? else {
                return self.cursor.fail("too few arguments");
            };
            (callee, args) = (function, inner);
        }
        let first = self.arguments(args)?.first().copied();
        match callee {
            Value::Global(Global::First) => match first {
                Some(value) => self.push(value),
                None => self.push_node(Node::List(Vec::new())),
            },
            Value::Global(Global::Dict) => self.make_dict(first),
            Value::Global(Global::Tensor) => self.make_tensor(args, false),
            Value::Global(Global::TypedTensor) => self.make_tensor(args, true),
            Value::Global(Global::Class) => self.push_node(Node::Object(Value::None)),
            Value::Global(Global::Inert) => self.push(Value::Opaque),
            _ => self.cursor.fail("something is called that can't be"),
        }
    }

    fn arguments(&self, args: Value) -> Result<&[Value], CheckpointError> {
        match args {
            Value::Node(id) => match &self.nodes[id.0 as usize] {
                Node::Tuple(items) => Ok(items),
                _ => self.cursor.fail("arguments aren't a tuple"),
            },
            _ => self.cursor.fail("arguments aren't a tuple"),
        }
    }

    /// `OrderedDict()`, `Counter({…})`, `OrderedDict([(key, value), …])`, `defaultdict(list)`.
    fn make_dict(&mut self, first: Option<Value>) -> Result<(), CheckpointError> {
        let mut items = Vec::new();
        if let Some(Value::Node(id)) = first {
            match &self.nodes[id.0 as usize] {
                Node::Dict(_) => return self.push(Value::Node(id)),
                Node::List(pairs) => {
                    let bytes = pairs.len() * 2 * size_of::<Value>();
                    self.budget.spend(bytes, WHAT)?;
                    items.reserve_exact(pairs.len() * 2);
                    for &pair in pairs {
                        let Some(&[key, value]) = self.items(pair) else {
                            return self.cursor.fail("a dictionary's items aren't pairs");
                        };
                        items.extend([key, value]);
                    }
                }
                _ => {}
            }
        }
        self.push_node(Node::Dict(Vec::new()))?;
        self.insert(&items)
    }

    fn items(&self, value: Value) -> Option<&[Value]> {
        let Value::Node(id) = value else { return None };
        match &self.nodes[id.0 as usize] {
            Node::Tuple(items) => Some(items),
            Node::List(items) => Some(items),
            _ => None,
        }
    }

    fn make_tensor(&mut self, args: Value, typed: bool) -> Result<(), CheckpointError> {
        let args = self.arguments(args)?;
        let &[Value::Node(storage), Value::Int(offset), shape, strides, ..] = args else {
            return self
                .cursor
                .fail("a tensor's arguments are of the wrong types");
        };
        let dtype = match args.get(6) {
            Some(&Value::Global(Global::Dtype(dtype))) if typed => Some(dtype),
            _ if typed => return self.cursor.fail("a tensor's dtype isn't supported"),
            _ => None,
        };
        let Node::Storage(storage) = self.nodes[storage.0 as usize] else {
            return self.cursor.fail("a tensor isn't made from a storage");
        };
        self.push_node(Node::Tensor(TensorRef {
            storage,
            dtype,
            offset,
            shape,
            strides,
        }))
    }

    /// `('storage', class, key, location, len, …)`: where the location was is of no concern.
    pub(super) fn persistent(&mut self) -> Result<(), CheckpointError> {
        let id = self.pop()?;
        let [
            Value::Text(tag),
            Value::Global(class),
            Value::Text(key),
            _,
            Value::Int(len),
            ref view @ ..,
        ] = *self.arguments(id)?
        else {
            return self.cursor.fail("a persistent id isn't a storage");
        };
        if self.cursor.bytes(tag) != b"storage" {
            return self.cursor.fail("a persistent id isn't a storage");
        }
        if view.iter().any(|part| *part != Value::None) {
            // Only torch before 0.4 wrote these.
            return self.cursor.fail("a storage is a part of another");
        }
        let dtype = match class {
            Global::Storage(dtype) => Ok(dtype),
            Global::OtherStorage(name) => Err(name),
            _ => return self.cursor.fail("a storage's class isn't one"),
        };
        self.push_node(Node::Storage(StorageRef { dtype, key, len }))
    }

    /// Sets attributes. Only modules and namespaces have some that matter.
    pub(super) fn build(&mut self) -> Result<(), CheckpointError> {
        let state = self.pop()?;
        if let Value::Node(id) = self.top()?
            && let Node::Object(attributes) = &mut self.nodes[id.0 as usize]
        {
            *attributes = state;
        }
        Ok(())
    }
}
