//! Resolves FetchXML to the [`hir`](crate::hir), to which OData is resolved too. The analysis calls
//! [`fetch`]. FetchXML uses logical names and links for what OData expresses with properties and paths.
//!
//! A link becomes a [`Join`]. A link within a filter (`any`, `not any`, `all`, `not all`) becomes a condition
//! on related rows with the documented meaning: `all` means that there are linked rows and none of them
//! matches.

mod aggregate;
mod alias;
mod columns;
mod condition;
mod foreign;
mod link;
mod names;
mod read;
mod value;

pub(crate) use foreign::set_of_url;
pub(crate) use value::is_placeholder;

use dvkit_diagnostic::{Diagnostic, Suggestion, code, limits, suggest};
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Store, StoreError, Table};
use fetchxml::ast::{
    DataSource, Entity, Fetch, Filter, FilterType, LinkEntity, LinkType, Node, Order, TextAttr,
};

use super::{Resolved, Resolver};
use crate::CheckOptions;
use crate::hir::{self, ColumnRef, Columns, OrderBy, Page, Predicate, Query, QueryHint};
use alias::Aliases;

/// Resolves the FetchXML query `fetch`. `source` is the text that `fetch` was parsed from.
///
/// # Errors
/// Returns an error if the snapshot cannot be read. An unknown table is reported in the diagnostics instead.
pub(crate) fn fetch<'a>(
    store: &'a Store,
    source: &'a str,
    fetch: &'a Fetch<'a>,
    options: &'a CheckOptions,
) -> Result<Resolved<'a>, StoreError> {
    let mut resolver = Resolver::new(store, source, options);
    let (query, table) = resolver.fetch(fetch);
    resolver.finish(query.map(Box::new), table)
}

/// The row to whose columns a name refers: the row of the query, a joined row, or a related row that a filter
/// tests.
#[derive(Clone, Copy)]
pub(super) struct RowScope<'a> {
    pub(super) table: &'a Table,
    /// The number of links within filters that enclose this row. This is the
    /// [`ColumnRef::scope`](crate::hir::ColumnRef::scope) of its columns.
    pub(super) scope: usize,
}

/// The attributes of `<fetch>` that change how all elements within it are resolved.
#[derive(Clone, Copy)]
pub(super) struct FetchFlags {
    /// Whether the query returns groups instead of rows (`aggregate`).
    pub(super) aggregate: bool,
    /// Whether a choice column is ordered by the numbers of its options instead of their labels
    /// (`useraworderby`).
    pub(super) by_number: bool,
}

impl FetchFlags {
    fn of(fetch: &Fetch<'_>, resolver: &mut Resolver<'_>) -> Self {
        let (aggregate, by_number) = (resolver.flag(&fetch.aggregate), resolver.flag(&fetch.useraworderby));
        Self { aggregate, by_number }
    }
}

impl<'a> Resolver<'a> {
    fn fetch(&mut self, fetch: &'a Fetch<'a>) -> (Option<Query>, Option<&'a Table>) {
        let Some(entity) = fetch.entity() else { return (None, None) };
        self.read(fetch.name_span);
        self.read(entity.name_span);
        let Some(table) = self.attribute(&entity.name).and_then(|name| self.table_named(name)) else {
            return (None, None);
        };
        let mut aliases = self.aliases(&entity.children);
        aliases.root = Some(table);
        let here = RowScope { table, scope: 0 };
        let mut query = Query::rows(table.logical_name.as_str(), Predicate::Constant(true));
        query.source.entity_set = table.entity_set.clone().unwrap_or_default();
        self.hints(fetch);
        let complete = self.entity(fetch, entity, here, &aliases, &mut query).is_some();
        self.paging(fetch, &mut query);
        self.unread(&fetch.as_element());
        query.hints = std::mem::take(&mut self.facts.hints);
        (complete.then_some(query), Some(table))
    }

