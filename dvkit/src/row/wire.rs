//! How values stand in JSON: text and numbers to the types of columns.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, civil};
use rust_decimal::Decimal;

use super::Slot;
use super::decode::Mismatch;
use super::slot::Scalar;
use crate::{FileId, Guid, Image, Lookup};

impl Slot<'_> {
    /// What the slot waits for, in words.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Slot::Text(_) => "a text",
            Slot::Int(_) | Slot::Long(_) => "a whole number",
            Slot::Decimal(_) => "a decimal number",
            Slot::Float(_) => "a number",
            Slot::Bool(_) => "true or false",
            Slot::Id(_) => "a guid",
            Slot::DateTime(_) => "a date and time in UTC",
            Slot::ClockTime(_) => "a date and time",
            Slot::Date(_) => "a date",
            Slot::OneOf(_) => "the number of an option",
            Slot::ManyOf(_) => "numbers of options with commas between",
            Slot::Lookup(..) => "the guid of a row",
            Slot::Picture(_) => "an image in base64",
            Slot::Attachment(_) => "the guid of a file",
            Slot::ManagedFlag(_) => "a managed property",
            Slot::Rows(rows) if rows.many() => "a list of rows",
            Slot::Rows(_) => "a row",
            Slot::Custom(_) | Slot::Json(_) | Slot::Extra(_) | Slot::Other(_) => "a value",
        }
    }

    fn mismatch(&self) -> Mismatch {
        Mismatch::expected(self.expected())
    }

    /// Takes text.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Mismatch> {
        match self {
            Slot::Text(slot) => **slot = Some(text.to_owned()),
            Slot::Id(slot) => **slot = Some(guid(text)?),
            Slot::Lookup(slot, tables) => lookup(slot, tables).id = guid(text)?,
            Slot::Attachment(slot) => **slot = Some(FileId(guid(text)?)),
            Slot::DateTime(slot) => {
                **slot = Some(timestamp(text).ok_or_else(|| Mismatch::expected("a date and time in UTC"))?)
            }
            Slot::ClockTime(slot) => {
                **slot = Some(clock_time(text).ok_or_else(|| Mismatch::expected("a date and time"))?)
            }
            // Date-only columns of old rows come with a time.
            Slot::Date(slot) => **slot = Some(date(text).ok_or_else(|| Mismatch::expected("a date"))?),
            Slot::ManyOf(slot) => {
                let values: Result<Vec<i32>, _> = text.split(',').map(|one| one.trim().parse()).collect();
                slot.set(Some(
                    &values.map_err(|_| Mismatch::expected("numbers of options with commas between"))?,
                ));
            }
            Slot::Picture(slot) => {
                let bytes = STANDARD.decode(text).map_err(|_| Mismatch::expected("an image in base64"))?;
                **slot = Some(Image(bytes));
            }
            // Numbers as text: `IEEE754Compatible=true`.
            Slot::Long(slot) => {
                **slot = Some(text.parse().map_err(|_| Mismatch::expected("a whole number"))?)
            }
            Slot::Decimal(_) => return self.digits(text),
            Slot::Custom(slot) => return slot.set(Scalar::Text(text)),
            Slot::Json(slot) => **slot = text.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Takes text that need not be copied.
    pub(super) fn owned(&mut self, text: String) -> Result<(), Mismatch> {
        match self {
            Slot::Text(slot) => {
                **slot = Some(text);
                Ok(())
            }
            _ => self.text(&text),
        }
    }

    /// Takes the digits of a decimal number, as JSON writes them.
    pub(super) fn digits(&mut self, digits: &str) -> Result<(), Mismatch> {
        match self {
            Slot::Decimal(slot) => {
                **slot = Some(
                    decimal_of(digits).ok_or_else(|| Mismatch::expected("a decimal number"))?.normalize(),
                );
                Ok(())
            }
            _ => Err(self.mismatch()),
        }
    }

    /// Takes a whole number.
    pub(super) fn whole(&mut self, number: i64) -> Result<(), Mismatch> {
        match self {
            Slot::Int(slot) => **slot = Some(narrow(number)?),
            Slot::Long(slot) => **slot = Some(number),
            Slot::Decimal(slot) => **slot = Some(Decimal::from(number)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "what JSON itself does to a number that is read as a float"
            )]
            Slot::Float(slot) => **slot = Some(number as f64),
            Slot::OneOf(slot) => slot.set(Some(&[narrow(number)?])),
            // One option alone comes as a number from some proxies.
            Slot::ManyOf(slot) => slot.set(Some(&[narrow(number)?])),
            Slot::Custom(slot) => return slot.set(Scalar::Int(number)),
            Slot::Json(slot) => **slot = number.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Takes a number with a fraction.
    pub(super) fn float(&mut self, number: f64) -> Result<(), Mismatch> {
        match self {
            Slot::Float(slot) => **slot = Some(number),
            Slot::Decimal(slot) => {
                **slot = Some(decimal(number).ok_or_else(|| Mismatch::expected("a decimal number"))?)
            }
            Slot::Custom(slot) => return slot.set(Scalar::Float(number)),
            Slot::Json(slot) => **slot = number.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Takes `true` or `false`.
    pub(super) fn flag(&mut self, flag: bool) -> Result<(), Mismatch> {
        match self {
            Slot::Bool(slot) => **slot = Some(flag),
            Slot::Custom(slot) => return slot.set(Scalar::Bool(flag)),
            Slot::Json(slot) => **slot = flag.into(),
            _ => return Err(self.mismatch()),
        }
        Ok(())
    }

    /// Takes `null`.
    pub(super) fn null(&mut self) -> Result<(), Mismatch> {
        match self {
            Slot::Text(slot) => **slot = None,
            Slot::Int(slot) => **slot = None,
            Slot::Long(slot) => **slot = None,
            Slot::Decimal(slot) => **slot = None,
            Slot::Float(slot) => **slot = None,
            Slot::Bool(slot) => **slot = None,
            Slot::Id(slot) => **slot = None,
            Slot::DateTime(slot) => **slot = None,
            Slot::ClockTime(slot) => **slot = None,
            Slot::Date(slot) => **slot = None,
            Slot::OneOf(slot) | Slot::ManyOf(slot) => slot.set(None),
            Slot::Lookup(slot, _) => **slot = None,
            Slot::Picture(slot) => **slot = None,
            Slot::Attachment(slot) => **slot = None,
            Slot::ManagedFlag(slot) => **slot = None,
            Slot::Rows(slot) => slot.clear(),
            Slot::Custom(slot) => return slot.set(Scalar::Null),
            Slot::Json(slot) => **slot = serde_json::Value::Null,
            Slot::Extra(_) | Slot::Other(_) => {}
        }
        Ok(())
    }
}

/// The lookup of a slot, made where an annotation or the value comes first.
pub(super) fn lookup<'a>(slot: &'a mut Option<Lookup>, tables: &'static str) -> &'a mut Lookup {
    slot.get_or_insert_with(|| Lookup {
        id: Guid::nil(),
        // One table alone need not be told.
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

/// The decimal of these digits: exact where it has up to 28 of them, as every column of the service has.
fn decimal_of(digits: &str) -> Option<Decimal> {
    let exact = digits.parse().ok().or_else(|| Decimal::from_scientific(digits).ok());
    // More places than a decimal has room for.
    exact.or_else(|| decimal(digits.parse().ok()?))
}

/// The decimal that was written where JSON gave a float: what rounds to this float and has the fewest digits.
fn decimal(number: f64) -> Option<Decimal> {
    let scaled = (number * 1e4).round();
    // Up to four places, as money has: exact while the digits fit a float.
    #[expect(clippy::cast_possible_truncation, reason = "checked to be below 2^53")]
    if scaled.abs() < 9_007_199_254_740_992.0 && scaled / 1e4 == number {
        return Some(Decimal::new(scaled as i64, 4).normalize());
    }
    let text = number.to_string();
    text.parse().ok()
}

/// `2021-04-04T20:00:00Z`.
fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The clock's value, whatever zone is written: the `Z` of these columns is not UTC.
fn clock_time(text: &str) -> Option<civil::DateTime> {
    let clock = text.strip_suffix('Z').unwrap_or(text);
    clock.parse().ok()
}

/// A date, or the date of a date and time.
fn date(text: &str) -> Option<civil::Date> {
    let date = text.split_once('T').map_or(text, |(date, _)| date);
    date.parse().ok()
}
