//! Recognises literals (ABNF `primitiveLiteral`) by their form. The parser of operands calls it at a digit or
//! a sign.
//!
//! The functions do not report mistakes. They return a malformed literal as a [`Problem`] with a message and
//! a fix, which the parser may report. Literals with a prefix before their quotes are in [`prefixed`].

pub(crate) mod geo;
pub(crate) mod prefixed;

use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{char, one_of};
use nom::combinator::opt;
use nom::{AsChar, Parser};

use crate::ast::LiteralKind;
use crate::input::{Expected, PResult, fail};
use crate::lexical::{at_boundary, digits, is_name_char};

/// A text that begins like a literal but is malformed.
#[derive(Debug)]
pub(crate) struct Problem<'s> {
    /// The kind of literal that was probably meant.
    pub(crate) kind: LiteralKind,
    /// The text that the syntax tree has for the literal.
    pub(crate) text: &'s str,
    /// The text after the malformed literal.
    pub(crate) rest: &'s str,
    /// The message of the diagnostic about the malformed literal.
    pub(crate) message: String,
    /// The replacement for the whole malformed literal; `None` if the intention is not clear.
    pub(crate) fix: Option<String>,
    /// Whether the fix is certain, so that it may be applied automatically.
    pub(crate) certain: bool,
    /// Whether the literal is valid in OData 2 or 3.
    pub(crate) legacy: bool,
    /// Whether the literal itself is valid, and only the space between it and an operator is missing.
    pub(crate) glued: bool,
}

/// The result of recognising a literal: the text after it and its kind, or the problem with it.
pub(crate) type Scan<'s> = Result<(&'s str, LiteralKind), Box<Problem<'s>>>;

/// Recognises a literal at the beginning of `i` that begins with a digit or a sign: a number, guid, date or
/// time (ABNF `decimalLiteral`, `guidLiteral`, …).
#[inline]
pub(crate) fn numeric(i: &str) -> Scan<'_> {
    let bytes = i.as_bytes();
    if let Some(rest) = guid(i) {
        return Ok((rest, LiteralKind::Guid));
    }
    if bytes.get(8) == Some(&b'-')
        && let Some(problem) = glued_guid(i)
    {
        return Err(Box::new(problem));
    }
    let sign = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let n = bytes[sign..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = sign + n;
    let mut kind = LiteralKind::Integer;
    match bytes.get(at) {
        Some(b'-') if n >= 4 && bytes[0] != b'+' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
            return date_or_later(i, at);
        }
        Some(b':') if n == 2 && sign == 0 && bytes.get(3).is_some_and(u8::is_ascii_digit) => {
            return match time_of_day(i) {
                Ok((rest, ())) if !rest.starts_with([':', '.']) => bounded(i, rest, LiteralKind::TimeOfDay),
                _ => Err(Box::new(malformed(i, LiteralKind::TimeOfDay, "time of day", "`10:00:00`"))),
            };
        }
        Some(b'.') => {
            let fraction = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            if fraction == 0 {
                return Err(Box::new(Problem {
                    message: format!("`{}` lacks the digits behind its point", &i[..=at]),
                    fix: Some(i[..at].to_owned()),
                    certain: true,
                    rest: &i[at + 1..],
                    text: &i[..at],
                    ..malformed(i, LiteralKind::Integer, "number", "`1.5`")
                }));
            }
            at += 1 + fraction;
            kind = LiteralKind::Decimal;
        }
        _ => {}
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
        let exponent = bytes[at + 1 + sign..].iter().take_while(|b| b.is_ascii_digit()).count();
        if exponent > 0 {
            at += 1 + sign + exponent;
            kind = LiteralKind::Double;
        }
    }
    if let Some(b'/' | b'.' | b'-') = bytes.get(at)
        && let Some(problem) = date_in_another_order(i)
    {
        return Err(Box::new(problem));
    }
    bounded(i, &i[at..], kind)
}

/// Returns the problem if a guid at the beginning of `i` is followed by an operator without a space between
/// them (`…6666or`); otherwise `None`.
#[cold]
pub(crate) fn glued_guid(i: &str) -> Option<Problem<'_>> {
    let (text, rest) = i.split_at_checked(36)?;
    // Followed by white space, it is a plain guid.
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let word = &rest[..length];
    let is_guid = text.bytes().enumerate().all(|(at, b)| match at {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    });
    (is_guid && is_operator(word) && at_boundary(&rest[length..])).then(|| glued(i, 36, LiteralKind::Guid))
}

