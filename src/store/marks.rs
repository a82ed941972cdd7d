//! Stars, flags and tags; every change of them is in the journal.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use crate::domain::image::ContentId;
use crate::domain::marks::{Flag, MarkEdit, Marks};
use crate::domain::op::{OpId, OpState};

use super::journal::{insert_op, set_state};
use super::{Result, Store, StoreError};

impl Store {
    /// The marks of contents, in the order given; an unknown id has none.
    pub fn marks_of(&self, contents: &[ContentId]) -> Result<Vec<Marks>> {
        self.read(|conn| {
            let one = |id: &ContentId| Ok(read_marks(conn, *id)?.unwrap_or_default());
            contents.iter().map(one).collect()
        })
    }

    /// Changes marks and journals it, in one transaction; `at` in seconds since 1970 UTC.
    ///
    /// Gives the contents that changed, and their marks now. If none did, nothing is journalled and
    /// the id is of no operation.
    pub fn edit_marks(
        &self,
        contents: Vec<ContentId>,
        edit: MarkEdit,
        at: i64,
    ) -> Result<(OpId, Vec<(ContentId, Marks)>)> {
        self.write(move |conn| {
            let edits = contents.iter().map(|&content| (content, &edit));
            edit_all(conn, edits, &edit, &edit.describe(), at)
        })
    }

    /// The same for contents that are marked each in its own way, as one operation; `what` is what
    /// the history says of it.
    pub fn edit_each(
        &self,
        edits: Vec<(ContentId, MarkEdit)>,
        what: String,
        at: i64,
    ) -> Result<(OpId, Vec<(ContentId, Marks)>)> {
        self.write(move |conn| {
            let edits = edits.iter().map(|(content, edit)| (*content, edit));
            edit_all(conn, edits, &what, &what, at)
        })
    }

    /// Takes an edit of marks back; gives the contents that changed, and their marks now.
    ///
    /// A content that was marked otherwise since then is left as it is.
    ///
    /// # Errors
    /// If the operation is none on marks.
    pub fn undo_marks(&self, op: OpId) -> Result<Vec<(ContentId, Marks)>> {
        self.write(move |conn| undo(conn, op))
    }
}

fn edit_all<'e>(
    conn: &Connection,
    edits: impl Iterator<Item = (ContentId, &'e MarkEdit)>,
    intent: &impl Serialize,
    what: &str,
    at: i64,
) -> Result<(OpId, Vec<(ContentId, Marks)>)> {
    let intent = serde_json::to_string(intent).map_err(StoreError::other)?;
    let op = insert_op(conn, "marks", &intent, at)?;
    let mut journal = conn.prepare_cached("INSERT INTO mark_step VALUES (?1, ?2, ?3, ?4)")?;
    let mut seen = HashSet::new();
    let mut changed = Vec::new();
    for (content, edit) in edits {
        if !seen.insert(content) {
            continue;
        }
        let Some(before) = read_marks(conn, content)? else {
            continue;
        };
        let after = edit.apply(&before);
        if after == before {
            continue;
        }
        write_marks(conn, content, &after)?;
        journal.execute(params![op.0, content.0, json(&before)?, json(&after)?])?;
        changed.push((content, after));
    }
    finish_edit(conn, op, what, changed.len())?;
    Ok((op, changed))
}

fn finish_edit(conn: &Connection, op: OpId, what: &str, n_images: usize) -> Result<()> {
    if n_images == 0 {
        conn.execute("DELETE FROM op WHERE id = ?1", [op.0])?;
        return Ok(());
    }
    let unit = if n_images == 1 { "image" } else { "images" };
    let title = format!("{what}: {n_images} {unit}");
    let mut update = conn.prepare_cached("UPDATE op SET title = ?2 WHERE id = ?1")?;
    update.execute(params![op.0, title])?;
    set_state(conn, op, OpState::Done)
}

fn undo(conn: &Connection, op: OpId) -> Result<Vec<(ContentId, Marks)>> {
    let kind = conn.query_row("SELECT kind FROM op WHERE id = ?1", [op.0], |row| {
        row.get(0)
    });
    let kind: Option<String> = kind.optional()?;
    if kind.as_deref() != Some("marks") {
        return Err(StoreError::other("that operation is none on marks"));
    }
    let mut changed = Vec::new();
    for (content, before, after) in mark_steps(conn, op)? {
        if before != after && read_marks(conn, content)?.as_ref() == Some(&after) {
            write_marks(conn, content, &before)?;
            changed.push((content, before));
        }
    }
    set_state(conn, op, OpState::Undone)?;
    Ok(changed)
}

/// What an edit of marks did: content, marks before, marks after.
pub(super) fn mark_steps(conn: &Connection, op: OpId) -> Result<Vec<(ContentId, Marks, Marks)>> {
    let sql = "SELECT content_id, before, after FROM mark_step WHERE op_id = ?1";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([op.0])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        let marks = |idx| -> Result<Marks> {
            serde_json::from_str(row.get_ref(idx)?.as_str().map_err(StoreError::other)?)
                .map_err(StoreError::other)
        };
        steps.push((ContentId(row.get(0)?), marks(1)?, marks(2)?));
    }
    Ok(steps)
}

fn json(marks: &Marks) -> Result<String> {
    serde_json::to_string(marks).map_err(StoreError::other)
}

/// The marks of a content; none if it is unknown.
pub(super) fn read_marks(conn: &Connection, content: ContentId) -> Result<Option<Marks>> {
    let mut query = conn.prepare_cached("SELECT stars, flag FROM content WHERE id = ?1")?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, flag(row.get(1)?)));
    let Some((stars, flag)) = query.query_row([content.0], read).optional()? else {
        return Ok(None);
    };
    let sql = "SELECT tag FROM tag WHERE content_id = ?1 ORDER BY position";
    let mut query = conn.prepare_cached(sql)?;
    let tags = query.query_map([content.0], |row| row.get(0))?;
    let tags = tags.collect::<rusqlite::Result<_>>()?;
    Ok(Some(Marks { stars, flag, tags }))
}

/// Writes the marks of a content without a journal entry, in the caller's transaction.
pub(super) fn write_marks(conn: &Connection, content: ContentId, marks: &Marks) -> Result<()> {
    let sql = "UPDATE content SET stars = ?2, flag = ?3 WHERE id = ?1";
    let flag = match marks.flag {
        Flag::None => 0,
        Flag::Pick => 1,
        Flag::Reject => 2,
    };
    conn.prepare_cached(sql)?
        .execute(params![content.0, marks.stars, flag])?;
    conn.prepare_cached("DELETE FROM tag WHERE content_id = ?1")?
        .execute([content.0])?;
    let mut insert = conn.prepare_cached("INSERT INTO tag VALUES (?1, ?2, ?3)")?;
    for (position, tag) in marks.tags.iter().enumerate() {
        insert.execute(params![content.0, position as i64, tag])?;
    }
    Ok(())
}

/// The flag as the database numbers it.
pub(super) fn flag(number: i64) -> Flag {
    match number {
        1 => Flag::Pick,
        2 => Flag::Reject,
        _ => Flag::None,
    }
}
