use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::base::paths;
use crate::domain::image::{Failure, Stage};
use crate::domain::marks::{Flag, Marks};

fn row(path: &[u8]) -> ExportRow {
    ExportRow {
        path: PathBuf::from(paths::from_bytes(path)),
        blake3: Some("ab".repeat(32)),
        width: Some(640),
        height: Some(480),
        size: 1234,
        mtime_ns: 1_700_000_000_500_000_000,
        marks: Marks {
            stars: 4,
            flag: Flag::Pick,
            tags: vec!["best".into(), "a, b".into()],
        },
        values: vec![Some(0.1), None],
        signatures: vec![("phash".into(), Some(0x00ff))],
        failure: None,
        outside: None,
        lists: Vec::new(),
    }
}

fn written(rows: Vec<ExportRow>, columns: &[&str], format: ListFormat) -> Vec<u8> {
    let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    let mut out = Vec::new();
    let n_rows = rows.len() as u64;
    let wrote = write_list(rows.into_iter(), &columns, format, &mut out).unwrap();
    assert_eq!(wrote, n_rows);
    out
}

#[test]
fn scores_outside_their_field_are_named_where_there_are_any() {
    let mut photo = row(b"/x/photo.png");
    photo.outside = Some(vec!["a".into(), "b".into()]);
    let mut drawing = row(b"/x/drawing.png");
    drawing.outside = Some(Vec::new());
    let csv = written(
        vec![drawing.clone(), photo.clone()],
        &["a", "b"],
        ListFormat::Csv,
    );
    let mut csv = csv::Reader::from_reader(csv.as_slice());
    let header = csv.headers().unwrap().clone();
    assert_eq!(header.iter().next_back(), Some("outside_field"));
    let last = |row: csv::StringRecord| row.iter().next_back().unwrap().to_owned();
    let told: Vec<String> = csv.records().map(|row| last(row.unwrap())).collect();
    assert_eq!(told, ["", "a, b"]);
    let json = written(vec![drawing, photo], &["a", "b"], ListFormat::Jsonl);
    let json = String::from_utf8(json).unwrap();
    assert!(json.contains("\"outside_field\":[],"), "{json}");
    assert!(json.contains("\"outside_field\":[\"a\",\"b\"]"), "{json}");
}

#[test]
fn csv_has_every_field_once() {
    let mut failed = row(b"/x/broken \xff.png");
    failed.values = vec![None, None];
    failed.failure = Some(Failure {
        stage: Stage::Decode,
        reason: "truncated".into(),
    });
    let rows = vec![row("/x/猫, \"1\".png".as_bytes()), failed];
    let out = written(rows, &["width", "blur"], ListFormat::Csv);
    let mut csv = csv::Reader::from_reader(out.as_slice());
    let header = csv.headers().unwrap().clone();
    let names: Vec<&str> = header.iter().collect();
    let want = "path,blake3,height,file_size,width,blur,phash,stars,flag,tags,mtime,error";
    assert_eq!(names, want.split(',').collect::<Vec<_>>());
    let rows: Vec<csv::ByteRecord> = csv.byte_records().map(Result::unwrap).collect();
    assert_eq!(&rows[0][0], "/x/猫, \"1\".png".as_bytes());
    assert_eq!(&rows[0][4], b"0.1");
    assert_eq!(&rows[0][5], b"");
    assert_eq!(&rows[0][6], b"00000000000000ff");
    assert_eq!(&rows[0][10], b"1700000000.5");
    assert_eq!(&rows[1][0], b"/x/broken \xff.png");
    assert_eq!(&rows[1][11], b"decode: truncated");
}