fn is_operator(word: &str) -> bool {
    crate::lexical::binary_operator(word).is_some()
}

/// Returns the problem that an operator follows a literal without a space between them. The literal is at the
/// beginning of `i`, has `length` bytes, and is of the kind `kind`.
fn glued(i: &str, length: usize, kind: LiteralKind) -> Problem<'_> {
    let (text, rest) = i.split_at(length);
    Problem {
        kind,
        text,
        rest,
        message: format!("a space is missing after `{text}`"),
        fix: None,
        certain: true,
        legacy: false,
        glued: true,
    }
}

/// Returns the problem if a date in another order, such as `31/01/2024` or `31.01.2024`, is at the beginning
/// of `i`; otherwise `None`.
#[cold]
fn date_in_another_order(i: &str) -> Option<Problem<'_>> {
    let date = crate::foreign_date::foreign_date(i)?;
    let (text, rest) = i.split_at(date.len);
    let right = |iso: &str| if date.has_time { format!("{iso}Z") } else { iso.to_owned() };
    let iso = right(&date.iso);
    let (message, fix) = match &date.day_first {
        Some(other) => (
            format!("`{text}` is a date in another order: OData writes it `{iso}` or `{}`", right(other)),
            None,
        ),
        None => {
            (format!("`{text}` is a date in another order: OData writes the year first, `{iso}`"), Some(iso))
        }
    };
    Some(Problem {
        kind: LiteralKind::Date,
        text,
        rest,
        message,
        // A time is not certain, because its time zone is unknown.
        certain: fix.is_some() && !date.has_time,
        fix,
        legacy: false,
        glued: false,
    })
}

/// Returns the literal of the kind `kind` between the beginnings of `i` and `rest`. Returns a problem if
/// letters or digits directly follow it, as in `5L` of OData 2.
#[inline]
fn bounded<'s>(i: &'s str, rest: &'s str, kind: LiteralKind) -> Scan<'s> {
    if at_boundary(rest) { Ok((rest, kind)) } else { Err(Box::new(not_bounded(i, rest, kind))) }
}

#[cold]
fn not_bounded<'s>(i: &'s str, rest: &'s str, kind: LiteralKind) -> Problem<'s> {
    let number = matches!(kind, LiteralKind::Integer | LiteralKind::Decimal | LiteralKind::Double);
    if number && rest.starts_with(['L', 'l', 'M', 'm', 'F', 'f', 'D', 'd']) && at_boundary(&rest[1..]) {
        let text = &i[..i.len() - rest.len()];
        return Problem {
            kind,
            text,
            rest: &rest[1..],
            message: format!("`{}` is how OData 2 writes a number", &i[..=text.len()]),
            fix: Some(text.to_owned()),
            certain: true,
            legacy: true,
            glued: false,
        };
    }
    // `5and`, `2024-01-31or`.
    let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    if is_operator(&rest[..word]) && rest[word..].starts_with(crate::lexical::is_blank) {
        return glued(i, i.len() - rest.len(), kind);
    }
    malformed(i, kind, "number", "`42` or `1.5`")
}

/// Recognises a guid at the beginning of `i` (ABNF `guidValue`). Returns the text after it; `None` if there
/// is no guid, or if a letter or digit directly follows it.
#[inline]
pub(crate) fn guid(i: &str) -> Option<&str> {
    let b = i.as_bytes();
    if b.len() < 36 || b[8] != b'-' {
        return None;
    }
    for (at, c) in b[..36].iter().enumerate() {
        let right = if matches!(at, 8 | 13 | 18 | 23) { *c == b'-' } else { c.is_ascii_hexdigit() };
        if !right {
            return None;
        }
    }
    let rest = &i[36..];
    (at_boundary(rest) && !rest.starts_with('-')).then_some(rest)
}

/// Returns whether the text at the beginning of `i` is almost a guid, which means hexadecimal groups joined
/// by at least three hyphens.
pub(crate) fn almost_guid(i: &str) -> bool {
    let run = &i[..glued_len(i)];
    run.len() >= 20 && run.matches('-').count() >= 3 && !run.contains(':')
}

/// Returns the problem of the malformed guid at the beginning of `i`, which is too short, too long, or
/// contains a letter beyond `f`.
pub(crate) fn bad_guid(i: &str) -> Problem<'_> {
    if let Some(problem) = glued_guid(i) {
        return problem;
    }
    malformed(i, LiteralKind::Guid, "guid", "`00000000-0000-0000-0000-000000000000`")
}

