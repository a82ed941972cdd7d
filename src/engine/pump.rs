//! The body of an answer, in blocks that can be waited for with an eye on a job's token.
//!
//! Must not know: HTTP, files.

use std::io::{Error, ErrorKind, Read};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::base::{CancelToken, Cancelled};

/// A server that sends nothing for so long is given up.
const STALL: Duration = Duration::from_mins(1);
/// How often a waiting download looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// Reads on a thread of its own, so that a server which stalls can't hold up a cancelled job.
pub(super) fn pump(
    mut body: impl Read + Send + 'static,
) -> std::io::Result<Receiver<std::io::Result<Vec<u8>>>> {
    let (to, blocks) = bounded(8);
    std::thread::Builder::new()
        .name("download".to_owned())
        .spawn(move || {
            loop {
                let mut block = vec![0; 1 << 17];
                let read = body.read(&mut block).map(|n| {
                    block.truncate(n);
                    block
                });
                let last = read.as_ref().map_or(true, Vec::is_empty);
                if to.send(read).is_err() || last {
                    return;
                }
            }
        })?;
    Ok(blocks)
}

/// The next block; none at the end. The inner error is that of reading, of kind `TimedOut` after a
/// minute without a byte.
pub(super) fn next(
    blocks: &Receiver<std::io::Result<Vec<u8>>>,
    token: &CancelToken,
) -> Result<Option<std::io::Result<Vec<u8>>>, Cancelled> {
    let since = Instant::now();
    loop {
        token.checkpoint()?;
        match blocks.recv_timeout(LOOK) {
            Ok(Ok(block)) if block.is_empty() => return Ok(None),
            Ok(block) => return Ok(Some(block)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) if since.elapsed() > STALL => {
                let why = "the server sent nothing for a minute";
                return Ok(Some(Err(Error::new(ErrorKind::TimedOut, why))));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
