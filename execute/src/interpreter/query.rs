//! Evaluates a whole query: the rows it starts from, its condition, order, paging and columns.

use dvkit_diagnostic::limits;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use dvkit_schema::ChoiceRef;

use super::data::{BoundRow, Row, Scope};
use super::value::{alike, compare, order};
use super::{EvalError, Evaluator, ExpandedRows, QueryResult, ResultRow, cannot};
use dvkit_query::hir::{
    self, CollectionRef, ColumnRef, Columns, Expansion, Join, JoinKind, Key, Link, Order, OrderBy, Page,
    Query, RelatedRows, RowSource, Value,
};

/// The values by which a row is sorted, the most significant first.
type SortKey = Vec<Option<Value>>;

impl<'d> Evaluator<'d> {
    pub(super) fn run(&self, query: &'d Query) -> Result<QueryResult, EvalError> {
        if query.opaque.is_some() {
            return cannot("a stored query says elsewhere what it asks for");
        }
        let mut scopes = Vec::new();
        for row in self.start(&query.source, &query.table)? {
            for scope in self.joined(Scope::of(&query.table, row), &query.joins)? {
                if self.keeps(&scope, &query.predicate)? {
                    scopes.push(scope);
                }
            }
        }
        if query.result == hir::ResultShape::Count {
            return Ok(QueryResult::Count(scopes.len().min(limits::MAX_COUNTED_ROWS as usize)));
        }
        let mut rows = match &query.grouping {
            Some(grouping) => {
                let groups = self.groups(grouping, &scopes)?;
                let keyed = groups.into_iter().map(|group| {
                    let keys = query.order.iter().map(|o| self.group_key(query, grouping, o, &group));
                    Ok((keys.collect::<Result<_, EvalError>>()?, group))
                });
                sorted(keyed.collect::<Result<_, EvalError>>()?, &query.order.iter().collect::<Vec<_>>())?
            }
            None => self.records(query, scopes)?,
        };
        if query.distinct {
            rows = distinct(rows);
        }
        let total = query.page.total.then_some(rows.len().min(limits::MAX_COUNTED_ROWS as usize));
        let rows = paged(rows, &query.page)?;
        match &query.result {
            hir::ResultShape::Rows | hir::ResultShape::Count => Ok(QueryResult::Rows(rows, total)),
            hir::ResultShape::References => {
                let id = self.primary_id(&query.table)?;
                Ok(QueryResult::References(
                    rows.into_iter().filter_map(|mut r| r.columns.remove(id)).collect(),
                ))
            }
            hir::ResultShape::Column(column, _) => {
                let first = rows.into_iter().next();
                Ok(QueryResult::Column(first.and_then(|mut r| r.columns.remove(&name_of(column)))))
            }
        }
    }

