//! HIR → FetchXML.
//!
//! Lookups that are followed become outer joins with an alias, one for each path, and conditions name the alias: that is right
//! beside `or` and under negation too. Collections become filters that join (`link-type="any"`). Source: the FetchXML
//! reference, and "Use OData to query data" for what the other side means.

mod builder;
mod condition;
mod start;
mod xml;

use dvkit_diagnostic::code;
use dvkit_schema::Store;

use super::place::About;
use super::price::{Emitted, NoteKind, Refused};
use crate::hir::{
    Aggregate, AggregateFunction, Answer, DateGrouping, GroupKey, Grouping, Order, OrderBy, Page, Query,
    Stored, Value,
};
pub(super) use condition::{of_null, opposite};

use builder::{Builder, MOST_JOINS, property};
use condition::{Row, Wanted};
use xml::Element;

/// The most rows that a query without pages gives, whatever `top` says.
const MOST_ROWS: i64 = 5_000;

/// The query as FetchXML, and what is different about its answer.
///
/// # Errors
/// Where FetchXML cannot say it: all the reasons.
pub fn fetchxml(query: &Query, store: &Store) -> Result<Emitted, Refused> {
    let mut builder = Builder::new(store, &query.table);
    match &query.stored {
        Some(Stored::FetchXml(text)) => return builder.price.of(text.clone()),
        Some(stored @ (Stored::View(_) | Stored::UserView(_))) => {
            builder.price.refuse(
                code::ASKED_ELSEWHERE,
                About::Option(if matches!(stored, Stored::View(_)) { "savedQuery" } else { "userQuery" }),
                "the service keeps what this query asks for",
            );
        }
        Some(Stored::Sql(_)) => {
            builder.price.refuse(code::ASKED_ELSEWHERE, About::Option("sql"), "this query is SQL");
        }
        None => {}
    }
    // Names of joins first: paths of lookups take names that are left.
    builder.joins(&query.joins, 0);
    let row = Row { scope: 0, table: &query.table, root: true };
    let mut filters = vec![builder.start(query, row)];
    filters.push(builder.filter(&query.predicate, row, Wanted::TRUE));
    if let Some(root) = builder.sources.first_mut() {
        root.filters = filters;
    }
    let fetch = match (&query.grouping, &query.answer) {
        (Some(grouping), _) => builder.groups(grouping, query),
        (None, Answer::Count) => {
            builder.price.note(
                NoteKind::Totals,
                "the number goes up to 50,000 and is an error beyond; `/$count` stops at 5,000",
            );
            let count = Aggregate { function: AggregateFunction::Count, column: None, alias: "count".into() };
            builder.aggregate(&count, 0);
            Element::new("fetch").with("aggregate", "true")
        }
        (None, Answer::References) => {
            builder.price.note(NoteKind::Shape, "each row comes as its key, not as an address");
            let key = builder.key_of(&query.table);
            builder.select_named(&key);
            builder.order(&query.order, 0);
            builder.page(&query.page, Element::new("fetch"))
        }
        (None, Answer::Column(column, _)) => {
            let text = format!("`{}` comes as a column of a row, not alone", column.column);
            builder.price.note(NoteKind::Shape, text);
            builder.select_named(&column.column);
            Element::new("fetch")
        }
        (None, Answer::Rows) => {
            builder.columns(0, &query.columns, &query.names);
            builder.expand(&query.expand, 0, Some(&[]));
            builder.order(&query.order, 0);
            let fetch = Element::new("fetch");
            let fetch = if query.distinct { fetch.with("distinct", "true") } else { fetch };
            builder.page(&query.page, fetch)
        }
    };
    let fetch = if builder.raw_order() { fetch.with("useraworderby", "true") } else { fetch };
    let fetch = fetch.holding([builder.element(0)]);
    let joins = fetch.count("link-entity");
    if joins > MOST_JOINS {
        let message = format!("it takes {joins} joins, and a query may have {MOST_JOINS}");
        builder.price.refuse(code::TOO_MANY_JOINS, About::Whole, message);
    }
    builder.price.of(fetch.print())
}

