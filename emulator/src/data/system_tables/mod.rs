//! The system tables that every organisation has, and their rows that follow from the metadata.
//!
//! Clients look up rows of these tables before they do anything else. A snapshot often lacks the tables, so
//! short definitions of them are added to the tables that queries are checked against. The served metadata does
//! not have them. The rows of solutions, publishers and messages are derived from the schema of the
//! organisation; they are written when they are first read after a change of the schema.

mod definitions;

use std::collections::BTreeSet;

use dvkit_schema::{Schema, Table, TableKind};
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;

use super::service_error::ServiceError;
use super::session::{Session, key_of};
use super::store::{VERSION, insert_sql, quoted};
use crate::identity::generated_id;
use definitions::{Definition, TABLES};

/// Returns the system tables that `schema` does not describe.
pub(crate) fn missing_from(schema: &Schema) -> Vec<Table> {
    // A schema that is partial everywhere stays so, because unknown names are then accepted.
    let partial = !schema.tables.is_empty() && schema.tables.values().all(|table| table.partial);
    let missing =
        |definition: &&Definition| schema.tables.get(definition.name).is_none_or(Table::is_reference_only);
    TABLES.iter().filter(missing).map(|definition| definition.build(partial)).collect()
}

/// Returns whether the rows of the table `name` are derived from the metadata.
pub(super) fn is_derived(name: &str) -> bool {
    DERIVED.contains(&name)
}

/// The tables whose rows are derived from the schema.
const DERIVED: [&str; 6] =
    ["organization", "publisher", "sdkmessage", "sdkmessagefilter", "solution", "solutioncomponent"];

/// The value of `solutioncomponents.componenttype` for tables.
const TABLE_COMPONENT: i64 = 1;

