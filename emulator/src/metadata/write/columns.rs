//! Creates, changes and deletes columns.

use std::collections::BTreeMap;

use dvkit_schema::{ChoiceRef, Column, ColumnType, Schema, Table};
use http::StatusCode;
use serde_json::{Value, json};

use super::super::path::Key;
use super::wire::{class, complete_column, import};
use super::{Change, ServiceError, needed, of_system, table_segment};
use crate::data::schema_change;
use crate::response::HttpResponse;

/// Returns the error for a column that exists already.
pub(super) fn duplicate(name: &str) -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        "0x80047013",
        format!("An attribute with the specified name {name} already exists. Please specify a unique name."),
    )
}

/// Returns the column with the name or id in `key`.
///
/// # Errors
/// Returns an error with the status 404 if there is none.
pub(super) fn find<'t>(table: &'t Table, key: &Key<'_>) -> Result<&'t Column, ServiceError> {
    let found = match key {
        Key::Named("LogicalName", name) => table.columns.iter().find(|c| c.logical_name == **name),
        Key::Named("MetadataId", id) | Key::Id(id) => {
            table.columns.iter().find(|c| c.metadata_id.as_ref().is_some_and(|m| m.eq_ignore_ascii_case(id)))
        }
        Key::Named(other, _) => {
            return Err(ServiceError::bad(format!("'{other}' is not a key of a column's definition.")));
        }
    };
    found.ok_or_else(|| unknown(&table.logical_name, key.value()))
}

/// Returns the error for a column that does not exist.
pub(super) fn unknown(table: &str, column: &str) -> ServiceError {
    ServiceError::new(
        StatusCode::NOT_FOUND,
        "0x80041103",
        format!(
            "'{table}' entity doesn't contain attribute with Name = '{column}' and NameMapping = 'Logical'."
        ),
    )
}

/// Returns the segments that name a column, by ids or, without them, by names.
fn segments(table: &Table, column: &Column) -> String {
    match &column.metadata_id {
        Some(id) => format!("{}/Attributes({id})", table_segment(table)),
        None => format!("{}/Attributes(LogicalName='{}')", table_segment(table), column.logical_name),
    }
}

/// Creates the column in the body: `POST EntityDefinitions(…)/Attributes`.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn create(change: &Change<'_, '_>, table: &Table) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    let known = change.schema();
    let mut columns = complete_column(&mut body, known, known.org.language())?;
    let name = super::text(&body, "LogicalName")?.to_owned();
    columns.insert(0, Value::Object(body));
    for column in &columns {
        let own = column.get("LogicalName").and_then(Value::as_str).unwrap_or_default();
        if table.columns.iter().any(|c| c.logical_name == own) {
            return Err(duplicate(own));
        }
    }
    let mut part = import(vec![json!({ "LogicalName": table.logical_name, "Attributes": columns })])?;
    for choice in part.choices.keys() {
        if known.choices.contains_key(choice) {
            return Err(super::choices::duplicate(choice));
        }
    }
    let made = part.tables.get_mut(&table.logical_name);
    let created = made.and_then(|t| t.columns.iter().find(|c| c.logical_name == name));
    let segments = created.map(|column| segments(table, column)).unwrap_or_default();
    let image = created.is_some_and(|c| matches!(c.ty, ColumnType::Image { primary: Some(true), .. }));
    let table = table.logical_name.clone();
    change.apply(|all| {
        all.merge(part);
        if let (true, Some(table)) = (image, all.tables.get_mut(&table)) {
            table.primary_image = Some(name);
        }
    });
    Ok(change.changed(&segments))
}

