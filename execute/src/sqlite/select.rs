//! Translates the parts of a query that form its result: columns, order, paging and expansions.

use dvkit_diagnostic::{code, limits};
use dvkit_schema::{ChoiceOption, ChoiceRef, Column, ColumnType};

use super::layout::{StorageClass, quoted};
use super::operand::{Operand, words};
use super::reasons::Refused;
use super::source::Source;
use super::{
    Emitter, ExpandStatement, MAX_COLUMNS, OutputColumn, Parameter, Row, Scope, SqlValue, Statement,
};
use dvkit_query::hir::{
    ColumnRef, Columns, Expansion, Join, JoinKind, Order, OrderBy, Page, Query, RelatedRows, ResultShape,
    Value,
};

/// The columns of a `SELECT`.
#[derive(Default)]
pub(super) struct Selected {
    pub(super) columns: Vec<Operand>,
    pub(super) outputs: Vec<OutputColumn>,
}

impl Selected {
    /// Adds a column with this name in the result. Returns its index.
    pub(super) fn add(&mut self, name: Option<String>, column: Operand) -> usize {
        let output = OutputColumn { name, kind: column.kind };
        let same = |(c, o): (&Operand, &OutputColumn)| *c == column && *o == output;
        if let Some(known) = self.columns.iter().zip(&self.outputs).position(same) {
            return known;
        }
        self.columns.push(column);
        self.outputs.push(output);
        self.columns.len() - 1
    }

    /// Returns the `SELECT` with its columns, without `FROM`.
    pub(super) fn sql(&self) -> String {
        let columns = self.columns.iter().zip(&self.outputs).map(|(column, output)| match &output.name {
            Some(name) => format!("{} AS {}", column.sql, quoted(name)),
            None => column.sql.clone(),
        });
        format!("SELECT {}", columns.collect::<Vec<_>>().join(", "))
    }

    /// Returns the columns for the `SELECT` of a subquery, with the names `c0`, `c1`, ….
    pub(super) fn numbered(&self) -> String {
        let columns = self.columns.iter().enumerate().map(|(n, column)| format!("{} AS c{n}", column.sql));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// Replaces the columns by references to the columns of the subquery `q`, such as `q.c0`. The prefix is
    /// needed because the result may have a column with that name.
    pub(super) fn outside(&mut self) {
        for (n, column) in self.columns.iter_mut().enumerate() {
            *column = Operand::computed(format!("q.c{n}"), column.kind);
        }
    }

    /// Returns the columns of the subquery `q` by which its rows differ, for `GROUP BY` and `PARTITION BY`.
    /// `kinds` are their classes.
    pub(super) fn grouped(kinds: impl Iterator<Item = StorageClass>) -> String {
        let columns =
            kinds.enumerate().map(|(n, kind)| Operand::computed(format!("q.c{n}"), kind).collated());
        columns.collect::<Vec<_>>().join(", ")
    }
}

impl Emitter<'_> {
    /// Returns the statement for the rows of a query, and the statement for their number if the query
    /// requests it.
    pub(super) fn query(&mut self, query: &Query) -> (Statement, Option<Statement>) {
        let nothing = || Statement {
            text: String::new(),
            parameters: Vec::new(),
            columns: Vec::new(),
            expand: Vec::new(),
        };
        let Some((source, scope)) = self.source(query) else { return (nothing(), None) };
        if query.result == ResultShape::Count {
            let text =
                format!("SELECT min(count(*), {}) AS \"count\"{}", limits::MAX_COUNTED_ROWS, source.sql());
            return (self.number(text), None);
        }
        if !matches!(query.result, ResultShape::Rows) && (query.grouping.is_some() || query.distinct) {
            self.refuse(code::RESULT_UNSUPPORTED, "groups and different rows have no addresses");
        }
        let statement = match &query.grouping {
            Some(grouping) => self.groups(query, grouping, &source, &scope),
            None if query.distinct => self.different(query, &source, &scope),
            None => self.plain(query, &source, &scope),
        };
        statement.unwrap_or_else(|| (nothing(), None))
    }

