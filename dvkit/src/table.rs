//! Defines the traits of generated table types, from which queries and writes start.

use crate::Guid;
use crate::query::{Aggregate, GroupColumns, GroupQuery, Query};
use crate::row::Record;
use crate::row_write::{Create, RowWrite, Update};
use crate::value::Ref;

/// A generated type that represents a table of the organisation. Abstract tables such as `principal` have a
/// type, too.
///
/// Hand-written records are not tables.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    note = "tables are the structs that dvkit generates from the organisation's metadata"
)]
pub trait Table: Record {}

impl<T: EntitySet> Table for T {}

/// A table with an entity set, so that its rows can be queried and written. Abstract tables such as
/// `principal` have no entity set.
#[diagnostic::on_unimplemented(
    message = "the table `{Self}` has no rows of its own",
    label = "no entity set",
    note = "an abstract table stands for several: `principal` for `systemuser` and `team`; name one of them"
)]
pub trait EntitySet: Record {
    /// The name of the entity set: `contacts`.
    const ENTITY_SET: &'static str;
    /// The index of the primary key in [`Record::COLUMNS`].
    const KEY: u16;
    /// Whether the service can return the changes of the table since an earlier request. It is `false` only if the
    /// snapshot says that change tracking is turned off.
    const TRACKS_CHANGES: bool = true;

    /// Returns a query for all rows of the table. The query's methods select columns and filter the rows.
    fn query() -> Query<Self> {
        Query::new()
    }

    /// Returns a query for groups of rows, by `columns`: columns of the row, lookups, and columns of rows that a
    /// lookup leads to. Several are given as a tuple. The query's methods add conditions and aggregates.
    fn group_by(columns: impl GroupColumns<Self>) -> GroupQuery<Self> {
        GroupQuery::new().group_by(columns)
    }

    /// Returns a query for an aggregate of all rows. The query's methods add conditions and more aggregates.
    fn aggregate<K>(aggregate: &Aggregate<Self, K>) -> GroupQuery<Self> {
        GroupQuery::new().aggregate(aggregate)
    }

    /// Returns an empty write that changes an existing row. Its methods add values.
    fn update() -> RowWrite<Self, Update> {
        RowWrite::new()
    }

    /// Returns an empty write that creates a row. Its methods add values.
    fn create() -> RowWrite<Self, Create> {
        RowWrite::new()
    }

    /// Returns a reference to the row with the id `id`. No request is sent.
    #[must_use]
    fn id(id: Guid) -> Ref<Self> {
        Ref::new(id)
    }
}

/// Returns the name of the primary key of table `T`.
#[cfg(feature = "client")]
pub(crate) const fn key_name<T: EntitySet>() -> &'static str {
    T::COLUMNS[T::KEY as usize]
}

/// A table whose rows are also rows of the table `Base`.
///
/// Every table derives from itself. `systemuser` and `team` also derive from the abstract table `principal`.
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` is not a row of `{Base}`",
    label = "this lookup does not point to rows of `{Self}`"
)]
pub trait DerivesFrom<Base> {}

impl<T: Table> DerivesFrom<T> for T {}
