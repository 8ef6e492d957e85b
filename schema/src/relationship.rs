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

/// The cascading behaviour of a 1:N relationship (`CascadeConfiguration` in the metadata): for each operation on
/// the row that a lookup refers to, the action on the rows with the lookup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cascade {
    /// The action when the row is assigned to another owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<CascadeAction>,
    /// The action when the row is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<CascadeAction>,
    /// The action when the row is merged with another row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<CascadeAction>,
    /// The action when the lookup is set to another row, whose owner then gets access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reparent: Option<CascadeAction>,
    /// The action when the row is shared with a user or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<CascadeAction>,
    /// The action when the row is no longer shared with a user or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unshare: Option<CascadeAction>,
}

impl Cascade {
    /// Returns whether no action is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The action on the rows that refer to a row (`CascadeType` in the metadata).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CascadeAction {
    /// Nothing happens to the rows.
    NoCascade,
    /// The operation is done on all the rows, too.
    Cascade,
    /// The operation is done on the rows that are active.
    Active,
    /// The operation is done on the rows that have the owner that the row had before.
    UserOwned,
    /// The lookups of the rows are emptied. Only for deletes.
    RemoveLink,
    /// The operation is refused as long as there are such rows. Only for deletes.
    Restrict,
}

impl CascadeAction {
    /// Returns the name that the action has in the metadata: `RemoveLink`.
    #[must_use]
    pub fn metadata_name(self) -> &'static str {
        match self {
            Self::NoCascade => "NoCascade",
            Self::Cascade => "Cascade",
            Self::Active => "Active",
            Self::UserOwned => "UserOwned",
            Self::RemoveLink => "RemoveLink",
            Self::Restrict => "Restrict",
        }
    }

    /// Returns the action that has the name `name` in the metadata; `None` if there is none.
    #[must_use]
    pub fn from_metadata(name: &str) -> Option<Self> {
        Some(match name {
            "NoCascade" => Self::NoCascade,
            "Cascade" => Self::Cascade,
            "Active" => Self::Active,
            "UserOwned" => Self::UserOwned,
            "RemoveLink" => Self::RemoveLink,
            "Restrict" => Self::Restrict,
            _ => return None,
        })
    }
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
    /// Whether this table is the first one of an N:N relationship (`Entity1LogicalName` in the metadata), so that
    /// the other table is the second one (`Entity2LogicalName`). The two sides of a relationship have opposite
    /// values. `None` for other relationships, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity1: Option<bool>,
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
    /// What happens to the rows of the table with the lookup when something happens to the row that they
    /// refer to. Both sides of a 1:N relationship have the same; N:N relationships have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cascade: Option<Cascade>,
}

impl Relationship {
    /// Returns whether the navigation property leads to at most one row.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.side == Side::ManyToOne
    }
}
