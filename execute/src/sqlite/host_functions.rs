//! What SQLite lacks and a connection is given: two collations, two functions, two aggregates.
//!
//! | name | sort | given by |
//! |---|---|---|
//! | `DVTEXT` | collation | [`compare_texts`] |
//! | `DVDECIMAL` | collation | [`compare_decimals`] |
//! | `dv_like(text, pattern)` | function, deterministic; null of null | [`like`] |
//! | `dv_part(value, part, zone, fiscal)` | function, deterministic; null of a null value | [`part`] |
//! | `dv_sum(value)`, `dv_avg(value)` | aggregates, nulls left out | [`Total`] |
//!
//! Whoever opens a connection registers them under these names before a statement is prepared; nothing here knows a driver.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::calendar::Year;
use super::layout::Cell;
use dvkit_query::hir::DateGrouping;

/// The name of the collation of texts.
pub const TEXT_COLLATION: &str = "DVTEXT";
/// The name of the collation of decimals.
pub const DECIMAL_COLLATION: &str = "DVDECIMAL";

/// The collation of texts: letters without case, accents and trailing blanks as they stand.
///
/// ```
/// use std::cmp::Ordering;
/// assert_eq!(dvkit_query::emit::sql::host::compare_texts("MÜLLER", "müller"), Ordering::Equal);
/// ```
#[must_use]
pub fn compare_texts(a: &str, b: &str) -> Ordering {
    a.chars().flat_map(char::to_lowercase).cmp(b.chars().flat_map(char::to_lowercase))
}

/// The collation of decimals: by value, so that `1.50` is `1.5`. What is no decimal comes after all that are.
///
/// ```
/// use std::cmp::Ordering;
/// assert_eq!(dvkit_query::emit::sql::host::compare_decimals("9.5", "10"), Ordering::Less);
/// ```
#[must_use]
pub fn compare_decimals(a: &str, b: &str) -> Ordering {
    match (a.parse::<Decimal>(), b.parse::<Decimal>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (a, b) => a.is_err().cmp(&b.is_err()),
    }
}

/// A piece of a pattern.
enum Piece {
    /// Any text.
    Any,
    /// One character.
    One,
    /// This character.
    This(char),
    /// A character within these ranges, or outside them.
    Set(bool, Vec<(char, char)>),
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::This(own) => *own == c,
            Self::Set(within, ranges) => ranges.iter().any(|(a, z)| (*a..=*z).contains(&c)) == *within,
        }
    }
}

/// Does a text match a LIKE pattern of T-SQL as a whole, letters without case? `%` is any text, `_` one character, `[a-c]` one
/// of a set, `[^a-c]` one outside it; a set without an end matches nothing. Time grows with the product of both lengths at
/// most.
///
/// ```
/// use dvkit_query::emit::sql::host::like;
/// assert!(like("Contoso Ltd.", "con%l[r-t]d_"));
/// ```
#[must_use]
pub fn like(text: &str, pattern: &str) -> bool {
    let Some(pieces) = pieces(pattern) else { return false };
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    // Where to go on from when a piece does not fit: the last `%`, and what it has taken so far.
    let (mut at, mut piece, mut again) = (0, 0, None);
    while at < text.len() {
        match (pieces.get(piece), again) {
            (Some(Piece::Any), _) => {
                piece += 1;
                again = Some((piece, at));
            }
            (Some(one), _) if text.get(at).is_some_and(|c| one.takes(*c)) => {
                piece += 1;
                at += 1;
            }
            (_, Some((after, taken))) => {
                (piece, at) = (after, taken + 1);
                again = Some((after, taken + 1));
            }
            (_, None) => return false,
        }
    }
    pieces.iter().skip(piece).all(|p| matches!(p, Piece::Any))
}

fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let (mut all, mut rest) = (Vec::new(), &*pattern);
    while let [first, after @ ..] = rest {
        rest = after;
        all.push(match first {
            '%' => Piece::Any,
            '_' => Piece::One,
            '[' => {
                let end = after.iter().position(|c| *c == ']')?;
                rest = after.get(end + 1..).unwrap_or_default();
                set(after.get(..end).unwrap_or_default())
            }
            c => Piece::This(*c),
        });
    }
    Some(all)
}

fn set(inside: &[char]) -> Piece {
    let (within, mut rest) = match inside {
        ['^', rest @ ..] => (false, rest),
        rest => (true, rest),
    };
    let mut ranges = Vec::new();
    loop {
        match rest {
            [a, '-', z, after @ ..] => {
                ranges.push((*a, *z));
                rest = after;
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                rest = after;
            }
            [] => return Piece::Set(within, ranges),
        }
    }
}

/// A part of a stored day or point in time, `dv_part`: `part` is a name of [`part_name`], `zone` the time zone that a point in
/// time is read in (an IANA name, an offset or a POSIX zone), `fiscal` the fiscal year as `sql` writes it (`07-01/4`).
///
/// # Errors
/// Where one of them is not readable: a sentence.
///
/// ```
/// use dvkit_query::emit::sql::host::part;
/// assert_eq!(part("2025-03-12T01:30:20.000000000Z", "day", "-05:00", "01-01/4"), Ok(11));
/// ```
pub fn part(value: &str, part: &str, zone: &str, fiscal: &str) -> Result<i64, String> {
    let unreadable = || format!("`{value}`, `{part}`, `{zone}`, `{fiscal}`: one of these cannot be read");
    let day = if value.len() == 10 {
        value.parse::<Date>().map_err(|_| unreadable())?
    } else {
        let zone = match zone {
            "UTC" => TimeZone::UTC,
            zone => DateTimeParser::new().parse_time_zone(zone).map_err(|_| unreadable())?,
        };
        value.parse::<Timestamp>().map_err(|_| unreadable())?.to_zoned(zone).date()
    };
    let part = PARTS.iter().find(|(_, name)| *name == part).ok_or_else(unreadable)?.0;
    let year = Year::read(fiscal).ok_or_else(unreadable)?;
    year.part(part, day).map_err(|beyond| beyond.to_string())
}

const PARTS: [(DateGrouping, &str); 7] = [
    (DateGrouping::Day, "day"),
    (DateGrouping::Week, "week"),
    (DateGrouping::Month, "month"),
    (DateGrouping::Quarter, "quarter"),
    (DateGrouping::Year, "year"),
    (DateGrouping::FiscalPeriod, "fiscal-period"),
    (DateGrouping::FiscalYear, "fiscal-year"),
];

/// What `dv_part` calls a part of a date; FetchXML's word.
#[must_use]
pub fn part_name(part: DateGrouping) -> &'static str {
    PARTS.iter().find(|(own, _)| *own == part).map_or("", |(_, name)| name)
}

/// A sum on its way, for `dv_sum` and `dv_avg`: whole numbers stay whole, decimals keep all their digits, and what is beyond
/// the greatest number is the greatest number.
#[derive(Clone, Debug, Default)]
pub struct Total {
    sum: Option<Sum>,
    number: i64,
}

#[derive(Clone, Copy, Debug)]
enum Sum {
    Integer(i64),
    Decimal(Decimal),
    Double(f64),
}

impl Total {
    /// One more value; what is no number is left out.
    pub fn add(&mut self, cell: &Cell) {
        let sum = match (self.sum, cell) {
            (None, Cell::Integer(n)) => Sum::Integer(*n),
            (None, Cell::Real(d)) => Sum::Double(*d),
            (Some(Sum::Integer(sum)), Cell::Integer(n)) => Sum::Integer(sum.saturating_add(*n)),
            (Some(Sum::Double(sum)), Cell::Real(d)) => Sum::Double(sum + d),
            (sum, Cell::Text(text)) => match (sum, text.parse::<Decimal>()) {
                (None, Ok(d)) => Sum::Decimal(d),
                (Some(Sum::Decimal(sum)), Ok(d)) => Sum::Decimal(sum.saturating_add(d)),
                _ => return,
            },
            _ => return,
        };
        self.sum = Some(sum);
        self.number += 1;
    }

