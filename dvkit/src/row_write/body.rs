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
/// A write that creates a row can also create rows that are related to it; see
/// [`children`](RowWrite::children) and [`parent`](RowWrite::parent).
///
/// `Serialize` writes the values as the body of a request, which the client sends. If serde_json serializes
/// them (`serde_json::to_vec(&changes)`), decimal numbers and amounts of money keep all digits. For infinite
/// numbers and `NaN`, which no column can hold, `Serialize` returns an error, so that no request is sent.
#[must_use = "changes do nothing until they are sent"]
pub struct RowWrite<T, M = Update> {
    pub(crate) body: RowBody,
    /// The rows of a change set whose content ids the body contains.
    #[cfg(feature = "client")]
    pub(crate) content_ids: Vec<dvkit_client::ContentId>,
    marker: Marker<(T, M)>,
}

/// The body of a request that writes a row: the name of each member with its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowBody(pub(super) BTreeMap<String, Member>);

/// The value of a member of a body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Member {
    /// The value of a column, or the URL of a row.
    Value(Literal),
    /// The URLs of rows.
    Urls(Vec<String>),
    /// A row that is created together with the row of the body.
    Row(RowBody),
    /// Rows that are created together with the row of the body.
    Rows(Vec<RowBody>),
}

impl<T, M> RowWrite<T, M> {
    /// Returns a write without values.
    pub fn new() -> Self {
        Self {
            body: RowBody::default(),
            #[cfg(feature = "client")]
            content_ids: Vec::new(),
            marker: PhantomData,
        }
    }

    /// Returns whether the write has no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.0.is_empty()
    }

    /// Returns the body of the request as a JSON value, for inspection.
    ///
    /// Decimal numbers in the result are exact only to 15 significant digits, because a [`serde_json::Value`]
    /// holds floats. Serialize the write itself to get all digits. Infinite numbers and `NaN` become the
    /// texts `"INF"`, `"-INF"` and `"NaN"`, as in OData; the service refuses these.
    #[must_use]
    pub fn json(&self) -> Value {
        self.body.json()
    }

    /// Returns the body of the request as a JSON value, as [`json`](Self::json) does.
    #[must_use]
    pub fn into_json(self) -> Value {
        self.body.json()
    }
}

impl RowBody {
    /// Returns the body as a JSON value, in which decimal numbers are floats.
    fn json(&self) -> Value {
        self.0.iter().map(|(name, member)| (name.clone(), member.json())).collect()
    }

    /// Sets the member `name` to the value of a column or to the URL of a row.
    pub(crate) fn set(&mut self, name: String, value: Literal) {
        self.0.insert(name, Member::Value(value));
    }

    /// Appends rows to the member `name`, which holds a list of rows to create.
    pub(super) fn push_rows(&mut self, name: &str, rows: impl Iterator<Item = RowBody>) {
        match self.0.get_mut(name) {
            Some(Member::Rows(before)) => before.extend(rows),
            _ => _ = self.0.insert(name.to_owned(), Member::Rows(rows.collect())),
        }
    }

    /// Appends the URLs of rows to the member `name`, which holds a list of them.
    pub(super) fn push_urls(&mut self, name: String, urls: impl Iterator<Item = String>) {
        match self.0.get_mut(&name) {
            Some(Member::Urls(before)) => before.extend(urls),
            _ => _ = self.0.insert(name, Member::Urls(urls.collect())),
        }
    }

    /// Returns the name of the first of `columns` to which the body has a value; `None` if it has none.
    #[cfg(feature = "client")]
    pub(crate) fn first_of<'c>(&self, columns: &[&'c str]) -> Option<&'c str> {
        columns.iter().copied().find(|column| self.0.contains_key(*column))
    }

    /// Returns the name of the first navigation property through which the body creates rows; `None` if it
    /// creates none.
    #[cfg(feature = "client")]
    pub(crate) fn first_new_row(&self) -> Option<&str> {
        let creates = |member: &Member| matches!(member, Member::Row(_) | Member::Rows(_));
        self.0.iter().find(|(_, member)| creates(member)).map(|(name, _)| name.as_str())
    }

    /// Returns the name of the first member that holds related rows, new or existing ones; `None` if the body has
    /// only values and lookups.
    #[cfg(feature = "client")]
    pub(crate) fn first_related(&self) -> Option<&str> {
        let related = |member: &Member| !matches!(member, Member::Value(_));
        self.0.iter().find(|(_, member)| related(member)).map(|(name, _)| name.as_str())
    }
}

impl Member {
    fn json(&self) -> Value {
        match self {
            Member::Value(value) => json(value),
            Member::Urls(urls) => urls.iter().map(String::as_str).collect(),
            Member::Row(row) => row.json(),
            Member::Rows(rows) => rows.iter().map(RowBody::json).collect(),
        }
    }
}

impl<T, M> Serialize for RowWrite<T, M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body.serialize(serializer)
    }
}

impl Serialize for RowBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, member) in &self.0 {
            match member {
                Member::Value(Literal::Decimal(number)) => map.serialize_entry(name, &digits(*number))?,
                Member::Value(Literal::Float(number)) if !number.is_finite() => {
                    return Err(S::Error::custom(format_args!(
                        "`{name}` is set to {number}, which no column holds; set a finite number, or `clear` the column"
                    )));
                }
                Member::Value(value) => map.serialize_entry(name, &json(value))?,
                Member::Urls(urls) => map.serialize_entry(name, urls)?,
                Member::Row(row) => map.serialize_entry(name, row)?,
                Member::Rows(rows) => map.serialize_entry(name, rows)?,
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
        Self {
            body: self.body.clone(),
            #[cfg(feature = "client")]
            content_ids: self.content_ids.clone(),
            marker: PhantomData,
        }
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
