//! Reports the parts of the original text that the HIR does not represent, such as attributes without effect.
//!
//! Both translators call [`report`] for each such part. A part whose effect is known becomes a difference; a
//! part that the service refuses, or a placeholder, becomes a reason why there is no translation.

use dvkit_diagnostic::code;

use crate::fidelity::TranslationReport;
use crate::subject::Subject;
use dvkit_query::hir::{UnreadKind, UnreadPart};

/// Reports a part of the text that the HIR does not represent. It becomes a difference if its effect is
/// known. It becomes a reason if the service refuses the part, or if it is a placeholder, which may have any
/// value.
pub(super) fn report(report: &mut TranslationReport, part: UnreadPart) {
    if part.known
        && let Some(text) = effect(&part)
    {
        return report.add_loss(Subject::Unread(part), text);
    }
    let UnreadPart { kind, element, name, .. } = &part;
    let message = match kind {
        UnreadKind::Option => format!("`{name}` beside a query in FetchXML is not understood"),
        _ if part.known => format!("`{name}` in `{element}` is not understood there"),
        UnreadKind::Element => {
            format!("FetchXML has no element `{name}`: what it was meant to say would be lost")
        }
        UnreadKind::Attribute if crate::is_placeholder(&part.value) => {
            format!("`{}` stands for the word of `{name}`, which decides what is asked for", part.value)
        }
        UnreadKind::Attribute => {
            format!("`{element}` has no attribute `{name}`: what it was meant to say would be lost")
        }
        UnreadKind::Text => {
            format!("`{name}` stands for a part of the query, and only values can be kept open")
        }
        UnreadKind::Segment => format!("what `{name}` gives is not what a query asks for"),
    };
    report.cannot_translate(code::NOT_UNDERSTOOD, Subject::Unread(part), message);
}

/// Returns a description of the effect that the part has in the original and that the translation lacks;
/// `None` if the effect is not known well enough.
fn effect(part: &UnreadPart) -> Option<String> {
    let name = &part.name;
    Some(match (part.kind, part.element.as_str(), name.as_str()) {
        (UnreadKind::Attribute, _, "utc-offset") => {
            format!("`utc-offset=\"{}\"` is lost: times come in UTC", part.value)
        }
        (UnreadKind::Attribute, _, "min-active-row-version") => {
            "`min-active-row-version` is lost: the least version among the rows that are being changed does not come along".into()
        }
        (UnreadKind::Attribute, _, "enableprefiltering" | "prefilterparametername") => {
            format!("`{name}` is lost: a report may add conditions of its own")
        }
        (UnreadKind::Attribute, "filter", _) => format!("`{name}` is lost: the limit of quick finds is the organisation's"),
        (UnreadKind::Attribute, "fetch", "mapping") => {
            format!("`mapping=\"{}\"` is lost: names are read as logical names", part.value)
        }
        (UnreadKind::Attribute, "link-entity", "intersect") => {
            "`intersect` says that the link gives no columns, and columns are listed in it".into()
        }
        (UnreadKind::Attribute, element, _) => format!("`{name}` of `{element}` has no part in the translation"),
        (UnreadKind::Element, _, "value") => "a `<value>` that the operator does not take is left out".into(),
        (UnreadKind::Element, element, "all-attributes" | "no-attrs") => {
            format!("`{name}` in this `{element}` has no part in the translation")
        }
        (UnreadKind::Segment, ..) => format!("the cast to `{name}` is said by the table that is asked alone"),
        (UnreadKind::Text, element, text) => {
            format!("the text `{text}` between the elements of `{element}` has no part in the translation")
        }
        (UnreadKind::Element, ..) => return None,
        (UnreadKind::Option, _, "$count") => "`$count` beside `fetchXml` is lost".into(),
        (UnreadKind::Option, _, name) if name.starts_with('$') => return None,
        (UnreadKind::Option, _, "partitionId") => {
            format!("`partitionId={}` is not a part of the query: it goes beside it in the URL", part.value)
        }
        (UnreadKind::Option, ..) => format!("the option `{name}` is not a part of the query: it goes beside it in the URL"),
    })
}

#[cfg(test)]
mod tests {
    use super::{TranslationReport, UnreadKind, UnreadPart, report};