    /// Resolves the content of `<entity>` and adds it to `query`. `here` is the row of the query. Returns
    /// `None` if a part could not be understood; then the mistake has been reported.
    fn entity(
        &mut self,
        fetch: &'a Fetch<'a>,
        entity: &'a Entity<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
        query: &mut Query,
    ) -> Option<()> {
        let manner = FetchFlags::of(fetch, self);
        let mut complete = true;
        let mut predicates = Vec::new();
        for filter in entity.filters() {
            match self.filter_element(filter, here, aliases) {
                Some(predicate) => predicates.push(predicate),
                None => complete = false,
            }
        }
        query.predicate = Predicate::and(predicates);
        if manner.aggregate {
            match self.grouping(entity, here, aliases) {
                Some(grouping) => query.grouping = Some(grouping),
                None => complete = false,
            }
        } else {
            let all = self.elements(entity.all_attributes().map(|a| a.name_span));
            // Its effect beside columns, or with `distinct`, is not documented.
            let only = entity.attributes().next().is_none() && !all && !self.flag(&fetch.distinct);
            let none = only && self.elements(entity.no_attrs().map(|n| n.name_span));
            let key = none.then_some(&here.table.primary_id);
            match self.attributes(entity.attributes(), all, here) {
                Some((columns, names)) => {
                    let key = key.and_then(|id| here.table.column(id.as_deref()?));
                    let key = key.map(|key| Columns::Listed(vec![self.fetch_reference(key, here)]));
                    query.columns = columns.or(key).unwrap_or(Columns::All);
                    query.aliases = names;
                }
                None => complete = false,
            }
        }
        for link in entity.links() {
            match self.join(link, here, aliases, manner) {
                Some(join) => query.joins.push(join),
                None => complete = false,
            }
        }
        for order in entity.orders() {
            match self.order_element(order, here, aliases, manner) {
                Some(order) => query.order.push(order),
                None => complete = false,
            }
        }
        query.distinct = self.flag(&fetch.distinct);
        complete.then_some(())
    }

    /// Adds hints for those attributes of `<fetch>` that affect neither the rows nor the columns of the
    /// result.
    fn hints(&mut self, fetch: &'a Fetch<'a>) {
        // `archive` is the former name.
        if let Some(DataSource::Retained | DataSource::Archive) = self.word(&fetch.datasource) {
            self.facts.add_hint(QueryHint::Retained);
        }
        if let Some(most) = self.word(&fetch.aggregatelimit) {
            self.facts.add_hint(QueryHint::AggregateLimit(most));
        }
        if let Some(options) = self.attribute(&fetch.options).filter(|o| !o.raw.trim().is_empty()) {
            self.facts.add_hint(QueryHint::Options(options.raw.to_string()));
        }
        if self.flag(&fetch.latematerialize) {
            self.facts.add_hint(QueryHint::LateMaterialize);
        }
    }

    fn paging(&mut self, fetch: &'a Fetch<'a>, query: &mut Query) {
        if let Some((count, size)) = fetch
            .count
            .as_ref()
            .and_then(|c| Some((c, c.value?)))
            .filter(|(_, n)| *n > limits::MAX_ROWS_PER_RESPONSE)
        {
            let message = format!(
                "`count` asks for {size} rows, and a page has at most {}: the rest comes with the next pages",
                limits::MAX_ROWS_PER_RESPONSE
            );
            self.push(Diagnostic::warning(code::TOP_LIMIT, count.value_span, message).suggest(
                Suggestion::maybe(
                    format!("write {}", limits::MAX_ROWS_PER_RESPONSE),
                    count.value_span,
                    limits::MAX_ROWS_PER_RESPONSE.to_string(),
                ),
            ));
        }
        query.page = Page {
            top: self.word(&fetch.top).map(|n| hir::Value::Integer(i64::from(n))),
            total: self.flag(&fetch.returntotalrecordcount),
            number: self.word(&fetch.page),
            size: self.word(&fetch.count),
            cookie: self.attribute(&fetch.paging_cookie).map(|a| a.raw.to_string()).filter(|c| !c.is_empty()),
            token: None,
        };
    }

    /// Resolves a `<filter>` element. `here` is the row that the filter tests. Returns `None` if a condition
    /// could not be understood; then the mistake has been reported.
    pub(super) fn filter_element(
        &mut self,
        filter: &'a Filter<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
    ) -> Option<Predicate> {
        self.read(filter.name_span);
        if self.word(&filter.hint).is_some() {
            self.facts.add_hint(QueryHint::Union);
        }
        if self.flag(&filter.isquickfindfields) {
            self.facts.add_hint(QueryHint::QuickFind);
        }
        let mut parts = Vec::with_capacity(filter.children.len());
        let mut complete = true;
        for child in &filter.children {
            let part = match child {
                Node::Condition(condition) => self.condition(condition, here, aliases),
                Node::Filter(inner) => self.filter_element(inner, here, aliases),
                Node::LinkEntity(link) => self.filter_link(link, here, aliases),
                _ => continue,
            };
            match part {
                Some(part) => parts.push(part),
                None => complete = false,
            }
        }
        let _ = self.word(&filter.kind);
        if !complete {
            return None;
        }
        // An empty filter has no effect.
        if parts.is_empty() {
            return Some(Predicate::Constant(true));
        }
        Some(match filter.effective_type()? {
            FilterType::And => Predicate::and(parts),
            FilterType::Or => Predicate::or(parts),
        })
    }

