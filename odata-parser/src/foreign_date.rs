//! Recognises dates in the notation of other countries and programs, such as `31.01.2024`,
//! `01/31/2024 10:00 AM`, `31 Jan 2024` and `2024/1/31`. The parser and the checks of values call it only for
//! texts that are not OData dates.
//!
//! If the day and the month cannot be distinguished, both possible dates are returned.

use crate::literal;

/// A date in a notation that OData does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignDate {
    /// The date in the notation of OData, such as `2024-01-31` or, with a time, `2024-01-31T10:00:00`. If two
    /// dates are possible, this is the one with the month first.
    pub iso: String,
    /// The other possible date, with the day first, in the notation of OData; `None` if only one date is
    /// possible.
    pub day_first: Option<String>,
    /// Whether a time of day follows the date in the text.
    pub has_time: bool,
    /// The length in bytes of the date in the text, together with its time.
    pub len: usize,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Parses the date at the beginning of `text` in a notation that OData does not have. Returns `None` for any
/// other text, for a date in the notation of OData, and for a day that does not exist.
///
/// ```
/// use odata_parser::foreign_date;
/// let date = foreign_date("01/31/2024").expect("a date");
/// assert_eq!((date.iso.as_str(), date.day_first), ("2024-01-31", None));
/// assert_eq!(foreign_date("01/02/2024").unwrap().day_first.as_deref(), Some("2024-02-01"));
/// assert_eq!(foreign_date("2024-01-31"), None);
/// assert_eq!(foreign_date("31/32/2024"), None);
/// ```
#[must_use]
pub fn foreign_date(text: &str) -> Option<ForeignDate> {
    let (rest, iso, day_first) = numbers(text).or_else(|| words(text))?;
    let (rest, time) = time(rest);
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let with_time = |day: String| match &time {
        Some(time) => format!("{day}T{time}"),
        None => day,
    };
    Some(ForeignDate {
        iso: with_time(iso),
        day_first: day_first.map(with_time),
        has_time: time.is_some(),
        len: text.len() - rest.len(),
    })
}

/// Parses at most `most` digits at the beginning of `text`. Returns the text after them, the number, and how
/// many digits it has; `None` if there are no digits or more than `most`.
fn digits(text: &str, most: usize) -> Option<(&str, u32, usize)> {
    let n = text.bytes().take_while(u8::is_ascii_digit).count();
    if n == 0 || n > most {
        return None;
    }
    Some((&text[n..], text[..n].parse().ok()?, n))
}

/// Parses a date of three numbers at the beginning of `text`: `d/m/y`, `m/d/y` or `y/m/d`, separated by `/`,
/// `.` or `-`. Returns the text after it and the fields `iso` and `day_first` of [`ForeignDate`].
fn numbers(text: &str) -> Option<(&str, String, Option<String>)> {
    let (rest, first, length) = digits(text, 4)?;
    let separator = rest.chars().next().filter(|c| matches!(c, '/' | '.' | '-'))?;
    let (rest, second, second_length) = digits(&rest[1..], 2)?;
    let (rest, third, third_length) = digits(rest.strip_prefix(separator)?, 4)?;
    if length == 4 {
        // `2024-01-31` is the notation of OData itself; with single digits it is not.
        if third_length > 2 || (separator == '-' && second_length == 2 && third_length == 2) {
            return None;
        }
        return Some((rest, day(first, second, third)?, None));
    }
    if length > 2 || third_length != 4 {
        return None;
    }
    let month_first = day(third, first, second);
    let day_first = day(third, second, first);
    match (month_first, day_first) {
        // With dots, the day is always first.
        (_, Some(iso)) if separator == '.' => Some((rest, iso, None)),
        (Some(iso), Some(other)) if iso != other => Some((rest, iso, Some(other))),
        (Some(iso), _) | (None, Some(iso)) => Some((rest, iso, None)),
        (None, None) => None,
    }
}

/// Parses a date with the name of a month at the beginning of `text`: `31 Jan 2024`, `31-January-2024` or
/// `Jan 31, 2024`. Returns the text after it and the fields `iso` and `day_first` of [`ForeignDate`].
fn words(text: &str) -> Option<(&str, String, Option<String>)> {
    let skip = |t: &'_ str| t.trim_start_matches([' ', '-', '/', '.', ',']).len();
    let after = |t: &'_ str, n: usize| t.len() - n;
    let (rest, d, m);
    if let Some((r, number, _)) = digits(text, 2) {
        let r = &r[after(r, skip(r))..];
        let (r, month) = month(r)?;
        (rest, d, m) = (r, number, month);
    } else {
        let (r, month) = month(text)?;
        let r = &r[after(r, skip(r))..];
        let (r, number, _) = digits(r, 2)?;
        (rest, d, m) = (r, number, month);
    }
    let rest = &rest[after(rest, skip(rest))..];
    let (rest, y, length) = digits(rest, 4)?;
    (length == 4).then_some(())?;
    Some((rest, day(y, m, d)?, None))
}

