//! Hashes files that have no content yet, so that moved and renamed ones get their scores back.

use crossbeam_channel::bounded;

use crate::base::Problem;
use crate::domain::image::{ContentHash, ContentId, Failure, FileId, Stamp};

use super::core::Core;
use super::job::{Change, Job};
use super::read;
use super::score::Target;

/// Files linked to their contents in one transaction.
const BATCH: usize = 256;

/// Gives every target without a content its content, and says which. Failures are left for
/// scoring to report.
pub(crate) fn identify(
    core: &Core,
    mut targets: Vec<Target>,
    n_workers: usize,
    job: &Job,
) -> Result<Vec<(FileId, ContentId)>, Problem> {
    targets.retain(|target| target.content.is_none());
    job.progress.add_total(targets.len() as u64);
    let (to_workers, files) = bounded::<Target>(n_workers * 2);
    let (to_collector, hashes) = bounded::<(Target, Result<ContentHash, Failure>)>(BATCH);
    std::thread::scope(|scope| {
        for n in 0..n_workers {
            let (files, out) = (files.clone(), to_collector.clone());
            std::thread::Builder::new()
                .name(format!("hash-{n}"))
                .spawn_scoped(scope, move || {
                    for target in files {
                        let hash = read::hash(&target.path, target.stamp);
                        if out.send((target, hash)).is_err() {
                            return;
                        }
                    }
                })
                .map_err(|error| Problem::environment("can't start a worker", error))?;
        }
        drop((files, to_collector));
        std::thread::Builder::new()
            .name("hash-feed".to_owned())
            .spawn_scoped(scope, move || {
                for target in targets {
                    if job.token.checkpoint().is_err() || to_workers.send(target).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| Problem::environment("can't start a worker", error))?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut linked = Vec::new();
        for (target, hash) in hashes {
            match hash {
                Ok(hash) => batch.push((target.file, target.stamp, hash)),
                Err(_failure) => job.progress.add_failed(),
            }
            if batch.len() >= BATCH {
                linked.extend(link(core, std::mem::take(&mut batch), job)?);
            }
        }
        linked.extend(link(core, batch, job)?);
        Ok(linked)
    })
}

fn link(
    core: &Core,
    batch: Vec<(FileId, Stamp, ContentHash)>,
    job: &Job,
) -> Result<Vec<(FileId, ContentId)>, Problem> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let files: Vec<FileId> = batch.iter().map(|(file, ..)| *file).collect();
    let contents = core.store.set_content(batch)?;
    let linked: Vec<(FileId, ContentId)> = files.into_iter().zip(contents).collect();
    if job.is_watched() {
        let known: Result<Vec<_>, Problem> = linked
            .iter()
            .map(|(file, content)| Ok((*file, core.knowledge(*content)?)))
            .collect();
        job.tell(Change::Known(known?));
    }
    job.progress.add_done(linked.len() as u64);
    Ok(linked)
}
