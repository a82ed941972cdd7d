//! The job table: who is at work, how fast, and until when.

use std::time::{Duration, Instant};

use crate::base::JobId;

use super::event::{JobKind, JobState, JobStatus};
use super::job::Job;

/// A job that has not ended.
#[derive(Debug)]
struct Entry {
    id: JobId,
    kind: JobKind,
    title: String,
    job: Job,
    worked: Duration,
    sampled: Instant,
    told: Option<JobStatus>,
}

/// Every job that has not ended, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    entries: Vec<Entry>,
    last: u64,
}

impl Jobs {
    /// Takes a job in and gives it an id.
    pub(crate) fn add(&mut self, kind: JobKind, title: String, job: Job) -> JobId {
        self.last += 1;
        let id = JobId(self.last);
        let (worked, sampled) = (Duration::ZERO, Instant::now());
        self.entries.push(Entry {
            id,
            kind,
            title,
            job,
            worked,
            sampled,
            told: None,
        });
        id
    }

    /// Whether none is at work.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The job, if it has not ended.
    pub(crate) fn get(&self, id: JobId) -> Option<&Job> {
        self.entries
            .iter()
            .find(|entry| entry.id == id)
            .map(|entry| &entry.job)
    }

    /// Whether a job of this kind is at work.
    pub(crate) fn has(&self, kind: JobKind) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind)
    }

    /// Stops every job of these kinds.
    pub(crate) fn cancel(&self, kinds: &[JobKind]) {
        for entry in self
            .entries
            .iter()
            .filter(|entry| kinds.contains(&entry.kind))
        {
            entry.job.token.cancel();
        }
    }

    /// Stops every job.
    pub(crate) fn cancel_all(&self) {
        for entry in &self.entries {
            entry.job.token.cancel();
        }
    }

    /// The jobs whose figures changed since the last call.
    pub(crate) fn sample(&mut self, now: Instant) -> Vec<JobStatus> {
        let mut news = Vec::new();
        for entry in &mut self.entries {
            let status = entry.status(now);
            if entry.told.as_ref() != Some(&status) {
                entry.told = Some(status.clone());
                news.push(status);
            }
        }
        news
    }

    /// Takes a job out; its last status.
    pub(crate) fn end(&mut self, id: JobId, state: JobState, now: Instant) -> Option<JobStatus> {
        let at = self.entries.iter().position(|entry| entry.id == id)?;
        let mut status = self.entries.remove(at).status(now);
        status.state = state;
        status.eta = None;
        Some(status)
    }
}

impl Entry {
    fn status(&mut self, now: Instant) -> JobStatus {
        let paused = self.job.token.is_paused();
        if !paused {
            self.worked += now.duration_since(self.sampled);
        }
        self.sampled = now;
        let progress = self.job.progress.snapshot();
        // What was there already costs no time and says nothing of what is left.
        let made = progress.done.saturating_sub(progress.reused);
        let rate = made as f64 / self.worked.as_secs_f64().max(1e-3);
        let left = progress.total.saturating_sub(progress.done) as f64;
        let known = made >= 5 && self.worked > Duration::from_millis(500);
        JobStatus {
            id: self.id,
            kind: self.kind,
            title: self.title.clone(),
            state: if paused {
                JobState::Paused
            } else {
                JobState::Running
            },
            progress,
            rate: (rate * 10.0).round() / 10.0,
            eta: known.then(|| Duration::from_secs((left / rate).round() as u64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reused_items_do_not_flatter_the_rate_and_pauses_do_not_count() {
        let mut jobs = Jobs::default();
        let job = Job::default();
        job.progress.add_total(1_000);
        job.progress.add_reused(900);
        let id = jobs.add(JobKind::Score, "score".into(), job.clone());
        let start = Instant::now();
        jobs.sample(start);
        job.progress.add_done(50);
        let status = jobs.sample(start + Duration::from_secs(5)).remove(0);
        assert!((status.rate - 10.0).abs() < 0.5, "{}", status.rate);
        assert_eq!(status.eta, Some(Duration::from_secs(5)));
        job.token.pause();
        jobs.sample(start + Duration::from_secs(100));
        job.token.resume();
        let status = jobs.sample(start + Duration::from_secs(100)).remove(0);
        assert!((status.rate - 10.0).abs() < 0.5, "{}", status.rate);
        assert_eq!(
            jobs.end(id, JobState::Done, start).unwrap().state,
            JobState::Done
        );
        assert!(jobs.is_empty());
    }
}
