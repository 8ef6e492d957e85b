//! What was written and has no place in the meaning: told, or a reason to refuse.

use dvkit_diagnostic::code;

use crate::fidelity::TranslationReport;
use crate::provenance::Subject;
use dvkit_query::hir::{Unread, UnreadKind};

/// Tells of a piece that is left, or refuses because of it: the service refuses what its language does not have, and a
/// placeholder may stand for anything.
pub(super) fn told(report: &mut TranslationReport, piece: Unread) {
    if piece.known
        && let Some(text) = effect(&piece)
    {
        return report.loses(Subject::Unread(piece), text);
    }
    let Unread { kind, element, name, .. } = &piece;
    let message = match kind {
        _ if piece.known => format!("`{name}` in `{element}` is not understood there"),
        UnreadKind::Element => {
            format!("FetchXML has no element `{name}`: what it was meant to say would be lost")
        }
        UnreadKind::Attribute if crate::is_placeholder(&piece.value) => {
            format!("`{}` stands for the word of `{name}`, which decides what is asked for", piece.value)
        }
        UnreadKind::Attribute => {
            format!("`{element}` has no attribute `{name}`: what it was meant to say would be lost")
        }
        UnreadKind::Text => {
            format!("`{name}` stands for a piece of the query, and only values can be kept open")
        }
        UnreadKind::Segment => format!("what `{name}` gives is not what a query asks for"),
        UnreadKind::Option => format!("`{name}` beside a query in FetchXML is not understood"),
    };
    report.cannot_translate(code::NOT_UNDERSTOOD, Subject::Unread(piece), message);
}

/// What a translation loses of a piece that the language knows. None where that is not known well enough to go on.
fn effect(piece: &Unread) -> Option<String> {
    let name = &piece.name;
    Some(match (piece.kind, piece.element.as_str(), name.as_str()) {
        (UnreadKind::Attribute, _, "utc-offset") => {
            format!("`utc-offset=\"{}\"` is lost: times come in UTC", piece.value)
        }
        (UnreadKind::Attribute, _, "min-active-row-version") => {
            "`min-active-row-version` is lost: the least version among the rows that are being changed does not come along".into()
        }
        (UnreadKind::Attribute, _, "enableprefiltering" | "prefilterparametername") => {
            format!("`{name}` is lost: a report may add conditions of its own")
        }
        (UnreadKind::Attribute, "filter", _) => format!("`{name}` is lost: the limit of quick finds is the organisation's"),
        (UnreadKind::Attribute, "fetch", "mapping") => {
            format!("`mapping=\"{}\"` is lost: names are read as logical names", piece.value)
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
            format!("`partitionId={}` is no part of a query: it goes beside it in the URL", piece.value)
        }
        (UnreadKind::Option, ..) => format!("the option `{name}` is no part of a query: it goes beside it in the URL"),
    })
}