    /// Returns the rows that the path of a request leads to. Returns an error if a table has no such
    /// navigation property, or if a key cannot be compared.
    fn start(&self, start: &RowSource, table: &str) -> Result<Vec<&'d Row>, EvalError> {
        let set = self.store.table_by_entity_set(&start.entity_set).map(|entry| entry.logical_name.as_str());
        let mut table = match set {
            Some(of_set) if !start.steps.is_empty() => of_set,
            _ => &self.table(table)?.logical_name,
        };
        let mut rows = self.keyed(table, self.database.rows(table).iter().collect(), start.key.as_ref())?;
        for step in &start.steps {
            let Some(r) = self.table(table)?.navigation(&step.navigation) else {
                return cannot(format!("`{table}` has no `{}`", step.navigation));
            };
            let navigation = step.navigation.clone();
            let (to, column, referenced) = (r.table.clone(), r.column.clone(), r.referenced.clone());
            let mut next = Vec::new();
            for row in rows {
                let from = BoundRow { table, row: Some(row) };
                if r.is_single() {
                    let link = Link {
                        navigation: navigation.clone(),
                        table: to.clone(),
                        column: column.clone(),
                        referenced: referenced.clone(),
                    };
                    next.extend(self.target(from, &link)?);
                } else {
                    let collection = CollectionRef {
                        scope: 0,
                        navigation: navigation.clone(),
                        table: to.clone(),
                        column: column.clone(),
                        referenced: referenced.clone(),
                        intersect: r.intersect.clone(),
                        single: false,
                    };
                    next.extend(self.members(from, &collection)?);
                }
            }
            table = &r.table;
            rows = self.keyed(table, next, step.key.as_ref())?;
        }
        Ok(rows)
    }

    fn keyed(&self, table: &str, rows: Vec<&'d Row>, key: Option<&Key>) -> Result<Vec<&'d Row>, EvalError> {
        let mut wanted = Vec::new();
        match key {
            None => {}
            Some(Key::Id(value)) => wanted.push((self.primary_id(table)?, value)),
            Some(Key::Columns(columns)) => {
                for (property, value) in columns {
                    match self.table(table)?.property(property) {
                        Some(column) => wanted.push((&column.logical_name, value)),
                        None => return cannot(format!("`{table}` has no `{property}`")),
                    }
                }
            }
        }
        let mut found = Vec::new();
        for row in rows {
            let equal = |(column, value): &(&str, &Value)| match row.get(*column) {
                Some(own) => compare(own, value).map(Ordering::is_eq),
                None => Ok(false),
            };
            if wanted.iter().map(equal).collect::<Result<Vec<_>, _>>()?.iter().all(|e| *e) {
                found.push(row);
            }
        }
        Ok(found)
    }

    fn records(&self, query: &'d Query, scopes: Vec<Scope<'d>>) -> Result<Vec<ResultRow>, EvalError> {
        let mut orders: Vec<(Option<&str>, &Order)> = query.order.iter().map(|o| (None, o)).collect();
        collect_orders(&query.joins, &mut orders);
        let mut keyed = Vec::new();
        for scope in scopes {
            let keys = orders.iter().map(|(alias, order)| match alias {
                None => self.sort_key(&scope, &order.by),
                Some(alias) => self.sort_key(&self.scope_of_alias(&scope, alias)?, &order.by),
            });
            keyed.push((keys.collect::<Result<_, EvalError>>()?, self.record(query, &scope)?));
        }
        sorted(keyed, &orders.iter().map(|(_, order)| *order).collect::<Vec<_>>())
    }

    /// Returns the scope for the columns of the joined row with this alias: that row takes the place of the
    /// query's row. Returns an error if there is none.
    fn scope_of_alias(&self, scope: &Scope<'d>, alias: &str) -> Result<Scope<'d>, EvalError> {
        match scope.joined.iter().find(|(name, _)| *name == alias) {
            Some((_, bound)) => Ok(scope.seen_from(*bound)),
            None => cannot(format!("nothing is joined as `{alias}` here")),
        }
    }

    fn record(&self, query: &'d Query, scope: &Scope<'d>) -> Result<ResultRow, EvalError> {
        let mut record = ResultRow::default();
        self.columns(&mut record, scope, &query.columns, &query.aliases, "")?;
        let own = scope.rows[0];
        match &query.result {
            hir::ResultShape::Column(column, _) => {
                let value = self.value(scope, column)?.cloned();
                record.columns.extend(value.map(|v| (name_of(column), v)));
            }
            _ if query.distinct => {}
            _ => self.key_column(&mut record, own)?,
        }
        self.joined_columns(&mut record, scope, &query.joins)?;
        record.expanded = self.expanded(own, &query.expand)?;
        Ok(record)
    }

    fn key_column(&self, record: &mut ResultRow, row: BoundRow<'d>) -> Result<(), EvalError> {
        let id = self.primary_id(row.table)?;
        record.columns.extend(row.get(id).map(|v| (id.to_owned(), v.clone())));
        Ok(())
    }

    fn joined_columns(
        &self,
        record: &mut ResultRow,
        scope: &Scope<'d>,
        joins: &'d [Join],
    ) -> Result<(), EvalError> {
        for join in joins.iter().filter(|j| j.kind != JoinKind::Exists) {
            let inner = self.scope_of_alias(scope, &join.alias)?;
            self.columns(record, &inner, &join.columns, &join.aliases, &format!("{}.", join.alias))?;
            self.joined_columns(record, scope, &join.joins)?;
        }
        Ok(())
    }

    /// Adds columns of the scope's first row to `record`. `names` gives aliases to some of them; the others
    /// get `prefix` and their logical name.
    fn columns(
        &self,
        record: &mut ResultRow,
        scope: &Scope<'d>,
        columns: &'d Columns,
        names: &[(ColumnRef, String)],
        prefix: &str,
    ) -> Result<(), EvalError> {
        match columns {
            Columns::All => {
                let own = scope.rows[0];
                let properties = self.table(own.table)?.columns.iter().filter(|c| c.is_property());
                let values = properties.filter_map(|c| own.get(&c.logical_name).map(|v| (c, v)));
                let named = values.map(|(c, v)| (format!("{prefix}{}", c.logical_name), v.clone()));
                record.columns.extend(named);
            }
            Columns::Listed(listed) => {
                for column in listed {
                    let Some(value) = self.value(scope, column)? else { continue };
                    let given = names.iter().filter(|(c, _)| c == column).map(|(_, name)| name.clone());
                    let mut given: Vec<String> = given.collect();
                    if given.is_empty() {
                        given.push(format!("{prefix}{}", name_of(column)));
                    }
                    record.columns.extend(given.into_iter().map(|name| (name, value.clone())));
                }
            }
        }
        Ok(())
    }

    fn expanded(
        &self,
        from: BoundRow<'d>,
        expansions: &'d [Expansion],
    ) -> Result<BTreeMap<String, ExpandedRows>, EvalError> {
        let mut all = BTreeMap::new();
        for expansion in expansions {
            let (table, rows) = match &expansion.to {
                RelatedRows::One(link) => (&link.table, self.target(from, link)?.into_iter().collect()),
                RelatedRows::Many(collection) => (&collection.table, self.members(from, collection)?),
            };
            let mut keyed = Vec::new();
            for row in rows {
                let scope = Scope::of(table, row);
                if self.keeps(&scope, &expansion.predicate)? {
                    let keys = expansion.order.iter().map(|o| self.sort_key(&scope, &o.by));
                    keyed.push((keys.collect::<Result<_, EvalError>>()?, self.related(expansion, &scope)?));
                }
            }
            let rows = sorted(keyed, &expansion.order.iter().collect::<Vec<_>>())?;
            let page = Page { top: expansion.top.clone(), ..Page::default() };
            let mut rows = paged(rows, &page)?;
            let expanded = match expansion.to {
                RelatedRows::One(_) => ExpandedRows::One(rows.pop().map(Box::new)),
                RelatedRows::Many(_) => ExpandedRows::Many(rows),
            };
            all.insert(expansion.to.navigation().to_owned(), expanded);
        }
        Ok(all)
    }

    fn related(&self, expansion: &'d Expansion, scope: &Scope<'d>) -> Result<ResultRow, EvalError> {
        let mut record = ResultRow::default();
        self.key_column(&mut record, scope.rows[0])?;
        if !expansion.reference {
            self.columns(&mut record, scope, &expansion.columns, &[], "")?;
            record.expanded = self.expanded(scope.rows[0], &expansion.expand)?;
        }
        Ok(record)
    }

    fn sort_key(&self, scope: &Scope<'d>, by: &'d OrderBy) -> Result<Option<Value>, EvalError> {
        let (column, label) = match by {
            OrderBy::Column(column) => (column, false),
            OrderBy::Label(column) => (column, true),
            OrderBy::Result(name) => return cannot(format!("`{name}` is not a result: nothing is grouped")),
        };
        let holder = self.holder(scope, column)?;
        let Some(value) = self.read(holder, &column.column)? else { return Ok(None) };
        if label {
            return self.label(holder.table, &column.column, value);
        }
        let table = self.table(holder.table)?;
        if table.column(&column.column).is_some_and(|c| c.ty.is_lookup()) {
            return Ok(self.target_name(holder.table, &column.column, value)?.cloned());
        }
        Ok(Some(value.clone()))
    }

    /// Returns the primary name of the row that a lookup points to; `None` if there is none. Lookups are
    /// ordered by it.
    pub(super) fn target_name(
        &self,
        table: &str,
        lookup: &str,
        id: &Value,
    ) -> Result<Option<&'d Value>, EvalError> {
        for r in self.table(table)?.lookups_of(lookup) {
            let Some(target) = self.store.table(&r.table)? else { continue };
            let key = r.referenced.as_deref().or(target.primary_id.as_deref());
            let row = key.and_then(|key| self.rows_where(&r.table, key, id).next());
            let name = target.primary_name.as_ref().and_then(|name| row?.get(name));
            if name.is_some() {
                return Ok(name);
            }
        }
        Ok(None)
    }

    /// Returns the label of a choice's option in the user's language. If there is none, the result is `None`,
    /// which is ordered like null.
    pub(super) fn label(&self, table: &str, column: &str, value: &Value) -> Result<Option<Value>, EvalError> {
        let choice = match self.table(table)?.column(column).and_then(|c| c.ty.choice()) {
            Some(ChoiceRef::Local(choice)) => Some(choice),
            Some(ChoiceRef::Global(name)) => self.store.choice(name)?,
            None => None,
        };
        let number = match value {
            Value::Integer(n) => i32::try_from(*n).ok(),
            Value::Boolean(b) => Some(i32::from(*b)),
            _ => None,
        };
        let option = choice.zip(number).and_then(|(choice, number)| choice.option(number));
        let label = option.and_then(|o| o.label.best(self.context.language));
        Ok(label.map(|text| Value::Text(text.to_owned())))
    }
}

