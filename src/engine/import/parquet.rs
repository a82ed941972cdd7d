//! Parquet, column beside column, some thousand rows at a time.
//!
//! Must not know: which column is the key.

use std::fs::File;

use ::parquet::basic::{ConvertedType, LogicalType, Type};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::Result as ParquetResult;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::reader::{FileReader as _, RowGroupReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;

use crate::base::{CancelToken, Problem};
use crate::engine::decode;

use super::builder::{Builder, Cell, cant};

/// Rows read together.
const BATCH: usize = 8192;
/// Bytes that a column of one group of rows may claim to hold.
const MAX_CHUNK: i64 = 1 << 30;

/// Reads every row group. A fault of the reader is a fault of the file.
pub(super) fn read(
    source: &File,
    builder: &mut Builder<'_>,
    token: &CancelToken,
) -> Result<(), Problem> {
    let read = decode::caught(|| read_groups(source, builder, token));
    read.unwrap_or_else(|why| Err(cant(format!("it is damaged: {why}"))))
}

fn read_groups(
    source: &File,
    builder: &mut Builder<'_>,
    token: &CancelToken,
) -> Result<(), Problem> {
    let file = source.try_clone().map_err(cant)?;
    let reader = SerializedFileReader::new(file).map_err(cant)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    // A column of the file is one of the table only where it has a single value a row.
    let mut places = Vec::new();
    for column in schema.columns() {
        let name = column.path().string();
        let at = builder.add_column(&name)?;
        places.push((at, is_plain(column)));
    }
    builder.choose_key()?;
    let mut line = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(cant)?;
        let mut columns = Vec::new();
        for (nth, &(at, plain)) in places.iter().enumerate() {
            if !builder.needs(at) {
                continue;
            }
            if !plain {
                builder.cell(at, Cell::Other, line + 1);
                continue;
            }
            columns.push((at, open(group.as_ref(), nth)?));
        }
        read_group(
            &mut columns,
            group.metadata().num_rows(),
            &mut line,
            builder,
            token,
        )?;
    }
    Ok(())
}

fn open(group: &dyn RowGroupReader, nth: usize) -> Result<Column, Problem> {
    let claimed = group
        .metadata()
        .columns()
        .get(nth)
        .map(ColumnChunkMetaData::uncompressed_size);
    if claimed.is_none_or(|size| !(0..=MAX_CHUNK).contains(&size)) {
        return Err(cant(
            "a column claims to hold more than 1 GiB in one group of rows",
        ));
    }
    let reader = group.get_column_reader(nth).map_err(cant)?;
    let column = group.metadata().columns().get(nth);
    let column = column.map(parquet::file::metadata::ColumnChunkMetaData::column_descr);
    Ok(Column {
        reader,
        max_level: column.map_or(0, ColumnDescriptor::max_def_level),
        is_unsigned: column.is_some_and(is_unsigned),
    })
}

/// Whether its integers have no sign, which the way they are stored doesn't tell.
fn is_unsigned(column: &ColumnDescriptor) -> bool {
    let converted = matches!(
        column.converted_type(),
        ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    );
    match column.logical_type_ref() {
        Some(LogicalType::Integer(integer)) => !integer.is_signed,
        _ => converted,
    }
}

fn read_group(
    columns: &mut [(usize, Column)],
    n_rows: i64,
    line: &mut u64,
    builder: &mut Builder<'_>,
    token: &CancelToken,
) -> Result<(), Problem> {
    let mut left = usize::try_from(n_rows).map_err(cant)?;
    while left > 0 {
        token.checkpoint()?;
        let n = left.min(BATCH);
        let mut read = Vec::with_capacity(columns.len());
        for (at, column) in columns.iter_mut() {
            let values = column.next(n).map_err(cant)?;
            if values.len() != n {
                return Err(cant("it is damaged: its columns are not equally long"));
            }
            read.push((*at, values));
        }
        for row in 0..n {
            *line += 1;
            for (at, values) in &read {
                let value = values.get(row).unwrap_or(&Value::Empty);
                builder.cell(*at, value.cell(), *line);
            }
            builder.end_row(*line)?;
        }
        left -= n;
    }
    Ok(())
}

/// Whether a column has one value a row, and its numbers are no dates, decimals or the like.
fn is_plain(column: &ColumnDescriptor) -> bool {
    let converted = matches!(
        column.converted_type(),
        ConvertedType::NONE
            | ConvertedType::UTF8
            | ConvertedType::ENUM
            | ConvertedType::JSON
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64
            | ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    );
    let logical = matches!(
        column.logical_type_ref(),
        None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Integer { .. })
    );
    let stored = matches!(
        column.physical_type(),
        Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE | Type::BYTE_ARRAY
    );
    column.path().parts().len() == 1
        && column.max_rep_level() == 0
        && converted
        && logical
        && stored
}

enum Value {
    Empty,
    Number(f64),
    Text(::parquet::data_type::ByteArray),
}

impl Value {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Number(value) if value.is_nan() => Cell::Empty,
            Self::Number(value) => Cell::Number(*value),
            Self::Text(text) => Cell::Text(text.data()),
        }
    }
}

/// A column of one group of rows.
struct Column {
    reader: ColumnReader,
    /// The level at which a value is there.
    max_level: i16,
    is_unsigned: bool,
}

impl Column {
    /// The next `n` rows, or fewer at the end.
    fn next(&mut self, n: usize) -> ParquetResult<Vec<Value>> {
        let (level, is_unsigned) = (self.max_level, self.is_unsigned);
        match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => values(reader, n, level, |&value| {
                Value::Number(f64::from(u8::from(value)))
            }),
            ColumnReader::Int32ColumnReader(reader) => values(reader, n, level, |&value| {
                Value::Number(if is_unsigned {
                    f64::from(value.cast_unsigned())
                } else {
                    f64::from(value)
                })
            }),
            ColumnReader::Int64ColumnReader(reader) => values(reader, n, level, |&value| {
                Value::Number(if is_unsigned {
                    value.cast_unsigned() as f64
                } else {
                    value as f64
                })
            }),
            ColumnReader::FloatColumnReader(reader) => {
                values(reader, n, level, |&value| Value::Number(f64::from(value)))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                values(reader, n, level, |&value| Value::Number(value))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                values(reader, n, level, |value| Value::Text(value.clone()))
            }
            ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
                Ok(Vec::new())
            }
        }
    }
}

fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    n: usize,
    level: i16,
    value: impl Fn(&T::T) -> Value,
) -> ParquetResult<Vec<Value>> {
    let (mut levels, mut found) = (Vec::new(), Vec::new());
    let (n_rows, ..) = reader.read_records(n, Some(&mut levels), None, &mut found)?;
    let mut found = found.iter();
    let is_there = |row: usize| level == 0 || levels.get(row) == Some(&level);
    let next = |row: usize| {
        let next = is_there(row).then(|| found.next()).flatten();
        next.map_or(Value::Empty, &value)
    };
    Ok((0..n_rows).map(next).collect())
}
