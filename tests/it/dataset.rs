//! A small set of pictures that the tests draw themselves, and a program to try on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{Rgb, RgbImage};

/// A folder with pictures and a folder for Bandpass' own files; both go when it is dropped.
pub(crate) struct Dataset {
    pub(crate) root: tempfile::TempDir,
    pub(crate) data: tempfile::TempDir,
}

impl Dataset {
    /// `sharp/0.png` … checkerboards, `soft/絵1.png` … gradients, each with a caption beside it.
    pub(crate) fn new(n_each: u32) -> Self {
        let set = Self {
            root: tempfile::tempdir().unwrap(),
            data: tempfile::tempdir().unwrap(),
        };
        for i in 0..n_each {
            set.draw(&format!("sharp/{i}.png"), 64 + i, |x, y| {
                let on = (x / 4 + y / 4 + i) % 2 == 0;
                Rgb(if on { [255; 3] } else { [i as u8; 3] })
            });
            set.draw(&format!("soft/絵{i}.png"), 64 + i, |x, y| {
                Rgb([(x + i) as u8, y as u8, 128])
            });
            set.write(&format!("sharp/{i}.txt"), format!("caption {i}, sharp\n"));
        }
        set
    }

    /// Without a picture yet.
    pub(crate) fn empty() -> Self {
        Self::new(0)
    }

    /// Path of a file of the set.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Draws a picture of `width` × 48 pixels.
    pub(crate) fn draw(&self, name: &str, width: u32, pixel: impl Fn(u32, u32) -> Rgb<u8>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        RgbImage::from_fn(width, 48, pixel).save(path).unwrap();
    }

    /// Writes a file of the set.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Runs `bandpass` with these arguments; `@` stands for the set's folder.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        Run(output)
    }

    /// The command that [`Dataset::run`] runs.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bandpass"));
        command
            .args(
                args.iter()
                    .map(|arg| arg.replace('@', &self.root.path().to_string_lossy())),
            )
            .env("BANDPASS_DATA_DIR", self.data.path())
            .env("XDG_DATA_HOME", self.data.path().join("xdg"))
            .env("HOME", self.data.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(std::process::Stdio::null());
        command
    }

    /// Every file below the set's folder with its bytes, sorted.
    pub(crate) fn tree(&self) -> Vec<(PathBuf, Vec<u8>)> {
        tree(self.root.path())
    }
}

/// Every file below a folder with its bytes, sorted by path.
pub(crate) fn tree(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(root) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(root).unwrap().to_path_buf();
            files.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
    files.sort();
    files
}

/// What a run of the program left.
pub(crate) struct Run(Output);

impl Run {
    /// A run that has ended.
    pub(crate) fn of(output: Output) -> Self {
        Self(output)
    }

    /// The exit code.
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    /// Everything on stdout.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Everything on stderr.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// The lines of stdout.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.stdout().lines().map(str::to_owned).collect()
    }

    /// Itself, if it ended well.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(
            self.code(),
            0,
            "stdout: {}\nstderr: {}",
            self.stdout(),
            self.stderr()
        );
        self
    }

    /// Itself, if it ended with this code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(
            self.code(),
            code,
            "stdout: {}\nstderr: {}",
            self.stdout(),
            self.stderr()
        );
        self
    }
}
