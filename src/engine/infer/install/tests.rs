use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::sync::Mutex;

use super::*;

/// Serves texts by address and cuts bodies after `cut` bytes, once each.
#[derive(Default)]
struct Fake {
    pages: Vec<(String, Vec<u8>)>,
    cut: Mutex<Option<u64>>,
    asked: Mutex<Vec<(String, u64)>>,
}

impl Transport for Fake {
    fn get(&self, url: &str, from: u64) -> Result<Answer, String> {
        self.asked.lock().unwrap().push((url.to_owned(), from));
        let page = self.pages.iter().find(|(address, _)| url == address);
        let (_, bytes) = page.ok_or("offline")?;
        let rest = bytes[from as usize..].to_vec();
        let is_file = !url.contains("api.");
        let cut = if is_file {
            self.cut.lock().unwrap().take()
        } else {
            None
        };
        let body = Cursor::new(rest).take(cut.unwrap_or(u64::MAX));
        Ok(Answer {
            body: Box::new(body),
            from,
            total: Some(bytes.len() as u64),
        })
    }
}

const BUILD: flavour::Build = flavour::Build {
    version: "1.31.1",
    package: "onnxruntime",
    platform: "none",
    sha256: "",
    release: Some(("linux-x64", "tgz")),
};
const API: &str = "https://api.github.com/repos/microsoft/onnxruntime/releases/tags/v1.31.1";
const ADDRESS: &str = "https://example.org/a.tgz";
const ARCHIVE: &str = "onnxruntime-linux-x64-1.31.1.tgz";

fn tgz() -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(encoder);
    for (name, text) in [
        (
            "onnxruntime-linux-x64-1.31.1/lib/libonnxruntime.so.1.31.1",
            "library",
        ),
        ("onnxruntime-linux-x64-1.31.1/include/onnx.h", "header"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    tar.append_link(&mut link, "x/lib/libonnxruntime.so", "/etc/passwd")
        .unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

fn server(archive: &[u8], digest: &str) -> Fake {
    let release = format!(
        r#"{{"assets":[{{"name":"{ARCHIVE}","browser_download_url":"{ADDRESS}","digest":"sha256:{digest}"}}]}}"#
    );
    Fake {
        pages: vec![
            (API.to_owned(), release.into_bytes()),
            (ADDRESS.to_owned(), archive.to_vec()),
        ],
        ..Fake::default()
    }
}

fn digest(bytes: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    archive::sha256(file.path()).unwrap()
}

fn fetched(server: &Fake, folder: &Path) -> Result<PathBuf, InstallError> {
    let token = CancelToken::new();
    let watch = Watch {
        token: &token,
        tell: &|_| {},
    };
    release::fetch(&BUILD, folder, server, &watch)
}

#[test]
fn a_cut_download_goes_on_where_it_was() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), tgz());
    let server = server(&bytes, &digest(&bytes));
    *server.cut.lock().unwrap() = Some(100);
    let error = fetched(&server, folder.path()).unwrap_err().to_string();
    assert!(error.contains("broke off after 100 of"), "{error}");
    let archive = fetched(&server, folder.path()).unwrap();
    assert_eq!(fs::read(&archive).unwrap(), bytes);
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked.last().unwrap(), &(ADDRESS.to_owned(), 100));
}

#[test]
fn a_wrong_hash_is_named_and_the_file_deleted() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), tgz());
    let server = server(&bytes, &"0".repeat(64));
    let error = fetched(&server, folder.path()).unwrap_err();
    assert!(matches!(error, InstallError::Hash { .. }), "{error}");
    assert!(error.to_string().contains(ARCHIVE));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn cancelling_keeps_what_came() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), tgz());
    let server = server(&bytes, &digest(&bytes));
    let token = CancelToken::new();
    let watch = Watch {
        token: &token,
        tell: &|step| {
            if matches!(step, Step::Fetching { .. }) {
                token.cancel();
            }
        },
    };
    let error = release::fetch(&BUILD, folder.path(), &server, &watch).unwrap_err();
    assert!(matches!(error, InstallError::Cancelled(_)));
    let part = folder.path().join(format!("{ARCHIVE}.part"));
    assert!(fs::metadata(part).unwrap().len() > 0);
}

#[test]
fn only_plain_library_files_are_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.tgz");
    fs::write(&archive, tgz()).unwrap();
    let into = folder.path().join("lib");
    unpack::libraries(&archive, &into, &CancelToken::new()).unwrap();
    let names: Vec<_> = fs::read_dir(&into)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["libonnxruntime.so.1.31.1"]);
}

#[test]
fn a_zip_that_climbs_stays_inside_and_a_damaged_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.whl");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    let stored = zip::write::SimpleFileOptions::default();
    zip.start_file("../../capi/libx.so", stored).unwrap();
    zip.write_all(b"x").unwrap();
    zip.finish().unwrap();
    let into = folder.path().join("deep/er/lib");
    unpack::libraries(&archive, &into, &CancelToken::new()).unwrap();
    assert!(into.join("libx.so").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    fs::write(&archive, b"no zip").unwrap();
    let again = folder.path().join("again");
    let error = unpack::libraries(&archive, &again, &CancelToken::new()).unwrap_err();
    assert!(
        error.to_string().starts_with("a.whl can't be unpacked"),
        "{error}"
    );
}

#[test]
fn where_no_build_is_something_else_is_named() {
    let of = |flavour| InstallError::NoBuild(flavour).to_string();
    assert!(of(Flavour::Cpu).ends_with("`bandpass runtime use PATH`"));
    assert!(of(Flavour::Cuda).ends_with("choose cpu"));
}

/// A body that never says anything.
struct Silent;

impl std::io::Read for Silent {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        std::thread::sleep(std::time::Duration::from_mins(5));
        Ok(0)
    }
}

impl Transport for Silent {
    fn get(&self, _: &str, from: u64) -> Result<Answer, String> {
        let (body, total) = (Box::new(Self), None);
        Ok(Answer { body, from, total })
    }
}

#[test]
fn a_silent_server_holds_up_no_cancelled_installation() {
    let folder = tempfile::tempdir().unwrap();
    let token = CancelToken::new();
    let watch = Watch {
        token: &token,
        tell: &|_| {},
    };
    let other = token.clone();
    let cancel = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        other.cancel();
    });
    let error = release::fetch(&BUILD, folder.path(), &Silent, &watch).unwrap_err();
    assert!(matches!(error, InstallError::Cancelled(_)), "{error}");
    cancel.unwrap().join().unwrap();
}

#[test]
fn a_whole_part_with_the_wrong_hash_is_deleted() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), tgz());
    let server = server(&bytes, &digest(b"other"));
    let part = folder.path().join(format!("{ARCHIVE}.part"));
    fs::write(&part, &bytes).unwrap();
    let error = fetched(&server, folder.path()).unwrap_err();
    assert!(matches!(error, InstallError::Hash { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