impl Builder<'_> {
    fn select_named(&mut self, column: &str) {
        if let Some(root) = self.sources.first_mut() {
            root.add(Element::new("attribute").with("name", column));
        }
    }

    /// How many rows, and which of them.
    fn page(&mut self, page: &Page, mut fetch: Element) -> Element {
        let top = page.top.as_ref().and_then(|top| match top {
            // No answer has more rows, and FetchXML refuses to be asked for more.
            Value::Integer(n) => Some((*n).min(MOST_ROWS).to_string()),
            other => self.value(other),
        });
        match (top, page.total) {
            // `top` excludes the number of all rows; a first page of as many rows does not.
            (Some(top), true) => {
                self.price.note(
                    NoteKind::Paging,
                    format!("`top` and a total exclude one another: it is a page of {top} rows, and more can follow"),
                );
                fetch = fetch.with("count", top).with("page", "1");
            }
            (Some(top), false) => fetch = fetch.with("top", top),
            (None, _) => {}
        }
        if let Some(size) = page.size {
            fetch = fetch.with("count", size.to_string());
        }
        if let Some(number) = page.number {
            fetch = fetch.with("page", number.to_string());
        }
        if let Some(cookie) = &page.cookie {
            fetch = fetch.with("paging-cookie", cookie.clone());
        }
        if page.total { fetch.with("returntotalrecordcount", "true") } else { fetch }
    }

    /// Groups; columns without anything computed are the different rows of those columns.
    fn groups(&mut self, grouping: &Grouping, query: &Query) -> Element {
        let plain = grouping.aggregates.is_empty() && grouping.keys.iter().all(|k| k.date.is_none());
        let mut names = Vec::new();
        for key in &grouping.keys {
            names.push((&key.column, self.key(key, !plain)));
        }
        for aggregate in &grouping.aggregates {
            let at = aggregate.column.as_ref().map_or(0, |c| self.source_of(c));
            self.aggregate(aggregate, at);
        }
        let order: Vec<Order> = query
            .order
            .iter()
            .map(|order| match &order.by {
                OrderBy::Column(column) | OrderBy::Label(column) if !plain => {
                    let name = names.iter().find(|(c, _)| *c == column).map(|(_, name)| name.clone());
                    let by = OrderBy::Result(name.unwrap_or_else(|| column.column.clone()));
                    Order { by, ..order.clone() }
                }
                _ => order.clone(),
            })
            .collect();
        self.order(&order, 0);
        let fetch = Element::new("fetch").with(if plain { "distinct" } else { "aggregate" }, "true");
        self.page(&query.page, fetch)
    }

    /// One thing to group by, and what it is called.
    fn key(&mut self, key: &GroupKey, aggregate: bool) -> String {
        let at = self.source_of(&key.column);
        let source = self.sources.get(at);
        let alias = source.and_then(|s| s.alias.as_deref());
        let column = &key.column.column;
        let name = key.alias.clone().unwrap_or_else(|| match alias {
            Some(alias) => format!("{alias}_{column}"),
            None => column.clone(),
        });
        if key.alias.is_none() && property(&key.column) != name {
            let text = format!("`{}` comes as `{name}`", property(&key.column));
            self.price.note(NoteKind::Names, text);
        }
        let mut element = Element::new("attribute").with("name", column.clone());
        if aggregate || name != *column {
            element = element.with("alias", name.clone());
        }
        if aggregate {
            element = element.with("groupby", "true");
        }
        if let Some((part, user_time)) = key.date {
            element = element.with("dategrouping", date_part(part));
            if !user_time {
                element = element.with("usertimezone", "false");
            }
        }
        if let Some(source) = self.sources.get_mut(at) {
            source.add(element);
        }
        name
    }

    /// A computed value of the rows at `at`.
    fn aggregate(&mut self, aggregate: &Aggregate, at: usize) {
        let Some(table) = self.sources.get(at).map(|s| s.table.clone()) else { return };
        // Rows are counted by a column that each of them has.
        let column = aggregate.column.as_ref().map_or_else(|| self.key_of(&table), |c| c.column.clone());
        let function = match aggregate.function {
            AggregateFunction::Sum => "sum",
            AggregateFunction::Average => "avg",
            AggregateFunction::Min => "min",
            AggregateFunction::Max => "max",
            AggregateFunction::Count => "count",
            AggregateFunction::CountColumn | AggregateFunction::CountDistinct => "countcolumn",
        };
        let element = Element::new("attribute")
            .with("name", column)
            .with("alias", aggregate.alias.clone())
            .with("aggregate", function);
        let distinct = aggregate.function == AggregateFunction::CountDistinct;
        let element = if distinct { element.with("distinct", "true") } else { element };
        if let Some(source) = self.sources.get_mut(at) {
            source.add(element);
        }
    }
}

fn date_part(part: DateGrouping) -> &'static str {
    match part {
        DateGrouping::Day => "day",
        DateGrouping::Week => "week",
        DateGrouping::Month => "month",
        DateGrouping::Quarter => "quarter",
        DateGrouping::Year => "year",
        DateGrouping::FiscalPeriod => "fiscal-period",
        DateGrouping::FiscalYear => "fiscal-year",
    }
}
