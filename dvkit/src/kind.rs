//! The kinds of column as types: what a column holds, what it is compared with and what it can be set to.
//!
//! A kind is the second parameter of [`Column`](crate::Column). The kinds are the column types of Dataverse's metadata;
//! each is mapped to the Rust type that keeps every value the service can send.

use core::marker::PhantomData;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal as Number;

use crate::Guid;
use crate::value::{self, ChoiceSet, ChoiceValue, ChoiceValues, FileId};

/// A kind of column: a marker type of this module.
pub trait ColumnKind: 'static {
    /// The Rust type of the column in a generated row, inside an `Option`.
    type Value;
    /// The kind as error messages name it: `a text`, `a whole number`.
    const DESCRIPTION: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident => $value:ty, $description:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl ColumnKind for $name {
            type Value = $value;
            const DESCRIPTION: &'static str = $description;
        }
    )*};
}

kinds! {
    /// Single-line and multi-line text, and columns that hold the name of a table.
    Text => String, "a text";
    /// 32-bit whole numbers.
    Int => i32, "a whole number";
    /// 64-bit whole numbers: the version numbers of rows and images.
    Long => i64, "a whole number";
    /// Decimal numbers with up to ten decimal places.
    Decimal => Number, "a decimal number";
    /// Amounts of money: decimal numbers with up to four decimal places.
    Money => Number, "an amount of money";
    /// Floating point numbers.
    Float => f64, "a number";
    /// Yes/no columns whose options are not in the schema.
    Bool => bool, "true or false";
    /// Primary keys and other columns that hold a guid.
    Id => Guid, "a guid";
    /// Date and time in UTC, which apps show in the user's time zone (`UserLocal`).
    DateTime => Timestamp, "a date and time in UTC";
    /// Date and time without a time zone (`TimeZoneIndependent`).
    LocalDateTime => civil::DateTime, "a date and time of the clock";
    /// Dates without a time (`DateOnly`).
    Date => civil::Date, "a date";
    /// Lookups to one or several tables, customer and owner columns included.
    Lookup => value::Lookup, "a row's id";
    /// Image columns, of which rows hold the thumbnail.
    Image => value::Image, "an image";
    /// File columns, of which rows hold the id of the file.
    File => FileId, "a file";
    /// Managed properties of solution components.
    ManagedProperty => value::ManagedProperty, "a managed property";
}

macro_rules! choice_kinds {
    ($($(#[$doc:meta])* $name:ident => $value:ty, $description:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<E>(PhantomData<E>);

        impl<E: ChoiceSet> ColumnKind for $name<E> {
            type Value = $value;
            const DESCRIPTION: &'static str = $description;
        }
    )*};
}

choice_kinds! {
    /// Choice, state and status columns, which hold one option of the enum `E`.
    Choice => ChoiceValue<E>, "an option";
    /// Multi-select choice columns, which hold any number of options of the enum `E`.
    Choices => ChoiceValues<E>, "a set of options";
    /// Yes/no columns, whose two options have their labels in the enum `E`.
    TwoOptions => bool, "true or false";
}
