//! The schema, its tables, and the facts about the organisation.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::localized_text::ENGLISH;
use crate::{Choice, ChoiceRef, Column, LocalizedText, Operation, Relationship};

/// The schema of one organisation, or a part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Facts about the organisation itself.
    pub org: Org,
    /// Tables by logical name.
    pub tables: BTreeMap<String, Table>,
    /// Global choices by name.
    pub choices: BTreeMap<String, Choice>,
    /// Actions and functions, sorted; empty where no source listed any.
    pub operations: Vec<Operation>,
}

impl Schema {
    /// Sorts everything as look-ups and the snapshot's files require.
    pub fn sort(&mut self) {
        self.org.languages.sort_unstable();
        self.org.languages.dedup();
        self.tables.values_mut().for_each(Table::sort);
        self.choices.values_mut().for_each(Choice::sort);
        self.operations.sort_unstable();
        self.operations.dedup();
    }

    /// Sets [`Org::languages`] to the languages of all labels.
    pub fn collect_languages(&mut self) {
        let mut languages = BTreeSet::new();
        let mut add = |label: &LocalizedText| languages.extend(label.0.keys().copied());
        let options = |choice: &Choice, add: &mut dyn FnMut(&LocalizedText)| {
            add(&choice.display_name);
            choice.options.iter().for_each(|o| add(&o.label));
        };
        for table in self.tables.values() {
            add(&table.display_name);
            for column in &table.columns {
                add(&column.display_name);
                if let Some(ChoiceRef::Local(choice)) = column.ty.choice() {
                    options(choice, &mut add);
                }
            }
        }
        for choice in self.choices.values() {
            options(choice, &mut add);
        }
        self.org.languages = languages.into_iter().collect();
    }
}

/// Facts about the organisation. The time and the options of the last fetch are in `store::SyncState`
/// instead, so that the same metadata always gives the same snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Org {
    /// The address: `https://contoso.crm4.dynamics.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The version of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The languages that labels are in (LCID), ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<u32>,
    /// The base language (LCID), which was chosen when the organisation was created. Every label has a text
    /// in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_language: Option<u32>,
}

impl Org {
    /// Returns the language (LCID) for showing labels: the base language, or English (1033) where no source
    /// states it.
    #[must_use]
    pub fn language(&self) -> u32 {
        self.base_language.unwrap_or(ENGLISH)
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Lower-case logical name.
    pub logical_name: String,
    /// Schema name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// The name of its entity set in the Web API (`accounts`). It cannot be derived from the logical name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_set: Option<String>,
    /// `MetadataId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_id: Option<String>,
    /// Display name, singular.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// Display name, plural.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_collection_name: LocalizedText,
    /// Description.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The logical name of the primary key column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_id: Option<String>,
    /// The logical name of the primary name column; some tables have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_name: Option<String>,
    /// The logical name of the primary image column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_image: Option<String>,
    /// The numeric type code that older APIs use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_code: Option<i32>,
    /// Who can own its rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    /// Whether it is a standard, activity, intersect, virtual, elastic or abstract table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TableKind>,
    /// The CSDL base type: `activitypointer`, `principal`. Inherited columns are repeated in this table,
    /// marked with [`Column::inherited`], so that one file is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether it is internal to the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Whether a customiser added it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Whether only a part of it is known. Solutions list some of a table's columns and relationships; others
    /// may exist. A source that lists all of them clears the flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Alternate keys, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// Columns, sorted by logical name.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Relationships, sorted by navigation property, schema name and other table.
    #[serde(default)]
    pub relationships: Vec<Relationship>,
}

impl Table {
    /// Returns the column with this logical name. Columns must be sorted, as [`sort`](Self::sort) does.
    #[must_use]
    pub fn column(&self, logical_name: &str) -> Option<&Column> {
        self.columns
            .binary_search_by(|c| c.logical_name.as_str().cmp(logical_name))
            .ok()
            .and_then(|i| self.columns.get(i))
    }

