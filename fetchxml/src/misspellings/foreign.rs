//! Lists the names that other query languages, query builders and people use for elements and attributes of
//! FetchXML. The parser looks up a name here only if FetchXML does not have it.
//!
//! Each name has one meaning for each element. The caller decides whether a replacement is certain.

/// For each element: the foreign names of attributes (in lower case, without `-` and `_`), each with the
/// attribute of FetchXML that it means.
const ATTRIBUTES: &[(&str, &[(&str, &str)])] = &[
    (
        "fetch",
        &[
            ("limit", "top"),
            ("first", "top"),
            ("take", "top"),
            ("max", "top"),
            ("maxrows", "top"),
            ("rowcount", "top"),
            ("pagesize", "count"),
            ("pagecount", "count"),
            ("pagenumber", "page"),
            ("pageno", "page"),
            ("cookie", "paging-cookie"),
            ("unique", "distinct"),
            ("nolock", "no-lock"),
            ("totalcount", "returntotalrecordcount"),
            ("returntotalcount", "returntotalrecordcount"),
        ],
    ),
    ("entity", &[("entity", "name"), ("table", "name"), ("logicalname", "name"), ("entityname", "name")]),
    (
        "attribute",
        &[
            ("attribute", "name"),
            ("column", "name"),
            ("field", "name"),
            ("logicalname", "name"),
            ("as", "alias"),
            ("function", "aggregate"),
            ("aggregation", "aggregate"),
            ("group", "groupby"),
            ("datepart", "dategrouping"),
        ],
    ),
    (
        "order",
        &[
            ("name", "attribute"),
            ("column", "attribute"),
            ("field", "attribute"),
            ("by", "attribute"),
            ("desc", "descending"),
            ("entity", "entityname"),
            ("table", "entityname"),
        ],
    ),
    (
        "link-entity",
        &[
            ("entity", "name"),
            ("table", "name"),
            ("logicalname", "name"),
            ("entityname", "name"),
            ("type", "link-type"),
            ("join", "link-type"),
            ("jointype", "link-type"),
            ("joinoperator", "link-type"),
            ("as", "alias"),
            ("entityalias", "alias"),
            ("linkfromattributename", "to"),
            ("linktoattributename", "from"),
        ],
    ),
    (
        "filter",
        &[
            ("operator", "type"),
            ("filteroperator", "type"),
            ("logicaloperator", "type"),
            ("conjunction", "type"),
            ("logic", "type"),
            ("op", "type"),
            ("join", "type"),
            ("filtertype", "type"),
        ],
    ),
    (
        "condition",
        &[
            ("name", "attribute"),
            ("field", "attribute"),
            ("attributename", "attribute"),
            ("property", "attribute"),
            ("op", "operator"),
            ("comparison", "operator"),
            ("comparator", "operator"),
            ("type", "operator"),
            ("entity", "entityname"),
            ("entityalias", "entityname"),
            ("val", "value"),
            ("values", "value"),
            ("valuecolumn", "valueof"),
            ("comparecolumn", "valueof"),
        ],
    ),
];

/// Returns the attribute of `element` that the foreign name `name` means; `None` if the name is not listed.
///
/// ```text
/// ("filter", "operator") → type      ("fetch", "limit") → top
/// ```
pub(crate) fn attribute(element: &str, name: &str) -> Option<&'static str> {
    let (_, words) = ATTRIBUTES.iter().find(|(e, _)| *e == element)?;
    let squashed = squash(name);
    words.iter().find(|(word, _)| *word == squashed).map(|(_, right)| *right)
}

/// Elements of other languages, each with a sentence that says how FetchXML expresses the same.
const ELEMENTS: &[(&str, &str)] = &[
    ("and", "conditions are joined by the `type` of their filter: `<filter type=\"and\">`"),
    ("or", "conditions are joined by the `type` of their filter: `<filter type=\"or\">`"),
    ("not", "FetchXML has no `not`: each operator has its opposite (`ne`, `not-like`, `not-in`, `not-null`)"),
    ("group", "conditions are grouped by a `filter` within a `filter`"),
    ("groupby", "grouping is an attribute of the column: `<attribute … groupby=\"true\" alias=\"…\"/>`"),
    ("having", "FetchXML does not filter groups: filter what comes back"),
    ("top", "it is an attribute: `<fetch top=\"…\">`"),
    ("limit", "it is an attribute: `<fetch top=\"…\">`"),
    ("count", "it is an attribute: `<fetch count=\"…\">`, or `aggregate=\"count\"` of a column"),
    ("page", "it is an attribute: `<fetch page=\"…\" count=\"…\">`"),
    ("distinct", "it is an attribute: `<fetch distinct=\"true\">`"),
    ("select", "each column is an element: `<attribute name=\"…\"/>`"),
    ("from", "the table is the `entity`; `from` is an attribute of a `link-entity`"),
    ("values", "each value stands in a `<value>` of its own, within the `condition`"),
    ("union", "FetchXML has no union: `<filter type=\"or\">` joins conditions"),
];

