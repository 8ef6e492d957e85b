//! Finds the part of a FetchXML text that a finding of the translation is about. The parent module calls it
//! for the reasons and differences of a translation to OData. An element is recognised by the columns,
//! aliases and links in its attributes.

use dvkit_diagnostic::Span;
use fetchxml::ast::{Attr, Attribute, Condition, ElementRef, Fetch, LinkEntity, Node, Order, TextAttr};
use fetchxml::visit::{Visit, walk_link_entity};

use super::best_span::BestSpan;
use crate::subject::Subject;
use dvkit_query::hir::{UnreadKind, UnreadPart};

/// Returns the span of the smallest part that `subject` describes; `None` if there is none.
pub(super) fn find(subject: &Subject, fetch: &Fetch<'_>) -> Option<Span> {
    match subject {
        Subject::Entity => fetch.entity()?.name.as_ref().map(Attr::span),
        Subject::Attribute("datasource") => fetch.datasource.as_ref().map(Attr::span),
        Subject::Unread(piece) => unread(&fetch.as_element(), piece),
        Subject::Page => fetch.page.as_ref().map(Attr::span).or(fetch.paging_cookie.as_ref().map(Attr::span)),
        _ => {
            let mut finder = Finder { subject, rows: Vec::new(), best: BestSpan::default() };
            finder.visit_fetch(fetch);
            finder.best.span()
        }
    }
}

/// Returns the span of the first attribute, element or text within `element` that equals `piece`; `None` if
/// there is none.
fn unread(element: &ElementRef<'_>, piece: &UnreadPart) -> Option<Span> {
    if element.name == piece.element {
        let found = match piece.kind {
            UnreadKind::Attribute => element
                .attributes()
                .iter()
                .find(|a| a.name == piece.name && a.value == piece.value)
                .map(|a| a.name_span),
            UnreadKind::Element => {
                let inner = element.children.iter().filter_map(Node::as_element);
                inner.into_iter().find(|e| e.name == piece.name).map(|e| e.name_span)
            }
            UnreadKind::Text => element.children.iter().find_map(|n| match n {
                Node::Text(text) if text.text == piece.name => Some(text.span),
                _ => None,
            }),
            UnreadKind::Option | UnreadKind::Segment => None,
        };
        if found.is_some() {
            return found;
        }
    }
    element.children.iter().filter_map(Node::as_element).find_map(|inner| unread(&inner, piece))
}

struct Finder<'a> {
    subject: &'a Subject,
    /// The aliases of the links that enclose the current element, outermost first.
    rows: Vec<String>,
    best: BestSpan,
}

fn is(attr: Option<&TextAttr<'_>>, name: &str) -> bool {
    attr.is_some_and(|a| a.raw.eq_ignore_ascii_case(name))
}

/// Returns how well the name of a link fits the HIR's `alias`; a lower number is a better fit. The result is
/// 0 if they are equal, 1 if the alias is the name of the link's table followed by a number, 2 if the alias
/// begins with the link's name and `_`, and otherwise `None`.
fn called(link: &LinkEntity<'_>, alias: &str) -> Option<u8> {
    let name = link.alias.as_ref().or(link.name.as_ref())?;
    let rest = alias.strip_prefix(&*name.raw)?;
    match rest.bytes().next() {
        None => Some(0),
        Some(b'_') => Some(2),
        Some(_) => (link.alias.is_none() && rest.bytes().all(|b| b.is_ascii_digit())).then_some(1),
    }
}

/// Returns whether the condition operator compares texts, such as `like`, `begins-with` or `not-end-with`.
fn is_of_texts(operator: &str) -> bool {
    ["like", "begin", "end"].iter().any(|word| operator.contains(word))
}

impl Finder<'_> {
    /// Returns 0 if the current element is about the row with the alias `alias` (`None` for the row of the
    /// query), otherwise 1. `entityname` is the attribute of the element that names another row, if present.
    fn rank(&self, entityname: Option<&TextAttr<'_>>, alias: Option<&str>) -> u8 {
        let here = entityname.map(|e| &*e.raw).or(self.rows.last().map(String::as_str));
        u8::from(here != alias)
    }
}

