//! Defines [`MemberValue`], the types to which members of complex values are converted.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use jiff::{SignedDuration, Timestamp, civil};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use crate::Guid;
use crate::row::{FieldMut, FieldRef, FieldStorage, Record, Row};
use crate::value::{ChoiceSet, ChoiceValue};

/// The error for a member that is missing or has another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberError(String);

impl MemberError {
    pub(super) fn new(message: String) -> Self {
        Self(message)
    }
}

impl fmt::Display for MemberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MemberError {}

#[cfg(feature = "client")]
impl From<MemberError> for dvkit_client::Error {
    fn from(error: MemberError) -> Self {
        Self::new(dvkit_client::ErrorKind::Unexpected, error.to_string()).with_source(error)
    }
}

/// A type to which the member of a complex value can be converted.
#[diagnostic::on_unimplemented(
    message = "a member of a result cannot be read as `{Self}`",
    note = "`Guid`, `String`, `i32`, `i64`, `f64`, `bool`, `Decimal`, `Timestamp`, `Row<Account>`, `ComplexValue`, and `Vec` and `Option` of these are possible"
)]
pub trait MemberValue: Sized {
    /// Converts the value from JSON text.
    ///
    /// # Errors
    /// Returns a message that says what was expected if the value has another type.
    fn from_json(text: &str) -> Result<Self, String>;
}

/// Returns the first characters of a JSON text, for a message.
pub(super) fn shown(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    match text.char_indices().nth(MAX_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A row with one column, `value`. The decoder of rows converts the value, so that results and columns follow
/// the same rules.
struct OneValue<V>(Option<V>);

impl<V> Default for OneValue<V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<V: 'static> Record for OneValue<V>
where
    Option<V>: FieldStorage,
{
    const TABLE: &'static str = "result";
    const COLUMNS: &'static [&'static str] = &["value"];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        vec![self.0.field_mut()]
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        vec![self.0.field_ref()]
    }
}

fn one<V: 'static>(text: &str) -> Result<V, String>
where
    Option<V>: FieldStorage,
{
    let row = format!("{{\"value\":{text}}}");
    match serde_json::from_str::<Row<OneValue<V>>>(&row) {
        Ok(Row(OneValue(Some(value)))) => Ok(value),
        Ok(Row(OneValue(None))) => Err("expected a value, found null".to_owned()),
        Err(error) => {
            let message = error.to_string();
            let message = message.strip_prefix("result.value: ").unwrap_or(&message);
            // The position is one in the text of this member.
            Err(message.rsplit_once(" at line ").map_or(message, |(reason, _)| reason).to_owned())
        }
    }
}

macro_rules! members {
    ($($value:ty),*) => {$(
        impl MemberValue for $value {
            fn from_json(text: &str) -> Result<Self, String> {
                one(text)
            }
        }
    )*};
}

members!(String, i32, i64, f64, bool, Guid, Decimal, Timestamp, civil::DateTime, civil::Date);

impl<E: ChoiceSet> MemberValue for ChoiceValue<E> {
    fn from_json(text: &str) -> Result<Self, String> {
        i32::from_json(text).map(Self::new)
    }
}

/// Parses a JSON text, and then its content as `V`.
fn parsed<V: core::str::FromStr>(text: &str, expected: &str) -> Result<V, String> {
    let content = String::from_json(text)?;
    content.parse().map_err(|_| format!("expected {expected}, found {}", shown(text)))
}

impl MemberValue for civil::Time {
    fn from_json(text: &str) -> Result<Self, String> {
        parsed(text, "a time of a day")
    }
}

impl MemberValue for SignedDuration {
    fn from_json(text: &str) -> Result<Self, String> {
        parsed(text, "a duration")
    }
}

impl MemberValue for Vec<u8> {
    fn from_json(text: &str) -> Result<Self, String> {
        let content = String::from_json(text)?;
        let decoded = STANDARD.decode(&content).or_else(|_| URL_SAFE.decode(&content));
        decoded.map_err(|_| format!("expected bytes in base64, found {}", shown(text)))
    }
}

impl MemberValue for serde_json::Value {
    fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

impl<R: Record> MemberValue for Row<R> {
    fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

impl<V: MemberValue> MemberValue for Option<V> {
    fn from_json(text: &str) -> Result<Self, String> {
        if text.trim() == "null" { Ok(None) } else { V::from_json(text).map(Some) }
    }
}

/// Splits a JSON array into the texts of its elements. The error is a message for the user.
pub(super) fn elements(text: &str) -> Result<Vec<&RawValue>, String> {
    serde_json::from_str(text).map_err(|_| format!("expected a list, found {}", shown(text)))
}

impl<V: MemberValue> MemberValue for Vec<V> {
    fn from_json(text: &str) -> Result<Self, String> {
        elements(text)?.into_iter().map(|element| V::from_json(element.get())).collect()
    }
}
