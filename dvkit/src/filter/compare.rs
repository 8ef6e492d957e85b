//! Adds the comparison operators of filters as methods to columns and paths. The kind of a column decides
//! which of the methods it has.

use super::condition::{ColumnPath, Filter, Node};
use super::{Literal, Operand, Path, RowOf};
use crate::column::{Column, Nav};
use crate::kind::{self, ColumnKind};
use crate::row::Record;

/// A kind of column that can be compared with `eq` and `ne`.
#[diagnostic::on_unimplemented(
    message = "a column of kind `{Self}` is not compared by `eq`",
    label = "sets of options have `contain_values`, images and files have no comparison"
)]
pub trait Equality: ColumnKind {
    /// The text that follows the column's name in a comparison: `/Value` for a managed property, otherwise
    /// empty.
    #[doc(hidden)]
    const PART: &'static str = "";
}

/// A kind of column that can be compared with `lt`, `le`, `gt` and `ge`.
#[diagnostic::on_unimplemented(
    message = "a column of kind `{Self}` has no order in conditions",
    label = "numbers, dates and texts do"
)]
pub trait Comparable: Equality {}

/// A kind of column that can be searched with `contains`, `starts_with` and `ends_with`.
#[diagnostic::on_unimplemented(message = "only text is searched, and this column is of kind `{Self}`")]
pub trait TextSearchable: ColumnKind {}

macro_rules! kinds {
    ($($name:ident: $($kind:ident)*;)*) => {$($(impl $name for kind::$kind {})*)*};
}

kinds! {
    Equality: Text Int Long Decimal Money Float Bool Id DateTime LocalDateTime Date Lookup;
    Comparable: Text Int Long Decimal Money Float DateTime LocalDateTime Date;
    TextSearchable: Text;
}

impl<E: crate::ChoiceSet> Equality for kind::Choice<E> {}
impl<E: crate::ChoiceSet> Equality for kind::TwoOptions<E> {}
impl Equality for kind::ManagedProperty {
    const PART: &'static str = "/Value";
}

fn compare<T, K: Equality>(mut place: ColumnPath, operator: &'static str, value: Literal) -> Filter<T> {
    place.part = K::PART;
    Filter::new(Node::Compare(place, operator, value))
}

/// Returns `text` with the wildcards `%`, `_` and `[` escaped, so that a search finds exactly these
/// characters.
pub(crate) fn escape_wildcards(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '[') {
            out.extend(['[', character, ']']);
        } else {
            out.push(character);
        }
    }
    out
}

/// Implements the comparison operators for one type. The arguments are the generic parameters of the type,
/// the type itself, its table, its kind of column, and the Rust types that it can be compared with.
macro_rules! operators {
    ([$($generics:tt)*] $self:ty, $table:ty, $kind:ty, $($value:tt)+) => {
        impl<$($generics)*> $self {
            fn place(self) -> ColumnPath {
                Path::<$table, $kind>::from(self).place
            }

            /// Returns a filter for rows in which the value equals `value`.
            pub fn eq(self, value: impl $($value)+) -> Filter<$table> where $kind: Equality {
                compare::<$table, $kind>(self.place(), "eq", value.literal())
            }

            /// Returns a filter for rows in which the value does not equal `value`.
            pub fn ne(self, value: impl $($value)+) -> Filter<$table> where $kind: Equality {
                compare::<$table, $kind>(self.place(), "ne", value.literal())
            }

            /// Returns a filter for rows in which the value is null.
            pub fn is_null(self) -> Filter<$table> where $kind: Equality {
                compare::<$table, $kind>(self.place(), "eq", Literal::Null)
            }

            /// Returns a filter for rows in which the value is not null.
            pub fn is_not_null(self) -> Filter<$table> where $kind: Equality {
                compare::<$table, $kind>(self.place(), "ne", Literal::Null)
            }
        }
    };
}

operators!([T: Record, K: ColumnKind, W] Column<T, K, W>, T, K, Operand<K>);
operators!([T, K: ColumnKind] Path<T, K>, T, K, Operand<K>);
operators!([A: Record, B, W] Nav<A, B, W>, A, kind::Lookup, RowOf<B>);

