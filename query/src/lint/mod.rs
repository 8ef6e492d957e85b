//! What works and is known to run badly, or not as one thinks: one rule a file.
//!
//! A rule goes by what was resolved (the names that were found, the meaning) and reports a warning where
//! Microsoft documents the pattern as one that is throttled or fails ("Query anti-patterns"), a note where it is
//! advice; the exception is the number of conditions, which is known only here and is the service's own limit. What
//! the service refuses else is the resolver's business. Severities can be set by code.

mod computed_filter;
mod computed_order;
mod count_cap;
mod elastic;
mod expand_for_name;
mod expand_without_select;
mod fetch;
mod large_text;
mod logical_columns;
mod many_columns;
mod many_joins;
mod no_select;
mod or_list;
mod order_by_choice;
mod order_by_related;
mod repeated;
#[cfg(test)]
mod sample;
mod too_many_conditions;
mod unbounded;

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, CodeFamily, Diagnostic, Severity, Span, code};
use dvkit_schema::{Column, Table, TableKind};
use fetchxml::ast::Fetch;
use odata_parser::RequestText;
use odata_parser::ast::{Expr, OptionKind, QueryOption, Request};

use crate::hir::{Query, ResultShape};
use crate::resolve::{Resolved, Role, Use};

pub use repeated::{Repeated, Requests, repeated};

/// Every rule: what it reports, and what it looks at; those of FetchXML last.
static RULES: [(Code, Look); 26] = [
    (code::TOO_MANY_CONDITIONS, Look::Tree(too_many_conditions::check)),
    (code::NO_SELECT, Look::Rows(no_select::check)),
    (code::LARGE_TEXT, Look::Column(Role::Filter, large_text::check)),
    (code::COMPUTED_FILTER, Look::Column(Role::Filter, computed_filter::check)),
    (code::COMPUTED_ORDER, Look::Column(Role::Order, computed_order::check)),
    (code::ORDER_BY_CHOICE, Look::Column(Role::Order, order_by_choice::check)),
    (code::ORDER_BY_RELATED, Look::Column(Role::Order, order_by_related::check)),
    (code::MANY_COLUMNS, Look::Options(many_columns::check)),
    (code::LOGICAL_COLUMNS, Look::Tree(logical_columns::check)),
    (code::MANY_JOINS, Look::Tree(many_joins::check)),
    (code::OR_LIST, Look::Tree(or_list::check)),
    (code::COUNT_CAP, Look::Options(count_cap::check)),
    (code::UNBOUNDED, Look::Rows(unbounded::check)),
    (code::EXPAND_WITHOUT_SELECT, Look::Options(expand_without_select::check)),
    (code::ELASTIC, Look::Tree(elastic::check)),
    (code::EXPAND_FOR_NAME, Look::Options(expand_for_name::check)),
    (code::TOO_MANY_LINKS, Look::Fetch(fetch::too_many_links::check)),
    (code::ALL_ATTRIBUTES, Look::Fetch(fetch::all_attributes::check)),
    (code::LINK_ORDER, Look::Fetch(fetch::link_order::check)),
    (code::DISTINCT_ORDER, Look::Fetch(fetch::distinct_order::check)),
    (code::CHILD_LINK, Look::Fetch(fetch::child_link::check)),
    (code::QUICK_FIND, Look::Fetch(fetch::quick_find::check)),
    (code::GROUP_ORDER, Look::Fetch(fetch::group_order::check)),
    (code::GROUP_BY_LOOKUP, Look::Fetch(fetch::group_by_lookup::check)),
    (code::OUTER_COUNT, Look::Fetch(fetch::outer_count::check)),
    (code::ALIAS, Look::Fetch(fetch::alias::check)),
];

/// The places in [`RULES`] of the rules that look at a filter alone.
static FILTER_RULES: [usize; 7] = filter_rules();

const fn filter_rules<const N: usize>() -> [usize; N] {
    let (mut places, mut count, mut at) = ([0; N], 0, 0);
    while at < RULES.len() {
        if matches!(RULES[at].1, Look::Column(Role::Filter, _) | Look::Tree(_)) {
            places[count] = at;
            count += 1;
        }
        at += 1;
    }
    assert!(count == N, "each place is of a rule");
    places
}

