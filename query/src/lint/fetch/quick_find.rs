//! Lint that reports quick find filters that do not have the documented form.
//!
//! Source: "About quick find queries": a query has one quick find filter, which is an `or` of several
//! conditions, each a `like` with a text that ends in `%`. Microsoft does not test other operators. Other
//! filters of the query apply only to the rows that the quick find filter found.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};
use fetchxml::ast::{Attr, Condition, Fetch, Filter, FilterType, Node, Operator};

use crate::lint::LintContext;
use crate::resolve::is_placeholder;

pub(in crate::lint) fn check(_: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let Some(entity) = fetch.entity() else { return };
    let mut filters = Vec::new();
    quick(&entity.children, &mut filters);
    for (n, filter) in filters.iter().enumerate() {
        pattern(filter, found);
        let Some(mark) = filter.isquickfindfields.as_ref().filter(|_| n > 0) else { continue };
        found.push(Diagnostic::warning(code::QUICK_FIND, mark.span(), "a query has one quick find filter"));
    }
}

/// Adds the quick find filters in `children`, at any depth, to `out`, in the order of the text.
fn quick<'f, 's>(children: &'f [Node<'s>], out: &mut Vec<&'f Filter<'s>>) {
    for child in children {
        match child {
            Node::LinkEntity(link) => quick(&link.children, out),
            Node::Filter(filter) => {
                if filter.isquickfindfields.as_ref().and_then(|a| a.value) == Some(true) {
                    out.push(filter);
                }
                quick(&filter.children, out);
            }
            _ => {}
        }
    }
}

/// Reports every way in which `filter` differs from the documented form of a quick find filter: an `or` of
/// several `like` conditions.
fn pattern(filter: &Filter<'_>, found: &mut Vec<Diagnostic>) {
    if filter.effective_type() == Some(FilterType::And) {
        let message = "a quick find filter is an `or` of its conditions";
        let d = match &filter.kind {
            Some(kind) => Diagnostic::warning(code::QUICK_FIND, kind.span(), message)
                .suggest(Suggestion::maybe("write `or`", kind.value_span, "or")),
            None => {
                Diagnostic::warning(code::QUICK_FIND, filter.name_span, message).suggest(Suggestion::maybe(
                    "add `type=\"or\"`",
                    dvkit_diagnostic::Span::at(filter.name_span.range().end),
                    " type=\"or\"",
                ))
            }
        };
        found.push(d);
    }
    if filter.conditions().count() == 1 {
        let message = "a quick find filter with one condition is slower than an ordinary one";
        let span = filter.isquickfindfields.as_ref().map_or(filter.name_span, Attr::span);
        found.push(Diagnostic::note(code::QUICK_FIND, span, message).help("leave the mark out"));
    }
    filter.conditions().for_each(|condition| tested(condition, found));
}

/// Reports the condition of a quick find filter if it is not a `like` with a text that ends in `%`.
fn tested(condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    let Some(operator) = condition.operator.as_ref() else { return };
    match operator.value {
        Some(Operator::Like) => {}
        None => return,
        Some(_) => {
            let message = format!("a quick find filter tests by `like` alone, not by `{}`", operator.raw);
            found.push(Diagnostic::warning(code::QUICK_FIND, operator.value_span, message));
            return;
        }
    }
    let Some(value) = condition.value.as_ref().filter(|v| !is_placeholder(&v.raw)) else { return };
    if !value.raw.ends_with('%') {
        let end = dvkit_diagnostic::Span::at(value.value_span.range().end);
        found.push(
            Diagnostic::warning(code::QUICK_FIND, value.value_span, "the text of a quick find ends with `%`")
                .suggest(Suggestion::maybe("add `%`", end, "%")),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    fn quick(kind: &str, conditions: &str) -> Vec<String> {
        let filter =
            format!("<attribute name='fullname'/><filter {kind} isquickfindfields='1'>{conditions}</filter>");
        in_contact("", &filter)
    }

    const TWO: &str = "<condition attribute='fullname' operator='like' value='A%'/><condition attribute='city' operator='like' value='{0}'/>";

    #[test]
    fn quick_find_filters_must_have_the_documented_form() {
        assert!(quick("type='or'", TWO).is_empty());
        assert_eq!(quick("type='and'", TWO), ["DV0523 warning type='and"]);
        assert_eq!(quick("", TWO), ["DV0523 warning filter"]);
        let one = "<condition attribute='fullname' operator='like' value='A%'/>";
        assert_eq!(quick("type='or'", one), ["DV0523 note isquickfindfields='1"]);
        let other = format!("{one}<condition attribute='city' operator='eq' value='B'/>");
        assert_eq!(quick("type='or'", &other), ["DV0523 warning eq"]);
        let open = format!("{one}<condition attribute='city' operator='like' value='B'/>");
        assert_eq!(quick("type='or'", &open), ["DV0523 warning B"]);
        let twice = format!("{TWO}</filter><filter type='or' isquickfindfields='true'>{TWO}");
        assert_eq!(quick("type='or'", &twice), ["DV0523 warning isquickfindfields='true"]);
    }
}