    /// Resolves an `<order>` element of the row `here`. `manner` are the attributes of `<fetch>`. Returns
    /// `None` if the order could not be understood; then the mistake has been reported.
    pub(super) fn order_element(
        &mut self,
        order: &'a Order<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
        manner: FetchFlags,
    ) -> Option<hir::Order> {
        self.read(order.name_span);
        let descending = self.flag(&order.descending);
        if manner.aggregate
            && let Some(alias) = self.attribute(&order.alias)
        {
            return Some(hir::Order { by: OrderBy::Result(self.result(alias, aliases)?), descending });
        }
        if manner.aggregate {
            let message = "an aggregate query is ordered by aliases".to_owned();
            let help = "write `alias='…'` with the alias of an attribute";
            return self.refuse(code::ORDER_EXPRESSION, order.span, message, help);
        }
        let attribute = self.attribute(&order.attribute)?;
        let (table, join) = match self.attribute(&order.entityname) {
            Some(name) => {
                (self.linked_row(&name.raw, name.value_span, aliases)?, Some(name.raw.as_ref().into()))
            }
            None => (here.table, None),
        };
        let role = std::mem::replace(&mut self.role, super::Role::Order);
        let column = self.fetch_column(table, attribute);
        self.role = role;
        let column = column?;
        let reference = ColumnRef { join, ..self.fetch_reference(column, here) };
        let is_choice = column.ty.is_choice();
        let by = if is_choice && !manner.by_number {
            OrderBy::Label(reference)
        } else {
            OrderBy::Column(reference)
        };
        Some(hir::Order { by, descending })
    }

    /// Returns the table with the logical name in the attribute `name`. If there is no such table, reports
    /// that, and returns the table that the name certainly means; `None` if there is none.
    pub(super) fn table_named(&mut self, name: &'a TextAttr<'a>) -> Option<&'a Table> {
        let (text, span) = (&*name.raw, name.value_span);
        if self.abstract_type(text, span) {
            return None;
        }
        if let Some(entry) = self.store.entry(text) {
            return self.table(&entry.logical_name);
        }
        let meant = self.table_by_other_spelling(text);
        if meant.is_none() && self.store.is_partial() {
            let message = format!(
                "this snapshot holds a part of the organisation, and no `{text}`: what is asked of it was not checked"
            );
            self.push(Diagnostic::warning(code::TABLE_NOT_IN_SNAPSHOT, span, message));
            return None;
        }
        let message = match meant {
            Some(right) => format!("`{text}` is not a logical name; the table is `{right}`"),
            None => format!("there is no table `{text}` in this snapshot"),
        };
        let code = if meant.is_some() { code::NAME_CASE } else { code::UNKNOWN_TABLE };
        let mut d = Diagnostic::error(code, span, message);
        let names =
            || self.store.tables().map(|t| (t.logical_name.as_str(), self.store.text(&t.display_name)));
        let right = meant.or_else(|| suggest::unambiguous_typo(text, names()));
        match right {
            Some(right) => d = d.suggest(Suggestion::fix(format!("write `{right}`"), span, right)),
            None => {
                for near in suggest::ranked_by(text, names(), 3) {
                    d = d.suggest(Suggestion::maybe("did you mean", span, near));
                }
            }
        }
        self.push(d);
        self.table(right?)
    }

    /// Returns the only table that `text` can mean, with a tolerance for typos; `None` if there is none or
    /// several. The function reports nothing.
    pub(super) fn table_meant(&mut self, text: &str) -> Option<&'a Table> {
        let names =
            || self.store.tables().map(|t| (t.logical_name.as_str(), self.store.text(&t.display_name)));
        let name = match self.store.entry(text) {
            Some(entry) => Some(entry.logical_name.as_str()),
            None => self
                .table_by_other_spelling(text)
                .or_else(|| suggest::unambiguous_typo(text, names()).filter(|_| !self.store.is_partial())),
        };
        self.table(name?)
    }

    /// Returns the logical name of the table that `text` names in another letter case, or by its entity set;
    /// `None` if there is no such table.
    fn table_by_other_spelling(&self, text: &str) -> Option<&'a str> {
        let mut tables = self.store.tables();
        let is = |t: &&TableEntry| {
            t.logical_name.eq_ignore_ascii_case(text) || t.entity_set.as_deref() == Some(text)
        };
        tables.find(is).map(|t| t.logical_name.as_str())
    }
}

/// Returns the type of a link that is a condition (`any`, `not any`, `all`, `not all`); `None` for a link
/// that is a join.
fn condition_type(link: &LinkEntity<'_>) -> Option<LinkType> {
    link.effective_link_type().filter(|l| l.is_condition())
}
