//! Slots: one variant for each kind of field, so that the decoder is a match and no trait.

use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;
use serde_json::Value;

use super::decode::Mismatch;
use super::{Extra, Record, Stored, shape};
use crate::{Choice, ChoiceSet, Choices, FileId, Guid, Image, Lookup, Managed, kind};

/// A table of names, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The logical name of the table.
    pub table: &'static str,
    /// Names on the wire, sorted by their bytes.
    pub columns: &'static [&'static str],
}

/// A field to be filled.
pub enum Slot<'a> {
    /// Text.
    Text(&'a mut Option<String>),
    /// A whole number.
    Int(&'a mut Option<i32>),
    /// A long whole number.
    Long(&'a mut Option<i64>),
    /// A decimal number or money.
    Decimal(&'a mut Option<Decimal>),
    /// A floating point number.
    Float(&'a mut Option<f64>),
    /// Two options.
    Bool(&'a mut Option<bool>),
    /// A guid.
    Id(&'a mut Option<Guid>),
    /// Date and time in UTC.
    DateTime(&'a mut Option<Timestamp>),
    /// Date and time of the clock.
    ClockTime(&'a mut Option<civil::DateTime>),
    /// A date.
    Date(&'a mut Option<civil::Date>),
    /// An option.
    OneOf(&'a mut dyn ChoiceSlot),
    /// A set of options.
    ManyOf(&'a mut dyn ChoiceSlot),
    /// A lookup, with the logical names of the tables it may point to and blanks between.
    Lookup(&'a mut Option<Lookup>, &'static str),
    /// An image.
    Picture(&'a mut Option<Image>),
    /// A file.
    Attachment(&'a mut Option<FileId>),
    /// A managed property.
    ManagedFlag(&'a mut Option<Managed>),
    /// Rows of an expanded navigation.
    Rows(&'a mut dyn RowSlot),
    /// A type of the user's.
    Custom(&'a mut dyn FromScalar),
    /// Any JSON.
    Json(&'a mut Value),
    /// Whatever has no column: last, behind those that have one.
    Extra(&'a mut Extra),
    /// The same in a map, by its name on the wire, annotations too.
    Other(&'a mut BTreeMap<String, Value>),
}

/// A field to be read.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    /// Text.
    Text(&'a Option<String>),
    /// A whole number.
    Int(&'a Option<i32>),
    /// A long whole number.
    Long(&'a Option<i64>),
    /// A decimal number or money.
    Decimal(&'a Option<Decimal>),
    /// A floating point number.
    Float(&'a Option<f64>),
    /// Two options.
    Bool(&'a Option<bool>),
    /// A guid.
    Id(&'a Option<Guid>),
    /// Date and time in UTC.
    DateTime(&'a Option<Timestamp>),
    /// Date and time of the clock.
    ClockTime(&'a Option<civil::DateTime>),
    /// A date.
    Date(&'a Option<civil::Date>),
    /// An option.
    OneOf(&'a dyn ChoiceCell),
    /// A set of options.
    ManyOf(&'a dyn ChoiceCell),
    /// A lookup.
    Lookup(&'a Option<Lookup>),
    /// An image.
    Picture(&'a Option<Image>),
    /// A file.
    Attachment(&'a Option<FileId>),
    /// A managed property.
    ManagedFlag(&'a Option<Managed>),
    /// Whatever has no column.
    Extra(&'a Extra),
}

/// A field of options, whatever their enum.
pub trait ChoiceSlot {
    /// Sets it to these numbers; one for a single choice. `None` empties it.
    fn set(&mut self, values: Option<&[i32]>);
}

/// The same, to be read.
pub trait ChoiceCell {
    /// The numbers; `None` where it has no value.
    fn values(&self) -> Option<Cow<'_, [i32]>>;
    /// The value as it is shown.
    ///
    /// # Errors
    /// Those of the formatter.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<E: ChoiceSet> ChoiceSlot for Option<Choice<E>> {
    fn set(&mut self, values: Option<&[i32]>) {
        *self = values.and_then(|values| values.first()).map(|value| Choice::new(*value));
    }
}

impl<E: ChoiceSet> ChoiceCell for Option<Choice<E>> {
    fn values(&self) -> Option<Cow<'_, [i32]>> {
        self.map(|choice| Cow::Owned(vec![choice.value()]))
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl<E: ChoiceSet> ChoiceSlot for Option<Choices<E>> {
    fn set(&mut self, values: Option<&[i32]>) {
        *self = values.map(|values| Choices::new(values.iter().copied()));
    }
}

impl<E: ChoiceSet> ChoiceCell for Option<Choices<E>> {
    fn values(&self) -> Option<Cow<'_, [i32]>> {
        self.as_ref().map(|choices| Cow::Borrowed(choices.values()))
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A field that takes the rows of an expanded navigation.
pub trait RowSlot {
    /// What the rows look like.
    fn shape(&self) -> Shape;
    /// Is it for many rows?
    fn many(&self) -> bool;
    /// Adds a row and lets it be filled.
    fn push(&mut self, fill: &mut dyn FnMut(&mut [Slot<'_>]));
    /// Takes the last row back: the list ended before it.
    fn pop(&mut self);
    /// Empties it: there is no row.
    fn clear(&mut self);
}

impl<R: Record> RowSlot for Option<R> {
    fn shape(&self) -> Shape {
        shape::<R>()
    }

    fn many(&self) -> bool {
        false
    }

    fn push(&mut self, fill: &mut dyn FnMut(&mut [Slot<'_>])) {
        fill(&mut self.insert(R::default()).slots());
    }

    fn pop(&mut self) {
        *self = None;
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl<R: Record> RowSlot for Vec<R> {
    fn shape(&self) -> Shape {
        shape::<R>()
    }

    fn many(&self) -> bool {
        true
    }

    fn push(&mut self, fill: &mut dyn FnMut(&mut [Slot<'_>])) {
        let mut row = R::default();
        fill(&mut row.slots());
        self.push(row);
    }

    fn pop(&mut self) {
        Vec::pop(self);
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }
}

/// A single JSON value without structure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or beyond 64 bits.
    Float(f64),
    /// Text.
    Text(&'a str),
}

/// A type of the user's, made from what stands in a column.
///
/// Implement it for a newtype to have it in a hand-written record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    note = "implement `dvkit::row::FromScalar` for it"
)]
pub trait FromScalar {
    /// Takes the value of a column.
    ///
    /// # Errors
    /// What was expected instead: [`Mismatch::expected`].
    fn set(&mut self, value: Scalar<'_>) -> Result<(), Mismatch>;
}

impl FromScalar for String {
    fn set(&mut self, value: Scalar<'_>) -> Result<(), Mismatch> {
        match value {
            Scalar::Text(text) => {
                text.clone_into(self);
                Ok(())
            }
            _ => Err(Mismatch::expected(
                "a text; make the field an `Option<String>` where the column may be empty",
            )),
        }
    }
}

/// A field of a hand-written record that may stand for a column of kind `K`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot hold a column of kind `{K}`",
    label = "wrong type for this column",
    note = "generated tables show the type of each column: text is `Option<String>`, a lookup `Option<dvkit::Lookup>`"
)]
pub trait Field<K> {
    /// The field, to be filled.
    fn slot(&mut self) -> Slot<'_>;
}

/// The kinds of column that a type may hold; as which slot, [`Stored`] says.
macro_rules! fields {
    ($($kind:ident $(<$e:ident>)? => $value:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl$(<$e: ChoiceSet>)? Field<kind::$kind$(<$e>)?> for Option<$value> {
            fn slot(&mut self) -> Slot<'_> {
                Stored::slot(self)
            }
        }
    )*};
}

fields! {
    Text => String;
    Int => i32;
    Int => i64;
    Long => i64;
    Decimal => Decimal;
    Decimal => f64;
    Money => Decimal;
    Money => f64;
    Float => f64;
    Bool => bool;
    Id => Guid;
    DateTime => Timestamp;
    ClockTime => civil::DateTime;
    Date => civil::Date;
    Reference => Guid;
    Reference => Lookup;
    Picture => Image;
    Attachment => FileId;
    ManagedFlag => Managed;
    TwoOptions<E> => bool;
    OneOf<E> => Choice<E>;
    OneOf<E> => i32;
    ManyOf<E> => Choices<E>;
}

#[diagnostic::do_not_recommend]
impl Field<kind::Text> for String {
    fn slot(&mut self) -> Slot<'_> {
        Slot::Custom(self)
    }
}

/// `Debug` of a row: the table, and the cells that have a value.
pub(super) fn debug(shape: Shape, cells: &[Cell<'_>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = f.debug_struct(shape.table);
    for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.has_value()) {
        out.field(shape.columns.get(at).copied().unwrap_or("extra"), cell);
    }
    out.finish()
}

impl Cell<'_> {
    fn has_value(&self) -> bool {
        match self {
            Cell::Text(v) => v.is_some(),
            Cell::Int(v) => v.is_some(),
            Cell::Long(v) => v.is_some(),
            Cell::Decimal(v) => v.is_some(),
            Cell::Float(v) => v.is_some(),
            Cell::Bool(v) => v.is_some(),
            Cell::Id(v) => v.is_some(),
            Cell::DateTime(v) => v.is_some(),
            Cell::ClockTime(v) => v.is_some(),
            Cell::Date(v) => v.is_some(),
            Cell::OneOf(v) | Cell::ManyOf(v) => v.values().is_some(),
            Cell::Lookup(v) => v.is_some(),
            Cell::Picture(v) => v.is_some(),
            Cell::Attachment(v) => v.is_some(),
            Cell::ManagedFlag(v) => v.is_some(),
            Cell::Extra(v) => !v.is_empty(),
        }
    }
}

/// Writes the value itself, not `Some(…)`.
fn shown<T: fmt::Debug>(value: &Option<T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Some(value) => value.fmt(f),
        None => f.write_str("None"),
    }
}

impl fmt::Debug for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Text(v) => shown(v, f),
            Cell::Int(v) => shown(v, f),
            Cell::Long(v) => shown(v, f),
            Cell::Decimal(v) => shown(v, f),
            Cell::Float(v) => shown(v, f),
            Cell::Bool(v) => shown(v, f),
            Cell::Id(v) => shown(v, f),
            Cell::DateTime(v) => shown(v, f),
            Cell::ClockTime(v) => shown(v, f),
            Cell::Date(v) => shown(v, f),
            Cell::OneOf(v) | Cell::ManyOf(v) => v.show(f),
            Cell::Lookup(v) => shown(v, f),
            Cell::Picture(v) => shown(v, f),
            Cell::Attachment(v) => shown(v, f),
            Cell::ManagedFlag(v) => shown(v, f),
            Cell::Extra(v) => v.fmt(f),
        }
    }
}

impl PartialEq for Cell<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Cell::Text(a), Cell::Text(b)) => a == b,
            (Cell::Int(a), Cell::Int(b)) => a == b,
            (Cell::Long(a), Cell::Long(b)) => a == b,
            (Cell::Decimal(a), Cell::Decimal(b)) => a == b,
            (Cell::Float(a), Cell::Float(b)) => a == b,
            (Cell::Bool(a), Cell::Bool(b)) => a == b,
            (Cell::Id(a), Cell::Id(b)) => a == b,
            (Cell::DateTime(a), Cell::DateTime(b)) => a == b,
            (Cell::ClockTime(a), Cell::ClockTime(b)) => a == b,
            (Cell::Date(a), Cell::Date(b)) => a == b,
            (Cell::OneOf(a) | Cell::ManyOf(a), Cell::OneOf(b) | Cell::ManyOf(b)) => a.values() == b.values(),
            (Cell::Lookup(a), Cell::Lookup(b)) => a == b,
            (Cell::Picture(a), Cell::Picture(b)) => a == b,
            (Cell::Attachment(a), Cell::Attachment(b)) => a == b,
            (Cell::ManagedFlag(a), Cell::ManagedFlag(b)) => a == b,
            (Cell::Extra(a), Cell::Extra(b)) => a == b,
            _ => false,
        }
    }
}

/// Copies the cells of one row into the slots of another of the same type.
pub(super) fn copy(cells: &[Cell<'_>], slots: &mut [Slot<'_>]) {
    for (cell, slot) in cells.iter().zip(slots) {
        match (cell, slot) {
            (Cell::Text(from), Slot::Text(to)) => (*to).clone_from(from),
            (Cell::Int(from), Slot::Int(to)) => **to = **from,
            (Cell::Long(from), Slot::Long(to)) => **to = **from,
            (Cell::Decimal(from), Slot::Decimal(to)) => **to = **from,
            (Cell::Float(from), Slot::Float(to)) => **to = **from,
            (Cell::Bool(from), Slot::Bool(to)) => **to = **from,
            (Cell::Id(from), Slot::Id(to)) => **to = **from,
            (Cell::DateTime(from), Slot::DateTime(to)) => **to = **from,
            (Cell::ClockTime(from), Slot::ClockTime(to)) => **to = **from,
            (Cell::Date(from), Slot::Date(to)) => **to = **from,
            (Cell::OneOf(from), Slot::OneOf(to)) | (Cell::ManyOf(from), Slot::ManyOf(to)) => {
                to.set(from.values().as_deref());
            }
            (Cell::Lookup(from), Slot::Lookup(to, _)) => (*to).clone_from(from),
            (Cell::Picture(from), Slot::Picture(to)) => (*to).clone_from(from),
            (Cell::Attachment(from), Slot::Attachment(to)) => **to = **from,
            (Cell::ManagedFlag(from), Slot::ManagedFlag(to)) => **to = **from,
            (Cell::Extra(from), Slot::Extra(to)) => (*to).clone_from(from),
            _ => unreachable!("cells and slots of one type have the same kinds in the same order"),
        }
    }
}