/// What a rule looks at, and how.
enum Look {
    /// Every column that is named for this purpose, on tables that the advice is for.
    Column(Role, fn(&Asked<'_>, &Use<'_>) -> Option<Diagnostic>),
    /// What was written and found, of a filter alone and of a request.
    Tree(fn(&Asked<'_>, &mut Vec<Diagnostic>)),
    /// What comes back and how: a request or FetchXML, while a filter alone asks for nothing of that.
    Options(fn(&Asked<'_>, &mut Vec<Diagnostic>)),
    /// FetchXML.
    Fetch(fn(&Asked<'_>, &Fetch<'_>, &mut Vec<Diagnostic>)),
    /// Requests that were understood as a whole, and answer with rows as they stand in the table.
    Rows(fn(&Asked<'_>, &Whole<'_>) -> Option<Diagnostic>),
}

/// What was written, and what was found in it.
struct Asked<'l> {
    /// The text that spans are into.
    source: &'l str,
    tree: Tree<'l>,
    resolved: &'l Resolved<'l>,
}

/// What was parsed.
#[derive(Clone, Copy)]
enum Tree<'l> {
    Filter(&'l Expr<'l>),
    Request(&'l Request<'l>),
    Fetch(&'l Fetch<'l>),
}

/// A request that was understood.
struct Whole<'l> {
    request: &'l Request<'l>,
    query: &'l Query,
    table: &'l Table,
}

impl<'l> Asked<'l> {
    /// The first option at the top that `is` what is looked for.
    fn option(&self, is: impl Fn(&OptionKind<'_>) -> bool) -> Option<&'l QueryOption<'l>> {
        match self.tree {
            Tree::Filter(_) | Tree::Fetch(_) => None,
            Tree::Request(request) => request.options.iter().find(|o| is(&o.kind)),
        }
    }

    /// Where the path stands, or the first option where there is no path.
    fn place(&self) -> Span {
        let request = match self.tree {
            Tree::Request(request) => request,
            Tree::Fetch(fetch) => return fetch.entity().map_or(fetch.name_span, |e| e.name_span),
            Tree::Filter(_) => return Span::new(0, self.source.len()),
        };
        match (request.path.segments.as_slice(), request.options.first()) {
            ([first, .., last], _) => first.span.to(last.span),
            ([only], _) => only.span,
            ([], Some(option)) => option.name_span,
            ([], None) => Span::default(),
        }
    }

    /// Where the conditions stand.
    fn conditions(&self) -> Span {
        match self.tree {
            Tree::Filter(expr) => expr.span,
            Tree::Fetch(_) => self.place(),
            Tree::Request(_) => self
                .option(|k| matches!(k, OptionKind::Filter(_) | OptionKind::Apply(_)))
                .map_or_else(|| self.place(), |o| o.value_span),
        }
    }

    fn run(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let whole = match (self.tree, &self.resolved.query, self.resolved.table) {
            (Tree::Request(request), Some(query), Some(table)) => Some(Whole { request, query, table }),
            _ => None,
        };
        let roles = self.resolved.facts.uses.iter().fold(0, |roles, used| roles | used.role.bit());
        for (code, look) in &RULES {
            let before = found.len();
            match look {
                Look::Column(role, check) => {
                    if roles & role.bit() != 0 {
                        self.columns(*role, *check, &mut found);
                    }
                }
                Look::Tree(check) => check(self, &mut found),
                Look::Options(check) => check(self, &mut found),
                Look::Fetch(check) => {
                    // These stand last.
                    let Tree::Fetch(fetch) = self.tree else { break };
                    check(self, fetch, &mut found);
                }
                Look::Rows(check) => {
                    found.extend(whole.as_ref().filter(|w| w.are_rows()).and_then(|w| check(self, w)));
                }
            }
            debug_assert!(found.iter().skip(before).all(|d| d.code == *code), "{code} reports its own code");
        }
        found
    }

    /// Runs the rules that look at a filter alone.
    fn run_on_filter(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (code, look) in FILTER_RULES.iter().filter_map(|at| RULES.get(*at)) {
            let before = found.len();
            match look {
                Look::Column(role, check) => self.columns(*role, *check, &mut found),
                Look::Tree(check) => check(self, &mut found),
                Look::Options(_) | Look::Fetch(_) | Look::Rows(_) => {}
            }
            debug_assert!(found.iter().skip(before).all(|d| d.code == *code), "{code} reports its own code");
        }
        found
    }

    /// One finding a column, however often it is named.
    fn columns(
        &self,
        role: Role,
        check: fn(&Self, &Use<'_>) -> Option<Diagnostic>,
        found: &mut Vec<Diagnostic>,
    ) {
        let mut told: Vec<&Column> = Vec::new();
        for used in &self.resolved.facts.uses {
            // "The guidance here might not apply for elastic tables."
            if used.role != role || used.table.kind == Some(TableKind::Elastic) {
                continue;
            }
            if told.iter().any(|column| std::ptr::eq(*column, used.column)) {
                continue;
            }
            if let Some(diagnostic) = check(self, used) {
                told.push(used.column);
                found.push(diagnostic);
            }
        }
    }
}

impl Whole<'_> {
    /// Not a number, not where a row is, not groups, and nothing that another query language says.
    fn are_rows(&self) -> bool {
        self.query.answer == ResultShape::Rows && self.query.grouping.is_none() && self.query.stored.is_none()
    }

    /// The next page of something that was asked for before: the service wrote the rest of it.
    fn goes_on(&self) -> bool {
        self.request
            .options
            .iter()
            .any(|o| matches!(o.kind, OptionKind::Text(_)) && o.name.ends_with("token"))
    }
}

/// Is it one of the tables that the query anti-patterns are about? Rows of the others live elsewhere.
fn is_standard(table: &Table) -> bool {
    !matches!(table.kind, Some(TableKind::Elastic | TableKind::Virtual))
}

/// Lints of a filter alone; `source` is the text that `expr` was parsed from.
pub(crate) fn filter(source: &str, expr: &Expr<'_>, resolved: &mut Resolved<'_>) {
    let mut found = Asked { source, tree: Tree::Filter(expr), resolved }.run_on_filter();
    resolved.diagnostics.append(&mut found);
}

/// Lints of a whole request.
pub(crate) fn request(text: &RequestText<'_>, request: &Request<'_>, resolved: &mut Resolved<'_>) {
    let mut found = Asked { source: text.decoded(), tree: Tree::Request(request), resolved }.run();
    resolved.diagnostics.append(&mut found);
}

/// Lints of FetchXML; `source` is the text that `fetch` was parsed from.
pub(crate) fn fetch(source: &str, fetch: &Fetch<'_>, resolved: &mut Resolved<'_>) {
    let mut found = Asked { source, tree: Tree::Fetch(fetch), resolved }.run();
    resolved.diagnostics.append(&mut found);
}

/// Gives findings the severities that were asked for (see [`Options::severities`](crate::Options::severities)), and drops
/// those that are not wanted. Findings of syntax stay as they are.
pub fn set_severities(diagnostics: &mut Vec<Diagnostic>, severities: &BTreeMap<Code, Option<Severity>>) {
    diagnostics.retain_mut(|d| match severities.get(&d.code) {
        _ if d.code.family() == CodeFamily::Syntax => true,
        None => true,
        Some(None) => false,
        Some(Some(severity)) => {
            d.severity = *severity;
            true
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_performance_has_a_rule() {
        // The pattern is known where it is resolved; requests that repeat each other are no single text.
        let elsewhere = [code::LEADING_WILDCARD, code::REPEATED];
        for info in code::all().filter(|i| i.code.family() == CodeFamily::Performance) {
            let listed = RULES.iter().filter(|(code, _)| *code == info.code).count();
            assert_eq!(listed, usize::from(!elsewhere.contains(&info.code)), "{}", info.code);
        }
    }

    #[test]
    fn rules_of_fetchxml_stand_last() {
        assert!(RULES.is_sorted_by_key(|(_, look)| matches!(look, Look::Fetch(_))));
    }

    #[test]
    fn good_queries_have_no_finding() {
        for good in [
            "contacts?$select=fullname&$filter=statecode eq 0&$top=10",
            "contacts(11111111-2222-3333-4444-555555555555)?$select=fullname",
            "contacts?$select=fullname&$expand=parentaccount($select=name)&$orderby=fullname&$top=3",
            "accounts(11111111-2222-3333-4444-555555555555)/members?$select=fullname",
            "contacts?$apply=groupby((statecode))",
        ] {
            let found = sample::findings(good);
            assert!(found.is_empty(), "{good}: {found:?}");
        }
    }
}
