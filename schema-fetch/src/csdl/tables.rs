//! Converts the declarations of a CSDL document into a schema. Columns of lookups are inferred from the names
//! where the document does not connect them with navigation properties.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dvkit_schema::wire::ImportedSchema;
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Key, Relationship, Side, Table, TableKind};

use super::document::{COUNTED, EntityType, Model, Navigation};

/// The root types: every table derives from one of them, but they are not tables themselves.
const ROOTS: [&str; 2] = ["crmbaseentity", "expando"];

/// The base types of the types that describe metadata; these are not tables.
const METADATA: [&str; 2] = ["crmmodelbaseentity", "MetadataBase"];

/// The base type of the tables whose rows can own other rows: users and teams.
const PRINCIPAL: &str = "principal";

/// The base type of activities. Unlike the other base types, it is a table itself.
const ACTIVITY: &str = "activitypointer";

/// Converts all tables and operations of a document into a schema.
pub(super) fn all(model: &Model<'_>) -> ImportedSchema {
    let mut imported = ImportedSchema::default();
    let reader = Reader::new(model);
    let (mut metadata, mut abstracts, mut bare, mut twice) = (0, 0, 0, 0);
    for ty in &model.types {
        if METADATA.iter().any(|m| model.derives(ty, m)) {
            metadata += 1;
        } else if ROOTS.contains(&ty.name) {
            abstracts += 1;
        } else if !reader.is_table(ty) {
            bare += 1;
        } else {
            let table = reader.table(ty);
            match imported.schema.tables.entry(table.logical_name.clone()) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(table);
                }
                std::collections::btree_map::Entry::Occupied(_) => twice += 1,
            }
        }
    }
    imported.skip("entity types", "they describe metadata itself", metadata);
    imported.skip("entity types", "abstract roots without properties", abstracts);
    imported.skip("entity types", "no entity set, and no base type of tables", bare);
    imported.skip("entity types", "their names differ from another's only by case", twice);
    for (element, count) in &model.counted {
        let what = COUNTED.iter().find(|(e, _)| e == element).map_or(*element, |(_, words)| words);
        imported.skip(what, "no part of the model", *count);
    }
    imported.schema.operations.clone_from(&model.operations);
    imported.schema.sort();
    imported
}

/// Returns the logical name of the lookup with the property `property`: `parentcustomerid` for
/// `_parentcustomerid_value`. Returns `None` if the property is not that of a lookup.
fn lookup_name(property: &str) -> Option<&str> {
    property.strip_prefix('_')?.strip_suffix("_value").filter(|name| !name.is_empty())
}

/// Returns the logical name of the column that a property belongs to.
fn column_name(property: &str) -> String {
    lookup_name(property).unwrap_or(property).to_lowercase()
}

struct Reader<'m, 'a> {
    model: &'m Model<'a>,
    /// The logical names of the tables derived from `principal`. A lookup to `principal` can point to each of
    /// these tables.
    principals: Vec<String>,
    /// For each type that lookups point to: the properties of this type that the lookups refer to, and how
    /// many lookups refer to each property.
    referred: HashMap<&'a str, BTreeMap<&'a str, usize>>,
}

impl<'m, 'a> Reader<'m, 'a> {
    fn new(model: &'m Model<'a>) -> Self {
        let concrete = |ty: &&EntityType<'_>| !ty.is_abstract && model.derives(ty, PRINCIPAL);
        let principals = model.types.iter().filter(concrete).map(|ty| ty.name.to_lowercase()).collect();
        let mut referred: HashMap<_, BTreeMap<_, usize>> = HashMap::new();
        for navigation in model.types.iter().flat_map(|ty| &ty.navigations) {
            if let Some((_, property)) = navigation.constraint {
                *referred.entry(navigation.target).or_default().entry(property).or_default() += 1;
            }
        }
        Self { model, principals, referred }
    }

    fn is_table(&self, ty: &EntityType<'a>) -> bool {
        let bases = ROOTS.iter().chain(&[PRINCIPAL, ACTIVITY]);
        self.model.sets.contains_key(ty.name) || bases.into_iter().any(|base| self.model.derives(ty, base))
    }

    fn table(&self, ty: &EntityType<'a>) -> Table {
        // From the root down, so that what a type redeclares replaces what it inherits.
        let mut chain = self.model.chain(ty);
        chain.reverse();
        let is_table = |name: &str| !ROOTS.contains(&name);
        let base = ty.base.filter(|b| is_table(b)).map(str::to_lowercase);
        let lookups = self.lookups(&chain);
        let key = chain.iter().rev().find_map(|t| t.key);

        let mut columns: BTreeMap<String, Column> = BTreeMap::new();
        for part in &chain {
            let inherited = (part.name != ty.name).then(|| part.name.to_lowercase());
            for (property, edm) in &part.properties {
                let mut column = self.column(property, edm, key, &lookups);
                column.inherited.clone_from(&inherited);
                columns.insert(column.logical_name.clone(), column);
            }
        }
        let mut relationships: BTreeMap<&str, Relationship> = BTreeMap::new();
        for part in &chain {
            for navigation in &part.navigations {
                relationships.insert(navigation.name, self.relationship(navigation, &lookups));
            }
        }
        let entity_set = self.model.sets.get(ty.name).map(|s| (*s).to_owned());
        Table {
            logical_name: ty.name.to_lowercase(),
            kind: self.kind(ty, entity_set.is_some()),
            base,
            primary_id: self.primary_id(ty, key),
            keys: keys(&chain),
            columns: columns.into_values().collect(),
            relationships: relationships.into_values().collect(),
            entity_set,
            ..Table::default()
        }
    }

