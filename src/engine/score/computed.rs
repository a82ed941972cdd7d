//! Our own code that needs model files.
//!
//! Must not know: what the files hold.

use std::sync::Arc;

use crate::base::Problem;
use crate::engine::models::Installed;
use crate::zoo::Computed;
use crate::zoo::computed::brisque::{Brisque, MAX_BYTES, Svr};
use crate::zoo::manifest::Manifest;

/// The scorer that the manifest's `code` names, with its model files.
pub(crate) fn open(manifest: &Manifest, files: &Installed) -> Result<Arc<dyn Computed>, Problem> {
    let code = manifest.code.as_deref().unwrap_or_default();
    if code == "brisque" {
        return brisque(files);
    }
    let why = format!("Bandpass has no code '{code}'");
    Err(Problem::usage(format!("can't run '{}'", manifest.key), why).hint("known: brisque"))
}

fn brisque(files: &Installed) -> Result<Arc<dyn Computed>, Problem> {
    let [model, range] = files.files.as_slice() else {
        let why = "it takes two files: the model and its ranges";
        return Err(Problem::usage("can't run 'brisque'", why));
    };
    let (model, range) = (text(&model.path)?, text(&range.path)?);
    let svr = Svr::parse(&model, &range)
        .map_err(|error| Problem::usage("the model of BRISQUE can't be read", error))?;
    Ok(Arc::new(Brisque::new(Arc::new(svr))))
}

fn text(file: &std::path::Path) -> Result<String, Problem> {
    let failed = |error| Problem::environment("can't read the model", error).at(file);
    let size = std::fs::metadata(file).map_err(failed)?.len();
    if size > MAX_BYTES as u64 {
        return Err(Problem::usage("can't read the model", "it is far too large").at(file));
    }
    std::fs::read_to_string(file).map_err(failed)
}
