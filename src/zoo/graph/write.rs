//! Networks as `.onnx` bytes; weights are streamed one by one, never all in memory.
//!
//! Must not know: what the nodes compute.

use std::io::{self, Write};

use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

use super::network::{Network, Port, Weight, elem_type, location};
use super::onnx;

/// The standard's IR version that goes with opset 20.
const IR_VERSION: i64 = 9;
/// The operator set that all our networks use.
const OPSET: i64 = 20;
/// What protobuf can hold in one message.
const PROTOBUF_LIMIT: u64 = 2 << 30;
/// Weights in a data file begin at multiples of a page, as the standard asks.
const PAGE: u64 = 4096;

/// Why a network could not be written.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The file would be above protobuf's limit.
    #[error(
        "the network has {bytes} bytes of weights; an .onnx file holds at most 2 GiB: write the \
         weights to an external data file beside it"
    )]
    TooLarge {
        /// Bytes of the file that was asked for.
        bytes: u64,
    },
    /// The disk or the pipe said no.
    #[error("the network could not be written: {0}")]
    Io(#[from] io::Error),
}

/// Where the bytes of a weight are.
enum Place {
    Inline,
    External { location: String, offset: u64 },
}

impl Network {
    /// The network as one `.onnx`, weights inside.
    ///
    /// Fails above 2 GiB, protobuf's limit: then use [`Self::write_onnx`] with a data file.
    pub fn to_onnx(&self) -> Result<Vec<u8>, GraphError> {
        let mut out = Vec::new();
        self.write_onnx(&mut out, None)?;
        Ok(out)
    }

    /// The graph without its large weights, for runtimes that are handed those as memory.
    ///
    /// What is left out, and the location each has been given: [`Network::external_weights`].
    pub fn skeleton(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let place = |index: usize| Place::External {
            location: location(index),
            offset: 0,
        };
        let places: Vec<Place> = (self.weights.iter().enumerate())
            .map(|(i, w)| {
                if w.is_external() {
                    place(i)
                } else {
                    Place::Inline
                }
            })
            .collect();
        let written = self.write(&mut out, &places);
        debug_assert!(written.is_ok(), "writing to memory does not fail");
        out
    }

    /// Writes the network to `graph`; with `data`, a file name and its writer, the large weights
    /// go there, and the two files belong side by side.
    pub fn write_onnx(
        &self,
        graph: &mut dyn Write,
        data: Option<(&str, &mut dyn Write)>,
    ) -> Result<(), GraphError> {
        let places = match data {
            None => self.weights.iter().map(|_| Place::Inline).collect(),
            Some((file, writer)) => self.write_data(file, writer)?,
        };
        self.write(graph, &places)
    }

    /// Writes the large weights and says where each has gone.
    fn write_data(&self, file: &str, out: &mut dyn Write) -> io::Result<Vec<Place>> {
        let mut end = 0_u64;
        let mut places = Vec::with_capacity(self.weights.len());
        for weight in &self.weights {
            if !weight.is_external() {
                places.push(Place::Inline);
                continue;
            }
            let offset = end.next_multiple_of(PAGE);
            io::copy(&mut io::Read::take(io::repeat(0), offset - end), out)?;
            out.write_all(&weight.bytes())?;
            end = offset + weight.byte_len() as u64;
            places.push(Place::External {
                location: file.to_owned(),
                offset,
            });
        }
        Ok(places)
    }

    /// Writes the model: its head, then the graph with the initialisers at its end.
    fn write(&self, out: &mut dyn Write, places: &[Place]) -> Result<(), GraphError> {
        let graph = self.graph().encode_to_vec();
        let tensors: Vec<_> = (self.weights.iter().zip(places))
            .filter(|(w, _)| !w.is_fed())
            .map(|(w, place)| Initialiser::new(w, place))
            .collect();
        let length = graph.len() + tensors.iter().map(Initialiser::field_len).sum::<usize>();
        if length as u64 >= PROTOBUF_LIMIT {
            let bytes = length as u64;
            return Err(GraphError::TooLarge { bytes });
        }
        let mut head = head().encode_to_vec();
        begin(onnx::MODEL_GRAPH, length, &mut head);
        out.write_all(&head)?;
        out.write_all(&graph)?;
        for tensor in tensors {
            tensor.write(out)?;
        }
        Ok(())
    }

    fn graph(&self) -> onnx::Graph {
        let extents = |w: &Weight| -> Vec<_> { w.shape().iter().map(|&n| Some(n)).collect() };
        let fed = self.fed_weights();
        let fed: Vec<Port> = fed
            .map(|w| Port::new(w.name(), w.dtype(), &extents(w)))
            .collect();
        onnx::Graph {
            node: self.nodes.clone(),
            name: self.name.clone(),
            initializer: self.constants.clone(),
            input: self.inputs.iter().chain(&fed).map(value_info).collect(),
            output: self.outputs.iter().map(value_info).collect(),
        }
    }
}

fn head() -> onnx::ModelHead {
    onnx::ModelHead {
        ir_version: IR_VERSION,
        producer_name: "bandpass".to_owned(),
        opset_import: vec![onnx::OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
    }
}

/// One weight as the graph's field `initializer`.
struct Initialiser<'a> {
    weight: &'a Weight,
    /// The message up to its bytes.
    head: Vec<u8>,
    /// Bytes that follow the head.
    inline: usize,
}

impl<'a> Initialiser<'a> {
    fn new(weight: &'a Weight, place: &Place) -> Self {
        let mut tensor = onnx::TensorProto {
            dims: weight.shape().iter().map(|&d| d as i64).collect(),
            data_type: elem_type(weight.dtype()),
            name: weight.name().to_owned(),
            ..onnx::TensorProto::default()
        };
        let mut inline = 0;
        if let Place::External { location, offset } = place {
            tensor.data_location = 1;
            tensor.external_data = vec![
                entry("location", location),
                entry("offset", &offset.to_string()),
                entry("length", &weight.byte_len().to_string()),
            ];
        } else {
            inline = weight.byte_len();
        }
        let mut head = tensor.encode_to_vec();
        if inline > 0 {
            begin(onnx::TENSOR_RAW_DATA, inline, &mut head);
        }
        Self {
            weight,
            head,
            inline,
        }
    }

    fn message_len(&self) -> usize {
        self.head.len() + self.inline
    }

    fn field_len(&self) -> usize {
        let length = self.message_len();
        key_len(onnx::GRAPH_INITIALIZER) + encoded_len_varint(length as u64) + length
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut key = Vec::new();
        begin(onnx::GRAPH_INITIALIZER, self.message_len(), &mut key);
        out.write_all(&key)?;
        out.write_all(&self.head)?;
        if self.inline > 0 {
            out.write_all(&self.weight.bytes())?;
        }
        Ok(())
    }
}

/// Begins a field of `length` bytes.
fn begin(tag: u32, length: usize, out: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(length as u64, out);
}

fn entry(key: &str, value: &str) -> onnx::Entry {
    onnx::Entry {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn value_info(port: &Port) -> onnx::ValueInfo {
    let dim = port.shape.iter().map(|extent| onnx::Dimension {
        value: Some(match extent {
            Some(n) => onnx::Extent::Value(*n as i64),
            None => onnx::Extent::Param("N".to_owned()),
        }),
    });
    onnx::ValueInfo {
        name: port.name.clone(),
        r#type: Some(onnx::Type {
            tensor_type: Some(onnx::TensorType {
                elem_type: elem_type(port.dtype),
                shape: Some(onnx::Shape { dim: dim.collect() }),
            }),
        }),
    }
}
