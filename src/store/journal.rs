//! What was done to files and marks: written down before, kept after, so that it can be undone.
//!
//! Must not know: how files are moved.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::base::paths;
use crate::domain::image::{ContentId, FileId};
use crate::domain::marks::Marks;
use crate::domain::op::{Intent, OpId, OpState, OpSummary, Step};

use super::marks::mark_steps;
use super::{Result, Store, StoreError};

/// How far one step of an operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Begun; after a kill the file may be in either place.
    Doing,
    /// Carried out.
    Done,
    /// Not carried out; the detail says why.
    Failed,
    /// Carried out, and taken back.
    Undone,
}

/// All that the journal knows of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its line in the history.
    pub summary: OpSummary,
    /// What was wanted; none for edits of marks.
    pub intent: Option<Intent>,
    /// Each step, how far it has come, and what was noted of it. Empty for edits of marks.
    pub steps: Vec<(Step, StepState, Option<String>)>,
    /// Marks before and after. Empty for operations on files.
    pub marks: Vec<(ContentId, Marks, Marks)>,
}

impl Store {
    /// Writes an operation down; on the disk when it returns. Every step is pending.
    ///
    /// `at` in seconds since 1970 UTC.
    pub fn journal_begin(
        &self,
        title: &str,
        intent: &Intent,
        steps: &[Step],
        at: i64,
    ) -> Result<OpId> {
        let json = serde_json::to_string(intent).map_err(StoreError::other)?;
        let (title, steps) = (title.to_owned(), steps.to_vec());
        self.write_durably(move |conn| {
            let op = insert_op(conn, "files", &json, at)?;
            let mut update = conn.prepare_cached("UPDATE op SET title = ?2 WHERE id = ?1")?;
            update.execute(params![op.0, title])?;
            insert_steps(conn, op, &steps)?;
            Ok(op)
        })
    }

    /// Notes how far a step has come; `seq` is its index in the steps. Nothing noted before as
    /// detail is lost where `detail` is none.
    ///
    /// [`StepState::Doing`] is on the disk when this returns; the others with the next that is.
    pub fn journal_step(
        &self,
        op: OpId,
        seq: u32,
        state: StepState,
        detail: Option<&str>,
    ) -> Result<()> {
        self.journal_steps(op, vec![(seq, state, detail.map(str::to_owned))])
    }

    /// As [`Store::journal_step`], for many steps at once.
    pub fn journal_steps(
        &self,
        op: OpId,
        steps: Vec<(u32, StepState, Option<String>)>,
    ) -> Result<()> {
        let doing = steps.iter().any(|(_, state, _)| *state == StepState::Doing);
        let work = move |conn: &Connection| {
            let sql = "UPDATE step SET state = ?3, detail = coalesce(?4, detail)
                WHERE op_id = ?1 AND seq = ?2";
            let mut update = conn.prepare_cached(sql)?;
            for (seq, state, detail) in &steps {
                let n_rows = update.execute(params![op.0, seq, step_number(*state), detail])?;
                found(n_rows)?;
            }
            Ok(())
        };
        if doing {
            self.write_durably(work)
        } else {
            self.write(work)
        }
    }

    /// Notes how far an operation has come; on the disk when it returns.
    pub fn journal_state(&self, op: OpId, state: OpState) -> Result<()> {
        self.write_durably(move |conn| set_state(conn, op, state))
    }

    /// All that is known of an operation.
    pub fn journal_load(&self, op: OpId) -> Result<JournalEntry> {
        self.read(|conn| {
            let sql = format!("{SUMMARY} WHERE id = ?1");
            let mut query = conn.prepare_cached(&sql)?;
            let entry = query.query_row([op.0], |row| Ok((summary(row)?, saved_intent(row)?)));
            let (summary, intent) = entry.optional()?.ok_or_else(no_such)?;
            Ok(JournalEntry {
                summary,
                intent: intent.transpose()?,
                steps: load_steps(conn, op)?,
                marks: mark_steps(conn, op)?,
            })
        })
    }

