//! Defines the Rust types that fields can have, and converts tuples of fields into lists of field references.
//!
//! Generated code only names the fields of a table, in nested tuples of at most sixteen: `(&mut
//! self.fullname, &mut self.statecode, …)`. If it called a constructor for each field, or built an array of
//! trait objects, it would take half as long again to compile.

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use core::fmt;
use std::borrow::Cow;

use super::{ChoiceFieldMut, ChoiceFieldRef, FieldMut, FieldRef, RowExtras};
use crate::value::{ChoiceSet, ChoiceValue, ChoiceValues, FileId, Image, Lookup, ManagedProperty};
use crate::{Guid, kind};

/// A type that a field of a generated table can have.
pub trait FieldStorage {
    /// Returns the reference by which the decoder sets the field.
    fn field_mut(&mut self) -> FieldMut<'_>;
    /// Returns the reference by which the field is read.
    fn field_ref(&self) -> FieldRef<'_>;
}

/// A reference to a field, or a tuple of such references, possibly nested. It can be converted into a list of
/// `S` ([`FieldMut`] or [`FieldRef`]). Only generated code uses this trait.
pub trait FieldTuple<S> {
    /// The number of fields, including the fields of nested tuples.
    const COUNT: usize;
    /// Appends the references to the fields to `list`, in order.
    fn push_to(self, list: &mut Vec<S>);
}

impl<'a, T: FieldStorage> FieldTuple<FieldMut<'a>> for &'a mut T {
    const COUNT: usize = 1;

    #[inline]
    fn push_to(self, list: &mut Vec<FieldMut<'a>>) {
        list.push(self.field_mut());
    }
}

impl<'a, T: FieldStorage> FieldTuple<FieldRef<'a>> for &'a T {
    const COUNT: usize = 1;

    #[inline]
    fn push_to(self, list: &mut Vec<FieldRef<'a>>) {
        list.push(self.field_ref());
    }
}

macro_rules! tuples {
    ($first:ident $($name:ident)*) => {
        impl<S, $first: FieldTuple<S>, $($name: FieldTuple<S>),*> FieldTuple<S> for ($first, $($name,)*) {
            const COUNT: usize = $first::COUNT $(+ $name::COUNT)*;

            #[inline]
            #[expect(non_snake_case, reason = "an element has the name of its type")]
            fn push_to(self, list: &mut Vec<S>) {
                let ($first, $($name,)*) = self;
                $first.push_to(list);
                $($name.push_to(list);)*
            }
        }
        tuples!($($name)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L M N O P);

/// Returns the result of [`Record::fields_mut`](super::Record::fields_mut) for a generated table.
///
/// `targets` has one text for each field, up to the last lookup. For a lookup, the text has the logical names
/// of its target tables, separated by spaces; for other fields it is empty.
#[inline]
#[must_use]
pub fn fields_mut<'a, F: FieldTuple<FieldMut<'a>>>(
    fields: F,
    targets: &'static [&'static str],
) -> Vec<FieldMut<'a>> {
    let mut list = Vec::with_capacity(F::COUNT);
    fields.push_to(&mut list);
    for (field, targets) in list.iter_mut().zip(targets) {
        if let FieldMut::Lookup(_, tables) = field {
            *tables = targets;
        }
    }
    list
}

/// Returns the result of [`Record::fields`](super::Record::fields) for a generated table.
#[inline]
#[must_use]
pub fn fields<'a, F: FieldTuple<FieldRef<'a>>>(fields: F) -> Vec<FieldRef<'a>> {
    let mut list = Vec::with_capacity(F::COUNT);
    fields.push_to(&mut list);
    list
}

macro_rules! storage {
    ($($value:ty $(where $e:ident)?, $kind:ident $(, $targets:literal)?;)*) => {$(
        impl$(<$e: ChoiceSet>)? FieldStorage for $value {
            #[inline]
            fn field_mut(&mut self) -> FieldMut<'_> {
                FieldMut::$kind(self $(, $targets)?)
            }

            #[inline]
            fn field_ref(&self) -> FieldRef<'_> {
                FieldRef::$kind(self)
            }
        }
    )*};
}

storage! {
    Option<String>, Text;
    Option<i32>, Int;
    Option<i64>, Long;
    Option<Decimal>, Decimal;
    Option<f64>, Float;
    Option<bool>, Bool;
    Option<Guid>, Id;
    Option<Timestamp>, DateTime;
    Option<civil::DateTime>, LocalDateTime;
    Option<civil::Date>, Date;
    Option<ChoiceValue<E>> where E, Choice;
    Option<ChoiceValues<E>> where E, Choices;
    Option<Lookup>, Lookup, "";
    Option<Image>, Image;
    Option<FileId>, File;
    Option<ManagedProperty>, ManagedProperty;
    RowExtras, Extras;
}

impl<E: ChoiceSet> ChoiceFieldMut for Option<ChoiceValue<E>> {
    fn set(&mut self, values: Option<&[i32]>) {
        *self = values.and_then(|values| values.first()).map(|value| ChoiceValue::new(*value));
    }
}

impl<E: ChoiceSet> ChoiceFieldRef for Option<ChoiceValue<E>> {
    fn values(&self) -> Option<Cow<'_, [i32]>> {
        self.map(|choice| Cow::Owned(vec![choice.value()]))
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl<E: ChoiceSet> ChoiceFieldMut for Option<ChoiceValues<E>> {
    fn set(&mut self, values: Option<&[i32]>) {
        *self = values.map(|values| ChoiceValues::new(values.iter().copied()));
    }
}

impl<E: ChoiceSet> ChoiceFieldRef for Option<ChoiceValues<E>> {
    fn values(&self) -> Option<Cow<'_, [i32]>> {
        self.as_ref().map(|choices| Cow::Borrowed(choices.values()))
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A type that a field of an entity can have if its column is of kind `K`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot hold a column of kind `{K}`",
    label = "wrong type for this column",
    note = "generated tables show the type of each column: text is `Option<String>`, a lookup `Option<dvkit::Lookup>`"
)]
pub trait Field<K> {
    /// Returns the reference by which the decoder sets the field.
    fn field_mut(&mut self) -> FieldMut<'_>;
}

/// Implements [`Field`] for pairs of a kind and a type. The types implement [`FieldStorage`].
macro_rules! field_types {
    ($($kind:ident $(<$e:ident>)? => $value:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl$(<$e: ChoiceSet>)? Field<kind::$kind$(<$e>)?> for Option<$value> {
            fn field_mut(&mut self) -> FieldMut<'_> {
                FieldStorage::field_mut(self)
            }
        }
    )*};
}

field_types! {
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
    LocalDateTime => civil::DateTime;
    Date => civil::Date;
    Lookup => Guid;
    Lookup => Lookup;
    Image => Image;
    File => FileId;
    ManagedProperty => ManagedProperty;
    TwoOptions<E> => bool;
    Choice<E> => ChoiceValue<E>;
    Choice<E> => i32;
    Choices<E> => ChoiceValues<E>;
}

#[diagnostic::do_not_recommend]
impl Field<kind::Text> for String {
    fn field_mut(&mut self) -> FieldMut<'_> {
        FieldMut::Custom(self)
    }
}
