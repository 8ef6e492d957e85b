//! Sets fields from JSON values. Each value is converted into the type of its column; a value that does not
//! fit is a [`Mismatch`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use super::{FieldMut, Mismatch, Scalar};
use crate::Guid;
use crate::value::{FileId, Image, Lookup};

impl FieldMut<'_> {
    /// Returns a description of the values that fit the field, for messages: `a whole number`.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            FieldMut::Text(_) => "a text",
            FieldMut::Int(_) | FieldMut::Long(_) => "a whole number",
            FieldMut::Decimal(_) => "a decimal number",
            FieldMut::Float(_) => "a number",
            FieldMut::Bool(_) => "true or false",
            FieldMut::Id(_) => "a guid",
            FieldMut::DateTime(_) => "a date and time in UTC",
            FieldMut::LocalDateTime(_) => "a date and time",
            FieldMut::Date(_) => "a date",
            FieldMut::Choice(_) => "the number of an option",
            FieldMut::Choices(_) => "numbers of options with commas between",
            FieldMut::Lookup(..) => "the guid of a row",
            FieldMut::Image(_) => "an image in base64",
            FieldMut::File(_) => "the guid of a file",
            FieldMut::ManagedProperty(_) => "a managed property",
            FieldMut::Rows(rows) if rows.many() => "a list of rows",
            FieldMut::Rows(_) => "a row",
            FieldMut::Custom(_) | FieldMut::Json(_) | FieldMut::Extras(_) | FieldMut::Other(_) => "a value",
        }
    }

    fn mismatch(&self) -> Mismatch {
        Mismatch::expected(self.expected())
    }

    /// Sets the field from a JSON text. Returns an error if the column has another type, or if the text is
    /// not a value of the type.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Mismatch> {
        match self {
            FieldMut::Text(field) => **field = Some(text.to_owned()),
            FieldMut::Id(field) => **field = Some(guid(text)?),
            FieldMut::Lookup(field, tables) => lookup_or_new(field, tables).id = guid(text)?,
            FieldMut::File(field) => **field = Some(FileId(guid(text)?)),
            FieldMut::DateTime(field) => {
                **field = Some(timestamp(text).ok_or_else(|| Mismatch::expected("a date and time in UTC"))?)
            }
            FieldMut::LocalDateTime(field) => {
                **field = Some(local_date_time(text).ok_or_else(|| Mismatch::expected("a date and time"))?)
            }
            // Old rows have a time in date-only columns.
            FieldMut::Date(field) => **field = Some(date(text).ok_or_else(|| Mismatch::expected("a date"))?),
            FieldMut::Choices(field) => {
                let values: Result<Vec<i32>, _> = text.split(',').map(|one| one.trim().parse()).collect();
                field.set(Some(
                    &values.map_err(|_| Mismatch::expected("numbers of options with commas between"))?,
                ));
            }
            FieldMut::Image(field) => {
                let bytes = STANDARD.decode(text).map_err(|_| Mismatch::expected("an image in base64"))?;
                **field = Some(Image(bytes));
            }
            // With `IEEE754Compatible=true` the service sends numbers as texts.
            FieldMut::Long(field) => {
                **field = Some(text.parse().map_err(|_| Mismatch::expected("a whole number"))?)
            }
            FieldMut::Decimal(_) => return self.digits(text),
            FieldMut::Custom(field) => return field.set(Scalar::Text(text)),
            FieldMut::Json(field) => **field = text.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Sets the field from a JSON text. A text field takes the text over without copying it. The errors are
    /// those of [`text`](Self::text).
    pub(super) fn owned(&mut self, text: String) -> Result<(), Mismatch> {
        match self {
            FieldMut::Text(field) => {
                **field = Some(text);
                Ok(())
            }
            _ => self.text(&text),
        }
    }

    /// Sets a decimal field from a JSON number that is given as text, so that all digits are kept. Returns an
    /// error if the field is not decimal, or the number has too many digits.
    pub(super) fn digits(&mut self, digits: &str) -> Result<(), Mismatch> {
        match self {
            FieldMut::Decimal(field) => {
                **field = Some(
                    decimal_of(digits).ok_or_else(|| Mismatch::expected("a decimal number"))?.normalize(),
                );
                Ok(())
            }
            _ => Err(self.mismatch()),
        }
    }

    /// Sets the field from a whole JSON number, `number`. Returns an error if the column has another type, or
    /// if the number is too large for it.
    pub(super) fn whole(&mut self, number: i64) -> Result<(), Mismatch> {
        match self {
            FieldMut::Int(field) => **field = Some(narrow(number)?),
            FieldMut::Long(field) => **field = Some(number),
            FieldMut::Decimal(field) => **field = Some(Decimal::from(number)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "JSON parsers lose the same digits when they read a number as a float"
            )]
            FieldMut::Float(field) => **field = Some(number as f64),
            FieldMut::Choice(field) => field.set(Some(&[narrow(number)?])),
            // Some proxies send a single option as a number.
            FieldMut::Choices(field) => field.set(Some(&[narrow(number)?])),
            FieldMut::Custom(field) => return field.set(Scalar::Int(number)),
            FieldMut::Json(field) => **field = number.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Sets the field from a JSON number with a fraction, `number`. Returns an error if the column has
    /// another type, or if the number is too large for it.
    pub(super) fn float(&mut self, number: f64) -> Result<(), Mismatch> {
        match self {
            FieldMut::Float(field) => **field = Some(number),
            FieldMut::Decimal(field) => {
                **field = Some(decimal(number).ok_or_else(|| Mismatch::expected("a decimal number"))?)
            }
            FieldMut::Custom(field) => return field.set(Scalar::Float(number)),
            FieldMut::Json(field) => **field = number.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Sets the field from a JSON boolean, `flag`. Returns an error if the column has another type.
    pub(super) fn flag(&mut self, flag: bool) -> Result<(), Mismatch> {
        match self {
            FieldMut::Bool(field) => **field = Some(flag),
            FieldMut::Custom(field) => return field.set(Scalar::Bool(flag)),
            FieldMut::Json(field) => **field = flag.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Sets the field from the JSON value `null`. Returns an error if a user-defined type does not accept
    /// null.
    pub(super) fn null(&mut self) -> Result<(), Mismatch> {
        match self {
            FieldMut::Text(field) => **field = None,
            FieldMut::Int(field) => **field = None,
            FieldMut::Long(field) => **field = None,
            FieldMut::Decimal(field) => **field = None,
            FieldMut::Float(field) => **field = None,
            FieldMut::Bool(field) => **field = None,
            FieldMut::Id(field) => **field = None,
            FieldMut::DateTime(field) => **field = None,
            FieldMut::LocalDateTime(field) => **field = None,
            FieldMut::Date(field) => **field = None,
            FieldMut::Choice(field) | FieldMut::Choices(field) => field.set(None),
            FieldMut::Lookup(field, _) => **field = None,
            FieldMut::Image(field) => **field = None,
            FieldMut::File(field) => **field = None,
            FieldMut::ManagedProperty(field) => **field = None,
            FieldMut::Rows(field) => field.clear(),
            FieldMut::Custom(field) => return field.set(Scalar::Null),
            FieldMut::Json(field) => **field = serde_json::Value::Null,
            FieldMut::Extras(_) | FieldMut::Other(_) => {}
        }
        Ok(())
    }
}

/// Returns a mutable reference to the lookup in `field`. If the field is empty, a lookup with a nil id is put
/// into it first. `tables` has the logical names of the target tables, separated by spaces.
///
/// The id of a lookup and its annotations can come in any order, so whichever comes first creates the lookup.
pub(super) fn lookup_or_new<'a>(field: &'a mut Option<Lookup>, tables: &'static str) -> &'a mut Lookup {
    field.get_or_insert_with(|| Lookup {
        id: Guid::nil(),
        // A lookup with one target needs no annotation to know its table.
        table: (!tables.is_empty() && !tables.contains(' ')).then(|| tables.into()),
        label: None,
    })
}

fn guid(text: &str) -> Result<Guid, Mismatch> {
    Guid::try_parse(text).map_err(|_| Mismatch::expected("a guid"))
}

fn narrow(number: i64) -> Result<i32, Mismatch> {
    i32::try_from(number).map_err(|_| Mismatch::expected("a whole number of 32 bits"))
}

/// Parses a decimal number; `None` if the text is not a number. The result is exact for up to 28 digits, and
/// no column of Dataverse has more.
pub(crate) fn decimal_of(digits: &str) -> Option<Decimal> {
    let exact = digits.parse().ok().or_else(|| Decimal::from_scientific(digits).ok());
    // With more digits than that, the nearest float.
    exact.or_else(|| decimal(digits.parse().ok()?))
}

/// Returns the decimal number with the fewest digits that rounds to `number`, because the service has
/// probably sent this one. Returns `None` if it does not fit into a `Decimal`.
fn decimal(number: f64) -> Option<Decimal> {
    let scaled = (number * 1e4).round();
    // Money has up to four decimal places; the result is exact while the digits fit into a float.
    #[expect(clippy::cast_possible_truncation, reason = "checked to be below 2^53")]
    if scaled.abs() < 9_007_199_254_740_992.0 && scaled / 1e4 == number {
        return Some(Decimal::new(scaled as i64, 4).normalize());
    }
    let text = number.to_string();
    text.parse().ok()
}

/// Parses a date and time with a time zone: `2021-04-04T20:00:00Z`. Returns `None` for any other text.
fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Parses a date and time without a time zone; `None` for any other text. A `Z` at the end is ignored,
/// because it does not mean UTC in time-zone independent columns.
pub(crate) fn local_date_time(text: &str) -> Option<civil::DateTime> {
    let clock = text.strip_suffix('Z').unwrap_or(text);
    clock.parse().ok()
}

/// Parses a date, such as `2021-04-04`. Of a date and time, the date is taken. Returns `None` for any other
/// text.
pub(crate) fn date(text: &str) -> Option<civil::Date> {
    let date = text.split_once('T').map_or(text, |(date, _)| date);
    date.parse().ok()
}
