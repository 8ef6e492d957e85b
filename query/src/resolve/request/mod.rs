//! Resolves whole OData requests: their path and each option. It also checks the service's rules about which
//! options a request may combine. The parent module calls it; a filter alone does not need it.

mod alias;
mod apply;
mod expand;
mod expand_rules;
mod key;
mod operation;
mod options;
mod order;
mod resource_path;
mod select;
mod top;

pub(crate) use alias::Aliases;
use dvkit_diagnostic::Span;
use dvkit_schema::Table;
use odata_parser::ast::{OptionKind, QueryOption, Request};

use super::{Resolver, Scope};
use crate::hir::{Columns, ContinuationToken, Page, Predicate, Query, ResultShape, RowSource};
use crate::odata::Precedence;

/// The target of a resource path, and the way that leads to it.
pub(super) struct ResourceTarget<'a> {
    /// The table of the rows to which the path leads; `None` if it is unknown, after the mistake has been
    /// reported.
    pub(super) table: Option<&'a Table>,
    pub(super) start: RowSource,
    /// Whether the path leads to one row (`true`) or to a collection.
    pub(super) single: bool,
    pub(super) answer: ResultShape,
    /// Whether the path leads to an entity set of the metadata, such as `EntityDefinitions`.
    pub(super) metadata: bool,
    /// Whether all segments of the path could be understood. If not, the mistakes have been reported.
    pub(super) complete: bool,
}

impl<'a> Resolver<'a> {
    /// Resolves a request. Returns its meaning (`None` if a part could not be understood) and the table of
    /// its rows (`None` if that is unknown). `table` is the queried table if the request has no path.
    pub(super) fn whole_request(
        &mut self,
        request: &'a Request<'a>,
        table: Option<&'a Table>,
    ) -> (Option<Query>, Option<&'a Table>) {
        let place = self.place(&request.path, table);
        self.option_names(request);
        self.duplicate_options(request);
        if place.metadata {
            self.metadata_options(request);
            return (None, None);
        }
        let Some(table) = place.table else { return (None, None) };
        self.facts.one_row = place.single;
        self.scopes.push(Scope { variable: "", table });
        self.options_of_place(request, &place);
        let mut query = Query::rows(table.logical_name.as_str(), Predicate::Constant(true));
        let mut complete = place.complete;
        (query.source, query.result) = (place.start, place.answer);
        let mut predicates = Vec::new();
        for (i, option) in request.options.iter().enumerate() {
            complete &= self.resolve_option(request, i, option, &mut query, &mut predicates);
        }
        query.predicate = Predicate::and(predicates);
        self.order_on_aggregates(request);
        self.expand_rules();
        self.unused_aliases(request);
        self.top_and_count(request, &query.page);
        query.hints = std::mem::take(&mut self.facts.hints);
        // Options that have been reported as useless have no meaning.
        if place.single {
            query.order = Vec::new();
            query.page = Page::default();
        } else if query.result == ResultShape::Count {
            (query.columns, query.expand, query.order) = (Columns::All, Vec::new(), Vec::new());
            query.page = Page::default();
        }
        (complete.then_some(query), Some(table))
    }

    /// Resolves the option with the index `index` in the request, and adds its meaning to `query`. A
    /// condition is added to `predicates` instead. Returns whether the option could be understood.
    fn resolve_option(
        &mut self,
        request: &'a Request<'a>,
        index: usize,
        option: &'a QueryOption<'a>,
        query: &mut Query,
        predicates: &mut Vec<Predicate>,
    ) -> bool {
        match &option.kind {
            OptionKind::Select(items) => match self.select(request, index, items) {
                Some(columns) => query.columns = columns,
                None => return false,
            },
            OptionKind::Expand(items) => match self.expand(items, 1) {
                Some(expand) => query.expand = expand,
                None => return false,
            },
            OptionKind::Filter(expr) => {
                let conditions = self.predicate(expr, Precedence::Loose);
                let complete = conditions.is_some();
                predicates.extend(conditions);
                return complete;
            }
            OptionKind::OrderBy(items) => match self.order(items) {
                Some(order) => query.order = order,
                None => return false,
            },
            OptionKind::Top(n) => match self.top(n) {
                Some(top) => query.page.top = Some(top),
                None => return false,
            },
            OptionKind::Count(flag) => {
                // Wrong letter case has been reported.
                query.page.total = !flag.span.of(self.source).eq_ignore_ascii_case("false");
            }
            OptionKind::Apply(apply) => match self.apply(apply) {
                Some((condition, grouping)) => {
                    predicates.extend(condition);
                    query.grouping = grouping;
                }
                None => return false,
            },
            OptionKind::Custom(text) => return self.custom_option(option, text, query),
            OptionKind::Alias(_) => {}
            OptionKind::Skip(_)
            | OptionKind::Index(_)
            | OptionKind::Levels(_)
            | OptionKind::Search(_)
            | OptionKind::Compute(_) => return self.unsupported_option(request, index),
            OptionKind::Text(text) => {
                let known = self.unsupported_option(request, index);
                match option.name.trim_start_matches('$').to_ascii_lowercase().as_str() {
                    "skiptoken" => query.page.token = Some(ContinuationToken::Page((*text).to_owned())),
                    "deltatoken" => query.page.token = Some(ContinuationToken::Changes((*text).to_owned())),
                    _ => self.unread_option(option, text),
                }
                return known;
            }
        }
        true
    }

    /// Returns the span that a fix must remove to remove the option with the index `index`. It includes the
    /// `&` after the option; for the last option, the `&` before it; and for the only option, the `?`.
    pub(super) fn whole_option(&self, request: &Request<'_>, index: usize) -> Span {
        let options = &request.options;
        let Some(own) = options.get(index).map(|o| o.span) else { return Span::default() };
        match (options.get(index + 1), index.checked_sub(1).and_then(|i| options.get(i))) {
            (Some(next), _) => Span { start: own.start, end: next.span.start },
            (None, Some(before)) => Span { start: before.span.end, end: own.end },
            // Without any option the `?` is removed too.
            (None, None) => {
                let before = self.source.get(..own.range().start).unwrap_or_default();
                let start = before.rfind('?').unwrap_or(before.len());
                Span::new(start, own.range().end)
            }
        }
    }
}
