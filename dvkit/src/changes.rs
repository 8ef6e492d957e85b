//! What is written: the body of a create, an update or an upsert, exactly as the Web API takes it.

use core::fmt;
use core::marker::PhantomData;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Error as _, Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;
use serde_json::{Number, Value};

use crate::column::Marker;
use crate::column::{CreateOnly, ReadWrite, UpdateOnly};
use crate::filter::{Literal, Operand};
use crate::{Column, DerivesFrom, EntitySet, Guid, Nav, Record, Ref};

/// A new row.
#[derive(Clone, Copy, Debug)]
pub enum Create {}
/// Changes of a row that exists.
#[derive(Clone, Copy, Debug)]
pub enum Update {}

/// A column of these rights may be given in a write of kind `M`.
#[diagnostic::on_unimplemented(
    message = "this column is `{Self}` and is not taken by the service here",
    label = "not written by `{M}`",
    note = "what may be created and updated is what the organisation's metadata says (IsValidForCreate, IsValidForUpdate)"
)]
pub trait Writable<M> {}

impl Writable<Create> for ReadWrite {}
impl Writable<Update> for ReadWrite {}
impl Writable<Create> for CreateOnly {}
impl Writable<Update> for UpdateOnly {}

/// The row that a lookup is bound to: a [`Ref`], or the id alone where the navigation says the table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row that this lookup may point to",
    label = "neither an id nor a reference to a row of `{B}`",
    note = "an abstract target needs the table of the row: `SystemUser::id(guid)`"
)]
pub trait BindTarget<B> {
    /// The address of the row as a body names it: `/accounts(…)`.
    fn address(self) -> String;
}

impl<B: EntitySet> BindTarget<B> for Guid {
    fn address(self) -> String {
        BindTarget::<B>::address(Ref::<B>::new(self))
    }
}

impl<B, R: EntitySet + DerivesFrom<B>> BindTarget<B> for Ref<R> {
    fn address(self) -> String {
        format!("/{}", self.path())
    }
}

/// Values of columns of table `T` to be written by `M`, [`Create`] or [`Update`].
///
/// They are the body of a request by `Serialize`, with all digits of decimal numbers and money where serde_json writes it:
/// `serde_json::to_vec(&changes)`. The client sends that. A number that is infinite or not a number, which no column holds, is
/// an error of `Serialize`, and is told before a request is sent.
#[must_use = "changes do nothing until they are sent"]
pub struct RowWrite<T, M = Update> {
    body: BTreeMap<String, Literal>,
    marker: Marker<(T, M)>,
}

impl<T, M> RowWrite<T, M> {
    /// No values.
    pub fn new() -> Self {
        Self { body: BTreeMap::new(), marker: PhantomData }
    }

    /// Are there no values?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The body of the request, as a value to look into.
    ///
    /// A [`serde_json::Value`] has floats for decimal numbers: they are exact up to 15 significant digits here. To send all of
    /// them, serialize the changes themselves. Numbers that are infinite or not a number are `"INF"`, `"-INF"` and `"NaN"`, as
    /// OData writes them; the service refuses these.
    #[must_use]
    pub fn json(&self) -> Value {
        self.body.iter().map(|(name, value)| (name.clone(), json(value))).collect()
    }

    /// The same as [`json`](Self::json), of changes that are not needed any more.
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

impl<T: Record, M> RowWrite<T, M> {
    /// Sets a column. A lookup is pointed to a row by [`Self::bind`]: the service takes no id in its column.
    ///
    /// A set of no options empties its column, as [`Self::clear`] does.
    pub fn set<K: SetByValue, W: Writable<M>>(
        mut self,
        column: Column<T, K, W>,
        value: impl Operand<K>,
    ) -> Self {
        self.body.insert(column.name().to_owned(), value.literal());
        self
    }

    /// Empties a column or a lookup.
    pub fn clear<W: Writable<M>>(mut self, what: impl Clearable<T, W>) -> Self {
        self.body.insert(what.name(), Literal::Null);
        self
    }

    /// Points a lookup to a row.
    ///
    /// Of a lookup with several targets, the navigation says the table; the others are emptied by the service.
    pub fn bind<B, W: Writable<M>>(mut self, navigation: Nav<T, B, W>, row: impl BindTarget<B>) -> Self {
        self.body.insert(bind_name(navigation.name()), Literal::Text(row.address()));
        self
    }
}

fn bind_name(navigation: &str) -> String {
    format!("{navigation}@odata.bind")
}

/// What [`RowWrite::clear`] empties: a column, or a lookup by its navigation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be emptied in a row of `{T}`",
    note = "a column of the same table can, and a lookup by its navigation"
)]
pub trait Clearable<T, W> {
    /// Its name in the body.
    fn name(self) -> String;
}

/// Lookups are written by their navigation, all other columns by their name.
#[diagnostic::on_unimplemented(
    message = "a lookup is written by its navigation",
    label = "`bind` or `clear` the navigation, as in `Contact::PARENTCUSTOMERID_ACCOUNT`"
)]
pub trait SetByValue {}

macro_rules! plain {
    ($($kind:ident)*) => {$(impl SetByValue for crate::kind::$kind {})*};
}

plain!(Text Int Long Decimal Money Float Bool Id DateTime LocalDateTime Date Image File ManagedProperty);

impl<E> SetByValue for crate::kind::Choice<E> {}
impl<E> SetByValue for crate::kind::Choices<E> {}
impl<E> SetByValue for crate::kind::TwoOptions<E> {}

impl<T: Record, K: SetByValue, W> Clearable<T, W> for Column<T, K, W> {
    fn name(self) -> String {
        Column::name(self).to_owned()
    }
}

impl<T, B, W> Clearable<T, W> for Nav<T, B, W> {
    fn name(self) -> String {
        bind_name(Nav::name(self))
    }
}

/// A value as it stands in a body; decimal numbers as the floats that print with the same digits.
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
        // To be emptied, every column wants `null`; the list of no numbers would be an empty text.
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

/// A decimal number as JSON, digit by digit.
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