/// A row that is derived from the schema: its table, its id, and the values of its columns.
struct DerivedRow {
    table: &'static str,
    id: String,
    values: Vec<(&'static str, Stored)>,
}

/// Writes the derived rows again if the schema has changed since they were written, and if `table` is one of
/// their tables. Rows that clients created stay.
///
/// # Errors
/// Returns an error if the rows cannot be written.
pub(super) fn refresh(session: &Session<'_>, table: &str) -> Result<(), ServiceError> {
    let number = session.state.number;
    if !DERIVED.contains(&table) || session.rows.derived.get() == Some(number) {
        return Ok(());
    }
    // Set first, because writing the rows looks up the layouts of their tables.
    session.rows.derived.set(Some(number));
    let write = || write_all(session);
    let result = match session.rows.connection.is_autocommit() {
        true => session.rows.transaction(write),
        false => write(),
    };
    if result.is_err() {
        session.rows.derived.set(None);
    } else {
        session.rows.derived.set(Some(number));
    }
    result
}

fn write_all(session: &Session<'_>) -> Result<(), ServiceError> {
    let connection = &session.rows.connection;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS \"*derived\" (entity TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (entity, id)) STRICT, WITHOUT ROWID",
    )?;
    let rows = derived(session);
    let kept: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.table, row.id.as_str())).collect();
    let mut known = BTreeSet::new();
    let mut before = connection.prepare("SELECT entity, id FROM \"*derived\"")?;
    let mut listed = before.query([])?;
    while let Some(row) = listed.next()? {
        known.insert((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    }
    for (table, id) in known.iter().filter(|(table, id)| !kept.contains(&(table.as_str(), id.as_str()))) {
        if let Some(layout) = session.rows.layout(session.store, session.state.number, table)? {
            let sql =
                format!("DELETE FROM {} WHERE {} = ?1", quoted(&layout.name), quoted(&key_of(&layout)?));
            connection.prepare_cached(&sql)?.execute([id])?;
        }
        connection
            .prepare_cached("DELETE FROM \"*derived\" WHERE entity = ?1 AND id = ?2")?
            .execute([table, id])?;
    }
    for row in rows.iter().filter(|row| !known.contains(&(row.table.to_owned(), row.id.clone()))) {
        let Some(layout) = session.rows.layout(session.store, session.state.number, row.table)? else {
            continue;
        };
        let key = key_of(&layout)?;
        let (mut names, mut values) = (vec![&*key, VERSION], vec![Stored::Text(row.id.clone())]);
        values.push(Stored::Integer(session.rows.next_version()));
        for (name, value) in row.values.iter().filter(|(name, _)| layout.kind(name).is_some()) {
            names.push(name);
            values.push(value.clone());
        }
        let sql = insert_sql("INSERT OR IGNORE", &layout.name, names.into_iter());
        connection.prepare_cached(&sql)?.execute(params_from_iter(&values))?;
        connection
            .prepare_cached("INSERT OR IGNORE INTO \"*derived\" VALUES (?1, ?2)")?
            .execute([row.table, &row.id])?;
    }
    Ok(())
}

/// Returns the prefix of a table that a customiser added: `new` for `new_project`.
fn prefix(table: &Table) -> Option<&str> {
    let (prefix, _) = table.logical_name.split_once('_')?;
    (table.custom != Some(false) && !prefix.is_empty()).then_some(prefix)
}

fn text(value: impl Into<String>) -> Stored {
    Stored::Text(value.into())
}

/// Returns all derived rows. The solution `Default` contains all tables. For each prefix of custom tables there
/// is a publisher, and a solution with the tables of that prefix; both are named after the prefix.
fn derived(session: &Session<'_>) -> Vec<DerivedRow> {
    let schema = session.schema();
    let organisation = session.shared.identity.organisation_id();
    let prefixes: BTreeSet<&str> = schema.tables.values().filter_map(prefix).collect();
    let mut rows = Vec::new();
    let mut add = |table: &'static str, id: String, mut values: Vec<(&'static str, Stored)>| {
        if table != "organization" {
            values.push(("organizationid", text(organisation.clone())));
        }
        rows.push(DerivedRow { table, id, values });
    };
    let version = schema.org.version.clone().unwrap_or_else(|| "9.2.0.0".to_owned());
    let language = schema.org.base_language.map_or(Stored::Null, |code| Stored::Integer(code.into()));
    add(
        "organization",
        organisation.clone(),
        vec![
            ("name", text(session.shared.identity.name())),
            ("languagecode", language.clone()),
            ("localeid", language),
            ("version", text(version)),
            ("isauditenabled", Stored::Integer(0)),
            ("maxuploadfilesize", Stored::Integer(131_072_000)),
            ("expiresubscriptionsindays", Stored::Integer(90)),
        ],
    );
    for name in &prefixes {
        let values = vec![
            ("uniquename", text(*name)),
            ("friendlyname", text(*name)),
            ("customizationprefix", text(*name)),
            ("customizationoptionvalueprefix", Stored::Integer(10_000)),
            ("isreadonly", Stored::Integer(0)),
        ];
        add("publisher", generated_id("publisher", name), values);
    }
    for name in std::iter::once("Default").chain(prefixes.iter().copied()) {
        let shown = if name == "Default" { "Default Solution" } else { name };
        let mut values = vec![
            ("uniquename", text(name)),
            ("friendlyname", text(shown)),
            ("version", text("1.0.0.0")),
            ("ismanaged", Stored::Integer(0)),
            ("isvisible", Stored::Integer(1)),
        ];
        if name != "Default" {
            values.push(("publisherid", text(generated_id("publisher", name))));
        }
        add("solution", generated_id("solution", name), values);
    }
    for table in schema.tables.values() {
        // A table without an id is in no solution.
        let Some(id) = &table.metadata_id else { continue };
        for solution in std::iter::once("Default").chain(prefix(table)) {
            let values = vec![
                ("solutionid", text(generated_id("solution", solution))),
                ("componenttype", Stored::Integer(TABLE_COMPONENT)),
                ("objectid", text(id.to_ascii_lowercase())),
                ("ismetadata", Stored::Integer(1)),
                ("rootcomponentbehavior", Stored::Integer(0)),
            ];
            add(
                "solutioncomponent",
                generated_id("component", &format!("{solution}/{}", table.logical_name)),
                values,
            );
        }
    }
    for message in MESSAGES {
        let values = vec![
            ("name", text(*message)),
            ("isactive", Stored::Integer(1)),
            ("isprivate", Stored::Integer(0)),
            ("isreadonly", Stored::Integer(0)),
            ("template", Stored::Integer(0)),
        ];
        add("sdkmessage", generated_id("message", message), values);
    }
    for table in schema.tables.values().filter(|table| table.entity_set.is_some()) {
        for message in messages_of(table) {
            let values = vec![
                ("name", text(*message)),
                ("sdkmessageid", text(generated_id("message", message))),
                ("primaryobjecttypecode", text(table.logical_name.clone())),
                ("secondaryobjecttypecode", text("none")),
                ("iscustomprocessingstepallowed", Stored::Integer(1)),
                ("isvisible", Stored::Integer(1)),
            ];
            add(
                "sdkmessagefilter",
                generated_id("filter", &format!("{message}/{}", table.logical_name)),
                values,
            );
        }
    }
    rows
}

/// The messages of the emulated organisation. The last of them is for elastic tables only ("Use bulk operation
/// messages").
const MESSAGES: &[&str] = &[
    "Create",
    "Retrieve",
    "RetrieveMultiple",
    "Update",
    "Delete",
    "CreateMultiple",
    "UpdateMultiple",
    "UpsertMultiple",
    "DeleteMultiple",
];

/// Returns the messages that a table supports.
fn messages_of(table: &Table) -> &'static [&'static str] {
    match table.kind {
        Some(TableKind::Elastic) => MESSAGES,
        Some(TableKind::Intersect | TableKind::Abstract | TableKind::Virtual) => {
            MESSAGES.get(..5).unwrap_or_default()
        }
        _ => MESSAGES.get(..8).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
