//! What most commands begin with: the database open, the folders looked at, the images chosen.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{Problem, format};
use crate::curation::{Sieve, parse};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::query::{Keep, Rule, SortKey, ViewSpec};
use crate::domain::score::ColumnSpec;
use crate::engine::{Core, Job, Places, outermost, words};

use super::{Chosen, Output, guard, output};

/// An open database and a job that Ctrl+C cancels.
#[derive(Debug)]
pub(super) struct Session {
    pub core: Core,
    pub job: Job,
}

impl Session {
    /// Opens the database and tells its warnings.
    pub(super) fn open(places: Places, output: &mut Output) -> Result<Self, Problem> {
        let core = Core::open(places)?;
        for warning in core.warnings() {
            output.message(&format!("bandpass: {warning}"));
        }
        let job = Job::default();
        let token = job.token.clone();
        // The first Ctrl+C asks the work to stop, the second does not wait; the journal makes that
        // safe. A handler that is there already belongs to the first command of a test.
        ctrlc::set_handler(move || {
            if token.is_cancelled() || output::is_asking() {
                std::process::exit(130);
            }
            token.cancel();
        })
        .ok();
        Ok(Self { core, job })
    }

    /// Looks for images below the paths; the folders to work on.
    pub(super) fn scan(
        &self,
        paths: &[PathBuf],
        output: &mut Output,
    ) -> Result<Vec<PathBuf>, Problem> {
        let roots = outermost(paths);
        let job = Job {
            token: self.job.token.clone(),
            ..Job::default()
        };
        let report =
            output.with_progress("Looking for images", &job, || self.core.scan(&roots, &job))?;
        for notice in words::scanned(&report) {
            output.message(&format!("bandpass: {}", notice.text));
        }
        Ok(roots)
    }

    /// Scans, gives moved files their scores back, and picks the images that the filter keeps.
    pub(super) fn choose(
        &self,
        chosen: &Chosen,
        output: &mut Output,
    ) -> Result<(Arc<Catalog>, Vec<Row>), Problem> {
        // The expression is read first: a typo should not wait for a scan.
        let columns: Vec<Arc<ColumnSpec>> = self.columns();
        let spec = view(chosen, &columns)?;
        let roots = self.scan(&chosen.paths, output)?;
        let job = Job {
            token: self.job.token.clone(),
            ..Job::default()
        };
        output.with_progress("Hashing", &job, || self.core.identify(&roots, &job))?;
        self.job.token.checkpoint()?;
        let catalog = Arc::new(self.core.catalog(&roots)?);
        let result = Sieve::new().update(&catalog, &spec);
        tell_counts(chosen, &result, output);
        guard::tell_sorted(&spec, &result, output);
        Ok((catalog, result.rows.to_vec()))
    }

    fn columns(&self) -> Vec<Arc<ColumnSpec>> {
        self.core
            .scorers()
            .into_iter()
            .flat_map(|spec| spec.columns)
            .map(Arc::new)
            .collect()
    }
}

fn view(chosen: &Chosen, columns: &[Arc<ColumnSpec>]) -> Result<ViewSpec, Problem> {
    let mut rules = Vec::new();
    if let Some(text) = &chosen.filter {
        let expr = parse::parse(text, columns)
            .map_err(|error| Problem::usage(format!("--where: {error}"), ""))?;
        rules.push(Rule {
            label: text.clone(),
            keep: Keep::Where(expr),
        });
    }
    let sort: Vec<SortKey> = match &chosen.sort {
        Some(text) => parse::parse_sort(text, columns)
            .map_err(|error| Problem::usage(format!("--sort: {error}"), ""))?,
        None => vec![SortKey {
            by: crate::domain::query::SortBy::Path,
            descending: false,
        }],
    };
    Ok(ViewSpec {
        rules,
        sort,
        top: chosen.top,
        histograms: Vec::new(),
        guard: !chosen.no_guard,
    })
}

fn tell_counts(chosen: &Chosen, result: &crate::domain::query::ViewResult, output: &mut Output) {
    let kept = format::thousands(result.rows.len() as u64);
    output.message(&format!(
        "{kept} of {}",
        format::count(result.total as u64, "image")
    ));
    let by_score = chosen.filter.is_some() || chosen.sort.is_some();
    if by_score && result.unscored > 0 {
        let unscored = format::count(result.unscored as u64, "image");
        output.message(&format!(
            "{unscored} without scores; run bandpass score first"
        ));
    }
}
