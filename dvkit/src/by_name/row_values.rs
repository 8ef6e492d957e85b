//! Implements the accessors of [`Row`] that convert values: one for each type of column.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dvkit_schema::{ColumnType, DateTimeBehavior, Edm};
use jiff::{Timestamp, civil};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::error::Result;
use super::row::{Row, shortened};
use super::value::choice_of;
use crate::Guid;
use crate::row::wire::{date, decimal_of, local_date_time};
use crate::value::Lookup;

/// An option of a choice column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// The number of the option.
    pub value: i32,
    /// The label of the option: the formatted value of the response, or else the label of the snapshot; `None`
    /// if neither has one.
    pub label: Option<String>,
}

impl Row {
    /// Returns the value of a text column; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns an error that names the column and its type if it is not a text column, or if the row does not
    /// have it. The other accessors have the same errors.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        let texts = |ty: &ColumnType| {
            matches!(ty, ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::EntityName)
                || matches!(ty, ColumnType::Edm { edm: Edm::String })
        };
        self.typed(name, "a text", texts, |json| serde_json::from_str(json).ok())
    }

    /// Returns the value of a guid column, or the id of the row of a lookup; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for guid and lookup columns.
    pub fn guid(&self, name: &str) -> Result<Option<Guid>> {
        let guids = |ty: &ColumnType| {
            matches!(
                ty,
                ColumnType::Uniqueidentifier | ColumnType::File { .. } | ColumnType::Edm { edm: Edm::Guid }
            ) || ty.is_lookup()
        };
        self.typed(name, "a guid", guids, guid)
    }

    /// Returns the value of a whole-number column, or the number of a choice; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for whole-number and choice columns.
    pub fn integer(&self, name: &str) -> Result<Option<i64>> {
        let whole = |ty: &ColumnType| {
            ty.is_choice()
                || matches!(
                    ty,
                    ColumnType::Integer { .. }
                        | ColumnType::BigInt
                        | ColumnType::Edm { edm: Edm::Int32 | Edm::Int64 }
                )
        };
        self.typed(name, "a whole number", whole, |json| json.trim_matches('"').parse().ok())
    }

    /// Returns the value of a decimal, money or whole-number column with all its digits; `None` if the column
    /// has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for decimal, money and whole-number columns.
    pub fn decimal(&self, name: &str) -> Result<Option<Decimal>> {
        let decimals = |ty: &ColumnType| {
            matches!(ty.edm(), Some(Edm::Decimal | Edm::Int32 | Edm::Int64)) && !ty.is_choice()
        };
        self.typed(name, "a decimal number", decimals, |json| decimal_of(json.trim_matches('"')))
    }

    /// Returns the value of a number column as a floating-point number; `None` if the column has no value. For
    /// money and decimal columns, [`decimal`](Self::decimal) is exact.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for number columns.
    pub fn float(&self, name: &str) -> Result<Option<f64>> {
        let numbers = |ty: &ColumnType| {
            matches!(ty.edm(), Some(Edm::Double | Edm::Decimal | Edm::Int32 | Edm::Int64)) && !ty.is_choice()
        };
        self.typed(name, "a number", numbers, |json| serde_json::from_str(json).ok())
    }

    /// Returns the value of a yes/no column; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for yes/no columns and managed properties.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        let flags =
            |ty: &ColumnType| ty.edm() == Some(Edm::Boolean) || matches!(ty, ColumnType::ManagedProperty);
        self.typed(name, "true or false", flags, |json| match serde_json::from_str(json).ok()? {
            Json::Bool(flag) => Some(flag),
            Json::Object(managed) => managed.get("Value")?.as_bool(),
            _ => None,
        })
    }

    /// Returns the value of a date column without a time; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for date-only columns.
    pub fn date(&self, name: &str) -> Result<Option<civil::Date>> {
        let dates = |ty: &ColumnType| ty.edm() == Some(Edm::Date);
        self.typed(name, "a date without a time", dates, |json| date(&string(json)?))
    }

    /// Returns the value of a date and time column in UTC; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for date and time columns with a time zone.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>> {
        let times = |ty: &ColumnType| {
            ty.edm() == Some(Edm::DateTimeOffset)
                && !matches!(
                    ty,
                    ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. }
                )
        };
        self.typed(name, "a date and time in UTC", times, |json| string(json)?.parse().ok())
    }

    /// Returns the value of a date and time column without a time zone; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for columns that are the same in every time zone.
    pub fn local_time(&self, name: &str) -> Result<Option<civil::DateTime>> {
        let local = |ty: &ColumnType| {
            matches!(ty, ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. })
        };
        let wanted = "a date and time without a time zone";
        self.typed(name, wanted, local, |json| local_date_time(&string(json)?))
    }

    /// Returns the option of a choice, state or status column; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for choice columns.
    pub fn choice(&self, name: &str) -> Result<Option<Choice>> {
        let choices = |ty: &ColumnType| ty.is_choice() || matches!(ty, ColumnType::Edm { edm: Edm::Int32 });
        let value = self.typed(name, "an option of a choice", choices, |json| json.parse().ok())?;
        let Some(value) = value else { return Ok(None) };
        let label = match self.formatted(name)? {
            Some(label) => Some(label),
            None => self.label(name, value)?,
        };
        Ok(Some(Choice { value, label }))
    }

    /// Returns the options of a multi-select choice column; empty if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for multi-select choice columns.
    pub fn choices(&self, name: &str) -> Result<Vec<Choice>> {
        let choices =
            |ty: &ColumnType| matches!(ty, ColumnType::Choices { .. } | ColumnType::Edm { edm: Edm::String });
        let values: Option<Vec<i32>> = self.typed(name, "a set of options", choices, |json| {
            // Some proxies send a single option as a number.
            let text = string(json).unwrap_or_else(|| json.to_owned());
            text.split(',').map(|number| number.trim().parse().ok()).collect()
        })?;
        let values = values.unwrap_or_default();
        let labels: Vec<String> = match self.formatted(name)? {
            Some(labels) => labels.split(';').map(|label| label.trim().to_owned()).collect(),
            None => Vec::new(),
        };
        values
            .iter()
            .enumerate()
            .map(|(at, value)| {
                // A label may contain a semicolon itself; then the labels cannot be told apart.
                let label = match labels.get(at).filter(|_| labels.len() == values.len()) {
                    Some(label) => Some(label.clone()),
                    None => self.label(name, *value)?,
                };
                Ok(Choice { value: *value, label })
            })
            .collect()
    }

    /// Returns the row that a lookup points to, with its table and its name if the response has them; `None` if
    /// the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for lookup columns.
    pub fn lookup(&self, name: &str) -> Result<Option<Lookup>> {
        let lookups = |ty: &ColumnType| {
            ty.is_lookup() || matches!(ty, ColumnType::Edm { edm: Edm::Guid } | ColumnType::Uniqueidentifier)
        };
        let Some(id) = self.typed(name, "a lookup", lookups, guid)? else { return Ok(None) };
        let found = self.find(name)?;
        let annotated = self.annotation(&format!("{}@Microsoft.Dynamics.CRM.lookuplogicalname", found.key));
        let only = match found.column.map(|c| c.ty.targets()) {
            Some([only]) => Some(only.clone()),
            _ => None,
        };
        let label = self.formatted(name)?.map(String::into_boxed_str);
        Ok(Some(Lookup { id, table: annotated.or(only).map(Into::into), label }))
    }

    /// Returns the bytes of an image column; `None` if the column has no value.
    ///
    /// # Errors
    /// Returns the errors of [`text`](Self::text), for image columns.
    pub fn image(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let images = |ty: &ColumnType| ty.edm() == Some(Edm::Binary);
        self.typed(name, "an image", images, |json| STANDARD.decode(string(json)?).ok())
    }

    /// Returns the label of an option in the snapshot.
    fn label(&self, name: &str, value: i32) -> Result<Option<String>> {
        let (Some(context), found) = (self.context(), self.find(name)?) else { return Ok(None) };
        let store = context.organisation.store();
        let option = choice_of(store, found.column)?.and_then(|choice| choice.option(value));
        Ok(option.and_then(|option| store.text(&option.label)).map(str::to_owned))
    }

    /// Converts the value with this name by `parse`, if the column is of a type that `accepts` accepts, or if the
    /// column is unknown. `wanted` describes the values for messages.
    fn typed<T>(
        &self,
        name: &str,
        wanted: &str,
        accepts: impl FnOnce(&ColumnType) -> bool,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let found = self.find(name)?;
        if let Some(column) = found.column
            && !matches!(column.ty, ColumnType::Other { .. })
            && !accepts(&column.ty)
        {
            let message = format!("`{name}`{} is {}, not {wanted}", self.of_table(), described(&column.ty));
            return Err(self.error(name, message).into());
        }
        let Some(json) = found.json else { return Ok(None) };
        match parse(json) {
            Some(value) => Ok(Some(value)),
            None => {
                let message =
                    format!("`{name}`{} is {}, which is not {wanted}", self.of_table(), shortened(json));
                Err(self.error(name, message).into())
            }
        }
    }
}

