//! Defines [`Value`], a value of any type, and converts it into the literal that a column takes.

use dvkit_diagnostic::code::Code;
use dvkit_diagnostic::{Diagnostic, Span, code};
use dvkit_query::placeholders::ValueKind;
use dvkit_schema::{Choice, ChoiceRef, Column, Store, StoreError};
use jiff::{Timestamp, civil};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::Guid;
use crate::filter::Literal;
use crate::value::{Image, Lookup};

/// A value that a column is compared with or set to. `From` converts the Rust types that columns take, the
/// values of JSON, and lists of values.
///
/// The column decides whether a value fits: a text is not a number, and an amount of money is a
/// [`Decimal`] or a whole number. An option of a choice is given by its number or by its label.
///
/// ```
/// use dvkit::by_name::Value;
/// assert_eq!(Value::from("Ann"), Value::Text("Ann".to_owned()));
/// assert_eq!(Value::from([1, 2]), Value::List(vec![Value::Whole(1), Value::Whole(2)]));
/// assert_eq!(Value::from(None::<i32>), Value::Null);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    Null,
    /// A text, or the label of an option of a choice.
    Text(String),
    /// A whole number, or the number of an option of a choice.
    Whole(i64),
    /// A decimal number or an amount of money.
    Decimal(Decimal),
    /// A floating-point number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A guid, or the id of the row that a lookup points to.
    Guid(Guid),
    /// The row that a lookup points to: its id, and the logical name of its table if it is known.
    Row(Guid, Option<String>),
    /// A date and time in UTC.
    Time(Timestamp),
    /// A date and time without a time zone.
    LocalTime(civil::DateTime),
    /// A date without a time.
    Date(civil::Date),
    /// The bytes of an image.
    Bytes(Vec<u8>),
    /// Several values: the options of a multi-select choice, or a list for `in`.
    List(Vec<Value>),
}

macro_rules! from {
    ($($ty:ty => |$value:ident| $result:expr;)*) => {$(
        impl From<$ty> for Value {
            fn from($value: $ty) -> Self {
                $result
            }
        }
    )*};
}

