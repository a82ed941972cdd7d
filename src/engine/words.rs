//! How reports are told.

use crate::base::format;

use super::event::{Level, Notice};
use super::infer::selftest::Outcome;
use super::models::{Added, Recognition};
use super::scan::ScanReport;
use super::score::{Routed, ScoreReport};

/// "scored 12 images, 3 had their scores, 1 failed".
pub fn scored(report: &ScoreReport) -> String {
    let mut parts = vec![format!(
        "scored {}",
        format::count(report.scored as u64, "image")
    )];
    if report.reused > 0 {
        parts.push(format!(
            "{} had their scores",
            format::thousands(report.reused as u64)
        ));
    }
    if report.failed > 0 {
        parts.push(format!(
            "{} failed",
            format::thousands(report.failed as u64)
        ));
    }
    if report.known_failures > 0 {
        let n = format::thousands(report.known_failures as u64);
        parts.push(format!("{n} failed before and were left alone"));
    }
    for routed in &report.routed {
        parts.extend(routes(routed));
    }
    if report.cancelled {
        parts.push("cancelled before the end".to_owned());
    }
    parts.join(", ")
}

/// "city_aesthetics runs only where anime_real >= 0.5".
pub fn route(key: &str, condition: Option<&str>) -> String {
    match condition {
        Some(condition) => format!("{key} runs only where {condition}"),
        None => format!("{key} runs on every image"),
    }
}

/// "city_aesthetics not for 312 images (route)".
fn routes(routed: &Routed) -> Vec<String> {
    let told = |n: usize, what: &str| {
        let images = format::count(n as u64, "image");
        (n > 0).then(|| format!("{} {what} {images} (route)", routed.scorer))
    };
    let parts = [
        told(routed.outside, "not for"),
        told(routed.undecided, "undecided for"),
    ];
    parts.into_iter().flatten().collect()
}

/// "CityAesthetics is ready: city.safetensors, the published file".
pub fn added(added: &Added) -> String {
    let how = match &added.how {
        Recognition::Hash => "the published file".to_owned(),
        Recognition::Shapes(what) => format!("recognised by its tensors: {what}"),
        Recognition::Told(but) if but.is_empty() => "as you said".to_owned(),
        Recognition::Told(but) => format!("as you said, though {but}"),
    };
    format!(
        "added for {} ({how}); used by {}",
        added.key,
        added.used_for.join(", ")
    )
}

/// "ok      ONNX Runtime 1.31.1  cpu  largest difference 1.2e-7  ONNX Runtime 1.31.1 on cpu".
pub fn tested(outcome: &Outcome) -> String {
    let verdict = if outcome.is_good() {
        "ok    "
    } else {
        "WRONG "
    };
    let told = match &outcome.result {
        Ok(passed) => format!(
            "largest difference {:.1e}  {}",
            passed.difference, passed.placement
        ),
        Err(error) => error.to_string(),
    };
    format!("{verdict}  {}  {}  {told}", outcome.engine, outcome.device)
}

/// What a scan could not reach.
pub fn scanned(report: &ScanReport) -> Vec<Notice> {
    let warning = |text| Notice {
        level: Level::Warning,
        text,
    };
    let offline = report.offline.iter().map(|root| {
        warning(format!(
            "the folder can't be reached; what is known of it stays: {}",
            root.display()
        ))
    });
    let unreadable = report.unreadable.first().map(|(path, reason)| {
        let n = format::count(report.unreadable.len() as u64, "place");
        warning(format!(
            "{n} not read; the first: {reason}: {}",
            path.display()
        ))
    });
    offline.chain(unreadable).collect()
}

/// One line: a composite column is gone, and which others wait for it now.
pub fn removed_composite(key: &str, built_on: &[String]) -> String {
    if built_on.is_empty() {
        return format!("{key}: removed");
    }
    let others = built_on.join(", ");
    format!("{key}: removed; left out until it is there again: {others}")
}
