//! The one writing thread: takes jobs from a bounded channel, commits pending ones together.
//!
//! Must not know: tables.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::{Result, StoreError};

const N_QUEUED: usize = 256;
const N_TOGETHER: usize = 64;

/// The front of the thread "store"; callers wait for their own commit.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which owns the connection from now on.
    pub(super) fn start(conn: Connection) -> Result<Self> {
        let (jobs, queue) = bounded(N_QUEUED);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || Thread { conn, full: false }.serve(&queue))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs `work` in a transaction and returns after the commit; `durable`: after the disk has it.
    pub(super) fn run<T: Send + 'static>(
        &self,
        durable: bool,
        work: impl Fn(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stopped = || StoreError::other("its thread has stopped");
        let (reply, answer) = bounded(1);
        let task = Task {
            work,
            durable,
            value: None,
            reply,
        };
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Box::new(task)).map_err(|_send| stopped())?;
        answer.recv().map_err(|_recv| stopped())?
    }

    /// Finishes what is queued and closes the connection.
    pub(super) fn stop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

trait Job: Send {
    fn run(&mut self, conn: &Connection) -> Result<()>;
    fn reply(self: Box<Self>, committed: Result<()>);
    fn durable(&self) -> bool;
}

struct Task<T, F> {
    work: F,
    durable: bool,
    value: Option<T>,
    reply: Sender<Result<T>>,
}

impl<T: Send, F: Fn(&Connection) -> Result<T> + Send> Job for Task<T, F> {
    fn run(&mut self, conn: &Connection) -> Result<()> {
        let done = catch_unwind(AssertUnwindSafe(|| (self.work)(conn)));
        self.value = Some(done.map_err(|_panic| StoreError::other("a fault in a change"))??);
        Ok(())
    }

    fn reply(self: Box<Self>, committed: Result<()>) {
        let value = self.value;
        let answer = committed
            .and_then(|()| value.ok_or_else(|| StoreError::other("a change gave no answer")));
        // The caller may be gone; then nobody waits for the answer.
        self.reply.send(answer).ok();
    }

    fn durable(&self) -> bool {
        self.durable
    }
}

struct Thread {
    conn: Connection,
    full: bool,
}

impl Thread {
    fn serve(mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            batch.extend(queue.try_iter().take(N_TOGETHER - 1));
            self.commit(batch);
        }
        self.conn.execute_batch("PRAGMA optimize").ok();
    }

    /// Commits the batch at once; if that fails, each job alone, so that one cannot spoil another.
    fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) {
        if batch.len() > 1 && self.transact(&mut batch).is_ok() {
            for job in batch {
                job.reply(Ok(()));
            }
            return;
        }
        for mut job in batch {
            let committed = self.transact(std::slice::from_mut(&mut job));
            job.reply(committed);
        }
    }

    fn transact(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<()> {
        self.sync_fully(jobs.iter().any(|job| job.durable()))?;
        let tx = Transaction::new(&mut self.conn, TransactionBehavior::Immediate)?;
        for job in jobs {
            job.run(&tx)?;
        }
        Ok(tx.commit()?)
    }

    /// In WAL mode, FULL syncs the log at each commit, NORMAL only at checkpoints.
    fn sync_fully(&mut self, full: bool) -> Result<()> {
        if self.full != full {
            let level = if full { "FULL" } else { "NORMAL" };
            self.conn.pragma_update(None, "synchronous", level)?;
            self.full = full;
        }
        Ok(())
    }
}
