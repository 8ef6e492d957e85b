//! Lint that reports counting the rows of an outer link with `count`, which returns 1 instead of 0 for a row
//! without a match.
//!
//! Source: `count` is SQL's `COUNT(*)` of the joined rows, while `countcolumn` counts the rows with a value
//! ("Using Count Aggregation in FetchXML", "Aggregate data using FetchXML"); rappen/FetchXMLBuilder#680.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};
use fetchxml::ast::{Aggregate, Fetch, LinkType, Node};

use crate::lint::LintContext;

pub(in crate::lint) fn check(_: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(entity) = fetch.entity().filter(|_| fetch.is_aggregate()) {
        within(&entity.children, false, found);
    }
}

fn within(children: &[Node<'_>], outer: bool, found: &mut Vec<Diagnostic>) {
    for child in children {
        match child {
            Node::LinkEntity(link) => {
                within(&link.children, outer || link.effective_link_type() == Some(LinkType::Outer), found);
            }
            Node::Attribute(attribute) if outer => {
                let Some(count) = attribute.aggregate.as_ref().filter(|a| a.value == Some(Aggregate::Count))
                else {
                    continue;
                };
                let message = "`count` counts the joined rows: it is 1 where the outer link finds none";
                found.push(Diagnostic::warning(code::OUTER_COUNT, count.value_span, message).suggest(
                    Suggestion::maybe(
                        "count those that have a value: `countcolumn`",
                        count.value_span,
                        "countcolumn",
                    ),
                ));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn counts_behind_an_outer_link_are_reported() {
        let counted = |kind: &str, how: &str| {
            let inner = format!(
                "<link-entity name='account' from='primarycontactid' to='contactid' link-type='{kind}'><attribute name='accountid' aggregate='{how}' alias='n'/></link-entity>"
            );
            in_contact(" aggregate='true' top='9'", &inner)
        };
        assert!(counted("outer", "count").contains(&"DV0547 warning count".to_owned()));
        assert!(!counted("outer", "countcolumn").iter().any(|f| f.contains("DV0547")));
        assert!(!counted("inner", "count").iter().any(|f| f.contains("DV0547")));
    }
}
