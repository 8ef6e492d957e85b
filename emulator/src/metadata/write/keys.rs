//! Creates and deletes alternate keys.

use dvkit_schema::{ColumnType, Key as AlternateKey, Table};
use http::StatusCode;
use serde_json::{Value, json};

use super::super::ids;
use super::super::path::Key;
use super::wire::{complete_names, import};
use super::{Change, ServiceError, columns, not_there};
use crate::data::schema_change;
use crate::response::HttpResponse;

/// The most columns of a key ("Define alternate keys for a table").
const MAX_COLUMNS: usize = 16;
/// The most keys of a table ("Define alternate keys for a table").
const MAX_KEYS: usize = 10;

fn refused(message: String) -> ServiceError {
    ServiceError::new(StatusCode::BAD_REQUEST, "0x80040203", message)
}

/// Creates the key in the body: `POST EntityDefinitions(…)/Keys`. The key is active at once; if rows have the
/// same values already, its status is `Failed`.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn create(change: &Change<'_, '_>, table: &Table) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    let name = complete_names(&mut body)?;
    let Some(Value::Array(wanted)) = body.get("KeyAttributes") else {
        return Err(super::missing("KeyAttributes"));
    };
    let wanted: Vec<String> = wanted.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if wanted.is_empty() || wanted.len() > MAX_COLUMNS {
        return Err(refused(format!("An alternate key has between 1 and {MAX_COLUMNS} columns.")));
    }
    for column in &wanted {
        let found = table.columns.iter().find(|c| c.logical_name == *column);
        let found = found.ok_or_else(|| columns::unknown(&table.logical_name, column))?;
        let allowed = found.ty.is_lookup()
            || matches!(
                found.ty,
                ColumnType::String { .. }
                    | ColumnType::Integer { .. }
                    | ColumnType::BigInt
                    | ColumnType::Decimal { .. }
                    | ColumnType::DateTime { .. }
                    | ColumnType::Choice { .. }
            );
        if !allowed {
            return Err(refused(format!("The column '{column}' cannot be part of an alternate key.")));
        }
    }
    if table.keys.len() >= MAX_KEYS {
        return Err(refused(format!("A table can have at most {MAX_KEYS} alternate keys.")));
    }
    let same = |key: &AlternateKey| key.name == name || sorted(&key.columns) == sorted(&wanted);
    if let Some(known) = table.keys.iter().find(|k| same(k)) {
        return Err(refused(format!(
            "The table '{}' has the alternate key '{}' already.",
            table.logical_name, known.name
        )));
    }
    let repeated = schema_change::has_repeated_values(change.session, table, &wanted)?;
    body.insert("EntityKeyIndexStatus".into(), json!(if repeated { "Failed" } else { "Active" }));
    let part = import(vec![json!({ "LogicalName": table.logical_name, "Keys": [body] })])?;
    change.apply(|all| {
        all.merge(part);
    });
    let id = ids::generate("key", &format!("{}/{name}", table.logical_name));
    // Clients take the first id in brackets for that of the key, so the table has its name.
    Ok(change.changed(&format!("EntityDefinitions(LogicalName='{}')/Keys({id})", table.logical_name)))
}

fn sorted(columns: &[String]) -> Vec<&String> {
    let mut columns: Vec<&String> = columns.iter().collect();
    columns.sort_unstable();
    columns
}

/// Deletes a key.
///
/// # Errors
/// Returns an error with the status 404 if there is no such key.
pub(super) fn delete(
    change: &Change<'_, '_>,
    table: &Table,
    key: &Key<'_>,
) -> Result<HttpResponse, ServiceError> {
    let is = |own: &&AlternateKey| match key {
        Key::Named("LogicalName", name) => own.name == **name,
        Key::Named("MetadataId", id) | Key::Id(id) => {
            ids::generate("key", &format!("{}/{}", table.logical_name, own.name)).eq_ignore_ascii_case(id)
        }
        Key::Named(..) => false,
    };
    let name = table.keys.iter().find(is).map(|k| k.name.clone()).ok_or_else(|| not_there(key))?;
    schema_change::drop_key(change.session, &table.logical_name, &name)?;
    let table = table.logical_name.clone();
    change.apply(|all| {
        if let Some(table) = all.tables.get_mut(&table) {
            table.keys.retain(|k| k.name != name);
        }
    });
    Ok(HttpResponse::odata_empty())
}
