//! Recognises literals with a prefix before their quotes: `duration'…'`, `binary'…'`, `Namespace.Choice'…'`,
//! `geography'…'`, and those of OData 2 and 3 that OData 4 does not have (`guid'…'`, `datetime'…'`). The
//! parser of operands calls it.

use nom::bytes::complete::{tag_no_case, take_while1};
use nom::character::complete::char;
use nom::combinator::{opt, recognize};
use nom::{AsChar, Parser};

use super::{bare_time, geo, guid};
use crate::ast::LiteralKind;
use crate::input::PResult;
use crate::lexical::{digits, name_len};

/// What a prefix together with a text in quotes means.
pub(crate) enum Prefixed {
    /// A literal of OData 4 of this kind.
    Literal(LiteralKind),
    /// A literal of OData 2 or 3. The fields are its kind, and the suffix (`Z` or nothing) that makes a
    /// literal of OData 4 of the text in the quotes.
    Legacy(LiteralKind, &'static str),
    /// A known prefix with a text in quotes that is not valid for it. The fields are the kind of literal, and
    /// an example of a valid one.
    Malformed(LiteralKind, &'static str),
    /// A prefix that is not known.
    Unknown,
}

/// Returns what `prefix'content'` means (ABNF `durationLiteral`, `binaryLiteral`, `enumLiteral`,
/// `geographyPrefix` …). The letter case of `prefix` does not matter. `dotted` says whether the prefix
/// contains a dot, as the type of an enum does.
pub(crate) fn prefixed(prefix: &str, dotted: bool, content: &str) -> Prefixed {
    let right = |ok: bool, kind, example| {
        if ok { Prefixed::Literal(kind) } else { Prefixed::Malformed(kind, example) }
    };
    if dotted {
        return right(enumeration(content), LiteralKind::Enum, "`Namespace.Choice'Member'`");
    }
    match prefix.to_ascii_lowercase().as_str() {
        "duration" => right(all(duration, content), LiteralKind::Duration, "`duration'P1DT2H3M4.5S'`"),
        "binary" => right(binary(content), LiteralKind::Binary, "`binary'AQI='`"),
        "geography" | "geometry" => {
            right(all(geo::literal, content), LiteralKind::Geo, "`geography'SRID=0;Point(142.1 64.1)'`")
        }
        "guid" => match guid(content.trim_matches(['{', '}'])) {
            Some("") => Prefixed::Legacy(LiteralKind::Guid, ""),
            _ => Prefixed::Malformed(LiteralKind::Guid, "`00000000-0000-0000-0000-000000000000`"),
        },
        "datetime" | "datetimeoffset" => match bare_time(content) {
            Some((kind, true)) => Prefixed::Legacy(kind, ""),
            Some((kind, false)) => Prefixed::Legacy(kind, "Z"),
            None => Prefixed::Malformed(LiteralKind::DateTimeOffset, "`2025-01-31T10:00:00Z`"),
        },
        "date" => match bare_time(content) {
            Some((LiteralKind::Date, _)) => Prefixed::Legacy(LiteralKind::Date, ""),
            _ => Prefixed::Malformed(LiteralKind::Date, "`2025-01-31`"),
        },
        _ => Prefixed::Unknown,
    }
}

fn all<'s>(rule: impl Fn(&'s str) -> PResult<'s, &'s str>, content: &'s str) -> bool {
    rule(content).is_ok_and(|(rest, _)| rest.is_empty())
}

/// Parses a duration at the beginning of `i`, `[-]P[nD][T[nH][nM][n[.n]S]]` (ABNF `durationValue`).
fn duration(i: &str) -> PResult<'_, &str> {
    let part = |unit: &'static str| opt((digits, tag_no_case(unit)));
    let seconds = opt((digits, opt((char('.'), digits)), tag_no_case("S")));
    let time = (tag_no_case("T"), part("H"), part("M"), seconds);
    recognize((opt(char('-')), tag_no_case("P"), part("D"), opt(time))).parse(i)
}

/// Returns whether the text is Base64 in the alphabet for URLs, with or without padding (ABNF `binaryValue`).
/// The unused bits of its last character must be 0.
fn binary(content: &str) -> bool {
    let sextet = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    };
    let bare = content.trim_end_matches('=');
    let padding = content.len() - bare.len();
    let last = bare.bytes().last().and_then(sextet).unwrap_or(0);
    let ends_well = match (bare.len() % 4, padding) {
        (0, 0) => true,
        (2, 0 | 2) => last.is_multiple_of(16),
        (3, 0 | 1) => last.is_multiple_of(4),
        _ => false,
    };
    ends_well && bare.bytes().all(|b| sextet(b).is_some())
}

/// Returns whether the text is a value of an enum: a member (`Member`), a number (`1`), or several separated
/// by commas (`Solid,Yellow`; ABNF `enumValue`). A space after a comma is valid, because .NET writes one.
fn enumeration(content: &str) -> bool {
    content.split(',').all(|member| {
        let member = member.trim_matches(' ');
        let signed: PResult<'_, &str> =
            recognize((opt(nom::character::complete::one_of("+-")), take_while1(AsChar::is_dec_digit)))
                .parse(member);
        !member.is_empty()
            && (name_len(member) == member.len() || signed.is_ok_and(|(rest, _)| rest.is_empty()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_no_unit_above_days() {
        for good in ["P6DT23H59M59.9999S", "-P1D", "PT", "pt1.2s", "P1DT"] {
            assert!(all(duration, good), "{good}");
        }
        for bad in ["+P6D", "P1Y6D", "P1M6D", "6D", "P1D2H", ""] {
            assert!(!all(duration, bad), "{bad}");
        }
    }

    #[test]
    fn the_unused_bits_of_base64_are_zero() {
        for good in ["", "Zg==", "Zg", "Zm8=", "Zm9v", "Zm9vYg==", "V_ZydGVy", "QUA="] {
            assert!(binary(good), "{good}");
        }
        for bad in ["1", "z1", "QUB=", "Zg=", "Zm9v=", "a b"] {
            assert!(!binary(bad), "{bad}");
        }
    }

    #[test]
    fn enumeration_members_are_names_or_numbers() {
        for good in ["Yellow", "Solid,Yellow", "Solid,Yellow,+42", "-10", "Green, Red"] {
            assert!(enumeration(good), "{good}");
        }
        for bad in ["", "1flag", "a,,b", "a,", "a b"] {
            assert!(!enumeration(bad), "{bad}");
        }
    }
}
