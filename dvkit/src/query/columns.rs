//! Defines [`Columns`], the trait of everything that `select` takes: columns, navigation properties in place
//! of lookup columns, and tuples and arrays of these.

use crate::column::{Column, Nav};
use crate::row::Record;

/// One or more columns of table `T`: a single column, a tuple of up to sixteen columns, or an array or a
/// `Vec` of columns of one kind. A navigation property with one target table can stand for its lookup column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns of `{T}`",
    label = "expected columns of `{T}`",
    note = "several columns are given as a tuple: `select((Contact::FULLNAME, Contact::EMAILADDRESS1))`"
)]
pub trait Columns<T> {
    #[doc(hidden)]
    fn add(self, names: &mut Vec<&'static str>);
}

impl<T: Record, K, W> Columns<T> for Column<T, K, W> {
    fn add(self, names: &mut Vec<&'static str>) {
        let name = self.name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

impl<A: Record, B, W> Columns<A> for Nav<A, B, W> {
    fn add(self, names: &mut Vec<&'static str>) {
        self.column().add(names);
    }
}

impl<T, C: Columns<T>, const N: usize> Columns<T> for [C; N] {
    fn add(self, names: &mut Vec<&'static str>) {
        for column in self {
            column.add(names);
        }
    }
}

impl<T, C: Columns<T>> Columns<T> for Vec<C> {
    fn add(self, names: &mut Vec<&'static str>) {
        for column in self {
            column.add(names);
        }
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<T, $($name: Columns<T>),*> Columns<T> for ($($name,)*) {
            #[expect(non_snake_case, reason = "one name for the type and its value")]
            fn add(self, names: &mut Vec<&'static str>) {
                let ($($name,)*) = self;
                $($name.add(names);)*
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);
tuples!(A B C D E F G H I J K L M);
tuples!(A B C D E F G H I J K L M N);
tuples!(A B C D E F G H I J K L M N O);
tuples!(A B C D E F G H I J K L M N O P);
