//! The thread of one device: fills batches across folders and runs every network on them.
//!
//! Must not know: files, databases.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use crate::base::{CancelToken, Problem};
use crate::domain::detail::Detail;
use crate::domain::image::{Failure, Stage};
use crate::domain::picture::Orientation;
use crate::domain::score::Scores;
use crate::engine::budget::Share;
use crate::engine::depot::Speed;
use crate::zoo::manifest::Manifest;
use crate::zoo::preprocess::Exif;
use crate::zoo::reading::Answer;

use super::net::{Answers, Given, Net, NetError, first};
use super::plan::{NetPlan, Plan};
use super::{Found, Outcome, Vector};

/// Longest wait for a batch to fill while images still come in.
const LINGER: Duration = Duration::from_millis(100);

/// Images in a row that may fail before the run ends.
const MAX_FAILURES: usize = 32;

/// An image on its way through the networks.
pub(crate) struct Item<'a> {
    /// What is known of it so far.
    pub outcome: Outcome,
    /// Its tensors by place in [`Plan::tensors`]: the views end to end; empty where not needed.
    pub tensors: Vec<Vec<f32>>,
    /// Which of [`Plan::nets`] must run.
    pub wants: Vec<bool>,
    /// The picture that they are of.
    pub seen: Seen,
    /// Memory that the tensors take, of the run's budget.
    pub share: Option<Share<'a>>,
}

/// A picture as most networks see it: as it is stored in its file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// How it stands upright.
    pub orientation: Orientation,
}

impl Seen {
    /// As a network sees it; some have it turned upright before.
    fn by(self, network: &Manifest) -> Self {
        let input = network.input.as_ref();
        if input.is_none_or(|input| input.orientation == Exif::Ignore) {
            return self;
        }
        Self {
            size: self.orientation.sides(self.size),
            orientation: Orientation::Upright,
        }
    }
}

/// The networks of one device.
pub(crate) struct Device {
    /// In the order of [`Plan::nets`]; none where no image needs it.
    pub nets: Vec<Option<Net>>,
    /// Images in a row that could not be run.
    pub failures: usize,
}

impl Device {
    /// Images taken together: as many as fill a batch with their views, at least 1.
    pub(crate) fn chunk(&self, plan: &Plan) -> usize {
        let nets = plan.nets.iter().zip(&self.nets);
        let images = nets.filter_map(|(of, net)| {
            let views = plan.tensors.get(of.tensor)?.usual_views();
            Some(net.as_ref()?.batch() / views)
        });
        images.max().unwrap_or(1).max(1)
    }

    /// How fast each network was, by key; those that ran nothing are left out.
    pub(crate) fn speeds(&self) -> Vec<(String, Speed)> {
        let nets = self.nets.iter().flatten();
        nets.filter_map(|net| {
            Some((
                net.key().to_owned(),
                Speed {
                    placement: net.placement().to_string(),
                    per_second: net.per_second()?,
                },
            ))
        })
        .collect()
    }

