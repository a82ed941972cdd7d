//! The messages of an ONNX file, as far as they are looked at.
//!
//! Must not know: engines, where the bytes lie.

use std::io::{Read, Seek};

use super::weights::{initializer, tensor};
use super::wire::{Fault, Payload, Wire};
use super::{Element, Facts, Port};

/// Graphs within graphs (branches, loops) deeper than this are damage.
const DEEPEST: u32 = 16;

/// Texts of attributes longer than this are no modes.
const LONGEST_MODE: u64 = 64;

/// `ModelProto`.
pub(super) fn model<R: Read + Seek>(wire: &mut Wire<R>) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let mut has_graph = false;
    let end = wire.end();
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (7, Payload::Until(until)) => {
                graph(wire, until, &mut facts, 0)?;
                has_graph = true;
            }
            (8, Payload::Until(until)) => opset(wire, until, &mut facts)?,
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    if !has_graph {
        return Err(Fault::Meaning("it holds no graph".to_owned()));
    }
    let Facts {
        inputs,
        outputs,
        initializers,
        ends,
        ..
    } = &mut facts;
    inputs.retain(|port| !initializers.contains(&port.name));
    ends.retain(|name, _| outputs.iter().any(|port| port.name == *name));
    Ok(facts)
}

/// `OperatorSetIdProto`.
fn opset<R: Read + Seek>(wire: &mut Wire<R>, end: u64, facts: &mut Facts) -> Result<(), Fault> {
    let (mut domain, mut version) = (String::new(), 0);
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (1, Payload::Until(until)) => domain = wire.text(until)?,
            (2, Payload::Varint(value)) => version = value as i64,
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    if domain.is_empty() || domain == "ai.onnx" {
        facts.opset = version;
    }
    Ok(())
}

/// `GraphProto`; only the outermost one has the network's ports.
fn graph<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
    facts: &mut Facts,
    depth: u32,
) -> Result<(), Fault> {
    if depth > DEEPEST {
        return Err(Fault::Meaning(
            "its graphs are nested too deeply".to_owned(),
        ));
    }
    while let Some((number, payload)) = wire.field(end)? {
        let Payload::Until(until) = payload else {
            continue;
        };
        match number {
            1 => node(wire, until, facts, depth)?,
            5 => initializer(wire, until, facts)?,
            11 if depth == 0 => {
                let port = port(wire, until)?;
                facts.inputs.push(port);
            }
            12 if depth == 0 => {
                let port = port(wire, until)?;
                facts.outputs.push(port);
            }
            _ => wire.skip_to(until)?,
        }
    }
    Ok(())
}

/// `NodeProto`.
fn node<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
    facts: &mut Facts,
    depth: u32,
) -> Result<(), Fault> {
    let (mut operator, mut domain) = (String::new(), String::new());
    let (mut inputs, mut outputs, mut modes) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (1, Payload::Until(until)) => inputs.push(wire.text(until)?),
            (2, Payload::Until(until)) if depth == 0 => outputs.push(wire.text(until)?),
            (4, Payload::Until(until)) => operator = wire.text(until)?,
            (7, Payload::Until(until)) => domain = wire.text(until)?,
            (5, Payload::Until(until)) => modes.extend(attribute(wire, until, facts, depth)?),
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    if operator.is_empty() {
        return Err(Fault::Meaning("a node has no operator".to_owned()));
    }
    if !domain.is_empty() && domain != "ai.onnx" {
        operator = format!("{domain}:{operator}");
    }
    if operator == "MatMul" {
        facts.multipliers.extend(inputs.into_iter().nth(1));
    }
    let ends = outputs.into_iter().map(|name| (name, operator.clone()));
    facts.ends.extend(ends);
    for mode in modes {
        *facts.modes.entry(format!("{operator} {mode}")).or_default() += 1;
    }
    *facts.operators.entry(operator).or_default() += 1;
    Ok(())
}

/// `AttributeProto`: looks into its graphs and tensors; a text is returned as `name=text`.
fn attribute<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
    facts: &mut Facts,
    depth: u32,
) -> Result<Option<String>, Fault> {
    let (mut name, mut text) = (String::new(), None);
    while let Some((number, payload)) = wire.field(end)? {
        let Payload::Until(until) = payload else {
            continue;
        };
        match number {
            1 => name = wire.text(until)?,
            4 if until - wire.at() <= LONGEST_MODE => text = wire.text(until).ok(),
            5 => drop(tensor(wire, until, facts)?),
            6 | 11 => graph(wire, until, facts, depth + 1)?,
            _ => wire.skip_to(until)?,
        }
    }
    Ok(text.map(|text| format!("{name}={text}")))
}

/// `ValueInfoProto`.
fn port<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<Port, Fault> {
    let mut port = Port {
        name: String::new(),
        element: Element::Other(0),
        shape: Vec::new(),
    };
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (1, Payload::Until(until)) => port.name = wire.text(until)?,
            (2, Payload::Until(until)) => nested(wire, until, 1, |wire, end| {
                tensor_type(wire, end, &mut port)
            })?,
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    Ok(port)
}

/// `TypeProto.Tensor`.
fn tensor_type<R: Read + Seek>(wire: &mut Wire<R>, end: u64, port: &mut Port) -> Result<(), Fault> {
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (1, Payload::Varint(kind)) => port.element = Element::from_onnx(kind as i32),
            (2, Payload::Until(until)) => nested(wire, until, 1, |wire, end| {
                port.shape.push(dimension(wire, end)?);
                Ok(())
            })?,
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    Ok(())
}

/// `TensorShapeProto.Dimension`: a size, or none where it is named or absent. 0 and negative sizes,
/// which some exporters write for free ones, are free.
fn dimension<R: Read + Seek>(wire: &mut Wire<R>, end: u64) -> Result<Option<usize>, Fault> {
    let mut size = None;
    while let Some((number, payload)) = wire.field(end)? {
        match (number, payload) {
            (1, Payload::Varint(value)) => size = (value as i64 > 0).then_some(value as usize),
            (_, Payload::Until(until)) => wire.skip_to(until)?,
            _ => {}
        }
    }
    Ok(size)
}

/// Hands the messages with this field number to `each`, skipping the rest.
fn nested<R: Read + Seek>(
    wire: &mut Wire<R>,
    end: u64,
    field: u64,
    mut each: impl FnMut(&mut Wire<R>, u64) -> Result<(), Fault>,
) -> Result<(), Fault> {
    while let Some((number, payload)) = wire.field(end)? {
        match payload {
            Payload::Until(until) if number == field => each(wire, until)?,
            Payload::Until(until) => wire.skip_to(until)?,
            _ => {}
        }
    }
    Ok(())
}