    /// Returns a statement that returns one number, with the parameters that were added so far.
    fn number(&mut self, text: String) -> Statement {
        let count = OutputColumn { name: Some("count".to_owned()), kind: StorageClass::Integer };
        Statement { text, parameters: self.parameters.clone(), columns: vec![count], expand: Vec::new() }
    }

    /// Returns the statement for the number of all rows, if the query requests it. `rows` is the SQL of the
    /// query without a limit.
    pub(super) fn total(&mut self, query: &Query, rows: &str) -> Option<Statement> {
        query
            .page
            .total
            .then(|| self.number(format!("SELECT min(count(*), {}) FROM ({rows})", limits::MAX_COUNTED_ROWS)))
    }

    fn plain(
        &mut self,
        query: &Query,
        source: &Source,
        scope: &Scope,
    ) -> Option<(Statement, Option<Statement>)> {
        let mut selected = self.selected(query, scope)?;
        let expand = self.expanded(&mut selected, scope.rows.first()?, &query.expand);
        let rows = format!("{}{}", selected.sql(), source.sql());
        let total = self.total(query, &rows);
        let mut order = self.orders(query, scope)?;
        order.extend(source.ties.iter().cloned());
        let text = format!("{rows}{}", self.end(&order, &query.page));
        Some((self.statement(text, selected, expand), total))
    }

    /// Returns the statements of a query that removes repeated rows. Of equal rows the first is kept, at its
    /// position.
    fn different(
        &mut self,
        query: &Query,
        source: &Source,
        scope: &Scope,
    ) -> Option<(Statement, Option<Statement>)> {
        if !query.expand.is_empty() {
            self.refuse(code::RESULT_UNSUPPORTED, "rows that bring others along are not compared");
        }
        let mut selected = self.selected(query, scope)?;
        if selected.columns.is_empty() {
            selected.add(None, Operand::computed("1".to_owned(), StorageClass::Integer));
        }
        let mut order = self.orders(query, scope)?;
        order.extend(source.ties.iter().cloned());
        let numbered = selected.numbered();
        let place = format!("ROW_NUMBER() OVER (ORDER BY {}) AS n", order.join(", "));
        let grouped = Selected::grouped(selected.outputs.iter().map(|o| o.kind));
        let rows = format!("SELECT {numbered}, {place}{}", source.sql());
        selected.outside();
        let first =
            format!("SELECT {}, MIN(q.n) AS n FROM ({rows}) AS q GROUP BY {grouped}", selected.numbered());
        let total = self.total(query, &first);
        let end = self.end(&["q.n".to_owned()], &query.page);
        let text = format!("{} FROM ({first}) AS q{end}", selected.sql());
        Some((self.statement(text, selected, Vec::new()), total))
    }

    pub(super) fn statement(
        &mut self,
        text: String,
        selected: Selected,
        expand: Vec<ExpandStatement>,
    ) -> Statement {
        if selected.outputs.len() > MAX_COLUMNS {
            let message = format!(
                "it has {} columns, and a result of SQLite has {MAX_COLUMNS}",
                selected.outputs.len()
            );
            self.refuse(code::SQLITE_LIMIT, message);
        }
        Statement { text, parameters: self.parameters.clone(), columns: selected.outputs, expand }
    }

    /// Returns the end of a statement: ` ORDER BY … LIMIT … OFFSET …`.
    pub(super) fn end(&mut self, order: &[String], page: &Page) -> String {
        let top = match &page.top {
            None => limits::MAX_ROWS_PER_RESPONSE.into(),
            Some(Value::Integer(n)) => (*n).max(0),
            Some(other) => {
                let text = dvkit_query::odata::value(other);
                self.refuse(code::PARAMETER, format!("`{text}` stands for a number of rows"));
                0
            }
        };
        if page.token.is_some() {
            self.refuse(code::SKIPTOKEN_OR_DELTATOKEN, "only the service knows where its token goes on");
        }
        let size = page.size.map_or(limits::MAX_ROWS_PER_RESPONSE.into(), i64::from);
        let past = page.number.map_or(0, |n| i64::from(n.saturating_sub(1)).saturating_mul(size));
        let (limit, past) = (self.bind(SqlValue::Integer(size.min(top))), self.bind(SqlValue::Integer(past)));
        let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
        format!("{order} LIMIT {limit} OFFSET {past}")
    }

