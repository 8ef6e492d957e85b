//! Checks the rules about the structure of a FetchXML query that need no schema, such as which elements and
//! attributes exclude each other. The parser calls it for every tree.
//!
//! A query that the service refuses is an error, and a part without an effect is a warning. Sources: the
//! documentation of the elements, <https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml>,
//! and the names of the service's errors.

use std::collections::HashMap;

use dvkit_diagnostic::limits::{MAX_AGGREGATED_ROWS, MAX_ROWS_PER_RESPONSE};
use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};

use crate::ast::{
    Attr, Attribute, Entity, Fetch, Filter, FilterType, LinkEntity, LinkType, Node, Order, TextAttr,
};
use crate::misspellings::is_placeholder;
use crate::report::{Report, error};

mod condition;
mod cookie;

/// The hints that the attribute `options` may list.
const QUERY_HINTS: [&str; 9] = [
    "OptimizeForUnknown",
    "ForceOrder",
    "DisableRowGoal",
    "EnableOptimizerHotfixes",
    "LoopJoin",
    "MergeJoin",
    "HashJoin",
    "NO_PERFORMANCE_SPOOL",
    "ENABLE_HIST_AMENDMENT_FOR_ASC_KEYS",
];

/// Returns whether FetchXML allows the element `name` as a child of the element `parent`.
pub(crate) fn may_stand_in(name: &str, parent: &str) -> bool {
    match parent {
        "fetch" => name == "entity",
        "entity" | "link-entity" => {
            matches!(name, "all-attributes" | "no-attrs" | "attribute" | "order" | "link-entity" | "filter")
        }
        "filter" => matches!(name, "condition" | "filter" | "link-entity"),
        "condition" => name == "value",
        _ => false,
    }
}

/// Returns the diagnostic of the element `name`, which FetchXML does not allow as a child of `parent`.
/// `name_span` is the span of its name, and `whole` that of the whole element.
pub(crate) fn misplaced(name: &str, parent: &str, name_span: Span, whole: Span) -> Diagnostic {
    let message = format!("`{name}` does not stand in `{parent}`");
    let diagnostic = error(code::MISPLACED_ELEMENT, name_span, message);
    match (name, parent) {
        ("condition", "entity" | "link-entity") => diagnostic.help("conditions stand in a `filter`").suggest(
            Suggestion::fix("put a `filter` around it", Span { end: whole.start, ..whole }, "<filter>")
                .and_edit(Span { start: whole.end, ..whole }, "</filter>"),
        ),
        ("attribute" | "all-attributes" | "no-attrs" | "order" | "filter" | "link-entity", "fetch") => {
            diagnostic.help("it stands in the `entity`")
        }
        ("value", _) => diagnostic.help("it stands in a `condition`"),
        ("entity", _) => diagnostic.help("another table is joined with `link-entity`"),
        _ => diagnostic,
    }
}

/// Adds the structural mistakes of `fetch` to `report`. `text` is the text that `fetch` was parsed from.
pub(crate) fn check<'a>(fetch: &'a Fetch<'_>, text: &'a str, report: &'a mut Report) {
    let aggregate = fetch.is_aggregate();
    let mut rules = Rules { text, report, aggregate, fetch, aliases: HashMap::new(), links: Vec::new() };
    rules.fetch();
}

struct Rules<'a, 's> {
    text: &'a str,
    report: &'a mut Report,
    fetch: &'a Fetch<'s>,
    /// Whether the query is an aggregate query.
    aggregate: bool,
    /// The position of the first definition of each alias, by the alias.
    aliases: HashMap<&'a str, Span>,
    /// The links that enclose the current element, outermost first.
    links: Vec<&'a LinkEntity<'s>>,
}