/// Returns the name that a column has in the result: its logical name, or for a joined row
/// `<alias>.<column>`.
pub(super) fn name_of(column: &ColumnRef) -> String {
    let alias = column.join.iter().map(|alias| format!("{alias}."));
    let path = column.path.iter().map(|link| format!("{}/", link.navigation));
    alias.chain(path).chain([column.column.clone()]).collect()
}

fn collect_orders<'q>(joins: &'q [Join], orders: &mut Vec<(Option<&'q str>, &'q Order)>) {
    for join in joins {
        orders.extend(join.order.iter().map(|o| (Some(&*join.alias), o)));
        collect_orders(&join.joins, orders);
    }
}

/// Sorts values by their keys. The order of values with equal keys does not change. Returns an error if two
/// keys cannot be compared.
fn sorted<T>(mut keyed: Vec<(SortKey, T)>, orders: &[&Order]) -> Result<Vec<T>, EvalError> {
    let mut failed = None;
    keyed.sort_by(|(a, _), (b, _)| {
        for ((a, b), by) in a.iter().zip(b).zip(orders) {
            match order(a.as_ref(), b.as_ref()) {
                Ok(Ordering::Equal) => {}
                Ok(other) => return if by.descending { other.reverse() } else { other },
                Err(error) => failed = Some(error),
            }
        }
        Ordering::Equal
    });
    failed.map_or_else(|| Ok(keyed.into_iter().map(|(_, item)| item).collect()), Err)
}

