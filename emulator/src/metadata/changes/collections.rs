//! The collections of a table definition: columns, keys and relationships.

use dvkit_schema::wire::write::{MetadataWriter, Object};
use dvkit_schema::{Side, Table};
use serde_json::Value;

use super::super::ids;
use super::super::types::{
    ATTRIBUTE, KEY, MANY_TO_MANY, MetadataType, ONE_TO_MANY, PropertyType, attribute_classes,
};
use super::query::{CollectionQuery, Properties, Query};

/// A collection of a table definition: its name, the type of its elements and, for relationships, their side.
pub(super) struct Collection {
    pub(super) name: &'static str,
    pub(super) ty: &'static MetadataType,
    side: Option<Side>,
}

/// All collections of a table definition.
pub(super) static COLLECTIONS: [Collection; 5] = [
    Collection { name: "Attributes", ty: &ATTRIBUTE, side: None },
    Collection { name: "Keys", ty: &KEY, side: None },
    Collection { name: "OneToManyRelationships", ty: &ONE_TO_MANY, side: Some(Side::OneToMany) },
    Collection { name: "ManyToOneRelationships", ty: &ONE_TO_MANY, side: Some(Side::ManyToOne) },
    Collection { name: "ManyToManyRelationships", ty: &MANY_TO_MANY, side: Some(Side::ManyToMany) },
];

impl Collection {
    /// Returns the elements of this collection in a table. Each has all its properties.
    pub(super) fn elements(&self, writer: &MetadataWriter<'_>, table: &Table) -> Vec<Object> {
        match (self.name, self.side) {
            (_, Some(side)) => writer.relationships(table, side).into_iter().map(ids::relationship).collect(),
            ("Keys", None) => writer.keys(table).into_iter().map(ids::key).collect(),
            _ => table.columns.iter().map(|c| column(writer.column(table, c))).collect(),
        }
    }

    /// Returns the part of a query that restricts this collection, or `None` if the query requests all
    /// elements.
    pub(super) fn query<'q>(&self, query: &'q Query) -> Option<&'q CollectionQuery> {
        match (self.name, self.side) {
            (_, Some(_)) => query.relationship_query.as_ref(),
            ("Keys", None) => query.key_query.as_ref(),
            _ => query.attribute_query.as_ref(),
        }
    }

    /// Returns the type of a property of the elements, or `None` if no element has the property.
    /// Relationships of both types, and columns of all classes, are filtered by the same query, so the
    /// properties of all of them are considered.
    pub(super) fn property(&self, name: &str) -> Option<PropertyType> {
        match self.side {
            Some(_) => ONE_TO_MANY.property(name).or_else(|| MANY_TO_MANY.property(name)),
            None if self.name == "Attributes" => attribute_classes().find_map(|ty| ty.property(name)),
            None => self.ty.property(name),
        }
    }
}

/// Adds an id to the choice of a column.
fn column(mut object: Object) -> Object {
    if let Some(Value::Object(set)) = object.get_mut("OptionSet") {
        let mut with_id = ids::option_set(std::mem::take(set));
        with_id.insert("HasChanged".into(), Value::Null);
        *set = with_id;
    }
    object
}

/// The properties that are returned if the query does not restrict them: all.
pub(super) static ALL: Properties = Properties { all_properties: true, property_names: Vec::new() };
