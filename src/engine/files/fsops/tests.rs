use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn moving_and_copying_never_overwrite() {
    type Way = fn(&Path, &Path) -> Result<(), FileError>;
    let ways: [Way; 5] = [
        move_file,
        copy_file,
        move_across,
        |from, to| rename_by_link(from, to).map_err(FileError::io("move")),
        |from, to| rename_by_claim(from, to).map_err(FileError::io("move")),
    ];
    for way in ways {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        assert!(matches!(way(&from, &to), Err(FileError::Taken)));
        assert_eq!(fs::read(&from).unwrap(), b"new");
        assert_eq!(fs::read(&to).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["from", "to"], "no leftovers");

        fs::remove_file(&to).unwrap();
        way(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"new");
    }
}

#[test]
fn a_copy_keeps_time_and_permissions() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::write(&from, vec![7; 300_000]).unwrap();
    set_mtime(&from, 1_234_567_890_123_456_789).unwrap();
    let mut rights = fs::metadata(&from).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(&from, rights.clone()).unwrap();
    copy_file(&from, &to).unwrap();
    assert_eq!(stamp(&to).unwrap(), stamp(&from).unwrap());
    assert_eq!(stamp(&to).unwrap().mtime_ns, 1_234_567_890_123_456_789);
    assert_eq!(fs::metadata(&to).unwrap().permissions(), rights);
    assert!(same_content(&from, &to).unwrap());
}

#[test]
fn times_before_1970_survive() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("old");
    fs::write(&file, "x").unwrap();
    set_mtime(&file, -1_500_000_000).unwrap();
    assert_eq!(stamp(&file).unwrap().mtime_ns, -1_500_000_000);
}

#[test]
fn only_our_own_leftovers_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("猫.png");
    let ours = format!("{}x7Y{PART_SUFFIX}", part_prefix(&to));
    let other = format!("{}x7Y{PART_SUFFIX}", part_prefix(&dir.path().join("b")));
    for name in [ours.as_str(), other.as_str(), "猫.png", "a.part"] {
        fs::write(dir.path().join(name), "").unwrap();
    }
    remove_parts(&to);
    assert_eq!(names(dir.path()), [other.as_str(), "a.part", "猫.png"]);
}

#[test]
fn only_empty_folders_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a/b/c");
    assert_eq!(missing_folders(&deep).len(), 3);
    make_folder(&deep).unwrap();
    assert!(missing_folders(&deep).is_empty());
    fs::write(dir.path().join("a/keep"), "").unwrap();
    remove_folders_above(&deep.join("x"), 3);
    assert_eq!(names(&dir.path().join("a")), ["keep"]);
}

#[test]
fn links_and_folders_are_not_plain_files() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(stamp(dir.path()), Err(FileError::NotPlain)));
    assert!(matches!(stamp(&dir.path().join("x")), Err(FileError::Gone)));
    #[cfg(unix)]
    {
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(matches!(stamp(&link), Err(FileError::NotPlain)));
        assert!(!is_free(&link), "a broken link takes the name");
    }
}

#[cfg(unix)]
#[test]
fn one_file_is_known_by_all_its_paths() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    for folder in ["in/deep", "out"] {
        make_folder(&at(folder)).unwrap();
    }
    for file in ["in/a", "in/deep/a", "out/a"] {
        fs::write(at(file), "same").unwrap();
    }
    symlink(at("in"), at("link")).unwrap();
    fs::hard_link(at("in/a"), at("out/hard")).unwrap();
    for (a, b, file, folder) in [
        ("in/a", "in/a", true, true),
        ("in/a", "link/a", true, true),
        ("in/deep/a", "link/deep/../deep/a", true, true),
        ("in/a", "link/b", false, true),
        ("in/a", "out/a", false, false),
        ("in/a", "out/hard", false, false),
        ("in/a", "link/deep/a", false, false),
        ("gone/a", "gone/b", false, true),
        ("in/a", "gone/a", false, false),
    ] {
        assert_eq!(same_file(&at(a), &at(b)), file, "{a} {b}");
        assert_eq!(same_folder(&at(a), &at(b)), folder, "{a} {b}");
    }
}
