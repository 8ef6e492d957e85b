//! Keeps the bytes of files and images, and of uploads that are not complete.
//!
//! The tables of files are within the database of the rows, so an upload is part of the transaction of its request.
//! A file vanishes with its row: the table of the row has a trigger for that.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::OptionalExtension as _;
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::super::write;
use super::FileColumn;

/// The most uploads that can be open at the same time. The oldest is given up for a further one.
const MAX_UPLOADS: i64 = 256;

/// The seconds from the year 1 to 1970. Time stamps of images count ten millionths of a second from the year 1.
const SECONDS_TO_1970: i64 = 62_135_596_800;

/// A file with its bytes.
pub(super) struct NewFile<'f> {
    pub(super) name: &'f str,
    pub(super) mime: &'f str,
    pub(super) content: &'f [u8],
}

/// A stored file without its bytes.
pub(super) struct StoredFile {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) size: u64,
}

/// An upload that is not complete, or whose last part has just been stored.
pub(super) struct Upload {
    pub(super) entity: String,
    pub(super) row: String,
    pub(super) column: String,
    pub(super) name: String,
    pub(super) done: bool,
}

/// Makes sure that the tables of files exist.
fn ensure(session: &Session<'_>) -> Result<(), ServiceError> {
    session.rows.connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS \"*files\" (id TEXT PRIMARY KEY, entity TEXT NOT NULL, \"row\" TEXT NOT NULL,
             \"column\" TEXT NOT NULL, name TEXT NOT NULL, mime TEXT NOT NULL, content BLOB NOT NULL) STRICT;
         CREATE UNIQUE INDEX IF NOT EXISTS \"*files.of\" ON \"*files\" (\"row\", entity, \"column\");
         CREATE TABLE IF NOT EXISTS \"*uploads\" (number INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE,
             entity TEXT NOT NULL, \"row\" TEXT NOT NULL, \"column\" TEXT NOT NULL, name TEXT NOT NULL,
             done INTEGER NOT NULL DEFAULT 0) STRICT;
         CREATE TABLE IF NOT EXISTS \"*parts\" (token TEXT NOT NULL, part TEXT NOT NULL, content BLOB NOT NULL,
             PRIMARY KEY (token, part)) STRICT;",
    )?;
    Ok(())
}

/// Reports whether the tables of files exist, which they do after the first upload.
fn exist(session: &Session<'_>) -> Result<bool, ServiceError> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = '*files'";
    let mut statement = session.rows.connection.prepare_cached(sql)?;
    Ok(statement.query_row([], |row| row.get::<_, i64>(0))? > 0)
}

/// Removes the files of a table.
///
/// # Errors
/// Returns an error if the database refuses the change.
pub(crate) fn forget_table(session: &Session<'_>, table: &str) -> Result<(), ServiceError> {
    if exist(session)? {
        session.rows.connection.execute("DELETE FROM \"*files\" WHERE entity = ?1", [table])?;
    }
    Ok(())
}

/// Removes the files of a column.
///
/// # Errors
/// Returns an error if the database refuses the change.
pub(crate) fn forget_column(session: &Session<'_>, table: &str, column: &str) -> Result<(), ServiceError> {
    if exist(session)? {
        let sql = "DELETE FROM \"*files\" WHERE entity = ?1 AND \"column\" = ?2";
        session.rows.connection.execute(sql, [table, column])?;
    }
    Ok(())
}

