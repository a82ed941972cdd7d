//! Imports: their values come and go as a whole.

use std::sync::Arc;

use super::super::Store;
use super::{file, fresh};
use crate::domain::image::ContentId;
use crate::domain::import::{Import, ImportedColumn, KeyKind, Keys, Table, TableColumn};
use crate::domain::score::Better;

fn import(name: &str, columns: &[&str]) -> Import {
    let column = |name: &&str| ImportedColumn {
        key: format!("key_{name}"),
        name: (*name).to_owned(),
        range: Some((0.1, 1.5)),
        better: Better::Lower,
    };
    Import {
        name: name.to_owned(),
        file: "/elsewhere/夕.csv".into(),
        at: 7,
        columns: columns.iter().map(column).collect(),
    }
}

fn put(store: &Store, import: &Import, values: &[(&str, &[f64])], rows: &[(ContentId, u32)]) {
    let column = |(name, values): &(&str, &[f64])| TableColumn {
        name: (*name).to_owned(),
        values: values.to_vec(),
    };
    let table = Table {
        kind: KeyKind::Path,
        key_column: "path".to_owned(),
        keys: Keys::default(),
        columns: values.iter().map(column).collect(),
        notices: Vec::new(),
        n_broken: 0,
    };
    let rows = Arc::new(rows.to_vec());
    store
        .put_import(import.clone(), Arc::new(table), rows)
        .unwrap();
}

#[test]
fn the_values_of_an_import_are_replaced_and_removed_as_a_whole() {
    let (dir, store) = fresh();
    let (_, x) = file(&store, "/a/x.png", 1);
    let (_, y) = file(&store, "/a/y.png", 2);
    let first = import("run", &["b", "a"]);
    put(
        &store,
        &first,
        &[("a", &[1.0, 2.0]), ("b", &[0.1, f64::NAN])],
        &[(x, 0), (y, 1)],
    );
    let known = store.imports().unwrap();
    assert_eq!(known[0].1, first);
    let values = |content| {
        store
            .scores_of(store.imports().unwrap()[0].0, content)
            .unwrap()
    };
    assert_eq!(values(x).unwrap().values, [0.1, 1.0]);
    assert!(values(y).unwrap().values[0].is_nan());
    assert_eq!(Store::peek_imports(dir.path()).unwrap(), [first]);

    let second = import("run", &["c"]);
    put(&store, &second, &[("c", &[3.0])], &[(y, 0)]);
    assert_eq!(store.imports().unwrap().len(), 1);
    assert_eq!((values(x), values(y).unwrap().values), (None, vec![3.0]));

    assert!(store.remove_import("run").unwrap());
    assert!(!store.remove_import("run").unwrap());
    assert!(store.imports().unwrap().is_empty());
}

#[test]
fn a_folder_without_a_database_has_no_imports() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Store::peek_imports(dir.path()).unwrap().is_empty());
}
