//! Defines [`OrderColumns`], the trait of everything that `order_by` takes. The order by a column is
//! ascending unless `desc()` is called on the column.

use core::fmt;
use core::marker::PhantomData;

use crate::column::{Column, Nav};
use crate::kind::{self, ColumnKind};
use crate::row::Record;
use crate::value::ChoiceSet;

/// A kind of column that rows can be ordered by.
#[diagnostic::on_unimplemented(message = "rows cannot be ordered by a column of kind `{Self}`")]
pub trait Sortable: ColumnKind {}

macro_rules! sortable {
    ($($kind:ident)*) => {$(impl Sortable for kind::$kind {})*};
}

sortable!(Text Int Long Decimal Money Float Bool Id DateTime LocalDateTime Date Lookup);

impl<E: ChoiceSet> Sortable for kind::Choice<E> {}
impl<E: ChoiceSet> Sortable for kind::TwoOptions<E> {}

/// A column of table `T` to order by, and the direction: ascending or descending.
pub struct OrderBy<T> {
    column: &'static str,
    descending: bool,
    table: PhantomData<fn() -> T>,
}

impl<T> Clone for OrderBy<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OrderBy<T> {}

impl<T> fmt::Debug for OrderBy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.column, if self.descending { " desc" } else { "" })
    }
}

impl<T: Record, K: Sortable, W> Column<T, K, W> {
    /// Returns this column in ascending order, for `order_by`.
    #[must_use]
    pub fn asc(self) -> OrderBy<T> {
        OrderBy { column: self.name(), descending: false, table: PhantomData }
    }

    /// Returns this column in descending order, for `order_by`.
    #[must_use]
    pub fn desc(self) -> OrderBy<T> {
        OrderBy { column: self.name(), descending: true, table: PhantomData }
    }
}

impl<A: Record, B, W> Nav<A, B, W> {
    /// Returns the lookup in ascending order, for `order_by`. The rows are ordered by the label of the row
    /// that the lookup points to.
    #[must_use]
    pub fn asc(self) -> OrderBy<A> {
        self.column().asc()
    }

    /// Returns the lookup in descending order, for `order_by`. The rows are ordered by the label of the row
    /// that the lookup points to.
    #[must_use]
    pub fn desc(self) -> OrderBy<A> {
        self.column().desc()
    }
}

/// One or more columns of table `T` to order rows by: a single column, a tuple of up to six columns, or an
/// array or a `Vec` of columns. `asc()` or `desc()` of a column gives the direction, which is ascending by
/// default.
#[diagnostic::on_unimplemented(
    message = "rows of `{T}` cannot be ordered by `{Self}`",
    label = "expected columns of `{T}`, each with or without `.asc()` or `.desc()`"
)]
pub trait OrderColumns<T> {
    #[doc(hidden)]
    fn add(self, out: &mut String);
}

impl<T> OrderColumns<T> for OrderBy<T> {
    fn add(self, out: &mut String) {
        let column = |item: &str| {
            item.strip_suffix(" desc").is_some_and(|name| name == self.column) || item == self.column
        };
        if out.split(',').any(column) {
            return;
        }
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(self.column);
        if self.descending {
            out.push_str(" desc");
        }
    }
}

impl<T: Record, K: Sortable, W> OrderColumns<T> for Column<T, K, W> {
    fn add(self, out: &mut String) {
        self.asc().add(out);
    }
}

impl<A: Record, B, W> OrderColumns<A> for Nav<A, B, W> {
    fn add(self, out: &mut String) {
        self.asc().add(out);
    }
}

impl<T, O: OrderColumns<T>, const N: usize> OrderColumns<T> for [O; N] {
    fn add(self, out: &mut String) {
        for order in self {
            order.add(out);
        }
    }
}

impl<T, O: OrderColumns<T>> OrderColumns<T> for Vec<O> {
    fn add(self, out: &mut String) {
        for order in self {
            order.add(out);
        }
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<T, $($name: OrderColumns<T>),*> OrderColumns<T> for ($($name,)*) {
            #[expect(non_snake_case, reason = "one name for the type and its value")]
            fn add(self, out: &mut String) {
                let ($($name,)*) = self;
                $($name.add(out);)*
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
