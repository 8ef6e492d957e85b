//! Defines relationships as seen from one table, with their navigation properties. Through them, queries find
//! the target of a lookup, a join or an `$expand`.

use serde::{Deserialize, Serialize};

/// The side of a relationship on which a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// This table has the lookup column; the navigation property leads to one row.
    ManyToOne,
    /// The other table has the lookup column; the navigation property leads to many rows.
    OneToMany,
    /// An intersect table joins both tables; the navigation property leads to many rows.
    ManyToMany,
}

/// A relationship as seen from one table.
///
/// Each of the two tables lists the relationship, seen from its own side. A polymorphic lookup has several
/// relationships with the same [`column`](Self::column), one per target table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Relationship {
    /// The name of the navigation property on this table (case-sensitive); `None` if the table has none, or
    /// if no source states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub navigation: Option<String>,
    /// The side that this table is on.
    pub side: Side,
    /// The logical name of the other table. For the relationship from a row to its owner, this is the
    /// abstract `principal` or `owner`.
    pub table: String,
    /// The logical name of the lookup column: for N:1 a column of this table, for 1:N a column of the other
    /// table. For N:N, the column of the intersect table that points to this table. `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The logical name of the column that the lookup refers to, usually the primary key: for N:1 a column of
    /// the other table, for 1:N a column of this table. For N:N, the column of the intersect table that
    /// points to the other table. `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced: Option<String>,
    /// The logical name of the intersect table of an N:N relationship; `None` for other relationships, or if
    /// unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intersect: Option<String>,
    /// The name of the navigation property on the other table; `None` if that table has none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The schema name of the relationship; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// Whether the relationship is hierarchical, so that the operators `Above` and `Under` work on it; `None`
    /// if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchical: Option<bool>,
}

impl Relationship {
    /// Reports whether the navigation property leads to at most one row.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.side == Side::ManyToOne
    }
}