/// Stores a file or image in a column of a row, or removes it. Returns the id of the file.
///
/// # Errors
/// Returns an error if the row cannot be changed.
pub(super) fn put(
    session: &Session<'_>,
    target: &FileColumn<'_>,
    file: Option<&NewFile<'_>>,
) -> Result<Option<Uuid>, ServiceError> {
    ensure(session)?;
    let layout = session.layout(&target.table.logical_name)?;
    let key = key_of(&layout)?;
    let connection = &session.rows.connection;
    let (row, column) = (target.row.to_string(), &target.column.logical_name);
    connection
        .prepare_cached("DELETE FROM \"*files\" WHERE \"row\" = ?1 AND entity = ?2 AND \"column\" = ?3")?
        .execute([&row, &layout.name, column])?;
    let id = file.map(|_| Uuid::new_v4());
    if let (Some(file), Some(id)) = (file, id) {
        connection
            .prepare_cached("INSERT INTO \"*files\" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute((id.to_string(), &layout.name, &row, column, file.name, file.mime, file.content))?;
        connection.execute_batch(&format!(
            "CREATE TRIGGER IF NOT EXISTS {} AFTER DELETE ON {} BEGIN DELETE FROM \"*files\" WHERE \"row\" = OLD.{} AND entity = '{}'; END",
            quoted(&format!("{}*files", layout.name)),
            quoted(&layout.name),
            quoted(&key),
            layout.name.replace('\'', "''"),
        ))?;
    }
    let text = |value: Option<String>| value.map_or(Stored::Null, Stored::Text);
    let mut values = BTreeMap::new();
    let mut set = |name: String, value: Stored| values.insert(name, value);
    if target.is_image() {
        let now = session.context.now;
        let stamp =
            (now.as_second() + SECONDS_TO_1970) * 10_000_000 + i64::from(now.subsec_nanosecond() / 100);
        let url = id.map(|id| {
            format!(
                "/Image/download.aspx?Entity={}&Attribute={column}&Id={id}&Timestamp={stamp}",
                layout.name
            )
        });
        // The thumbnail is the image itself: the emulator does not scale images.
        set(column.clone(), text(file.map(|f| STANDARD.encode(f.content))));
        set(format!("{column}id"), text(id.map(|id| id.to_string())));
        set(format!("{column}_timestamp"), id.map_or(Stored::Null, |_| Stored::Integer(stamp)));
        set(format!("{column}_url"), text(url));
    } else {
        set(column.clone(), text(id.map(|id| id.to_string())));
        set(format!("{column}_name"), text(file.map(|f| f.name.to_owned())));
    }
    write::update::write(session, target.table, target.row, values)?;
    Ok(id)
}

/// Returns the file in a column of a row, without its bytes.
///
/// # Errors
/// Returns an error if the files cannot be read.
pub(super) fn find(
    session: &Session<'_>,
    target: &FileColumn<'_>,
) -> Result<Option<StoredFile>, ServiceError> {
    if !exist(session)? {
        return Ok(None);
    }
    let sql = "SELECT id, name, mime, length(content) FROM \"*files\" WHERE \"row\" = ?1 AND entity = ?2 AND \"column\" = ?3";
    let mut statement = session.rows.connection.prepare_cached(sql)?;
    let row = target.row.to_string();
    let names = [&row, &target.table.logical_name, &target.column.logical_name];
    Ok(statement
        .query_row(names, |row| {
            let size: i64 = row.get(3)?;
            Ok(StoredFile {
                id: row.get(0)?,
                name: row.get(1)?,
                mime: row.get(2)?,
                size: size.unsigned_abs(),
            })
        })
        .optional()?)
}

/// Returns at most `length` bytes of a file from `offset` on; `None` if there is no such file.
///
/// # Errors
/// Returns an error if the files cannot be read.
pub(super) fn bytes(
    session: &Session<'_>,
    id: &str,
    offset: u64,
    length: u64,
) -> Result<Option<Vec<u8>>, ServiceError> {
    if !exist(session)? {
        return Ok(None);
    }
    let mut statement = session
        .rows
        .connection
        .prepare_cached("SELECT coalesce(substr(content, ?2, ?3), x'') FROM \"*files\" WHERE id = ?1")?;
    let (from, length) =
        (i64::try_from(offset).unwrap_or(i64::MAX - 1) + 1, i64::try_from(length).unwrap_or(i64::MAX));
    Ok(statement.query_row((id, from, length), |row| row.get(0)).optional()?)
}

/// Returns the table, row and column of the file with this id.
///
/// # Errors
/// Returns an error if the files cannot be read.
pub(super) fn owner(session: &Session<'_>, id: &str) -> Result<Option<[String; 3]>, ServiceError> {
    if !exist(session)? {
        return Ok(None);
    }
    let sql = "SELECT entity, \"row\", \"column\" FROM \"*files\" WHERE id = ?1";
    let mut statement = session.rows.connection.prepare_cached(sql)?;
    Ok(statement.query_row([id], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).optional()?)
}

/// Starts an upload to a column of a row. Returns its token.
///
/// # Errors
/// Returns an error if it cannot be stored.
pub(super) fn start_upload(
    session: &Session<'_>,
    target: &FileColumn<'_>,
    name: &str,
) -> Result<String, ServiceError> {
    ensure(session)?;
    let connection = &session.rows.connection;
    let token = Uuid::new_v4().simple().to_string();
    connection
        .prepare_cached(
            "INSERT INTO \"*uploads\" (token, entity, \"row\", \"column\", name) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            &token,
            &target.table.logical_name,
            target.row.to_string(),
            &target.column.logical_name,
            name,
        ))?;
    connection.execute(
        "DELETE FROM \"*uploads\" WHERE number <= (SELECT max(number) FROM \"*uploads\") - ?1",
        [MAX_UPLOADS],
    )?;
    connection.execute("DELETE FROM \"*parts\" WHERE token NOT IN (SELECT token FROM \"*uploads\")", [])?;
    Ok(token)
}

