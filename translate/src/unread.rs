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
        UnreadKind::Option => format!("`{name}` beside a query in FetchXML is not understood"),
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
