//! Every headless command, end to end, as a user's script would call it.

use std::time::{Duration, Instant};

use super::dataset::{Dataset, tree};

#[test]
fn score_writes_every_column_and_a_second_run_computes_nothing() {
    let set = Dataset::new(3);
    let run = set.run(&["score", "@", "--out", "@/../scores.csv"]).ok();
    assert!(run.stderr().contains("scored 6 images"), "{}", run.stderr());
    assert_eq!(run.stdout(), "", "nothing but results goes to stdout");
    let file = set.root.path().parent().unwrap().join("scores.csv");
    let mut reader = csv::Reader::from_path(&file).unwrap();
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    for column in [
        "path",
        "blake3",
        "width",
        "height",
        "edge_density",
        "focus_measure",
        "texture_score",
        "noise_level",
        "saturation",
        "contrast",
        "brightness",
        "avg_dynamic_range",
        "megapixels",
        "aspect_ratio",
        "file_size",
        "phash",
    ] {
        assert_eq!(
            header.iter().filter(|h| *h == column).count(),
            1,
            "{column} in {header:?}"
        );
    }
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    for row in &rows {
        assert_eq!(row[at("blake3")].len(), 64);
        assert_eq!(row[at("phash")].len(), 16);
        let focus: f64 = row[at("focus_measure")].parse().unwrap();
        let is_sharp = row[at("path")].contains("sharp");
        assert_eq!(focus > 1000.0, is_sharp, "{row:?}");
    }
    std::fs::remove_file(file).unwrap();
    let again = set.run(&["score", "@", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(again.stdout().trim()).unwrap();
    assert_eq!(
        (&summary["scored"], &summary["reused"]),
        (&0.into(), &6.into())
    );
}

#[test]
fn moved_files_keep_their_scores_and_changed_ones_are_scored_again() {
    let set = Dataset::new(2);
    set.run(&["score", "@"]).ok();
    std::fs::create_dir(set.path("elsewhere")).unwrap();
    std::fs::rename(
        set.path("sharp/0.png"),
        set.path("elsewhere/other name.png"),
    )
    .unwrap();
    set.draw("soft/絵0.png", 80, |x, _| image::Rgb([x as u8, 9, 9]));
    let run = set
        .run(&["query", "@", "--where", "focus_measure > 1000"])
        .ok();
    assert_eq!(run.lines().len(), 2, "{}", run.stdout());
    assert!(run.stdout().contains("elsewhere/other name.png"));
    let again = set.run(&["score", "@", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(again.stdout().trim()).unwrap();
    assert_eq!(
        (&summary["scored"], &summary["reused"]),
        (&1.into(), &3.into())
    );
}

#[test]
fn query_filters_sorts_and_cuts() {
    let set = Dataset::new(3);
    set.run(&["score", "@"]).ok();
    let args = [
        "query",
        "@",
        "--where",
        "name:絵*",
        "--sort",
        "width:desc",
        "--top",
        "2",
    ];
    let run = set.run(&args).ok();
    let names: Vec<String> = run
        .lines()
        .iter()
        .map(|l| l.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["絵2.png", "絵1.png"]);
    assert!(run.stderr().contains("2 of 6 images"), "{}", run.stderr());
    let json = set.run(&["query", "@", "--top", "1", "--json"]).ok();
    let row: serde_json::Value = serde_json::from_str(json.stdout().trim()).unwrap();
    assert!(row["focus_measure"].is_f64());
    set.run(&[
        "query",
        "@",
        "--where",
        "focus_measure > 1",
        "--out",
        "@/../list.txt",
    ])
    .ok();
    let list = set.root.path().parent().unwrap().join("list.txt");
    assert!(std::fs::read_to_string(&list).unwrap().lines().count() >= 3);
    std::fs::remove_file(list).unwrap();
}

#[test]
fn wrong_usage_is_2_and_points_at_the_fault() {
    let set = Dataset::new(1);
    let typo = set
        .run(&["query", "@", "--where", "focus_mesure > 3"])
        .fails(2);
    assert!(typo.stderr().contains("focus_measure"), "{}", typo.stderr());
    set.run(&["score", "@", "--with", "cv2_metric"]).fails(2);
    set.run(&["score"]).fails(2);
    set.run(&["query", "@", "--out", "x.parquet.zip"]).fails(2);
    set.run(&["move", "@", "--to", "@/out"]).fails(2);
    assert!(
        !set.path("out").exists(),
        "nothing is touched without a yes"
    );
    let none = set.run(&["score", "@/no such folder"]).fails(1);
    assert!(
        none.stderr().contains("no such file or folder"),
        "{}",
        none.stderr()
    );
}

#[test]
fn move_takes_captions_along_and_undo_brings_all_back() {
    let set = Dataset::new(3);
    set.run(&["score", "@"]).ok();
    let before = set.tree();
    let args = [
        "move",
        "@",
        "--where",
        "focus_measure > 1000",
        "--to",
        "@/best",
    ];
    let dry = set.run(&[&args[..], &["--dry-run"]].concat()).ok();
    assert_eq!(dry.lines().len(), 6, "{}", dry.stdout());
    assert_eq!(set.tree(), before, "a dry run touches nothing");
    let run = set.run(&[&args[..], &["--yes"]].concat()).ok();
    assert!(
        run.stderr().contains("move 3 images + 3 sidecars"),
        "{}",
        run.stderr()
    );
    assert_eq!(tree(&set.path("best")).len(), 6);
    let scored = set
        .run(&["query", "@", "--where", "focus_measure > 1000"])
        .ok();
    assert!(
        scored.lines().iter().all(|line| line.contains("/best/")),
        "{}",
        scored.stdout()
    );
    let history = set.run(&["history"]).ok();
    assert!(history.lines()[0].contains("done"), "{}", history.stdout());
    set.run(&["undo"]).ok();
    assert_eq!(set.tree(), before);
    assert!(set.run(&["history"]).ok().lines()[0].contains("undone"));
    set.run(&["undo"]).fails(2);
}

#[test]
fn copies_never_overwrite_and_undo_removes_them() {
    let set = Dataset::new(2);
    set.write("best/0.png", "somebody else's file");
    let before = set.tree();
    set.run(&["copy", "@/sharp", "--to", "@/best", "--yes"])
        .ok();
    assert_eq!(
        std::fs::read(set.path("best/0.png")).unwrap(),
        b"somebody else's file"
    );
    let copied = std::fs::read(set.path("best/0 (2).png")).unwrap();
    assert_eq!(copied, std::fs::read(set.path("sharp/0.png")).unwrap());
    assert!(
        set.path("best/0 (2).txt").exists(),
        "the caption keeps its image's name"
    );
    set.run(&["undo"]).ok();
    assert_eq!(set.tree(), before);
}

#[test]
fn keep_tree_keeps_the_folders() {
    let set = Dataset::new(1);
    let out = tempfile::tempdir().unwrap();
    let to = out.path().to_string_lossy().into_owned();
    set.run(&["copy", "@", "--to", &to, "--keep-tree", "--yes"])
        .ok();
    assert!(out.path().join("sharp/0.png").exists() && out.path().join("soft/絵0.png").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn trash_can_be_undone() {
    let set = Dataset::new(2);
    let before = set.tree();
    let run = set.run(&["trash", "@/sharp", "--yes"]);
    if run.code() != 0 && run.stderr().contains("trash") {
        println!("skipped: this volume has no trash: {}", run.stderr());
        return;
    }
    run.ok();
    assert_eq!(set.tree().len(), before.len() - 4);
    set.run(&["undo"]).ok();
    assert_eq!(set.tree(), before);
}

#[test]
fn tags_are_added_removed_and_undone() {
    let set = Dataset::new(2);
    set.run(&["tag", "@/sharp", "--add", "best,白"]).ok();
    assert_eq!(
        set.run(&["query", "@", "--where", "tag:白"])
            .ok()
            .lines()
            .len(),
        2
    );
    set.run(&["tag", "@", "--remove", "best", "--where", "name:0*"])
        .ok();
    assert_eq!(
        set.run(&["query", "@", "--where", "tag:best"])
            .ok()
            .lines()
            .len(),
        1
    );
    set.run(&["undo"]).ok();
    assert_eq!(
        set.run(&["query", "@", "--where", "tag:best"])
            .ok()
            .lines()
            .len(),
        2
    );
    assert!(set.run(&["history", "--json"]).ok().lines().len() >= 2);
    set.run(&["undo", "999"]).fails(1);
}

#[test]
fn scorers_and_doctor_tell_what_is_there() {
    let set = Dataset::new(0);
    // Another Bandpass may have the database.
    let places = bandpass::engine::Places::find(Some(set.data.path())).unwrap();
    let _open = bandpass::engine::Core::open(places).unwrap();
    let scorers = set.run(&["scorers"]).ok().stdout();
    assert!(scorers.contains("cv2_metrics") && scorers.contains("avg_dynamic_range"));
    for line in set.run(&["scorers", "--json"]).ok().lines() {
        let scorer: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(scorer["key"].is_string() && scorer["columns"].is_array());
        assert!(scorer["ready"].is_boolean());
    }
    let doctor = set.run(&["doctor"]).ok().stdout();
    for subject in ["data folder", "display", "GPU", "ONNX Runtime"] {
        assert!(doctor.contains(subject), "{doctor}");
    }
}

#[test]
fn without_a_display_the_window_says_so_in_one_line() {
    let set = Dataset::new(0);
    let run = set.run(&["@"]);
    assert_ne!(run.code(), 0);
    assert_eq!(run.stderr().lines().count(), 1, "{}", run.stderr());
    assert!(run.stderr().contains("score"), "{}", run.stderr());
}

#[test]
fn bad_files_are_counted_listed_and_never_end_a_run() {
    let set = Dataset::new(2);
    set.write("bad/empty.png", "");
    set.write(
        "bad/text.jpg",
        "this is no picture at all, whatever its name says",
    );
    let whole = std::fs::read(set.path("sharp/0.png")).unwrap();
    set.write("bad/cut.png", &whole[..whole.len() / 2]);
    set.write("bad/really a png.jpg", &whole);
    set.write("bad/notes.md", "not an image, and not taken for one");
    let run = set
        .run(&["score", "@", "--failures", "@/../failures.csv", "--json"])
        .ok();
    let summary: serde_json::Value = serde_json::from_str(run.stdout().trim()).unwrap();
    assert_eq!(summary["failed"], 3, "{}", run.stderr());
    let file = set.root.path().parent().unwrap().join("failures.csv");
    let listed = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!(listed.lines().count(), 4, "{listed}");
    for name in ["empty.png", "text.jpg", "cut.png"] {
        let line = listed.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains("decode"), "{line}");
    }
    let failed = set.run(&["query", "@", "--where", "is:failed"]).ok();
    assert_eq!(failed.lines().len(), 3);
    let again = set.run(&["score", "@", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(again.stdout().trim()).unwrap();
    assert_eq!(
        (&summary["failed"], &summary["known_failures"]),
        (&0.into(), &3.into())
    );
    let retried = set.run(&["score", "@", "--retry-failed", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(retried.stdout().trim()).unwrap();
    assert_eq!(summary["failed"], 3);
}

#[cfg(unix)]
#[test]
fn link_loops_end_and_names_that_are_not_utf8_work() {
    use std::os::unix::ffi::OsStrExt as _;
    let set = Dataset::new(1);
    std::os::unix::fs::symlink(set.root.path(), set.path("soft/loop")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"odd \xff\xfe name.png");
    std::fs::copy(set.path("sharp/0.png"), set.root.path().join(odd)).unwrap();
    let run = set.run(&["score", "@", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(run.stdout().trim()).unwrap();
    assert_eq!(summary["failed"], 0, "{}", run.stderr());
    let found = set.run(&["query", "@", "--where", "name:odd"]).ok();
    assert!(found.stdout().contains("odd"));
    let moved = set.path("moved");
    set.run(&[
        "move", "@", "--where", "name:odd", "--to", "@/moved", "--yes",
    ])
    .ok();
    assert!(moved.join(odd).exists());
}

#[test]
fn an_unreachable_root_is_offline_and_nothing_is_forgotten() {
    let set = Dataset::new(2);
    set.run(&["score", "@/sharp"]).ok();
    let away = set.path("unplugged");
    std::fs::rename(set.path("sharp"), &away).unwrap();
    let run = set
        .run(&["query", "@/sharp", "--where", "focus_measure > 1000"])
        .ok();
    assert!(
        run.stderr().contains("can't be reached"),
        "{}",
        run.stderr()
    );
    assert_eq!(run.lines().len(), 2, "its rows stay");
    std::fs::rename(&away, set.path("sharp")).unwrap();
    let back = set.run(&["score", "@/sharp", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(back.stdout().trim()).unwrap();
    assert_eq!(
        (&summary["scored"], &summary["reused"]),
        (&0.into(), &2.into())
    );
}

#[test]
fn a_killed_run_resumes_where_it_was() {
    let set = Dataset::new(0);
    for i in 0..300 {
        set.draw(&format!("{i}.png"), 600, |x, y| {
            image::Rgb([(x * y + i) as u8, (x ^ y) as u8, i as u8])
        });
    }
    let mut child = set.command(&["score", "@", "--jobs", "1"]).spawn().unwrap();
    let wal = set.data.path().join("bandpass.db-wal");
    let began = Instant::now();
    while began.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(50));
        let big = std::fs::metadata(&wal).is_ok_and(|metadata| metadata.len() > 200_000);
        if big || child.try_wait().unwrap().is_some() {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let run = set.run(&["score", "@", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(run.stdout().trim()).unwrap();
    let (scored, reused) = (
        summary["scored"].as_u64().unwrap(),
        summary["reused"].as_u64().unwrap(),
    );
    assert_eq!(scored + reused, 300, "{summary}");
    assert!(
        reused > 0,
        "what was written before the kill is kept: {summary}"
    );
    assert!(
        set.run(&["query", "@", "--where", "is:unscored"])
            .ok()
            .lines()
            .is_empty()
    );
}

#[test]
fn a_database_that_cannot_be_used_says_why_and_is_left_alone() {
    let set = Dataset::new(1);
    set.run(&["score", "@"]).ok();
    let file = set.data.path().join("bandpass.db");
    std::fs::write(&file, b"this is no database, but somebody's bytes").unwrap();
    for ending in ["-wal", "-shm"] {
        std::fs::remove_file(set.data.path().join(format!("bandpass.db{ending}"))).ok();
    }
    let run = set.run(&["query", "@"]).fails(1);
    assert_eq!(run.stderr().lines().count(), 1, "{}", run.stderr());
    assert_eq!(
        std::fs::read(&file).unwrap(),
        b"this is no database, but somebody's bytes"
    );
}

#[test]
fn scores_do_not_depend_on_the_number_of_workers() {
    let set = Dataset::new(4);
    let out = |jobs: &str| {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("out.jsonl");
        let name = file.to_string_lossy().into_owned();
        let dir = data.path().to_string_lossy().into_owned();
        set.run(&[
            "--data-dir",
            &dir,
            "score",
            "@",
            "--jobs",
            jobs,
            "--out",
            &name,
        ])
        .ok();
        std::fs::read_to_string(file).unwrap()
    };
    assert_eq!(out("1"), out("7"));
}

#[test]
fn an_empty_mount_point_is_offline_and_not_a_deletion() {
    let set = Dataset::new(2);
    set.run(&["score", "@/sharp"]).ok();
    let away = set.path("unplugged");
    std::fs::rename(set.path("sharp"), &away).unwrap();
    std::fs::create_dir(set.path("sharp")).unwrap();
    let run = set.run(&["score", "@/sharp", "--json"]).ok();
    assert!(
        run.stderr().contains("can't be reached"),
        "{}",
        run.stderr()
    );
    std::fs::remove_dir(set.path("sharp")).unwrap();
    std::fs::rename(&away, set.path("sharp")).unwrap();
    let run = set
        .run(&["query", "@/sharp", "--where", "focus_measure > 1000"])
        .ok();
    assert_eq!(run.lines().len(), 2);
}

#[test]
fn a_single_file_brings_no_neighbours() {
    let set = Dataset::new(3);
    set.run(&["score", "@"]).ok();
    let run = set.run(&["query", "@/sharp/1.png", "@/soft"]).ok();
    assert_eq!(run.lines().len(), 4, "{}", run.stdout());
}

#[test]
fn an_edit_that_changes_nothing_promises_no_undo() {
    let set = Dataset::new(1);
    set.run(&["tag", "@", "--add", "x"]).ok();
    let again = set.run(&["tag", "@", "--add", "x"]).ok();
    assert!(
        again.stderr().contains("nothing changed"),
        "{}",
        again.stderr()
    );
    assert_eq!(set.run(&["history"]).ok().lines().len(), 1);
}

#[test]
fn the_same_bytes_are_scored_once() {
    let set = Dataset::new(1);
    for i in 0..4 {
        std::fs::copy(set.path("sharp/0.png"), set.path(&format!("twin{i}.png"))).unwrap();
    }
    let run = set.run(&["score", "@", "--jobs", "1", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(run.stdout().trim()).unwrap();
    assert_eq!(
        (&summary["scored"], &summary["reused"]),
        (&2.into(), &4.into())
    );
    let all = set
        .run(&["query", "@", "--where", "focus_measure > 1000"])
        .ok();
    assert_eq!(all.lines().len(), 5);
}

#[test]
fn a_list_never_replaces_an_image() {
    let set = Dataset::new(1);
    let before = set.tree();
    set.run(&["score", "@", "--failures", "@/sharp/0.png"])
        .fails(2);
    std::fs::rename(set.path("sharp/0.png"), set.path("sharp/0.csv")).unwrap();
    set.run(&["query", "@", "--out", "@/sharp/0.csv"]).fails(2);
    std::fs::rename(set.path("sharp/0.csv"), set.path("sharp/0.png")).unwrap();
    assert_eq!(set.tree(), before);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_keeps_what_was_done() {
    let set = Dataset::new(0);
    for i in 0..200 {
        set.draw(&format!("{i}.png"), 700, |x, y| {
            image::Rgb([(x * y + i) as u8, (x ^ y) as u8, i as u8])
        });
    }
    let mut child = set.command(&["score", "@", "--jobs", "1"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let id = child.id().to_string();
    std::process::Command::new("kill")
        .args(["-INT", &id])
        .status()
        .unwrap();
    let code = child.wait().unwrap().code();
    assert!(code == Some(130) || code == Some(0), "{code:?}");
    let rest = set.run(&["score", "@", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(rest.stdout().trim()).unwrap();
    let sum = summary["scored"].as_u64().unwrap() + summary["reused"].as_u64().unwrap();
    assert_eq!(sum, 200);
}
