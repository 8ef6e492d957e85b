//! Operators of columns, by their kind.

use super::{ColumnPath, Filter, Literal, Node, Operand, Path, RowOf};
use crate::{Column, ColumnKind, Nav, Record, kind};

/// Kinds that are compared by `eq` and `ne`.
#[diagnostic::on_unimplemented(
    message = "a column of kind `{Self}` is not compared by `eq`",
    label = "sets of options have `contain_values`, images and files have no comparison"
)]
pub trait Equality: ColumnKind {
    /// What follows the property: managed properties are compared by a part of them.
    #[doc(hidden)]
    const PART: &'static str = "";
}

/// Kinds that are compared by `lt`, `le`, `gt`, `ge`.
#[diagnostic::on_unimplemented(
    message = "a column of kind `{Self}` has no order in conditions",
    label = "numbers, dates and texts do"
)]
pub trait Comparable: Equality {}

/// Kinds that are searched by `contains`, `starts_with`, `ends_with`.
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

/// Text of which every character stands for itself: the service takes `%`, `_` and `[` for wildcards.
pub(crate) fn literally(text: &str) -> String {
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

/// The operators, for what has a table, a kind and a place.
macro_rules! operators {
    ([$($generics:tt)*] $self:ty, $table:ty, $kind:ty, $($value:tt)+) => {
        impl<$($generics)*> $self {
            fn place(self) -> ColumnPath {
                Path::<$table, $kind>::from(self).place
            }

            /// Equal to a value.
            pub fn eq(self, value: impl $($value)+) -> Filter<$table> where $kind: Equality {
                compare::<$table, $kind>(self.place(), "eq", value.literal())
            }

            /// Not equal to a value.
            pub fn ne(self, value: impl $($value)+) -> Filter<$table> where $kind: Equality {
                compare::<$table, $kind>(self.place(), "ne", value.literal())
            }

            /// Has no value.
            pub fn is_null(self) -> Filter<$table> where $kind: Equality {
                compare::<$table, $kind>(self.place(), "eq", Literal::Null)
            }

            /// Has a value.
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
            /// Less than a value.
            pub fn lt(self, value: impl Operand<$kind>) -> Filter<$table> where $kind: Comparable {
                compare::<$table, $kind>(self.place(), "lt", value.literal())
            }

            /// Less than a value or equal to it.
            pub fn le(self, value: impl Operand<$kind>) -> Filter<$table> where $kind: Comparable {
                compare::<$table, $kind>(self.place(), "le", value.literal())
            }

            /// Greater than a value.
            pub fn gt(self, value: impl Operand<$kind>) -> Filter<$table> where $kind: Comparable {
                compare::<$table, $kind>(self.place(), "gt", value.literal())
            }

            /// Greater than a value or equal to it.
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
            /// Contains a text, in any case of letters. Characters stand for themselves: wildcards are escaped.
            pub fn contains(self, text: impl AsRef<str>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("contains", self.place(), literally(text.as_ref())))
            }

            /// Begins with a text, in any case of letters. Characters stand for themselves: wildcards are escaped.
            pub fn starts_with(self, text: impl AsRef<str>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("startswith", self.place(), literally(text.as_ref())))
            }

            /// Ends with a text, in any case of letters. Characters stand for themselves: wildcards are escaped.
            pub fn ends_with(self, text: impl AsRef<str>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("endswith", self.place(), literally(text.as_ref())))
            }

            /// Contains what a pattern stands for: `%` is any text, `_` one character, `[a-f]` one of these.
            pub fn contains_pattern(self, pattern: impl Into<String>) -> Filter<$table> where $kind: TextSearchable {
                Filter::new(Node::Text("contains", self.place(), pattern.into()))
            }
        }
    };
}

text_operators!([T: Record, K: ColumnKind, W] Column<T, K, W>, T, K);
text_operators!([T, K: ColumnKind] Path<T, K>, T, K);

impl<T: Record, K: ColumnKind, W> Column<T, K, W> {
    /// Equal to another column of the same row, of the same kind.
    pub fn eq_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Equality,
    {
        columns(self, "eq", other)
    }

    /// Not equal to another column of the same row, of the same kind.
    pub fn ne_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Equality,
    {
        columns(self, "ne", other)
    }

    /// Less than another column of the same row, of the same kind.
    pub fn lt_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Comparable,
    {
        columns(self, "lt", other)
    }

    /// Less than another column of the same row or equal to it, of the same kind.
    pub fn le_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Comparable,
    {
        columns(self, "le", other)
    }

    /// Greater than another column of the same row, of the same kind.
    pub fn gt_column<V>(self, other: Column<T, K, V>) -> Filter<T>
    where
        K: Comparable,
    {
        columns(self, "gt", other)
    }

    /// Greater than another column of the same row or equal to it, of the same kind.
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
    let part = |column| ColumnPath { part: K::PART, ..ColumnPath::here(column) };
    Filter::new(Node::Columns(part(one.name()), operator, part(other.name())))
}