    /// Takes images until no more come; ends early where nobody takes the outcomes, or where the
    /// run is cancelled.
    ///
    /// Fails where nothing more can be run: the device is lost, or a network fails from the start.
    pub(crate) fn serve(
        &mut self,
        plan: &Plan,
        items: &Receiver<Item<'_>>,
        out: &Sender<Outcome>,
        token: &CancelToken,
    ) -> Result<(), Problem> {
        let order = plan.order();
        while let Some(mut chunk) = gather(items, self.chunk(plan)) {
            if token.is_cancelled() {
                return Ok(());
            }
            for &k in &order {
                plan.narrow_items(&mut chunk);
                self.run(k, plan, &mut chunk)?;
            }
            // The tensors go first, with their memory: who takes the outcomes may be slow.
            let outcomes: Vec<Outcome> = chunk.into_iter().map(|item| item.outcome).collect();
            for outcome in outcomes {
                if out.send(outcome).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn run(&mut self, k: usize, all: &Plan, chunk: &mut [Item<'_>]) -> Result<(), Problem> {
        let (Some(plan), Some(Some(net))) = (all.nets.get(k), self.nets.get_mut(k)) else {
            return Ok(());
        };
        let length = all.tensors[plan.tensor].n_values();
        let wanted: Vec<usize> = (0..chunk.len()).filter(|&i| chunk[i].wants[k]).collect();
        let views = |i: usize| chunk[i].tensors[plan.tensor].chunks_exact(length);
        let rows: Vec<Vec<&[f32]>> = wanted
            .iter()
            .flat_map(|&i| views(i).map(|view| vec![view]))
            .collect();
        let n_views: Vec<usize> = wanted.iter().map(|&i| views(i).len()).collect();
        let results = run_all(net, &rows, &n_views, &mut self.failures)?;
        for (i, result) in wanted.into_iter().zip(results) {
            let (seen, outcome) = (chunk[i].seen, &mut chunk[i].outcome);
            match result {
                Ok(views) => take(outcome, k, plan, &views, seen, net),
                Err(why) => fail(outcome, plan, &why),
            }
        }
        Ok(())
    }
}

/// The answers for each view of an image, or why it has none.
type Views = Result<Vec<Answers>, String>;

/// The views of each image. Where rows fail together each image is tried alone.
///
/// Fails after [`MAX_FAILURES`] images in a row: then it is not the images' fault.
fn run_all(
    net: &mut Net,
    rows: &[Vec<&[f32]>],
    n_views: &[usize],
    failures: &mut usize,
) -> Result<Vec<Views>, Problem> {
    match net.run(rows) {
        Ok(found) => {
            *failures = 0;
            net.add_pictures(n_views.len());
            let mut found = found.into_iter();
            let of = |n: &usize| Ok(found.by_ref().take(*n).collect());
            return Ok(n_views.iter().map(of).collect());
        }
        Err(NetError::Over(problem)) => return Err(problem),
        Err(NetError::Rows(_)) => {}
    }
    let mut results = Vec::with_capacity(n_views.len());
    let mut rest = rows;
    for &n in n_views {
        let (own, others) = rest.split_at(n);
        rest = others;
        results.push(match net.run(own) {
            Ok(found) => {
                *failures = 0;
                net.add_pictures(1);
                Ok(found)
            }
            Err(NetError::Rows(why)) if *failures + 1 >= MAX_FAILURES => {
                let what = format!("'{}' failed on image after image", net.key());
                return Err(Problem::environment(what, why).hint("what was scored is kept"));
            }
            Err(NetError::Rows(why)) => {
                *failures += 1;
                Err(why)
            }
            Err(NetError::Over(problem)) => return Err(problem),
        });
    }
    Ok(results)
}

/// Up to `n` images; none once no more come.
fn gather<'a>(items: &Receiver<Item<'a>>, n: usize) -> Option<Vec<Item<'a>>> {
    let mut chunk = vec![items.recv().ok()?];
    let due = Instant::now() + LINGER;
    while chunk.len() < n {
        let Ok(item) = items.recv_deadline(due) else {
            break;
        };
        chunk.push(item);
    }
    Some(chunk)
}

fn take(outcome: &mut Outcome, k: usize, plan: &NetPlan, views: &[Answers], seen: Seen, net: &Net) {
    let values = views.iter().flatten().flat_map(|given| &given.values);
    if values.into_iter().any(|value| !value.is_finite()) {
        return fail(outcome, plan, NOT_FINITE);
    }
    if plan.vectors.is_some() {
        let vectors: Vec<&[f32]> = views.iter().map(|view| first(view)).collect();
        outcome.vectors.push(Vector {
            net: k,
            values: vectors.concat(),
            placement: net.placement().clone(),
        });
    }
    if let (Some(part), None) = (plan.part, &plan.vectors) {
        let views: Vec<Vec<Answer<'_>>> = views
            .iter()
            .map(|view| view.iter().map(Given::answer).collect())
            .collect();
        let seen = seen.by(&plan.manifest);
        let reading = net.reading(&views, seen.size);
        let reading = reading.unwrap_or_else(|| plan.manifest.read(&views, seen.size));
        let upright = |detail: Detail| detail.upright(seen.orientation, seen.size);
        outcome.scores.push(Found {
            part,
            scores: Scores {
                values: reading.values,
                signature: None,
            },
            detail: reading.detail.map(upright),
            placement: Some(net.placement().clone()),
        });
    }
}

/// Why an image has no value where a network answered nonsense.
pub(super) const NOT_FINITE: &str = "the network answered with NaN or infinity";

fn fail(outcome: &mut Outcome, plan: &NetPlan, why: &str) {
    let key = &plan.manifest.key;
    outcome.failures.push(Failure {
        stage: Stage::Score,
        reason: format!("{key}: {why}"),
    });
    if let (Some(part), None) = (plan.part, &plan.vectors) {
        outcome
            .scores
            .push(Found::nothing(part, plan.manifest.columns.len()));
    }
}
