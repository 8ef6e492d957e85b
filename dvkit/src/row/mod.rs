//! Rows: how one shared decoder fills any struct, and what all such structs share.
//!
//! A struct gives a sorted table of names and its fields as a list of [`Slot`]s; the decoder knows nothing else of it.
//! So there is one copy of it for each format, and not one for each table: five hundred tables cost little to compile.

mod decode;
mod extra;
mod fields;
mod slot;
mod wire;

pub use decode::{Mismatch, Row, Rows, deserialize};
pub use extra::Extra;
pub use fields::{Fields, Stored, cells, slots};
pub use slot::{Cell, ChoiceCell, ChoiceSlot, Field, FromScalar, RowSlot, Scalar, Shape, Slot};

use core::fmt;

/// A struct that a row of the Web API is decoded into.
///
/// Generated tables and `#[derive(Entity)]` implement it.
///
/// The lists have one element for each name of [`COLUMNS`](Self::COLUMNS), in the same order, and may have one more, a
/// [`Slot::Extra`] or [`Slot::Other`], for what is no column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    note = "tables that dvkit generates can, and structs with `#[derive(dvkit::Entity)]`"
)]
pub trait Record: Default + 'static {
    /// The logical name of the table, for messages.
    const TABLE: &'static str;
    /// Names on the wire, sorted by their bytes: `_parentcustomerid_value`, `contactid`, …
    const COLUMNS: &'static [&'static str];

    /// Its fields, to be filled.
    fn slots(&mut self) -> Vec<Slot<'_>>;

    /// Its fields, to be read.
    fn cells(&self) -> Vec<Cell<'_>>;
}

/// A record on the heap, for structs that hold rows of their own kind.
impl<R: Record> Record for Box<R> {
    const TABLE: &'static str = R::TABLE;
    const COLUMNS: &'static [&'static str] = R::COLUMNS;

    fn slots(&mut self) -> Vec<Slot<'_>> {
        (**self).slots()
    }

    fn cells(&self) -> Vec<Cell<'_>> {
        (**self).cells()
    }
}

/// What every [`Record`] is for the decoder.
#[must_use]
pub const fn shape<R: Record>() -> Shape {
    Shape { table: R::TABLE, columns: R::COLUMNS }
}

/// `Debug` of a record: its fields that have a value.
///
/// # Errors
/// Those of the formatter.
pub fn debug<R: Record>(record: &R, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    slot::debug(shape::<R>(), &record.cells(), f)
}

/// `PartialEq` of a record: all fields.
#[must_use]
pub fn equal<R: Record>(one: &R, other: &R) -> bool {
    one.cells() == other.cells()
}

/// `Clone` of a record.
#[must_use]
pub fn copy<R: Record>(record: &R) -> R {
    let mut copy = R::default();
    slot::copy(&record.cells(), &mut copy.slots());
    copy
}

/// The small traits of a generated table: `Clone`, `Debug`, `PartialEq` and serde's `Deserialize`.
#[macro_export]
macro_rules! row {
    ($name:ident) => {
        impl ::core::clone::Clone for $name {
            #[inline]
            fn clone(&self) -> Self {
                $crate::row::copy(self)
            }
        }
        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::row::debug(self, f)
            }
        }
        impl ::core::cmp::PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::row::equal(self, other)
            }
        }
        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(
                d: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::row::deserialize(d)
            }
        }
    };
}
