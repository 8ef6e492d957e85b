//! Defines the contents of `org.json`: facts about the organisation, and the index of tables and global
//! choices. A [`Store`](super::Store) reads this file first, and finds the files of tables and choices
//! through the index.

use serde::{Deserialize, Serialize};

#[cfg(feature = "fs")]
use super::format::FORMAT_VERSION;
use super::names;
#[cfg(feature = "fs")]
use crate::Schema;
use crate::{LocalizedText, Org, Table, TableKind};

/// The index's entry for a table: the facts that are known without reading the table's file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TableEntry {
    /// The logical name, in lower case.
    pub logical_name: String,
    /// The name of the table's file below `tables/`, without extension; `None` if it equals the logical name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// The name of the table's entity set in the Web API (`accounts`); `None` if the table has none, or if
    /// unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_set: Option<String>,
    /// The display name (singular), by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// The logical name of the primary key column; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_id: Option<String>,
    /// The logical name of the primary name column; `None` if the table has none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_name: Option<String>,
    /// The numeric type code that older APIs use; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_code: Option<i32>,
    /// The kind of the table; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TableKind>,
    /// The logical name of the base type in the CSDL: `activitypointer`, `principal`. `None` if the table has
    /// none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether the table is internal to the system; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Whether a customiser added the table; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Whether only a part of the table is known; see [`Table::partial`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

impl TableEntry {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            logical_name: table.logical_name.clone(),
            file: names::recorded(&table.logical_name),
            entity_set: table.entity_set.clone(),
            display_name: table.display_name.clone(),
            primary_id: table.primary_id.clone(),
            primary_name: table.primary_name.clone(),
            object_type_code: table.object_type_code,
            kind: table.kind,
            base: table.base.clone(),
            private: table.private,
            custom: table.custom,
            partial: table.partial,
        }
    }

    pub(super) fn stem(&self) -> &str {
        self.file.as_deref().unwrap_or(&self.logical_name)
    }
}

/// The index's entry for a global choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ChoiceEntry {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
}

impl ChoiceEntry {
    pub(super) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), file: names::recorded(name) }
    }

    pub(super) fn stem(&self) -> &str {
        self.file.as_deref().unwrap_or(&self.name)
    }
}

/// The contents of `org.json`. The first member is the format version, which also marks the directory as a
/// snapshot.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Index {
    #[serde(rename = "dvkit_snapshot")]
    pub(super) format: u32,
    #[serde(default)]
    pub(super) org: Org,
    #[serde(default)]
    pub(super) tables: Vec<TableEntry>,
    #[serde(default)]
    pub(super) choices: Vec<ChoiceEntry>,
    /// Whether the snapshot has the file `operations.json`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) operations: bool,
}

/// The format version in an `org.json`. It is read on its own if the other members cannot be read.
#[derive(Deserialize)]
pub(super) struct FormatHeader {
    #[serde(rename = "dvkit_snapshot")]
    pub(super) format: u32,
}

#[cfg(feature = "fs")]
impl Index {
    pub(super) fn of(schema: &Schema) -> Self {
        let mut org = schema.org.clone();
        org.languages.sort_unstable();
        org.languages.dedup();
        Self {
            format: FORMAT_VERSION,
            org,
            tables: schema.tables.values().map(TableEntry::of).collect(),
            choices: schema.choices.keys().map(|name| ChoiceEntry::of(name)).collect(),
            operations: !schema.operations.is_empty(),
        }
    }
}
