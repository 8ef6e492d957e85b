//! Defines [`Literal`], a value in a filter or in a write, and writes it in the notation of OData.

use core::fmt::Write;

use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use crate::Guid;
use crate::value::ManagedProperty;

/// A value in a filter or in the body of a write, whatever Rust type the program gave it as.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of any column type.
    Whole(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// A floating point number.
    Float(f64),
    /// A text.
    Text(String),
    /// A guid.
    Id(Guid),
    /// A date and time in UTC.
    DateTime(Timestamp),
    /// A date and time without a time zone.
    LocalDateTime(civil::DateTime),
    /// A date without a time.
    Date(civil::Date),
    /// The numbers of the options of a multi-select choice column.
    Options(Vec<i32>),
    /// The bytes of an image.
    Bytes(Vec<u8>),
    /// The value of a managed property of a solution component.
    ManagedProperty(ManagedProperty),
}

impl Literal {
    /// Appends the literal to `out` as filters contain it, with texts in quotes.
    pub(crate) fn odata(&self, out: &mut String) {
        match self {
            Literal::Text(text) => quoted(text, out),
            // The service compares a set of options as text.
            Literal::Options(_) => {
                out.push('\'');
                self.bare(out);
                out.push('\'');
            }
            _ => self.bare(out),
        }
    }

    /// Appends the literal to `out` without quotes, for the inside of a quoted text or for an argument of a
    /// query function.
    pub(crate) fn bare(&self, out: &mut String) {
        // Writing into a String never fails.
        let _ = match self {
            Literal::Null => out.write_str("null"),
            Literal::Bool(flag) | Literal::ManagedProperty(ManagedProperty { value: flag, .. }) => {
                write!(out, "{flag}")
            }
            Literal::Whole(number) => write!(out, "{number}"),
            Literal::Decimal(number) => write!(out, "{number}"),
            // The service refuses infinite numbers, and its error is clear when they are written as OData does.
            Literal::Float(number) if number.is_infinite() => {
                out.write_str(if *number < 0.0 { "-INF" } else { "INF" })
            }
            Literal::Float(number) => write!(out, "{number}"),
            Literal::Text(text) => out.write_str(text),
            Literal::Id(id) => write!(out, "{id}"),
            Literal::DateTime(time) => write!(out, "{time}"),
            // The service writes these with a `Z` that does not mean UTC.
            Literal::LocalDateTime(time) => write!(out, "{time}Z"),
            Literal::Date(date) => write!(out, "{date}"),
            Literal::Options(values) => {
                for (at, value) in values.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    let _ = write!(out, "{comma}{value}");
                }
                Ok(())
            }
            Literal::Bytes(bytes) => {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode_string(bytes, out);
                Ok(())
            }
        };
    }
}

/// Appends `text` to `out` in single quotes. Each single quote inside `text` is doubled.
pub(crate) fn quoted(text: &str, out: &mut String) {
    out.push('\'');
    for (at, part) in text.split('\'').enumerate() {
        if at > 0 {
            out.push_str("''");
        }
        out.push_str(part);
    }
    out.push('\'');
}