/// Returns a sentence that says how FetchXML expresses the element `name` of another language; `None` if that
/// element is not listed.
pub(crate) fn element(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    ELEMENTS.iter().find(|(word, _)| *word == lower).map(|(_, how)| *how)
}

/// Other words for units of time in operators, each with the word that FetchXML uses.
const UNITS: &[(&str, &str)] = &[
    ("minute", "minutes"),
    ("hour", "hours"),
    ("hr", "hours"),
    ("day", "days"),
    ("week", "weeks"),
    ("month", "months"),
    ("year", "years"),
];

/// Splits the operator `raw`, whose name contains a number (`last-30-days`, `next-x-14-days`,
/// `older-than-6-months`) into one of the operators `names` and the number. Returns `None` if FetchXML has no
/// such operator.
pub(crate) fn counted(raw: &str, names: &'static [&'static str]) -> Option<(&'static str, u32)> {
    let (mut words, mut number) = (Vec::new(), None);
    let mut rest = raw.trim();
    while let Some(c) = rest.chars().next() {
        let part = |is: fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
        let n = match c {
            '0'..='9' => {
                let n = part(|c| c.is_ascii_digit());
                // A second number has another meaning.
                if number.replace(rest[..n].parse::<u32>().ok()?).is_some() {
                    return None;
                }
                n
            }
            _ if c.is_ascii_alphabetic() => {
                let n = part(|c| c.is_ascii_alphabetic());
                words.push(rest[..n].to_ascii_lowercase());
                n
            }
            '-' | '_' | ' ' => 1,
            _ => return None,
        };
        rest = &rest[n..];
    }
    let number = number.filter(|n| *n > 0)?;
    words.retain(|w| w != "x");
    let unit = words.pop()?;
    let lead = match words.concat().as_str() {
        "last" | "past" | "previous" | "inlast" | "inthelast" | "prior" => "last-x-",
        "next" | "coming" | "innext" | "inthenext" => "next-x-",
        "olderthan" | "older" | "before" => "olderthan-x-",
        _ => return None,
    };
    let (_, unit) =
        UNITS.iter().find(|(one, many)| unit == *one || unit == *many || unit == format!("{one}s"))?;
    let meant = format!("{lead}{unit}");
    names.iter().find(|n| **n == meant).map(|n| (*n, number))
}

fn squash(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{
        Attribute, Condition, Element, Entity, Fetch, Filter, Keyword as _, LinkEntity, Operator, Order,
    };

    #[test]
    fn a_number_in_an_operator_is_split_off() {
        for (raw, meant) in [
            ("last-30-days", Some(("last-x-days", 30))),
            ("last-x-30-days", Some(("last-x-days", 30))),
            ("Next_14_Days", Some(("next-x-days", 14))),
            ("last12months", Some(("last-x-months", 12))),
            ("older-than-6-months", Some(("olderthan-x-months", 6))),
            ("olderthan-1-year", Some(("olderthan-x-years", 1))),
            ("last-24-hrs", Some(("last-x-hours", 24))),
            ("last-30-minutes", None),
            ("last-0-days", None),
            ("last-30-60-days", None),
            ("last-days", None),
            ("like-30-days", None),
        ] {
            assert_eq!(counted(raw, Operator::NAMES), meant, "{raw}");
        }
    }

    #[test]
    fn every_foreign_word_maps_to_an_existing_attribute() {
        fn check<'s, E: Element<'s>>() {
            let (_, words) = ATTRIBUTES.iter().find(|(e, _)| *e == E::NAME).expect("the element has a row");
            for (word, right) in *words {
                assert!(E::FIELDS.contains(right), "{} has no `{right}`", E::NAME);
                assert!(!E::FIELDS.contains(word) && !E::LEGACY.contains(word), "{} has `{word}`", E::NAME);
            }
        }
        check::<Fetch<'_>>();
        check::<Entity<'_>>();
        check::<Attribute<'_>>();
        check::<Order<'_>>();
        check::<LinkEntity<'_>>();
        check::<Filter<'_>>();
        check::<Condition<'_>>();
    }
}