impl<'a, 's> Rules<'a, 's> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    fn fetch(&mut self) {
        let fetch = self.fetch;
        self.paging();
        if let Some(limit) = &fetch.aggregatelimit {
            self.between("aggregatelimit", limit, 1, MAX_AGGREGATED_ROWS);
        }
        if let Some(options) = &fetch.options {
            self.hints(options);
        }
        let mut entities = fetch.entities();
        match entities.next() {
            Some(entity) => {
                self.nothing_aggregated(entity);
                self.entity(entity);
            }
            // A placeholder may stand for the entity.
            None if fetch.children.iter().any(|n| matches!(n, Node::Text(_))) => {}
            None => self.push(
                error(code::MISSING_PART, fetch.name_span, "`fetch` has no `entity`")
                    .help("`<entity name=\"…\">` says which table is asked"),
            ),
        }
        for second in entities {
            self.push(
                error(code::DUPLICATE_ATTRIBUTE, second.name_span, "a `fetch` has one `entity`")
                    .help("another table is joined with `link-entity`"),
            );
            self.entity(second);
        }
    }

    fn paging(&mut self) {
        let fetch = self.fetch;
        for (name, attr) in [("count", &fetch.count), ("page", &fetch.page)] {
            if let Some(attr) = attr {
                self.between(name, attr, 1, u32::MAX);
            }
        }
        if let Some(cookie) = &fetch.paging_cookie {
            self.cookie(cookie);
        }
        let Some(top) = &fetch.top else { return };
        self.between("top", top, 1, MAX_ROWS_PER_RESPONSE);
        let total = fetch.returntotalrecordcount.as_ref().filter(|a| a.value == Some(true));
        let paging = [
            ("page", fetch.page.as_ref().map(|a| a.name_span)),
            ("count", fetch.count.as_ref().map(|a| a.name_span)),
            ("returntotalrecordcount", total.map(|a| a.name_span)),
        ];
        for (name, span) in paging {
            let Some(span) = span else { continue };
            let whole = self.whole(top.name_span, top.value_span);
            self.push(
                error(code::TOP_AND_PAGE, top.name_span, format!("`top` does not go together with `{name}`"))
                    .label(span, "asks for pages")
                    .suggest(Suggestion::maybe("leave `top` out", whole, "")),
            );
            return;
        }
    }

    fn between(&mut self, name: &str, attr: &Attr<'_, u32>, least: u32, most: u32) {
        let Some(n) = attr.value.filter(|n| !(least..=most).contains(n)) else { return };
        let (message, limit) = if n < least {
            (format!("`{name}` is at least {least}"), least)
        } else {
            (format!("`{name}` is at most {most}"), most)
        };
        let fix = Suggestion::maybe(format!("write {limit}"), attr.value_span, limit.to_string());
        self.push(error(code::BAD_ATTRIBUTE_VALUE, attr.value_span, message).suggest(fix));
    }

    fn hints(&mut self, options: &TextAttr<'_>) {
        for hint in options.raw.split(',').map(str::trim) {
            if hint.is_empty() || QUERY_HINTS.contains(&hint) || is_placeholder(hint) {
                continue;
            }
            let message = format!("there is no query hint `{hint}`");
            let mut diagnostic = Diagnostic::warning(code::BAD_ATTRIBUTE_VALUE, options.value_span, message);
            if let Some(close) = suggest::closest(hint, QUERY_HINTS) {
                diagnostic = diagnostic.help(format!("did you mean `{close}`?"));
            }
            self.push(diagnostic);
        }
    }

    fn entity(&mut self, entity: &'a Entity<'s>) {
        self.named("entity", "the table", entity.name.as_ref(), entity.name_span);
        self.content(&entity.children, true);
    }

    fn link(&mut self, link: &'a LinkEntity<'s>, in_filter: bool, columns: bool) {
        self.named("link-entity", "the joined table", link.name.as_ref(), link.name_span);
        let join = link.effective_link_type();
        if let (Some(join), place) = (join, link.link_type.as_ref().map_or(link.name_span, |a| a.value_span))
            && join.is_condition() != in_filter
        {
            self.push(link_place(join, place, in_filter));
        }
        let columns = columns && join.is_none_or(LinkType::has_columns);
        self.links.push(link);
        self.content(&link.children, columns);
        self.links.pop();
    }

    /// Checks the children of an `<entity>` or a `<link-entity>`. `columns` says whether the result contains
    /// columns of its table.
    fn content(&mut self, children: &'a [Node<'s>], columns: bool) {
        for node in children {
            match node {
                Node::Attribute(attribute) => {
                    if !columns {
                        let message = "this link only tests for rows: its columns are not returned";
                        self.push(Diagnostic::warning(code::MISPLACED_LINK, attribute.name_span, message));
                    }
                    self.attribute(attribute);
                }
                Node::Order(order) => {
                    if !columns {
                        let message = "this link only tests for rows: nothing is ordered by them";
                        self.push(Diagnostic::warning(code::MISPLACED_LINK, order.name_span, message));
                    }
                    self.order(order);
                }
                Node::LinkEntity(link) => self.link(link, false, columns),
                Node::Filter(filter) => self.filter(filter),
                Node::Condition(condition) => self.condition(condition),
                _ => {}
            }
        }
    }

    fn attribute(&mut self, attribute: &'a Attribute<'s>) {
        self.named("attribute", "the column", attribute.name.as_ref(), attribute.name_span);
        if let Some(alias) = attribute.alias.as_ref().filter(|a| !is_placeholder(&a.raw)) {
            match self.aliases.get(&*alias.raw) {
                Some(first) => {
                    let message = format!("the alias `{}` is there twice", alias.raw);
                    let first = *first;
                    self.push(
                        error(code::DUPLICATE_ATTRIBUTE, alias.value_span, message)
                            .label(first, "first here"),
                    );
                }
                None => {
                    self.aliases.insert(&alias.raw, alias.value_span);
                }
            }
        }
        let groups = attribute.groupby.as_ref().filter(|a| a.value == Some(true));
        match (&attribute.aggregate, groups) {
            (Some(aggregate), Some(groups)) => {
                let message = "a column is computed or grouped by, not both";
                let whole = self.whole(groups.name_span, groups.value_span);
                self.push(
                    error(code::AGGREGATE_QUERY, groups.name_span, message)
                        .label(aggregate.name_span, "computed here")
                        .suggest(Suggestion::maybe("leave `groupby` out", whole, "")),
                );
            }
            (None, None) if self.aggregate && attribute.groupby.is_none() => {
                let message = "in an aggregate query every column has `aggregate` or `groupby`";
                let after = Span { start: attribute.name_span.end, ..attribute.name_span };
                self.push(
                    error(code::AGGREGATE_QUERY, attribute.name_span, message).suggest(Suggestion::maybe(
                        "group by it",
                        after,
                        " groupby=\"true\"",
                    )),
                );
            }
            (None, None) => {}
            (aggregate, groups) if !self.aggregate => {
                let (what, span) = match (aggregate, groups) {
                    (Some(a), _) => ("aggregate", a.name_span),
                    (None, g) => ("groupby", g.map_or(attribute.name_span, |g| g.name_span)),
                };
                // If the attribute is present and false, or not a boolean, its value has to change.
                let diagnostic = error(
                    code::AGGREGATE_QUERY,
                    span,
                    format!("`{what}` needs `aggregate=\"true\"` in `fetch`"),
                );
                let edit = match &self.fetch.aggregate {
                    Some(attr) if is_placeholder(&attr.raw) => return,
                    Some(attr) => Suggestion::maybe("make it an aggregate query", attr.value_span, "true"),
                    None => {
                        let at = Span { start: self.fetch.name_span.end, ..self.fetch.name_span };
                        Suggestion::fix("make it an aggregate query", at, " aggregate=\"true\"")
                    }
                };
                self.push(diagnostic.suggest(edit));
            }
            (aggregate, _) if attribute.alias.is_none() => {
                let message = "a column of an aggregate query has an `alias`";
                // One example of the documentation groups without `aggregate`, so this is a warning there.
                let diagnostic = if aggregate.is_some() {
                    error(code::AGGREGATE_QUERY, attribute.name_span, message)
                } else {
                    Diagnostic::warning(code::AGGREGATE_QUERY, attribute.name_span, message)
                };
                let after = attribute.name.as_ref().map(|n| Span::at(n.value_span.range().end + 1));
                let name = attribute.name.as_ref().filter(|n| !is_placeholder(&n.raw));
                self.push(match (name, after) {
                    (Some(name), Some(at)) if self.is_quote(at) => {
                        let alias = match aggregate {
                            Some(a) => format!(" alias=\"{}_{}\"", name.raw, a.raw),
                            None => format!(" alias=\"{}\"", name.raw),
                        };
                        diagnostic.suggest(Suggestion::maybe("give it one", at, alias))
                    }
                    _ => diagnostic,
                });
            }
            _ => {}
        }
        if let (Some(by), None) = (&attribute.dategrouping, groups) {
            let message = "`dategrouping` does nothing without `groupby=\"true\"`";
            self.push(Diagnostic::warning(code::AGGREGATE_QUERY, by.name_span, message));
        }
    }

    fn order(&mut self, order: &'a Order<'s>) {
        match (self.aggregate, &order.attribute, &order.alias) {
            (false, None, None) => {
                self.missing("order", "attribute", "the column", order.name_span);
            }
            (false, _, Some(alias))
                if !self.fetch.aggregate.as_ref().is_some_and(|a| is_placeholder(&a.raw)) =>
            {
                let message = "only aggregate queries are sorted by `alias`";
                let mut diagnostic = error(code::AGGREGATE_QUERY, alias.name_span, message);
                if order.attribute.is_none() {
                    diagnostic = diagnostic.suggest(Suggestion::maybe(
                        "sort by the column",
                        alias.name_span,
                        "attribute",
                    ));
                }
                self.push(diagnostic);
            }
            (true, Some(attribute), None) => {
                let message = "aggregate queries are sorted by `alias`, not by `attribute`";
                let diagnostic = error(code::AGGREGATE_QUERY, attribute.name_span, message);
                // The column's alias is certain only if the column has one alias.
                let of_column = |a: &&Attribute<'s>| a.name.as_ref().is_some_and(|n| n.raw == attribute.raw);
                let columns = self.fetch.entities().flat_map(Entity::attributes);
                let mut aliases = columns.filter(of_column).filter_map(|a| a.alias.as_ref());
                let fix = match (aliases.next(), aliases.next()) {
                    (Some(alias), None) if alias.value_span != Span::default() => {
                        let written = self.text.get(alias.value_span.range()).unwrap_or(&alias.raw);
                        Suggestion::fix("sort by the alias", attribute.name_span, "alias")
                            .and_edit(attribute.value_span, written)
                    }
                    _ => Suggestion::maybe("sort by the alias", attribute.name_span, "alias"),
                };
                self.push(diagnostic.suggest(fix));
            }
            (true, None, None) => self.missing("order", "alias", "the alias of the column", order.name_span),
            _ => {}
        }
    }

    /// Reports an aggregate query in which no column is aggregated or grouped.
    fn nothing_aggregated(&mut self, entity: &'a Entity<'s>) {
        fn some(children: &[Node<'_>]) -> bool {
            children.iter().any(|child| match child {
                Node::Attribute(_) | Node::Text(_) => true,
                Node::LinkEntity(link) => {
                    link.effective_link_type().is_none_or(LinkType::has_columns) && some(&link.children)
                }
                _ => false,
            })
        }
        let Some(aggregate) = self.fetch.aggregate.as_ref().filter(|_| self.aggregate) else { return };
        if !some(&entity.children) {
            let message = "an aggregate query has something to compute or to group by";
            let example = "for example `<attribute name=\"…\" aggregate=\"count\" alias=\"count\"/>`";
            self.push(
                error(code::AGGREGATE_QUERY, aggregate.name_span.to(aggregate.value_span), message)
                    .help(example),
            );
        }
    }

    fn filter(&mut self, filter: &'a Filter<'s>) {
        let means = |n: &Node<'_>| !matches!(n, Node::Comment(_));
        if !filter.children.iter().any(means) {
            let message = "a `filter` without conditions leaves all rows in";
            self.push(
                Diagnostic::warning(code::NO_EFFECT, filter.name_span, message).suggest(Suggestion::maybe(
                    "leave it out",
                    filter.span,
                    "",
                )),
            );
        }
        if let (Some(hint), Some(FilterType::And)) = (&filter.hint, filter.effective_type()) {
            let message = "the hint `union` is for `type=\"or\"` only";
            self.push(Diagnostic::warning(code::NO_EFFECT, hint.name_span, message));
        }
        for node in &filter.children {
            match node {
                Node::Condition(condition) => self.condition(condition),
                Node::Filter(inner) => self.filter(inner),
                Node::LinkEntity(link) => self.link(link, true, false),
                _ => {}
            }
        }
    }

    /// Reports the attribute `name` of `element` if it is missing (`None`) or empty. `what` describes for the
    /// message what the attribute names, and `span` is the position of the element's name.
    fn named(&mut self, element: &str, what: &str, name: Option<&TextAttr<'_>>, span: Span) {
        match name {
            None => self.missing(element, "name", what, span),
            Some(name) if name.raw.trim().is_empty() => {
                let message = format!("the name of {what} is empty");
                self.push(error(code::MISSING_PART, name.name_span, message));
            }
            Some(_) => {}
        }
    }

    fn missing(&mut self, element: &str, attribute: &str, what: &str, span: Span) {
        let message = format!("`{element}` has no `{attribute}`: {what}");
        self.push(error(code::MISSING_PART, span, message));
    }

    /// Returns the span of a whole attribute, including its quotes and the white space before it. `name` and
    /// `value` are the spans of its name and of its value without quotes.
    fn whole(&self, name: Span, value: Span) -> Span {
        let before = self.text.get(..name.range().start).unwrap_or_default();
        let end = value.range().end;
        let end = if self.is_quote(Span::at(end + 1)) { end + 1 } else { end };
        Span::new(before.trim_end().len(), end)
    }

    /// Returns whether the character before the position `at` is a quote.
    fn is_quote(&self, at: Span) -> bool {
        let end = at.range().start;
        end.checked_sub(1)
            .and_then(|n| self.text.as_bytes().get(n))
            .is_some_and(|b| matches!(b, b'"' | b'\''))
    }
}

fn link_place(join: LinkType, span: Span, in_filter: bool) -> Diagnostic {
    use crate::ast::Keyword as _;
    let message = if in_filter {
        format!("a `link-entity` in a `filter` is a condition, and `{}` is none", join.as_str())
    } else {
        format!("`{}` is a condition: such a `link-entity` stands in a `filter`", join.as_str())
    };
    error(code::MISPLACED_LINK, span, message).help(if in_filter {
        "conditions are `any`, `not any`, `all` and `not all`"
    } else {
        "outside of one it joins with `inner`, `outer`, `exists`, `in` or `matchfirstrowusingcrossapply`"
    })
}
