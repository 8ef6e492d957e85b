//! Defines, for each kind of column, the Rust types with whose values a column can be compared and to which
//! it can be set. Filters and writes share these definitions.

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use super::literal::Literal;
use crate::table::{DerivesFrom, Table};
use crate::value::{ChoiceSet, ChoiceValue, ChoiceValues, FileId, Image, Lookup, ManagedProperty, Ref};
use crate::{Guid, kind};

/// A Rust type whose values a column of kind `K` can be compared with and set to.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is not a value of a column of kind `{K}`",
    label = "wrong type for this column"
)]
pub trait Operand<K> {
    /// Returns the value as a [`Literal`], in which filters and writes store values.
    fn literal(self) -> Literal;
}

macro_rules! operands {
    ($($kind:ident: $($value:ty => |$name:ident| $literal:expr),+;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl Operand<kind::$kind> for $value {
            fn literal(self) -> Literal {
                let $name = self;
                $literal
            }
        }
    )+)*};
}

operands! {
    Text: &str => |v| Literal::Text(v.to_owned()), String => |v| Literal::Text(v), &String => |v| Literal::Text(v.clone()),
        char => |v| Literal::Text(v.into()), std::borrow::Cow<'_, str> => |v| Literal::Text(v.into_owned());
    Int: i32 => |v| Literal::Whole(v.into()), u16 => |v| Literal::Whole(v.into()), i16 => |v| Literal::Whole(v.into()),
        u8 => |v| Literal::Whole(v.into());
    Long: i64 => |v| Literal::Whole(v), i32 => |v| Literal::Whole(v.into()), u32 => |v| Literal::Whole(v.into());
    Decimal: Decimal => |v| Literal::Decimal(v), i32 => |v| Literal::Whole(v.into()), i64 => |v| Literal::Whole(v);
    Money: Decimal => |v| Literal::Decimal(v), i32 => |v| Literal::Whole(v.into()), i64 => |v| Literal::Whole(v);
    Float: f64 => |v| Literal::Float(v), f32 => |v| Literal::Float(v.into()), i32 => |v| Literal::Whole(v.into());
    Bool: bool => |v| Literal::Bool(v);
    Id: Guid => |v| Literal::Id(v), &Guid => |v| Literal::Id(*v);
    DateTime: Timestamp => |v| Literal::DateTime(v);
    LocalDateTime: civil::DateTime => |v| Literal::LocalDateTime(v);
    Date: civil::Date => |v| Literal::Date(v);
    Lookup: Guid => |v| Literal::Id(v), &Guid => |v| Literal::Id(*v), Lookup => |v| Literal::Id(v.id),
        &Lookup => |v| Literal::Id(v.id);
    Image: Image => |v| Literal::Bytes(v.0), Vec<u8> => |v| Literal::Bytes(v), &[u8] => |v| Literal::Bytes(v.to_vec());
    File: FileId => |v| Literal::Id(v.0);
    ManagedProperty: bool => |v| Literal::Bool(v), ManagedProperty => |v| Literal::ManagedProperty(v);
}

#[diagnostic::do_not_recommend]
impl<T: Table> Operand<kind::Lookup> for Ref<T> {
    fn literal(self) -> Literal {
        Literal::Id(self.id())
    }
}

/// A reference to a row of table `B`, for a comparison with a lookup: an id, a [`Lookup`] that was read, or a
/// [`Ref`] to a row of `B` or of a table that derives from `B`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row that this lookup can point to",
    label = "neither an id nor a reference to a row of `{B}`"
)]
pub trait RowOf<B>: Operand<kind::Lookup> {}

impl<B> RowOf<B> for Guid {}
impl<B> RowOf<B> for &Guid {}
impl<B> RowOf<B> for Lookup {}
impl<B> RowOf<B> for &Lookup {}
impl<B, R: Table + DerivesFrom<B>> RowOf<B> for Ref<R> {}

#[diagnostic::do_not_recommend]
impl<T: Table> Operand<kind::Id> for Ref<T> {
    fn literal(self) -> Literal {
        Literal::Id(self.id())
    }
}

/// A choice enum (`Self`) whose options can be given as values of type `V`: as the enum itself or as a
/// [`ChoiceValue`] of the enum.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the column holds an option of `{Self}`, and a `{V}` is not one",
    label = "write an option of `{Self}`, for example a variant: `{Self}::…`",
    note = "a number that is known only when the program runs is `dvkit::ChoiceValue::<{Self}>::new(number)`"
)]
pub trait TakesOption<V> {
    /// Returns the number of the option `value`.
    fn number(value: V) -> i32;
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> TakesOption<E> for E {
    fn number(value: E) -> i32 {
        value.value()
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> TakesOption<ChoiceValue<E>> for E {
    fn number(value: ChoiceValue<E>) -> i32 {
        value.value()
    }
}

impl<E: TakesOption<V>, V> Operand<kind::Choice<E>> for V {
    fn literal(self) -> Literal {
        Literal::Whole(E::number(self).into())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<kind::TwoOptions<E>> for bool {
    fn literal(self) -> Literal {
        Literal::Bool(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<kind::TwoOptions<E>> for E {
    fn literal(self) -> Literal {
        Literal::Bool(self.value() != 0)
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<kind::Choices<E>> for ChoiceValues<E> {
    fn literal(self) -> Literal {
        Literal::Options(self.values().to_vec())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<kind::Choices<E>> for &ChoiceValues<E> {
    fn literal(self) -> Literal {
        Literal::Options(self.values().to_vec())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet, O: Into<ChoiceValue<E>>, const N: usize> Operand<kind::Choices<E>> for [O; N] {
    fn literal(self) -> Literal {
        Literal::Options(ChoiceValues::from(self).values().to_vec())
    }
}
