//! The JSON header of a safetensors file, in the file's order.
//!
//! Must not know: where the data lies.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use crate::zoo::checkpoint::budget::Budget;
use crate::zoo::checkpoint::dtype::Dtype;
use crate::zoo::checkpoint::error::brief;
use crate::zoo::checkpoint::layout::Layout;

/// The header as it stands: in order, with names that may repeat.
#[derive(Default)]
pub(super) struct Header<'a> {
    pub(super) entries: Vec<(Cow<'a, str>, Entry)>,
    pub(super) metadata: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// One tensor's description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    dtype: NamedDtype,
    shape: Shape,
    data_offsets: [usize; 2],
}

struct NamedDtype(Dtype);

struct Shape(Vec<usize>);

/// Text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Header<'a> {
    pub(super) fn parse(json: &'a [u8], budget: &mut Budget) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_slice(json);
        let header = HeaderSeed(budget).deserialize(&mut json)?;
        json.end()?;
        Ok(header)
    }
}

impl Entry {
    pub(super) fn dtype(&self) -> Dtype {
        self.dtype.0
    }

    /// First byte and the byte after the last, from the end of the header.
    pub(super) fn range(&self) -> [usize; 2] {
        self.data_offsets
    }

    /// Its layout, if its shape and type fill its range exactly.
    pub(super) fn layout(&self) -> Result<Layout, String> {
        let Self {
            dtype,
            shape,
            data_offsets: [start, end],
        } = self;
        let layout = Layout::row_major(shape.0.clone());
        let layout = layout.ok_or_else(|| format!("its shape {:?} is too large", shape.0))?;
        let bytes = layout.len().checked_mul(dtype.0.size());
        if bytes.is_none() || bytes != end.checked_sub(*start) {
            return Err(format!(
                "{} of shape {:?} doesn't fill bytes {start} to {end}",
                dtype.0, shape.0
            ));
        }
        Ok(layout)
    }
}

impl<'de> Deserialize<'de> for NamedDtype {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let Text(name) = Text::deserialize(json)?;
        Dtype::from_safetensors(&name)
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("dtype {} isn't supported", brief(&name))))
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of sizes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sizes: A) -> Result<Shape, A::Error> {
        let mut shape = Vec::new();
        while let Some(size) = sizes.next_element()? {
            if shape.len() == Layout::MAX_RANK {
                return Err(A::Error::custom("a tensor of more than 64 dimensions"));
            }
            shape.push(size);
        }
        Ok(Shape(shape))
    }
}

struct HeaderSeed<'b>(&'b mut Budget);

impl<'de> DeserializeSeed<'de> for HeaderSeed<'_> {
    type Value = Header<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Header<'de>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeaderSeed<'_> {
    type Value = Header<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object that describes tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header<'de>, A::Error> {
        let mut header = Header::default();
        while let Some(Text(name)) = map.next_key()? {
            if name == "__metadata__" {
                map.next_value_seed(MetadataSeed(&mut header.metadata, self.0))?;
                continue;
            }
            let entry: Entry = map
                .next_value()
                .map_err(|e| A::Error::custom(format!("`{}`: {e}", brief(&name))))?;
            let memory = name.len() + entry.shape.0.len() * 2 * size_of::<usize>();
            self.0
                .spend(memory, "its header")
                .map_err(A::Error::custom)?;
            let pushed = self
                .0
                .push(&mut header.entries, (name, entry), "its header");
            pushed.map_err(A::Error::custom)?;
        }
        Ok(header)
    }
}

struct MetadataSeed<'m, 'de>(&'m mut Vec<(Cow<'de, str>, Cow<'de, str>)>, &'m mut Budget);

impl<'de> DeserializeSeed<'de> for MetadataSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MetadataSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("metadata that maps text to text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((Text(name), Text(value))) = map.next_entry()? {
            let spent = self.1.spend(name.len() + value.len(), "its header");
            spent.map_err(de::Error::custom)?;
            let pushed = self.1.push(self.0, (name, value), "its header");
            pushed.map_err(de::Error::custom)?;
        }
        Ok(())
    }
}
