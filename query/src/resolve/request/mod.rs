//! Whole requests: every option resolved into the HIR, and every rule of the service about what goes with what.

mod alias;
mod apply;
mod expand;
mod expand_rules;
mod key;
mod operation;
mod options;
mod order;
mod place;
mod select;

pub(crate) use alias::Aliases;
use dvkit_diagnostic::Span;
use dvkit_schema::Table;
use odata_parser::ast::{OptionKind, QueryOption, Request};

use super::{Resolver, Scope};
use crate::hir::{Columns, Page, Predicate, Query, ResultShape, Start, Token};
use crate::odata::Binding;

/// Where a resource path leads.
pub(super) struct Place<'a> {
    /// The table of the rows; none where nobody can tell, which has been reported.
    pub(super) table: Option<&'a Table>,
    pub(super) start: Start,
    /// One row, not many.
    pub(super) single: bool,
    pub(super) answer: ResultShape,
    /// A set of the metadata itself (`EntityDefinitions`).
    pub(super) metadata: bool,
    /// The path was understood to its end.
    pub(super) complete: bool,
}

impl<'a> Resolver<'a> {
    /// The meaning of a request, where all of it could be understood, and the table of its rows.
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
        (query.start, query.answer) = (place.start, place.answer);
        let mut predicates = Vec::new();
        for (i, option) in request.options.iter().enumerate() {
            complete &= self.resolve_option(request, i, option, &mut query, &mut predicates);
        }
        query.predicate = Predicate::and(predicates);
        self.order_on_aggregates(request);
        self.expand_rules();
        self.unused_aliases(request);
        self.top_and_count(request, &query.page);
        query.extras = std::mem::take(&mut self.facts.extras);
        // What is to be left out means nothing.
        if place.single {
            query.order = Vec::new();
            query.page = Page::default();
        } else if query.answer == ResultShape::Count {
            (query.columns, query.expand, query.order) = (Columns::All, Vec::new(), Vec::new());
            query.page = Page::default();
        }
        (complete.then_some(query), Some(table))
    }

    /// One option. False where it could not be understood.
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
                let conditions = self.predicate(expr, Binding::Loose);
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
                // Its case may be wrong, which has been told.
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
                    "skiptoken" => query.page.token = Some(Token::Page((*text).to_owned())),
                    "deltatoken" => query.page.token = Some(Token::Changes((*text).to_owned())),
                    _ => self.unread_option(option, text),
                }
                return known;
            }
        }
        true
    }

    /// The span that goes when an option is left out: with the `&` behind it, or the one before it where it is last.
    pub(super) fn whole_option(&self, request: &Request<'_>, index: usize) -> Span {
        let options = &request.options;
        let Some(own) = options.get(index).map(|o| o.span) else { return Span::default() };
        match (options.get(index + 1), index.checked_sub(1).and_then(|i| options.get(i))) {
            (Some(next), _) => Span { start: own.start, end: next.span.start },
            (None, Some(before)) => Span { start: before.span.end, end: own.end },
            // The `?` too.
            (None, None) => {
                let before = self.source.get(..own.range().start).unwrap_or_default();
                let start = before.rfind('?').unwrap_or(before.len());
                Span::new(start, own.range().end)
            }
        }
    }
}
