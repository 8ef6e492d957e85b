//! Reads the `EntityRelationship` elements of a solution. Relationships are collected first, and added to
//! both of their tables when all tables are known.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use dvkit_schema::wire::ImportedSchema;
use dvkit_schema::{Cascade, CascadeAction, Column, ColumnType, Relationship, Schema, Side, Table};
use roxmltree::Node;

use super::{flag, list, text};
use crate::xml::elements;

/// The relationships of a solution, collected until all tables have been read.
#[derive(Default)]
pub(super) struct Relations {
    /// The relationships that the solution describes, by name in lower case. Each has one entry per table:
    /// the table's logical name, and the relationship as seen from that table.
    described: BTreeMap<String, Vec<(String, Relationship)>>,
    /// The names of all relationships, in lower case. An unpacked solution lists the names in one file and
    /// describes the relationships in other files.
    named: BTreeSet<String>,
    incomplete: usize,
}

impl Relations {
    /// Reads all relationships in an `EntityRelationships` element.
    pub(super) fn add(&mut self, relationships: Node<'_, '_>) {
        for node in elements(relationships) {
            let Some(name) = node.attribute("Name").map(str::trim).filter(|n| !n.is_empty()) else {
                self.incomplete += 1;
                continue;
            };
            self.named.insert(name.to_lowercase());
            if text(node, "EntityRelationshipType").is_none() {
                continue;
            }
            match sides(name, node) {
                Some(sides) => {
                    self.described.entry(name.to_lowercase()).or_insert(sides);
                }
                None => self.incomplete += 1,
            }
        }
    }

    /// Adds the relationships to their tables. Also adds to lookups the target tables that only the
    /// relationships name.
    pub(super) fn finish(self, imported: &mut ImportedSchema) {
        let undescribed = self.named.iter().filter(|name| !self.described.contains_key(*name)).count();
        imported.skip("relationships", "the solution has nothing but their names", undescribed);
        imported.skip("relationships", "without a name, tables or a column", self.incomplete);
        let mut by_table: BTreeMap<String, Vec<Relationship>> = BTreeMap::new();
        let tables = &mut imported.schema.tables;
        let mut foreign = 0;
        // The position of each column, by table and name.
        let mut columns: HashMap<String, HashMap<String, usize>> = HashMap::new();
        let mut told = HashSet::new();
        for (_, sides) in self.described {
            foreign += usize::from(!sides.iter().any(|(table, _)| tables.contains_key(table)));
            for (table, relationship) in sides {
                if let (Side::ManyToOne, Some(column), Some(known)) =
                    (relationship.side, &relationship.column, tables.get_mut(&table))
                {
                    let places = columns.entry(table.clone()).or_insert_with(|| {
                        let all = known.columns.iter().enumerate().rev();
                        all.map(|(i, c)| (c.logical_name.clone(), i)).collect()
                    });
                    let place = places.get(column).copied();
                    if let Some(column) = place.and_then(|i| known.columns.get_mut(i))
                        && told.insert((table.clone(), place, relationship.table.clone()))
                    {
                        add_target(column, &relationship.table);
                    }
                }
                by_table.entry(table).or_default().push(relationship);
            }
        }
        imported.skip("relationships", "neither of their tables is in the solution", foreign);
        let tables =
            by_table.into_iter().filter(|(name, _)| !is_abstract(name)).map(|(name, relationships)| {
                let logical_name = name.clone();
                (name, Table { logical_name, partial: true, relationships, ..Table::default() })
            });
        imported.schema.merge(Schema { tables: tables.collect(), ..Schema::default() });
        let nowhere = imported.schema.tables.values().flat_map(|t| &t.columns).filter(|c| {
            (c.ty.is_lookup() || matches!(c.ty, ColumnType::PartyList { .. })) && c.ty.targets().is_empty()
        });
        let nowhere = nowhere.count();
        imported.skip("targets of lookups", "neither a relationship nor a type code tells them", nowhere);
    }
}

/// Returns whether a name is `owner`, the abstract base of users and teams, which is not a table.
fn is_abstract(table: &str) -> bool {
    table == "owner"
}

