//! The JSON of an index, in its order.
//!
//! Must not know: what the names stand for.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::zoo::checkpoint::budget::Budget;

/// Tensors with their files; tensors may repeat.
pub(super) type List<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// What an entry takes in trees of names, beside its texts.
const ENTRY: usize = 128;

/// Text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The `weight_map` of an index.
pub(super) fn read<'a>(json: &'a [u8], budget: &mut Budget) -> Result<List<'a>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let list = json.deserialize_map(Document(budget))?;
    json.end()?;
    Ok(list)
}

struct Document<'b>(&'b mut Budget);

impl<'de> Visitor<'de> for Document<'_> {
    type Value = List<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with a weight_map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<'de>, A::Error> {
        let mut list = None;
        while let Some(Text(name)) = map.next_key()? {
            if name != "weight_map" {
                map.next_value::<IgnoredAny>()?;
            } else if list
                .replace(map.next_value_seed(WeightMap(self.0))?)
                .is_some()
            {
                return Err(A::Error::duplicate_field("weight_map"));
            }
        }
        list.ok_or_else(|| A::Error::missing_field("weight_map"))
    }
}

struct WeightMap<'b>(&'b mut Budget);

impl<'de> DeserializeSeed<'de> for WeightMap<'_> {
    type Value = List<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<List<'de>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WeightMap<'_> {
    type Value = List<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object that maps tensors to files")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some((Text(tensor), Text(file))) = map.next_entry()? {
            let memory = ENTRY + 2 * (tensor.len() + file.len());
            let spent = self.0.spend(memory, "its list of tensors");
            spent.map_err(A::Error::custom)?;
            let pushed = self
                .0
                .push(&mut list, (tensor, file), "its list of tensors");
            pushed.map_err(A::Error::custom)?;
        }
        Ok(list)
    }
}
