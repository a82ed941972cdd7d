//! Finding, installing and testing runtimes.

use std::sync::Mutex;

use bandpass::base::CancelToken;
use bandpass::engine::infer::install::{
    Answer, Flavour, InstallError, Step, Transport, Watch, install,
};
use bandpass::engine::infer::library::{Origin, find};
use bandpass::engine::infer::selftest::selftest;
use bandpass::engine::infer::status::status;

use super::{engines, onnx_runtime};

#[test]
fn every_engine_and_device_passes_the_self_test() {
    let engines = engines();
    let outcomes = selftest(&engines, &CancelToken::new()).unwrap();
    assert!(outcomes.len() >= engines.len());
    for outcome in &outcomes {
        println!("{outcome:?}");
        let on_cpu = outcome.device == bandpass::engine::infer::Device::Cpu;
        assert!(outcome.is_good() || !on_cpu, "{outcome:?}");
    }
    let token = CancelToken::new();
    token.cancel();
    assert!(selftest(&engines, &token).is_err());
}

#[test]
fn the_status_names_what_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let used = onnx_runtime();
    let nowhere = dir.path().join("nowhere.so");
    let status = status(Some(&nowhere), dir.path());
    assert_eq!(status.candidates[0].origin, Origin::Setting);
    assert!(status.candidates[0].state.is_err());
    let last = status.engines.last().unwrap();
    assert_eq!((last.name, &last.library), ("rten", &None));
    if let Some(used) = used {
        assert_eq!(status.engines[0].library.as_ref(), Some(used.path()));
        assert!(status.refused.is_empty());
    }
}

struct Offline;

impl Transport for Offline {
    fn get(&self, _url: &str, _from: u64) -> Result<Answer, String> {
        Err("no network".to_owned())
    }
}

/// Through pip; needs a package index, so only where ONNX Runtime is required anyway.
#[test]
fn pip_delivers_where_the_release_does_not() {
    if std::env::var_os("BANDPASS_REQUIRE_ORT").is_none_or(|v| v != "1") {
        println!("skipped: BANDPASS_REQUIRE_ORT is not 1");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let steps = Mutex::new(Vec::new());
    let token = CancelToken::new();
    let tell = |step| steps.lock().unwrap().push(step);
    let watch = Watch {
        token: &token,
        tell: &tell,
    };
    let installed = install(Flavour::Cpu, dir.path(), &Offline, &watch).unwrap();
    assert_eq!(installed.version, "1.31.1");
    let told = steps.lock().unwrap();
    let failed =
        |step: &&Step| matches!(step, Step::Failed { source, .. } if *source == "release archive");
    assert_eq!(told.iter().filter(failed).count(), 1);
    assert!(told.contains(&Step::Verifying) && told.contains(&Step::Unpacking));
    drop(told);
    let found = find(None, dir.path());
    let ours = found
        .iter()
        .find(|c| c.origin == Origin::Installed)
        .unwrap();
    assert_eq!(ours.path, installed.library);
    assert_eq!(ours.state.as_ref().unwrap().version, "1.31.1");
    let folder = dir.path().join("onnxruntime");
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "nothing is left over"
    );
    let again = install(Flavour::Cpu, dir.path(), &Offline, &watch).unwrap();
    assert_eq!(again, installed);
}

#[test]
fn a_cancelled_installation_leaves_nothing_that_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let token = CancelToken::new();
    token.cancel();
    let watch = Watch {
        token: &token,
        tell: &|_| {},
    };
    let error = install(Flavour::Cpu, dir.path(), &Offline, &watch).unwrap_err();
    assert!(
        matches!(
            error,
            InstallError::Cancelled(_) | InstallError::NoSource(_)
        ),
        "{error}"
    );
    let found = find(None, dir.path());
    assert!(found.iter().all(|c| c.origin != Origin::Installed));
}
