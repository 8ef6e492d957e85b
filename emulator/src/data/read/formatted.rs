//! The formatted values of columns: what people read, in the language and the time zone of the caller.
//!
//! See "Formatted values" of "Select columns using OData". Texts and ids have no formatted values.

use std::cell::RefCell;
use std::collections::HashMap;

use dvkit_execute::sqlite::StorageClass;
use dvkit_schema::{Choice, ChoiceRef, Column, ColumnType, DateTimeBehavior};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::OptionalExtension as _;
use rusqlite::types::ValueRef;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::locale::Locale;

/// The decimal places of an amount of money if neither the column nor the currency has them.
const DEFAULT_MONEY_PLACES: u32 = 2;

/// Formats values for one request.
pub(super) struct Formatter<'s, 'a> {
    session: &'s Session<'a>,
    locale: Locale,
    /// The currencies that were read so far, by their ids.
    currencies: RefCell<HashMap<String, Currency>>,
}

/// The facts about a currency that amounts are formatted with.
#[derive(Clone, Debug, Default)]
struct Currency {
    symbol: String,
    places: Option<u32>,
}

impl<'s, 'a> Formatter<'s, 'a> {
    pub(super) fn new(session: &'s Session<'a>) -> Self {
        Self { session, locale: Locale::of(session.context.language), currencies: RefCell::default() }
    }

    /// Returns the formatted value of a column other than a lookup; `None` if it has none. `currency` is the id
    /// of the row's currency.
    ///
    /// # Errors
    /// Returns an error if the currency cannot be read.
    pub(super) fn value(
        &self,
        column: &Column,
        value: ValueRef<'_>,
        currency: Option<&str>,
    ) -> Result<Option<String>, ServiceError> {
        let places = |precision: &Option<u8>| precision.map(u32::from);
        Ok(match (&column.ty, value) {
            (ColumnType::Money { precision, precision_source, .. }, ValueRef::Text(_)) => {
                let Some(amount) = decimal(value) else { return Ok(None) };
                let currency = match currency {
                    Some(id) => self.currency(id)?,
                    None => Currency::default(),
                };
                let own = places(precision);
                let places = match precision_source {
                    Some(2) => currency.places.or(own),
                    Some(1) => None,
                    _ => own,
                };
                Some(self.locale.money(amount, places.unwrap_or(DEFAULT_MONEY_PLACES), &currency.symbol))
            }
            (ColumnType::Decimal { precision, .. }, ValueRef::Text(_)) => {
                decimal(value).map(|number| self.locale.number(number, places(precision)))
            }
            (ColumnType::Double { precision, .. }, ValueRef::Real(number)) => {
                Decimal::from_f64(number).map(|number| self.locale.number(number, places(precision)))
            }
            (ColumnType::Integer { .. } | ColumnType::BigInt, ValueRef::Integer(number)) => {
                Some(self.locale.number(Decimal::from(number), None))
            }
            (ColumnType::DateTime { behavior, date_format, .. }, ValueRef::Text(text)) => self.date(
                std::str::from_utf8(text).unwrap_or_default(),
                *behavior,
                *date_format == Some(true),
            ),
            (ColumnType::Boolean { choice, .. }, ValueRef::Integer(number)) => {
                let label = choice.as_ref().and_then(|choice| self.label(choice, number));
                Some(label.unwrap_or_else(|| if number == 0 { "No" } else { "Yes" }.to_owned()))
            }
            (ColumnType::Choices { choice: Some(choice) }, ValueRef::Text(text)) => {
                let numbers = std::str::from_utf8(text).unwrap_or_default().split(',');
                let labels = numbers.filter_map(|n| n.parse().ok()).filter_map(|n| self.label(choice, n));
                Some(labels.collect::<Vec<_>>().join("; ")).filter(|labels| !labels.is_empty())
            }
            (ColumnType::EntityName, ValueRef::Text(text)) => {
                let table = self.session.store.table(std::str::from_utf8(text).unwrap_or_default())?;
                table
                    .and_then(|table| table.display_name.best(self.session.context.language))
                    .map(str::to_owned)
            }
            (ty, ValueRef::Integer(number)) => ty.choice().and_then(|choice| self.label(choice, number)),
            _ => None,
        })
    }

    /// Returns the formatted value of a number that a query computes, such as a count.
    pub(super) fn number(&self, kind: StorageClass, value: ValueRef<'_>) -> Option<String> {
        match (kind, value) {
            (StorageClass::Integer, ValueRef::Integer(number)) => {
                Some(self.locale.number(Decimal::from(number), None))
            }
            (StorageClass::Decimal, _) => decimal(value).map(|number| self.locale.number(number, None)),
            _ => None,
        }
    }

    fn date(&self, text: &str, behavior: Option<DateTimeBehavior>, date_only: bool) -> Option<String> {
        if behavior == Some(DateTimeBehavior::DateOnly) {
            let date: Date = text.parse().ok()?;
            return Some(self.locale.date_time(date.to_datetime(jiff::civil::Time::midnight()), true));
        }
        let zone = match behavior {
            Some(DateTimeBehavior::TimeZoneIndependent) => TimeZone::UTC,
            _ => self.session.context.zone.clone(),
        };
        let time: Timestamp = text.parse().ok()?;
        Some(self.locale.date_time(time.to_zoned(zone).datetime(), date_only))
    }

    fn label(&self, choice: &ChoiceRef, number: i64) -> Option<String> {
        let number = i32::try_from(number).ok()?;
        let language = self.session.context.language;
        let of = |choice: &Choice| choice.option(number)?.label.best(language).map(str::to_owned);
        match choice {
            ChoiceRef::Local(choice) => of(choice),
            ChoiceRef::Global(name) => self.session.store.choice(name).ok().flatten().and_then(of),
        }
    }

    fn currency(&self, id: &str) -> Result<Currency, ServiceError> {
        const TABLE: &str = "transactioncurrency";
        if let Some(known) = self.currencies.borrow().get(id) {
            return Ok(known.clone());
        }
        let mut found = Currency::default();
        if let Ok(layout) = self.session.layout(TABLE)
            && layout.kind("currencysymbol").is_some()
            && layout.kind("currencyprecision").is_some()
        {
            let sql = format!(
                "SELECT currencysymbol, currencyprecision FROM {} WHERE {} = ?1",
                quoted(TABLE),
                quoted(&key_of(&layout)?)
            );
            let mut statement = self.session.rows.connection.prepare_cached(&sql)?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Currency {
                    symbol: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                    places: row.get(1)?,
                })
            };
            found = statement.query_row([id], read).optional()?.unwrap_or_default();
        }
        self.currencies.borrow_mut().insert(id.to_owned(), found.clone());
        Ok(found)
    }
}

/// Returns a stored decimal as a number.
fn decimal(value: ValueRef<'_>) -> Option<Decimal> {
    value.as_str().ok()?.parse().ok()
}
