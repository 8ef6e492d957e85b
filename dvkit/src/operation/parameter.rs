//! Defines, for each type of parameter, the Rust types whose values the parameter takes.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp, Zoned, civil};
use rust_decimal::Decimal;

use super::argument::Argument;
use super::complex::{ComplexValue, EnumMember};
use super::marker::{
    AnyRow, Collection, ComplexType, EdmBinary, EdmBoolean, EdmDate, EdmDateTimeOffset, EdmDecimal,
    EdmDouble, EdmDuration, EdmGuid, EdmInt32, EdmInt64, EdmString, EdmTimeOfDay, FetchXmlText, FilterText,
};
use crate::Guid;
use crate::filter::{Filter, Literal};
use crate::text::FetchXml;
use crate::value::{ChoiceSet, ChoiceValue, Ref};

/// A value that a parameter of type `K` takes. `K` is a marker type of this module: [`EdmInt32`],
/// [`TableRow<Account>`](super::TableRow), [`Collection<…>`](Collection).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a parameter of type `{K}`",
    label = "wrong type for this parameter",
    note = "the documentation of the constructor or method names the parameter and its type in the organisation"
)]
pub trait ParameterValue<K> {
    /// Returns the value as an [`Argument`].
    fn argument(self) -> Argument;
}

macro_rules! values {
    ($($marker:ident: $($value:ty => |$name:ident| $argument:expr),+;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl ParameterValue<$marker> for $value {
            fn argument(self) -> Argument {
                let $name = self;
                $argument
            }
        }
    )+)*};
}

fn text(text: impl Into<String>) -> Argument {
    Argument::Literal(Literal::Text(text.into()))
}

fn whole(number: impl Into<i64>) -> Argument {
    Argument::Literal(Literal::Whole(number.into()))
}

values! {
    EdmString: &str => |v| text(v), String => |v| text(v), &String => |v| text(v.clone()), char => |v| text(v),
        Cow<'_, str> => |v| text(v);
    EdmBoolean: bool => |v| Argument::Literal(Literal::Bool(v));
    EdmInt32: i32 => |v| whole(v), u16 => |v| whole(v), i16 => |v| whole(v), u8 => |v| whole(v), i8 => |v| whole(v);
    EdmInt64: i64 => |v| whole(v), i32 => |v| whole(v), u32 => |v| whole(v);
    EdmDecimal: Decimal => |v| Argument::Literal(Literal::Decimal(v)), i32 => |v| whole(v), i64 => |v| whole(v);
    EdmDouble: f64 => |v| Argument::Literal(Literal::Float(v)), f32 => |v| Argument::Literal(Literal::Float(v.into())),
        i32 => |v| Argument::Literal(Literal::Float(v.into()));
    EdmGuid: Guid => |v| Argument::Literal(Literal::Id(v)), &Guid => |v| Argument::Literal(Literal::Id(*v));
    EdmDateTimeOffset: Timestamp => |v| Argument::Literal(Literal::DateTime(v)),
        Zoned => |v| Argument::Literal(Literal::DateTime(v.timestamp())),
        &Zoned => |v| Argument::Literal(Literal::DateTime(v.timestamp()));
    EdmDate: civil::Date => |v| Argument::Literal(Literal::Date(v));
    EdmTimeOfDay: civil::Time => |v| Argument::Time { prefix: "", text: v.to_string() };
    EdmDuration: SignedDuration => |v| Argument::Time { prefix: "duration", text: v.to_string() };
    EdmBinary: Vec<u8> => |v| Argument::Literal(Literal::Bytes(v)),
        &[u8] => |v| Argument::Literal(Literal::Bytes(v.to_vec())),
        &Vec<u8> => |v| Argument::Literal(Literal::Bytes(v.clone()));
}

