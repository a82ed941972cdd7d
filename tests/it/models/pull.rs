//! Downloads: resumed, verified, refused, cancelled.

use std::sync::Arc;
use std::time::Duration;

use bandpass::base::Kind;
use bandpass::engine::Job;
use bandpass::engine::models::{AddOptions, Models, State};

use super::server::{Reply, Server};
use super::{open, options, pull, sha256, some_bytes, toy};

const FILE: &str = "hf:someone/toy/sub/toy.bin@v1";
const ETAG: &str = "\"etag-1\"";

fn declared(bytes: &[u8]) -> String {
    format!("sha256 = \"{}\", bytes = {},", sha256(bytes), bytes.len())
}

fn ready(models: &Models) -> Vec<u8> {
    let State::Ready(installed) = models.state("toy") else {
        panic!("{:?}", models.state("toy"));
    };
    assert!(installed.files[0].ours);
    std::fs::read(installed.network()).unwrap()
}

fn names_in(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_downloaded_verified_and_remembered() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(300_000));
    let server = Server::of_file(bytes.clone(), ETAG);
    let manifest = toy(&declared(&bytes), &[FILE]);
    let mut models = open(&manifest, folder.path());
    let before = models.version("toy");
    let job = Job::default();
    let pulled = models.pull("toy", &options(&server.url), &job).unwrap();
    assert_eq!((pulled.variant.as_str(), pulled.notes.len()), ("only", 0));
    assert_eq!(ready(&models), bytes);
    assert_eq!(models.version("toy"), before);
    let progress = job.progress.snapshot();
    assert_eq!((progress.total, progress.done), (300_000, 300_000));
    assert_eq!(
        server.requests()[0].path,
        "/someone/toy/resolve/v1/sub/toy.bin"
    );
    assert_eq!(
        server.requests()[0].headers["authorization"],
        "Bearer secret"
    );
    assert_eq!(
        names_in(&folder.path().join("models/toy/only")),
        ["toy.bin"]
    );
    assert_eq!(ready(&open(&manifest, folder.path())), bytes);
    pull(&mut models, &options(&server.url)).unwrap();
    std::fs::remove_file(folder.path().join("models/installed.json")).unwrap();
    let mut models = open(&manifest, folder.path());
    assert!(matches!(models.state("toy"), State::Missing { .. }));
    pull(&mut models, &options(&server.url)).unwrap();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(models.remove("toy").unwrap(), 300_000);
    assert!(matches!(models.state("toy"), State::Missing { .. }));
}

#[test]
fn a_cut_download_goes_on_where_it_stopped() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(300_000));
    let body = bytes.clone();
    let server = Server::new(move |n, request| {
        let reply = Reply::file(&body, ETAG, request);
        if n == 0 {
            reply.cut_after(140_000)
        } else {
            reply
        }
    });
    let mut models = open(&toy(&declared(&bytes), &[FILE]), folder.path());
    pull(&mut models, &options(&server.url)).unwrap();
    assert_eq!(ready(&models), bytes);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].headers["range"], "bytes=140000-");
    assert_eq!(requests[1].headers["if-range"], ETAG);
}

#[test]
fn a_half_download_is_kept_for_the_next_time() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(300_000));
    let body = bytes.clone();
    let server = Server::new(move |n, request| match n {
        0 => Reply::file(&body, ETAG, request).cut_after(100_000),
        1..=3 => Reply::status(503),
        _ => Reply::file(&body, ETAG, request),
    });
    let mut models = open(&toy(&declared(&bytes), &[FILE]), folder.path());
    let problem = pull(&mut models, &options(&server.url))
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("503") && problem.contains("toy.bin"),
        "{problem}"
    );
    let (have, whole) = (100_000, Some(300_000));
    let partial = State::Partial { have, bytes: whole };
    assert_eq!(models.state("toy"), partial);
    assert!(
        models
            .installed("toy")
            .unwrap_err()
            .to_string()
            .contains("incomplete")
    );
    pull(&mut models, &options(&server.url)).unwrap();
    assert_eq!(ready(&models), bytes);
    assert_eq!(server.requests()[4].headers["range"], "bytes=100000-");
}