/// Parses the English name of a month, or its first three letters, at the beginning of `text`. Returns the
/// text after it, and the number of the month, counted from 1.
fn month(text: &str) -> Option<(&str, u32)> {
    let n = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = text[..n].to_ascii_lowercase();
    let at = MONTHS.iter().position(|m| *m == word || (n == 3 && m.starts_with(&word)))?;
    Some((&text[n..], u32::try_from(at).ok()? + 1))
}

/// Returns a day in the notation of OData; `None` if the calendar has no such day.
fn day(year: u32, month: u32, day: u32) -> Option<String> {
    let iso = format!("{year:04}-{month:02}-{day:02}");
    literal::bare_time(&iso).map(|_| iso)
}

/// Parses a time after a date, such as ` 10:00`, ` 10:00:30`, ` 4:05 PM` and `T10:00`, at the beginning of
/// `text`. Returns the text after it, and the time in the notation of OData (`None` if there is no time).
fn time(text: &str) -> (&str, Option<String>) {
    read_time(text).map_or((text, None), |(rest, time)| (rest, Some(time)))
}

fn read_time(text: &str) -> Option<(&str, String)> {
    let start = text.strip_prefix([' ', 'T', 't'])?.trim_start_matches(' ');
    let (rest, mut hour, _) = digits(start, 2)?;
    let (mut rest, minute, 2) = digits(rest.strip_prefix(':')?, 2)? else { return None };
    let mut second = 0;
    if let Some((after, s, 2)) = rest.strip_prefix(':').and_then(|r| digits(r, 2)) {
        (rest, second) = (after, s);
    }
    let half = rest.trim_start_matches(' ');
    let is = |word: &str| half.get(..2).is_some_and(|h| h.eq_ignore_ascii_case(word));
    if is("am") || is("pm") {
        if hour == 0 || hour > 12 {
            return None;
        }
        hour = hour % 12 + if is("pm") { 12 } else { 0 };
        rest = &half[2..];
    }
    (hour < 24 && minute < 60 && second < 60).then(|| (rest, format!("{hour:02}:{minute:02}:{second:02}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_other_countries() {
        for (text, iso, day_first) in [
            ("01/31/2024", "2024-01-31", None),
            ("31/01/2024", "2024-01-31", None),
            ("1/2/2024", "2024-01-02", Some("2024-02-01")),
            ("03/03/2024", "2024-03-03", None),
            ("31.01.2024", "2024-01-31", None),
            ("01.02.2024", "2024-02-01", None),
            ("13-01-2024", "2024-01-13", None),
            ("2024/01/31", "2024-01-31", None),
            ("2024-1-5", "2024-01-05", None),
            ("2024.01.31", "2024-01-31", None),
            ("31 Jan 2024", "2024-01-31", None),
            ("January 31, 2024", "2024-01-31", None),
            ("31-Jan-2024", "2024-01-31", None),
            ("01/31/2024 4:05 PM", "2024-01-31T16:05:00", None),
            ("1/2/2024 12:00:30 AM", "2024-01-02T00:00:30", Some("2024-02-01T00:00:30")),
            ("31/01/2024 23:59", "2024-01-31T23:59:00", None),
        ] {
            let date = foreign_date(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (date.iso.as_str(), date.day_first.as_deref(), date.len),
                (iso, day_first, text.len()),
                "{text}"
            );
        }
        for text in [
            "",
            "1",
            "1/2",
            "2024-01-31",
            "31/02/2024",
            "1.5",
            "1.5.6",
            "10/5/3",
            "5-3-2",
            "32/13/2024",
            "1/2/20245",
            "31 Jan 24",
            "31 Jan 024",
            "Jan 31, 24",
            "31 Jan 20245",
            "31 Janu 2024",
        ] {
            assert_eq!(foreign_date(text), None, "{text}");
        }
        let within = foreign_date("31/01/2024 and a eq 1").expect("a date");
        assert_eq!(within.len, "31/01/2024".len());
    }
}