/// An option of a choice: `$metadata` declares parameters for choices as `Edm.Int32`.
#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> ParameterValue<EdmInt32> for E {
    fn argument(self) -> Argument {
        whole(self.value())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> ParameterValue<EdmInt32> for ChoiceValue<E> {
    fn argument(self) -> Argument {
        whole(self.value())
    }
}

#[diagnostic::do_not_recommend]
impl<T> ParameterValue<EdmGuid> for Ref<T> {
    fn argument(self) -> Argument {
        Argument::Literal(Literal::Id(self.id()))
    }
}

/// A text that is sent without being checked, where a parameter takes a FetchXML query or a filter.
///
/// `fetchxml!` and `filter!` check a text when the program is compiled. This type is for texts that are known
/// only when the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchecked<S>(pub S);

/// A FetchXML query for a parameter: the result of `fetchxml!`, or a text marked as [`Unchecked`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a checked FetchXML query",
    label = "the parameter takes the result of `fetchxml!`",
    note = "write `fetchxml!(\"<fetch>…</fetch>\")`; a text that is known only when the program runs is `dvkit::operation::Unchecked(text)`"
)]
pub trait FetchXmlParameter: ParameterValue<FetchXmlText> {}

/// A filter for a parameter: the result of `filter!` or of the conditions of columns, or a text marked as
/// [`Unchecked`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a checked filter",
    label = "the parameter takes the result of `filter!`",
    note = "write `filter!(Account, \"statecode eq 0\")`; a text that is known only when the program runs is `dvkit::operation::Unchecked(text)`"
)]
pub trait FilterParameter: ParameterValue<FilterText> {}

macro_rules! checked_texts {
    ($marker:ident, $bound:ident: $([$($generics:tt)*] $value:ty => |$name:ident| $text:expr),+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ParameterValue<$marker> for $value {
            fn argument(self) -> Argument {
                let $name = self;
                text($text)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $bound for $value {}
    )+};
}

checked_texts!(FetchXmlText, FetchXmlParameter: [T] FetchXml<T> => |v| v, [T] &FetchXml<T> => |v| v.as_str(),
    [S: Into<String>] Unchecked<S> => |v| v.0);
checked_texts!(FilterText, FilterParameter: [T] Filter<T> => |v| v.odata(), [T] &Filter<T> => |v| v.odata(),
    [S: Into<String>] Unchecked<S> => |v| v.0);

/// A list for a parameter: an array, a `Vec` or an iterator of values of the type `K`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values of type `{K}`",
    label = "the parameter takes a list: `[…]`, a `Vec` or an iterator, of values of type `{K}`",
    note = "`dvkit::operation::AnyValue::new(…)` puts rows of several tables into one list"
)]
pub trait ListParameter<K>: ParameterValue<Collection<K>> {}

#[diagnostic::do_not_recommend]
impl<K, V: ParameterValue<K>, I: IntoIterator<Item = V>> ListParameter<K> for I {}

#[diagnostic::do_not_recommend]
impl<K> ListParameter<K> for AnyValue<Collection<K>> {}

#[diagnostic::do_not_recommend]
impl<K, V: ParameterValue<K>, I: IntoIterator<Item = V>> ParameterValue<Collection<K>> for I {
    fn argument(self) -> Argument {
        Argument::Array(self.into_iter().map(V::argument).collect())
    }
}

macro_rules! json_values {
    ($($marker:ty: $($value:ty),+;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl ParameterValue<$marker> for $value {
            fn argument(self) -> Argument {
                match serde_json::to_string(&self) {
                    Ok(text) => Argument::Json(text),
                    Err(error) => Argument::Invalid(error.to_string()),
                }
            }
        }
    )+)*};
}

json_values! {
    ComplexType: ComplexValue, &ComplexValue, serde_json::Value, &serde_json::Value;
    AnyRow: ComplexValue, &ComplexValue;
}

#[diagnostic::do_not_recommend]
impl ParameterValue<ComplexType> for EnumMember<'_> {
    fn argument(self) -> Argument {
        Argument::Member(self.0.to_owned())
    }
}

/// A value of a parameter of type `K` in a single Rust type, so that a list can contain rows of several
/// tables, or references beside rows with values.
///
/// ```
/// use dvkit::operation::{AnyValue, EdmString};
///
/// let values: [AnyValue<EdmString>; 2] = [AnyValue::new("a"), AnyValue::new(String::from("b"))];
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AnyValue<K> {
    argument: Argument,
    ty: core::marker::PhantomData<fn() -> K>,
}

impl<K> AnyValue<K> {
    /// Returns `value` as a value of this type.
    #[must_use]
    pub fn new(value: impl ParameterValue<K>) -> Self {
        Self { argument: value.argument(), ty: core::marker::PhantomData }
    }
}

#[diagnostic::do_not_recommend]
impl<K> ParameterValue<K> for AnyValue<K> {
    fn argument(self) -> Argument {
        self.argument
    }
}