    /// Returns the columns of the result. If SQL cannot express this, the reason is recorded and the result
    /// is `None`.
    fn selected(&mut self, query: &Query, scope: &Scope) -> Option<Selected> {
        let mut selected = Selected::default();
        let row = scope.rows.first()?.clone();
        match &query.result {
            ResultShape::Column(column, _) => {
                let value = self.column(scope, column)?;
                selected.add(Some(name_of(column)), value);
                return Some(selected);
            }
            ResultShape::References => {
                self.key_column(&mut selected, &row)?;
                return Some(selected);
            }
            ResultShape::Rows | ResultShape::Count => {}
        }
        self.columns(&mut selected, scope, &query.columns, &query.aliases, "")?;
        if !query.distinct {
            self.key_column(&mut selected, &row)?;
        }
        self.joined_columns(&mut selected, scope, &query.joins)?;
        Some(selected)
    }

    fn key_column(&mut self, selected: &mut Selected, row: &Row) -> Option<()> {
        let key = self.key(&row.table)?;
        let value = self.column_of_row(row, &key)?;
        selected.add(Some(key), value);
        for (name, kind) in self.row_columns {
            let value = Operand::computed(format!("{}.{}", row.name, quoted(name)), *kind);
            selected.add(Some((*name).to_owned()), value);
        }
        Some(())
    }

    fn joined_columns(&mut self, selected: &mut Selected, scope: &Scope, joins: &[Join]) -> Option<()> {
        for join in joins.iter().filter(|j| j.kind != JoinKind::Exists) {
            let inner = self.scope_of_alias(scope, &join.alias)?;
            let prefix = format!("{}.", join.alias);
            self.columns(selected, &inner, &join.columns, &join.aliases, &prefix)?;
            self.joined_columns(selected, scope, &join.joins)?;
        }
        Some(())
    }

    /// Returns the scope for the columns of the joined row with this alias: that row takes the place of the
    /// query's row.
    fn scope_of_alias(&mut self, scope: &Scope, alias: &str) -> Option<Scope> {
        let found = scope.joined.iter().find(|(name, _)| name == alias);
        if found.is_none() {
            self.refuse(code::ROW_NOT_JOINED, format!("nothing is joined as `{alias}` here"));
        }
        Some(scope.seen_from(found?.1.clone()))
    }

    /// Adds columns of the scope's first row to `selected`. `names` gives aliases to some of them; the others
    /// get `prefix` and their logical name.
    fn columns(
        &mut self,
        selected: &mut Selected,
        scope: &Scope,
        columns: &Columns,
        names: &[(ColumnRef, String)],
        prefix: &str,
    ) -> Option<()> {
        let listed = match columns {
            Columns::Listed(listed) => listed,
            Columns::All => {
                let row = scope.rows.first()?;
                self.layout(&row.table)?;
                let table = self.store.table(&row.table).ok().flatten()?;
                // "Image columns are not included if you set ColumnSet.AllColumns" ("Use image column data").
                let shown = |c: &&Column| {
                    c.is_property()
                        && StorageClass::of(&c.ty).is_some()
                        && !matches!(c.ty, ColumnType::Image { .. })
                };
                for column in table.columns.iter().filter(shown) {
                    let value = self.column_of_row(row, &column.logical_name)?;
                    selected.add(Some(format!("{prefix}{}", column.logical_name)), value);
                }
                return Some(());
            }
        };
        for column in listed {
            let value = self.column(scope, column)?;
            let mut given: Vec<String> =
                names.iter().filter(|(c, _)| c == column).map(|(_, name)| name.clone()).collect();
            if given.is_empty() {
                given.push(format!("{prefix}{}", name_of(column)));
            }
            for name in given {
                selected.add(Some(name), value.clone());
            }
        }
        Some(())
    }