    /// The sum; null of no values.
    #[must_use]
    pub fn sum(&self) -> Option<Cell> {
        self.sum.map(|sum| match sum {
            Sum::Integer(n) => Cell::Integer(n),
            Sum::Decimal(d) => Cell::Text(d.to_string()),
            Sum::Double(d) => Cell::Real(d),
        })
    }

    /// The mean; of whole numbers without its fraction. Null of no values.
    #[must_use]
    pub fn average(&self) -> Option<Cell> {
        self.sum.map(|sum| match sum {
            Sum::Integer(n) => Cell::Integer(n / self.number.max(1)),
            Sum::Decimal(d) => Cell::Text((d / Decimal::from(self.number.max(1))).to_string()),
            Sum::Double(d) => Cell::Real(d / self.number.max(1) as f64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(like("Contoso", "con%") && like("Contoso", "%TOS%") && !like("Contoso", "con"));
        assert!(like("cat", "c_t") && !like("ct", "c_t") && like("", "%") && !like("", "_") && like("", ""));
        assert!(like("cat", "[a-c]at") && !like("cat", "[^a-c]at") && like("rat", "[^a-c]at"));
        assert!(
            like("100%", "100[%]") && !like("100x", "100[%]") && like("a[b", "a[[]b") && !like("a[b", "a[b")
        );
        assert!(like("^", "[x^]") && !like("y", "[x^]") && like("x", "[^^]") && !like("^", "[^^]"));
        assert!(like("a]b", "a]b") && !like("a ", "a") && like("-", "[a-]") && like("ü", "Ü"));
        assert!(like("abcabd", "%ab_%d") && !like("abcabc", "%ab_%d"));
    }

    #[test]
    fn a_hostile_pattern_is_prompt() {
        let text = "a".repeat(5_000);
        assert!(!like(&text, &"%a".repeat(1_000).replace("%a%a", "%a%ab")));
    }

    #[test]
    fn sums() {
        let total = |cells: &[Cell]| {
            let mut total = Total::default();
            cells.iter().for_each(|cell| total.add(cell));
            total
        };
        let text = |text: &str| Cell::Text(text.into());
        assert_eq!(total(&[]).sum(), None);
        let decimals = total(&[text("0.10"), text("0.2"), text("0.3")]);
        assert_eq!((decimals.sum(), decimals.average()), (Some(text("0.60")), Some(text("0.20"))));
        let integers = total(&[Cell::Integer(-3), Cell::Integer(-4)]);
        assert_eq!((integers.sum(), integers.average()), (Some(Cell::Integer(-7)), Some(Cell::Integer(-3))));
        assert_eq!(total(&[Cell::Integer(i64::MAX), Cell::Integer(1)]).sum(), Some(Cell::Integer(i64::MAX)));
    }

    #[test]
    fn parts_of_dates() {
        let day = |name| part("2024-02-29", name, "UTC", "02-29/4");
        assert_eq!(day("day"), Ok(29));
        assert_eq!(day("week"), Ok(9));
        assert_eq!((day("fiscal-year"), day("quarter"), day("fiscal-period")), (Ok(2024), Ok(1), Ok(1)));
        assert_eq!(part("2023-02-28", "fiscal-year", "UTC", "02-29/4"), Ok(2023));
        assert_eq!(part("2023-02-27", "fiscal-period", "UTC", "02-29/12"), Ok(12));
        assert_eq!(part("2025-07-01", "fiscal-period", "UTC", "07-01/13"), Ok(1));
        assert_eq!(part("2025-06-30", "fiscal-period", "UTC", "07-01/13"), Ok(13));
        assert!(part("2025-06-30", "hour", "UTC", "07-01/13").is_err());
    }
}