#[test]
fn a_file_that_changed_meanwhile_is_begun_anew() {
    let (folder, old, new) = (
        tempfile::tempdir().unwrap(),
        some_bytes(200_000),
        some_bytes(250_001),
    );
    let body = new.clone();
    let server = Server::new(move |n, request| match n {
        0 => Reply::file(&old, "\"old\"", request).cut_after(150_000),
        _ => Reply::file(&body, "\"new\"", request),
    });
    let hash = format!("sha256 = \"{}\",", sha256(&new));
    let mut models = open(&toy(&hash, &[FILE]), folder.path());
    pull(&mut models, &options(&server.url)).unwrap();
    assert_eq!(ready(&models), new);
}

#[test]
fn another_file_than_declared_is_refused() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(1000));
    let server = Server::of_file(bytes.clone(), ETAG);
    let other = sha256(b"other");
    let mut models = open(
        &toy(&format!("sha256 = \"{other}\","), &[FILE]),
        folder.path(),
    );
    let problem = pull(&mut models, &options(&server.url))
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains(&other) && problem.contains(&sha256(&bytes)),
        "{problem}"
    );
    assert!(names_in(&folder.path().join("models/toy/only")).is_empty());
    assert!(matches!(models.state("toy"), State::Missing { .. }));
    let mut models = open(&toy("bytes = 999,", &[FILE]), folder.path());
    let problem = pull(&mut models, &options(&server.url))
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("1000 bytes") && problem.contains("999"),
        "{problem}"
    );
}

#[test]
fn a_redirect_tells_the_hash_and_gets_no_token() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(5000));
    let store = Arc::new(Server::of_file(bytes.clone(), "\"of the store\""));
    let hub = |stated: String| {
        let to = format!("{}/blob?x=1", store.url);
        Server::new(move |_, _| Reply {
            status: 302,
            headers: vec![
                ("location", to.clone()),
                ("x-linked-etag", format!("\"{stated}\"")),
            ],
            ..Reply::default()
        })
    };
    let mut models = open(&toy("", &[FILE]), folder.path());
    let wrong = hub(sha256(b"other"));
    let problem = pull(&mut models, &options(&wrong.url)).unwrap_err();
    assert!(problem.to_string().contains("SHA-256"), "{problem}");
    let right = hub(sha256(&bytes));
    let pulled = pull(&mut models, &options(&right.url)).unwrap();
    assert_eq!(pulled.notes, Vec::<String>::new());
    assert_eq!(ready(&models), bytes);
    assert!(right.requests()[0].headers.contains_key("authorization"));
    for request in store.requests() {
        assert!(
            !request.headers.contains_key("authorization"),
            "{request:?}"
        );
    }
}

#[test]
fn a_file_without_any_stated_hash_is_told() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(5000));
    let server = Server::of_file(bytes.clone(), ETAG);
    let mut models = open(&toy("", &[FILE]), folder.path());
    let pulled = pull(&mut models, &options(&server.url)).unwrap();
    assert!(
        pulled.notes[0].contains(&sha256(&bytes)),
        "{:?}",
        pulled.notes
    );
}