/// Replaces the definition of a column: `PUT EntityDefinitions(…)/Attributes(…)`, with or without a cast. Facts
/// that the body does not contain stay, and so do the options of a choice.
///
/// # Errors
/// Returns an error if the definition is refused, for example because it has another type.
pub(super) fn update(
    change: &Change<'_, '_>,
    table: &Table,
    column: &Column,
) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    class(&body).or_else(|error| match body.contains_key("AttributeType") {
        true => Ok(String::new()),
        false => Err(error),
    })?;
    body.insert("LogicalName".into(), json!(column.logical_name));
    // Options are changed by `InsertOptionValue` and its neighbours only.
    body.remove("OptionSet");
    body.remove("GlobalOptionSet");
    body.remove("GlobalOptionSet@odata.bind");
    let part = import(vec![json!({ "LogicalName": table.logical_name, "Attributes": [body] })])?;
    let new = part.tables.into_values().next().and_then(|t| t.columns.into_iter().next());
    let mut new = new.ok_or_else(|| super::missing("LogicalName"))?;
    if std::mem::discriminant(&new.ty) != std::mem::discriminant(&column.ty) {
        return Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            "0x80040203",
            format!("The type of the attribute '{}' cannot be changed.", column.logical_name),
        ));
    }
    new.schema_name.clone_from(&column.schema_name);
    new.metadata_id.clone_from(&column.metadata_id);
    new.custom = column.custom;
    new.attribute_of.clone_from(&column.attribute_of);
    let mut old = column.clone();
    if !change.merges_labels() {
        super::tables::replaced(&new.display_name, &mut old.display_name);
        super::tables::replaced(&new.description, &mut old.description);
    }
    let one = |column: Column| {
        let table =
            Table { logical_name: table.logical_name.clone(), columns: vec![column], ..Table::default() };
        Schema { tables: BTreeMap::from([(table.logical_name.clone(), table)]), ..Schema::default() }
    };
    let mut merged = one(new);
    merged.merge(one(old));
    let merged = merged.tables.into_values().next().and_then(|t| t.columns.into_iter().next());
    let segments = segments(table, column);
    let (table, name) = (table.logical_name.clone(), column.logical_name.clone());
    change.apply(|all| {
        let columns = all.tables.get_mut(&table).map(|t| &mut t.columns).into_iter().flatten();
        for own in columns.filter(|c| c.logical_name == name) {
            if let Some(merged) = &merged {
                own.clone_from(merged);
            }
        }
    });
    Ok(change.changed(&segments))
}

/// Deletes a column with its values.
///
/// # Errors
/// Returns an error if the column is one of the system, or if a key or relationship needs it.
pub(super) fn delete(
    change: &Change<'_, '_>,
    table: &Table,
    column: &Column,
) -> Result<HttpResponse, ServiceError> {
    let name = &column.logical_name;
    if column.custom == Some(false)
        || table.primary_id.as_ref() == Some(name)
        || table.primary_name.as_ref() == Some(name)
    {
        return Err(of_system("column", name));
    }
    let keys = table.keys.iter().filter(|k| k.columns.contains(name)).map(|k| k.name.clone());
    let relationships = table.lookups_of(name).filter_map(|r| r.schema_name.clone());
    let needing: Vec<String> = keys.chain(relationships).collect();
    if !needing.is_empty() {
        return Err(needed("Attribute", name, &needing));
    }
    let gone = with_dependents(table, name);
    for column in &gone {
        schema_change::drop_column(change.session, &table.logical_name, column)?;
    }
    let table = table.logical_name.clone();
    change.apply(|all| {
        if let Some(table) = all.tables.get_mut(&table) {
            gone.iter().for_each(|column| remove(table, column));
        }
    });
    Ok(HttpResponse::odata_empty())
}

/// Returns the names of a column and of those that belong to it.
fn with_dependents(table: &Table, name: &str) -> Vec<String> {
    let image_id =
        match table.columns.iter().find(|c| c.logical_name == name).map(|c| (&c.ty, &c.attribute_of)) {
            Some((ColumnType::Image { .. }, Some(id))) => Some(id.as_str()),
            _ => None,
        };
    let belongs = |column: &&Column| {
        let of = column.attribute_of.as_deref();
        column.logical_name == name
            || of == Some(name)
            || image_id.is_some_and(|id| of == Some(id) || column.logical_name == id)
            || matches!(&column.ty, ColumnType::Money { calculation_of: Some(own), .. } if own == name)
    };
    table.columns.iter().filter(belongs).map(|c| c.logical_name.clone()).collect()
}

/// Removes a column, and those that belong to it, from a table of the schema.
pub(super) fn remove(table: &mut Table, column: &str) {
    let gone = with_dependents(table, column);
    table.columns.retain(|c| !gone.contains(&c.logical_name));
    if table.primary_image.as_deref().is_some_and(|image| gone.iter().any(|c| c == image)) {
        table.primary_image = None;
    }
}

/// Removes a table from the targets of a lookup.
pub(super) fn remove_target(column: &mut Column, table: &str) {
    if let ColumnType::Lookup { targets }
    | ColumnType::Customer { targets }
    | ColumnType::Owner { targets }
    | ColumnType::PartyList { targets } = &mut column.ty
    {
        targets.retain(|target| target != table);
    }
}

/// Returns the columns that use a global choice, as `table.column`.
pub(super) fn users_of_choice(schema: &Schema, name: &str) -> Vec<String> {
    let uses = |column: &&Column| matches!(column.ty.choice(), Some(ChoiceRef::Global(own)) if own == name);
    let all = schema.tables.values();
    all.flat_map(|t| t.columns.iter().filter(uses).map(|c| format!("{}.{}", t.logical_name, c.logical_name)))
        .collect()
}