    /// Returns the kind of a table; `None` for an ordinary table. `has_set` says whether the type has an
    /// entity set. It matters for `activitypointer`, which is abstract in the document, but has an entity set
    /// and rows.
    fn kind(&self, ty: &EntityType<'a>, has_set: bool) -> Option<TableKind> {
        if self.model.derives(ty, ACTIVITY) {
            Some(TableKind::Activity)
        } else if ty.is_abstract && !has_set {
            Some(TableKind::Abstract)
        } else {
            None
        }
    }

    /// Returns the logical name of a table's primary key column; `None` if it is unknown. `key` is the key
    /// property in the document. For a type derived from `principal` the document gives the key `ownerid`;
    /// the primary key is then the column that lookups to the table refer to.
    fn primary_id(&self, ty: &EntityType<'a>, key: Option<&str>) -> Option<String> {
        if ty.name == PRINCIPAL || !self.model.derives(ty, PRINCIPAL) {
            return key.map(column_name);
        }
        let properties: BTreeSet<&str> = ty.properties.iter().map(|(property, _)| *property).collect();
        let own = |name: &str| properties.contains(name) && lookup_name(name).is_none();
        let referred = self.referred.get(ty.name)?.iter().filter(|(property, _)| own(property));
        referred.max_by_key(|(_, count)| **count).map(|(property, _)| column_name(property))
    }

    fn column(&self, property: &str, edm: &str, key: Option<&str>, lookups: &Lookups<'_>) -> Column {
        if edm == "Edm.Guid"
            && let Some(name) = lookup_name(property)
        {
            let logical = name.to_lowercase();
            let ty = self.lookup_type(&logical, lookups.get(property));
            // The model's rule for a lookup property is `_<logical name>_value`.
            let property = (name != logical).then(|| property.to_owned());
            return Column { property, odata: Some(true), ..Column::new(logical, ty) };
        }
        let logical = property.to_lowercase();
        let ty = column_type(&logical, edm, key == Some(property));
        let property = (property != logical).then(|| property.to_owned());
        Column { property, odata: Some(true), ..Column::new(logical, ty) }
    }

    fn lookup_type(&self, name: &str, navigations: Option<&BTreeSet<&str>>) -> ColumnType {
        let mut targets = BTreeSet::new();
        let mut to_principal = false;
        for target in navigations.into_iter().flatten() {
            if *target == PRINCIPAL && !self.principals.is_empty() {
                to_principal = true;
                targets.extend(self.principals.iter().cloned());
            } else {
                targets.insert(target.to_lowercase());
            }
        }
        let targets = targets.into_iter().collect();
        // A customer lookup cannot be told from a lookup to two tables.
        if to_principal && name == "ownerid" {
            ColumnType::Owner { targets }
        } else {
            ColumnType::Lookup { targets }
        }
    }

