use std::path::PathBuf;

use super::*;
use crate::domain::image::ContentId;
use crate::domain::import::{Table, TableColumn};

/// What became of these keys among files of two roots, by place of the file.
fn matched(kind: KeyKind, keys: &[&str], files: &[&str], roots: &[&str]) -> Matches {
    let mut all = Keys::default();
    for key in keys {
        all.push(key.as_bytes());
    }
    let root = |file: &str| {
        roots
            .iter()
            .position(|root| Path::new(file).starts_with(root))
    };
    let files = files.iter().map(|file| (Path::new(*file), root(file)));
    let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
    match_paths(kind, &all, files, &roots)
}

fn file(found: &Match) -> Option<u32> {
    match found {
        Match::File(file) => Some(*file),
        _ => None,
    }
}

fn of_set(keys: &[&str]) -> Vec<Match> {
    let files = [
        "/set/a/1.png",
        "/set/b/1.png",
        "/set/b/夕.png",
        "/set/top.png",
    ];
    matched(KeyKind::Path, keys, &files, &["/set"]).rows
}

#[test]
fn paths_of_here_of_elsewhere_and_relative_ones_find_their_file() {
    for key in [
        "/set/b/1.png",
        "b/1.png",
        "./b//1.png",
        "x/../b/1.png",
        "set/b/1.png",
        "/mnt/cluster/job 7/set/b/1.png",
        "s3://bucket/b/1.png",
        "D:\\data\\set\\b\\1.png",
        "b\\1.png",
    ] {
        assert_eq!(file(&of_set(&[key])[0]), Some(1), "{key}");
    }
    // ゟ is none of it: the same letter in one piece and in two.
    let files = ["/set/ガ.png"];
    let found = matched(KeyKind::Path, &["カ\u{3099}.png"], &files, &["/set"]);
    assert_eq!(file(&found.rows[0]), Some(0));
}

#[test]
fn nothing_is_guessed() {
    for key in [
        "",
        "/",
        "c/1.png",
        "/mnt/1.png",
        "/mnt/b/2.png",
        "1.PNG",
        "ng",
        "b",
        "/set",
    ] {
        assert_eq!(of_set(&[key])[0], Match::None, "{key}");
    }
    let Match::Ambiguous(files, 2) = &of_set(&["1.png"])[0] else {
        panic!("two files have that name");
    };
    assert_eq!(files.len(), 2);
    assert_eq!(
        file(&of_set(&["夕.png"])[0]),
        Some(2),
        "only one has that name"
    );
}

#[test]
fn a_path_just_below_the_root_is_that_file_and_a_name_is_not() {
    let files = ["/set/1.png", "/set/b/1.png"];
    let path = matched(KeyKind::Path, &["1.png"], &files, &["/set"]);
    assert_eq!(file(&path.rows[0]), Some(0));
    let name = matched(KeyKind::Name, &["1.png"], &files, &["/set"]);
    assert!(matches!(name.rows[0], Match::Ambiguous(_, 2)));
}

#[test]
fn of_two_folders_the_one_that_is_more_like_the_root_is_meant() {
    let files = ["/home/me/shard1/1.png", "/home/me/shard1/2.png"];
    let roots = ["/home/me/shard1"];
    let keys = ["/x/shard1/1.png", "/x/shard2/1.png", "/x/shard2/2.png"];
    let found = matched(KeyKind::Path, &keys, &files, &roots);
    let rows: Vec<_> = found.rows.iter().map(file).collect();
    assert_eq!(rows, [Some(0), None, None]);
    assert_eq!(found.mounts, [("x/shard1".to_owned(), 0, 1)]);
}

#[test]
fn two_folders_that_claim_one_file_are_ambiguous() {
    let files = ["/set/1.png", "/set/2.png", "/set/3.png"];
    let keys = ["/x/1.png", "/y/1.png", "/x/2.png", "/y/3.png"];
    let found = matched(KeyKind::Path, &keys, &files, &["/set"]);
    assert_eq!(found.rows[0], Match::Ambiguous(vec![0], 0));
    assert_eq!(found.rows[1], Match::Ambiguous(vec![0], 0));
    assert_eq!(
        (file(&found.rows[2]), file(&found.rows[3])),
        (Some(1), Some(2))
    );
    assert_eq!(found.mounts.len(), 2, "both are told");
}

#[test]
fn of_two_roots_the_one_that_is_more_like_the_path_is_meant() {
    let files = ["/one/set/1.png", "/two/other/1.png"];
    let roots = ["/one/set", "/two/other"];
    let keys = ["/mnt/set/1.png", "/mnt/else/1.png"];
    let found = matched(KeyKind::Path, &keys, &files, &roots);
    assert_eq!(file(&found.rows[0]), Some(0));
    assert!(matches!(found.rows[1], Match::Ambiguous(_, 2)));
}

fn table(values: &[f64]) -> Table {
    let column = TableColumn {
        name: "score".to_owned(),
        values: values.to_vec(),
    };
    Table {
        kind: KeyKind::Path,
        key_column: "path".to_owned(),
        keys: Keys::default(),
        columns: vec![column],
        notices: Vec::new(),
        n_broken: 0,
    }
}

#[test]
fn rows_that_agree_count_once_and_those_that_differ_not_at_all() {
    let nan = f64::NAN;
    let table = table(&[1.0, 2.0, 1.0, nan, nan, 2.0]);
    let rows = [(7, 0), (8, 1), (7, 2), (9, 3), (9, 4), (8, 3)];
    let settled = settle(
        &table,
        rows.map(|(content, row)| (ContentId(content), row))
            .to_vec(),
    );
    assert_eq!(settled.kept, [(ContentId(7), 0), (ContentId(9), 3)]);
    assert_eq!(settled.n_repeated, 2);
    assert_eq!(settled.conflicting, [1, 3]);
}

#[test]
fn columns_keep_their_names_where_they_are_free() {
    let names = ["laion", "stars", "my score!", "2x", "", "laion"];
    let taken = |key: &str| key == "stars";
    let keys = column_keys("run1", &names, taken);
    let wanted = [
        "laion",
        "run1.stars",
        "my_score",
        "run1.2x",
        "run1.",
        "run1.laion",
    ];
    assert_eq!(keys, wanted);
    assert_eq!(import_name("2024 夏.run"), "_2024_夏_run");
    assert_eq!(import_name("…"), "import");
}

#[test]
fn key_columns_are_known_by_name() {
    assert_eq!(key_kind(" Path "), Some((1, KeyKind::Path)));
    assert_eq!(key_kind("score"), None);
    let rank = |name| key_kind(name).unwrap().0;
    assert!(rank("blake3") < rank("path") && rank("path") < rank("filename"));
}
