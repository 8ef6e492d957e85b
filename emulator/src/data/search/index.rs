//! The full-text indexes of tables. An index is made when its table is first searched; from then on triggers keep
//! it up to date within the transaction of each write.

use dvkit_schema::{Column, ColumnType, Table};

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::super::store::quoted;

/// The most columns of a table that are searched.
const MAX_COLUMNS: usize = 100;

/// Returns the name of a table's index. It begins with `*`, as all names of the emulator's own tables do.
fn name(table: &str) -> String {
    format!("*search.{table}")
}

/// Returns the columns of a table that contain text, the name first.
pub(super) fn columns(session: &Session<'_>, table: &Table) -> Result<Vec<String>, ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    // FTS5 reserves these names.
    let free = |name: &str| !matches!(name, "rank" | "rowid");
    let is_text = |c: &&Column| {
        matches!(c.ty, ColumnType::String { .. } | ColumnType::Memo { .. })
            && c.is_property()
            && free(&c.logical_name)
            && layout.kind(&c.logical_name).is_some()
    };
    let mut found: Vec<String> =
        table.columns.iter().filter(is_text).map(|c| c.logical_name.clone()).collect();
    found.sort_by_key(|name| table.primary_name.as_ref() != Some(name));
    found.truncate(MAX_COLUMNS);
    Ok(found)
}

/// Makes sure that a table has an index of these columns. Returns its name in quotes.
///
/// # Errors
/// Returns an error if the database refuses it.
pub(super) fn ensure(session: &Session<'_>, table: &str, columns: &[String]) -> Result<String, ServiceError> {
    let connection = &session.rows.connection;
    let index = quoted(&name(table));
    let mut statement = connection.prepare_cached("SELECT name FROM pragma_table_info(?1)")?;
    let existing: Vec<String> =
        statement.query_map([name(table)], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if existing == columns {
        return Ok(index);
    }
    if !existing.is_empty() {
        forget(session, table)?;
    }
    // The table may have a column `rowid`.
    let text = |value: &str| format!("'{}'", value.replace('\'', "''"));
    let list = |prefix: &str| {
        columns.iter().map(|c| format!("{prefix}{}", quoted(c))).collect::<Vec<_>>().join(", ")
    };
    let remove = format!(
        "INSERT INTO {index} ({index}, rowid, {}) VALUES ('delete', OLD._rowid_, {});",
        list(""),
        list("OLD.")
    );
    let add = format!("INSERT INTO {index} (rowid, {}) VALUES (NEW._rowid_, {});", list(""), list("NEW."));
    let trigger = |event: &str, body: &str| {
        let name = quoted(&format!("{}.{event}", name(table)));
        format!("CREATE TRIGGER {name} AFTER {event} ON {} BEGIN {body} END;", quoted(table))
    };
    connection.execute_batch(&format!(
        "CREATE VIRTUAL TABLE {index} USING fts5({}, content={}, content_rowid='_rowid_', tokenize='unicode61 remove_diacritics 2');
         INSERT INTO {index} ({index}) VALUES ('rebuild');
         {} {} {}",
        list(""),
        text(&quoted(table)).replace('"', ""),
        trigger("INSERT", &add),
        trigger("DELETE", &remove),
        trigger("UPDATE", &format!("{remove} {add}")),
    ))?;
    Ok(index)
}

/// Removes the index of a table, before its columns change.
///
/// # Errors
/// Returns an error if the database refuses it.
pub(in crate::data) fn forget(session: &Session<'_>, table: &str) -> Result<(), ServiceError> {
    let triggers = ["INSERT", "DELETE", "UPDATE"]
        .map(|event| format!("DROP TRIGGER IF EXISTS {};", quoted(&format!("{}.{event}", name(table)))));
    session.rows.connection.execute_batch(&format!(
        "{} DROP TABLE IF EXISTS {};",
        triggers.concat(),
        quoted(&name(table))
    ))?;
    Ok(())
}
