//! A web server of a few lines that answers as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Request {
    pub path: String,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
}

/// What to answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Breaks off after so many bytes of the body.
    pub cut: Option<usize>,
    /// Then holds the line for so long instead of closing it.
    pub stall: Option<Duration>,
}

/// A running server.
pub(super) struct Server {
    /// `http://127.0.0.1:port`.
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers every request, the n-th from 0, as `answer` says.
    pub(super) fn new(answer: impl Fn(usize, &Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let serve = move || {
            for (n, stream) in listener.incoming().flatten().enumerate() {
                let request = read(&stream);
                seen.lock().unwrap().push(request.clone());
                write(stream, &answer(n, &request));
            }
        };
        std::thread::Builder::new()
            .name("server".into())
            .spawn(serve)
            .unwrap();
        Self { url, requests }
    }

    /// Answers every request with this file, in parts where asked.
    pub(super) fn of_file(body: Vec<u8>, etag: &'static str) -> Self {
        Self::new(move |_, request| Reply::file(&body, etag, request))
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Reply {
    /// Only a status.
    pub(super) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// A file, or the part of it that is asked for if it is still the same.
    pub(super) fn file(body: &[u8], etag: &str, request: &Request) -> Self {
        let range = request.headers.get("range").and_then(|range| {
            let start = range.strip_prefix("bytes=")?.strip_suffix('-')?;
            start.parse::<usize>().ok()
        });
        let same = request
            .headers
            .get("if-range")
            .is_some_and(|known| known == etag);
        let etag = ("etag", etag.to_owned());
        match range.filter(|_| same) {
            Some(start) if start >= body.len() => Self {
                status: 416,
                headers: vec![("content-range", format!("bytes */{}", body.len()))],
                ..Self::default()
            },
            Some(start) => {
                let part = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
                Self {
                    status: 206,
                    headers: vec![etag, ("content-range", part)],
                    body: body[start..].to_vec(),
                    ..Self::default()
                }
            }
            None => Self {
                status: 200,
                headers: vec![etag],
                body: body.to_vec(),
                ..Self::default()
            },
        }
    }

    /// The same, broken off.
    pub(super) fn cut_after(self, n: usize) -> Self {
        Self {
            cut: Some(n),
            ..self
        }
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        });
    Request {
        path,
        headers: headers.collect(),
    }
}

fn write(mut stream: TcpStream, reply: &Reply) {
    let length = ("content-length", reply.body.len().to_string());
    let mut head = vec![
        format!("HTTP/1.1 {} Answer", reply.status),
        "connection: close".to_owned(),
    ];
    let headers = reply.headers.iter().chain([&length]);
    head.extend(headers.map(|(name, value)| format!("{name}: {value}")));
    let head = format!("{}\r\n\r\n", head.join("\r\n"));
    let end = reply.cut.unwrap_or(reply.body.len());
    // The client may have gone: that is part of some tests.
    stream.write_all(head.as_bytes()).ok();
    stream.write_all(&reply.body[..end]).ok();
    stream.flush().ok();
    if let Some(stall) = reply.stall {
        std::thread::sleep(stall);
    }
}