    /// Returns a statement for each expansion, after adding the columns of the outer row that it needs to
    /// `selected`.
    fn expanded(
        &mut self,
        selected: &mut Selected,
        row: &Row,
        expansions: &[Expansion],
    ) -> Vec<ExpandStatement> {
        let mut all = Vec::new();
        for expansion in expansions {
            let outside = std::mem::take(&mut self.parameters);
            let expand = self.related(selected, row, expansion);
            self.parameters = outside;
            all.extend(expand);
        }
        all
    }

    fn related(
        &mut self,
        selected: &mut Selected,
        row: &Row,
        expansion: &Expansion,
    ) -> Option<ExpandStatement> {
        let (table, key) = match &expansion.to {
            RelatedRows::One(link) => {
                (&link.table, Self::lookup_of(link).or_else(|| self.unknown_columns(&link.navigation))?)
            }
            RelatedRows::Many(collection) => {
                (&collection.table, self.collection_key(collection, &row.table)?)
            }
        };
        let key = self.column_of_row(row, &key)?;
        let kind = key.kind;
        let place = selected.add(None, key);
        let key = Operand::computed(self.parameter(Parameter::Outer(place)), kind);
        let own = self.row(table);
        let found = match &expansion.to {
            RelatedRows::One(link) => self.target(&own, link, &key)?,
            RelatedRows::Many(collection) => self.member(&own, collection, &key)?,
        };
        let mut source = Source::default();
        source.join("JOIN", 1, &Self::from(&own), &[found]);
        let scope = Scope::of(own.clone());
        source.conditions.extend(self.filter(&scope, &expansion.predicate));
        let mut inner = Selected::default();
        self.key_column(&mut inner, &own)?;
        let mut expand = Vec::new();
        if !expansion.reference {
            self.columns(&mut inner, &scope, &expansion.columns, &[], "")?;
            expand = self.expanded(&mut inner, &own, &expansion.expand);
        }
        let mut order = Vec::new();
        for by in &expansion.order {
            order.extend(self.order(&scope, by).ok()?);
        }
        order.extend(self.key_order(&own));
        let page = Page { top: expansion.top.clone(), ..Page::default() };
        let text = format!("{}{}{}", inner.sql(), source.sql(), self.end(&order, &page));
        Some(ExpandStatement {
            navigation: expansion.to.navigation().to_owned(),
            single: matches!(expansion.to, RelatedRows::One(_)),
            rows: self.statement(text, inner, expand),
        })
    }