    /// Returns what is reported of a part, which is given as its kind, its element, its name and its value.
    fn said(part: (UnreadKind, &str, &str, &str), known: bool) -> String {
        let (kind, element, name, value) = part;
        let mut all = TranslationReport::default();
        report(
            &mut all,
            UnreadPart {
                kind,
                element: element.to_owned(),
                name: name.to_owned(),
                value: value.to_owned(),
                known,
            },
        );
        match all.finish("text".to_owned()) {
            Ok(translation) => {
                assert_eq!(translation.differences.len(), 1);
                translation.differences[0].to_string()
            }
            Err(refused) => {
                assert_eq!((refused.reasons.len(), refused.nearest), (1, None));
                refused.reasons[0].message.clone()
            }
        }
    }

    #[test]
    fn a_part_with_a_known_effect_is_a_difference() {
        use UnreadKind::{Attribute, Element, Option, Segment, Text};
        for (part, expected) in [
            ((Attribute, "fetch", "utc-offset", "60"), "`utc-offset=\"60\"` is lost: times come in UTC"),
            (
                (Attribute, "fetch", "min-active-row-version", "true"),
                "`min-active-row-version` is lost: the least version among the rows that are being changed does not come along",
            ),
            (
                (Attribute, "entity", "enableprefiltering", "1"),
                "`enableprefiltering` is lost: a report may add conditions of its own",
            ),
            (
                (Attribute, "entity", "prefilterparametername", "p"),
                "`prefilterparametername` is lost: a report may add conditions of its own",
            ),
            (
                (Attribute, "filter", "overridequickfindrecordlimitenabled", "1"),
                "`overridequickfindrecordlimitenabled` is lost: the limit of quick finds is the organisation's",
            ),
            (
                (Attribute, "fetch", "mapping", "internal"),
                "`mapping=\"internal\"` is lost: names are read as logical names",
            ),
            (
                (Attribute, "link-entity", "intersect", "true"),
                "`intersect` says that the link gives no columns, and columns are listed in it",
            ),
            (
                (Attribute, "link-entity", "visible", "1"),
                "`visible` of `link-entity` has no part in the translation",
            ),
            ((Element, "condition", "value", ""), "a `<value>` that the operator does not take is left out"),
            (
                (Element, "link-entity", "all-attributes", ""),
                "`all-attributes` in this `link-entity` has no part in the translation",
            ),
            (
                (Element, "entity", "no-attrs", ""),
                "`no-attrs` in this `entity` has no part in the translation",
            ),
            (
                (Segment, "", "Ns.account", ""),
                "the cast to `Ns.account` is said by the table that is asked alone",
            ),
            (
                (Text, "entity", "some text", ""),
                "the text `some text` between the elements of `entity` has no part in the translation",
            ),
            ((Option, "", "$count", "true"), "`$count` beside `fetchXml` is lost"),
            (
                (Option, "", "partitionId", "p"),
                "`partitionId=p` is not a part of the query: it goes beside it in the URL",
            ),
            (
                (Option, "", "tag", "x"),
                "the option `tag` is not a part of the query: it goes beside it in the URL",
            ),
            (
                (Option, "", "x$", "x"),
                "the option `x$` is not a part of the query: it goes beside it in the URL",
            ),
        ] {
            assert_eq!(said(part, true), format!("unread: {expected}"));
        }
    }

    #[test]
    fn a_part_that_is_refused_or_open_is_a_reason() {
        use UnreadKind::{Attribute, Element, Option, Segment, Text};
        for (part, known, expected) in [
            ((Element, "entity", "order", ""), true, "`order` in `entity` is not understood there"),
            ((Option, "", "$filter", "x"), true, "`$filter` beside a query in FetchXML is not understood"),
            (
                (Element, "entity", "and", ""),
                false,
                "FetchXML has no element `and`: what it was meant to say would be lost",
            ),
            (
                (Attribute, "filter", "type", "{x}"),
                false,
                "`{x}` stands for the word of `type`, which decides what is asked for",
            ),
            (
                (Attribute, "filter", "shape", "round"),
                false,
                "`filter` has no attribute `shape`: what it was meant to say would be lost",
            ),
            (
                (Text, "filter", "{x}", ""),
                false,
                "`{x}` stands for a part of the query, and only values can be kept open",
            ),
            ((Segment, "", "Ns.f", ""), false, "what `Ns.f` gives is not what a query asks for"),
            ((Option, "", "$top", "5"), false, "`$top` beside a query in FetchXML is not understood"),
        ] {
            assert_eq!(said(part, known), expected);
        }
        for value in ["{x}", "a$b", "@x", "100%"] {
            assert!(
                said((Attribute, "filter", "type", value), false).contains("stands for the word"),
                "{value}"
            );
        }
    }
}