#[test]
fn refusals_say_what_to_do() {
    for (status, told) in [
        (401, "HF_TOKEN"),
        (403, "HF_TOKEN"),
        (404, "no such file"),
        (400, "HTTP 400"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(move |_, _| Reply::status(status));
        let mut models = open(&toy("", &[FILE]), folder.path());
        let problem = pull(&mut models, &options(&server.url))
            .unwrap_err()
            .to_string();
        assert!(
            problem.contains(told) && problem.contains(FILE),
            "{problem}"
        );
        assert!(problem.contains("models add FILE"), "{problem}");
        assert_eq!(server.requests().len(), 1);
    }
    let folder = tempfile::tempdir().unwrap();
    let circle = Server::new(|_, _| Reply {
        status: 302,
        headers: vec![("location", "/again".to_owned())],
        ..Reply::default()
    });
    let mut models = open(&toy("", &[FILE]), folder.path());
    let problem = pull(&mut models, &options(&circle.url))
        .unwrap_err()
        .to_string();
    assert!(problem.contains("without end"), "{problem}");
    let problem = pull(&mut models, &options("http://127.0.0.1:1"))
        .unwrap_err()
        .to_string();
    assert!(problem.contains("can't be reached"), "{problem}");
}

#[test]
fn the_next_source_is_tried_and_the_failure_told() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(5000));
    let body = bytes.clone();
    let server = Server::new(move |_, request| {
        if request.path.contains("/first/") {
            return Reply::status(404);
        }
        Reply::file(&body, ETAG, request)
    });
    let manifest = toy(
        &declared(&bytes),
        &["hf:first/toy/toy.bin", "hf:second/toy/toy.bin"],
    );
    let mut models = open(&manifest, folder.path());
    let pulled = pull(&mut models, &options(&server.url)).unwrap();
    assert!(
        pulled.notes[0].contains("hf:first/toy/toy.bin@main"),
        "{:?}",
        pulled.notes
    );
    assert_eq!(ready(&models), bytes);
}

#[test]
fn the_licence_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::of_file(some_bytes(10), ETAG);
    let mut models = open(&toy("", &[FILE]), folder.path());
    let mut unaccepted = options(&server.url);
    unaccepted.accept_licence = false;
    let problem = pull(&mut models, &unaccepted).unwrap_err();
    assert_eq!(problem.kind, Kind::Usage);
    assert_eq!(problem.why, "MIT, and be kind");
    assert!(server.requests().is_empty());
    let mut unknown = options(&server.url);
    unknown.variant = Some("int8".to_owned());
    let problem = pull(&mut models, &unknown).unwrap_err().to_string();
    assert!(
        problem.contains("'int8'") && problem.contains("only"),
        "{problem}"
    );
}

#[test]
fn offline_the_shared_cache_still_serves() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(5000));
    let server = Server::of_file(bytes.clone(), ETAG);
    let mut offline = options(&server.url);
    offline.hub.offline = true;
    offline.hub.cache = Some(folder.path().join("cache"));
    let mut models = open(&toy(&declared(&bytes), &[FILE]), folder.path());
    let problem = pull(&mut models, &offline).unwrap_err().to_string();
    assert!(
        problem.contains("offline") && problem.contains("HF_HUB_OFFLINE"),
        "{problem}"
    );
    let snapshot = folder
        .path()
        .join("cache/models--someone--toy/snapshots/v1/sub");
    std::fs::create_dir_all(&snapshot).unwrap();
    std::fs::write(snapshot.join("toy.bin"), &bytes).unwrap();
    let pulled = pull(&mut models, &offline).unwrap();
    assert_eq!(pulled.files, [snapshot.join("toy.bin")]);
    let State::Ready(installed) = models.state("toy") else {
        panic!("{:?}", models.state("toy"));
    };
    assert!(!installed.files[0].ours);
    assert!(server.requests().is_empty());
    models.remove("toy").unwrap();
    assert!(snapshot.join("toy.bin").exists());
    std::fs::write(snapshot.join("toy.bin"), "something else").unwrap();
    assert!(pull(&mut models, &offline).is_err());
    let elsewhere = toy(&declared(&bytes), &["https://127.0.0.1:1/toy.bin"]);
    let problem = pull(&mut open(&elsewhere, folder.path()), &offline).unwrap_err();
    assert!(problem.to_string().contains("HF_HUB_OFFLINE"), "{problem}");
}