fn string(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

fn guid(json: &str) -> Option<Guid> {
    Guid::try_parse(&string(json)?).ok()
}

/// Returns how a message describes a column of a type, with the accessor that reads it.
fn described(ty: &ColumnType) -> &'static str {
    match ty {
        ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::EntityName => "a text (`text`)",
        ColumnType::Integer { .. } | ColumnType::BigInt => "a whole number (`integer`)",
        ColumnType::Decimal { .. } => "a decimal number (`decimal`)",
        ColumnType::Money { .. } => "money (`decimal`)",
        ColumnType::Double { .. } => "a floating-point number (`float`)",
        ColumnType::Boolean { .. } | ColumnType::ManagedProperty => "yes/no (`boolean`)",
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => "a date (`date`)",
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. } => {
            "a date and time without a time zone (`local_time`)"
        }
        ColumnType::DateTime { .. } => "a date and time in UTC (`time`)",
        ColumnType::Lookup { .. } | ColumnType::Customer { .. } | ColumnType::Owner { .. } => {
            "a lookup (`lookup`)"
        }
        ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. } => {
            "a choice (`choice`)"
        }
        ColumnType::Choices { .. } => "a multi-select choice (`choices`)",
        ColumnType::Uniqueidentifier => "a guid (`guid`)",
        ColumnType::Image { .. } => "an image (`image`)",
        ColumnType::File { .. } => "a file (`guid` gives its id)",
        ColumnType::Edm { edm } => match edm {
            Edm::Boolean => "yes/no (`boolean`)",
            Edm::Date => "a date (`date`)",
            Edm::DateTimeOffset => "a date and time in UTC (`time`)",
            Edm::Decimal => "a decimal number (`decimal`)",
            Edm::Double => "a floating-point number (`float`)",
            Edm::Guid => "a guid (`guid`)",
            Edm::Int32 | Edm::Int64 => "a whole number (`integer`)",
            Edm::String => "a text (`text`)",
            Edm::Binary => "binary (`image`)",
        },
        ColumnType::PartyList { .. } | ColumnType::Virtual | ColumnType::CalendarRules => "not readable",
        ColumnType::Other { .. } => "of an unknown type (`get`)",
    }
}
