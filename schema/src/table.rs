//! Tables and the organisation.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::localized_text::ENGLISH;
use crate::{Choice, ChoiceRef, Column, LocalizedText, Operation, Relationship};

/// Everything known about one organisation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The organisation itself.
    pub org: Org,
    /// Tables by logical name.
    pub tables: BTreeMap<String, Table>,
    /// Global choices by name.
    pub choices: BTreeMap<String, Choice>,
    /// Actions and functions, in order; none where no source told any.
    pub operations: Vec<Operation>,
}

impl Schema {
    /// Puts everything into the order that look-ups and files rely on.
    pub fn sort(&mut self) {
        self.org.languages.sort_unstable();
        self.org.languages.dedup();
        self.tables.values_mut().for_each(Table::sort);
        self.choices.values_mut().for_each(Choice::sort);
        self.operations.sort_unstable();
        self.operations.dedup();
    }

    /// Sets [`Org::languages`] to those that labels are in.
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

/// Facts about the organisation. When and how it was fetched stands in [`SyncState`](crate::store::SyncState), since a snapshot is
/// the same for the same metadata.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Org {
    /// `https://contoso.crm4.dynamics.com`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The service's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Languages that labels are in (LCID), ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<u32>,
    /// The base language (LCID): the one that the organisation was made in, and that every label has a text in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_language: Option<u32>,
}

impl Org {
    /// Returns the language (LCID) to show labels in: the base language, or English (1033) where no source said which it is.
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
    /// The entity set of the Web API (`accounts`); never derivable from the name.
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
    /// The primary key column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_id: Option<String>,
    /// The column that names a row; some tables have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_name: Option<String>,
    /// The column with the row's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_image: Option<String>,
    /// The type code of old APIs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_code: Option<i32>,
    /// Who can own rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    /// Standard, activity, intersect, virtual, elastic, abstract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TableKind>,
    /// The CSDL base type: `activitypointer`, `principal`. What is inherited is repeated here, marked
    /// [`Column::inherited`], so that one file is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Internal to the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Added by a customiser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Known in part only: the sources (solutions) gave some of its columns and relationships, and what is not here
    /// may exist all the same. False as soon as one source gave all of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Alternate keys, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// Columns, by logical name.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Relationships with their navigation properties, by (navigation, schema name, table).
    #[serde(default)]
    pub relationships: Vec<Relationship>,
}

impl Table {
    /// The column with this logical name. Columns must be sorted, which [`sort`](Self::sort) does.
    #[must_use]
    pub fn column(&self, logical_name: &str) -> Option<&Column> {
        self.columns
            .binary_search_by(|c| c.logical_name.as_str().cmp(logical_name))
            .ok()
            .and_then(|i| self.columns.get(i))
    }

    /// The column that this OData property reads: `fullname`, `_parentcustomerid_value`. Case-sensitive, as the
    /// service is. Columns that are no property are not found.
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

    /// The relationship that this navigation property follows. Case-sensitive, as the service is.
    #[must_use]
    pub fn navigation(&self, name: &str) -> Option<&Relationship> {
        self.relationships
            .binary_search_by(|r| r.navigation.as_deref().cmp(&Some(name)))
            .ok()
            .and_then(|i| self.relationships.get(i))
    }

    /// True where no source described the table: it is known only as the other end of relationships.
    #[must_use]
    pub fn is_reference_only(&self) -> bool {
        self.partial && self.schema_name.is_none() && self.entity_set.is_none() && self.columns.is_empty()
    }

    /// The lookup whose row this column names: `primarycontactid` of `primarycontactidname`. Such columns accompany lookups; the
    /// Web API gives their values as formatted ones.
    #[must_use]
    pub fn lookup_named_by(&self, column: &Column) -> Option<&Column> {
        let lookup = self.column(column.attribute_of.as_deref()?)?;
        let is_name = column.logical_name.strip_suffix("name") == Some(lookup.logical_name.as_str());
        (is_name && lookup.ty.is_lookup()).then_some(lookup)
    }

    /// The N:1 relationships of a lookup column: several where it is polymorphic.
    pub fn lookups_of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Relationship> + 'a {
        self.relationships.iter().filter(move |r| r.is_single() && r.column.as_deref() == Some(column))
    }

    /// Puts columns, relationships and keys into the order that look-ups and files rely on, and the targets and
    /// local options of the columns too.
    pub fn sort(&mut self) {
        self.columns.iter_mut().for_each(Column::sort);
        if !self.columns.is_sorted_by(|a, b| a.logical_name < b.logical_name) {
            self.columns.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
        }
        // The later members only make the order independent of the input's.
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
    /// Logical name; for keys known from a CSDL alone, its columns joined by `_`.
    pub name: String,
    /// Logical names of its columns.
    pub columns: Vec<String>,
    /// `Active`, `Pending`, `InProgress`, `Failed`: only an active one can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Wire: `OwnershipType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// No owner.
    None,
    /// A user or a team (`UserOwned`, `TeamOwned`).
    User,
    /// A business unit.
    Business,
    /// The organisation.
    Organization,
    /// Below a business unit.
    BusinessParented,
}

/// What sort of table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table.
    Standard,
    /// An activity: key `activityid`, base `activitypointer`.
    Activity,
    /// The table behind an N:N relationship.
    Intersect,
    /// Rows live elsewhere.
    Virtual,
    /// Rows live in a document store.
    Elastic,
    /// An abstract base type: no entity set, no rows of its own.
    Abstract,
}
