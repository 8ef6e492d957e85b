//! A single change, and its impact.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// The impact of a change on programs that use the organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nothing that worked is affected.
    #[default]
    Harmless,
    /// Everything goes on working, but may give unexpected results.
    Risky,
    /// Something that worked is refused, or has another meaning.
    Breaking,
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Harmless => "harmless",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        })
    }
}

/// Whether an object was added, removed or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the later schema has it.
    Added,
    /// Only the earlier schema has it.
    Removed,
    /// Both schemas have it, and one fact about it differs.
    Changed,
}

/// The kind and the name of the object that a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "what", content = "name")]
pub enum ChangedObject {
    /// The organisation or the snapshot itself.
    Organisation,
    /// The table that [`Change::table`] names.
    Table,
    /// A column, by logical name.
    Column(String),
    /// An alternate key, by name.
    Key(String),
    /// A relationship, by its navigation property on this table, else by schema name, else by the other
    /// table.
    Relationship(String),
    /// A choice: a global one if [`Change::table`] is `None`, else the one of the column with this name.
    Choice(String),
    /// An operation, by name; [`Change::table`] is the table that it is bound to.
    Operation(String),
}

/// One difference between two schemas.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The table that has the object, or that the operation is bound to; `None` for the organisation, global
    /// choices and unbound operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The object that the change is about.
    #[serde(flatten)]
    pub object: ChangedObject,
    /// The value of the option, for a change of a choice's option.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<i32>,
    /// Whether the object was added, removed or changed.
    pub kind: ChangeKind,
    /// For [`ChangeKind::Changed`]: the name of the fact in the snapshot's files (`max_length`, `label`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The fact in the earlier schema; null if it was not known.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The fact in the later schema; null if it is not known. For an added object, its type or label.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// The impact on programs that read rows.
    pub readers: Impact,
    /// The impact on programs that write rows.
    pub writers: Impact,
    /// The reason for the impact in a few words; empty if the change is harmless.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why: &'static str,
}

impl Change {
    /// Returns the more severe of the two impacts.
    #[must_use]
    pub fn impact(&self) -> Impact {
        self.readers.max(self.writers)
    }
}
