//! What is written: the body of a create, an update or an upsert, exactly as the Web API takes it.

use core::fmt;
use core::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value};

use crate::column::Marker;
use crate::column::{CreateOnly, UpdateOnly, Write};
use crate::filter::{Literal, Operand};
use crate::{Column, EntitySet, Guid, Is, Nav, Record, Ref};

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

impl Writable<Create> for Write {}
impl Writable<Update> for Write {}
impl Writable<Create> for CreateOnly {}
impl Writable<Update> for UpdateOnly {}

/// The row that a lookup is bound to: a [`Ref`], or the id alone where the navigation says the table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row that this lookup may point to",
    label = "neither an id nor a reference to a row of `{B}`",
    note = "an abstract target needs the table of the row: `SystemUser::id(guid)`"
)]
pub trait Target<B> {
    /// The address of the row as a body names it: `/accounts(…)`.
    fn address(self) -> String;
}

impl<B: EntitySet> Target<B> for Guid {
    fn address(self) -> String {
        Target::<B>::address(Ref::<B>::new(self))
    }
}

impl<B, R: EntitySet + Is<B>> Target<B> for Ref<R> {
    fn address(self) -> String {
        format!("/{}", self.path())
    }
}

/// Values of columns of table `T` to be written by `M`, [`Create`] or [`Update`].
#[must_use = "changes do nothing until they are sent"]
pub struct Changes<T, M = Update> {
    body: Map<String, Value>,
    marker: Marker<(T, M)>,
}

impl<T, M> Changes<T, M> {
    /// No values.
    pub fn new() -> Self {
        Self { body: Map::new(), marker: PhantomData }
    }

    /// Are there no values?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The body of the request.
    #[must_use]
    pub fn json(&self) -> Value {
        Value::Object(self.body.clone())
    }

    /// The body of the request, without a copy.
    #[must_use]
    pub fn into_json(self) -> Value {
        Value::Object(self.body)
    }
}

impl<T: Record, M> Changes<T, M> {
    /// Sets a column. A lookup is pointed to a row by [`Self::bind`]: the service takes no id in its column.
    pub fn set<K: Plain, W: Writable<M>>(mut self, column: Column<T, K, W>, value: impl Operand<K>) -> Self {
        self.body.insert(column.name().to_owned(), json(value.literal()));
        self
    }

    /// Empties a column or a lookup.
    pub fn clear<W: Writable<M>>(mut self, what: impl Clear<T, W>) -> Self {
        self.body.insert(what.name(), Value::Null);
        self
    }

    /// Points a lookup to a row.
    ///
    /// Of a lookup with several targets, the navigation says the table; the others are emptied by the service.
    pub fn bind<B, W: Writable<M>>(mut self, navigation: Nav<T, B, W>, row: impl Target<B>) -> Self {
        self.body.insert(bind_name(navigation.name()), row.address().into());
        self
    }
}

fn bind_name(navigation: &str) -> String {
    format!("{navigation}@odata.bind")
}

/// What [`Changes::clear`] empties: a column, or a lookup by its navigation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be emptied in a row of `{T}`",
    note = "a column of the same table can, and a lookup by its navigation"
)]
pub trait Clear<T, W> {
    /// Its name in the body.
    fn name(self) -> String;
}

/// Lookups are written by their navigation, all other columns by their name.
#[diagnostic::on_unimplemented(
    message = "a lookup is written by its navigation",
    label = "`bind` or `clear` the navigation, as in `Contact::PARENTCUSTOMERID_ACCOUNT`"
)]
pub trait Plain {}

macro_rules! plain {
    ($($kind:ident)*) => {$(impl Plain for crate::kind::$kind {})*};
}

plain!(Text Int Long Decimal Money Float Bool Id DateTime ClockTime Date Picture Attachment ManagedFlag);

impl<E> Plain for crate::kind::OneOf<E> {}
impl<E> Plain for crate::kind::ManyOf<E> {}
impl<E> Plain for crate::kind::TwoOptions<E> {}

impl<T: Record, K: Plain, W> Clear<T, W> for Column<T, K, W> {
    fn name(self) -> String {
        Column::name(self).to_owned()
    }
}

impl<T, B, W> Clear<T, W> for Nav<T, B, W> {
    fn name(self) -> String {
        bind_name(Nav::name(self))
    }
}

/// A value as it stands in a body.
fn json(literal: Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(flag) => flag.into(),
        Literal::Whole(number) => number.into(),
        Literal::Decimal(number) => decimal(number),
        Literal::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        Literal::Text(text) => text.into(),
        Literal::Bytes(bytes) => STANDARD.encode(bytes).into(),
        Literal::Managed(managed) => {
            serde_json::json!({"Value": managed.value, "CanBeChanged": managed.can_be_changed})
        }
        Literal::Id(_)
        | Literal::DateTime(_)
        | Literal::ClockTime(_)
        | Literal::Date(_)
        | Literal::Options(_) => {
            let mut text = String::new();
            literal.bare(&mut text);
            text.into()
        }
    }
}

/// A JSON number: whole where it is, else the float that prints with the same digits.
fn decimal(number: rust_decimal::Decimal) -> Value {
    use rust_decimal::prelude::ToPrimitive as _;
    match number.to_i64() {
        Some(whole) if number.is_integer() => whole.into(),
        _ => number
            .to_string()
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map_or(Value::Null, Value::Number),
    }
}

impl<T, M> Default for Changes<T, M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, M> Clone for Changes<T, M> {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), marker: PhantomData }
    }
}

impl<T: Record, M> fmt::Debug for Changes<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", T::TABLE, self.json())
    }
}