/// Returns the upload with this token; `None` if there is none.
///
/// # Errors
/// Returns an error if it cannot be read.
pub(super) fn upload(session: &Session<'_>, token: &str) -> Result<Option<Upload>, ServiceError> {
    if !exist(session)? {
        return Ok(None);
    }
    let sql = "SELECT entity, \"row\", \"column\", name, done FROM \"*uploads\" WHERE token = ?1";
    let mut statement = session.rows.connection.prepare_cached(sql)?;
    Ok(statement
        .query_row([token], |row| {
            Ok(Upload {
                entity: row.get(0)?,
                row: row.get(1)?,
                column: row.get(2)?,
                name: row.get(3)?,
                done: row.get::<_, i64>(4)? != 0,
            })
        })
        .optional()?)
}

/// Stores one part of an upload. A part that is sent again replaces the earlier one. Returns the number of bytes
/// of all parts.
///
/// # Errors
/// Returns an error if it cannot be stored.
pub(super) fn add_part(
    session: &Session<'_>,
    token: &str,
    part: &str,
    content: &[u8],
) -> Result<u64, ServiceError> {
    let connection = &session.rows.connection;
    connection
        .prepare_cached("INSERT OR REPLACE INTO \"*parts\" VALUES (?1, ?2, ?3)")?
        .execute((token, part, content))?;
    let mut sum = connection
        .prepare_cached("SELECT coalesce(sum(length(content)), 0) FROM \"*parts\" WHERE token = ?1")?;
    Ok(sum.query_row([token], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// Returns the names of the parts of an upload with their lengths, sorted by name.
///
/// # Errors
/// Returns an error if they cannot be read.
pub(super) fn parts(session: &Session<'_>, token: &str) -> Result<Vec<(String, u64)>, ServiceError> {
    let sql = "SELECT part, length(content) FROM \"*parts\" WHERE token = ?1 ORDER BY part";
    let mut statement = session.rows.connection.prepare_cached(sql)?;
    let found =
        statement.query_map([token], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Puts the parts of an upload together in this order, and closes the upload.
///
/// # Errors
/// Returns an error if a part does not exist.
pub(super) fn finish(session: &Session<'_>, token: &str, order: &[String]) -> Result<Vec<u8>, ServiceError> {
    let connection = &session.rows.connection;
    let mut content = Vec::new();
    let mut one =
        connection.prepare_cached("SELECT content FROM \"*parts\" WHERE token = ?1 AND part = ?2")?;
    for part in order {
        let bytes: Option<Vec<u8>> = one.query_row([token, part], |row| row.get(0)).optional()?;
        let bytes =
            bytes.ok_or_else(|| ServiceError::bad(format!("The block '{part}' was not uploaded.")))?;
        content.extend_from_slice(&bytes);
    }
    connection.execute("DELETE FROM \"*parts\" WHERE token = ?1", [token])?;
    connection.execute("UPDATE \"*uploads\" SET done = 1 WHERE token = ?1", [token])?;
    Ok(content)
}
