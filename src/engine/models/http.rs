//! Downloads over HTTP that go on where they stopped.
//!
//! Must not know: hubs, manifests, hashes of files.

mod error;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::Body;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};

use super::hub::is_sha256;
use crate::engine::Job;
use crate::engine::pump::{next, pump};

pub(super) use error::HttpError;

const CONNECT: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_secs(30);
const MAX_REDIRECTS: usize = 10;
/// Attempts in a row that bring nothing new.
const MAX_FRUITLESS: usize = 3;
/// Kept free on the disk beside the file.
const RESERVE: u64 = 64 << 20;

/// What to download and where to.
#[derive(Debug)]
pub(super) struct Download<'a> {
    /// Address.
    pub url: &'a str,
    /// Sent to the host of `url` alone.
    pub token: Option<&'a str>,
    /// The half file; `<part>.etag` beside it names what it is half of.
    pub part: &'a Path,
    /// Size that the manifest states.
    pub bytes: Option<u64>,
}

/// SHA-256 that the server states, if it does.
pub(super) type Stated = Option<String>;

impl Download<'_> {
    /// Fills `part`, from where it ends if it is known what it is half of.
    pub(super) fn run(&self, job: &Job) -> Result<Stated, HttpError> {
        let agent = agent();
        let mut fruitless = 0;
        loop {
            job.token.checkpoint()?;
            let before = len(self.part);
            match self.attempt(&agent, job) {
                Err(error) if error.is_passing() => {
                    fruitless = if len(self.part) > before {
                        0
                    } else {
                        fruitless + 1
                    };
                    if fruitless == MAX_FRUITLESS {
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
    }

    fn attempt(&self, agent: &ureq::Agent, job: &Job) -> Result<Stated, HttpError> {
        let known = std::fs::read_to_string(self.etag_file()).ok();
        let have = if known.is_some() { len(self.part) } else { 0 };
        let (response, stated) = self.ask(agent, have, known.as_deref().unwrap_or_default())?;
        let code = response.status().as_u16();
        let start = match code {
            200 => 0,
            206 if resumes_at(&response, have) => have,
            // The range begins at the end of the file: all of it is here.
            416 if have > 0
                && header(&response, "content-range")
                    .is_some_and(|r| r == format!("bytes */{have}")) =>
            {
                return Ok(stated);
            }
            206 | 416 => {
                std::fs::remove_file(self.etag_file())?;
                return Err(HttpError::Cut {
                    have: 0,
                    total: None,
                });
            }
            401 | 403 => return Err(HttpError::Denied(code)),
            404 | 410 => return Err(HttpError::Absent(code)),
            _ => return Err(HttpError::Status(code)),
        };
        let length = header(&response, "content-length").and_then(|text| text.parse::<u64>().ok());
        let total = length.map(|length| length + start);
        self.check_size(start, total)?;
        self.note_etag(&response, start)?;
        let counted = job.progress.snapshot();
        if counted.total == 0 {
            job.progress.add_total(total.or(self.bytes).unwrap_or(0));
            job.progress.add_reused(start);
        }
        self.receive(response, start, total, job)?;
        Ok(stated)
    }

    fn check_size(&self, start: u64, total: Option<u64>) -> Result<(), HttpError> {
        if let (Some(found), Some(declared)) = (total, self.bytes)
            && found != declared
        {
            return Err(HttpError::Size { found, declared });
        }
        let missing = total.or(self.bytes).unwrap_or(0).saturating_sub(start);
        let folder = self.part.parent().unwrap_or(Path::new("."));
        require_space(folder, missing)
    }

    /// Remembers what the half file is half of; without a name for that it can't be resumed.
    fn note_etag(&self, response: &Response<Body>, start: u64) -> Result<(), HttpError> {
        let strong = header(response, "etag").filter(|etag| etag.starts_with('"'));
        match strong {
            Some(etag) => std::fs::write(self.etag_file(), etag)?,
            None if start == 0 => remove_if_there(&self.etag_file())?,
            None => {}
        }
        Ok(())
    }

    fn receive(
        &self,
        response: Response<Body>,
        start: u64,
        total: Option<u64>,
        job: &Job,
    ) -> Result<(), HttpError> {
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(self.part)?;
        file.set_len(start)?;
        file.seek(SeekFrom::Start(start))?;
        let blocks = pump(response.into_body().into_reader())?;
        let most = total.or(self.bytes).unwrap_or(u64::MAX);
        let mut have = start;
        while let Some(block) = next(&blocks, &job.token)? {
            let block = block.map_err(|error| match error.kind() {
                ErrorKind::TimedOut => HttpError::Stalled,
                _ => HttpError::Cut { have, total },
            })?;
            have += block.len() as u64;
            if have > most {
                return Err(HttpError::Size {
                    found: have,
                    declared: most,
                });
            }
            file.write_all(&block)?;
            job.progress.add_done(block.len() as u64);
        }
        if total.or(self.bytes).is_some_and(|whole| have < whole) {
            return Err(HttpError::Cut { have, total });
        }
        File::sync_all(&file)?;
        Ok(())
    }

    /// Asks for the file from byte `have` on and follows redirects; also what the server says of
    /// its hash on the way (the hub does so before it leads elsewhere).
    fn ask(
        &self,
        agent: &ureq::Agent,
        have: u64,
        etag: &str,
    ) -> Result<(Response<Body>, Stated), HttpError> {
        let mut url = self.url.to_owned();
        let mut stated = None;
        for _ in 0..MAX_REDIRECTS {
            let mut request = agent.get(&url);
            if let Some(token) = self.token.filter(|_| origin(&url) == origin(self.url)) {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            if have > 0 {
                request = request
                    .header("range", format!("bytes={have}-"))
                    .header("if-range", etag);
            }
            let response = request
                .call()
                .map_err(|e| HttpError::Unreachable(e.to_string()))?;
            let linked = header(&response, "x-linked-etag");
            stated = stated.or(linked.and_then(|etag| is_sha256(etag.trim_matches('"'))));
            if !response.status().is_redirection() {
                return Ok((response, stated));
            }
            let to = header(&response, "location").ok_or(HttpError::Redirect)?;
            url = joined(&url, to).ok_or(HttpError::Redirect)?;
        }
        Err(HttpError::Redirect)
    }

    fn etag_file(&self) -> PathBuf {
        etag_file(self.part)
    }
}

/// Where a half file's name is kept.
pub(super) fn etag_file(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".etag");
    name.into()
}

/// Deletes a file of ours; it need not be there.
pub(super) fn remove_if_there(file: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Fails if the disk of `folder` hasn't room for `needed` bytes; passes where that can't be told.
pub(super) fn require_space(folder: &Path, needed: u64) -> Result<(), HttpError> {
    match fs4::available_space(folder) {
        Ok(free) if free < needed.saturating_add(RESERVE) => Err(HttpError::Space { needed, free }),
        _ => Ok(()),
    }
}

/// The operating system's trust store; redirects are followed by hand, errors are answers.
fn agent() -> ureq::Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(ANSWER))
        .user_agent(concat!("bandpass/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn resumes_at(response: &Response<Body>, have: u64) -> bool {
    let range = header(response, "content-range");
    range.is_some_and(|range| range.starts_with(&format!("bytes {have}-")))
}

/// Scheme and host of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    &url[..end]
}

/// Where a redirect leads: another address, or a path on the same host; never from https to http.
fn joined(from: &str, to: &str) -> Option<String> {
    if to.starts_with('/') && !to.starts_with("//") {
        return Some(format!("{}{to}", origin(from)));
    }
    let safe =
        to.starts_with("https://") || (to.starts_with("http://") && from.starts_with("http://"));
    safe.then(|| to.to_owned())
}

fn len(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |data| data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_safe() {
        let to = |to| joined("https://a.example/x/y", to);
        assert_eq!(to("/z").as_deref(), Some("https://a.example/z"));
        assert_eq!(
            to("https://b.example/z").as_deref(),
            Some("https://b.example/z")
        );
        for bad in [
            "http://b.example/z",
            "//b.example/z",
            "z",
            "file:///etc/passwd",
        ] {
            assert_eq!(to(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_full_disk_is_told_before_the_download() {
        let folder = tempfile::tempdir().unwrap();
        let error = require_space(folder.path(), u64::MAX / 2).unwrap_err();
        assert!(error.to_string().contains("are free"), "{error}");
        require_space(folder.path(), 1).unwrap();
    }
}
