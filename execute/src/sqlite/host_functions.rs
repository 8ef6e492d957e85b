//! Implementations of the collations, functions and aggregates that the SQL uses and SQLite does not have.
//! The application must register them.
//!
//! | name | what it is | implemented by |
//! |---|---|---|
//! | `DVTEXT` | collation | [`compare_texts`] |
//! | `DVDECIMAL` | collation | [`compare_decimals`] |
//! | `dv_like(text, pattern)` | deterministic function; null if an argument is null | [`like`] |
//! | `dv_part(value, part, zone, fiscal)` | deterministic function; null if `value` is null | [`part`] |
//! | `dv_sum(value)`, `dv_avg(value)` | aggregates, which ignore nulls | [`RunningSum`] |
//!
//! Register them under these names on each connection, before a statement is prepared. This module does not
//! depend on a particular driver for SQLite.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::calendar::Year;
use super::sql_value::SqlValue;
use dvkit_query::hir::DateGrouping;

/// The name of the collation for text.
pub const TEXT_COLLATION: &str = "DVTEXT";
/// The name of the collation for decimals.
pub const DECIMAL_COLLATION: &str = "DVDECIMAL";

/// Compares two texts. Letter case is ignored; accents and trailing spaces matter.
///
/// ```
/// use std::cmp::Ordering;
/// assert_eq!(dvkit_execute::sqlite::host_functions::compare_texts("MÜLLER", "müller"), Ordering::Equal);
/// ```
#[must_use]
pub fn compare_texts(a: &str, b: &str) -> Ordering {
    a.chars().flat_map(char::to_lowercase).cmp(b.chars().flat_map(char::to_lowercase))
}

/// Compares two decimals by value, so that `1.50` equals `1.5`. A text that is not a decimal is greater than
/// all decimals.
///
/// ```
/// use std::cmp::Ordering;
/// assert_eq!(dvkit_execute::sqlite::host_functions::compare_decimals("9.5", "10"), Ordering::Less);
/// ```
#[must_use]
pub fn compare_decimals(a: &str, b: &str) -> Ordering {
    match (a.parse::<Decimal>(), b.parse::<Decimal>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (a, b) => a.is_err().cmp(&b.is_err()),
    }
}

/// A part of a LIKE pattern.
enum PatternToken {
    /// Any text.
    Any,
    /// One character.
    One,
    /// Exactly this character.
    This(char),
    /// One character that is in one of these ranges (from, to), or in none of them if the flag is set.
    Set(bool, Vec<(char, char)>),
}

impl PatternToken {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::This(own) => *own == c,
            Self::Set(within, ranges) => ranges.iter().any(|(a, z)| (*a..=*z).contains(&c)) == *within,
        }
    }
}

/// Returns whether the whole text matches a LIKE pattern of T-SQL. Letter case is ignored. In the pattern `%`
/// stands for any text, `_` for one character, `[a-c]` for one character of a set, and `[^a-c]` for one
/// character outside the set. A pattern with a set that has no end matches nothing. The time is at most
/// proportional to the product of the two lengths.
///
/// ```
/// use dvkit_execute::sqlite::host_functions::like;
/// assert!(like("Contoso Ltd.", "con%l[r-t]d_"));
/// ```
#[must_use]
pub fn like(text: &str, pattern: &str) -> bool {
    let Some(tokens) = tokens(pattern) else { return false };
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    // The position to continue from if a token does not match: the last `%`, and the text that it has matched
    // so far.
    let (mut at, mut token, mut again) = (0, 0, None);
    while at < text.len() {
        match (tokens.get(token), again) {
            (Some(PatternToken::Any), _) => {
                token += 1;
                again = Some((token, at));
            }
            (Some(one), _) if text.get(at).is_some_and(|c| one.takes(*c)) => {
                token += 1;
                at += 1;
            }
            (_, Some((after, taken))) => {
                (token, at) = (after, taken + 1);
                again = Some((after, taken + 1));
            }
            (_, None) => return false,
        }
    }
    tokens.iter().skip(token).all(|p| matches!(p, PatternToken::Any))
}

fn tokens(pattern: &str) -> Option<Vec<PatternToken>> {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let (mut all, mut rest) = (Vec::new(), &*pattern);
    while let [first, after @ ..] = rest {
        rest = after;
        all.push(match first {
            '%' => PatternToken::Any,
            '_' => PatternToken::One,
            '[' => {
                let end = after.iter().position(|c| *c == ']')?;
                rest = after.get(end + 1..).unwrap_or_default();
                set(after.get(..end).unwrap_or_default())
            }
            c => PatternToken::This(*c),
        });
    }
    Some(all)
}

fn set(inside: &[char]) -> PatternToken {
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
            [] => return PatternToken::Set(within, ranges),
        }
    }
}

