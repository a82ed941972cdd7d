//! Reading addresses over HTTP, behind a trait that tests replace.
//!
//! Must not know: what is read.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};

/// What an address answers.
pub struct Answer {
    /// The bytes, from [`Answer::from`] on.
    pub body: Box<dyn Read + Send>,
    /// Where the body begins: as asked, or 0 where the server begins anew.
    pub from: u64,
    /// Bytes in all, if known.
    pub total: Option<u64>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Answer");
        out.field("from", &self.from).field("total", &self.total);
        out.finish_non_exhaustive()
    }
}

/// Reads addresses.
pub trait Transport: Send + Sync {
    /// What `url` holds from byte `from` on; an error says why it can't be had.
    fn get(&self, url: &str, from: u64) -> Result<Answer, String>;
}

/// HTTP with the operating system's trust store.
#[derive(Debug, Clone)]
pub struct Http {
    agent: ureq::Agent,
}

impl Default for Http {
    fn default() -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_recv_response(Some(Duration::from_secs(30)))
            .user_agent(concat!("bandpass/", env!("CARGO_PKG_VERSION")));
        Self {
            agent: config.build().into(),
        }
    }
}

impl Transport for Http {
    fn get(&self, url: &str, from: u64) -> Result<Answer, String> {
        let mut request = self.agent.get(url);
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let answer = match request.call() {
            // Nothing lies beyond: all of it is here, as far as its length tells.
            Err(ureq::Error::StatusCode(416)) if from > 0 => {
                return Ok(Answer {
                    body: Box::new(std::io::empty()),
                    from,
                    total: Some(from),
                });
            }
            answer => answer.map_err(|error| error.to_string())?,
        };
        let resumed = answer.status().as_u16() == 206;
        let from = if resumed { from } else { 0 };
        let total = answer.body().content_length().map(|rest| rest + from);
        Ok(Answer {
            body: Box::new(answer.into_body().into_reader()),
            from,
            total,
        })
    }
}
