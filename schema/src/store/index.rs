//! `org.json`: the organisation and the index.

use serde::{Deserialize, Serialize};

use super::names;
use crate::{LocalizedText, Org, Schema, Table, TableKind};

/// The index's line about one table: what is asked of many tables at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TableEntry {
    /// Lower-case logical name.
    pub logical_name: String,
    /// The file below `tables/`, without extension, where it is not the logical name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// The entity set of the Web API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_set: Option<String>,
    /// Display name, singular.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// The primary key column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_id: Option<String>,
    /// The column that names a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_name: Option<String>,
    /// The type code of old APIs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_code: Option<i32>,
    /// What sort of table it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TableKind>,
    /// The CSDL base type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Internal to the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Added by a customiser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Known in part only.
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

/// The index's line about a global choice.
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

/// The contents of `org.json`. The first member is both the version and the mark by which a snapshot is told from
/// other directories.
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
    /// Is there a file of operations?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) operations: bool,
}

/// The mark alone, for files whose other members cannot be read.
#[derive(Deserialize)]
pub(super) struct Mark {
    #[serde(rename = "dvkit_snapshot")]
    pub(super) format: u32,
}

impl Index {
    pub(super) fn of(schema: &Schema) -> Self {
        let mut org = schema.org.clone();
        org.languages.sort_unstable();
        org.languages.dedup();
        Self {
            format: super::FORMAT_VERSION,
            org,
            tables: schema.tables.values().map(TableEntry::of).collect(),
            choices: schema.choices.keys().map(|name| ChoiceEntry::of(name)).collect(),
            operations: !schema.operations.is_empty(),
        }
    }
}
