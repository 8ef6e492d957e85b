//! Selects the table definitions that the query of a `RetrieveMetadataChanges` request asks for, or their
//! changes since a past state, and reduces them to the requested properties.

use dvkit_schema::wire::write::{Dialect, MetadataWriter, Object};
use dvkit_schema::{Schema, Table};
use serde_json::Value;

use super::super::Refusal;
use super::super::types::ENTITY;
use super::collections::{ALL, COLLECTIONS};
use super::query::Query;
use super::{difference, labels, properties};

/// Calls `take` with the definition of every table that the query requests. If `before` is given, which is a
/// past state of the schema, only the changes since that state are returned. Returns an error if a criterion
/// of the query is invalid; `take` is not called then.
pub(super) fn for_each(
    schema: &Schema,
    before: Option<&Schema>,
    query: &Query,
    take: &mut dyn FnMut(Object),
) -> Result<(), Refusal> {
    check(query)?;
    let writer = MetadataWriter::new(schema, Dialect::Changes);
    let languages = query.label_query.as_ref().map(|l| l.filter_languages.as_slice()).unwrap_or_default();
    for table in schema.tables.values() {
        let facts = writer.table_facts(table);
        if !query.criteria.as_ref().is_none_or(|c| c.matches(&facts)) {
            continue;
        }
        let known = before.and_then(|schema| Some((schema, schema.tables.get(&table.logical_name)?)));
        let object = match (before, known) {
            (Some(_), Some((old, known))) => {
                difference::changed_table(&writer, schema, table, facts, old, known, query)
            }
            (Some(_), None) => Some(complete_table(&writer, table, facts, query, Some(true))),
            (None, _) => Some(complete_table(&writer, table, facts, query, None)),
        };
        if let Some(mut object) = object {
            labels::retain_languages(&mut object, languages);
            take(object);
        }
    }
    Ok(())
}

/// Returns a table with everything that the query requests of it. `changed` is the value of `HasChanged`;
/// `None` is null.
pub(super) fn complete_table(
    writer: &MetadataWriter<'_>,
    table: &Table,
    facts: Object,
    query: &Query,
    changed: Option<bool>,
) -> Object {
    let mut object = properties::project(facts, &ENTITY, &query.properties, changed);
    for collection in &COLLECTIONS {
        if !query.properties.has(collection.name) {
            continue;
        }
        let part = collection.query(query);
        let asked = part.map_or(&ALL, |p| &p.properties);
        let all = collection.elements(writer, table).into_iter();
        let told = all.filter(|o| part.and_then(|p| p.criteria.as_ref()).is_none_or(|c| c.matches(o)));
        let told = told.map(|o| Value::Object(properties::project(o, collection.ty, asked, changed)));
        object.insert(collection.name.to_owned(), told.collect());
    }
    object
}

/// Refuses a query whose criteria contain properties that do not exist.
fn check(query: &Query) -> Result<(), Refusal> {
    if let Some(criteria) = &query.criteria {
        criteria.check(&|name| ENTITY.property(name), &ENTITY)?;
    }
    for collection in &COLLECTIONS {
        if let Some(criteria) = collection.query(query).and_then(|p| p.criteria.as_ref()) {
            criteria.check(&|name| collection.property(name), collection.ty)?;
        }
    }
    Ok(())
}
