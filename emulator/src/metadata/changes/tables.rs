//! The tables of an answer, with what was asked for of them.

use dvkit_schema::wire::write::{Dialect, MetadataWriter, Object};
use dvkit_schema::{Schema, Side, Table};
use serde_json::Value;

use super::super::types::{ATTRIBUTE, ENTITY, KEY, Kind, MANY_TO_MANY, ONE_TO_MANY, Type, attribute_classes};
use super::super::{Refusal, ids};
use super::query::{Part, Properties, Query};
use super::{difference, labels, properties};

/// A collection of a table: its name, the type of its elements, and how one is known again.
pub(super) struct Collection {
    pub(super) name: &'static str,
    pub(super) ty: &'static Type,
    side: Option<Side>,
}

/// What a table consists of.
pub(super) static COLLECTIONS: [Collection; 5] = [
    Collection { name: "Attributes", ty: &ATTRIBUTE, side: None },
    Collection { name: "Keys", ty: &KEY, side: None },
    Collection { name: "OneToManyRelationships", ty: &ONE_TO_MANY, side: Some(Side::OneToMany) },
    Collection { name: "ManyToOneRelationships", ty: &ONE_TO_MANY, side: Some(Side::ManyToOne) },
    Collection { name: "ManyToManyRelationships", ty: &MANY_TO_MANY, side: Some(Side::ManyToMany) },
];

impl Collection {
    /// The elements of a table, with everything.
    pub(super) fn of(&self, writer: &MetadataWriter<'_>, table: &Table) -> Vec<Object> {
        match (self.name, self.side) {
            (_, Some(side)) => writer.relationships(table, side).into_iter().map(ids::relationship).collect(),
            ("Keys", None) => writer.keys(table).into_iter().map(ids::key).collect(),
            _ => table.columns.iter().map(|c| column(writer.column(table, c))).collect(),
        }
    }

    /// What is asked for of its elements; all where nothing is said.
    pub(super) fn part<'q>(&self, query: &'q Query) -> Option<&'q Part> {
        match (self.name, self.side) {
            (_, Some(_)) => query.relationship_query.as_ref(),
            ("Keys", None) => query.key_query.as_ref(),
            _ => query.attribute_query.as_ref(),
        }
    }
}

/// The options of a column have an id.
fn column(mut object: Object) -> Object {
    if let Some(Value::Object(set)) = object.get_mut("OptionSet") {
        let mut with_id = ids::option_set(std::mem::take(set));
        with_id.insert("HasChanged".into(), Value::Null);
        *set = with_id;
    }
    object
}

/// What is asked for where a part says nothing.
pub(super) static ALL: Properties = Properties { all_properties: true, property_names: Vec::new() };

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
            criteria.check(&|name| kind(collection, name), collection.ty)?;
        }
    }
    Ok(())
}

/// The kind of a property of the elements; one query serves relationships of both types, and columns of all classes.
fn kind(collection: &Collection, name: &str) -> Option<Kind> {
    match collection.side {
        Some(_) => ONE_TO_MANY.property(name).or_else(|| MANY_TO_MANY.property(name)),
        None if collection.name == "Attributes" => attribute_classes().find_map(|ty| ty.property(name)),
        None => collection.ty.property(name),
    }
}
