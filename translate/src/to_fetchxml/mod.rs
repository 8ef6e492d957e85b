//! Translates a query from the HIR to FetchXML. [`to_fetchxml`] is the entry point, which
//! [`translate()`](crate::translate()) calls for a checked text.
//!
//! A path through lookups becomes one outer join for each lookup, and conditions name the alias of the join.
//! This is correct below `or` and `not` too. A collection becomes a filter with a link (`link-type="any"`).
//! Source: the FetchXML reference, and "Use OData to query data" for the semantics of OData.
//!
//! | OData | FetchXML |
//! |---|---|
//! | `primarycontactid/fullname eq 'Ann'` | an outer `link-entity` to `contact` with an alias, and a condition with that `entityname` |
//! | `contact_customer_accounts/any(c:…)` | a `link-entity` with `link-type="any"` within the filter |
//! | `$expand=primarycontactid(…)` | the same outer `link-entity`, with the columns |

mod builder;
mod condition;
mod filter;
mod owner;
mod start;
mod xml;

use std::collections::BTreeSet;

use dvkit_diagnostic::{code, limits};
use dvkit_schema::Store;
use odata_parser::url;

use crate::fidelity::{DifferenceKind, Translation, Untranslatable};
use crate::subject::Subject;
use crate::unread;
pub(super) use condition::{of_null, opposite};
use dvkit_query::hir::{
    Aggregate, AggregateFunction, ContinuationToken, DateGrouping, GroupKey, Grouping, OpaqueQuery, Order,
    OrderBy, Page, Query, QueryHint, ResultShape, Value,
};

use builder::{Builder, MAX_SOURCES, property};
use filter::{Row, TruthMask};
use xml::Element;

/// Translates a query of the HIR to FetchXML. The tables and keys are looked up in `store`.
///
/// # Errors
/// Returns an error with all the reasons if FetchXML cannot express the query. The reasons have no spans yet,
/// because a HIR has none.
pub fn to_fetchxml(query: &Query, store: &Store) -> Result<Translation, Untranslatable> {
    let mut builder = Builder::new(store, &query.table);
    let lifted = owner::replace_principal(query);
    let query = lifted.as_ref().unwrap_or(query);
    match &query.opaque {
        Some(OpaqueQuery::FetchXml(text)) => {
            for extra in &query.hints {
                if let QueryHint::Unread(piece) = extra {
                    unread::report(&mut builder.report, piece.clone());
                }
            }
            if !query.is_only_opaque() {
                let message = "beside `fetchXml` other options ask for something too";
                builder.report.cannot_translate(code::NOT_UNDERSTOOD, Subject::Option("fetchXml"), message);
            }
            return builder.report.finish(text.clone());
        }
        Some(stored @ (OpaqueQuery::View(_) | OpaqueQuery::UserView(_))) => {
            builder.report.cannot_translate(
                code::STORED_QUERY_OR_SQL,
                Subject::Option(if matches!(stored, OpaqueQuery::View(_)) {
                    "savedQuery"
                } else {
                    "userQuery"
                }),
                "the service keeps what this query asks for",
            );
        }
        Some(OpaqueQuery::Sql(_)) => {
            builder.report.cannot_translate(
                code::STORED_QUERY_OR_SQL,
                Subject::Option("sql"),
                "this query is SQL",
            );
        }
        None => {}
    }
    // The query's own joins are named first, so that they keep their aliases.
    builder.joins(&query.joins, 0);
    let row = Row { scope: 0, table: &query.table, root: true };
    let mut filters = vec![builder.start(query, row)];
    filters.push(builder.filter(&query.predicate, row, TruthMask::TRUE));
    if let Some(root) = builder.sources.first_mut() {
        root.filters = filters;
    }
    let fetch = match (&query.grouping, &query.result) {
        (Some(grouping), _) => builder.groups(grouping, query),
        (None, ResultShape::Count) => {
            builder.report.add_difference(
                DifferenceKind::Totals,
                "the number goes up to 50,000 and is an error beyond; `/$count` stops at 5,000",
            );
            let count = Aggregate { function: AggregateFunction::Count, column: None, alias: "count".into() };
            builder.aggregate(&count, 0);
            Element::new("fetch").with("aggregate", "true")
        }
        (None, ResultShape::References) => {
            builder
                .report
                .add_difference(DifferenceKind::Shape, "each row comes as its key, not as an address");
            let key = builder.key_of(&query.table);
            builder.select_named(&key);
            builder.order(&query.order, 0);
            builder.page(&query.page, Element::new("fetch"))
        }
        (None, ResultShape::Column(column, _)) => {
            let text = format!("`{}` comes as a column of a row, not alone", column.column);
            builder.report.add_difference(DifferenceKind::Shape, text);
            builder.select_named(&column.column);
            Element::new("fetch")
        }
        (None, ResultShape::Rows) => {
            if builder.is_one_row(&query.source) {
                let text =
                    "the one row comes in a list, which is empty if there is no such row, without an error";
                builder.report.add_difference(DifferenceKind::Shape, text);
            }
            builder.columns(0, &query.columns, &query.aliases);
            builder.expand(&query.expand, 0, true);
            builder.order(&query.order, 0);
            let fetch = Element::new("fetch");
            let fetch = if query.distinct { fetch.with("distinct", "true") } else { fetch };
            builder.page(&query.page, fetch)
        }
    };
    let fetch = if builder.raw_order() { fetch.with("useraworderby", "true") } else { fetch };
    let fetch = builder.hints(&query.hints, fetch);
    let fetch = fetch.holding([builder.element(0)]);
    if fetch.is_of(owner::PRINCIPAL) {
        let message = "`principal` is not a table of FetchXML: rows are owned by a `systemuser` or a `team`";
        let navigation = || query.source.steps.last().map(|s| Subject::Name(s.navigation.clone()));
        builder.report.cannot_translate(
            code::PRINCIPAL,
            navigation().unwrap_or(Subject::Name("ownerid".into())),
            message,
        );
    }
    let joins = fetch.count("link-entity");
    if joins > limits::MAX_JOINS as usize || builder.too_many {
        let joins = if builder.too_many { format!("more than {MAX_SOURCES}") } else { joins.to_string() };
        let message = format!("it takes {joins} joins, and a query may have {}", limits::MAX_JOINS);
        builder.report.cannot_translate(code::TOO_MANY_JOINS, Subject::Whole, message);
    }
    builder.report.finish(fetch.print())
}