from! {
    &str => |v| Self::Text(v.to_owned());
    String => |v| Self::Text(v);
    &String => |v| Self::Text(v.clone());
    i8 => |v| Self::Whole(v.into());
    i16 => |v| Self::Whole(v.into());
    i32 => |v| Self::Whole(v.into());
    i64 => |v| Self::Whole(v);
    u8 => |v| Self::Whole(v.into());
    u16 => |v| Self::Whole(v.into());
    u32 => |v| Self::Whole(v.into());
    f32 => |v| Self::Float(v.into());
    f64 => |v| Self::Float(v);
    Decimal => |v| Self::Decimal(v);
    bool => |v| Self::Bool(v);
    Guid => |v| Self::Guid(v);
    &Guid => |v| Self::Guid(*v);
    Lookup => |v| Self::Row(v.id, v.table.map(|table| table.into_owned()));
    &Lookup => |v| Self::from(v.clone());
    Timestamp => |v| Self::Time(v);
    civil::DateTime => |v| Self::LocalTime(v);
    civil::Date => |v| Self::Date(v);
    Image => |v| Self::Bytes(v.0);
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(values: Vec<V>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Value>, const N: usize> From<[V; N]> for Value {
    fn from(values: [V; N]) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Value> + Clone> From<&[V]> for Value {
    fn from(values: &[V]) -> Self {
        Self::List(values.iter().cloned().map(Into::into).collect())
    }
}

impl From<&serde_json::Value> for Value {
    /// Converts a JSON value. A number with a fraction becomes a decimal number if it has at most 28 digits; an
    /// object becomes its text.
    fn from(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(*flag),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Whole(whole),
                None => match crate::row::wire::decimal_of(&number.to_string()) {
                    Some(decimal) => Self::Decimal(decimal),
                    None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
                },
            },
            serde_json::Value::String(text) => Self::Text(text.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(_) => Self::Text(json.to_string()),
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        Self::from(&json)
    }
}

/// The reason why a column does not take a value.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Refusal {
    pub(super) fn new(code: Code, message: String) -> Self {
        Self { code, message, help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn finding(self, span: Span) -> Diagnostic {
        let finding = Diagnostic::error(self.code, span, self.message);
        match self.help {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

impl Value {
    /// Returns the value as text for messages, in the notation of OData.
    pub(super) fn shown(&self) -> String {
        if let Self::List(items) = self {
            let items: Vec<String> = items.iter().map(Self::shown).collect();
            return format!("({})", items.join(","));
        }
        let mut text = String::new();
        self.own_literal().odata(&mut text);
        text
    }

    /// Returns the literal of the value's own type, whatever the column is.
    fn own_literal(&self) -> Literal {
        match self {
            Self::Null | Self::List(_) => Literal::Null,
            Self::Text(text) => Literal::Text(text.clone()),
            Self::Whole(number) => Literal::Whole(*number),
            Self::Decimal(number) => Literal::Decimal(*number),
            Self::Float(number) => Literal::Float(*number),
            Self::Bool(flag) => Literal::Bool(*flag),
            Self::Guid(id) | Self::Row(id, _) => Literal::Id(*id),
            Self::Time(time) => Literal::DateTime(*time),
            Self::LocalTime(time) => Literal::LocalDateTime(*time),
            Self::Date(date) => Literal::Date(*date),
            Self::Bytes(bytes) => Literal::Bytes(bytes.clone()),
        }
    }

    /// Returns the words for the type of the value in messages.
    fn description(&self) -> &'static str {
        match self {
            Self::Null => "no value",
            Self::Text(_) => "a text",
            Self::Whole(_) => "a whole number",
            Self::Decimal(_) => "a decimal number",
            Self::Float(_) => "a floating-point number",
            Self::Bool(_) => "true or false",
            Self::Guid(_) => "a guid",
            Self::Row(..) => "a row",
            Self::Time(_) => "a date and time in UTC",
            Self::LocalTime(_) => "a date and time without a time zone",
            Self::Date(_) => "a date",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
        }
    }
}

/// Converts a value for the column `column` of kind `kind`. The Rust types that a kind takes are those of
/// [`Operand`](crate::filter::Operand), and the labels of options. The inner error says why the column does not
/// take the value; the outer one that the snapshot cannot be read.
pub(super) fn literal(
    store: &Store,
    column: Option<&Column>,
    kind: Option<ValueKind>,
    value: &Value,
) -> Result<Result<Literal, Refusal>, StoreError> {
    let name = column.map_or("this", |c| c.logical_name.as_str());
    let Some(kind) = kind else {
        let message = format!("`{name}` cannot be compared with a value");
        return Ok(Err(Refusal::new(code::NOT_FILTERABLE, message)));
    };
    let mismatch = || {
        let message =
            format!("`{name}` is {}, and {} is {}", kind.description(), value.shown(), value.description());
        Refusal::new(code::TYPE_MISMATCH, message).help(format!("give {}", wanted(kind)))
    };
    let range = |min: i64, max: i64, number: i64| {
        if (min..=max).contains(&number) {
            Ok(Literal::Whole(number))
        } else {
            let message = format!("`{name}` holds whole numbers of 32 bits, and {number} is out of range");
            Err(Refusal::new(code::OUT_OF_RANGE, message))
        }
    };
    Ok(match (kind, value) {
        (_, Value::Null) => Ok(Literal::Null),
        (ValueKind::Text, Value::Text(text)) => Ok(Literal::Text(text.clone())),
        (ValueKind::Integer, Value::Whole(number)) => range(i32::MIN.into(), i32::MAX.into(), *number),
        (ValueKind::BigInt, Value::Whole(number)) => Ok(Literal::Whole(*number)),
        (ValueKind::Decimal | ValueKind::Money, Value::Whole(number)) => Ok(Literal::Whole(*number)),
        (ValueKind::Decimal | ValueKind::Money, Value::Decimal(number)) => Ok(Literal::Decimal(*number)),
        (ValueKind::Double, Value::Float(number)) if number.is_finite() => Ok(Literal::Float(*number)),
        (ValueKind::Double, Value::Float(number)) => {
            let message = format!("`{name}` cannot hold {number}, which is not a finite number");
            Err(Refusal::new(code::OUT_OF_RANGE, message))
        }
        (ValueKind::Double, Value::Whole(number)) => Ok(Literal::Whole(*number)),
        (ValueKind::Double, Value::Decimal(number)) => {
            number.to_f64().map(Literal::Float).ok_or_else(mismatch)
        }
        (ValueKind::Boolean, Value::Bool(flag)) => Ok(Literal::Bool(*flag)),
        (ValueKind::Boolean, Value::Text(label)) => match choice_of(store, column)? {
            Some(choice) => {
                option_by_label(store, name, choice, label).map(|number| Literal::Bool(number != 0))
            }
            None => Err(mismatch()),
        },
        (ValueKind::Guid, Value::Guid(id) | Value::Row(id, _)) => Ok(Literal::Id(*id)),
        (ValueKind::Lookup, Value::Guid(id)) => Ok(Literal::Id(*id)),
        (ValueKind::Lookup, Value::Row(id, table)) => {
            let targets = column.map(|c| c.ty.targets()).unwrap_or_default();
            match table {
                Some(table) if !targets.is_empty() && !targets.contains(table) => {
                    let message = format!("`{name}` cannot point to a row of `{table}`");
                    let help = format!("it points to rows of {}", listed(targets));
                    Err(Refusal::new(code::TYPE_MISMATCH, message).help(help))
                }
                _ => Ok(Literal::Id(*id)),
            }
        }
        (ValueKind::Date, Value::Date(date)) => Ok(Literal::Date(*date)),
        (ValueKind::DateTime, Value::Time(time)) => Ok(Literal::DateTime(*time)),
        (ValueKind::LocalDateTime, Value::LocalTime(time)) => Ok(Literal::LocalDateTime(*time)),
        (ValueKind::Choice, value) => {
            option(store, column, value)?.unwrap_or_else(|| Err(mismatch())).map(|n| Literal::Whole(n.into()))
        }
        (ValueKind::Choices, Value::List(values)) => {
            let mut numbers = Vec::new();
            for value in values {
                match option(store, column, value)?.unwrap_or_else(|| Err(mismatch())) {
                    Ok(number) => numbers.push(number),
                    Err(refusal) => return Ok(Err(refusal)),
                }
            }
            numbers.sort_unstable();
            numbers.dedup();
            Ok(Literal::Options(numbers))
        }
        (ValueKind::Choices, value) => option(store, column, value)?
            .unwrap_or_else(|| Err(mismatch()))
            .map(|n| Literal::Options(vec![n])),
        _ => Err(mismatch()),
    })
}

/// Returns what a column of a kind takes, for messages.
fn wanted(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Text => "a text",
        ValueKind::Integer | ValueKind::BigInt => "a whole number",
        ValueKind::Decimal | ValueKind::Money => "a `Decimal` or a whole number",
        ValueKind::Double => "an `f64`",
        ValueKind::Boolean => "a `bool`",
        ValueKind::Guid => "a `Guid`",
        ValueKind::Lookup => "a `Guid` or a row",
        ValueKind::Date => "a `jiff::civil::Date`",
        ValueKind::DateTime => "a `jiff::Timestamp`",
        ValueKind::LocalDateTime => "a `jiff::civil::DateTime`",
        ValueKind::Choice => "the number or the label of an option",
        ValueKind::Choices => "a list of the numbers or labels of options",
    }
}

/// Returns the options of a column; `None` if the snapshot does not have them.
pub(super) fn choice_of<'s>(
    store: &'s Store,
    column: Option<&'s Column>,
) -> Result<Option<&'s Choice>, StoreError> {
    match column.and_then(|c| c.ty.choice()) {
        Some(ChoiceRef::Local(choice)) => Ok(Some(choice)),
        Some(ChoiceRef::Global(name)) => store.choice(name),
        None => Ok(None),
    }
}

/// Returns the number of an option; the outer `None` if the value is neither a number nor a label.
fn option(
    store: &Store,
    column: Option<&Column>,
    value: &Value,
) -> Result<Option<Result<i32, Refusal>>, StoreError> {
    let name = column.map_or("this", |c| c.logical_name.as_str());
    let choice = choice_of(store, column)?.filter(|c| !c.options.is_empty());
    Ok(match (value, choice) {
        (Value::Whole(number), Some(choice)) => {
            let known = i32::try_from(*number).ok().filter(|n| choice.option(*n).is_some());
            Some(known.ok_or_else(|| {
                unknown_option(store, name, choice, &number.to_string(), code::UNKNOWN_OPTION)
            }))
        }
        (Value::Whole(number), None) => i32::try_from(*number).ok().map(Ok),
        (Value::Text(label), Some(choice)) => Some(option_by_label(store, name, choice, label)),
        _ => None,
    })
}

fn option_by_label(store: &Store, name: &str, choice: &Choice, label: &str) -> Result<i32, Refusal> {
    let found: Vec<i32> = choice.by_label(label).map(|option| option.value).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(unknown_option(store, name, choice, label, code::UNKNOWN_LABEL)),
        several => {
            let numbers: Vec<String> = several.iter().map(ToString::to_string).collect();
            let message = format!("`{name}` has several options with the label `{label}`");
            let help = format!("give the number: {}", numbers.join(" or "));
            Err(Refusal::new(code::AMBIGUOUS_LABEL, message).help(help))
        }
    }
}

/// The maximum number of options that a message lists.
const MAX_LISTED_OPTIONS: usize = 12;

pub(super) fn unknown_option(store: &Store, name: &str, choice: &Choice, given: &str, code: Code) -> Refusal {
    let mut options: Vec<String> = choice
        .options
        .iter()
        .take(MAX_LISTED_OPTIONS)
        .map(|option| match store.text(&option.label) {
            Some(label) => format!("{} {label}", option.value),
            None => option.value.to_string(),
        })
        .collect();
    if choice.options.len() > MAX_LISTED_OPTIONS {
        options.push("…".to_owned());
    }
    Refusal::new(code, format!("`{name}` has no option `{given}`"))
        .help(format!("options: {}", options.join(", ")))
}

/// Returns the names of tables for a message.
pub(super) fn listed(tables: &[String]) -> String {
    let names: Vec<String> = tables.iter().map(|table| format!("`{table}`")).collect();
    names.join(" or ")
}
