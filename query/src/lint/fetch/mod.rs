//! What FetchXML alone can say, and runs badly.

pub(super) mod alias;
pub(super) mod all_attributes;
pub(super) mod child_link;
pub(super) mod distinct_order;
pub(super) mod group_by_lookup;
pub(super) mod group_order;
pub(super) mod link_order;
pub(super) mod outer_count;
pub(super) mod quick_find;
pub(super) mod too_many_links;

use fetchxml::ast::{LinkEntity, Node, TextAttr};

/// Calls `f` with every link outside of filters, outer ones before inner ones.
fn each_link<'f>(children: &'f [Node<'f>], f: &mut dyn FnMut(&'f LinkEntity<'f>)) {
    for child in children {
        if let Node::LinkEntity(link) = child {
            f(link);
            each_link(&link.children, f);
        }
    }
}

/// What an attribute names, where it is there.
fn named<'f>(attr: &'f Option<TextAttr<'_>>) -> Option<&'f str> {
    attr.as_ref().map(|a| &*a.raw)
}

/// Names in backticks, with commas.
fn listed(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// How many links there are, those in filters too.
fn links(children: &[Node<'_>]) -> usize {
    children
        .iter()
        .map(|child| match child {
            Node::LinkEntity(link) => 1 + links(&link.children),
            Node::Filter(filter) => links(&filter.children),
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
pub(super) mod tests {
    use crate::lint::sample::fetch_findings;

    /// The findings in `inner` as the content of the entity `contact`.
    pub(in crate::lint) fn in_contact(head: &str, inner: &str) -> Vec<String> {
        fetch_findings(&format!("<fetch{head}><entity name='contact'>{inner}</entity></fetch>"))
    }
}