impl Builder<'_> {
    fn select_named(&mut self, column: &str) {
        if let Some(root) = self.sources.first_mut() {
            root.add(Element::new("attribute").with("name", column));
        }
    }

    /// Adds the attributes for paging (`top`, `count`, `page` and others) to the element `fetch`.
    fn page(&mut self, page: &Page, mut fetch: Element) -> Element {
        let top = page.top.as_ref().and_then(|top| match top {
            // No response has more rows, and FetchXML refuses a greater `top`.
            Value::Integer(n) => Some((*n).min(i64::from(limits::MAX_ROWS_PER_RESPONSE)).to_string()),
            other => self.value(other),
        });
        match (top, page.total) {
            // `top` excludes the number of all rows, but a first page of that size does not.
            (Some(top), true) => {
                self.report.add_difference(
                    DifferenceKind::Paging,
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
        if let Some(token) = &page.token {
            fetch = self.continued(token, fetch);
        }
        if page.total { fetch.with("returntotalrecordcount", "true") } else { fetch }
    }

    /// Adds the attributes that continue from `token` to the element `fetch`. A `$skiptoken` of the service
    /// contains the paging cookie of FetchXML; any other token is reported.
    fn continued(&mut self, token: &ContinuationToken, fetch: Element) -> Element {
        let page = match token {
            ContinuationToken::Page(token) => cookie(token),
            ContinuationToken::Changes(_) => {
                let message = "FetchXML cannot ask for what has changed since an answer";
                self.report.cannot_translate(
                    code::SKIPTOKEN_OR_DELTATOKEN,
                    Subject::Option("deltatoken"),
                    message,
                );
                return fetch;
            }
        };
        let Some((number, cookie)) = page else {
            let message = "only the service knows where this `$skiptoken` goes on";
            self.report.cannot_translate(
                code::SKIPTOKEN_OR_DELTATOKEN,
                Subject::Option("skiptoken"),
                message,
            );
            return fetch;
        };
        let text =
            "the size of a page, which stood in a header, has to be said as `count`, the same on every page";
        self.report.add_difference(DifferenceKind::Paging, text);
        fetch.with("page", number.to_string()).with("paging-cookie", cookie)
    }

    /// Adds the attributes for hints to the element `fetch`. A hint about one filter is dropped, because the
    /// HIR does not say which filter it belongs to.
    fn hints(&mut self, hints: &[QueryHint], mut fetch: Element) -> Element {
        for extra in hints {
            fetch = match extra {
                QueryHint::Retained => fetch.with("datasource", "retained"),
                QueryHint::AggregateLimit(most) => fetch.with("aggregatelimit", most.to_string()),
                QueryHint::Options(options) => fetch.with("options", options.clone()),
                QueryHint::LateMaterialize => fetch.with("latematerialize", "true"),
                QueryHint::CountChildren(column, alias) => {
                    let counted = Element::new("attribute")
                        .with("name", column.clone())
                        .with("rowaggregate", "CountChildren");
                    if let Some(root) = self.sources.first_mut() {
                        root.add(match alias {
                            Some(alias) => counted.with("alias", alias.clone()),
                            None => counted,
                        });
                    }
                    fetch
                }
                QueryHint::Union | QueryHint::QuickFind => {
                    self.report.add_difference(
                        DifferenceKind::Performance,
                        "the marks of filters (`hint`, `isquickfindfields`) are lost",
                    );
                    fetch
                }
                // Times are written with an offset, rows by the columns of their names, and type codes
                // unchanged.
                QueryHint::LocalTime | QueryHint::NameOfLookup(_) | QueryHint::TypeCode(..) => fetch,
                QueryHint::Unread(piece) => {
                    unread::report(&mut self.report, piece.clone());
                    fetch
                }
            };
        }
        fetch
    }

    /// Adds the group keys and the aggregates of `grouping`, and returns the `<fetch>` element. Without
    /// aggregates, the groups are the distinct rows of the keys.
    fn groups(&mut self, grouping: &Grouping, query: &Query) -> Element {
        // Only an aggregate query can be ordered by the name of a result.
        let by_result = query.order.iter().any(|order| matches!(order.by, OrderBy::Result(_)));
        let plain =
            grouping.aggregates.is_empty() && grouping.keys.iter().all(|k| k.date.is_none()) && !by_result;
        let mut names = Vec::new();
        let mut taken = BTreeSet::new();
        for key in &grouping.keys {
            let name = self.key(key, !plain, &taken);
            taken.insert(name.clone());
            names.push((&key.column, name));
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

    /// Adds a group key to the element of the row that has its column. Returns the alias of the key.
    /// `aggregate` says whether the query is an aggregate query (`groupby`) or one for distinct rows; `names`
    /// are the aliases that are already used.
    fn key(&mut self, key: &GroupKey, aggregate: bool, names: &BTreeSet<String>) -> String {
        let at = self.source_of(&key.column);
        let source = self.sources.get(at);
        let alias = source.and_then(|s| s.alias.as_deref());
        let column = &key.column.column;
        // OData names a column of a lookup's row by its table ("Aggregate data using OData").
        let comes_as = match key.column.path.last() {
            Some(link) => format!("{}_{column}", link.table),
            None => property(&key.column),
        };
        let name = key.alias.clone().unwrap_or_else(|| match alias {
            Some(alias) if names.contains(&comes_as) => format!("{alias}_{column}"),
            Some(_) => comes_as.clone(),
            None => column.clone(),
        });
        if key.alias.is_none() && comes_as != name {
            self.report.add_difference(DifferenceKind::Names, format!("`{comes_as}` comes as `{name}`"));
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

    /// Adds an aggregate to the element of the row with index `at`.
    fn aggregate(&mut self, aggregate: &Aggregate, at: usize) {
        let Some(table) = self.sources.get(at).map(|s| s.table.clone()) else { return };
        // Rows are counted by their key, which always has a value.
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

/// Returns the page number and the paging cookie in a `$skiptoken`, which has the form
/// `<cookie pagenumber="2" pagingcookie="…" />`; `None` if the token has another form. The cookie is
/// percent-encoded once more in the URL of a next page, and twice in an annotation ("Page results using
/// FetchXML").
fn cookie(token: &str) -> Option<(u32, String)> {
    let token = decoded(token)?;
    let value = |name: &str| {
        let at = token.find(&format!("{name}=\""))? + name.len() + 2;
        token.get(at..)?.split('"').next()
    };
    let number = value("pagenumber")?.parse().ok()?;
    Some((number, decoded(value("pagingcookie")?)?))
}

/// Removes up to several layers of percent-encoding from a text until it is XML; `None` if it never is.
fn decoded(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..3 {
        if text.starts_with('<') {
            return Some(text);
        }
        text = url::decode_keeping_plus(&text).text;
    }
    text.starts_with('<').then_some(text)
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

#[cfg(test)]
mod tests;
