//! Defines references to the fields of a row: [`FieldMut`], by which the decoder sets a field, and
//! [`FieldRef`], by which a field is read.
//!
//! Both enums have a variant for each kind of field, so that the decoder is one `match`, which is compiled
//! once and not once for each table.

use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{FromScalar, RowExtras};
use crate::Guid;
use crate::value::{FileId, Image, Lookup, ManagedProperty};

/// The table and the column names of a record type.
#[derive(Clone, Copy, Debug)]
pub struct RowLayout {
    /// The logical name of the table, for messages.
    pub table: &'static str,
    /// The names of the columns in the Web API, sorted by their bytes.
    pub columns: &'static [&'static str],
}

/// A mutable reference to a field, by which the decoder sets the field.
pub enum FieldMut<'a> {
    /// A text.
    Text(&'a mut Option<String>),
    /// A 32-bit whole number.
    Int(&'a mut Option<i32>),
    /// A 64-bit whole number.
    Long(&'a mut Option<i64>),
    /// A decimal number or an amount of money.
    Decimal(&'a mut Option<Decimal>),
    /// A floating point number.
    Float(&'a mut Option<f64>),
    /// A yes/no value.
    Bool(&'a mut Option<bool>),
    /// A guid.
    Id(&'a mut Option<Guid>),
    /// A date and time in UTC.
    DateTime(&'a mut Option<Timestamp>),
    /// A date and time without a time zone.
    LocalDateTime(&'a mut Option<civil::DateTime>),
    /// A date.
    Date(&'a mut Option<civil::Date>),
    /// One option of a choice.
    Choice(&'a mut dyn ChoiceFieldMut),
    /// A set of options of a choice.
    Choices(&'a mut dyn ChoiceFieldMut),
    /// A lookup, and the logical names of its target tables separated by spaces.
    Lookup(&'a mut Option<Lookup>, &'static str),
    /// An image.
    Image(&'a mut Option<Image>),
    /// The id of a file.
    File(&'a mut Option<FileId>),
    /// A managed property.
    ManagedProperty(&'a mut Option<ManagedProperty>),
    /// The rows of an expanded navigation property.
    Rows(&'a mut dyn RowsFieldMut),
    /// A field of a user-defined type.
    Custom(&'a mut dyn FromScalar),
    /// A field that takes any JSON value.
    Json(&'a mut Value),
    /// Everything in the row that is not a column. This field is the last one, after the columns.
    Extras(&'a mut RowExtras),
    /// Everything in the row that is not a column, including annotations, by its name in JSON. This field is
    /// the last one, after the columns.
    Other(&'a mut BTreeMap<String, Value>),
}

/// A shared reference to a field, by which the implementations of `Clone`, `Debug` and `PartialEq` read the
/// field. All generated tables share these implementations.
#[derive(Clone, Copy)]
pub enum FieldRef<'a> {
    /// A text.
    Text(&'a Option<String>),
    /// A 32-bit whole number.
    Int(&'a Option<i32>),
    /// A 64-bit whole number.
    Long(&'a Option<i64>),
    /// A decimal number or an amount of money.
    Decimal(&'a Option<Decimal>),
    /// A floating point number.
    Float(&'a Option<f64>),
    /// A yes/no value.
    Bool(&'a Option<bool>),
    /// A guid.
    Id(&'a Option<Guid>),
    /// A date and time in UTC.
    DateTime(&'a Option<Timestamp>),
    /// A date and time without a time zone.
    LocalDateTime(&'a Option<civil::DateTime>),
    /// A date.
    Date(&'a Option<civil::Date>),
    /// One option of a choice.
    Choice(&'a dyn ChoiceFieldRef),
    /// A set of options of a choice.
    Choices(&'a dyn ChoiceFieldRef),
    /// A lookup.
    Lookup(&'a Option<Lookup>),
    /// An image.
    Image(&'a Option<Image>),
    /// The id of a file.
    File(&'a Option<FileId>),
    /// A managed property.
    ManagedProperty(&'a Option<ManagedProperty>),
    /// Everything in the row that is not a column.
    Extras(&'a RowExtras),
}

/// Write access to a field of a choice or multi-select choice column, whatever its enum is.
pub trait ChoiceFieldMut {
    /// Sets the field to the options with the numbers `values`; `None` empties the field. A field for a
    /// single option takes the first number.
    fn set(&mut self, values: Option<&[i32]>);
}

/// Read access to a field of a choice or multi-select choice column, whatever its enum is.
pub trait ChoiceFieldRef {
    /// Returns the numbers of the options; `None` if the field is empty.
    fn values(&self) -> Option<Cow<'_, [i32]>>;
    /// Writes the value in the format of `Debug`.
    ///
    /// # Errors
    /// Returns an error if the formatter fails.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Write access to a field of an entity that holds the rows of an expanded navigation property.
pub trait RowsFieldMut {
    /// Returns the table and the column names of the rows.
    fn layout(&self) -> RowLayout;
    /// Returns whether the field holds a list of rows. If not, it holds at most one row.
    fn many(&self) -> bool;
    /// Adds an empty row, and calls `fill` with its fields, which sets them.
    fn push(&mut self, fill: &mut dyn FnMut(&mut [FieldMut<'_>]));
    /// Removes the last row.
    fn pop(&mut self);
    /// Removes all rows.
    fn clear(&mut self);
}

/// Writes the name of the table and the fields that have a value, in the format of `Debug`.
pub(super) fn debug(layout: RowLayout, fields: &[FieldRef<'_>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = f.debug_struct(layout.table);
    for (at, field) in fields.iter().enumerate().filter(|(_, field)| field.has_value()) {
        out.field(layout.columns.get(at).copied().unwrap_or("extra"), field);
    }
    out.finish()
}

impl FieldRef<'_> {
    fn has_value(&self) -> bool {
        match self {
            FieldRef::Text(v) => v.is_some(),
            FieldRef::Int(v) => v.is_some(),
            FieldRef::Long(v) => v.is_some(),
            FieldRef::Decimal(v) => v.is_some(),
            FieldRef::Float(v) => v.is_some(),
            FieldRef::Bool(v) => v.is_some(),
            FieldRef::Id(v) => v.is_some(),
            FieldRef::DateTime(v) => v.is_some(),
            FieldRef::LocalDateTime(v) => v.is_some(),
            FieldRef::Date(v) => v.is_some(),
            FieldRef::Choice(v) | FieldRef::Choices(v) => v.values().is_some(),
            FieldRef::Lookup(v) => v.is_some(),
            FieldRef::Image(v) => v.is_some(),
            FieldRef::File(v) => v.is_some(),
            FieldRef::ManagedProperty(v) => v.is_some(),
            FieldRef::Extras(v) => !v.is_empty(),
        }
    }
}

/// Writes the value of an `Option` in the format of `Debug`, without the `Some(…)` around it.
fn debug_value<T: fmt::Debug>(value: &Option<T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Some(value) => value.fmt(f),
        None => f.write_str("None"),
    }
}

impl fmt::Debug for FieldRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldRef::Text(v) => debug_value(v, f),
            FieldRef::Int(v) => debug_value(v, f),
            FieldRef::Long(v) => debug_value(v, f),
            FieldRef::Decimal(v) => debug_value(v, f),
            FieldRef::Float(v) => debug_value(v, f),
            FieldRef::Bool(v) => debug_value(v, f),
            FieldRef::Id(v) => debug_value(v, f),
            FieldRef::DateTime(v) => debug_value(v, f),
            FieldRef::LocalDateTime(v) => debug_value(v, f),
            FieldRef::Date(v) => debug_value(v, f),
            FieldRef::Choice(v) | FieldRef::Choices(v) => v.show(f),
            FieldRef::Lookup(v) => debug_value(v, f),
            FieldRef::Image(v) => debug_value(v, f),
            FieldRef::File(v) => debug_value(v, f),
            FieldRef::ManagedProperty(v) => debug_value(v, f),
            FieldRef::Extras(v) => v.fmt(f),
        }
    }
}

impl PartialEq for FieldRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (FieldRef::Text(a), FieldRef::Text(b)) => a == b,
            (FieldRef::Int(a), FieldRef::Int(b)) => a == b,
            (FieldRef::Long(a), FieldRef::Long(b)) => a == b,
            (FieldRef::Decimal(a), FieldRef::Decimal(b)) => a == b,
            (FieldRef::Float(a), FieldRef::Float(b)) => a == b,
            (FieldRef::Bool(a), FieldRef::Bool(b)) => a == b,
            (FieldRef::Id(a), FieldRef::Id(b)) => a == b,
            (FieldRef::DateTime(a), FieldRef::DateTime(b)) => a == b,
            (FieldRef::LocalDateTime(a), FieldRef::LocalDateTime(b)) => a == b,
            (FieldRef::Date(a), FieldRef::Date(b)) => a == b,
            (FieldRef::Choice(a) | FieldRef::Choices(a), FieldRef::Choice(b) | FieldRef::Choices(b)) => {
                a.values() == b.values()
            }
            (FieldRef::Lookup(a), FieldRef::Lookup(b)) => a == b,
            (FieldRef::Image(a), FieldRef::Image(b)) => a == b,
            (FieldRef::File(a), FieldRef::File(b)) => a == b,
            (FieldRef::ManagedProperty(a), FieldRef::ManagedProperty(b)) => a == b,
            (FieldRef::Extras(a), FieldRef::Extras(b)) => a == b,
            _ => false,
        }
    }
}

/// Copies the fields `from` of one row to the fields `to` of another row of the same type.
pub(super) fn copy(from: &[FieldRef<'_>], to: &mut [FieldMut<'_>]) {
    for (from, to) in from.iter().zip(to) {
        match (from, to) {
            (FieldRef::Text(from), FieldMut::Text(to)) => (*to).clone_from(from),
            (FieldRef::Int(from), FieldMut::Int(to)) => **to = **from,
            (FieldRef::Long(from), FieldMut::Long(to)) => **to = **from,
            (FieldRef::Decimal(from), FieldMut::Decimal(to)) => **to = **from,
            (FieldRef::Float(from), FieldMut::Float(to)) => **to = **from,
            (FieldRef::Bool(from), FieldMut::Bool(to)) => **to = **from,
            (FieldRef::Id(from), FieldMut::Id(to)) => **to = **from,
            (FieldRef::DateTime(from), FieldMut::DateTime(to)) => **to = **from,
            (FieldRef::LocalDateTime(from), FieldMut::LocalDateTime(to)) => **to = **from,
            (FieldRef::Date(from), FieldMut::Date(to)) => **to = **from,
            (FieldRef::Choice(from), FieldMut::Choice(to))
            | (FieldRef::Choices(from), FieldMut::Choices(to)) => {
                to.set(from.values().as_deref());
            }
            (FieldRef::Lookup(from), FieldMut::Lookup(to, _)) => (*to).clone_from(from),
            (FieldRef::Image(from), FieldMut::Image(to)) => (*to).clone_from(from),
            (FieldRef::File(from), FieldMut::File(to)) => **to = **from,
            (FieldRef::ManagedProperty(from), FieldMut::ManagedProperty(to)) => **to = **from,
            (FieldRef::Extras(from), FieldMut::Extras(to)) => (*to).clone_from(from),
            _ => unreachable!("both lists of one type have the same kinds in the same order"),
        }
    }
}
