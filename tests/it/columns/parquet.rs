//! Parquet files: whole, cut off, and with claims that don't hold.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::import::{beside, values};
use crate::dataset::Dataset;

const SCHEMA: &str = "message table {
    OPTIONAL BYTE_ARRAY path (UTF8);
    OPTIONAL DOUBLE score;
    REQUIRED INT64 count;
    REQUIRED INT64 when (TIMESTAMP_MILLIS);
}";

/// A table with these paths; the second score is missing.
fn table(paths: &[&str], compression: Compression) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .build();
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    let mut group = file.next_row_group().unwrap();
    let n = paths.len();
    let keys: Vec<ByteArray> = paths.iter().map(|path| ByteArray::from(*path)).collect();
    let mut column = group.next_column().unwrap().unwrap();
    let there = vec![1; n];
    column
        .typed::<ByteArrayType>()
        .write_batch(&keys, Some(&there), None)
        .unwrap();
    column.close().unwrap();
    let levels: Vec<i16> = (0..n).map(|i| i16::from(i != 1)).collect();
    let scores: Vec<f64> = (0..n).filter(|i| *i != 1).map(|i| i as f64 + 0.5).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<DoubleType>()
        .write_batch(&scores, Some(&levels), None)
        .unwrap();
    column.close().unwrap();
    let counts: Vec<i64> = (0..n as i64).collect();
    for _ in 0..2 {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&counts, None, None)
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    bytes
}

const PATHS: [&str; 3] = ["soft/絵0.png", "soft/絵1.png", "sharp/1.png"];

#[test]
fn every_codec_gives_the_same_columns() {
    let set = Dataset::new(2);
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(parquet::basic::GzipLevel::default()),
        Compression::ZSTD(parquet::basic::ZstdLevel::default()),
    ] {
        let file = beside(&set, "p.parquet", table(&PATHS, compression));
        let run = set.run(&["import", &file, "@", "--yes"]).ok();
        assert!(
            run.stderr().contains("'when' is left out"),
            "{}",
            run.stderr()
        );
        let mut scores = values(&set, "score");
        scores.sort_by(|a, b| a.0.cmp(&b.0));
        let scores: Vec<String> = scores.iter().map(|(n, v)| format!("{n} {v}")).collect();
        assert_eq!(
            scores,
            ["0.png null", "1.png 2.5", "絵0.png 0.5", "絵1.png null"]
        );
        let counts = values(&set, "count");
        assert!(counts.contains(&("絵1.png".to_owned(), 1.0.into())));
    }
}

#[test]
fn numbers_without_a_sign_stay_without_one() {
    let schema = "message table {
        REQUIRED BYTE_ARRAY name (UTF8);
        REQUIRED INT32 small (UINT_32);
        REQUIRED INT64 large (UINT_64);
        REQUIRED INT32 signed (INT_32);
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    for nth in 0..4 {
        let mut column = group.next_column().unwrap().unwrap();
        match nth {
            0 => {
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&[ByteArray::from("1.png")], None, None)
            }
            2 => column
                .typed::<Int64Type>()
                .write_batch(&[i64::MIN], None, None),
            _ => column
                .typed::<Int32Type>()
                .write_batch(&[i32::MIN], None, None),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    let set = Dataset::new(2);
    let file = beside(&set, "u.parquet", bytes);
    set.run(&["import", &file, "@", "--yes"]).ok();
    let half = f64::from(1_u32 << 31);
    for (column, value) in [
        ("small", half),
        ("large", half * half * 2.0),
        ("signed", -half),
    ] {
        let found = values(&set, column);
        let wanted = ("1.png".to_owned(), value.into());
        assert!(found.contains(&wanted), "{column}: {found:?}");
    }
}

#[test]
fn damaged_files_end_in_words() {
    let set = Dataset::new(1);
    let whole = table(&PATHS, Compression::SNAPPY);
    let mut cases: Vec<Vec<u8>> = (4..whole.len())
        .step_by(97)
        .map(|n| whole[..n].to_vec())
        .collect();
    // Every byte of header and footer turned over: sizes of gigabytes among the claims.
    for at in (4..whole.len()).step_by(61) {
        for mask in [0xff, 0x80] {
            let mut turned = whole.clone();
            turned[at] ^= mask;
            cases.push(turned);
        }
    }
    for bytes in cases {
        let file = beside(&set, "d.parquet", bytes);
        let run = set.run(&["import", &file, "@", "--dry-run"]);
        assert!([0, 1, 2].contains(&run.code()), "{}", run.stderr());
        assert!(!run.stderr().contains("panicked"), "{}", run.stderr());
        assert!(
            run.code() != 0 || run.stderr().contains("Import"),
            "{}",
            run.stderr()
        );
    }
}
