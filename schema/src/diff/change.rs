//! One difference, and the impact that it has.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// How much a change hurts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nothing that worked notices.
    #[default]
    Harmless,
    /// It goes on working, and may surprise.
    Risky,
    /// What worked is refused, or means something else.
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

/// What happened to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the later model has it.
    Added,
    /// Only the earlier model has it.
    Removed,
    /// Both have it, and a fact about it differs.
    Changed,
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "what", content = "name")]
pub enum ChangedObject {
    /// The organisation or the snapshot itself.
    Organisation,
    /// The table that [`Change::table`] names.
    Table,
    /// A column, by logical name.
    Column(String),
    /// An alternate key.
    Key(String),
    /// A relationship, by the navigation property of this table, else by schema name, else by the other table.
    Relationship(String),
    /// A choice: a global one where there is no table, else the one of the column with this name.
    Choice(String),
    /// An operation; the table is the one that it is bound to.
    Operation(String),
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The table it is in, or bound to; none for the organisation, global choices and unbound operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// What it is about.
    #[serde(flatten)]
    pub object: ChangedObject,
    /// The option of a choice, by value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<i32>,
    /// What happened.
    pub kind: ChangeKind,
    /// For [`ChangeKind::Changed`]: which fact, by its name in the snapshot's files (`max_length`, `label`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The fact before; nothing where it was not known.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The fact afterwards; nothing where it is not known any more. For an added thing, what it is.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// What it is to those who read rows.
    pub readers: Impact,
    /// What it is to those who write rows.
    pub writers: Impact,
    /// Why it hurts, in a few words; nothing where it does not.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why: &'static str,
}

impl Change {
    /// The worse of both classes.
    #[must_use]
    pub fn impact(&self) -> Impact {
        self.readers.max(self.writers)
    }
}
