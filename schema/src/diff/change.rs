//! Defines [`Change`], one difference between two schemas, and [`Impact`], its effect on programs.
//! Comparisons create changes, and `show` formats them for people.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// The impact of a change on programs that use the organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Programs go on working as before.
    #[default]
    Harmless,
    /// Programs go on working, but may get unexpected results.
    Risky,
    /// A request that worked is refused, or means something else.
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
    /// Only the later schema has the object.
    Added,
    /// Only the earlier schema has the object.
    Removed,
    /// Both schemas have the object, and differ in one fact about it.
    Changed,
}

/// The kind and the name of the changed object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "what", content = "name")]
pub enum ChangedObject {
    /// The organisation's own facts, or a fact of the whole snapshot.
    Organisation,
    /// The table that [`Change::table`] names.
    Table,
    /// A column, by logical name.
    Column(String),
    /// An alternate key, by name.
    Key(String),
    /// A relationship, by its navigation property on the table; if that is unknown, by its schema name, or
    /// else by the other table.
    Relationship(String),
    /// A choice. If [`Change::table`] is `None`, this is the name of a global choice, otherwise the logical
    /// name of the column that the choice belongs to.
    Choice(String),
    /// An operation, by name. [`Change::table`] is the table that the operation is bound to.
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
    /// The value of the option, if the change is about an option of a choice; otherwise `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<i32>,
    /// Whether the object was added, removed or changed.
    pub kind: ChangeKind,
    /// The name of the fact that differs, spelled as in the snapshot's files (`max_length`, `label`). `None`
    /// unless `kind` is [`ChangeKind::Changed`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The value of the fact in the earlier schema; null if that schema does not state it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The value of the fact in the later schema; null if that schema does not state the fact. For an added
    /// object, `after` is the object's type or label.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// The impact on programs that read rows.
    pub readers: Impact,
    /// The impact on programs that write rows.
    pub writers: Impact,
    /// The reason for the two impacts in a few words; empty if the change needs no explanation.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why: &'static str,
}

impl Change {
    /// Returns the more severe of the impacts on readers and on writers.
    #[must_use]
    pub fn impact(&self) -> Impact {
        self.readers.max(self.writers)
    }
}
