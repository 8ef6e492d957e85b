//! Relationships as one table sees them, with the navigation property that follows each.

use serde::{Deserialize, Serialize};

/// Which side of the relationship this table is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// This table holds the lookup; the navigation gives one row.
    ManyToOne,
    /// The other table holds the lookup; the navigation gives many rows.
    OneToMany,
    /// Both are joined through an intersect table; the navigation gives many rows.
    ManyToMany,
}

/// A relationship seen from one table.
///
/// A 1:N relationship stands in two tables, once a side; an N:N one in both too. A polymorphic lookup is several
/// relationships with the same [`column`](Self::column), one a target.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Relationship {
    /// The navigation property on this table, exactly as the service spells it (case-sensitive); `None` where no
    /// source gave it, or it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub navigation: Option<String>,
    /// This table's side.
    pub side: Side,
    /// The other table's logical name. For `ownerid` this is the abstract `principal` or `owner`.
    pub table: String,
    /// The lookup column (logical name): of this table for N:1, of the other one for 1:N; for N:N the column of
    /// the intersect table that points to this table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The column that the lookup refers to (usually the primary key): of the other table for N:1, of this one for
    /// 1:N; for N:N the column of the intersect table that points to the other table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced: Option<String>,
    /// N:N: the intersect table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intersect: Option<String>,
    /// The navigation property of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The relationship's schema name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// Flagged hierarchical (`Above`, `Under` work on it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchical: Option<bool>,
}

impl Relationship {
    /// True where following it gives at most one row.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.side == Side::ManyToOne
    }
}