/// Returns a part of a date, as the SQL function `dv_part` does. `value` is a stored day or point in time,
/// and `part` is a name from [`part_name`]. `zone` is the time zone for a point in time: an IANA name, an
/// offset or a POSIX zone. `fiscal` is the fiscal year in the form that [`to_sql`](super::to_sql) writes,
/// such as `07-01/4`.
///
/// # Errors
/// Returns a sentence that names the invalid argument.
///
/// ```
/// use dvkit_execute::sqlite::host_functions::part;
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

/// Returns the name that `dv_part` has for a part of a date. It is the name in FetchXML.
#[must_use]
pub fn part_name(part: DateGrouping) -> &'static str {
    PARTS.iter().find(|(own, _)| *own == part).map_or("", |(_, name)| name)
}

/// A running sum for `dv_sum` and `dv_avg`. The sum of whole numbers is a whole number, and decimals keep all
/// digits. A sum that is too large becomes the largest number of its type.
#[derive(Clone, Debug, Default)]
pub struct RunningSum {
    sum: Option<Number>,
    number: i64,
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Integer(i64),
    Decimal(Decimal),
    Double(f64),
}

impl RunningSum {
    /// Adds a value. A value that is not a number is ignored.
    pub fn add(&mut self, cell: &SqlValue) {
        let sum = match (self.sum, cell) {
            (None, SqlValue::Integer(n)) => Number::Integer(*n),
            (None, SqlValue::Real(d)) => Number::Double(*d),
            (Some(Number::Integer(sum)), SqlValue::Integer(n)) => Number::Integer(sum.saturating_add(*n)),
            (Some(Number::Double(sum)), SqlValue::Real(d)) => Number::Double(sum + d),
            (sum, SqlValue::Text(text)) => match (sum, text.parse::<Decimal>()) {
                (None, Ok(d)) => Number::Decimal(d),
                (Some(Number::Decimal(sum)), Ok(d)) => Number::Decimal(sum.saturating_add(d)),
                _ => return,
            },
            _ => return,
        };
        self.sum = Some(sum);
        self.number += 1;
    }

    /// Returns the sum; `None` (null) if no value was added.
    #[must_use]
    pub fn sum(&self) -> Option<SqlValue> {
        self.sum.map(|sum| match sum {
            Number::Integer(n) => SqlValue::Integer(n),
            Number::Decimal(d) => SqlValue::Text(d.to_string()),
            Number::Double(d) => SqlValue::Real(d),
        })
    }

