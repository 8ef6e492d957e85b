//! The tables of an answer, with what was asked for of them.

use dvkit_schema::wire::write::{Dialect, MetadataWriter, Object};
use dvkit_schema::{Schema, Table};
use serde_json::Value;

use super::super::Refusal;
use super::super::types::ENTITY;
use super::collections::{ALL, COLLECTIONS};
use super::query::Query;
use super::{difference, labels, properties};

/// Gives every table of the answer to `take`. `before`: what the client knows.
pub(super) fn each(
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
        if !query.criteria.as_ref().is_none_or(|c| c.hold(&facts)) {
            continue;
        }
        let known = before.and_then(|schema| Some((schema, schema.tables.get(&table.logical_name)?)));
        let object = match (before, known) {
            (Some(_), Some((old, known))) => difference::of(&writer, schema, table, facts, old, known, query),
            (Some(_), None) => Some(whole(&writer, table, facts, query, Some(true))),
            (None, _) => Some(whole(&writer, table, facts, query, None)),
        };
        if let Some(mut object) = object {
            labels::keep(&mut object, languages);
            take(object);
        }
    }
    Ok(())
}

/// A table with everything that was asked for. `changed`: what `HasChanged` says.
pub(super) fn whole(
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
        let part = collection.part(query);
        let asked = part.map_or(&ALL, |p| &p.properties);
        let all = collection.of(writer, table).into_iter();
        let told = all.filter(|o| part.and_then(|p| p.criteria.as_ref()).is_none_or(|c| c.hold(o)));
        let told = told.map(|o| Value::Object(properties::project(o, collection.ty, asked, changed)));
        object.insert(collection.name.to_owned(), told.collect());
    }
    object
}

/// Refuses criteria about what does not exist.
fn check(query: &Query) -> Result<(), Refusal> {
    if let Some(criteria) = &query.criteria {
        criteria.check(&|name| ENTITY.property(name), &ENTITY)?;
    }
    for collection in &COLLECTIONS {
        if let Some(criteria) = collection.part(query).and_then(|p| p.criteria.as_ref()) {
            criteria.check(&|name| collection.property(name), collection.ty)?;
        }
    }
    Ok(())
}
