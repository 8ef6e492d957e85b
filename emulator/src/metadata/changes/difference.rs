//! Compares a table with its state at the stamp that the client sent.

use dvkit_schema::wire::write::{Dialect, MetadataWriter, Object};
use dvkit_schema::{ChoiceRef, Schema, Table};
use serde_json::{Value, json};

use super::super::types::ENTITY;
use super::collections::{ALL, COLLECTIONS, Collection};
use super::properties;
use super::query::Query;

/// Returns the table with the elements that have changed, or `None` if nothing that the query requests has
/// changed. `old` is the table's state at the client's stamp.
pub(super) fn changed_table(
    writer: &MetadataWriter<'_>,
    schema: &Schema,
    table: &Table,
    facts: Object,
    old_schema: &Schema,
    old: &Table,
    query: &Query,
) -> Option<Object> {
    if table == old && same_choices(schema, old_schema, table) {
        return None;
    }
    let old_writer = MetadataWriter::new(old_schema, Dialect::Changes);
    let asked = |facts: &Object| properties::project(facts.clone(), &ENTITY, &query.properties, None);
    let changed = asked(&facts) != asked(&old_writer.table_facts(old));
    let mut object = if changed {
        properties::project(facts, &ENTITY, &query.properties, Some(true))
    } else {
        properties::container(&facts, &ENTITY)
    };
    let mut any = changed;
    for collection in &COLLECTIONS {
        if !query.properties.has(collection.name) {
            continue;
        }
        let elements = elements(collection, writer, table, &old_writer, old, query);
        any |= !elements.is_empty();
        object.insert(collection.name.to_owned(), Value::Array(elements));
    }
    any.then_some(object)
}

/// Returns whether the global choices that the table's columns use are the same in `schema` and `old`.
fn same_choices(schema: &Schema, old: &Schema, table: &Table) -> bool {
    table.columns.iter().all(|column| match column.ty.choice() {
        Some(ChoiceRef::Global(name)) => schema.choices.get(name) == old.choices.get(name),
        _ => true,
    })
}

/// Returns the elements of a collection that are new or have changed since the state `old` of the table.
fn elements(
    collection: &Collection,
    writer: &MetadataWriter<'_>,
    table: &Table,
    old_writer: &MetadataWriter<'_>,
    old: &Table,
    query: &Query,
) -> Vec<Value> {
    let part = collection.query(query);
    let asked = part.map_or(&ALL, |p| &p.properties);
    let meant = |o: &Object| part.and_then(|p| p.criteria.as_ref()).is_none_or(|c| c.matches(o));
    let all = |writer: &MetadataWriter<'_>, table: &Table| -> Vec<Object> {
        collection.elements(writer, table).into_iter().filter(meant).collect()
    };
    let before = all(old_writer, old);
    let mut told = Vec::new();
    for object in all(writer, table) {
        let known = before.iter().find(|o| identity(o) == identity(&object));
        let now = properties::project(object.clone(), collection.ty, asked, Some(true));
        let Some(known) = known else {
            told.push(Value::Object(now));
            continue;
        };
        let then = properties::project(known.clone(), collection.ty, asked, Some(true));
        if now == then {
            continue;
        }
        let without_options = |o: &Object| {
            let mut o = o.clone();
            o.remove("OptionSet");
            o
        };
        if without_options(&now) != without_options(&then) {
            told.push(Value::Object(now));
        } else if let (Some(set), Some(before)) = (now.get("OptionSet"), then.get("OptionSet")) {
            let mut named = properties::container(&object, collection.ty);
            named.insert("OptionSet".into(), options(set, before));
            told.push(Value::Object(named));
        } else {
            told.push(Value::Object(now));
        }
    }
    told
}

/// Returns the properties by which an element of a collection is identified.
fn identity(object: &Object) -> [Option<&Value>; 5] {
    [
        object.get("LogicalName"),
        object.get("SchemaName").filter(|_| !object.contains_key("LogicalName")),
        object.get("ReferencingEntityNavigationPropertyName"),
        object.get("ReferencedEntityNavigationPropertyName"),
        object.get("Entity1NavigationPropertyName"),
    ]
}

/// Returns a changed set of options. It lists all options, but an unchanged option has only its value.
fn options(now: &Value, before: &Value) -> Value {
    let mut set = now.clone();
    let Some(object) = set.as_object_mut() else { return set };
    object.insert("HasChanged".into(), Value::Bool(true));
    if let Some(Value::Array(options)) = object.get_mut("Options") {
        let known = before.get("Options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for option in options.iter_mut().filter(|o| known.contains(o)) {
            let ty = option.get("@odata.type").cloned();
            *option = json!({
                "Value": option.get("Value"),
                "Label": { "LocalizedLabels": [], "UserLocalizedLabel": null },
                "Description": { "LocalizedLabels": [], "UserLocalizedLabel": null },
                "Color": null,
            });
            if let (Some(ty), Some(option)) = (ty, option.as_object_mut()) {
                option.insert("@odata.type".into(), ty);
            }
        }
    }
    set
}
