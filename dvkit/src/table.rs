//! Tables as types.

use crate::{Create, Guid, Query, Record, Ref, RowWrite, Update};

/// A table of the organisation, as generated from its metadata: each with an entity set, and abstract ones. Hand-written
/// records are no tables.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no table",
    note = "tables are the structs that dvkit generates from the organisation's metadata"
)]
pub trait Table: Record {}

impl<T: EntitySet> Table for T {}

/// A table whose rows can be asked for and written: one with an entity set. Abstract ones (`principal`) have none.
#[diagnostic::on_unimplemented(
    message = "the table `{Self}` has no rows of its own",
    label = "no entity set",
    note = "an abstract table stands for several: `principal` for `systemuser` and `team`; name one of them"
)]
pub trait EntitySet: Record {
    /// The name of the entity set: `contacts`.
    const ENTITY_SET: &'static str;
    /// The column that holds the id, as an index into [`Record::COLUMNS`].
    const KEY: u16;

    /// A query over its rows.
    fn query() -> Query<Self> {
        Query::new()
    }

    /// Changes to a row that exists.
    fn update() -> RowWrite<Self, Update> {
        RowWrite::new()
    }

    /// The values of a new row.
    fn create() -> RowWrite<Self, Create> {
        RowWrite::new()
    }

    /// The row with this id.
    #[must_use]
    fn id(id: Guid) -> Ref<Self> {
        Ref::new(id)
    }
}

/// `Self` is a `Base`: every table is itself, and a user and a team are principals.
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` is no `{Base}`",
    label = "this lookup does not point to rows of `{Self}`"
)]
pub trait DerivesFrom<Base> {}

impl<T: Table> DerivesFrom<T> for T {}
