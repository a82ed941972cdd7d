//! The release archives of the ONNX Runtime project.
//!
//! Must not know: how archives are unpacked.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::flavour::Build;
use super::{InstallError, Step, Transport, Watch, verify};
use crate::engine::pump::{next, pump};

/// What this source is called.
pub(super) const NAME: &str = "release archive";

/// Describes a release: its files with their addresses and SHA-256.
const RELEASES: &str = "https://api.github.com/repos/microsoft/onnxruntime/releases/tags/v";

/// A description longer than this is none.
const LONGEST: u64 = 4 << 20;

#[derive(Deserialize)]
struct Release {
    assets: Vec<Asset>,
}

#[derive(Deserialize)]
struct Asset {
    name: String,
    browser_download_url: String,
    /// `sha256:` and the digits; absent in old releases.
    digest: Option<String>,
}

/// Downloads and verifies the archive; goes on where an earlier attempt was cut.
pub(super) fn fetch(
    build: &Build,
    partial: &Path,
    transport: &dyn Transport,
    watch: &Watch<'_>,
) -> Result<PathBuf, InstallError> {
    let none = InstallError::Source;
    let (platform, extension) = build
        .release
        .ok_or_else(|| none("there is none of this build".to_owned()))?;
    let wanted = format!("onnxruntime-{platform}-{}.{extension}", build.version);
    let archive = partial.join(&wanted);
    let asset = describe(build, &wanted, transport, watch)?;
    let digest = asset
        .digest
        .as_deref()
        .and_then(|d| d.strip_prefix("sha256:"));
    let digest = digest.ok_or_else(|| none("it publishes no sha256".to_owned()))?;
    if !archive.exists() {
        let part = partial.join(format!("{wanted}.part"));
        download(&asset.browser_download_url, &part, transport, watch)?;
        fs::rename(&part, &archive).map_err(|source| InstallError::Write { path: part, source })?;
    }
    verify(&archive, digest, watch)?;
    Ok(archive)
}

fn describe(
    build: &Build,
    wanted: &str,
    transport: &dyn Transport,
    watch: &Watch<'_>,
) -> Result<Asset, InstallError> {
    let none = InstallError::Source;
    let url = format!("{RELEASES}{}", build.version);
    let answer = transport.get(&url, 0).map_err(none)?;
    let blocks = pump(answer.body.take(LONGEST)).map_err(|e| none(e.to_string()))?;
    let mut text = Vec::new();
    while let Some(block) = next(&blocks, watch.token)? {
        text.extend(block.map_err(|e| none(e.to_string()))?);
    }
    let release: Release = serde_json::from_slice(&text).map_err(|e| none(e.to_string()))?;
    let mut assets = release.assets.into_iter();
    let found = assets.find(|asset| asset.name == wanted);
    found.ok_or_else(|| none(format!("the release has no {wanted}")))
}

fn download(
    url: &str,
    part: &Path,
    transport: &dyn Transport,
    watch: &Watch<'_>,
) -> Result<(), InstallError> {
    let write = |source| InstallError::Write {
        path: part.to_path_buf(),
        source,
    };
    let cut = InstallError::Source;
    let have = fs::metadata(part).map_or(0, |meta| meta.len());
    let answer = transport.get(url, have).map_err(cut)?;
    let mut file = OpenOptions::new()
        .create(true)
        .append(answer.from > 0)
        .write(true)
        .truncate(answer.from == 0)
        .open(part)
        .map_err(write)?;
    let mut bytes = answer.from;
    let blocks = pump(answer.body).map_err(|e| cut(e.to_string()))?;
    while let Some(block) = next(&blocks, watch.token)? {
        let block = block.map_err(|e| cut(e.to_string()))?;
        file.write_all(&block).map_err(write)?;
        bytes += block.len() as u64;
        (watch.tell)(Step::Fetching {
            source: NAME,
            bytes,
            total: answer.total,
        });
    }
    match answer.total {
        Some(total) if bytes != total => Err(cut(format!(
            "the connection broke off after {bytes} of {total} bytes; the next attempt goes on there"
        ))),
        _ => file.sync_all().map_err(write),
    }
}
