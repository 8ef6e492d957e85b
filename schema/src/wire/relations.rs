//! Relationships: each stands in both of its tables, as far as they are there.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};

use super::ImportedSchema;
use super::types::{Definition, filled};
use crate::{Relationship, Schema, Side, Table};

/// Adds relationships to the tables of the model.
pub(super) fn all(imported: &mut ImportedSchema, wire: Vec<Definition>) {
    let mut by_table: BTreeMap<String, Vec<Relationship>> = BTreeMap::new();
    // What was listed before: where in its table, by a hash.
    let mut listed: HashMap<u64, Vec<usize>> = HashMap::new();
    let hasher = RandomState::new();
    let (mut incomplete, mut foreign) = (0, 0);
    for definition in wire {
        let sides = sides(definition);
        if sides.is_empty() {
            incomplete += 1;
            continue;
        }
        let mut taken = false;
        for (table, relationship) in sides {
            // A collection of relationships alone makes tables of which nothing else is known; one that came with a
            // table belongs to the tables that are there.
            if imported.schema.tables.contains_key(&table) {
                taken = true;
                let places = listed.entry(hasher.hash_one((&table, &relationship))).or_default();
                let known = by_table.entry(table).or_default();
                // With both tables there it was listed twice.
                if !places.iter().any(|i| known.get(*i) == Some(&relationship)) {
                    places.push(known.len());
                    known.push(relationship);
                }
            }
        }
        foreign += usize::from(!taken);
    }
    imported.skip("relationships", "their tables or columns were not asked for", incomplete);
    imported.skip("relationships", "neither of their tables is in this file", foreign);
    let tables = by_table.into_iter().map(|(name, relationships)| {
        // What a table is known to be a part of stays so: its relationships are no further source.
        let partial = imported.schema.tables.get(&name).is_some_and(|t| t.partial);
        (name.clone(), Table { logical_name: name, relationships, partial, ..Table::default() })
    });
    let tables: BTreeMap<_, _> = tables.collect();
    imported.schema.merge(Schema { tables, ..Schema::default() });
}

/// The relationship as its tables see it.
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
            partner: navigation2.clone(),
            schema_name: schema_name.clone(),
            hierarchical: None,
        };
        let second = Relationship {
            navigation: navigation2,
            side: Side::ManyToMany,
            table: one.clone(),
            column: attribute2,
            referenced: attribute1,
            intersect,
            partner: navigation1,
            schema_name,
            hierarchical: None,
        };
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
    let many_to_one = Relationship {
        navigation: single.clone(),
        side: Side::ManyToOne,
        table: referenced.clone(),
        column: column.clone(),
        referenced: key.clone(),
        intersect: None,
        partner: collection.clone(),
        schema_name: schema_name.clone(),
        hierarchical: wire.is_hierarchical,
    };
    let one_to_many = Relationship {
        navigation: collection,
        side: Side::OneToMany,
        table: referencing.clone(),
        column,
        referenced: key,
        intersect: None,
        partner: single,
        schema_name,
        hierarchical: wire.is_hierarchical,
    };
    vec![(referencing, many_to_one), (referenced, one_to_many)]
}