/// The maximum number of characters of a malformed literal that are examined.
const LONGEST: usize = 80;

/// Returns the length in bytes of the malformed literal at the beginning of `i`: letters, digits and the
/// signs that join them.
fn glued_len(i: &str) -> usize {
    let mut end = 0;
    for (at, c) in i.char_indices().take(LONGEST) {
        let binds = matches!(c, '-' | '+' | ':' | '.')
            && i[at + 1..].starts_with(is_name_char)
            && (at == 0 || end == at);
        if !(is_name_char(c) || binds) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn malformed<'s>(i: &'s str, kind: LiteralKind, what: &str, example: &str) -> Problem<'s> {
    if kind != LiteralKind::Guid && almost_guid(i) {
        return bad_guid(i);
    }
    let (text, rest) = i.split_at(glued_len(i));
    let dense =
        kind == LiteralKind::Integer && text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mut problem = Problem {
        kind,
        text,
        rest,
        message: format!("`{text}` is not a {what}: write it like {example}"),
        fix: None,
        certain: false,
        legacy: false,
        glued: false,
    };
    if dense {
        let group = |from: usize, to: usize| &text[from..to];
        problem.kind = LiteralKind::Guid;
        problem.message = format!("`{text}` is a guid without its hyphens");
        problem.certain = true;
        problem.fix =
            Some([group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32)].join("-"));
    }
    problem
}

/// Returns a parser of exactly two digits whose number is at most `max`.
fn two(max: u8) -> impl Fn(&str) -> PResult<'_, u8> {
    move |i| {
        let (rest, text) = take_while_m_n(2, 2, |c: char| c.is_dec_digit()).parse(i)?;
        match text.parse() {
            Ok(n) if n <= max => Ok((rest, n)),
            _ => Err(fail(i, Expected::VALUE)),
        }
    }
}

/// Parses a time of day at the beginning of `i`, `hh:mm[:ss[.fff]]` (ABNF `timeOfDayValue`; the seconds are
/// optional in OData 4.01).
fn time_of_day(i: &str) -> PResult<'_, ()> {
    let (i, _) = (two(23), char(':'), two(59)).parse(i)?;
    // A colon without seconds belongs to an outer construct, such as `case(a eq 10:00:1)`.
    let Ok((i, _)) = (char(':'), two(59)).parse(i) as PResult<'_, _> else {
        return Ok((i, ()));
    };
    let (i, _) = opt((char('.'), take_while_m_n(1, 12, |c: char| c.is_dec_digit()))).parse(i)?;
    Ok((i, ()))
}

/// Parses a date at the beginning of `i`, `year-month-day` (ABNF `dateValue`), and fails if the calendar has
/// no such day.
fn date(i: &str) -> PResult<'_, ()> {
    let (rest, (_, year, _, month, _)) = (opt(char('-')), digits, char('-'), two(12), char('-')).parse(i)?;
    let year_ok = year.len() == 4 || (year.len() > 4 && !year.starts_with('0'));
    let tail = &year[year.len() - 4.min(year.len())..];
    let leap = tail.parse::<u32>().is_ok_and(|y| {
        let century = year.len() >= 4 && tail.ends_with("00");
        y.is_multiple_of(4) && (!century || (y / 100).is_multiple_of(4) || is_400(year))
    });
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let (rest, day) = two(days)(rest)?;
    if year_ok && month > 0 && day > 0 { Ok((rest, ())) } else { Err(fail(i, Expected::VALUE)) }
}

/// Returns whether the year with these digits, of which there may be any number, is divisible by 400. Only
/// the last four digits matter, because 10000 is divisible by 400.
fn is_400(year: &str) -> bool {
    year[year.len().saturating_sub(4)..].parse::<u32>().is_ok_and(|y| y.is_multiple_of(400))
}

/// Parses the offset of a time at the beginning of `i`: `Z`, or hours and minutes such as `+01:00`.
fn offset(i: &str) -> PResult<'_, ()> {
    if i.starts_with(['Z', 'z']) {
        return Ok((&i[1..], ()));
    }
    let (i, _) = (one_of("+-"), two(23), char(':'), two(59)).parse(i)?;
    Ok((i, ()))
}

