//! Contains the lints that apply only to FetchXML, and helpers that these lints share. Each file contains one
//! lint, which the table of rules in the parent module lists.

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

/// Calls `f` for every link outside of filters, in the order of the text; an outer link comes before the
/// links within it. `children` are the nodes to search.
fn each_link<'f>(children: &'f [Node<'f>], f: &mut dyn FnMut(&'f LinkEntity<'f>)) {
    for child in children {
        if let Node::LinkEntity(link) = child {
            f(link);
            each_link(&link.children, f);
        }
    }
}

/// Returns the value of an attribute as written in the text; `None` if the attribute is missing.
fn named<'f>(attr: &'f Option<TextAttr<'_>>) -> Option<&'f str> {
    attr.as_ref().map(|a| &*a.raw)
}

/// Returns the names for a message: each in backticks, separated by commas.
fn listed(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// Returns the number of links in `children` at any depth, including those within filters.
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

    /// Checks a FetchXML query on the table `contact`, and returns its findings as text. `head` is the text
    /// of the attributes of `<fetch>` with a space before it, and `inner` is the content of `<entity>`.
    pub(in crate::lint) fn in_contact(head: &str, inner: &str) -> Vec<String> {
        fetch_findings(&format!("<fetch{head}><entity name='contact'>{inner}</entity></fetch>"))
    }
}
