//! Converts tables to entity types: the properties that each declares itself, and the base type that it
//! inherits from.

use std::borrow::Cow;
use std::collections::HashSet;

use dvkit_schema::{Column, ColumnType, Edm, Relationship, Schema, Side, Table, TableKind};

/// The base type that the entity types of all tables derive from.
const ROOT: &str = "crmbaseentity";

/// The base type of the tables whose rows can own other rows. Types derived from it inherit its key.
const PRINCIPAL: &str = "principal";

/// The longest chain of base types that is followed; it also ends a cycle.
const MAX_BASES: usize = 16;

/// The contents of an `EntityType` element.
pub(super) struct EntityType<'s> {
    pub(super) name: &'s str,
    pub(super) base: &'s str,
    pub(super) is_abstract: bool,
    pub(super) key: Option<Cow<'s, str>>,
    /// The name and type of each property.
    pub(super) properties: Vec<(Cow<'s, str>, Cow<'s, str>)>,
    pub(super) navigations: Vec<Navigation<'s>>,
    /// The alternate keys, each as a list of property names.
    pub(super) keys: Vec<Vec<String>>,
}

/// The contents of a `NavigationProperty` element.
#[derive(PartialEq)]
pub(super) struct Navigation<'s> {
    pub(super) name: &'s str,
    pub(super) target: &'s str,
    pub(super) collection: bool,
    pub(super) partner: Option<&'s str>,
    /// The referential constraint: the name of the property of this type, and of the referenced property of
    /// the other type. `None` if there is none.
    pub(super) constraint: Option<(Cow<'s, str>, Cow<'s, str>)>,
}

/// The schema, and the facts that a relationship's own table does not have but the other table has.
pub(super) struct Model<'s> {
    schema: &'s Schema,
    /// The relationships that are written without a constraint, because the other table does not contain the
    /// referenced column that the constraint would name. Each is given by the name of its table and of its
    /// navigation property.
    unconstrained: HashSet<(&'s str, &'s str)>,
}

impl<'s> Model<'s> {
    pub(super) fn new(schema: &'s Schema) -> Self {
        let all = schema.tables.values().flat_map(|t| &t.relationships);
        let unsaid = all.filter(|r| r.side == Side::OneToMany && r.referenced.is_none());
        let unconstrained = unsaid.filter_map(|r| Some((&*r.table, r.partner.as_deref()?))).collect();
        Self { schema, unconstrained }
    }
}

/// Returns the entity type of a table, or `None` for a partial table, because an entity type has to be
/// complete.
pub(super) fn entity_type<'s>(model: &Model<'s>, table: &'s Table) -> Option<EntityType<'s>> {
    if table.partial {
        return None;
    }
    let schema = model.schema;
    let bases = bases(schema, table);
    let inherits = |test: &dyn Fn(&Table) -> bool| bases.iter().any(|base| test(base));
    let own_property = |column: &&Column| {
        let from = column.inherited.as_deref();
        let declared = |base: &Table| {
            Some(&*base.logical_name) == from
                && base.column(&column.logical_name).is_some_and(|c| property(c) == property(column))
        };
        from.is_none() || !inherits(&declared)
    };
    let own_navigation = |navigation: &Navigation<'_>| {
        !inherits(&|base| {
            let known = base.navigation(navigation.name);
            known.and_then(|r| navigation_of(model, base, r)).is_some_and(|n| n == *navigation)
        })
    };
    let keys = |table: &Table| -> Vec<Vec<String>> {
        let active = table.keys.iter().filter(|k| k.status.as_deref() == Some("Active"));
        active.map(|k| k.columns.iter().map(|c| property_name(table, c).into_owned()).collect()).collect()
    };
    Some(EntityType {
        name: &table.logical_name,
        base: table.base.as_deref().unwrap_or(ROOT),
        is_abstract: table.kind == Some(TableKind::Abstract),
        key: key(table, &bases),
        properties: table.columns.iter().filter(own_property).filter_map(property).collect(),
        navigations: table
            .relationships
            .iter()
            .filter_map(|r| navigation_of(model, table, r))
            .filter(own_navigation)
            .collect(),
        keys: keys(table).into_iter().filter(|k| !inherits(&|base| keys(base).contains(k))).collect(),
    })
}