/// Recognises a date at the beginning of `i`, with or without a time and an offset (ABNF `dateValue`,
/// `dateTimeOffsetValue`). `year` is the length in bytes of its year.
fn date_or_later(i: &str, year: usize) -> Scan<'_> {
    const DATE: LiteralKind = LiteralKind::Date;
    const TIME: LiteralKind = LiteralKind::DateTimeOffset;
    let Ok((rest, ())) = date(i) else {
        if almost_guid(i) {
            return Err(Box::new(bad_guid(i)));
        }
        // `2020-1` is arithmetic in other languages: the number ends here, and the parser handles the minus.
        if let Some(problem) = date_in_another_order(i) {
            return Err(Box::new(problem));
        }
        let run = &i[..glued_len(i)];
        if run.matches('-').count() < 2 + usize::from(i.starts_with('-')) {
            return bounded(i, &i[year..], LiteralKind::Integer);
        }
        let kind = if run.contains(['T', 't']) { TIME } else { DATE };
        return Err(Box::new(malformed(i, kind, "date", "`2025-01-31` or `2025-01-31T10:00:00Z`")));
    };
    if !rest.starts_with(['T', 't']) {
        return separated_time(i, rest).map_or_else(|| bounded(i, rest, DATE), |p| Err(Box::new(p)));
    }
    let Ok((rest, ())) = time_of_day(&rest[1..]) else {
        return Err(Box::new(malformed(i, TIME, "point in time", "`2025-01-31T10:00:00Z`")));
    };
    match offset(rest) {
        Ok((rest, ())) => bounded(i, rest, TIME),
        Err(_) => Err(Box::new(no_offset(i, rest))),
    }
}

/// Returns the problem if a time follows the date at the beginning of `i` after a space, as in SQL
/// (`2025-01-31 10:00:00`); otherwise `None`. `rest` is the text after the date.
fn separated_time<'s>(i: &'s str, rest: &'s str) -> Option<Problem<'s>> {
    let time = rest.strip_prefix(' ')?;
    let (after, ()) = time_of_day(time).ok()?;
    let (after, zone) = offset(after).map_or((after, ""), |(a, ())| (a, &after[..after.len() - a.len()]));
    let time = &time[..time.len() - after.len() - zone.len()];
    let date = &i[..i.len() - rest.len()];
    let zone = if zone.is_empty() { "Z" } else { zone };
    Some(Problem {
        kind: LiteralKind::DateTimeOffset,
        text: &i[..i.len() - after.len()],
        rest: after,
        message: "a date and a time are joined by `T`".to_owned(),
        fix: Some(format!("{date}T{time}{zone}")),
        certain: false,
        legacy: false,
        glued: false,
    })
}

/// Returns the problem of a date-time without an offset, or with an offset whose `+` a URL turned into a
/// space. The date-time begins where `i` begins, and `rest` is the text after it.
fn no_offset<'s>(i: &'s str, rest: &'s str) -> Problem<'s> {
    let text = &i[..i.len() - rest.len()];
    if let Some(zone) = rest.strip_prefix(' ')
        && let Ok((after, _)) = (two(14), char(':'), two(59)).parse(zone) as PResult<'_, _>
        && at_boundary(after)
    {
        let zone = &zone[..zone.len() - after.len()];
        return Problem {
            kind: LiteralKind::DateTimeOffset,
            text,
            rest: after,
            message: "the `+` of the offset has become a space: in a URL it is written `%2B`".to_owned(),
            fix: Some(format!("{text}+{zone}")),
            certain: true,
            legacy: false,
            glued: false,
        };
    }
    if let Some((after, zone)) = loose_offset(rest) {
        return Problem {
            kind: LiteralKind::DateTimeOffset,
            text,
            rest: after,
            message: format!("an offset is written with a colon: `{zone}`"),
            fix: Some(format!("{text}{zone}")),
            certain: true,
            legacy: false,
            glued: false,
        };
    }
    if !at_boundary(rest) || rest.starts_with(['.', ':']) {
        return malformed(i, LiteralKind::DateTimeOffset, "point in time", "`2025-01-31T10:00:00Z`");
    }
    Problem {
        kind: LiteralKind::DateTimeOffset,
        text,
        rest,
        message: format!(
            "`{text}` does not say in which time zone: end it with `Z` (UTC) or an offset such as `+01:00`"
        ),
        fix: Some(format!("{text}Z")),
        certain: true,
        legacy: false,
        glued: false,
    }
}

