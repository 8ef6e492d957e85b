//! Writes relationships as `OneToManyRelationshipMetadata` and `ManyToManyRelationshipMetadata`, for
//! [`MetadataWriter`](super::MetadataWriter).
//!
//! A definition states the relationship for both of its tables. So it is not written if the other table is in
//! the schema but does not have the relationship (in a CSDL, a navigation property without a partner):
//! reading the definition would add the relationship to that table.

use serde_json::{Value, json};

use super::{Dialect, Facts, MetadataWriter, Object};
use crate::{Cascade, CascadeAction, Relationship, Schema, Side, Table};

/// Returns the definitions of the relationships in which `table` is on the side `side`.
pub(super) fn objects(writer: &MetadataWriter<'_>, table: &Table, side: Side) -> Vec<Object> {
    let on_side = table.relationships.iter().filter(|r| r.side == side);
    let told = on_side.filter_map(|r| match known_to_both(writer.schema, table, r) {
        Some(entity1) => Some(definition(table, r, entity1, writer.dialect)),
        None => to_owner(writer.schema, r).map(|r| definition(table, &r, None, writer.dialect)),
    });
    told.collect()
}

/// Returns a relationship to `principal` as one to `owner`; `None` for relationships to other tables. The
/// base of users and teams is called `principal` in the CSDL and in the schema, but `owner` in the metadata.
fn to_owner(schema: &Schema, relationship: &Relationship) -> Option<Relationship> {
    let is_principal = relationship.table == "principal" && relationship.navigation.is_some();
    (is_principal && !schema.tables.contains_key("owner"))
        .then(|| Relationship { table: "owner".to_owned(), ..relationship.clone() })
}

/// Returns whether `table` is the first table of the relationship ([`Relationship::entity1`]), as far as one of
/// the two sides states it. Returns `None` if the relationship cannot be written: the other table is in the schema,
/// and does not have the relationship.
#[expect(clippy::option_option, reason = "the order of the tables may be unknown")]
fn known_to_both(schema: &Schema, table: &Table, relationship: &Relationship) -> Option<Option<bool>> {
    let Some(other) = schema.tables.get(&relationship.table) else { return Some(relationship.entity1) };
    let seen = seen_from_there(table, relationship);
    let from = other.relationships.partition_point(|r| r.navigation < seen.navigation);
    let candidates = other.relationships.get(from..).unwrap_or_default();
    let mut candidates = candidates.iter().take_while(|r| r.navigation == seen.navigation);
    if relationship.side != Side::ManyToMany {
        return candidates.any(|r| *r == seen).then_some(None);
    }
    // A table that was read from another source may not state the order.
    let without_order = |r: &Relationship| Relationship { entity1: None, ..r.clone() };
    let agrees =
        |r: &&Relationship| r.entity1.is_none() || seen.entity1.is_none() || r.entity1 == seen.entity1;
    let expected = without_order(&seen);
    let there = candidates.filter(agrees).find(|r| without_order(r) == expected)?;
    Some(relationship.entity1.or(there.entity1.map(|first| !first)))
}

/// Returns a relationship of `table` as seen from the other table.
fn seen_from_there(table: &Table, relationship: &Relationship) -> Relationship {
    let side = match relationship.side {
        Side::OneToMany => Side::ManyToOne,
        Side::ManyToOne => Side::OneToMany,
        Side::ManyToMany => Side::ManyToMany,
    };
    let (column, referenced) = match side {
        Side::ManyToMany => (relationship.referenced.clone(), relationship.column.clone()),
        _ => (relationship.column.clone(), relationship.referenced.clone()),
    };
    Relationship {
        navigation: relationship.partner.clone(),
        side,
        table: table.logical_name.clone(),
        column,
        referenced,
        entity1: relationship.entity1.map(|first| !first),
        partner: relationship.navigation.clone(),
        ..relationship.clone()
    }
}

/// Returns the definition of one relationship of the table. `entity1` says whether the table is the first one of an
/// N:N relationship.
fn definition(table: &Table, relationship: &Relationship, entity1: Option<bool>, dialect: Dialect) -> Object {
    let mut object = Object::new();
    let own = (&*table.logical_name, relationship.navigation.as_deref());
    let other = (&*relationship.table, relationship.partner.as_deref());
    object.fact("SchemaName", relationship.schema_name.as_deref());
    if relationship.side == Side::ManyToMany {
        let (mut one, mut two) =
            ((own, relationship.column.as_deref()), (other, relationship.referenced.as_deref()));
        // Both tables have to give the same definition, so the smaller end comes first if the order is unknown.
        if !entity1.unwrap_or(one <= two) {
            (one, two) = (two, one);
        }
        object.insert("RelationshipType".into(), json!("ManyToManyRelationship"));
        object.fact("Entity1LogicalName", Some(one.0.0));
        object.fact("Entity1NavigationPropertyName", one.0.1);
        object.fact("Entity1IntersectAttribute", one.1);
        object.fact("Entity2LogicalName", Some(two.0.0));
        object.fact("Entity2NavigationPropertyName", two.0.1);
        object.fact("Entity2IntersectAttribute", two.1);
        object.fact("IntersectEntityName", relationship.intersect.as_deref());
        class(&mut object, "ManyToManyRelationshipMetadata", dialect);
        return object;
    }
    let (one, many) = if relationship.side == Side::OneToMany { (own, other) } else { (other, own) };
    object.insert("RelationshipType".into(), json!("OneToManyRelationship"));
    object.fact("ReferencedEntity", Some(one.0));
    object.fact("ReferencedAttribute", relationship.referenced.as_deref());
    object.fact("ReferencedEntityNavigationPropertyName", one.1);
    object.fact("ReferencingEntity", Some(many.0));
    object.fact("ReferencingAttribute", relationship.column.as_deref());
    object.fact("ReferencingEntityNavigationPropertyName", many.1);
    object.fact("IsHierarchical", relationship.hierarchical);
    object.fact("CascadeConfiguration", relationship.cascade.map(cascade));
    class(&mut object, "OneToManyRelationshipMetadata", dialect);
    object
}

/// Returns the `CascadeConfiguration` of a relationship.
fn cascade(cascade: Cascade) -> Value {
    let mut object = Object::new();
    let Cascade { assign, delete, merge, reparent, share, unshare } = cascade;
    let actions = [
        ("Assign", assign),
        ("Delete", delete),
        ("Merge", merge),
        ("Reparent", reparent),
        ("Share", share),
        ("Unshare", unshare),
    ];
    for (operation, action) in actions {
        object.fact(operation, action.map(CascadeAction::metadata_name));
    }
    Value::Object(object)
}

/// Adds the member `@odata.type` with the class `name`. In [`Dialect::Definitions`] it is omitted, because
/// all elements of such a collection have one type.
fn class(object: &mut Object, name: &str, dialect: Dialect) {
    if dialect == Dialect::Changes {
        object.insert("@odata.type".into(), json!(format!("{}Complex{name}", super::NAMESPACE)));
    }
}
