//! Reads relationships, for [`read`](super::read), and adds each one to both of its tables, as far as the
//! document has them.

use std::collections::BTreeMap;

use super::ImportedSchema;
use super::types::{Definition, WireCascade, filled};
use crate::{Cascade, CascadeAction, Relationship, Schema, Side, Table};

/// Adds the relationships `wire` to the tables of the schema. A relationship to a table that the document
/// does not have is added to the other table only.
pub(super) fn all(imported: &mut ImportedSchema, wire: Vec<Definition>) {
    let mut by_table: BTreeMap<String, Vec<Relationship>> = BTreeMap::new();
    let (mut incomplete, mut foreign) = (0, 0);
    for definition in wire {
        let sides = sides(definition);
        if sides.is_empty() {
            incomplete += 1;
            continue;
        }
        let mut taken = false;
        for (table, relationship) in sides {
            // A document of relationships alone creates tables of which nothing else is known. A relationship
            // that came with a table is added only to tables of the document.
            if imported.schema.tables.contains_key(&table) {
                taken = true;
                by_table.entry(table).or_default().push(relationship);
            }
        }
        foreign += usize::from(!taken);
    }
    imported.skip("relationships", "their tables or columns were not asked for", incomplete);
    imported.skip("relationships", "neither of their tables is in this file", foreign);
    let tables = by_table.into_iter().map(|(name, relationships)| {
        let relationships = each_once(relationships);
        // A table of which only a part is known stays so: its relationships are not another source.
        let partial = imported.schema.tables.get(&name).is_some_and(|t| t.partial);
        (name.clone(), Table { logical_name: name, relationships, partial, ..Table::default() })
    });
    let tables: BTreeMap<_, _> = tables.collect();
    imported.schema.merge(Schema { tables, ..Schema::default() });
}

/// Removes duplicates and keeps the order. A document that has both tables of a relationship lists the
/// relationship twice.
fn each_once(relationships: Vec<Relationship>) -> Vec<Relationship> {
    let order = |a: &Relationship, b: &Relationship| {
        (&a.schema_name, &a.navigation, a.side, &a.table, &a.column)
            .cmp(&(&b.schema_name, &b.navigation, b.side, &b.table, &b.column))
            .then_with(|| {
                (&a.referenced, &a.intersect, a.entity1, &a.partner, a.hierarchical, a.cascade).cmp(&(
                    &b.referenced,
                    &b.intersect,
                    b.entity1,
                    &b.partner,
                    b.hierarchical,
                    b.cascade,
                ))
            })
    };
    let mut sorted: Vec<(usize, &Relationship)> = relationships.iter().enumerate().collect();
    // Equal ones stay in their order, so that the first of them is kept.
    sorted.sort_by(|(_, a), (_, b)| order(a, b));
    let again = |pair: &[(usize, &Relationship)]| match pair {
        [(_, first), (place, second)] if first == second => Some(*place),
        _ => None,
    };
    let mut again: Vec<usize> = sorted.windows(2).filter_map(again).collect();
    if again.is_empty() {
        return relationships;
    }
    again.sort_unstable();
    let mut again = again.into_iter().peekable();
    let places = relationships.into_iter().enumerate();
    places.filter(|(place, _)| again.next_if_eq(place).is_none()).map(|(_, r)| r).collect()
}

/// Returns a relationship as seen from each of its two tables: the table's name, and the relationship from
/// its side.
fn sides(wire: Definition) -> Vec<(String, Relationship)> {
    let schema_name = filled(wire.schema_name);
    if let (Some(one), Some(two)) = (filled(wire.entity1_logical_name), filled(wire.entity2_logical_name)) {
        let (attribute1, attribute2) =
            (filled(wire.entity1_intersect_attribute), filled(wire.entity2_intersect_attribute));
        let (navigation1, navigation2) =
            (filled(wire.entity1_navigation_property_name), filled(wire.entity2_navigation_property_name));
        let intersect = filled(wire.intersect_entity_name);
        let first = Relationship {
            navigation: navigation1.clone(),
            side: Side::ManyToMany,
            table: two.clone(),
            column: attribute1.clone(),
            referenced: attribute2.clone(),
            intersect: intersect.clone(),
            entity1: None,
            partner: navigation2.clone(),
            schema_name: schema_name.clone(),
            hierarchical: None,
            cascade: None,
        };
        let second = Relationship {
            navigation: navigation2,
            side: Side::ManyToMany,
            table: one.clone(),
            column: attribute2,
            referenced: attribute1,
            intersect,
            entity1: None,
            partner: navigation1,
            schema_name,
            hierarchical: None,
            cascade: None,
        };
        if first == second {
            // A relationship of a table with itself whose two ends have the same names is listed once.
            return vec![(one, first)];
        }
        let (first, second) =
            (Relationship { entity1: Some(true), ..first }, Relationship { entity1: Some(false), ..second });
        return vec![(one, first), (two, second)];
    }
    let (Some(referenced), Some(referencing)) =
        (filled(wire.referenced_entity), filled(wire.referencing_entity))
    else {
        return Vec::new();
    };
    let column = filled(wire.referencing_attribute);
    let key = filled(wire.referenced_attribute);
    let single = filled(wire.referencing_entity_navigation_property_name);
    let collection = filled(wire.referenced_entity_navigation_property_name);
    let cascade = wire.cascade_configuration.and_then(cascade);
    let many_to_one = Relationship {
        navigation: single.clone(),
        side: Side::ManyToOne,
        table: referenced.clone(),
        column: column.clone(),
        referenced: key.clone(),
        intersect: None,
        entity1: None,
        partner: collection.clone(),
        schema_name: schema_name.clone(),
        hierarchical: wire.is_hierarchical,
        cascade,
    };
    let one_to_many = Relationship {
        navigation: collection,
        side: Side::OneToMany,
        table: referencing.clone(),
        column,
        referenced: key,
        intersect: None,
        entity1: None,
        partner: single,
        schema_name,
        hierarchical: wire.is_hierarchical,
        cascade,
    };
    vec![(referencing, many_to_one), (referenced, one_to_many)]
}

/// Returns the actions that the source states; `None` if it states none.
fn cascade(wire: WireCascade) -> Option<Cascade> {
    let action = |name: Option<String>| CascadeAction::from_metadata(&name?);
    let cascade = Cascade {
        assign: action(wire.assign),
        delete: action(wire.delete),
        merge: action(wire.merge),
        reparent: action(wire.reparent),
        share: action(wire.share),
        unshare: action(wire.unshare),
    };
    (!cascade.is_empty()).then_some(cascade)
}