/// Adds the table `target` to the targets of a lookup column. Has no effect on other columns.
fn add_target(column: &mut Column, target: &str) {
    if let ColumnType::Lookup { targets }
    | ColumnType::Customer { targets }
    | ColumnType::Owner { targets }
    | ColumnType::PartyList { targets } = &mut column.ty
        && !is_abstract(target)
        && !targets.iter().any(|t| t == target)
    {
        targets.push(target.to_owned());
    }
}

/// Returns a relationship as seen from each of its two tables, together with the table's logical name; `None`
/// if the element lacks a table. `node` is the element; it contains the schema names of tables and columns.
fn sides(name: &str, node: Node<'_, '_>) -> Option<Vec<(String, Relationship)>> {
    let lower = |child: &str| text(node, child).map(str::to_lowercase);
    let role = |by: &str, value: &str| {
        list(node, "EntityRelationshipRoles")
            .find(|role| text(*role, by) == Some(value))
            .and_then(|role| text(role, "NavigationPropertyName"))
            .map(str::to_owned)
    };
    let hierarchical = flag(node, "IsHierarchical");
    let schema_name = Some(name.to_owned());
    if text(node, "EntityRelationshipType") == Some("ManyToMany") {
        let (first, second) = (lower("FirstEntityName")?, lower("SecondEntityName")?);
        let navigations = (role("AssociationRoleOrdinal", "1"), role("AssociationRoleOrdinal", "2"));
        let intersect = lower("IntersectEntityName");
        // The columns of the intersect table are not given.
        let side = |navigation: &Option<String>, partner: &Option<String>, table: &str| Relationship {
            navigation: navigation.clone(),
            side: Side::ManyToMany,
            table: table.to_owned(),
            column: None,
            referenced: None,
            intersect: intersect.clone(),
            entity1: None,
            partner: partner.clone(),
            schema_name: schema_name.clone(),
            hierarchical: None,
            cascade: None,
        };
        let (one, two) =
            (side(&navigations.0, &navigations.1, &second), side(&navigations.1, &navigations.0, &first));
        if one == two {
            // A relationship of a table with itself through one navigation property is listed once.
            return Some(vec![(first, one)]);
        }
        let (one, two) =
            (Relationship { entity1: Some(true), ..one }, Relationship { entity1: Some(false), ..two });
        return Some(vec![(first, one), (second, two)]);
    }
    let (referencing, referenced) = (lower("ReferencingEntityName")?, lower("ReferencedEntityName")?);
    let column = Some(lower("ReferencingAttributeName")?);
    let cascade = cascade(node);
    // Role 1 is the side with the lookup.
    let (single, collection) = (role("RelationshipRoleType", "1"), role("RelationshipRoleType", "0"));
    let many_to_one = Relationship {
        navigation: single.clone(),
        side: Side::ManyToOne,
        table: referenced.clone(),
        column: column.clone(),
        referenced: None,
        intersect: None,
        entity1: None,
        partner: collection.clone(),
        schema_name: schema_name.clone(),
        hierarchical,
        cascade,
    };
    let one_to_many = Relationship {
        navigation: collection,
        side: Side::OneToMany,
        table: referencing.clone(),
        column,
        referenced: None,
        intersect: None,
        entity1: None,
        partner: single,
        schema_name,
        hierarchical,
        cascade,
    };
    Some(vec![(referencing, many_to_one), (referenced, one_to_many)])
}

/// Returns the cascading behaviour of a 1:N relationship, or `None` if the element does not state it. Real
/// solutions state every action but the one on merges.
fn cascade(node: Node<'_, '_>) -> Option<Cascade> {
    let action = |child: &str| CascadeAction::from_metadata(text(node, child)?);
    let cascade = Cascade {
        assign: action("CascadeAssign"),
        delete: action("CascadeDelete"),
        merge: action("CascadeMerge"),
        reparent: action("CascadeReparent"),
        share: action("CascadeShare"),
        unshare: action("CascadeUnshare"),
    };
    (!cascade.is_empty()).then_some(cascade)
}
