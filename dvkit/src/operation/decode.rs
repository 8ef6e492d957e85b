//! Defines the Rust types of results, and decodes them from JSON.

use jiff::{SignedDuration, Timestamp, civil};
use rust_decimal::Decimal;

use super::any_row::DynamicRow;
use super::complex::ComplexValue;
use super::marker::{
    AnyRow, Collection, ComplexType, EdmBinary, EdmBoolean, EdmDate, EdmDateTimeOffset, EdmDecimal,
    EdmDouble, EdmDuration, EdmGuid, EdmInt32, EdmInt64, EdmString, EdmTimeOfDay, FetchXmlText, FilterText,
    Nothing, Nullable, TableRow,
};
use super::member::{MemberValue, elements};
use crate::Guid;
use crate::row::{Record, Row, Rows};

/// The type of a value in a result: a marker type of this module.
pub trait ValueType: 'static {
    /// The Rust type of a value.
    type Value: Send;
    /// Whether the value is an object. The response is then the object itself; other values are the member
    /// `value` of the response.
    const IS_OBJECT: bool;
    /// Whether the value is a row, with annotations for its columns.
    const IS_ROW: bool;

    /// Converts the value from JSON text. The error is a message for the user.
    #[doc(hidden)]
    fn from_json(text: &str) -> Result<Self::Value, String>;

    /// Converts a list of values from JSON text. The error is a message for the user.
    #[doc(hidden)]
    fn list_from_json(text: &str) -> Result<Vec<Self::Value>, String> {
        elements(text)?.into_iter().map(|element| Self::from_json(element.get())).collect()
    }
}

/// The type of the result of an operation.
pub trait ReturnType: 'static {
    /// The Rust type of the result.
    type Output: Send;
    /// Whether the result contains rows, so that requests ask for annotations.
    const HAS_ROWS: bool;
    /// Whether the result is a list, which may continue on further pages.
    const IS_LIST: bool;

    /// Whether the result is an object, which is then the response itself.
    const IS_OBJECT: bool = false;

    /// Whether the body of a response does not matter, because the operation returns nothing.
    const IGNORES_BODY: bool = false;

    /// Converts the result from the body of a response; `None` for an empty body. The error is a message for
    /// the user.
    #[doc(hidden)]
    fn output(body: Option<&str>) -> Result<Self::Output, String>;

    /// Appends the values of a further page to a list.
    #[doc(hidden)]
    fn extend(_: &mut Self::Output, _: Self::Output) {}
}

macro_rules! primitives {
    ($($marker:ident => $value:ty),*) => {$(
        impl ValueType for $marker {
            type Value = $value;
            const IS_OBJECT: bool = false;
            const IS_ROW: bool = false;

            fn from_json(text: &str) -> Result<$value, String> {
                MemberValue::from_json(text)
            }
        }
    )*};
}

primitives! {
    EdmString => String, FetchXmlText => String, FilterText => String, EdmBoolean => bool, EdmInt32 => i32, EdmInt64 => i64,
    EdmDecimal => Decimal, EdmDouble => f64, EdmGuid => Guid, EdmDateTimeOffset => Timestamp, EdmDate => civil::Date,
    EdmTimeOfDay => civil::Time, EdmDuration => SignedDuration, EdmBinary => Vec<u8>
}

impl<T: Record + Send> ValueType for TableRow<T> {
    type Value = T;
    const IS_OBJECT: bool = true;
    const IS_ROW: bool = true;

    fn from_json(text: &str) -> Result<T, String> {
        Row::from_json(text).map(|row| row.0)
    }

    fn list_from_json(text: &str) -> Result<Vec<T>, String> {
        serde_json::from_str::<Rows<T>>(text).map(|rows| rows.0).map_err(|error| error.to_string())
    }
}

impl ValueType for AnyRow {
    type Value = DynamicRow;
    const IS_OBJECT: bool = true;
    const IS_ROW: bool = true;

    fn from_json(text: &str) -> Result<DynamicRow, String> {
        MemberValue::from_json(text)
    }
}

impl ValueType for ComplexType {
    type Value = ComplexValue;
    const IS_OBJECT: bool = true;
    const IS_ROW: bool = false;

    fn from_json(text: &str) -> Result<ComplexValue, String> {
        MemberValue::from_json(text)
    }

    /// A list may have members of an enumeration, which are texts. They become objects with the member
    /// `value`, as in a response with one of them.
    fn list_from_json(text: &str) -> Result<Vec<ComplexValue>, String> {
        let element = |text: &str| match text.trim_start().starts_with('{') {
            true => ComplexValue::from_json(text),
            false => ComplexValue::from_json(&format!("{{\"value\":{text}}}")),
        };
        elements(text)?.into_iter().map(|raw| element(raw.get())).collect()
    }
}

/// Returns the JSON text of the member `value` of a response. The error is a message for the user.
fn value_of(body: &str) -> Result<String, String> {
    let members = ComplexValue::from_json(body)?;
    let value = members.json("value").map(str::to_owned);
    value.ok_or_else(|| "the response has no member `value`".to_owned())
}

const EMPTY: &str = "the response is empty, although the operation returns a value";

impl<K: ValueType> ReturnType for K {
    type Output = K::Value;
    const HAS_ROWS: bool = K::IS_ROW;
    const IS_LIST: bool = false;
    const IS_OBJECT: bool = <K as ValueType>::IS_OBJECT;

    fn output(body: Option<&str>) -> Result<K::Value, String> {
        let body = body.ok_or(EMPTY)?;
        if <K as ValueType>::IS_OBJECT { K::from_json(body) } else { K::from_json(&value_of(body)?) }
    }
}

impl<K: ValueType> ReturnType for Nullable<K> {
    type Output = Option<K::Value>;
    const HAS_ROWS: bool = K::IS_ROW;
    const IS_LIST: bool = false;
    const IS_OBJECT: bool = <K as ValueType>::IS_OBJECT;

    fn output(body: Option<&str>) -> Result<Option<K::Value>, String> {
        let Some(body) = body else { return Ok(None) };
        if <K as ValueType>::IS_OBJECT {
            return if is_null(body) { Ok(None) } else { K::from_json(body).map(Some) };
        }
        let value = value_of(body)?;
        if value.trim() == "null" { Ok(None) } else { K::from_json(&value).map(Some) }
    }
}

/// Returns whether the body of a response stands for no object: `{"@odata.null": true}` or `{"value": null}`.
fn is_null(body: &str) -> bool {
    let Ok(members) = ComplexValue::from_json(body) else { return false };
    members.json("@odata.null") == Some("true")
        || members.names().all(|name| name == "value") && members.json("value") == Some("null")
}

impl<K: ValueType> ReturnType for Collection<K> {
    type Output = Vec<K::Value>;
    const HAS_ROWS: bool = K::IS_ROW;
    const IS_LIST: bool = true;

    fn output(body: Option<&str>) -> Result<Vec<K::Value>, String> {
        K::list_from_json(&value_of(body.ok_or(EMPTY)?)?)
    }

    fn extend(list: &mut Self::Output, more: Self::Output) {
        list.extend(more);
    }
}

impl ReturnType for Nothing {
    type Output = ();
    const HAS_ROWS: bool = false;
    const IS_LIST: bool = false;
    const IGNORES_BODY: bool = true;

    fn output(_: Option<&str>) -> Result<(), String> {
        Ok(())
    }
}
