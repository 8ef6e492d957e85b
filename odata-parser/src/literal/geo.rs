//! Recognises geography and geometry literals: a reference system, and a shape as Well-Known Text (ABNF
//! `fullPointLiteral` and others). The module `prefixed` calls it. Only the form is checked; no values are
//! computed.

use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take_while_m_n};
use nom::character::complete::{char, one_of};
use nom::combinator::{opt, recognize};
use nom::multi::{many_m_n, separated_list0, separated_list1};
use nom::{AsChar, Parser};

use crate::input::{Expected, PResult, fail};
use crate::lexical::digits;

/// The maximum depth of nested collections in one literal.
const DEPTH: usize = 20;

/// Parses the content of a literal at the beginning of `i`, such as `SRID=0;Point(142.1 64.1)`, in any letter
/// case.
pub(crate) fn literal(i: &str) -> PResult<'_, &str> {
    let srid = take_while_m_n(1, 5, AsChar::is_dec_digit);
    recognize((tag_no_case("SRID="), srid, char(';'), |i| shape(i, DEPTH))).parse(i)
}

/// Parses one shape at the beginning of `i` (ABNF `pointLiteral`, `lineStringLiteral`, `polygonLiteral`,
/// `collectionLiteral` …). `depth` is the number of enclosing collections.
fn shape(i: &str, depth: usize) -> PResult<'_, ()> {
    if depth == 0 {
        return Err(fail(i, Expected::VALUE));
    }
    // The longer names first: `MultiPoint` does not begin with `Point`, so any order would do, but a reader sees
    // at once what is tried.
    let (rest, word) = alt((
        tag_no_case("GeometryCollection"),
        tag_no_case("Collection"),
        tag_no_case("MultiLineString"),
        tag_no_case("MultiPoint"),
        tag_no_case("MultiPolygon"),
        tag_no_case("LineString"),
        tag_no_case("Point"),
        tag_no_case("Polygon"),
    ))
    .parse(i)?;
    match word.to_ascii_lowercase().as_str() {
        "point" => point(rest),
        "linestring" => line(rest),
        "polygon" => polygon(rest),
        "multipoint" => group(point)(rest),
        "multilinestring" => group(line)(rest),
        "multipolygon" => group(polygon)(rest),
        _ => group(|i| shape(i, depth - 1))(rest),
    }
}

/// Returns a parser of a list in parentheses, which may be empty. `rule` parses each item of the list.
fn group(rule: impl Fn(&str) -> PResult<'_, ()>) -> impl Fn(&str) -> PResult<'_, ()> {
    move |i| {
        let (i, _) = (char('('), separated_list0(char(','), &rule), char(')')).parse(i)?;
        Ok((i, ()))
    }
}

fn point(i: &str) -> PResult<'_, ()> {
    let (i, _) = (char('('), position, char(')')).parse(i)?;
    Ok((i, ()))
}

fn line(i: &str) -> PResult<'_, ()> {
    let (i, points) = (char('('), separated_list1(char(','), position), char(')')).parse(i)?;
    if points.1.len() < 2 { Err(fail(i, Expected::VALUE)) } else { Ok((i, ())) }
}

fn polygon(i: &str) -> PResult<'_, ()> {
    let (i, _) = (char('('), separated_list1(char(','), line), char(')')).parse(i)?;
    Ok((i, ()))
}

/// Parses a position, two to four numbers, at the beginning of `i` (ABNF `positionLiteral`).
fn position(i: &str) -> PResult<'_, ()> {
    let (i, _) = (number, many_m_n(1, 3, (char(' '), number))).parse(i)?;
    Ok((i, ()))
}

fn number(i: &str) -> PResult<'_, &str> {
    let exponent = (one_of("eE"), opt(one_of("+-")), digits);
    recognize((opt(one_of("+-")), digits, opt((char('.'), digits)), opt(exponent))).parse(i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_checked() {
        let fits = |text| literal(text).is_ok_and(|(rest, _)| rest.is_empty());
        for good in [
            "SRID=0;Point(142.1 64.1 10.0 -3.14)",
            "SrId=4326;pOiNt(1 2)",
            "SRID=0;MultiPoint()",
            "SRID=0;MultiPolygon(((1 1,1 1),(1 1,2 2,3 3,1 1)))",
            "SRID=0;GeometryCollection(LineString(142.1 64.1,3.14 2.78))",
        ] {
            assert!(fits(good), "{good}");
        }
        for bad in ["SRID=123456;Point(1 2)", "SRID=0;Point(1)", "Point(1 2)", "SRID=0;LineString(1 2)", ""] {
            assert!(!fits(bad), "{bad}");
        }
    }
}
