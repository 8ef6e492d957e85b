//! Writes all rows as JSON that the emulator can be seeded with.
//!
//! The text is the same for the same rows: tables are sorted by name, rows by id, and members by name. Rows
//! that follow from others are omitted: those of base tables, and those derived from the metadata.

use dvkit_schema::{ColumnType, Side, Table};
use rusqlite::types::ValueRef;
use uuid::Uuid;

use super::cells::{write_json, write_text};
use super::service_error::ServiceError;
use super::session::Session;
use super::store::quoted;
use super::system_tables;
use super::write::base_rows;

/// Returns all rows as JSON: an object with an array of rows for each table.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(crate) fn export(session: &Session<'_>) -> Result<String, ServiceError> {
    let mut text = b"{".to_vec();
    let mut first = true;
    for table in session.schema().tables.values() {
        if !is_exported(session, table)? {
            continue;
        }
        let rows = rows(session, table)?;
        if rows.is_empty() {
            continue;
        }
        text.extend_from_slice(if first { b"\n  " } else { b",\n  " });
        first = false;
        write_text(&mut text, table.entity_set.as_deref().unwrap_or(&table.logical_name));
        text.extend_from_slice(b": [\n    ");
        text.extend_from_slice(&rows.join(&b",\n    "[..]));
        text.extend_from_slice(b"\n  ]");
    }
    text.extend_from_slice(b"\n}\n");
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Returns whether the rows of a table are exported: it exists in the database, and its rows do not follow
/// from others.
fn is_exported(session: &Session<'_>, table: &Table) -> Result<bool, ServiceError> {
    if table.primary_id.is_none()
        || base_rows::has_derived(session, table)
        || system_tables::is_derived(&table.logical_name)
    {
        return Ok(false);
    }
    exists(session, &table.logical_name)
}

fn exists(session: &Session<'_>, name: &str) -> Result<bool, ServiceError> {
    let mut statement = session
        .rows
        .connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?;
    Ok(statement.exists([name])?)
}

/// Returns the rows of a table as JSON objects, sorted by id.
fn rows(session: &Session<'_>, table: &Table) -> Result<Vec<Vec<u8>>, ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let Some(key) = table.primary_id.as_deref().filter(|key| layout.kind(key).is_some()) else {
        return Ok(Vec::new());
    };
    // The id comes first; the version is given anew by every emulator.
    // The table that a lookup points to follows from the row that it points to.
    let accompanies = |name: &str| {
        let column = table.column(name);
        column.is_some_and(|c| matches!(c.ty, ColumnType::EntityName) && c.attribute_of.is_some())
    };
    let is_exported = |name: &String| name != key && name != "versionnumber" && !accompanies(name);
    let mut columns: Vec<_> = layout.columns.iter().filter(|(name, _)| is_exported(name)).collect();
    columns.sort_by(|a, b| a.0.cmp(&b.0));
    columns.splice(0..0, layout.columns.iter().filter(|(name, _)| name == key));
    let names: Vec<String> = columns.iter().map(|(name, _)| quoted(name)).collect();
    let sql = format!("SELECT {} FROM {} ORDER BY {}", names.join(", "), quoted(&layout.name), quoted(key));
    let mut statement = session.rows.connection.prepare(&sql)?;
    let mut found = statement.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut json = b"{".to_vec();
        let mut id = None;
        for (index, (name, kind)) in columns.iter().enumerate() {
            let value = row.get_ref(index)?;
            if let (true, ValueRef::Text(text)) = (index == 0, value) {
                id = std::str::from_utf8(text).ok().and_then(|text| Uuid::parse_str(text).ok());
            }
            if value == ValueRef::Null {
                continue;
            }
            if index > 0 {
                json.extend_from_slice(b", ");
            }
            write_text(&mut json, name);
            json.extend_from_slice(b": ");
            write_json(&mut json, *kind, value);
        }
        if let Some(id) = id {
            associations(session, table, id, &mut json)?;
        }
        json.push(b'}');
        rows.push(json);
    }
    Ok(rows)
}

/// Appends the rows that a row is associated with, for relationships whose intersect table is not in the
/// snapshot. Each pair appears at one of its two rows.
fn associations(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    json: &mut Vec<u8>,
) -> Result<(), ServiceError> {
    for relationship in table.relationships.iter().filter(|r| r.side == Side::ManyToMany) {
        let (Some(navigation), Some(intersect)) = (&relationship.navigation, &relationship.intersect) else {
            continue;
        };
        let (Some(own), Some(other)) = (&relationship.column, &relationship.referenced) else { continue };
        // The other row shows the pair if its table comes first, or if its column does.
        let is_second = (&relationship.table, other) < (&table.logical_name, own);
        if is_second || session.store.entry(intersect).is_some() || !exists(session, intersect)? {
            continue;
        }
        let sql = format!(
            "SELECT {} FROM {} WHERE {} = ?1 ORDER BY 1",
            quoted(other),
            quoted(intersect),
            quoted(own)
        );
        let mut statement = session.rows.connection.prepare_cached(&sql)?;
        let ids = statement.query_map([id.to_string()], |row| row.get::<_, String>(0))?;
        let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
        if ids.is_empty() {
            continue;
        }
        json.extend_from_slice(b", ");
        write_text(json, navigation);
        json.extend_from_slice(b": [");
        for (index, id) in ids.iter().enumerate() {
            if index > 0 {
                json.extend_from_slice(b", ");
            }
            write_text(json, id);
        }
        json.push(b']');
    }
    Ok(())
}
