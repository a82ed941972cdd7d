//! What is found on this machine, what is missing and how to get it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::infer::library;
use super::places::Places;
use super::settings;
use crate::base::format;

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// There and usable.
    Ok,
    /// Not there; only what the hint names is affected.
    Absent,
    /// In the way of the main job.
    Broken,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked for.
    pub subject: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to do; empty where nothing is needed.
    pub hint: String,
}

/// Looks at everything. Opens no database and changes nothing but a probe file in our own folders.
pub fn examine(places: &Places) -> Vec<Finding> {
    let mut findings = vec![
        folder("data folder", &places.data),
        folder("thumbnail cache", &places.cache),
        folder("settings folder", &places.config),
        database(places),
        display(),
    ];
    findings.extend(window_libraries());
    findings.push(graphics());
    findings.push(onnx_runtime(places));
    findings
}

fn ok(subject: &'static str, detail: String) -> Finding {
    Finding {
        subject,
        verdict: Verdict::Ok,
        detail,
        hint: String::new(),
    }
}

fn absent(subject: &'static str, detail: &str, hint: &str) -> Finding {
    Finding {
        subject,
        verdict: Verdict::Absent,
        detail: detail.into(),
        hint: hint.into(),
    }
}

fn folder(subject: &'static str, path: &Path) -> Finding {
    let writable =
        std::fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path).map(drop));
    match writable {
        Ok(()) => {
            let free = fs4::available_space(path).map_or_else(
                |_unknown| String::new(),
                |bytes| format!(" ({} free)", format::bytes(bytes)),
            );
            ok(subject, format!("{}{free}", path.display()))
        }
        Err(error) => Finding {
            subject,
            verdict: Verdict::Broken,
            detail: format!("{error}: {}", path.display()),
            hint: "make it writable, or choose another with --data-dir DIR".to_owned(),
        },
    }
}

fn database(places: &Places) -> Finding {
    let file = places.data.join("bandpass.db");
    match std::fs::metadata(&file) {
        Ok(metadata) => ok(
            "database",
            format!("{} ({})", file.display(), format::bytes(metadata.len())),
        ),
        Err(_none) => ok(
            "database",
            format!("none yet; it will be {}", file.display()),
        ),
    }
}

/// Whether a window could open; only Linux can be without a display.
pub fn has_display() -> bool {
    cfg!(not(target_os = "linux")) || named_display().is_some()
}

fn named_display() -> Option<String> {
    ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().find_map(|name| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some(format!("{name}={}", value.to_string_lossy()))
    })
}

fn display() -> Finding {
    if has_display() {
        return ok(
            "display",
            named_display().unwrap_or_else(|| "the desktop's".to_owned()),
        );
    }
    absent(
        "display",
        "neither WAYLAND_DISPLAY nor DISPLAY is set",
        "the window can't open here; the headless commands work",
    )
}

/// Libraries that the window loads at run time, with the Debian package of each.
const WINDOW_LIBRARIES: [(&str, &str); 7] = [
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
];

fn window_libraries() -> Option<Finding> {
    if cfg!(not(target_os = "linux")) {
        return None;
    }
    let missing: Vec<&str> = WINDOW_LIBRARIES
        .iter()
        .filter(|(library, _)| find_library(library).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Some(ok("window libraries", "all found".to_owned()));
    }
    let packages = missing.join(" ");
    let hint = format!("sudo apt install {packages} (or your system's packages of that name)");
    Some(absent(
        "window libraries",
        &format!("missing: {packages}"),
        &hint,
    ))
}

fn graphics() -> Finding {
    let mut found = Vec::new();
    if let Ok(version) = std::fs::read_to_string("/proc/driver/nvidia/version") {
        found.push(version.lines().next().unwrap_or("NVIDIA driver").to_owned());
    }
    let cards = std::fs::read_dir("/dev/dri")
        .into_iter()
        .flatten()
        .flatten();
    let n_cards = cards
        .filter(|e| e.file_name().to_string_lossy().starts_with("render"))
        .count();
    if n_cards > 0 {
        found.push(format::count(n_cards as u64, "render device"));
    }
    if let Some(vulkan) = find_library("libvulkan.so.1") {
        found.push(format!("Vulkan loader {}", vulkan.display()));
    }
    if found.is_empty() {
        return absent(
            "GPU",
            "none found",
            "scores are computed on the CPU; that is all the built-in scorers need",
        );
    }
    ok("GPU", found.join("; "))
}

fn onnx_runtime(places: &Places) -> Finding {
    let setting = settings::load(&places.settings_file()).0.onnxruntime;
    let found = library::find(setting.as_deref(), &places.data);
    if let Some((path, info)) = found
        .iter()
        .find_map(|candidate| Some((&candidate.path, candidate.state.as_ref().ok()?)))
    {
        let detail = format!("{}: {}", info.version, path.display());
        return ok("ONNX Runtime", detail);
    }
    absent(
        "ONNX Runtime",
        "none found",
        "networks run on rten, on the CPU; for more speed or a graphics card: bandpass runtime install",
    )
}

fn find_library(name: &str) -> Option<PathBuf> {
    let set = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let fixed = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"].map(PathBuf::from);
    let multiarch = ["x86_64", "aarch64"].map(|arch| format!("/usr/lib/{arch}-linux-gnu").into());
    std::env::split_paths(&set)
        .chain(fixed)
        .chain(multiarch)
        .map(|folder| folder.join(OsStr::new(name)))
        .find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_made_is_broken_and_says_what_to_do() {
        let folder_with_file = tempfile::NamedTempFile::new().unwrap();
        let finding = folder("data folder", &folder_with_file.path().join("below"));
        assert_eq!(finding.verdict, Verdict::Broken);
        assert!(finding.hint.contains("--data-dir"));
    }

    #[test]
    fn every_subject_is_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::find(Some(folder.path())).unwrap();
        let mut subjects: Vec<_> = examine(&places).iter().map(|f| f.subject).collect();
        let n = subjects.len();
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), n);
        assert!(n >= 6);
    }
}
