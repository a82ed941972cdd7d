use super::*;
use crate::domain::import::ImportOptions;

fn read_text(text: impl AsRef<[u8]>) -> Result<Table, Problem> {
    read_with(text, &ImportOptions::default())
}

fn read_with(text: impl AsRef<[u8]>, options: &ImportOptions) -> Result<Table, Problem> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    read(file.path(), options, &CancelToken::new())
}

fn keys(table: &Table) -> Vec<String> {
    let key = |row| String::from_utf8_lossy(table.keys.get(row)).into_owned();
    (0..table.keys.len()).map(key).collect()
}

fn values(table: &Table, name: &str) -> Vec<Option<f64>> {
    let column = table
        .columns
        .iter()
        .find(|column| column.name == name)
        .unwrap();
    column
        .values
        .iter()
        .map(|v| (!v.is_nan()).then_some(*v))
        .collect()
}

#[test]
fn csv_of_any_dialect_gives_the_same_table() {
    for text in [
        "path,score,ok\na.png,0.5,true\n\"b, c.png\",,False\n",
        "\u{feff}path;score;ok\r\na.png;0.5;true\r\n\"b, c.png\";nan;False\r\n",
        "path\tscore\tok\na.png\t5e-1\tTRUE\nb, c.png\tNone\tfalse",
    ] {
        let table = read_text(text).unwrap();
        assert_eq!(keys(&table), ["a.png", "b, c.png"], "{text}");
        assert_eq!(values(&table, "score"), [Some(0.5), None], "{text}");
        assert_eq!(values(&table, "ok"), [Some(1.0), Some(0.0)], "{text}");
    }
}

#[test]
fn json_lines_and_lists_give_the_same_table() {
    for text in [
        "{\"path\":\"夕.png\",\"score\":1,\"tags\":[1,[2]],\"note\":\"x\"}\n\n{\"score\":null,\"path\":\"b\",\"more\":true}\n",
        " [{\"path\":\"夕.png\",\"score\":1,\"tags\":{\"a\":1},\"note\":\"x\"},{\"path\":\"b\",\"more\":true}]",
    ] {
        let table = read_text(text).unwrap();
        assert_eq!(keys(&table), ["夕.png", "b"]);
        assert_eq!(values(&table, "score"), [Some(1.0), None]);
        assert_eq!(values(&table, "more"), [None, Some(1.0)]);
        assert_eq!(table.columns.len(), 2);
        assert!(
            table
                .notices
                .iter()
                .any(|n| n.contains("'note' is left out"))
        );
        assert!(
            table
                .notices
                .iter()
                .any(|n| n.contains("'tags' is left out"))
        );
    }
}

#[test]
fn what_is_no_number_is_left_out_and_told() {
    let table = read_text("index,path,label,score,empty\n0,a,good,1,\n1,b,bad,2,\n").unwrap();
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["score"]);
    assert!(
        table
            .notices
            .iter()
            .any(|n| n == "'label' is left out: no number in row 2: good")
    );
    assert!(
        table
            .notices
            .iter()
            .any(|n| n == "'empty' is left out: it is empty")
    );
}

#[test]
fn lists_without_a_header_are_understood() {
    let table = read_text("1 a.png,0.5\n夕.jpg,0.25\n").unwrap();
    assert_eq!(keys(&table), ["1 a.png", "夕.jpg"]);
    assert_eq!(values(&table, "column_2"), [Some(0.5), Some(0.25)]);
}

#[test]
fn the_user_may_name_key_and_columns() {
    let text = "id,where,x,y\n1,a.png,1,2\n";
    assert!(
        read_text(text)
            .unwrap_err()
            .hint
            .contains("id, where, x, y")
    );
    let mut options = ImportOptions {
        key: Some("where".to_owned()),
        columns: vec!["y".to_owned()],
        ..ImportOptions::default()
    };
    let table = read_with(text, &options).unwrap();
    assert_eq!(
        (keys(&table), table.columns.len()),
        (vec!["a.png".to_owned()], 1)
    );
    options.columns = vec!["z".to_owned()];
    assert!(
        read_with(text, &options)
            .unwrap_err()
            .why
            .contains("no column 'z'")
    );
}

#[test]
fn broken_rows_are_counted_and_the_others_read() {
    let table = read_text("path,s\na,1\nb\nc,1,2\n,5\nd,4\n").unwrap();
    assert_eq!(
        (keys(&table), table.n_broken),
        (vec!["a".to_owned(), "d".to_owned()], 3)
    );
    assert_eq!(values(&table, "s"), [Some(1.0), Some(4.0)]);
    assert!(
        table.notices[0].contains("row 3") && table.notices[0].contains("1 cells instead of 2")
    );
    let lines = "{\"path\":\"a\",\"s\":1}\n{\"path\":\"b\",\"s\":2\n[1]\n{\"path\":\"c\",\"s\":3}";
    let table = read_text(lines).unwrap();
    assert_eq!(
        (keys(&table), table.n_broken),
        (vec!["a".to_owned(), "c".to_owned()], 2)
    );
    assert_eq!(values(&table, "s"), [Some(1.0), Some(3.0)]);
}

#[test]
fn bytes_that_are_no_text_stay_keys() {
    let table = read_text(b"path,s\nodd \xff.png,1\n").unwrap();
    assert_eq!(table.keys.get(0), b"odd \xff.png");
}

#[test]
fn hostile_files_end_in_words() {
    let many = |sign: &str| vec!["c"; 100_000].join(sign);
    let cases: [(Vec<u8>, &str); 9] = [
        (Vec::new(), "empty"),
        (b"   \n".to_vec(), "empty"),
        (b"\xff\xfep\0a\0".to_vec(), "not UTF-8"),
        (many(",").into_bytes(), "more than 4096 columns"),
        (b"[{\"path\":\"a\",\"s\":1},".to_vec(), "EOF"),
        (b"[1,2]".to_vec(), "an object with a key and numbers"),
        ([b"[".repeat(100_000), Vec::new()].concat(), "an object"),
        (
            [b"path,s\n\"".to_vec(), vec![b'x'; 17 << 20]].concat(),
            "longer than 16 MiB",
        ),
        (
            [b"{\"path\":\"".to_vec(), vec![b'x'; 17 << 20]].concat(),
            "longer than 16 MiB",
        ),
    ];
    for (bytes, why) in cases {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]).into_owned();
        let problem = read_text(bytes).unwrap_err();
        assert!(problem.to_string().contains(why), "{head}: {problem}");
    }
}