impl<'s> Visit<'s> for Finder<'_> {
    fn visit_attribute(&mut self, node: &Attribute<'s>) {
        let row = self.rows.last().map(String::as_str);
        match self.subject {
            Subject::Select(alias, column) if is(node.name.as_ref(), column) => {
                self.best.offer(
                    u8::from(row != alias.as_deref()),
                    node.name.as_ref().map_or(node.span, Attr::span),
                );
            }
            Subject::Alias(of) => {
                if let Some(alias) = node.alias.as_ref().filter(|_| row == of.as_deref()) {
                    self.best.exact(alias.span());
                }
            }
            Subject::Aggregate(name) if is(node.alias.as_ref(), name) => {
                self.best.exact(node.aggregate.as_ref().map_or(node.span, Attr::span));
            }
            Subject::DatePart(column) if is(node.name.as_ref(), column) => {
                if let Some(part) = &node.dategrouping {
                    self.best.exact(part.span());
                }
            }
            // A column that is not named elsewhere is named here.
            Subject::Condition(alias, column) | Subject::Order(alias, column)
                if is(node.name.as_ref(), column) =>
            {
                self.best.offer(2 + u8::from(row != alias.as_deref()), node.span);
            }
            _ => {}
        }
    }

    fn visit_order(&mut self, node: &Order<'s>) {
        match self.subject {
            Subject::Order(alias, column) if is(node.attribute.as_ref(), column) => {
                self.best.offer(self.rank(node.entityname.as_ref(), alias.as_deref()), node.span);
            }
            Subject::OrderOfResult(name) if is(node.alias.as_ref(), name) => self.best.exact(node.span),
            _ => {}
        }
    }

    fn visit_condition(&mut self, node: &Condition<'s>) {
        let names = |column: &str| is(node.attribute.as_ref(), column);
        let other = |column: &str| {
            let last = node.valueof.as_ref().and_then(|other| other.raw.rsplit('.').next());
            last.is_some_and(|name| name.eq_ignore_ascii_case(column))
        };
        match self.subject {
            Subject::Condition(alias, column) if names(column) => {
                self.best.offer(self.rank(node.entityname.as_ref(), alias.as_deref()), node.span);
            }
            Subject::Condition(_, column) if other(column) => self.best.offer(1, node.span),
            // A condition on text does not name the column behind a lookup.
            Subject::Condition(alias, _) if node.operator.as_ref().is_some_and(|o| is_of_texts(&o.raw)) => {
                self.best.offer(4 + self.rank(node.entityname.as_ref(), alias.as_deref()), node.span);
            }
            Subject::Compared(left, right) if names(left) && other(right) => self.best.exact(node.span),
            // The wildcards at both ends may have been absorbed by the test.
            Subject::Text(column, text) if names(column) => {
                let has = node.value.as_ref().is_some_and(|value| value.raw.contains(text.as_str()));
                self.best
                    .offer(u8::from(!has), node.value.as_ref().filter(|_| has).map_or(node.span, Attr::span));
            }
            // The text may be compared with the name behind a lookup, which the condition does not mention.
            Subject::Text(_, text) => {
                if let Some(value) = node.value.as_ref().filter(|value| value.raw.contains(text.as_str())) {
                    self.best.offer(2, value.span());
                }
            }
            _ => {}
        }
    }

    fn visit_link_entity(&mut self, node: &LinkEntity<'s>) {
        let name = || node.name.as_ref().map_or(node.name_span, Attr::span);
        let columns = || match (&node.from, &node.to) {
            (Some(from), Some(to)) => from.span().to(to.span()),
            (Some(one), None) | (None, Some(one)) => one.span(),
            (None, None) => name(),
        };
        let rank = match self.subject {
            Subject::Join(alias) | Subject::JoinColumns(alias) | Subject::JoinKind(alias) => {
                called(node, alias)
            }
            _ => None,
        };
        match (self.subject, rank) {
            (Subject::Join(_), Some(rank)) => self.best.offer(rank, name()),
            (Subject::JoinColumns(_), Some(rank)) => self.best.offer(rank, columns()),
            (Subject::JoinKind(_), Some(rank)) => {
                self.best.offer(rank, node.link_type.as_ref().map_or_else(name, Attr::span));
            }
            (Subject::Exists(tables, from, to), _)
                if tables.iter().any(|table| is(node.name.as_ref(), table)) =>
            {
                let exact = is(node.from.as_ref(), from) && is(node.to.as_ref(), to);
                self.best.offer(u8::from(!exact), columns());
            }
            _ => {}
        }
        let called = node.alias.as_ref().or(node.name.as_ref()).map_or("", |a| &a.raw);
        self.rows.push(called.to_owned());
        walk_link_entity(self, node);
        self.rows.pop();
    }
}

#[cfg(test)]
mod tests;
