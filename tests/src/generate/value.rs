//! Generates random values for columns. Some values are hard to write in a query, such as texts with
//! quotation marks.

use dvkit_query::hir::Value;
use dvkit_schema::{Column, Edm};

use super::Dice;

pub(super) fn text(dice: &mut Dice<'_>) -> String {
    let words = [
        "Ann",
        "O'Brien",
        "a or b",
        "100%",
        "",
        "ünïcode",
        "say \"hi\"",
        "back\\slash",
        "{x}",
        "a,b",
        "(",
        "]",
    ];
    (*dice.pick(&words).expect("not empty")).to_owned()
}

/// Returns a random value of the column's type.
pub(crate) fn value(dice: &mut Dice<'_>, column: &Column) -> Value {
    let n = i64::from(u8::try_from(dice.roll(256)).unwrap_or(0));
    match column.ty.edm().expect("filtered") {
        Edm::String => Value::Text(text(dice)),
        Edm::Int32 | Edm::Int64 => Value::Integer(n),
        Edm::Decimal => Value::Decimal(rust_decimal(n)),
        Edm::Double => Value::Double(n as f64 * [1.0, 0.5, 1e20, -1e-7][dice.roll(4)]),
        Edm::Boolean => Value::Boolean(n > 127),
        Edm::Guid => Value::Guid(guid(n)),
        Edm::Date => Value::Date(day(n).parse().expect("a date")),
        Edm::DateTimeOffset | Edm::Binary => {
            let fraction = ["", ".5", ".123456789"][dice.roll(3)];
            Value::DateTime(format!("{}T10:20:30{fraction}Z", day(n)).parse().expect("a time"))
        }
    }
}

/// Returns the date with the number `n`. For half of all numbers the date is in the year of the evaluation,
/// so that relative date conditions match some rows.
fn day(n: i64) -> String {
    let year = if n % 2 == 0 { 25 } else { n % 100 };
    format!("20{year:02}-0{}-{:02}", n % 9 + 1, n % 28 + 1)
}

fn rust_decimal(n: i64) -> rust_decimal::Decimal {
    rust_decimal::Decimal::new(n - 100, u32::try_from(n % 5).unwrap_or(0))
}

pub(crate) fn guid(n: i64) -> uuid::Uuid {
    uuid::Uuid::from_u128((u128::from(n.unsigned_abs()) << 64) | 0xdead_beef)
}
