//! Defines [`Schema`], the root of the model, with its [`Table`]s and the facts about the organisation
//! ([`Org`]). Columns, choices, relationships and operations have modules of their own.

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
    /// Actions and functions, sorted; empty if no source listed any.
    pub operations: Vec<Operation>,
}

impl Schema {
    /// Sorts all lists in the schema into the order that look-ups and the snapshot's files require. Removes
    /// languages and operations that occur twice.
    pub fn sort(&mut self) {
        self.org.languages.sort_unstable();
        self.org.languages.dedup();
        self.tables.values_mut().for_each(Table::sort);
        self.choices.values_mut().for_each(Choice::sort);
        self.operations.sort_unstable();
        self.operations.dedup();
    }

    /// Sets [`Org::languages`] to the languages that occur in labels.
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

/// Facts about the organisation. The times and the options of the last fetch are in `store::SyncState`
/// instead, so that equal metadata always gives an equal snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Org {
    /// The address of the organisation: `https://contoso.crm4.dynamics.com`. `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The version of the service; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The languages of the labels (LCIDs), in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<u32>,
    /// The base language (an LCID), which was chosen when the organisation was created; `None` if unknown.
    /// Every label has a text in this language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_language: Option<u32>,
}

impl Org {
    /// Returns the language (an LCID) in which labels are shown: the base language, or English (1033) if the
    /// base language is unknown.
    #[must_use]
    pub fn language(&self) -> u32 {
        self.base_language.unwrap_or(ENGLISH)
    }
}

/// A table of the organisation, with its columns, alternate keys and relationships.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The logical name, in lower case.
    pub logical_name: String,
    /// The schema name, which is the logical name in mixed case; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// The name of the table's entity set in the Web API (`accounts`), which cannot be derived from the
    /// logical name. `None` if the table has no entity set, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_set: Option<String>,
    /// The table's `MetadataId`, a guid; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_id: Option<String>,
    /// The display name (singular), by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// The display name (plural), by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_collection_name: LocalizedText,
    /// The description, by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The logical name of the primary key column; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_id: Option<String>,
    /// The logical name of the primary name column; `None` if the table has none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_name: Option<String>,
    /// The logical name of the primary image column; `None` if the table has none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_image: Option<String>,
    /// The numeric type code that older APIs use; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_code: Option<i32>,
    /// Who can own the table's rows; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    /// The kind of the table: standard, activity, intersect, virtual, elastic or abstract; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TableKind>,
    /// The logical name of the base type in the CSDL: `activitypointer`, `principal`. `None` if the table has
    /// none, or if unknown. The columns that the table inherits from its base are among `columns`, marked
    /// with [`Column::inherited`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether the table is internal to the system; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Whether a customiser added the table; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Whether requests can get the changes to the table's rows since an earlier request
    /// (`ChangeTrackingEnabled` in the metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_tracking: Option<bool>,
    /// Whether the service refuses changes of the status that are not in
    /// [`ChoiceOption::transitions`](crate::ChoiceOption::transitions) (`EnforceStateTransitions` in the metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce_state_transitions: Option<bool>,
    /// Whether only a part of the table is known. Solutions, for example, list only some columns and
    /// relationships. Merging a source that lists the whole table clears the flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The alternate keys, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// The columns, sorted by logical name.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// The relationships, sorted by navigation property, schema name and other table.
    #[serde(default)]
    pub relationships: Vec<Relationship>,
}

impl Table {
    /// Returns the column with this logical name; `None` if there is none. The columns must be sorted
    /// ([`sort`](Self::sort)).
    #[must_use]
    pub fn column(&self, logical_name: &str) -> Option<&Column> {
        self.columns
            .binary_search_by(|c| c.logical_name.as_str().cmp(logical_name))
            .ok()
            .and_then(|i| self.columns.get(i))
    }

    /// Returns the column with the OData property `property` (`fullname`, `_parentcustomerid_value`); `None`
    /// if the table has no such property. Names are case-sensitive, as in the service.
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

    /// Returns the relationship with the navigation property `name`; `None` if there is none. Names are
    /// case-sensitive, as in the service.
    #[must_use]
    pub fn navigation(&self, name: &str) -> Option<&Relationship> {
        self.relationships
            .binary_search_by(|r| r.navigation.as_deref().cmp(&Some(name)))
            .ok()
            .and_then(|i| self.relationships.get(i))
    }

    /// Returns whether the table is known only because relationships of other tables lead to it: no source
    /// describes the table itself.
    #[must_use]
    pub fn is_reference_only(&self) -> bool {
        self.partial && self.schema_name.is_none() && self.entity_set.is_none() && self.columns.is_empty()
    }

    /// Returns the lookup whose label `column` holds: `primarycontactid` for the column
    /// `primarycontactidname`. Returns `None` for all other columns. The Web API has no such name columns; it
    /// returns the label as the formatted value of the lookup.
    #[must_use]
    pub fn lookup_named_by(&self, column: &Column) -> Option<&Column> {
        let lookup = self.column(column.attribute_of.as_deref()?)?;
        let is_name = column.logical_name.strip_suffix("name") == Some(lookup.logical_name.as_str());
        (is_name && lookup.ty.is_lookup()).then_some(lookup)
    }

    /// Returns the N:1 relationships of the lookup with the logical name `column`. A polymorphic lookup has
    /// one relationship for each table that it can point to.
    pub fn lookups_of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Relationship> + 'a {
        self.relationships.iter().filter(move |r| r.is_single() && r.column.as_deref() == Some(column))
    }

    /// Sorts columns, relationships, keys, lookup targets and local options in the order that look-ups and
    /// the snapshot's files require.
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

/// An alternate key: a set of columns whose values identify a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The logical name. A key that is known only from a CSDL has a made-up name: its column names, joined by
    /// `_`.
    pub name: String,
    /// The schema name; `None` if it is the logical name or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// The logical names of the key's columns.
    pub columns: Vec<String>,
    /// The status: `Active`, `Pending`, `InProgress` or `Failed`; `None` if unknown. Requests can use only
    /// active keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Who can own the rows of a table (`OwnershipType` in the metadata).
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
    /// An activity, such as an email. Its key is `activityid`, and its base `activitypointer`.
    Activity,
    /// The table that stores the pairs of rows of an N:N relationship.
    Intersect,
    /// A table whose rows are in an external data source.
    Virtual,
    /// A table whose rows are in a document store.
    Elastic,
    /// An abstract base type: it has no entity set and no rows of its own.
    Abstract,
}
