//! Defines the types of parameters and results as marker types, which have no values. They are named after
//! the types in `$metadata`.

use core::marker::PhantomData;

macro_rules! primitives {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
    )*};
}

primitives! {
    /// `Edm.String`: texts.
    EdmString;
    /// `Edm.String` in a parameter for a FetchXML query. Values are checked queries.
    FetchXmlText;
    /// `Edm.String` in a parameter for an OData filter. Values are checked filters.
    FilterText;
    /// `Edm.Boolean`: `true` or `false`.
    EdmBoolean;
    /// `Edm.Int32`: 32-bit whole numbers, and the values of choices. The smaller types `Edm.Int16`,
    /// `Edm.Byte` and `Edm.SByte` have this type too.
    EdmInt32;
    /// `Edm.Int64`: 64-bit whole numbers.
    EdmInt64;
    /// `Edm.Decimal`: decimal numbers and amounts of money.
    EdmDecimal;
    /// `Edm.Double` and `Edm.Single`: floating point numbers.
    EdmDouble;
    /// `Edm.Guid`: guids.
    EdmGuid;
    /// `Edm.DateTimeOffset`: dates and times in UTC.
    EdmDateTimeOffset;
    /// `Edm.Date`: dates without a time.
    EdmDate;
    /// `Edm.TimeOfDay`: times of a day.
    EdmTimeOfDay;
    /// `Edm.Duration`: durations.
    EdmDuration;
    /// `Edm.Binary`: bytes.
    EdmBinary;
}

/// A row of the table `B`, or of a table that derives from `B`.
pub struct TableRow<B>(PhantomData<fn() -> B>);

/// A row of any table (`crmbaseentity`).
#[derive(Clone, Copy, Debug)]
pub enum AnyRow {}

/// A complex or enumeration type that only `$metadata` describes. The snapshot does not know its members.
#[derive(Clone, Copy, Debug)]
pub enum ComplexType {}

/// A list of values of type `K`.
pub struct Collection<K>(PhantomData<fn() -> K>);

/// A result of type `K`, or no result.
pub struct Nullable<K>(PhantomData<fn() -> K>);

/// The result of an operation that returns nothing.
#[derive(Clone, Copy, Debug)]
pub enum Nothing {}