macro_rules! order_operators {
    ([$($generics:tt)*] $self:ty, $table:ty, $kind:ty) => {
        impl<$($generics)*> $self {
            /// Returns a filter for rows in which the value is less than `value`.
            pub fn lt(self, value: impl Operand<$kind>) -> Filter<$table> where $kind: Comparable {
                compare::<$table, $kind>(self.place(), "lt", value.literal())
            }

            /// Returns a filter for rows in which the value is less than or equal to `value`.
            pub fn le(self, value: impl Operand<$kind>) -> Filter<$table> where $kind: Comparable {
                compare::<$table, $kind>(self.place(), "le", value.literal())
            }

            /// Returns a filter for rows in which the value is greater than `value`.
            pub fn gt(self, value: impl Operand<$kind>) -> Filter<$table> where $kind: Comparable {
                compare::<$table, $kind>(self.place(), "gt", value.literal())
            }

            /// Returns a filter for rows in which the value is greater than or equal to `value`.
            pub fn ge(self, value: impl Operand<$kind>) -> Filter<$table> where $kind: Comparable {
                compare::<$table, $kind>(self.place(), "ge", value.literal())
            }
        }
    };
}

order_operators!([T: Record, K: ColumnKind, W] Column<T, K, W>, T, K);
order_operators!([T, K: ColumnKind] Path<T, K>, T, K);

macro_rules! text_operators {
    ([$($generics:tt)*] $self:ty, $table:ty, $kind:ty) => {
        impl<$($generics)*> $self {
            /// Returns a filter for rows in which the value contains `text`, ignoring case. Wildcards in
            /// `text` are escaped.
            pub fn contains(self, text: impl AsRef<str>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("contains", self.place(), escape_wildcards(text.as_ref())))
            }

            /// Returns a filter for rows in which the value begins with `text`, ignoring case. Wildcards in
            /// `text` are escaped.
            pub fn starts_with(self, text: impl AsRef<str>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("startswith", self.place(), escape_wildcards(text.as_ref())))
            }

            /// Returns a filter for rows in which the value ends with `text`, ignoring case. Wildcards in
            /// `text` are escaped.
            pub fn ends_with(self, text: impl AsRef<str>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("endswith", self.place(), escape_wildcards(text.as_ref())))
            }

            /// Returns a filter for rows in which a part of the value matches `pattern`: `%` stands for any
            /// text, `_` for one character, `[a-f]` for one of these characters.
            pub fn contains_pattern(self, pattern: impl Into<String>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("contains", self.place(), pattern.into()))
            }
        }
    };
}

text_operators!([T: Record, K: ColumnKind, W] Column<T, K, W>, T, K);
text_operators!([T, K: ColumnKind] Path<T, K>, T, K);

impl<T: Record, K: ColumnKind, W> Column<T, K, W> {
    /// Returns a filter for rows in which the two columns have equal values. Both columns have the same kind.
    pub fn eq_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Equality,
    {
        columns(self, "eq", other)
    }

    /// Returns a filter for rows in which the two columns have different values. Both columns have the same
    /// kind.
    pub fn ne_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Equality,
    {
        columns(self, "ne", other)
    }

    /// Returns a filter for rows in which the value of this column is less than that of `other`.
    pub fn lt_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Comparable,
    {
        columns(self, "lt", other)
    }

    /// Returns a filter for rows in which the value of this column is less than or equal to that of `other`.
    pub fn le_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Comparable,
    {
        columns(self, "le", other)
    }

    /// Returns a filter for rows in which the value of this column is greater than that of `other`.
    pub fn gt_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Comparable,
    {
        columns(self, "gt", other)
    }

    /// Returns a filter for rows in which the value of this column is greater than or equal to that of
    /// `other`.
    pub fn ge_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Comparable,
    {
        columns(self, "ge", other)
    }
}

fn columns<T: Record, K: Equality, W, V>(
    one: Column<T, K, W>,
    operator: &'static str,
    other: Column<T, K, V>,
) -> Filter<T> {
    let part = |column| ColumnPath { part: K::PART, ..ColumnPath::of_row(column) };
    Filter::new(Node::Columns(part(one.name()), operator, part(other.name())))
}
