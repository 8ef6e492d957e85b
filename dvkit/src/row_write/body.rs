//! Defines [`RowWrite`], the values that a request stores in a row, and converts them to JSON.

use core::fmt;
use core::marker::PhantomData;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Error as _, Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;
use serde_json::{Number, Value};

use crate::column::Marker;
use crate::filter::Literal;
use crate::row::Record;

/// Marks a write that creates a new row.
#[derive(Clone, Copy, Debug)]
pub enum Create {}
/// Marks a write that changes an existing row.
#[derive(Clone, Copy, Debug)]
pub enum Update {}

/// The values that a request stores in columns of a row of table `T`. `M` is [`Create`] or [`Update`].
///
/// `Serialize` writes the values as the body of a request, which the client sends. If serde_json serializes
/// them (`serde_json::to_vec(&changes)`), decimal numbers and amounts of money keep all digits. For infinite
/// numbers and `NaN`, which no column can hold, `Serialize` returns an error, so that no request is sent.
#[must_use = "changes do nothing until they are sent"]
pub struct RowWrite<T, M = Update> {
    pub(crate) body: BTreeMap<String, Literal>,
    marker: Marker<(T, M)>,
}

impl<T, M> RowWrite<T, M> {
    /// Returns a write without values.
    pub fn new() -> Self {
        Self { body: BTreeMap::new(), marker: PhantomData }
    }

    /// Returns whether the write has no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Returns the body of the request as a JSON value, for inspection.
    ///
    /// Decimal numbers in the result are exact only to 15 significant digits, because a [`serde_json::Value`]
    /// holds floats. Serialize the write itself to get all digits. Infinite numbers and `NaN` become the
    /// texts `"INF"`, `"-INF"` and `"NaN"`, as in OData; the service refuses these.
    #[must_use]
    pub fn json(&self) -> Value {
        self.body.iter().map(|(name, value)| (name.clone(), json(value))).collect()
    }

    /// Returns the body of the request as a JSON value, as [`json`](Self::json) does.
    #[must_use]
    pub fn into_json(self) -> Value {
        self.body.into_iter().map(|(name, value)| (name, json(&value))).collect()
    }
}

impl<T, M> Serialize for RowWrite<T, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.body.len()))?;
        for (name, value) in &self.body {
            match value {
                Literal::Decimal(number) => map.serialize_entry(name, &digits(*number))?,
                Literal::Float(number) if !number.is_finite() => {
                    return Err(S::Error::custom(format_args!(
                        "`{name}` is set to {number}, which no column holds; set a finite number, or `clear` the column"
                    )));
                }
                _ => map.serialize_entry(name, &json(value))?,
            }
        }
        map.end()
    }
}

/// Returns a literal as a JSON value. A decimal number becomes the nearest float.
fn json(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(flag) => (*flag).into(),
        Literal::Whole(number) => (*number).into(),
        Literal::Decimal(number) => {
            serde_json::from_str(digits(*number).get()).expect("JSON has numbers of any length")
        }
        Literal::Float(number) => match Number::from_f64(*number) {
            Some(number) => number.into(),
            None => bare(literal),
        },
        Literal::Text(text) => text.as_str().into(),
        Literal::Bytes(bytes) => STANDARD.encode(bytes).into(),
        Literal::ManagedProperty(managed) => {
            serde_json::json!({"Value": managed.value, "CanBeChanged": managed.can_be_changed})
        }
        // A column is emptied by `null`, and not by an empty text, which an empty list of options would be.
        Literal::Options(values) if values.is_empty() => Value::Null,
        Literal::Id(_)
        | Literal::DateTime(_)
        | Literal::LocalDateTime(_)
        | Literal::Date(_)
        | Literal::Options(_) => bare(literal),
    }
}

fn bare(literal: &Literal) -> Value {
    let mut text = String::new();
    literal.bare(&mut text);
    text.into()
}

/// Returns a decimal number as the text of a JSON number with all its digits.
fn digits(number: rust_decimal::Decimal) -> Box<RawValue> {
    RawValue::from_string(number.normalize().to_string()).expect("a decimal is written as a JSON number")
}

impl<T, M> Default for RowWrite<T, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, M> Clone for RowWrite<T, M> {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), marker: PhantomData }
    }
}

impl<T: Record, M> fmt::Debug for RowWrite<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(self) {
            Ok(json) => write!(f, "{}: {json}", T::TABLE),
            Err(_) => write!(f, "{}: {}", T::TABLE, self.json()),
        }
    }
}
