//! What needs a machine of its own: a trash, a full disk, a read-only disk. Each test runs itself
//! again as a child process in such surroundings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bandpass::engine::files::fsops;
use bandpass::engine::files::trash::{DesktopTrash, Trash as _};

const INNER: &str = "BANDPASS_TEST_INNER";

/// The folder to work in, when this is the child.
fn inner() -> Option<PathBuf> {
    std::env::var_os(INNER).map(PathBuf::from)
}

/// Runs the test of that name again in a child, prepared by `sh` code where given.
fn again(test: &str, work: &Path, prepare: &str, change: impl FnOnce(&mut Command)) -> bool {
    let mut child = Command::new("unshare");
    child.args(["-rm", "sh", "-c", &format!("{prepare} && exec \"$@\"")]);
    if prepare.is_empty() {
        child = Command::new("env");
    } else {
        child.arg("sh");
    }
    child.arg(std::env::current_exe().unwrap());
    child.args([&format!("files::machine::{test}"), "--exact", "--nocapture"]);
    child.env(INNER, work);
    change(&mut child);
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    if !prepare.is_empty() && !text.contains("running 1 test") {
        println!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        return false;
    }
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    true
}

#[test]
fn trashed_files_come_back_after_a_restart() {
    let Some(work) = inner() else {
        let work = tempfile::tempdir().unwrap();
        let data = work.path().join("data");
        again(
            "trashed_files_come_back_after_a_restart",
            work.path(),
            "",
            |child| {
                child.env("XDG_DATA_HOME", &data);
            },
        );
        assert!(
            data.join("Trash/info").is_dir(),
            "the temporary trash was used"
        );
        return;
    };
    let odd = [
        &b"caf\xc3\xa9 = 1%.png"[..],
        b"broken \xff.png",
        b"new\nline.png",
        b"a.png",
    ];
    for name in odd {
        let path = work.join(bandpass::base::paths::from_bytes(name));
        let mut trashed = Vec::new();
        // The same name again and again: each is told from the others by its size and time.
        for text in ["one", "two!", "three"] {
            fs::write(&path, text).unwrap();
            let stamp = fsops::stamp(&path).unwrap();
            trashed.push((text, stamp, DesktopTrash.put(&path).unwrap()));
            assert!(!path.exists());
        }
        for (text, stamp, detail) in trashed {
            assert!(!detail.is_empty());
            assert_eq!(DesktopTrash.find(&path, stamp), Some(detail.clone()));
            fs::write(&path, "taken").unwrap();
            assert!(DesktopTrash.restore(&detail, &path, stamp).is_err());
            assert_eq!(fs::read(&path).unwrap(), b"taken");
            fs::remove_file(&path).unwrap();
            DesktopTrash.restore(&detail, &path, stamp).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fsops::stamp(&path).unwrap(), stamp);
            assert!(
                DesktopTrash.restore(&detail, &path, stamp).is_err(),
                "no longer there"
            );
            fs::remove_file(&path).unwrap();
        }
    }
    assert_eq!(
        fs::read_dir(work.join("data/Trash/files")).unwrap().count(),
        0
    );
    assert_eq!(
        fs::read_dir(work.join("data/Trash/info")).unwrap().count(),
        0
    );
}

#[test]
fn without_a_trash_nothing_is_deleted() {
    let Some(work) = inner() else {
        let work = tempfile::tempdir().unwrap();
        again(
            "without_a_trash_nothing_is_deleted",
            work.path(),
            "",
            |child| {
                child.env_remove("XDG_DATA_HOME").env_remove("HOME");
            },
        );
        let file = work.path().join("not a folder");
        fs::write(&file, "").unwrap();
        again(
            "without_a_trash_nothing_is_deleted",
            work.path(),
            "",
            |child| {
                child.env("XDG_DATA_HOME", &file);
            },
        );
        return;
    };
    let path = work.join("a.png");
    fs::write(&path, "precious").unwrap();
    let error = DesktopTrash.put(&path).unwrap_err().to_string();
    assert!(error.contains("nothing was deleted"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn a_full_disk_leaves_the_original_and_no_half_file() {
    let Some(work) = inner() else {
        let work = tempfile::tempdir().unwrap();
        let small = work.path().join("small");
        fs::create_dir(&small).unwrap();
        let mount = format!("mount -t tmpfs -o size=64k none '{}'", small.display());
        again(
            "a_full_disk_leaves_the_original_and_no_half_file",
            work.path(),
            &mount,
            |_| {},
        );
        return;
    };
    let (from, small) = (work.join("big.png"), work.join("small"));
    fs::write(&from, vec![1; 300_000]).unwrap();
    let stamp = fsops::stamp(&from).unwrap();
    for act in [fsops::move_file, fsops::copy_file] {
        let error = act(&from, &small.join("big.png")).unwrap_err().to_string();
        assert!(error.contains("the disk is full"), "{error}");
        assert_eq!(fsops::stamp(&from).unwrap(), stamp);
        assert_eq!(fs::read_dir(&small).unwrap().count(), 0, "no half file");
    }
    fs::write(&from, "small").unwrap();
    fsops::move_file(&from, &small.join("big.png")).unwrap();
    assert!(!from.exists());
}

#[test]
fn a_read_only_disk_is_told_and_nothing_happens() {
    let Some(work) = inner() else {
        let work = tempfile::tempdir().unwrap();
        let disk = work.path().join("disk");
        fs::create_dir(&disk).unwrap();
        let disk = disk.display();
        let mount = format!(
            "mount -t tmpfs none '{disk}' && echo old >'{disk}/old.png' && mount -o remount,ro '{disk}'"
        );
        again(
            "a_read_only_disk_is_told_and_nothing_happens",
            work.path(),
            &mount,
            |_| {},
        );
        return;
    };
    let (from, disk) = (work.join("a.png"), work.join("disk"));
    fs::write(&from, "precious").unwrap();
    for act in [fsops::move_file, fsops::copy_file] {
        let error = act(&from, &disk.join("a.png")).unwrap_err().to_string();
        assert!(error.contains("read-only"), "{error}");
        assert_eq!(fs::read(&from).unwrap(), b"precious");
    }
    // A move away from it would have to remove the original.
    let error = fsops::move_file(&disk.join("old.png"), &work.join("old.png")).unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    assert!(!work.join("old.png").exists(), "not both");
}