fn distinct(rows: Vec<ResultRow>) -> Vec<ResultRow> {
    let equal = |a: &ResultRow, b: &ResultRow| {
        let names = a.columns.keys().chain(b.columns.keys());
        a.expanded == b.expanded
            && names.into_iter().all(|name| alike(a.columns.get(name), b.columns.get(name)))
    };
    let mut once: Vec<ResultRow> = Vec::new();
    for row in rows {
        if !once.iter().any(|other| equal(other, &row)) {
            once.push(row);
        }
    }
    once
}

fn paged<T>(rows: Vec<T>, page: &Page) -> Result<Vec<T>, EvalError> {
    if page.token.is_some() {
        return cannot("only the service knows where its token goes on");
    }
    let wide = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let at_most = match &page.top {
        None => wide(limits::MAX_ROWS_PER_RESPONSE),
        Some(Value::Integer(n)) => usize::try_from(*n).unwrap_or(0),
        Some(other) => return cannot(format!("{other:?} is not a number of rows")),
    };
    let size = page.size.map_or_else(|| wide(limits::MAX_ROWS_PER_RESPONSE), wide);
    let skipped = page.number.map_or(0, |n| wide(n.saturating_sub(1)).saturating_mul(size));
    Ok(rows.into_iter().skip(skipped).take(size.min(at_most)).collect())
}
