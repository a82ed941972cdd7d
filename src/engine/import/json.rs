//! JSON objects with a row each, one a line or in one list.
//!
//! Must not know: which column is the key.

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};

use serde::de::{
    DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::base::{CancelToken, Problem};

use super::builder::{Builder, Cell, MAX_COLUMNS, cant};
use super::leash::{Leash, MAX_ROW, Slack};
use super::table::LOOK;

/// Reads an object a line. A line that is none is a broken row.
pub(super) fn read_lines(
    source: &File,
    builder: &mut Builder<'_>,
    token: &CancelToken,
) -> Result<(), Problem> {
    let mut reader = BufReader::new(source);
    let mut line = Vec::new();
    for number in 1.. {
        if (number as usize).is_multiple_of(LOOK) {
            token.checkpoint()?;
        }
        line.clear();
        let n = (&mut reader)
            .take(MAX_ROW)
            .read_until(b'\n', &mut line)
            .map_err(cant)?;
        if n == 0 {
            break;
        }
        if n as u64 == MAX_ROW {
            return Err(cant("a row is longer than 16 MiB"));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut problem = None;
        let row = Row {
            builder,
            line: number,
            problem: &mut problem,
        };
        let line = without_nan(&line);
        let mut json = serde_json::Deserializer::from_slice(&line);
        let read = row.deserialize(&mut json).and_then(|()| json.end());
        if let Some(problem) = problem {
            return Err(problem);
        }
        match read {
            Ok(()) => builder.end_row(number)?,
            Err(error) => builder.broken(number, &error.to_string()),
        }
    }
    Ok(())
}

/// A line without the words that Python writes for numbers that are none, and JSON doesn't know.
fn without_nan(line: &[u8]) -> Vec<u8> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut clean = Vec::with_capacity(line.len());
    let (mut rest, mut quoted, mut escaped) = (line, false, false);
    while let Some((&byte, after)) = rest.split_first() {
        let mut words = WORDS.iter().filter(|_| !quoted);
        if let Some(after) = words.find_map(|word| rest.strip_prefix(*word)) {
            clean.extend_from_slice(b"null");
            rest = after;
            continue;
        }
        quoted ^= byte == b'"' && !escaped;
        escaped = quoted && byte == b'\\' && !escaped;
        clean.push(byte);
        rest = after;
    }
    clean
}

/// Reads a list of objects.
pub(super) fn read_array(
    source: &File,
    builder: &mut Builder<'_>,
    token: &CancelToken,
) -> Result<(), Problem> {
    let (leash, slack) = Leash::new(BufReader::new(source));
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(leash));
    let problem = RefCell::new(None);
    let rows = Rows {
        builder,
        token,
        slack,
        problem: &problem,
    };
    let read = json.deserialize_seq(rows).and_then(|()| json.end());
    match (problem.into_inner(), read) {
        (Some(problem), _) => Err(problem),
        (None, read) => read.map_err(cant),
    }
}

struct Rows<'a, 'b> {
    builder: &'a mut Builder<'b>,
    token: &'a CancelToken,
    slack: Slack,
    problem: &'a RefCell<Option<Problem>>,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let keep = |problem: Problem| {
            *self.problem.borrow_mut() = Some(problem);
            A::Error::custom("stopped")
        };
        for line in 1.. {
            self.token.checkpoint().map_err(|stop| keep(stop.into()))?;
            let mut problem = None;
            let row = Row {
                builder: self.builder,
                line,
                problem: &mut problem,
            };
            let read = list.next_element_seed(row);
            if let Some(problem) = problem {
                return Err(keep(problem));
            }
            if read?.is_none() {
                return Ok(());
            }
            self.slack.give();
            self.builder.end_row(line).map_err(keep)?;
        }
        Ok(())
    }
}

/// One object, whose cells go to the builder.
struct Row<'a, 'b> {
    builder: &'a mut Builder<'b>,
    line: u64,
    problem: &'a mut Option<Problem>,
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a key and numbers")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        // A row that breaks off adds no columns, and chooses no key.
        let mut cells = Vec::new();
        while let Some((name, value)) = object.next_entry::<String, Value>()? {
            cells.push((name, value));
            if cells.len() > MAX_COLUMNS {
                break;
            }
        }
        let Err(problem) = self.take(&cells) else {
            return Ok(());
        };
        *self.problem = Some(problem);
        Err(A::Error::custom("stopped"))
    }
}

impl Row<'_, '_> {
    /// Gives a whole row to the builder; the first one decides which column is the key.
    fn take(&mut self, cells: &[(String, Value)]) -> Result<(), Problem> {
        let place = |(name, _): &(String, Value)| self.builder.column(name);
        let places: Vec<usize> = cells.iter().map(place).collect::<Result<_, _>>()?;
        if !self.builder.has_key() {
            self.builder.choose_key()?;
        }
        for (at, (_, value)) in places.into_iter().zip(cells) {
            self.builder.cell(at, value.cell(), self.line);
        }
        Ok(())
    }
}

/// What an object says of a column.
enum Value {
    Empty,
    Number(f64),
    Text(String),
    Other,
}

impl Value {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Number(value) => Cell::Number(*value),
            Self::Text(text) => Cell::Text(text.as_bytes()),
            Self::Other => Cell::Other,
        }
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Empty)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Number(f64::from(u8::from(value))))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