#[test]
fn json_lines_keep_names_that_are_not_utf8() {
    let rows = vec![row("/x/猫\n.png".as_bytes()), row(b"/x/\xff.png")];
    let out = written(rows, &["blur", "file_size"], ListFormat::Jsonl);
    let lines: Vec<serde_json::Value> = out
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["path"], "/x/猫\n.png");
    assert!(lines[0].get("path_bytes").is_none());
    assert_eq!(lines[1]["path_bytes"], "2f782fff2e706e67");
    assert_eq!(lines[0]["blur"], 0.1);
    assert!(lines[0]["file_size"].is_null(), "the column, not the row's");
    assert_eq!(lines[0]["width"], 640);
    assert_eq!(lines[0]["tags"][1], "a, b");
    assert!(lines[0]["error"].is_null());
}

#[test]
fn plain_lists_are_raw_and_refuse_line_breaks() {
    let out = written(
        vec![row(b"/x/\xff a.png"), row(b"/b")],
        &[],
        ListFormat::Paths,
    );
    assert_eq!(out, b"/x/\xff a.png\n/b\n");
    let mut out = Vec::new();
    let rows = [row(b"/x/a\nb.png")].into_iter();
    let error = write_list(rows, &[], ListFormat::Paths, &mut out).unwrap_err();
    assert!(matches!(error, ExportError::LineBreak { .. }));
}

#[test]
fn lists_are_json_in_both_formats() {
    let points = serde_json::json!([[1.5, 2.0], [3.0, -4.0]]);
    let with = |list| ExportRow {
        lists: vec![("rtm_keypoints".into(), list)],
        ..row(b"/a")
    };
    let rows = vec![with(Some(points.clone())), with(None)];
    let out = written(rows.clone(), &["v"], ListFormat::Csv);
    let mut csv = csv::Reader::from_reader(out.as_slice());
    let at = csv
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "rtm_keypoints");
    let read: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(&read[0][at.unwrap()], "[[1.5,2.0],[3.0,-4.0]]");
    assert_eq!(&read[1][at.unwrap()], "");
    let out = String::from_utf8(written(rows, &["v"], ListFormat::Jsonl)).unwrap();
    let read: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(read[0]["rtm_keypoints"], points);
    assert!(read[1]["rtm_keypoints"].is_null());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_read_back_as_they_were(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let mut with = row(b"/a");
        with.values = vec![Some(value)];
        let out = written(vec![with.clone()], &["v"], ListFormat::Csv);
        let mut csv = csv::Reader::from_reader(out.as_slice());
        let read: f64 = csv.records().next().unwrap().unwrap()[5].parse().unwrap();
        prop_assert_eq!(read.to_bits(), value.to_bits());
        let out = written(vec![with], &["v"], ListFormat::Jsonl);
        // Not through a JSON reader: the one at hand may miss the last bit.
        let text = String::from_utf8(out).unwrap();
        let text = text.split("\"v\":").nth(1).unwrap();
        let read: f64 = text.split([',', '}']).next().unwrap().parse().unwrap();
        prop_assert_eq!(read.to_bits(), value.to_bits());
    }
}

#[test]
fn a_list_appears_whole_and_replaces_only_lists() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("猫.csv");
    let put = |to: &std::path::Path, replace, text: &'static str| {
        write_file(to, replace, |out| Ok(out.write_all(text.as_bytes())?))
    };
    put(&to, false, "one").unwrap();
    assert!(matches!(put(&to, false, "two"), Err(ExportError::Exists)));
    assert_eq!(std::fs::read(&to).unwrap(), b"one");
    put(&to, true, "two").unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"two");

    let fails = write_file(&to, true, |out| {
        out.write_all(b"half")?;
        Err::<(), ExportError>(std::io::Error::other("disk on fire").into())
    });
    assert!(fails.is_err());
    assert_eq!(std::fs::read(&to).unwrap(), b"two");

    assert!(matches!(
        put(&dir.path().join("new.PNG"), true, "x"),
        Err(ExportError::IsImage)
    ));
    let disguised = dir.path().join("picture.txt");
    std::fs::write(&disguised, b"\x89PNG\r\n\x1a\n1234").unwrap();
    assert!(matches!(
        put(&disguised, true, "x"),
        Err(ExportError::IsImage)
    ));
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        2,
        "no leftovers"
    );
}