    /// Returns the lookup properties of a table and, from its navigation properties, the types that each
    /// lookup can point to. `chain` is the table's type followed by its base types.
    fn lookups(&self, chain: &[&EntityType<'a>]) -> Lookups<'a> {
        let mut lookups = Lookups::default();
        for (property, edm) in chain.iter().flat_map(|t| &t.properties) {
            if *edm == "Edm.Guid" {
                lookups.by_name.insert(column_name(property), property);
            }
        }
        for navigation in chain.iter().flat_map(|t| &t.navigations).filter(|n| !n.collection) {
            let property = match navigation.constraint {
                Some((property, _)) => Some(property),
                None => lookups.infer(navigation.name),
            };
            if let Some(property) = property {
                lookups.targets.entry(property).or_default().insert(navigation.target);
            }
        }
        lookups
    }

    fn relationship(&self, navigation: &Navigation<'a>, lookups: &Lookups<'_>) -> Relationship {
        let own = Relationship {
            navigation: Some(navigation.name.to_owned()),
            side: Side::ManyToOne,
            table: navigation.target.to_lowercase(),
            column: None,
            referenced: None,
            intersect: None,
            entity1: None,
            partner: navigation.partner.map(str::to_owned),
            schema_name: None,
            hierarchical: None,
            cascade: None,
        };
        if !navigation.collection {
            let column = match navigation.constraint {
                Some((property, _)) => Some(property),
                None => lookups.infer(navigation.name),
            };
            return Relationship {
                column: column.map(column_name),
                referenced: navigation.constraint.map(|(_, referenced)| column_name(referenced)),
                ..own
            };
        }
        let partner = navigation.partner.and_then(|p| self.model.navigation(navigation.target, p));
        match partner {
            Some(single) if !single.collection => {
                let (column, referenced) = match single.constraint {
                    Some((property, referenced)) => {
                        (Some(column_name(property)), Some(column_name(referenced)))
                    }
                    None => (self.infer_in(navigation.target, single.name), None),
                };
                Relationship { side: Side::OneToMany, column, referenced, ..own }
            }
            Some(_) => Relationship { side: Side::ManyToMany, ..own },
            // The other type may be missing from the document.
            None if navigation.partner == Some(navigation.name) => {
                Relationship { side: Side::ManyToMany, ..own }
            }
            None => Relationship { side: Side::OneToMany, ..own },
        }
    }

    /// Returns the logical name of the lookup column behind the navigation property `navigation` of the type
    /// `ty`, which has no constraint. The column is inferred from the names; `None` if the name of no lookup
    /// matches.
    fn infer_in(&self, ty: &str, navigation: &str) -> Option<String> {
        let chain = self.model.chain(self.model.get(ty)?);
        let guids = chain.iter().flat_map(|t| &t.properties).filter(|(_, edm)| *edm == "Edm.Guid");
        let names = guids.map(|(property, _)| column_name(property));
        names.filter(|name| follows_lookup(navigation, name)).max_by_key(String::len)
    }
}

/// Returns whether a navigation property belongs to a lookup, judging by its name: the two names are equal,
/// or (for a polymorphic lookup) the navigation property's name continues with `_`. Letter case is ignored.
fn follows_lookup(navigation: &str, lookup: &str) -> bool {
    let head = navigation.get(..lookup.len());
    head.is_some_and(|h| h.eq_ignore_ascii_case(lookup))
        && matches!(navigation.as_bytes().get(lookup.len()), None | Some(b'_'))
}

#[derive(Default)]
struct Lookups<'a> {
    /// The properties of type `Edm.Guid`, by the logical name of their column. Most lookups have a property
    /// named `_…_value`, but for a few (`stageid`) the property has the column's name.
    by_name: BTreeMap<String, &'a str>,
    /// The types that each lookup property can point to.
    targets: HashMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Lookups<'a> {
    fn get(&self, property: &str) -> Option<&BTreeSet<&'a str>> {
        self.targets.get(property)
    }

    /// Returns the lookup property that belongs to the navigation property `navigation`, which has no
    /// constraint. It is the property of the lookup with the longest name with which `navigation` begins;
    /// `None` if there is no such lookup.
    fn infer(&self, navigation: &str) -> Option<&'a str> {
        let (_, property) = self
            .by_name
            .iter()
            .filter(|(name, _)| follows_lookup(navigation, name))
            .max_by_key(|(name, _)| name.len())?;
        Some(property)
    }
}

/// Returns the type of a column that is not a lookup. `edm` is the OData type of its property; if the
/// document does not say more, the column's type is [`ColumnType::Edm`]. `is_key` says whether the column is
/// the key of its table.
fn column_type(name: &str, edm: &str, is_key: bool) -> ColumnType {
    let wire = |edm| ColumnType::Edm { edm };
    match edm {
        "Edm.Guid" => ColumnType::Uniqueidentifier,
        "Edm.Int64" => ColumnType::BigInt,
        "Edm.Double" => ColumnType::Double { min: None, max: None, precision: None },
        "Edm.Boolean" => ColumnType::Boolean { choice: None, default: None },
        "Edm.Date" => ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), date_format: None },
        "Edm.DateTimeOffset" => ColumnType::DateTime { behavior: None, date_format: None },
        // These names are reserved by the service.
        "Edm.Int32" if name == "statecode" && !is_key => ColumnType::State { choice: None, default: None },
        "Edm.Int32" if name == "statuscode" && !is_key => ColumnType::Status { choice: None, default: None },
        "Edm.Int32" | "Edm.Int16" => wire(Edm::Int32),
        "Edm.Decimal" => wire(Edm::Decimal),
        "Edm.String" => wire(Edm::String),
        "Edm.Binary" => wire(Edm::Binary),
        "mscrm.BooleanManagedProperty" | "Microsoft.Dynamics.CRM.BooleanManagedProperty" => {
            ColumnType::ManagedProperty
        }
        other => ColumnType::Other { name: other.to_owned() },
    }
}

fn keys(chain: &[&EntityType<'_>]) -> Vec<Key> {
    let mut keys: BTreeMap<String, Key> = BTreeMap::new();
    for properties in chain.iter().flat_map(|t| &t.keys) {
        let columns: Vec<_> = properties.iter().map(|p| column_name(p)).collect();
        let name = columns.join("_");
        // The document contains only keys that are active.
        keys.insert(name.clone(), Key { name, schema_name: None, columns, status: Some("Active".into()) });
    }
    keys.into_values().collect()
}
