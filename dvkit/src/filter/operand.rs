//! What a column may be compared with and set to: Rust values to literals, by the kind of the column.

use core::fmt::Write;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use crate::{
    ChoiceSet, ChoiceValue, ChoiceValues, DerivesFrom, FileId, Guid, Image, Lookup, ManagedProperty, Ref,
    Table, kind,
};

/// A value that stands in a condition or in the body of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// A floating point number.
    Float(f64),
    /// Text.
    Text(String),
    /// A guid.
    Id(Guid),
    /// Date and time in UTC.
    DateTime(Timestamp),
    /// Date and time of the clock.
    LocalDateTime(civil::DateTime),
    /// A date.
    Date(civil::Date),
    /// Numbers of options.
    Options(Vec<i32>),
    /// The bytes of an image.
    Bytes(Vec<u8>),
    /// A managed property.
    ManagedProperty(ManagedProperty),
}

impl Literal {
    /// As OData writes it in a condition.
    pub(crate) fn odata(&self, out: &mut String) {
        match self {
            Literal::Text(text) => quoted(text, out),
            // A set of options is compared as the text it is on the wire.
            Literal::Options(_) => {
                out.push('\'');
                self.bare(out);
                out.push('\'');
            }
            _ => self.bare(out),
        }
    }

    /// Without quotes, as inside a text: the argument of a query function.
    pub(crate) fn bare(&self, out: &mut String) {
        // Writing into a String never fails.
        let _ = match self {
            Literal::Null => out.write_str("null"),
            Literal::Bool(flag) | Literal::ManagedProperty(ManagedProperty { value: flag, .. }) => {
                write!(out, "{flag}")
            }
            Literal::Whole(number) => write!(out, "{number}"),
            Literal::Decimal(number) => write!(out, "{number}"),
            // As OData writes what the service then refuses; no other word would say why.
            Literal::Float(number) if number.is_infinite() => {
                out.write_str(if *number < 0.0 { "-INF" } else { "INF" })
            }
            Literal::Float(number) => write!(out, "{number}"),
            Literal::Text(text) => out.write_str(text),
            Literal::Id(id) => write!(out, "{id}"),
            Literal::DateTime(time) => write!(out, "{time}"),
            // The service keeps clock times with a `Z` that means no zone.
            Literal::LocalDateTime(time) => write!(out, "{time}Z"),
            Literal::Date(date) => write!(out, "{date}"),
            Literal::Options(values) => {
                for (at, value) in values.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    let _ = write!(out, "{comma}{value}");
                }
                Ok(())
            }
            Literal::Bytes(bytes) => {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode_string(bytes, out);
                Ok(())
            }
        };
    }
}

/// `'text'` with its quotes doubled.
pub(crate) fn quoted(text: &str, out: &mut String) {
    out.push('\'');
    for (at, part) in text.split('\'').enumerate() {
        if at > 0 {
            out.push_str("''");
        }
        out.push_str(part);
    }
    out.push('\'');
}

/// A Rust value that stands for one of a column of kind `K`, in conditions and in writes.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` is no value of a column of kind `{K}`",
    label = "wrong type for this column"
)]
pub trait Operand<K> {
    /// The literal that it is.
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

/// A row that a lookup to table `B` is compared with: an id, a lookup that was read, or a [`Ref`] to a row that is a `B`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row that this lookup may point to",
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

/// A choice whose options a `V` stands for: the enum itself, and [`ChoiceValue`] of it.
///
/// It is a trait of the enum and not of the value because what the compiler says of it then begins with the enum, and says how an
/// option of it is written.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the column holds an option of `{Self}`, and a `{V}` is none",
    label = "write an option of `{Self}`, for example a variant: `{Self}::…`",
    note = "a number that is known only when the program runs is `dvkit::ChoiceValue::<{Self}>::new(number)`"
)]
pub trait TakesOption<V> {
    /// The number of the option.
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
