//! Converts values between JSON and the form in which SQLite stores them.

use std::io::Write as _;

use dvkit_execute::sqlite::StorageClass;
use dvkit_query::hir::Value;
use dvkit_schema::{Column, ColumnType, Edm, Table};
use http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{Value as Stored, ValueRef};
use serde_json::Value as Json;
use uuid::Uuid;

use super::connection::stored;
use super::service_error::ServiceError;

/// The service's code of a body whose values do not fit the types of their properties.
const WRONG_VALUE: &str = "0x80048d19";

/// Converts the JSON value of a property to the stored value of its column.
///
/// # Errors
/// Returns an error if the value is not of the column's type. The column's further rules (length, range,
/// options) are not checked here.
pub(crate) fn parse(table: &Table, column: &Column, json: &Json) -> Result<Stored, ServiceError> {
    if json.is_null() {
        return Ok(Stored::Null);
    }
    let kind = StorageClass::of(&column.ty).ok_or_else(|| {
        ServiceError::not_emulated(format_args!("writing {}.{}", table.logical_name, column.logical_name))
    })?;
    let value = value_of(kind, column, json);
    value.and_then(|value| kind.encode(&value)).map(|cell| stored(&cell)).ok_or_else(|| {
        let expected = column.ty.edm().map_or_else(|| "its type".to_owned(), |edm| format!("Edm.{edm:?}"));
        let inner =
            format!("Cannot convert the literal '{}' to the expected type '{expected}'.", literal(json));
        wrong_payload(table, &inner)
    })
}

/// Returns the service's error for a body that does not fit the type of its table, with the exception that the
/// service found within.
/// <https://learn.microsoft.com/troubleshoot/power-platform/dataverse/dataverse-web-api-and-sdk/web-api-client-errors>
pub(crate) fn wrong_payload(table: &Table, inner: &str) -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        WRONG_VALUE,
        format!(
            "Error identified in Payload provided by the user for Entity :'{}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException: {inner}",
            table.entity_set.as_deref().unwrap_or(&table.logical_name),
        ),
    )
}

/// Returns a JSON value in a message: at most 100 characters, texts without quotes.
fn literal(json: &Json) -> String {
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    text.chars().take(100).collect()
}

fn value_of(kind: StorageClass, column: &Column, json: &Json) -> Option<Value> {
    Some(match (kind, json) {
        // A multi-select choice has the numbers of its options, in ascending order and without repetition.
        (StorageClass::Text, Json::String(text)) if matches!(column.ty, ColumnType::Choices { .. }) => {
            let mut options: Vec<i32> =
                text.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
            options.sort_unstable();
            options.dedup();
            Value::Text(options.iter().map(i32::to_string).collect::<Vec<_>>().join(","))
        }
        (StorageClass::Text, Json::String(text)) => Value::Text(text.clone()),
        (StorageClass::Integer, Json::Number(n)) => {
            let number = n.as_i64()?;
            // Whole numbers and the numbers of options have 32 bits.
            if column.ty.edm() == Some(Edm::Int32) {
                i32::try_from(number).ok()?;
            }
            Value::Integer(number)
        }
        (StorageClass::Integer, Json::String(n)) if matches!(column.ty, ColumnType::BigInt) => {
            Value::Integer(n.parse().ok()?)
        }
        (StorageClass::Decimal, Json::Number(n)) => {
            let text = n.to_string();
            let exact = text.parse().or_else(|_| rust_decimal::Decimal::from_scientific(&text));
            Value::Decimal(exact.ok()?)
        }
        (StorageClass::Decimal, Json::String(n)) => Value::Decimal(n.parse().ok()?),
        (StorageClass::Double, Json::Number(n)) => Value::Double(n.as_f64()?),
        (StorageClass::Boolean, Json::Bool(b)) => Value::Boolean(*b),
        // A managed property is an object with the member `Value`.
        (StorageClass::Boolean, Json::Object(members))
            if matches!(column.ty, ColumnType::ManagedProperty) =>
        {
            Value::Boolean(members.get("Value")?.as_bool()?)
        }
        (StorageClass::Guid, Json::String(text)) => Value::Guid(Uuid::parse_str(text).ok()?),
        (StorageClass::Date, Json::String(text)) => Value::Date(date(text)?),
        (StorageClass::DateTime, Json::String(text)) => Value::DateTime(time(text)?),
        _ => return None,
    })
}

/// Parses a day. A time after the day is ignored, as in the service.
fn date(text: &str) -> Option<Date> {
    text.split(['T', ' ']).next()?.parse().ok()
}

/// Parses a point in time with whole seconds: fractions are dropped, and a time without an offset is in UTC.
fn time(text: &str) -> Option<Timestamp> {
    let exact: Timestamp = match text.parse() {
        Ok(time) => time,
        Err(_) => {
            let local: jiff::civil::DateTime = text.parse().ok()?;
            local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()
        }
    };
    Timestamp::from_second(exact.as_second()).ok()
}

/// Appends a stored value to `out` as JSON. Null, and a value that no column stores, is `null`.
pub(crate) fn write_json(out: &mut Vec<u8>, kind: StorageClass, value: ValueRef<'_>) {
    match (kind, value) {
        (StorageClass::Boolean, ValueRef::Integer(n)) => {
            out.extend_from_slice(if n == 0 { b"false" } else { b"true" });
        }
        (_, ValueRef::Integer(n)) => {
            // Writing to a vector does not fail.
            let _ = write!(out, "{n}");
        }
        (_, ValueRef::Real(d)) => match serde_json::Number::from_f64(d) {
            Some(number) => out.extend_from_slice(number.to_string().as_bytes()),
            None => out.extend_from_slice(b"null"),
        },
        (StorageClass::Decimal, ValueRef::Text(text)) => out.extend_from_slice(text),
        (StorageClass::Guid | StorageClass::Date, ValueRef::Text(text)) => {
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        }
        (StorageClass::DateTime, ValueRef::Text(text)) => {
            // Stored times have nine digits of a second; responses have none.
            out.push(b'"');
            out.extend_from_slice(text.get(..19).unwrap_or(text));
            out.extend_from_slice(b"Z\"");
        }
        (_, ValueRef::Text(text)) => write_text(out, &String::from_utf8_lossy(text)),
        (_, ValueRef::Null | ValueRef::Blob(_)) => out.extend_from_slice(b"null"),
    }
}

/// Appends a text to `out` as a JSON string.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing to a vector does not fail.
    let _ = serde_json::to_writer(out, text);
}
