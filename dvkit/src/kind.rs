//! Defines the kinds of columns as types. A kind determines the values of a column, the values that it can be
//! compared with, and the values that it can be set to.
//!
//! A kind is the second type parameter of [`Column`](crate::Column). The kinds are the column types of
//! Dataverse's metadata. The Rust type of each kind can hold every value that the service sends for such a
//! column.

use core::marker::PhantomData;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal as Number;

use crate::Guid;
use crate::value::{self, ChoiceSet, ChoiceValue, ChoiceValues, FileId};

/// A kind of column: a marker type of this module.
pub trait ColumnKind: 'static {
    /// The Rust type of a value. The field of a generated row has the type `Option<Value>`.
    type Value;
    /// The words for a value of this kind in error messages: `a text`, `a whole number`.
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
    /// Single-line text, multi-line text, and columns that hold the name of a table.
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
    /// Yes/no columns whose two options the schema does not contain. The other yes/no columns have the kind
    /// [`TwoOptions`].
    Bool => bool, "true or false";
    /// Primary keys and other columns that hold a guid.
    Id => Guid, "a guid";
    /// Dates and times in UTC, which apps show in the user's time zone (`UserLocal`).
    DateTime => Timestamp, "a date and time in UTC";
    /// Dates and times without a time zone (`TimeZoneIndependent`).
    LocalDateTime => civil::DateTime, "a date and time of the clock";
    /// Dates without a time (`DateOnly`).
    Date => civil::Date, "a date";
    /// Lookups to one or several tables, including customer and owner columns.
    Lookup => value::Lookup, "a row's id";
    /// Image columns. A row holds the thumbnail of the image.
    Image => value::Image, "an image";
    /// File columns. A row holds the id of the file.
    File => FileId, "a file";
    /// Managed properties of solution components: a flag, and whether customisers can change it.
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
    /// Choice, state and status columns. A value is one option of the enum `E`.
    Choice => ChoiceValue<E>, "an option";
    /// Multi-select choice columns. A value is a set of options of the enum `E`.
    Choices => ChoiceValues<E>, "a set of options";
    /// Yes/no columns whose two options the schema contains. The two options are the variants of the enum
    /// `E`.
    TwoOptions => bool, "true or false";
}
