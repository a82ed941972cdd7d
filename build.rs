//! Lists `models/*.toml`, so that a new manifest is a new scorer without a line of Rust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=models");
    if let Err(error) = list(&root.join("models"), &out.join("manifests.rs")) {
        println!("cargo::error=can't list models/*.toml: {error}");
    }
}

fn list(folder: &Path, to: &Path) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    let mut code = String::from("&[\n");
    for path in files {
        let key = path.file_stem().unwrap_or_default().to_string_lossy();
        let (key, path): (&str, &str) = (&key, &path.to_string_lossy());
        writeln!(code, "({key:?}, include_str!({path:?})),").map_err(std::io::Error::other)?;
    }
    code.push_str("]\n");
    std::fs::write(to, code)
}
