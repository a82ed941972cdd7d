//! The weights of an ONNX file: their names, and whether their bytes are there.
//!
//! Must not know: engines, where the bytes lie.

use std::io::{Read, Seek};
use std::path::{Component, Path};

use super::Facts;
use super::wire::{Fault, Payload, Wire};

/// A weight of the graph itself.
pub(super) fn initializer<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
    facts: &mut Facts,
) -> Result<(), Fault> {
    let name = tensor(wire, end, facts)?;
    facts.initializers.insert(name);
    Ok(())
}

/// `TensorProto`: its name; its raw bytes must fill its shape.
pub(super) fn tensor<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
    facts: &mut Facts,
) -> Result<String, Fault> {
    let (mut name, mut count, mut width) = (String::new(), Some(1_u64), 0);
    let (mut raw, mut place, mut rank) = (None, None, 0);
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (1, Payload::Varint(size)) => {
                rank += 1;
                count = count.and_then(|n| n.checked_mul(size));
            }
            (1, Payload::Until(until)) => {
                while wire.at() < until {
                    let size = wire.varint(until)?;
                    rank += 1;
                    count = count.and_then(|n| n.checked_mul(size));
                }
            }
            (2, Payload::Varint(kind)) => width = bytes_of(kind),
            (8, Payload::Until(until)) => name = wire.text(until)?,
            (9, Payload::Until(until)) => {
                raw = Some(until - wire.at());
                wire.skip_to(until)?;
            }
            (13, Payload::Until(until)) => {
                external(wire, until, place.get_or_insert_with(Place::default))?;
            }
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    let needed = count.and_then(|n| n.checked_mul(width));
    if let Some(place) = place {
        note_external(place, needed, facts)?;
    }
    match raw {
        Some(raw) if width > 0 && needed != Some(raw) => Err(Fault::Meaning(format!(
            "the weight `{name}` has {raw} bytes, which don't fill its shape"
        ))),
        _ => {
            if rank == 1 {
                facts.vectors.insert(name.clone());
            }
            Ok(name)
        }
    }
}

/// Bytes of an element; 0 where it isn't known or not whole.
fn bytes_of(kind: u64) -> u64 {
    match kind {
        2 | 3 | 9 => 1,
        4 | 5 | 10 | 16 => 2,
        1 | 6 | 12 => 4,
        7 | 11 | 13 => 8,
        _ => 0,
    }
}

/// Where a weight in another file lies.
#[derive(Default)]
struct Place {
    location: String,
    offset: u64,
    length: u64,
}

/// `StringStringEntryProto` of a weight in another file.
fn external<R: Read + Seek>(wire: &mut Wire<R>, end: u64, place: &mut Place) -> Result<(), Fault> {
    let (mut key, mut value) = (String::new(), String::new());
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (1, Payload::Until(until)) => key = wire.text(until)?,
            (2, Payload::Until(until)) => value = wire.text(until)?,
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    let number = || {
        let bad = |_error| Fault::Meaning(format!("the {key} of a weight is `{value}`"));
        value.parse::<u64>().map_err(bad)
    };
    match key.as_str() {
        "location" => place.location = value,
        "offset" => place.offset = number()?,
        "length" => place.length = number()?,
        _ => {}
    }
    Ok(())
}

/// Notes the file that a weight lies in, which must be beside or below the model.
fn note_external(place: Place, needed: Option<u64>, facts: &mut Facts) -> Result<(), Fault> {
    let below = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
    if !Path::new(&place.location).components().all(below) {
        return Err(Fault::Meaning(format!(
            "its weights are to be read from outside of its folder: `{}`",
            place.location
        )));
    }
    let length = needed.map_or(place.length, |needed| needed.max(place.length));
    let end = place.offset.checked_add(length).ok_or_else(|| {
        Fault::Meaning(format!(
            "a weight ends beyond any file: `{}`",
            place.location
        ))
    })?;
    let most = facts.external.entry(place.location).or_default();
    *most = end.max(*most);
    Ok(())
}
