//! Contains the lints: rules that report queries that Dataverse accepts but runs slowly, or whose result may
//! surprise. The analysis runs them after resolving; each file contains one rule.
//!
//! A rule reports a warning if Microsoft documents that the service throttles or fails such queries ("Query
//! anti-patterns"), and a note if the documentation only advises against them. Queries that the service
//! refuses are reported by the resolver, except too many conditions or joins, which are counted here.

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
use crate::resolve::{ColumnUse, Resolved, Role};

pub use repeated::{MIN_REPETITIONS, RepeatedRequests, RequestLog, find_repeated};

/// All lints, each as the code that it reports and its function. The lints for FetchXML come last.
static RULES: [(Code, RuleKind); 26] = [
    (code::TOO_MANY_CONDITIONS, RuleKind::Parsed(too_many_conditions::check)),
    (code::NO_SELECT, RuleKind::Rows(no_select::check)),
    (code::LARGE_TEXT, RuleKind::Column(Role::Filter, large_text::check)),
    (code::COMPUTED_FILTER, RuleKind::Column(Role::Filter, computed_filter::check)),
    (code::COMPUTED_ORDER, RuleKind::Column(Role::Order, computed_order::check)),
    (code::ORDER_BY_CHOICE, RuleKind::Column(Role::Order, order_by_choice::check)),
    (code::ORDER_BY_RELATED, RuleKind::Column(Role::Order, order_by_related::check)),
    (code::MANY_COLUMNS, RuleKind::Options(many_columns::check)),
    (code::LOGICAL_COLUMNS, RuleKind::Parsed(logical_columns::check)),
    (code::MANY_JOINS, RuleKind::Parsed(many_joins::check)),
    (code::OR_LIST, RuleKind::Parsed(or_list::check)),
    (code::COUNT_CAP, RuleKind::Options(count_cap::check)),
    (code::UNBOUNDED, RuleKind::Rows(unbounded::check)),
    (code::EXPAND_WITHOUT_SELECT, RuleKind::Options(expand_without_select::check)),
    (code::ELASTIC, RuleKind::Parsed(elastic::check)),
    (code::EXPAND_FOR_NAME, RuleKind::Options(expand_for_name::check)),
    (code::TOO_MANY_LINKS, RuleKind::Fetch(fetch::too_many_links::check)),
    (code::ALL_ATTRIBUTES, RuleKind::Fetch(fetch::all_attributes::check)),
    (code::LINK_ORDER, RuleKind::Fetch(fetch::link_order::check)),
    (code::DISTINCT_ORDER, RuleKind::Fetch(fetch::distinct_order::check)),
    (code::CHILD_LINK, RuleKind::Fetch(fetch::child_link::check)),
    (code::QUICK_FIND, RuleKind::Fetch(fetch::quick_find::check)),
    (code::GROUP_ORDER, RuleKind::Fetch(fetch::group_order::check)),
    (code::GROUP_BY_LOOKUP, RuleKind::Fetch(fetch::group_by_lookup::check)),
    (code::OUTER_COUNT, RuleKind::Fetch(fetch::outer_count::check)),
    (code::ALIAS, RuleKind::Fetch(fetch::alias::check)),
];

/// The indexes in [`RULES`] of the rules that apply to a filter on its own.
static FILTER_RULES: [usize; 7] = filter_rules();

const fn filter_rules<const N: usize>() -> [usize; N] {
    let (mut indexes, mut count, mut at) = ([0; N], 0, 0);
    while at < RULES.len() {
        if matches!(RULES[at].1, RuleKind::Column(Role::Filter, _) | RuleKind::Parsed(_)) {
            indexes[count] = at;
            count += 1;
        }
        at += 1;
    }
    assert!(count == N, "each index is that of a rule");
    indexes
}