    /// Returns the SQL for the orders of a query, followed by the orders of its joins.
    fn orders(&mut self, query: &Query, scope: &Scope) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for by in &query.order {
            all.extend(self.order(scope, by).ok()?);
        }
        self.orders_of_joins(&mut all, scope, &query.joins)?;
        Some(all)
    }

    fn orders_of_joins(&mut self, all: &mut Vec<String>, scope: &Scope, joins: &[Join]) -> Option<()> {
        for join in joins {
            if !join.order.is_empty() {
                let inner = self.scope_of_alias(scope, &join.alias)?;
                for by in &join.order {
                    all.extend(self.order(&inner, by).ok()?);
                }
            }
            self.orders_of_joins(all, scope, &join.joins)?;
        }
        Some(())
    }

    /// Returns the SQL for one order; `None` if it has no effect, because all values are equal. Null comes
    /// first, as in SQLite.
    fn order(&mut self, scope: &Scope, by: &Order) -> Result<Option<String>, Refused> {
        let (column, label) = match &by.by {
            OrderBy::Column(column) => (column, false),
            OrderBy::Label(column) => (column, true),
            OrderBy::Result(name) => {
                self.refuse(code::ROW_NOT_JOINED, format!("`{name}` is not a result: nothing is grouped"));
                return Err(Refused);
            }
        };
        let value = self.column(scope, column).ok_or(Refused)?;
        let table = self.table_of(scope, column).ok_or(Refused)?;
        let known = self.store.table(&table).ok().flatten().and_then(|t| t.column(&column.column));
        let by_what = if label {
            self.label(&table, &column.column, &value)
        } else if known.is_some_and(|c| c.ty.is_lookup()) {
            self.target_name(&table, &column.column, &value)?
        } else {
            Some(value)
        };
        Ok(by_what.map(|value| directed(&value, by.descending)))
    }

    /// Returns the SQL for the primary name of the row that a lookup points to. Lookups are ordered by it.
    pub(super) fn target_name(
        &mut self,
        table: &str,
        lookup: &str,
        id: &Operand,
    ) -> Result<Option<Operand>, Refused> {
        let mut names: Vec<Operand> = Vec::new();
        let known = self.store.table(table).ok().flatten().ok_or(Refused)?;
        for r in known.lookups_of(lookup) {
            let Some(target) = self.store.table(&r.table).ok().flatten() else { continue };
            let Some(name) = &target.primary_name else { continue };
            let link = dvkit_query::hir::Link {
                navigation: r.navigation.clone().unwrap_or_default(),
                table: r.table.clone(),
                column: r.column.clone(),
                referenced: r.referenced.clone(),
            };
            let row = self.row(&r.table);
            let found = self.target(&row, &link, id).ok_or(Refused)?;
            let name = self.column_of_row(&row, name).ok_or(Refused)?;
            let sql = format!("(SELECT {} FROM {} WHERE {found})", name.sql, Self::from(&row));
            names.push(Operand::computed(sql, name.kind));
        }
        let Some(first) = names.first().cloned() else { return Ok(None) };
        if let Some(other) = names.iter().find(|name| name.kind != first.kind) {
            let message = format!("names are {} and {}", words(first.kind), words(other.kind));
            self.refuse(code::TYPES_NOT_COMPARABLE, message);
        }
        if names.len() == 1 {
            return Ok(Some(first));
        }
        let names: Vec<String> = names.into_iter().map(|name| name.sql).collect();
        Ok(Some(Operand::computed(format!("COALESCE({})", names.join(", ")), first.kind)))
    }

    /// Returns the SQL for the label of an option in the user's language; `None` if the column has no
    /// options.
    pub(super) fn label(&mut self, table: &str, column: &str, value: &Operand) -> Option<Operand> {
        let known = self.store.table(table).ok().flatten().and_then(|t| t.column(column));
        let choice = match known?.ty.choice()? {
            ChoiceRef::Local(choice) => choice,
            ChoiceRef::Global(name) => self.store.choice(name).ok().flatten()?,
        };
        if !matches!(value.kind, StorageClass::Integer | StorageClass::Boolean) {
            return None;
        }
        let label = |o: &ChoiceOption| Some((o.value, o.label.best(self.context.language)?.to_owned()));
        let labels: Vec<(i32, String)> = choice.options.iter().filter_map(label).collect();
        if labels.is_empty() {
            return None;
        }
        let mut cases = String::new();
        for (option, label) in labels {
            let label = self.bind(SqlValue::Text(label));
            cases.push_str(&format!(" WHEN {option} THEN {label}"));
        }
        Some(Operand::computed(format!("(CASE {}{cases} END)", value.sql), StorageClass::Text))
    }
}

/// Returns an operand with the direction for `ORDER BY`.
pub(super) fn directed(value: &Operand, descending: bool) -> String {
    format!("{}{}", value.collated(), if descending { " DESC" } else { "" })
}

/// Returns the name that a column has in the result: its logical name, or for a joined row
/// `<alias>.<column>`.
pub(super) fn name_of(column: &ColumnRef) -> String {
    let alias = column.join.iter().map(|alias| format!("{alias}."));
    let path = column.path.iter().map(|link| format!("{}/", link.navigation));
    alias.chain(path).chain([column.column.clone()]).collect()
}