/// Returns the tables that a table inherits from, the nearest first. Tables that are missing from the schema
/// end the chain.
fn bases<'s>(schema: &'s Schema, table: &Table) -> Vec<&'s Table> {
    let mut bases: Vec<&Table> = Vec::new();
    let mut next = table.base.as_ref();
    while let Some(base) = next.and_then(|name| schema.tables.get(name)) {
        if bases.len() >= MAX_BASES || base.logical_name == table.logical_name {
            break;
        }
        next = base.base.as_ref();
        bases.push(base);
    }
    bases
}

/// Returns the name of the key property, or `None` if it is inherited or unknown.
fn key<'s>(table: &'s Table, bases: &[&Table]) -> Option<Cow<'s, str>> {
    let derived =
        |name: &str| table.base.as_deref() == Some(name) || bases.iter().any(|b| b.logical_name == name);
    let key = table.primary_id.as_deref()?;
    if derived(PRINCIPAL) || bases.iter().find_map(|b| b.primary_id.as_deref()) == Some(key) {
        return None;
    }
    Some(property_name(table, key))
}

/// Returns the name of the property for the column `column` of a table.
fn property_name<'s>(table: &'s Table, column: &'s str) -> Cow<'s, str> {
    table.column(column).map_or(Cow::Borrowed(column), Column::property_name)
}

/// Returns the name and type of the property for a column, or `None` if it is not known whether the Web API
/// has a property for it.
fn property(column: &Column) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    if column.odata != Some(true) {
        return None;
    }
    let edm = match (&column.ty, column.ty.edm()) {
        (_, Some(edm)) => Cow::Borrowed(edm_name(edm)),
        (ColumnType::ManagedProperty, _) => Cow::Borrowed("mscrm.BooleanManagedProperty"),
        // Only a CSDL document gives such names.
        (ColumnType::Other { name }, _) if name.contains('.') => Cow::Borrowed(&**name),
        _ => return None,
    };
    Some((column.property_name(), edm))
}

fn edm_name(edm: Edm) -> &'static str {
    match edm {
        Edm::Binary => "Edm.Binary",
        Edm::Boolean => "Edm.Boolean",
        Edm::Date => "Edm.Date",
        Edm::DateTimeOffset => "Edm.DateTimeOffset",
        Edm::Decimal => "Edm.Decimal",
        Edm::Double => "Edm.Double",
        Edm::Guid => "Edm.Guid",
        Edm::Int32 => "Edm.Int32",
        Edm::Int64 => "Edm.Int64",
        Edm::String => "Edm.String",
    }
}

/// Returns the navigation property of a relationship, or `None` if it has none or the document cannot express
/// it: a collection can be expressed only with its partner.
fn navigation_of<'s>(
    model: &Model<'s>,
    table: &'s Table,
    relationship: &'s Relationship,
) -> Option<Navigation<'s>> {
    let name = relationship.navigation.as_deref()?;
    let partner = relationship.partner.as_deref();
    // The document declares nothing about a partial table.
    let target = model.schema.tables.get(&relationship.table).filter(|t| !t.partial);
    let partner_is_single = target.and_then(|t| t.navigation(partner?)).map(Relationship::is_single);
    let single = relationship.is_single();
    // The metadata's name for users and teams, which no document contains: a lookup would get it as a further
    // target.
    if relationship.table == "owner" && target.is_none() {
        return None;
    }
    match (relationship.side, partner_is_single) {
        (Side::ManyToOne, _) | (Side::OneToMany, Some(true)) | (Side::ManyToMany, Some(false)) => {}
        (Side::OneToMany, Some(false)) | (Side::ManyToMany, Some(true)) => return None,
        // Without another declaration, a partner of the same name distinguishes the two sides.
        (Side::OneToMany, None) if partner == Some(name) => return None,
        (Side::ManyToMany, None) if partner != Some(name) => return None,
        (Side::OneToMany | Side::ManyToMany, None) => {}
    }
    let constraint = relationship.column.as_deref().zip(relationship.referenced.as_deref());
    let constraint = constraint
        .filter(|_| single && !model.unconstrained.contains(&(&*table.logical_name, name)))
        .map(|(column, referenced)| {
            let own = match table.column(column) {
                Some(column) => column.property_name(),
                None => Cow::Owned(format!("_{column}_value")),
            };
            let other = target.map_or(Cow::Borrowed(referenced), |t| property_name(t, referenced));
            (own, other)
        });
    Some(Navigation { name, target: &relationship.table, collection: !single, partner, constraint })
}