/// Parses an offset of a time at the beginning of `i` in a notation that OData does not have, such as
/// `+0100`, `+01` or ` UTC`. Returns the text after it, and the offset as OData writes it; `None` if there is
/// none.
fn loose_offset(i: &str) -> Option<(&str, String)> {
    for word in [" UTC", " GMT", "UTC", "GMT"] {
        if let Some(rest) = i.strip_prefix(word).filter(|r| at_boundary(r)) {
            return Some((rest, "Z".to_owned()));
        }
    }
    let sign = i.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let n = i[1..].bytes().take_while(u8::is_ascii_digit).count();
    let (hours, minutes) = match n {
        2 => (&i[1..3], "00"),
        4 => (&i[1..3], &i[3..5]),
        _ => return None,
    };
    let rest = &i[1 + n..];
    let right =
        two(14)(hours).is_ok() && two(59)(minutes).is_ok() && at_boundary(rest) && !rest.starts_with(':');
    right.then(|| (rest, format!("{sign}{hours}:{minutes}")))
}

/// Returns the kind of a date or date-time without quotes and prefix, and whether it is valid in OData 4 (a
/// date-time must have an offset). Returns `None` for any other text.
pub(crate) fn bare_time(text: &str) -> Option<(LiteralKind, bool)> {
    let (rest, ()) = date(text).ok()?;
    if rest.is_empty() {
        return Some((LiteralKind::Date, true));
    }
    let (rest, ()) = time_of_day(rest.strip_prefix(['T', 't'])?).ok()?;
    let zoned = offset(rest).is_ok_and(|(r, ())| r.is_empty());
    (zoned || rest.is_empty()).then_some((LiteralKind::DateTimeOffset, zoned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<LiteralKind> {
        numeric(text).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, k)| k)
    }

    #[test]
    fn the_form_of_a_value_decides_its_kind() {
        use LiteralKind::*;
        for (text, expected) in [
            ("0", Integer),
            ("-2", Integer),
            ("+42", Integer),
            ("3.14", Decimal),
            ("-0.314e1", Double),
            ("1e-101", Double),
            ("01234567-89ab-cdef-0123-456789abcdef", Guid),
            ("D01663CF-EB21-4A0E-88E0-361C10ACE7FD", Guid),
            ("2012-09-03", Date),
            ("0000-01-01", Date),
            ("-10000-04-01", Date),
            ("12345-12-25", Date),
            ("2024-02-29", Date),
            ("11:22:33", TimeOfDay),
            ("11:22", TimeOfDay),
            ("11:12:13.456", TimeOfDay),
            ("2012-09-03T23:59+01:00", DateTimeOffset),
            ("2012-09-03T23:59:59.123456789012Z", DateTimeOffset),
            ("-1234-12-25t01:12z", DateTimeOffset),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn malformed_values_are_problems_with_a_fix() {
        for text in [
            "42.",
            "-0.314e1e2",
            "01234g67-89ab-cdef-0123-456789abcdef",
            "01234567-89ab-cdef-456789abcdef",
            "1234-13-01",
            "2023-02-29",
            "1900-02-29",
            "1234-12-32",
            "1234-00-01",
            "01:00:60",
            "2012-09-03T23:59:59",
            "2012-09-03T25:59:59Z",
            "10L",
            "10abc",
        ] {
            assert!(numeric(text).is_err(), "{text}: {:?}", numeric(text));
        }
        assert_eq!(numeric("10L").unwrap_err().fix.as_deref(), Some("10"));
        let dense = numeric("0123456789abcdef0123456789abcdef").unwrap_err();
        assert_eq!(dense.fix.as_deref(), Some("01234567-89ab-cdef-0123-456789abcdef"));
        assert_eq!(
            numeric("2021-01-01T00:00:00+0100").unwrap_err().fix.as_deref(),
            Some("2021-01-01T00:00:00+01:00")
        );
        assert_eq!(
            numeric("2021-01-01T00:00:00-05 and").unwrap_err().fix.as_deref(),
            Some("2021-01-01T00:00:00-05:00")
        );
        assert_eq!(numeric("01/31/2024").unwrap_err().fix.as_deref(), Some("2024-01-31"));
        assert_eq!(numeric("01/02/2024").unwrap_err().fix, None);
        assert_eq!(numeric("2025-01-31 10:00 and").unwrap_err().fix.as_deref(), Some("2025-01-31T10:00Z"));
    }
}
