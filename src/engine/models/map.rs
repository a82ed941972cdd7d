//! Files as memory: the system reads what is looked at, and nothing else.
//!
//! Must not know: what files hold.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::base::Problem;
use crate::zoo::checkpoint::Bytes;

/// The bytes of a file, without reading it.
pub fn map(path: &Path) -> Result<Bytes, Problem> {
    let failed = |error| Problem::environment("can't read the file", error).at(path);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() == 0 {
        return Ok(Arc::new(Vec::new()));
    }
    #[expect(unsafe_code, reason = "there is no safe way to map a file")]
    // SAFETY: read-only. Another program may still change or shorten the file while it is mapped;
    // weights are not edited in place, and those that changed since they were added are refused.
    let map = unsafe { memmap2::Mmap::map(&file) }.map_err(failed)?;
    Ok(Arc::new(map))
}
