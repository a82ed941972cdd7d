//! Imported columns: what they are, and their values beside the scores.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::base::paths;
use crate::domain::image::ContentId;
use crate::domain::import::{Import, Table};

use super::{Result, ScorerId, Store, StoreError, open};

/// The version under which imports stand among the scorers: their values come and go as a whole.
const VERSION: &str = "imported";

impl Store {
    /// Every import, in the order of their names.
    pub fn imports(&self) -> Result<Vec<(ScorerId, Import)>> {
        self.read(read_imports)
    }

    /// The imports in the database of that folder, which another Bandpass may be using; none where
    /// there is no database, or an older one.
    pub fn peek_imports(dir: &Path) -> Result<Vec<Import>> {
        if !dir.join(open::FILE).is_file() {
            return Ok(Vec::new());
        }
        let conn = open::reader(dir)?;
        let sql = "SELECT EXISTS(SELECT 1 FROM sqlite_master WHERE name = 'import')";
        if !conn.query_row(sql, [], |row| row.get(0))? {
            return Ok(Vec::new());
        }
        let imports = read_imports(&conn)?;
        Ok(imports.into_iter().map(|(_, import)| import).collect())
    }

    /// Keeps an import: contents, ascending, each with its row of the table. What an import of the
    /// same name had goes. All of it happens, or nothing.
    pub fn put_import(
        &self,
        import: Import,
        table: Arc<Table>,
        rows: Arc<Vec<(ContentId, u32)>>,
    ) -> Result<()> {
        self.write(move |conn| {
            remove(conn, &import.name)?;
            let sql = "INSERT INTO scorer(key, version) VALUES (?1, ?2)";
            let id = conn
                .prepare_cached(sql)?
                .insert([key(&import.name), VERSION.to_owned()])?;
            let columns = serde_json::to_string(&import.columns).map_err(StoreError::other)?;
            let sql = "INSERT INTO import(scorer_id, name, file, at, columns)
                VALUES (?1, ?2, ?3, ?4, ?5)";
            let file = paths::to_bytes(&import.file);
            conn.prepare_cached(sql)?.execute(params![
                id,
                import.name,
                file,
                import.at,
                columns
            ])?;
            write_values(conn, id, &import, &table, &rows)
        })
    }

    /// Forgets an import with its values; whether there was one.
    pub fn remove_import(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.write(move |conn| remove(conn, &name))
    }
}

/// The key of an import among the scorers; no scorer's own has a colon.
fn key(name: &str) -> String {
    format!("import:{name}")
}

fn read_imports(conn: &Connection) -> Result<Vec<(ScorerId, Import)>> {
    let sql = "SELECT scorer_id, name, file, at, columns FROM import ORDER BY name";
    let mut query = conn.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let columns: String = row.get(4)?;
        let import = Import {
            name: row.get(1)?,
            file: paths::from_bytes(row.get_ref(2)?.as_blob()?).into(),
            at: row.get(3)?,
            columns: Vec::new(),
        };
        Ok((ScorerId(row.get(0)?), import, columns))
    };
    let found: Vec<_> = query
        .query_map([], read)?
        .collect::<rusqlite::Result<_>>()?;
    let with_columns = found.into_iter().map(|(id, import, columns)| {
        let columns = serde_json::from_str(&columns).map_err(StoreError::corrupt)?;
        Ok((id, Import { columns, ..import }))
    });
    with_columns.collect()
}

fn remove(conn: &Connection, name: &str) -> Result<bool> {
    let sql = "SELECT scorer_id FROM import WHERE name = ?1";
    let mut query = conn.prepare_cached(sql)?;
    let Some(id): Option<i64> = query.query_row([name], |row| row.get(0)).optional()? else {
        return Ok(false);
    };
    for sql in [
        "DELETE FROM score WHERE scorer_id = ?1",
        "DELETE FROM import WHERE scorer_id = ?1",
        "DELETE FROM scorer WHERE id = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([id])?;
    }
    Ok(true)
}

fn write_values(
    conn: &Connection,
    id: i64,
    import: &Import,
    table: &Table,
    rows: &[(ContentId, u32)],
) -> Result<()> {
    let named = |name: &str| table.columns.iter().find(|column| column.name == name);
    let columns: Vec<_> = import.columns.iter().map(|c| named(&c.name)).collect();
    let sql = "INSERT INTO score(scorer_id, content_id, vals) VALUES (?1, ?2, ?3)";
    let mut insert = conn.prepare_cached(sql)?;
    let mut bytes = Vec::new();
    for &(content, row) in rows {
        bytes.clear();
        for column in &columns {
            let value = column.and_then(|column| column.values.get(row as usize));
            bytes.extend(value.copied().unwrap_or(f64::NAN).to_le_bytes());
        }
        insert.execute(params![id, content.0, bytes])?;
    }
    Ok(())
}
