//! `bandpass import`, end to end.

use std::path::PathBuf;

use serde_json::Value;

use crate::dataset::Dataset;

/// A file beside the set, gone with it.
pub(crate) fn beside(set: &Dataset, name: &str, text: impl AsRef<[u8]>) -> String {
    let file: PathBuf = set.data.path().join(name);
    std::fs::write(&file, text).unwrap();
    file.to_string_lossy().into_owned()
}

/// The value of a column for each image, by file name, as `query --json` tells it.
pub(crate) fn values(set: &Dataset, column: &str) -> Vec<(String, Value)> {
    let run = set.run(&["query", "@", "--json"]).ok();
    let row = |line: &String| {
        let row: Value = serde_json::from_str(line).unwrap();
        let path = row["path"].as_str().unwrap().to_owned();
        let name = path.rsplit('/').next().unwrap().to_owned();
        (name, row[column].clone())
    };
    run.lines().iter().map(row).collect()
}

fn value(set: &Dataset, name: &str, column: &str) -> Value {
    let all = values(set, column);
    let found = all.into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn a_table_of_another_machine_is_planned_confirmed_and_filtered_by() {
    let set = Dataset::new(2);
    set.run(&["score", "@"]).ok();
    let text = "path,laion,label\n\
        /mnt/job/soft/絵0.png,6.5,good\n\
        /mnt/job/soft/絵1.png,,bad\n\
        /mnt/job/sharp/0.png,0.1,bad\n\
        /mnt/job/other/9.png,1,bad\n";
    let file = beside(&set, "cluster run.csv", text);
    let dry = set.run(&["import", &file, "@", "--dry-run", "--json"]).ok();
    let plan: Value = serde_json::from_str(dry.stdout().trim()).unwrap();
    let wanted = (&3.into(), &1.into(), &0.into());
    assert_eq!(
        (&plan["images"], &plan["unmatched"], &plan["ambiguous"]),
        wanted,
        "{plan}"
    );
    assert!(
        dry.stderr().contains("mnt/job taken for"),
        "{}",
        dry.stderr()
    );
    assert!(
        dry.stderr().contains("'label' is left out"),
        "{}",
        dry.stderr()
    );
    set.run(&["import", &file, "@"]).fails(2);
    set.run(&["query", "@", "--where", "laion > 1"]).fails(2);
    set.run(&["import", &file, "@", "--yes"]).ok();
    let run = set
        .run(&[
            "query",
            "@",
            "--where",
            "laion >= 0.1",
            "--sort",
            "laion:desc",
        ])
        .ok();
    let names: Vec<String> = run
        .lines()
        .iter()
        .map(|l| l.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["絵0.png", "0.png"]);
    assert_eq!(value(&set, "0.png", "laion"), 0.1);
    assert_eq!(value(&set, "絵1.png", "laion"), Value::Null);
    let scorers = set.run(&["scorers"]).ok().stdout();
    assert!(
        scorers.contains("cluster_run  imported  imported from cluster run.csv"),
        "{scorers}"
    );
    assert!(
        !run.stderr().contains("without scores"),
        "an import makes nobody unscored"
    );
}

#[test]
fn values_follow_moved_files_and_a_new_import_replaces_them() {
    let set = Dataset::new(2);
    let file = beside(
        &set,
        "s.jsonl",
        "{\"filename\":\"絵1.png\",\"s\":0.25,\"old\":1}\n",
    );
    set.run(&["import", &file, "@", "--yes"]).ok();
    std::fs::create_dir(set.path("新しい")).unwrap();
    std::fs::rename(set.path("soft/絵1.png"), set.path("新しい/別名.png")).unwrap();
    assert_eq!(value(&set, "別名.png", "s"), 0.25);
    let file = beside(
        &set,
        "s.jsonl",
        "{\"filename\":\"絵0.png\",\"s\":0.5,\"flag\":true}\n",
    );
    let run = set.run(&["import", &file, "@", "--yes"]).ok();
    assert!(run.stderr().contains("replacing"), "{}", run.stderr());
    assert_eq!(value(&set, "別名.png", "s"), Value::Null);
    assert_eq!(value(&set, "絵0.png", "s"), 0.5);
    let both = ["flag", "s.flag"].map(|key| value(&set, "絵0.png", key));
    assert_eq!(
        both,
        [Value::from("none"), Value::from(1.0)],
        "ours and theirs"
    );
    set.run(&["query", "@", "--where", "has:old"]).fails(2);
    set.run(&["import", "--remove", "s"]).ok();
    set.run(&["query", "@", "--where", "has:s"]).fails(2);
    let problem = set.run(&["import", "--remove", "s"]).fails(2);
    assert!(
        problem.stderr().contains("there is no import 's'"),
        "{}",
        problem.stderr()
    );
}

#[test]
fn a_first_line_that_breaks_off_is_left_out_and_nan_is_missing() {
    let set = Dataset::new(2);
    let text = "{\"junk\":1,\"s\":\n\
        {\"filename\":\"絵1.png\",\"s\":NaN,\"t\":2}\n\
        {\"filename\":\"絵0.png\",\"s\":0.5,\"t\":-Infinity,\"quoted\":\"\\\\NaN\"}\n";
    let file = beside(&set, "n.jsonl", text);
    let run = set.run(&["import", &file, "@", "--yes"]).ok();
    let told = run.stderr();
    assert!(told.contains("row 1 is left out"), "{told}");
    assert!(told.contains("no number in row 3: \\NaN"), "{told}");
    assert!(!told.contains("junk"), "{told}");
    assert_eq!(value(&set, "絵1.png", "s"), Value::Null);
    assert_eq!(value(&set, "絵0.png", "s"), 0.5);
    assert_eq!(value(&set, "絵1.png", "t"), 2.0);
}

#[test]
fn names_that_fit_several_images_are_listed_and_not_imported() {
    let set = Dataset::new(1);
    set.draw("b/0.png", 50, |x, _| image::Rgb([x as u8, 0, 0]));
    let file = beside(&set, "n.csv", "filename,s\n0.png,1\n絵0.png,2\n");
    let list = set.data.path().join("ambiguous.csv");
    let out = list.to_string_lossy().into_owned();
    let run = set
        .run(&["import", &file, "@", "--yes", "--ambiguous-out", &out])
        .ok();
    assert!(
        run.stderr().contains("1 row fit several images"),
        "{}",
        run.stderr()
    );
    let listed = std::fs::read_to_string(list).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(
        listed.contains("0.png,") && listed.contains("b/0.png"),
        "{listed}"
    );
    let none = values(&set, "s")
        .into_iter()
        .filter(|(name, _)| name == "0.png");
    assert!(
        none.map(|(_, value)| value)
            .all(|value| value == Value::Null)
    );
    assert_eq!(value(&set, "絵0.png", "s"), 2.0);
}

#[test]
fn rows_of_one_image_that_differ_are_left_out() {
    let set = Dataset::new(2);
    std::fs::copy(set.path("soft/絵0.png"), set.path("copy.png")).unwrap();
    let text = "path,s\nsoft/絵0.png,1\ncopy.png,2\nsoft/絵1.png,3\nsoft/絵1.png,3\n";
    let file = beside(&set, "c.csv", text);
    let run = set.run(&["import", &file, "@", "--yes"]).ok();
    assert!(
        run.stderr().contains("2 rows contradict each other"),
        "{}",
        run.stderr()
    );
    assert!(run.stderr().contains("1 row repeat"), "{}", run.stderr());
    assert_eq!(value(&set, "copy.png", "s"), Value::Null);
    assert_eq!(value(&set, "絵1.png", "s"), 3.0);
}

#[test]
fn hashes_are_keys_too() {
    use sha2::Digest as _;
    let set = Dataset::new(1);
    let bytes = std::fs::read(set.path("soft/絵0.png")).unwrap();
    let blake3 = blake3::hash(&bytes).to_hex();
    let sha256 = sha2::Sha256::digest(&bytes);
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|digit| b"0123456789ABCDEF"[digit as usize] as char);
    let sha256: String = sha256.iter().flat_map(digits).collect();
    let file = beside(
        &set,
        "b.csv",
        format!("blake3,path,b\n{blake3},nowhere,1\n"),
    );
    set.run(&["import", &file, "@", "--yes"]).ok();
    let file = beside(
        &set,
        "h.json",
        format!("[{{\"sha256\":\"{sha256}\",\"h\":2}}]"),
    );
    set.run(&["import", &file, "@", "--yes"]).ok();
    assert_eq!(value(&set, "絵0.png", "b"), 1.0);
    assert_eq!(value(&set, "絵0.png", "h"), 2.0);
}

#[test]
fn our_own_list_comes_back_under_the_name_of_the_import() {
    let set = Dataset::new(2);
    set.run(&["score", "@"]).ok();
    let before = values(&set, "focus_measure");
    let list = set
        .data
        .path()
        .join("list.csv")
        .to_string_lossy()
        .into_owned();
    set.run(&["query", "@", "--out", &list]).ok();
    let run = set.run(&["import", &list, "--name", "mine", "--yes"]).ok();
    assert!(
        run.stderr().contains("column 'stars' as mine.stars"),
        "{}",
        run.stderr()
    );
    assert_eq!(
        values(&set, "mine.focus_measure"),
        before,
        "to the last bit"
    );
    let run = set
        .run(&["query", "@", "--where", "mine.focus_measure > 1000"])
        .ok();
    assert_eq!(run.lines().len(), 2);
}
