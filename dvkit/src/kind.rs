//! Kinds of column, as types without values: what a column holds, what it may be compared with and set to.
//!
//! A kind is the second parameter of [`Column`](crate::Column). Source: the column types of Dataverse's metadata; the
//! Rust types are those that keep every value of the wire.

use core::marker::PhantomData;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal as Number;

use crate::{Choice, ChoiceSet, Choices, FileId, Guid, Image, Lookup, Managed};

/// A kind of column.
pub trait Kind: 'static {
    /// What a row of generated code holds in it, inside an `Option`.
    type Value;
    /// What a message calls it: `a text`, `a whole number`.
    const WORDS: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $value:ty, $words:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Kind for $name {
            type Value = $value;
            const WORDS: &'static str = $words;
        }
    )*};
}

kinds! {
    /// One or several lines of text; names of tables too.
    Text => String, "a text";
    /// Whole numbers of 32 bits.
    Int => i32, "a whole number";
    /// Whole numbers of 64 bits: time stamps of rows and images.
    Long => i64, "a whole number";
    /// Decimal numbers, up to ten places.
    Decimal => Number, "a decimal number";
    /// Money: decimal, up to four places.
    Money => Number, "an amount of money";
    /// Floating point numbers.
    Float => f64, "a number";
    /// Two-option columns whose options the schema does not know.
    Bool => bool, "true or false";
    /// Ids: primary keys and other guids.
    Id => Guid, "a guid";
    /// Date and time in UTC, shown in the zone of the user (`UserLocal`).
    DateTime => Timestamp, "a date and time in UTC";
    /// Date and time of the clock, in no zone (`TimeZoneIndependent`).
    ClockTime => civil::DateTime, "a date and time of the clock";
    /// A date (`DateOnly`).
    Date => civil::Date, "a date";
    /// Lookups, whatever they point to.
    Reference => Lookup, "a row's id";
    /// Images: the thumbnail.
    Picture => Image, "an image";
    /// Files: only their id is in the row.
    Attachment => FileId, "a file";
    /// Managed properties of solution components.
    ManagedFlag => Managed, "a managed property";
}

macro_rules! kinds_of_choice {
    ($($(#[$doc:meta])* $name:ident => $value:ty, $words:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<E>(PhantomData<E>);

        impl<E: ChoiceSet> Kind for $name<E> {
            type Value = $value;
            const WORDS: &'static str = $words;
        }
    )*};
}

kinds_of_choice! {
    /// One option of `E`: choice, state and status columns.
    OneOf => Choice<E>, "an option";
    /// Any number of options of `E`: multi-select choice columns.
    ManyOf => Choices<E>, "a set of options";
    /// Two options that stand for false and true; `E` has their labels.
    TwoOptions => bool, "true or false";
}