#[test]
fn a_cancelled_download_stops_though_the_server_stalls() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(300_000));
    let body = bytes.clone();
    let server = Server::new(move |_, request| Reply {
        stall: Some(Duration::from_mins(5)),
        ..Reply::file(&body, ETAG, request).cut_after(100_000)
    });
    let mut models = open(&toy(&declared(&bytes), &[FILE]), folder.path());
    let job = Job::default();
    let other = job.clone();
    let cancel = std::thread::Builder::new().spawn(move || {
        while other.progress.snapshot().done < 100_000 {
            std::thread::sleep(Duration::from_millis(5));
        }
        other.token.cancel();
    });
    let problem = models.pull("toy", &options(&server.url), &job).unwrap_err();
    assert_eq!(problem.kind, Kind::Cancelled);
    cancel.unwrap().join().unwrap();
    assert!(matches!(
        models.state("toy"),
        State::Partial { have: 100_000, .. }
    ));
}

/// A toy of two files, the first of two variants.
fn pair(first: &[u8], second: &[u8], sources: [&str; 2]) -> String {
    let file = |name: &str, bytes: &[u8], source: &str| {
        let declared = declared(bytes);
        format!("{{ name = \"{name}\", {declared} sources = [\"{source}\"] }}")
    };
    let files = [
        file("a.bin", first, sources[0]),
        file("b.bin", second, sources[1]),
    ];
    let own = format!("{{ name = \"pair\", files = [{}] }}, ", files.join(", "));
    toy(&declared(first), &[FILE]).replace("weights = [", &format!("weights = [{own}"))
}

#[test]
fn a_cut_pull_of_two_files_keeps_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (some_bytes(5000), some_bytes(7000));
    let (a, b) = (first.clone(), second.clone());
    let server = Server::new(move |n, request| match n {
        0 => Reply::file(&a, ETAG, request),
        1 => Reply::status(404),
        _ => Reply::file(&b, ETAG, request),
    });
    let sources = ["hf:someone/toy/a.bin", "hf:someone/toy/b.bin"];
    let manifest = pair(&first, &second, sources);
    let mut models = open(&manifest, folder.path());
    let problem = pull(&mut models, &options(&server.url)).unwrap_err();
    assert!(
        problem.hint.contains("models pull toy --variant only"),
        "{problem}"
    );
    let partial = State::Partial {
        have: 5000,
        bytes: Some(12_000),
    };
    assert_eq!(models.state("toy"), partial);
    let mut models = open(&manifest, folder.path());
    pull(&mut models, &options(&server.url)).unwrap();
    assert_eq!(server.requests().len(), 3);
    assert_eq!(ready(&models), first);
}

#[test]
fn a_body_that_ends_before_the_declared_size_is_an_error() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(5000));
    let server = Server::new(move |_, _| Reply {
        body: bytes[..4000].to_vec(),
        ..Reply::default()
    });
    let mut models = open(&toy("bytes = 5000,", &[FILE]), folder.path());
    assert!(pull(&mut models, &options(&server.url)).is_err());
    assert!(!folder.path().join("models/toy/only/toy.bin").exists());
}

#[test]
fn a_download_replaces_no_file_of_the_user() {
    let (folder, bytes) = (tempfile::tempdir().unwrap(), some_bytes(5000));
    let server = Server::of_file(bytes.clone(), ETAG);
    let mut models = open(&toy(&declared(&bytes), &[FILE]), folder.path());
    let own = folder.path().join("models/toy/only/toy.bin");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::write(&own, &bytes).unwrap();
    models
        .add(&own, &AddOptions::default(), &Job::default())
        .unwrap();
    std::fs::write(&own, "changed by its owner").unwrap();
    let problem = pull(&mut models, &options(&server.url)).unwrap_err();
    assert!(problem.to_string().contains("you added"), "{problem}");
    assert_eq!(std::fs::read(&own).unwrap(), b"changed by its owner");
    models.remove("toy").unwrap();
    assert!(own.exists());
}
