//! The functions and classes that a pickle of weights may name. This is the whole list.
//!
//! Must not know: opcodes, stacks.

use super::value::Span;
use crate::zoo::checkpoint::dtype::Dtype;

/// What a name stands for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::zoo::checkpoint) enum Global {
    /// Makes a dictionary.
    Dict,
    /// Gives back its first argument: parameters, lists, sets, sizes.
    First,
    /// `_rebuild_tensor` and `_rebuild_tensor_v2`: storage, offset, size, stride, ….
    Tensor,
    /// `_rebuild_tensor_v3`: the same, and a dtype as its seventh argument.
    TypedTensor,
    /// `_rebuild_from_type_v2`: another function and its arguments, second and third.
    FromType,
    /// A class of storages; not called, but named in storage descriptions.
    Storage(Dtype),
    /// A class of storages whose elements aren't read: its name.
    OtherStorage(Span),
    /// An element type.
    Dtype(Dtype),
    /// A class whose instances have attributes that may be tensors.
    Class,
    /// Something that tensors don't need, and that does no harm: its result is ignored.
    Inert,
}

/// What `module.name` stands for; none if it is to be refused. `place` is where `name` is written.
pub(super) fn lookup(module: &str, name: &str, place: Span) -> Option<Global> {
    match module {
        "torch" => torch(name, place),
        "torch.storage" => (name == "UntypedStorage").then_some(Global::Storage(Dtype::U8)),
        "torch._utils" => match name {
            "_rebuild_tensor" | "_rebuild_tensor_v2" => Some(Global::Tensor),
            "_rebuild_tensor_v3" => Some(Global::TypedTensor),
            "_rebuild_parameter" | "_rebuild_parameter_with_state" => Some(Global::First),
            _ => None,
        },
        "torch._tensor" => (name == "_rebuild_from_type_v2").then_some(Global::FromType),
        "torch.nn.parameter" => match name {
            "Parameter" | "Buffer" => Some(Global::First),
            _ => None,
        },
        "torch.jit._pickle" => match name {
            "build_intlist" | "build_tensorlist" | "build_doublelist" | "build_boollist"
            | "restore_type_tag" => Some(Global::First),
            _ => None,
        },
        "collections" => match name {
            "OrderedDict" | "defaultdict" | "Counter" => Some(Global::Dict),
            _ => None,
        },
        "pytorch_lightning.utilities.parsing" | "lightning_fabric.utilities.data" => {
            (name == "AttributeDict").then_some(Global::Dict)
        }
        "builtins" | "__builtin__" => builtin(name),
        _ if is_class(module, name) => Some(Global::Class),
        _ => INERT.contains(&(module, name)).then_some(Global::Inert),
    }
}

fn torch(name: &str, place: Span) -> Option<Global> {
    let is_storage = name.ends_with("Storage") && is_identifier(name);
    match name {
        "Size" | "Tensor" => Some(Global::First),
        "device" | "complex64" | "complex128" => Some(Global::Inert),
        "UntypedStorage" => Some(Global::Storage(Dtype::U8)),
        _ if is_storage => Some(match Dtype::from_torch_storage(name) {
            Some(dtype) => Global::Storage(dtype),
            None => Global::OtherStorage(place),
        }),
        _ => Dtype::from_torch(name).map(Global::Dtype),
    }
}

fn builtin(name: &str) -> Option<Global> {
    match name {
        "list" | "tuple" | "set" | "frozenset" => Some(Global::First),
        "dict" => Some(Global::Dict),
        "complex" | "slice" | "range" | "bytearray" | "bytes" | "int" | "float" | "bool"
        | "str" => Some(Global::Inert),
        _ => None,
    }
}

/// Modules and namespaces: here a class is a bag of attributes, and its code is never seen.
fn is_class(module: &str, name: &str) -> bool {
    let scripted = module == "__torch__" || module.starts_with("__torch__.");
    let of_torch = module.starts_with("torch.nn.modules.");
    let namespace = NAMESPACES.contains(&(module, name));
    is_identifier(name) && (scripted || of_torch || namespace)
}

fn is_identifier(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

const NAMESPACES: [(&str, &str); 4] = [
    ("argparse", "Namespace"),
    ("types", "SimpleNamespace"),
    ("torch.nn.parallel.data_parallel", "DataParallel"),
    ("torch.nn.parallel.distributed", "DistributedDataParallel"),
];

const INERT: [(&str, &str); 26] = [
    ("_codecs", "encode"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("pathlib", "Path"),
    ("pathlib", "PosixPath"),
    ("pathlib", "PurePath"),
    ("pathlib", "PurePosixPath"),
    ("pathlib", "PureWindowsPath"),
    ("pathlib", "WindowsPath"),
    ("pathlib._local", "PosixPath"),
    ("pathlib._local", "PurePosixPath"),
    ("pathlib._local", "WindowsPath"),
    ("torch.serialization", "_get_layout"),
    ("uuid", "UUID"),
    ("torch.torch_version", "TorchVersion"),
];

#[cfg(test)]
mod tests {
    use super::{Dtype, Global, Span, lookup};

    const PLACE: Span = Span { start: 0, end: 0 };

    #[test]
    fn weights_are_known_and_the_rest_is_not() {
        let found = |module, name| lookup(module, name, PLACE);
        assert_eq!(
            found("torch", "HalfStorage"),
            Some(Global::Storage(Dtype::F16))
        );
        assert_eq!(
            found("torch", "QInt8Storage"),
            Some(Global::OtherStorage(PLACE))
        );
        assert_eq!(
            found("torch.nn.modules.conv", "Conv2d"),
            Some(Global::Class)
        );
        assert_eq!(
            found("__torch__.clip.___torch_mangle_1", "A"),
            Some(Global::Class)
        );
        for (module, name) in [
            ("os", "system"),
            ("builtins", "eval"),
            ("builtins", "getattr"),
            ("torch", "load"),
            ("torch", "_utils._rebuild_tensor_v2.__globals__"),
            ("torch", "x.FloatStorage"),
            ("torch.nn.modules.conv", "os.system"),
            ("torch.nn.modulesx", "Conv2d"),
            ("__torch__os", "system"),
            ("", ""),
        ] {
            assert_eq!(found(module, name), None, "{module}.{name}");
        }
    }
}