/// The function that implements a rule. The variant says for which queries or columns it is called.
enum RuleKind {
    /// Called for every column that the query uses in this role, except for columns of elastic tables.
    Column(Role, fn(&LintContext<'_>, &ColumnUse<'_>) -> Option<Diagnostic>),
    /// Called for every query: a filter, a request or FetchXML.
    Parsed(fn(&LintContext<'_>, &mut Vec<Diagnostic>)),
    /// Called for requests and FetchXML, but not for a filter, which does not say what is returned.
    Options(fn(&LintContext<'_>, &mut Vec<Diagnostic>)),
    /// Called for FetchXML only.
    Fetch(fn(&LintContext<'_>, &Fetch<'_>, &mut Vec<Diagnostic>)),
    /// Called for requests that could be resolved completely and that return rows of a table.
    Rows(fn(&LintContext<'_>, &ResolvedRequest<'_>) -> Option<Diagnostic>),
}

/// The input of every rule: the text, the syntax tree and the result of resolving.
struct LintContext<'l> {
    /// The text to which the spans in the syntax tree and in findings refer.
    source: &'l str,
    tree: Parsed<'l>,
    resolved: &'l Resolved<'l>,
}

/// The syntax tree of a query in any of its three forms.
#[derive(Clone, Copy)]
enum Parsed<'l> {
    Filter(&'l Expr<'l>),
    Request(&'l Request<'l>),
    Fetch(&'l Fetch<'l>),
}

/// A request in which every name and value could be resolved.
struct ResolvedRequest<'l> {
    request: &'l Request<'l>,
    query: &'l Query,
    table: &'l Table,
}

impl<'l> LintContext<'l> {
    /// Returns the first option of the request for which `is` returns true; `None` if there is none or the
    /// query is not a request. Options within `$expand` are not searched.
    fn option(&self, is: impl Fn(&OptionKind<'_>) -> bool) -> Option<&'l QueryOption<'l>> {
        match self.tree {
            Parsed::Filter(_) | Parsed::Fetch(_) => None,
            Parsed::Request(request) => request.options.iter().find(|o| is(&o.kind)),
        }
    }

    /// Returns the span for findings about the whole query. For a request it is the path or, if there is no
    /// path, the name of the first option. For FetchXML it is the tag name of `<entity>`, and for a filter
    /// the whole text.
    fn path_span(&self) -> Span {
        let request = match self.tree {
            Parsed::Request(request) => request,
            Parsed::Fetch(fetch) => return fetch.entity().map_or(fetch.name_span, |e| e.name_span),
            Parsed::Filter(_) => return Span::new(0, self.source.len()),
        };
        match (request.path.segments.as_slice(), request.options.first()) {
            ([first, .., last], _) => first.span.to(last.span),
            ([only], _) => only.span,
            ([], Some(option)) => option.name_span,
            ([], None) => Span::default(),
        }
    }

    /// Returns the span for findings about the number of conditions: the filter, the value of `$filter` or
    /// `$apply`, or, if there is neither, the span for findings about the whole query.
    fn conditions_span(&self) -> Span {
        match self.tree {
            Parsed::Filter(expr) => expr.span,
            Parsed::Fetch(_) => self.path_span(),
            Parsed::Request(_) => self
                .option(|k| matches!(k, OptionKind::Filter(_) | OptionKind::Apply(_)))
                .map_or_else(|| self.path_span(), |o| o.value_span),
        }
    }

    fn run(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let whole = match (self.tree, &self.resolved.query, self.resolved.table) {
            (Parsed::Request(request), Some(query), Some(table)) => {
                Some(ResolvedRequest { request, query, table })
            }
            _ => None,
        };
        let roles = self.resolved.facts.uses.iter().fold(0, |roles, used| roles | used.role.bit());
        for (code, kind) in &RULES {
            let before = found.len();
            match kind {
                RuleKind::Column(role, check) => {
                    if roles & role.bit() != 0 {
                        self.columns(*role, *check, &mut found);
                    }
                }
                RuleKind::Parsed(check) => check(self, &mut found),
                RuleKind::Options(check) => check(self, &mut found),
                RuleKind::Fetch(check) => {
                    // The rules of FetchXML are last.
                    let Parsed::Fetch(fetch) = self.tree else { break };
                    check(self, fetch, &mut found);
                }
                RuleKind::Rows(check) => {
                    found.extend(whole.as_ref().filter(|w| w.returns_rows()).and_then(|w| check(self, w)));
                }
            }
            debug_assert!(found.iter().skip(before).all(|d| d.code == *code), "{code} reports its own code");
        }
        found
    }

    /// Runs the rules that apply to a filter, and returns their findings.
    fn run_on_filter(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (code, kind) in FILTER_RULES.iter().filter_map(|at| RULES.get(*at)) {
            let before = found.len();
            match kind {
                RuleKind::Column(role, check) => self.columns(*role, *check, &mut found),
                RuleKind::Parsed(check) => check(self, &mut found),
                RuleKind::Options(_) | RuleKind::Fetch(_) | RuleKind::Rows(_) => {}
            }
            debug_assert!(found.iter().skip(before).all(|d| d.code == *code), "{code} reports its own code");
        }
        found
    }

    /// Runs the rule `check` for every column that is used as `role`, and adds its findings to `found`. A
    /// column that is used several times is reported once.
    fn columns(
        &self,
        role: Role,
        check: fn(&Self, &ColumnUse<'_>) -> Option<Diagnostic>,
        found: &mut Vec<Diagnostic>,
    ) {
        let mut reported: Vec<&Column> = Vec::new();
        for used in &self.resolved.facts.uses {
            // "The guidance here might not apply for elastic tables."
            if used.role != role || used.table.kind == Some(TableKind::Elastic) {
                continue;
            }
            if reported.iter().any(|column| std::ptr::eq(*column, used.column)) {
                continue;
            }
            if let Some(diagnostic) = check(self, used) {
                reported.push(used.column);
                found.push(diagnostic);
            }
        }
    }
}

impl ResolvedRequest<'_> {
    /// Returns whether the request returns columns of a table's rows, and not a number, addresses, groups or
    /// the rows of a stored query.
    fn returns_rows(&self) -> bool {
        self.query.result == ResultShape::Rows && self.query.grouping.is_none() && self.query.opaque.is_none()
    }

    /// Returns whether the request has a continuation token. The author of the query cannot change such a
    /// request, because the service wrote it.
    fn is_continuation(&self) -> bool {
        self.request
            .options
            .iter()
            .any(|o| matches!(o.kind, OptionKind::Text(_)) && o.name.ends_with("token"))
    }
}

/// Returns whether the table is a standard table, to which the query anti-patterns apply. The rows of elastic
/// tables and virtual tables are not stored in the SQL database.
fn is_standard(table: &Table) -> bool {
    !matches!(table.kind, Some(TableKind::Elastic | TableKind::Virtual))
}

/// Runs the lints on a filter, and adds their findings to `resolved`. `source` is the text that `expr` was
/// parsed from.
pub(crate) fn filter(source: &str, expr: &Expr<'_>, resolved: &mut Resolved<'_>) {
    let mut found = LintContext { source, tree: Parsed::Filter(expr), resolved }.run_on_filter();
    resolved.diagnostics.append(&mut found);
}

/// Runs the lints on a whole request, and adds their findings to `resolved`.
pub(crate) fn request(text: &RequestText<'_>, request: &Request<'_>, resolved: &mut Resolved<'_>) {
    let mut found = LintContext { source: text.decoded(), tree: Parsed::Request(request), resolved }.run();
    resolved.diagnostics.append(&mut found);
}

/// Runs the lints on FetchXML, and adds their findings to `resolved`. `source` is the text that `fetch` was
/// parsed from.
pub(crate) fn fetch(source: &str, fetch: &Fetch<'_>, resolved: &mut Resolved<'_>) {
    let mut found = LintContext { source, tree: Parsed::Fetch(fetch), resolved }.run();
    resolved.diagnostics.append(&mut found);
}

/// Changes the severities of findings to those in `severities` (see
/// [`CheckOptions::severities`](crate::CheckOptions::severities)). Removes findings whose code has the value
/// `None` there. Syntax errors keep their severity.
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
        // A leading wildcard is reported where it is resolved; repeated requests are not a property of a
        // single text.
        let elsewhere = [code::LEADING_WILDCARD, code::REPEATED];
        for info in code::all().filter(|i| i.code.family() == CodeFamily::Performance) {
            let listed = RULES.iter().filter(|(code, _)| *code == info.code).count();
            assert_eq!(listed, usize::from(!elsewhere.contains(&info.code)), "{}", info.code);
        }
    }

    #[test]
    fn rules_of_fetchxml_are_last() {
        assert!(RULES.is_sorted_by_key(|(_, kind)| matches!(kind, RuleKind::Fetch(_))));
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
