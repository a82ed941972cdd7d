//! SHA-256 of files, and copying them, in blocks that can be cancelled and are counted in bytes.
//!
//! Must not know: what the files hold.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::base::Problem;
use crate::engine::Job;

/// Bytes between two looks at the token.
const BLOCK: usize = 1 << 20;

/// SHA-256 of a file in lower-case hexadecimal digits. Counts its bytes as progress.
pub(in crate::engine) fn sha256_of(path: &Path, job: &Job) -> Result<String, Problem> {
    let failed = |error| Problem::environment("can't read the file", error).at(path);
    let file = File::open(path).map_err(failed)?;
    job.progress
        .add_total(file.metadata().map_err(failed)?.len());
    copy(file, std::io::sink(), job)?.map_err(failed)
}

/// Copies until the end and gives the SHA-256 of what it copied. Counts the bytes as progress.
///
/// The outer error is the user's wish to stop, the inner one that of reading or writing.
pub(super) fn copy(
    mut from: impl Read,
    mut to: impl Write,
    job: &Job,
) -> Result<std::io::Result<String>, Problem> {
    let mut hasher = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        job.token.checkpoint()?;
        let n = match from.read(&mut block) {
            Ok(0) => return Ok(to.flush().map(|()| hex(&hasher.finalize()))),
            Ok(n) => n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(error)),
        };
        hasher.update(&block[..n]);
        if let Err(error) = to.write_all(&block[..n]) {
            return Ok(Err(error));
        }
        job.progress.add_done(n as u64);
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one_and_cancelling_stops() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        let job = Job::default();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_of(file.path(), &job).unwrap(), abc);
        assert_eq!(job.progress.snapshot().done, 3);
        job.token.cancel();
        let problem = sha256_of(file.path(), &job).unwrap_err();
        assert_eq!(problem.kind, crate::base::Kind::Cancelled);
    }
}