    /// Returns the average, truncated for whole numbers; `None` (null) if no value was added.
    #[must_use]
    pub fn average(&self) -> Option<SqlValue> {
        self.sum.map(|sum| match sum {
            Number::Integer(n) => SqlValue::Integer(n / self.number.max(1)),
            Number::Decimal(d) => SqlValue::Text((d / Decimal::from(self.number.max(1))).to_string()),
            Number::Double(d) => SqlValue::Real(d / self.number.max(1) as f64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_matches_wildcards_and_sets() {
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
    fn sums_and_averages_keep_their_type() {
        let total = |cells: &[SqlValue]| {
            let mut total = RunningSum::default();
            cells.iter().for_each(|cell| total.add(cell));
            total
        };
        let text = |text: &str| SqlValue::Text(text.into());
        assert_eq!(total(&[]).sum(), None);
        let decimals = total(&[text("0.10"), text("0.2"), text("0.3")]);
        assert_eq!((decimals.sum(), decimals.average()), (Some(text("0.60")), Some(text("0.20"))));
        let integers = total(&[SqlValue::Integer(-3), SqlValue::Integer(-4)]);
        assert_eq!(
            (integers.sum(), integers.average()),
            (Some(SqlValue::Integer(-7)), Some(SqlValue::Integer(-3)))
        );
        assert_eq!(
            total(&[SqlValue::Integer(i64::MAX), SqlValue::Integer(1)]).sum(),
            Some(SqlValue::Integer(i64::MAX))
        );
    }

    #[test]
    fn parts_of_dates_follow_the_fiscal_year() {
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

    #[test]
    fn texts_are_compared_without_case_and_decimals_by_value() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, texts, decimals) in [
            ("a", "A", Equal, Equal),
            ("a", "b", Less, Equal),
            ("a", "", Greater, Equal),
            ("a ", "a", Greater, Equal),
            ("e", "é", Less, Equal),
            ("1.50", "1.5", Greater, Equal),
            ("9", "10", Greater, Less),
            ("-9", "-10", Greater, Greater),
            // What is not a decimal comes after all decimals.
            ("x", "1", Greater, Greater),
            ("1", "x", Less, Less),
        ] {
            assert_eq!((compare_texts(a, b), compare_decimals(a, b)), (texts, decimals), "{a:?} {b:?}");
        }
    }

    #[test]
    fn every_part_of_a_pattern_takes_its_characters() {
        for (pattern, matching, other) in [
            ("", &[""][..], &["a", " "][..]),
            ("%", &["", "a", "ab"], &[]),
            ("%%", &["", "a"], &[]),
            ("_", &["a", "%", "é"], &["", "ab"]),
            ("__", &["ab"], &["a", "abc"]),
            ("a%c", &["ac", "abc", "acbc", "A%C"], &["a", "c", "abcd", "acb"]),
            ("%a%", &["a", "bab", "ba"], &["", "b"]),
            ("%ab", &["ab", "aab", "abab"], &["aba", "b"]),
            ("a_%", &["ab", "abc"], &["a", "ba"]),
            ("[b-d]", &["b", "c", "d", "C"], &["a", "e", "-", "", "bc"]),
            ("[^b-d]", &["a", "e", "-"], &["b", "c", "d", ""]),
            ("[bd]", &["b", "d"], &["c", "bd"]),
            ("[b-cx-y_]", &["b", "c", "x", "y", "_"], &["d", "w", "a"]),
            ("[-a]", &["-", "a"], &["b"]),
            ("[a-]", &["-", "a"], &["b"]),
            ("[%]", &["%"], &["a", ""]),
            ("[[]", &["["], &["]"]),
            ("[]", &[], &["", "a", "]"]),
            ("[^]", &["a", "^"], &["", "ab"]),
            ("a[", &[], &["a", "a["]),
            ("]", &["]"], &["a"]),
            ("a[b]c", &["abc"], &["ac", "a[b]c"]),
        ] {
            for text in matching {
                assert!(like(text, pattern), "{text:?} {pattern:?}");
            }
            for text in other {
                assert!(!like(text, pattern), "{text:?} {pattern:?}");
            }
        }
    }

    #[test]
    fn a_sum_is_of_one_type_and_ignores_other_values() {
        let (whole, real) = (SqlValue::Integer, SqlValue::Real);
        let text = |text: &str| SqlValue::Text(text.into());
        for (cells, sum, average) in [
            (vec![], None, None),
            (vec![text("x")], None, None),
            (vec![whole(7)], Some(whole(7)), Some(whole(7))),
            (vec![whole(7), whole(4), real(1.5), text("2")], Some(whole(11)), Some(whole(5))),
            (vec![real(1.5), real(1.0), whole(9), text("2")], Some(real(2.5)), Some(real(1.25))),
            (
                vec![text("x"), text("1.5"), text("2"), text(""), whole(9), real(9.0)],
                Some(text("3.5")),
                Some(text("1.750")),
            ),
            (vec![whole(i64::MIN), whole(-1)], Some(whole(i64::MIN)), Some(whole(i64::MIN / 2))),
            (
                vec![text("79228162514264337593543950335"), text("1")],
                Some(text("79228162514264337593543950335")),
                Some(text("39614081257132168796771975168")),
            ),
        ] {
            let mut total = RunningSum::default();
            cells.iter().for_each(|cell| total.add(cell));
            assert_eq!((total.sum(), total.average()), (sum, average), "{cells:?}");
        }
    }

    #[test]
    fn a_part_of_a_date_is_that_of_its_zone() {
        let stored = "2025-03-01T01:30:20.000000000Z";
        for (value, zone, name, expected) in [
            ("2025-03-01", "nothing", "day", Some(1)),
            ("2025-03-01", "UTC", "week", Some(9)),
            ("2025-03-02", "UTC", "week", Some(10)),
            ("2025-01-04", "UTC", "week", Some(1)),
            ("2025-01-05", "UTC", "week", Some(2)),
            ("2023-01-01", "UTC", "week", Some(1)),
            ("2023-01-08", "UTC", "week", Some(2)),
            ("2022-12-31", "UTC", "week", Some(53)),
            (stored, "UTC", "day", Some(1)),
            (stored, "UTC", "month", Some(3)),
            (stored, "UTC", "year", Some(2025)),
            (stored, "-05:00", "day", Some(28)),
            (stored, "-05:00", "month", Some(2)),
            (stored, "+02:00", "day", Some(1)),
            ("2025-03-01T23:30:20.000000000Z", "+02:00", "day", Some(2)),
            (stored, "CET-1", "day", Some(1)),
            (stored, "EST5", "day", Some(28)),
            (stored, "UTC", "quarter", Some(3)),
            (stored, "UTC", "fiscal-period", Some(8)),
            (stored, "UTC", "fiscal-year", Some(2024)),
            (stored, "nowhere/x", "day", None),
            (stored, "UTC", "hour", None),
            ("2025-02-30", "UTC", "day", None),
            ("2025-03-01T01:30", "UTC", "day", None),
        ] {
            let found = part(value, name, zone, "07-15/12");
            let unreadable =
                format!("`{value}`, `{name}`, `{zone}`, `07-15/12`: one of these cannot be read");
            assert_eq!(found, expected.ok_or(unreadable), "{value} {zone} {name}");
        }
        for fiscal in ["", "07-15", "07/12", "13-01/12", "02-30/4", "07-15/3", "07-15/x", "7-x/12"] {
            assert!(part("2025-03-01", "day", "UTC", fiscal).is_err(), "{fiscal}");
        }
        let names: Vec<_> = PARTS.iter().map(|(grouping, name)| part_name(*grouping) == *name).collect();
        assert_eq!(names, [true; 7]);
    }
}
