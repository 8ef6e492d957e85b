//! Decodes rows, and defines the traits that all record types implement.
//!
//! A [`Record`] gives the decoder a sorted list of the column names, and its fields as a list of
//! [`FieldMut`]s. Therefore the decoder is compiled once for each data format and not once for each table, so
//! that five hundred tables take little time to compile.

mod decode;
mod extras;
mod field;
mod group;
mod record;
mod scalar;
mod storage;
#[cfg(test)]
mod tests;
mod typed_extras;
pub(crate) mod wire;

pub use decode::{Row, Rows, deserialize};
pub use extras::RowExtras;
pub use field::{ChoiceFieldMut, ChoiceFieldRef, FieldMut, FieldRef, RowLayout, RowsFieldMut};
pub use group::GroupRow;
pub use record::{Record, layout};
pub use scalar::{FromScalar, Mismatch, Scalar};
pub use storage::{Field, FieldStorage, FieldTuple, fields, fields_mut};

use core::fmt;

/// Writes the fields of a record that have a value, in the format of `Debug`. All generated tables implement
/// `Debug` by this function.
///
/// # Errors
/// Returns an error if the formatter fails.
pub fn debug<R: Record>(record: &R, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    field::debug(layout::<R>(), &record.fields(), f)
}

/// Returns whether all fields of two records are equal. All generated tables implement `PartialEq` by this
/// function.
#[must_use]
pub fn equal<R: Record>(one: &R, other: &R) -> bool {
    one.fields() == other.fields()
}

/// Returns a copy of a record. All generated tables implement `Clone` by this function.
#[must_use]
pub fn copy<R: Record>(record: &R) -> R {
    let mut copy = R::default();
    field::copy(&record.fields(), &mut copy.fields_mut());
    copy
}

/// Implements `Clone`, `Debug`, `PartialEq` and serde's `Deserialize` for a generated table.
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