    /// The history, newest first.
    pub fn journal_list(&self, limit: usize) -> Result<Vec<OpSummary>> {
        self.read(|conn| {
            let sql = format!("{SUMMARY} ORDER BY id DESC LIMIT ?1");
            let mut query = conn.prepare_cached(&sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let ops = query.query_map([limit], summary)?;
            Ok(ops.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Operations that a kill or a power cut interrupted, oldest first.
    pub fn journal_unfinished(&self) -> Result<Vec<OpId>> {
        self.read(|conn| {
            let sql = "SELECT id FROM op WHERE state IN (?1, ?2) ORDER BY id";
            let mut query = conn.prepare_cached(sql)?;
            let open = [OpState::Running, OpState::Undoing].map(op_number);
            let ids = query.query_map(open, |row| Ok(OpId(row.get(0)?)))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
    }
}

// A step that was undone had been done.
const SUMMARY: &str = "SELECT id, title, at, state, kind, intent,
    (SELECT count(*) FROM step WHERE op_id = op.id AND state IN (2, 4))
        + (SELECT count(*) FROM mark_step WHERE op_id = op.id),
    (SELECT count(*) FROM step WHERE op_id = op.id AND state = 3)
    FROM op";

fn summary(row: &Row<'_>) -> rusqlite::Result<OpSummary> {
    Ok(OpSummary {
        id: OpId(row.get(0)?),
        title: row.get(1)?,
        at: row.get(2)?,
        state: op_state(row.get(3)?),
        n_done: row.get::<_, i64>(6)? as u64,
        n_failed: row.get::<_, i64>(7)? as u64,
    })
}

fn saved_intent(row: &Row<'_>) -> rusqlite::Result<Option<Result<Intent>>> {
    let kind: String = row.get(4)?;
    let json: String = row.get(5)?;
    let intent = || serde_json::from_str(&json).map_err(StoreError::other);
    Ok((kind == "files").then(intent))
}

fn no_such() -> StoreError {
    StoreError::other("the journal has no such entry")
}

fn found(n_rows: usize) -> Result<()> {
    if n_rows == 0 { Err(no_such()) } else { Ok(()) }
}

/// Adds a running operation without title, in the caller's transaction.
pub(super) fn insert_op(conn: &Connection, kind: &str, intent: &str, at: i64) -> Result<OpId> {
    let sql = "INSERT INTO op(kind, title, intent, at, state) VALUES (?1, '', ?2, ?3, ?4)";
    let mut insert = conn.prepare_cached(sql)?;
    let id = insert.insert(params![kind, intent, at, op_number(OpState::Running)])?;
    Ok(OpId(id))
}

/// Sets the state of an operation, in the caller's transaction.
pub(super) fn set_state(conn: &Connection, op: OpId, state: OpState) -> Result<()> {
    let mut update = conn.prepare_cached("UPDATE op SET state = ?2 WHERE id = ?1")?;
    found(update.execute(params![op.0, op_number(state)])?)
}

fn insert_steps(conn: &Connection, op: OpId, steps: &[Step]) -> Result<()> {
    let sql = "INSERT INTO step(op_id, seq, item, file_id, src, dst, size, mtime_ns, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let mut insert = conn.prepare_cached(sql)?;
    for (seq, step) in steps.iter().enumerate() {
        insert.execute(params![
            op.0,
            seq as i64,
            step.item,
            step.file.map(|file| file.0),
            paths::to_bytes(&step.from),
            step.to.as_ref().map(paths::to_bytes),
            step.size as i64,
            step.mtime_ns,
            step_number(StepState::Pending),
        ])?;
    }
    Ok(())
}

fn load_steps(conn: &Connection, op: OpId) -> Result<Vec<(Step, StepState, Option<String>)>> {
    let sql = "SELECT item, file_id, src, dst, size, mtime_ns, state, detail
        FROM step WHERE op_id = ?1 ORDER BY seq";
    let mut query = conn.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let path = |bytes: &[u8]| PathBuf::from(paths::from_bytes(bytes));
        let step = Step {
            item: row.get(0)?,
            file: row.get::<_, Option<i64>>(1)?.map(FileId),
            from: path(row.get_ref(2)?.as_blob()?),
            to: row.get_ref(3)?.as_blob_or_null()?.map(path),
            size: row.get::<_, i64>(4)? as u64,
            mtime_ns: row.get(5)?,
        };
        Ok((step, step_state(row.get(6)?), row.get(7)?))
    };
    let steps = query.query_map([op.0], read)?;
    Ok(steps.collect::<rusqlite::Result<_>>()?)
}

fn op_number(state: OpState) -> i64 {
    match state {
        OpState::Running => 0,
        OpState::Done => 1,
        OpState::Undoing => 2,
        OpState::Undone => 3,
    }
}

/// An unknown number reads as running, so that somebody looks at it.
fn op_state(number: i64) -> OpState {
    match number {
        1 => OpState::Done,
        2 => OpState::Undoing,
        3 => OpState::Undone,
        _ => OpState::Running,
    }
}

fn step_number(state: StepState) -> i64 {
    match state {
        StepState::Pending => 0,
        StepState::Doing => 1,
        StepState::Done => 2,
        StepState::Failed => 3,
        StepState::Undone => 4,
    }
}

/// An unknown number reads as begun, so that both places are looked at.
fn step_state(number: i64) -> StepState {
    match number {
        0 => StepState::Pending,
        2 => StepState::Done,
        3 => StepState::Failed,
        4 => StepState::Undone,
        _ => StepState::Doing,
    }
}
