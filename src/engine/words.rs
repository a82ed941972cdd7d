//! How reports are told.

use crate::base::format;

use super::event::{Level, Notice};
use super::scan::ScanReport;
use super::score::ScoreReport;

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
    if report.cancelled {
        parts.push("cancelled before the end".to_owned());
    }
    parts.join(", ")
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
