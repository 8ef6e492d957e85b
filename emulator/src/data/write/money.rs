//! The currency of rows, and their amounts of money in the base currency.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/transaction-currency-currency-entity>

use std::collections::BTreeMap;

use dvkit_schema::{Column, ColumnType, Table};
use rusqlite::types::Value as Stored;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::rules::{out_of_range, rounded};

/// The table of the currencies.
const CURRENCIES: &str = "transactioncurrency";
/// The lookup of a row's currency.
const CURRENCY: &str = "transactioncurrencyid";
/// The column with the rate of a row's currency.
const RATE: &str = "exchangerate";
/// The number of decimal places of amounts whose precision the organisation decides.
const PRICING_PRECISION: u8 = 2;
/// The most decimal places of an amount of money.
const MAX_PRECISION: u8 = 4;

/// A currency.
struct Currency {
    /// How much of this currency one unit of the base currency is worth.
    rate: Decimal,
    /// The number of decimal places.
    precision: u8,
}

impl Currency {
    /// Returns the currency with this id; `None` if there is none.
    fn find(session: &Session<'_>, id: Uuid) -> Result<Option<Self>, ServiceError> {
        let Some(table) = session.store.table(CURRENCIES)? else { return Ok(None) };
        let layout = session.layout(CURRENCIES)?;
        if layout.kind(RATE).is_none() || layout.kind("currencyprecision").is_none() {
            return Ok(None);
        }
        let Some(values) = session.values(table, id, &[RATE, "currencyprecision"])? else { return Ok(None) };
        let rate = match values.first() {
            Some(Stored::Text(rate)) => rate.parse().unwrap_or(Decimal::ONE),
            _ => Decimal::ONE,
        };
        let precision = match values.get(1) {
            Some(Stored::Integer(places)) => u8::try_from(*places).unwrap_or(2).min(MAX_PRECISION),
            _ => 2,
        };
        Ok(Some(Self { rate, precision }))
    }
}

/// Returns the column whose amount in the base currency `column` has; `None` for other columns.
fn base_of<'t>(table: &'t Table, column: &'t Column) -> Option<&'t Column> {
    let ColumnType::Money { calculation_of, .. } = &column.ty else { return None };
    let source = calculation_of.as_deref().or_else(|| column.logical_name.strip_suffix("_base"))?;
    table.column(source).filter(|c| matches!(c.ty, ColumnType::Money { .. }))
}

/// Sets the currency of a row, rounds its amounts of money, and calculates them in the base currency. `id` is
/// the id of the row that is changed; `None` for a new row.
///
/// # Errors
/// Returns an error if an amount in the base currency is too large.
pub(crate) fn apply(
    session: &Session<'_>,
    table: &Table,
    id: Option<Uuid>,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    if layout.kind(CURRENCY).is_none() || table.logical_name == CURRENCIES {
        return Ok(());
    }
    let is_amount =
        |column: &&Column| matches!(column.ty, ColumnType::Money { .. }) && base_of(table, column).is_none();
    let amounts: Vec<&Column> = table.columns.iter().filter(is_amount).collect();
    let is_given = |column: &&Column| values.get(&column.logical_name).is_some_and(|v| *v != Stored::Null);
    let has_amount = amounts.iter().any(is_given);
    let changes_amount = amounts.iter().any(|c| values.contains_key(&c.logical_name));
    let changes_currency = values.contains_key(CURRENCY);
    if !(changes_amount || changes_currency) {
        return Ok(());
    }
    let mut current = BTreeMap::new();
    if let Some(id) = id {
        let mut names: Vec<&str> = amounts.iter().map(|c| c.logical_name.as_str()).collect();
        names.push(CURRENCY);
        if let Some(stored) = session.values(table, id, &names)? {
            current.extend(names.into_iter().zip(stored));
        }
    }
    let mut currency = values.get(CURRENCY).or_else(|| current.get(CURRENCY)).cloned();
    if !matches!(currency, Some(Stored::Text(_))) && has_amount {
        // An amount without a currency is in the base currency.
        let base = session.shared.identity.base_currency_id();
        let exists = match session.store.table(CURRENCIES)? {
            Some(currencies) => session.row_version(currencies, base)?.is_some(),
            None => false,
        };
        if exists {
            currency = Some(Stored::Text(base.to_string()));
            values.insert(CURRENCY.to_owned(), Stored::Text(base.to_string()));
        }
    }
    let found = match &currency {
        Some(Stored::Text(id)) => {
            Uuid::parse_str(id).ok().map(|id| Currency::find(session, id)).transpose()?
        }
        _ => None,
    };
    let known = found.flatten();
    if layout.kind(RATE).is_some() {
        let rate = known.as_ref().map_or(Stored::Null, |c| Stored::Text(c.rate.to_string()));
        values.insert(RATE.to_owned(), rate);
    }
    let base = Currency::find(session, session.shared.identity.base_currency_id())?;
    let base_precision = base.map_or(PRICING_PRECISION, |c| c.precision);
    let currency = known.unwrap_or(Currency { rate: Decimal::ONE, precision: PRICING_PRECISION });
    for column in amounts {
        let name = column.logical_name.as_str();
        let given = values.contains_key(name);
        let value = values.get(name).or_else(|| current.get(name)).cloned().unwrap_or(Stored::Null);
        let amount = match &value {
            Stored::Text(text) => {
                Some(text.parse::<Decimal>().map_err(|_| out_of_range(table, column, text))?)
            }
            _ => None,
        };
        let amount = amount.map(|amount| rounded(amount, precision_of(column, &currency)));
        if given && let Some(amount) = amount {
            values.insert(name.to_owned(), Stored::Text(amount.to_string()));
        }
        let in_base =
            table.columns.iter().find(|c| base_of(table, c).is_some_and(|of| of.logical_name == name));
        let Some(in_base) = in_base.filter(|c| layout.kind(&c.logical_name).is_some()) else { continue };
        let converted = match amount {
            Some(amount) => {
                let in_range = amount.checked_div(currency.rate);
                let amount = in_range.ok_or_else(|| out_of_range(table, in_base, amount))?;
                Stored::Text(rounded(amount, base_precision).to_string())
            }
            None => Stored::Null,
        };
        values.insert(in_base.logical_name.clone(), converted);
    }
    Ok(())
}

/// Returns the number of decimal places of the amounts in a column.
fn precision_of(column: &Column, currency: &Currency) -> u8 {
    match &column.ty {
        ColumnType::Money { precision_source: Some(2), .. } => currency.precision,
        ColumnType::Money { precision_source: Some(1), .. } => PRICING_PRECISION,
        ColumnType::Money { precision, .. } => precision.unwrap_or(MAX_PRECISION).min(MAX_PRECISION),
        _ => MAX_PRECISION,
    }
}
