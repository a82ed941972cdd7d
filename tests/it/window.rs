//! The real window under Xvfb: opened, clicked, looked at.
//!
//! Needs Xvfb, xdotool and ImageMagick; where they are absent the test is skipped with a printed
//! reason, which `BANDPASS_REQUIRE_WINDOW=1` (as in `.ci/run`) turns into a failure.
#![cfg(all(target_os = "linux", feature = "gui"))]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::RgbImage;

use super::dataset::Dataset;

/// Xvfb, the program in it, or both; ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A display of our own.
struct Screen {
    name: String,
    _server: Running,
}

impl Screen {
    /// None where a tool is missing.
    fn open() -> Option<Self> {
        for tool in ["Xvfb", "xdotool", "import"] {
            if !there(tool) {
                assert!(
                    std::env::var_os("BANDPASS_REQUIRE_WINDOW").is_none_or(|v| v != "1"),
                    "BANDPASS_REQUIRE_WINDOW=1 but there is no {tool}"
                );
                println!("skipped: there is no {tool} (scripts/packages test installs it)");
                return None;
            }
        }
        for number in 90..140 {
            let name = format!(":{number}");
            if Path::new(&format!("/tmp/.X11-unix/X{number}")).exists() {
                continue;
            }
            let server = Command::new("Xvfb")
                .args([&name, "-screen", "0", "1400x900x24", "-nolisten", "tcp"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let screen = Self {
                name,
                _server: Running(server),
            };
            if wait_for(10, || screen.tool("xdotool", &["getdisplaygeometry"])).is_some() {
                return Some(screen);
            }
        }
        panic!("no display could be opened");
    }

    /// Runs a tool on this display; its output if it ended well.
    fn tool(&self, tool: &str, args: &[&str]) -> Option<String> {
        let output = Command::new(tool)
            .args(args)
            .env("DISPLAY", &self.name)
            .output()
            .ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What is on it.
    fn shot(&self, file: &Path) -> RgbImage {
        self.tool("import", &["-window", "root", &file.to_string_lossy()])
            .unwrap();
        image::open(file).unwrap().to_rgb8()
    }
}

fn there(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).exists())
}

fn wait_for<T>(seconds: u64, mut look: impl FnMut() -> Option<T>) -> Option<T>
where
    T: Sized,
{
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        if let Some(found) = look() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    None
}

fn n_colours(shot: &RgbImage) -> usize {
    shot.pixels()
        .collect::<std::collections::HashSet<_>>()
        .len()
}

/// Pixels that differ by more than noise.
fn n_changed(a: &RgbImage, b: &RgbImage) -> usize {
    let differs =
        |(p, q): &(&image::Rgb<u8>, &image::Rgb<u8>)| (0..3).any(|i| p.0[i].abs_diff(q.0[i]) > 8);
    a.pixels().zip(b.pixels()).filter(differs).count()
}

fn shots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_window_opens_shows_pictures_and_obeys_the_keyboard() {
    let Some(screen) = Screen::open() else { return };
    let set = Dataset::new(12);
    set.run(&["score", "@"]).ok();
    let mut command = set.command(&["@"]);
    command
        .env("DISPLAY", &screen.name)
        .env("BANDPASS_RENDERER", "glow");
    let mut window = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    let id = wait_for(60, || {
        assert!(
            window.0.try_wait().unwrap().is_none(),
            "the program ended early"
        );
        screen.tool(
            "xdotool",
            &["search", "--onlyvisible", "--name", "Bandpass"],
        )
    })
    .expect("a window called Bandpass");
    screen
        .tool("xdotool", &["windowfocus", "--sync", &id])
        .unwrap();
    screen.tool("xdotool", &["windowsize", "--sync", &id, "1400", "900"]);
    let folder = shots();
    let shown = wait_for(60, || {
        let shot = screen.shot(&folder.join("grid.png"));
        (n_colours(&shot) > 200).then_some(shot)
    })
    .expect("pictures in the window");
    for key in ["Home", "Right", "4", "Right", "p"] {
        screen.tool("xdotool", &["key", key]).unwrap();
        std::thread::sleep(Duration::from_millis(300));
    }
    let marked = wait_for(20, || {
        let shot = screen.shot(&folder.join("marked.png"));
        (n_changed(&shown, &shot) > 500).then_some(shot)
    })
    .expect("marks on screen");
    screen.tool("xdotool", &["key", "Return"]).unwrap();
    wait_for(20, || {
        let shot = screen.shot(&folder.join("loupe.png"));
        (n_changed(&marked, &shot) > 50_000).then_some(())
    })
    .expect("the loupe fills the window");
    screen.tool("xdotool", &["key", "ctrl+q"]).unwrap();
    let ended = wait_for(20, || window.0.try_wait().unwrap());
    assert!(
        ended.is_some_and(|status| status.success()),
        "Ctrl+Q ends the program well"
    );
    let marks = set
        .run(&["query", "@", "--where", "stars = 4 or flag:pick"])
        .ok();
    assert_eq!(
        marks.lines().len(),
        2,
        "the marks are in the database: {}",
        marks.stdout()
    );
}