    /// Returns the column that this OData property reads (`fullname`, `_parentcustomerid_value`). Names are
    /// case-sensitive, as in the service. Columns that are not properties are not found.
    #[must_use]
    pub fn property(&self, property: &str) -> Option<&Column> {
        let lookup = property.strip_prefix('_').and_then(|p| p.strip_suffix("_value"));
        let by_rule = lookup
            .and_then(|name| self.column(name))
            .filter(|c| c.ty.is_lookup() && c.property.is_none())
            .or_else(|| self.column(property).filter(|c| !c.ty.is_lookup() && c.property.is_none()));
        by_rule
            .or_else(|| self.columns.iter().find(|c| c.property.as_deref() == Some(property)))
            .filter(|c| c.is_property())
    }

    /// Returns the relationship of this navigation property. Names are case-sensitive, as in the service.
    #[must_use]
    pub fn navigation(&self, name: &str) -> Option<&Relationship> {
        self.relationships
            .binary_search_by(|r| r.navigation.as_deref().cmp(&Some(name)))
            .ok()
            .and_then(|i| self.relationships.get(i))
    }

    /// Reports whether no source described the table: it is known only because relationships of other tables
    /// lead to it.
    #[must_use]
    pub fn is_reference_only(&self) -> bool {
        self.partial && self.schema_name.is_none() && self.entity_set.is_none() && self.columns.is_empty()
    }

    /// Returns the lookup whose row this column names: `primarycontactid` for `primarycontactidname`. Such
    /// columns accompany lookups; the Web API returns their values as formatted values of the lookup.
    #[must_use]
    pub fn lookup_named_by(&self, column: &Column) -> Option<&Column> {
        let lookup = self.column(column.attribute_of.as_deref()?)?;
        let is_name = column.logical_name.strip_suffix("name") == Some(lookup.logical_name.as_str());
        (is_name && lookup.ty.is_lookup()).then_some(lookup)
    }

    /// Returns the N:1 relationships of a lookup column; a polymorphic lookup has several.
    pub fn lookups_of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Relationship> + 'a {
        self.relationships.iter().filter(move |r| r.is_single() && r.column.as_deref() == Some(column))
    }

    /// Sorts columns, relationships, keys, lookup targets and local options as look-ups and the snapshot's
    /// files require.
    pub fn sort(&mut self) {
        self.columns.iter_mut().for_each(Column::sort);
        if !self.columns.is_sorted_by(|a, b| a.logical_name < b.logical_name) {
            self.columns.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
        }
        // The last members only make the result independent of the input's order.
        let order = |a: &Relationship, b: &Relationship| {
            (&a.navigation, &a.schema_name, a.side, &a.table, &a.column)
                .cmp(&(&b.navigation, &b.schema_name, b.side, &b.table, &b.column))
                .then_with(|| {
                    (&a.referenced, &a.intersect, &a.partner).cmp(&(&b.referenced, &b.intersect, &b.partner))
                })
        };
        self.relationships.sort_by(order);
        self.keys.sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
    }
}

/// An alternate key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The logical name; for keys known from a CSDL alone, the names of its columns joined by `_`.
    pub name: String,
    /// Logical names of its columns.
    pub columns: Vec<String>,
    /// `Active`, `Pending`, `InProgress` or `Failed`. Only an active key can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Who can own the rows of a table. Wire: `OwnershipType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Rows have no owner.
    None,
    /// A user or a team owns each row (`UserOwned`, `TeamOwned`).
    User,
    /// A business unit owns each row.
    Business,
    /// The organisation owns all rows.
    Organization,
    /// Rows belong to a parent that a business unit owns (`BusinessParented`).
    BusinessParented,
}

/// The kind of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table.
    Standard,
    /// An activity: key `activityid`, base `activitypointer`.
    Activity,
    /// The table behind an N:N relationship.
    Intersect,
    /// A table whose rows are in an external data source.
    Virtual,
    /// A table whose rows are in a document store.
    Elastic,
    /// An abstract base type: it has no entity set and no rows of its own.
    Abstract,
}
