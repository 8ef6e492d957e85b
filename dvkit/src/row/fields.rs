//! The fields of generated tables: as which slot each is filled, and as which cell it is read.
//!
//! Generated code says which fields there are and no more, in tuples of at most sixteen, `(&mut self.fullname, &mut
//! self.statecode, …)`: a constructor around each would cost the compiler half as much again, and so would an array, each
//! element of which has to become an object.

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use super::{Cell, Extra, Slot};
use crate::{Choice, ChoiceSet, Choices, FileId, Guid, Image, Lookup, Managed};

/// What the field of a generated table stores its column as.
pub trait Stored {
    /// The field, to be filled.
    fn slot(&mut self) -> Slot<'_>;
    /// The field, to be read.
    fn cell(&self) -> Cell<'_>;
}

/// References to fields, alone or in tuples, as slots or cells (`S`); for generated code.
pub trait Fields<S> {
    /// How many there are.
    const COUNT: usize;
    /// Adds them in their order.
    fn put(self, into: &mut Vec<S>);
}

impl<'a, T: Stored> Fields<Slot<'a>> for &'a mut T {
    const COUNT: usize = 1;

    #[inline]
    fn put(self, into: &mut Vec<Slot<'a>>) {
        into.push(self.slot());
    }
}

impl<'a, T: Stored> Fields<Cell<'a>> for &'a T {
    const COUNT: usize = 1;

    #[inline]
    fn put(self, into: &mut Vec<Cell<'a>>) {
        into.push(self.cell());
    }
}

macro_rules! tuples {
    ($first:ident $($name:ident)*) => {
        impl<S, $first: Fields<S>, $($name: Fields<S>),*> Fields<S> for ($first, $($name,)*) {
            const COUNT: usize = $first::COUNT $(+ $name::COUNT)*;

            #[inline]
            #[expect(non_snake_case, reason = "an element is called as its type")]
            fn put(self, into: &mut Vec<S>) {
                let ($first, $($name,)*) = self;
                $first.put(into);
                $($name.put(into);)*
            }
        }
        tuples!($($name)*);
    };
    () => {};
}

tuples!(A B C D E F G H I J K L M N O P);

/// The slots of a record's fields; for generated code. `targets` has for each field, up to the last lookup, the tables
/// that it may point to, with blanks between.
#[inline]
#[must_use]
pub fn slots<'a, F: Fields<Slot<'a>>>(fields: F, targets: &'static [&'static str]) -> Vec<Slot<'a>> {
    let mut slots = Vec::with_capacity(F::COUNT);
    fields.put(&mut slots);
    for (slot, targets) in slots.iter_mut().zip(targets) {
        if let Slot::Lookup(_, tables) = slot {
            *tables = targets;
        }
    }
    slots
}

/// The cells of a record's fields; for generated code.
#[inline]
#[must_use]
pub fn cells<'a, F: Fields<Cell<'a>>>(fields: F) -> Vec<Cell<'a>> {
    let mut cells = Vec::with_capacity(F::COUNT);
    fields.put(&mut cells);
    cells
}

macro_rules! stored {
    ($($value:ty $(where $e:ident)?, $kind:ident $(, $targets:literal)?;)*) => {$(
        impl$(<$e: ChoiceSet>)? Stored for $value {
            #[inline]
            fn slot(&mut self) -> Slot<'_> {
                Slot::$kind(self $(, $targets)?)
            }

            #[inline]
            fn cell(&self) -> Cell<'_> {
                Cell::$kind(self)
            }
        }
    )*};
}

stored! {
    Option<String>, Text;
    Option<i32>, Int;
    Option<i64>, Long;
    Option<Decimal>, Decimal;
    Option<f64>, Float;
    Option<bool>, Bool;
    Option<Guid>, Id;
    Option<Timestamp>, DateTime;
    Option<civil::DateTime>, ClockTime;
    Option<civil::Date>, Date;
    Option<Choice<E>> where E, OneOf;
    Option<Choices<E>> where E, ManyOf;
    Option<Lookup>, Lookup, "";
    Option<Image>, Picture;
    Option<FileId>, Attachment;
    Option<Managed>, ManagedFlag;
    Extra, Extra;
}
