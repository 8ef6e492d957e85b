//! Translates the clauses of a `SELECT` to the elements of FetchXML.

use dvkit_schema::{Store, Table as SchemaTable};
use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    Ident, Join, JoinConstraint, JoinOperator, LimitClause, ObjectName, OrderByKind, OrderBySort, Query,
    Select, SelectItem, TableFactor, Top, TopQuantity, Value,
};

use super::super::super::service_error::ServiceError;
use super::condition::condition;
use super::terms::{Table, attribute, column, refused};

/// A statement as FetchXML.
#[derive(Debug)]
pub(super) struct Translation<'a> {
    pub(super) table: &'a SchemaTable,
    tables: Vec<Table<'a>>,
    attributes: String,
    /// The number of rows that the statement skips.
    pub(super) skipped: u64,
    /// The most rows that the statement returns; `None` without a limit.
    pub(super) rows: Option<u64>,
}

impl<'a> Translation<'a> {
    pub(super) fn of(store: &'a Store, query: &Query, select: &Select) -> Result<Self, ServiceError> {
        if understood(query, select) != query.to_string() {
            return Err(refused(
                "it has a clause other than SELECT, DISTINCT, TOP, FROM, JOIN, WHERE, GROUP BY, ORDER BY, OFFSET and FETCH",
            ));
        }
        let mut tables = tables(store, select)?;
        let groups = match &select.group_by {
            GroupByExpr::Expressions(groups, _) => groups.as_slice(),
            GroupByExpr::All(_) => return Err(refused("GROUP BY ALL")),
        };
        let aggregates = !groups.is_empty()
            || select.projection.iter().any(|item| matches!(expr_of(item), Some(Expr::Function(_))));
        let distinct = matches!(select.distinct, Some(Distinct::Distinct));
        for (index, item) in select.projection.iter().enumerate() {
            project(&mut tables, item, groups, aggregates, index)?;
        }
        if let Some(selection) = &select.selection {
            let filter = condition(&tables, selection, false)?;
            if let Some(first) = tables.first_mut() {
                first.elements.push_str(&format!("<filter>{filter}</filter>"));
            }
        }
        let order = order(&tables, query, select, aggregates)?;
        let mut attributes = String::new();
        if let Some(first) = tables.first_mut() {
            first.elements.push_str(&order);
        }
        if distinct {
            attributes.push_str(" distinct='true'");
        }
        if aggregates {
            attributes.push_str(" aggregate='true'");
        }
        let (skipped, rows) = limits(query, select)?;
        let table = tables.first().ok_or_else(|| refused("it selects from no table"))?.table;
        Ok(Self { table, tables, attributes, skipped, rows })
    }

    /// Returns the statement as FetchXML, without its limits.
    pub(super) fn fetchxml(&self) -> String {
        format!("<fetch{}>{}</fetch>", self.attributes, self.element(0))
    }

    fn element(&self, index: usize) -> String {
        let Some(table) = self.tables.get(index) else { return String::new() };
        let inner: String = (0..self.tables.len())
            .filter(|n| self.tables.get(*n).is_some_and(|t| t.parent == Some(index)))
            .map(|n| self.element(n))
            .collect();
        let name = attribute(&table.table.logical_name);
        match table.parent {
            None => format!("<entity name={name}>{}{inner}</entity>", table.elements),
            Some(_) => {
                format!("<link-entity name={name} {}>{}{inner}</link-entity>", table.link, table.elements)
            }
        }
    }
}

/// Writes the parts of a statement that are understood, in the form of the statement's own text.
fn understood(query: &Query, select: &Select) -> String {
    let list = |items: Vec<String>| items.join(", ");
    let mut text = "SELECT ".to_owned();
    if matches!(select.distinct, Some(Distinct::Distinct)) {
        text.push_str("DISTINCT ");
    }
    if let Some(top) = &select.top {
        let plain = Top { with_ties: false, percent: false, quantity: top.quantity.clone() };
        text.push_str(&format!("{plain} "));
        if select.top_before_distinct && select.distinct.is_some() {
            return String::new();
        }
    }
    text.push_str(&list(select.projection.iter().map(ToString::to_string).collect()));
    text.push_str(&format!(" FROM {}", list(select.from.iter().map(ToString::to_string).collect())));
    if let Some(selection) = &select.selection {
        text.push_str(&format!(" WHERE {selection}"));
    }
    if let GroupByExpr::Expressions(groups, _) = &select.group_by
        && !groups.is_empty()
    {
        text.push_str(&format!(" GROUP BY {}", list(groups.iter().map(ToString::to_string).collect())));
    }
    if let Some(order) = &query.order_by {
        text.push_str(&format!(" {order}"));
    }
    if let Some(LimitClause::LimitOffset { limit: None, offset: Some(offset), .. }) = &query.limit_clause {
        text.push_str(&format!(" {offset}"));
    }
    if let Some(fetch) = &query.fetch {
        text.push_str(&format!(" {fetch}"));
    }
    text
}

/// Returns the tables of the statement, the first one first.
fn tables<'a>(store: &'a Store, select: &Select) -> Result<Vec<Table<'a>>, ServiceError> {
    let [from] = select.from.as_slice() else {
        return Err(refused("it selects from several tables without JOIN"));
    };
    let mut tables = vec![table(store, &from.relation)?];
    for join in &from.joins {
        let joined = table(store, &join.relation)?;
        if tables.iter().any(|t| t.name.eq_ignore_ascii_case(&joined.name)) {
            return Err(refused(format_args!("two of its tables are called `{}`", joined.name)));
        }
        tables.push(joined);
        connect(&mut tables, join)?;
    }
    Ok(tables)
}

fn table<'a>(store: &'a Store, factor: &TableFactor) -> Result<Table<'a>, ServiceError> {
    let TableFactor::Table { name, alias, .. } = factor else {
        return Err(refused("a subquery stands in place of a table"));
    };
    let text = name_of(name)?;
    let plain = match alias {
        Some(alias) if alias.explicit => format!("{name} AS {}", alias.name),
        Some(alias) => format!("{name} {}", alias.name),
        None => name.to_string(),
    };
    if plain != factor.to_string() {
        return Err(refused(format_args!("`{factor}` is more than a table and an alias")));
    }
    let logical = text.to_ascii_lowercase();
    let known = store.table(&logical)?;
    let known = known.ok_or_else(|| refused(format_args!("there is no table `{text}`")))?;
    let name = alias.as_ref().map_or_else(|| text.clone(), |alias| alias.name.value.clone());
    Ok(Table { name, table: known, parent: None, link: String::new(), elements: String::new() })
}

/// Returns a name of one part, or of two of which the first is the schema `dbo`.
fn name_of(name: &ObjectName) -> Result<String, ServiceError> {
    let parts: Vec<&Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
    match parts.as_slice() {
        [one] => Ok(one.value.clone()),
        [dbo, one] if dbo.value.eq_ignore_ascii_case("dbo") => Ok(one.value.clone()),
        _ => Err(refused(format_args!("`{name}` is not the name of a table"))),
    }
}

/// Sets the parent and the attributes of the last table, which `join` joins.
fn connect(tables: &mut [Table<'_>], join: &Join) -> Result<(), ServiceError> {
    let (kind, constraint) = match &join.join_operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("inner", constraint),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("outer", constraint),
        _ => return Err(refused("it has a join other than INNER JOIN and LEFT JOIN")),
    };
    let JoinConstraint::On(on) = constraint else { return Err(refused("a join has no ON")) };
    if join.global {
        return Err(refused("GLOBAL JOIN"));
    }
    let mut conjuncts = Vec::new();
    split(on, &mut conjuncts);
    let last = tables.len() - 1;
    let mut rest = Vec::new();
    let mut link = None;
    for part in conjuncts {
        let pair = match part {
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if link.is_none() => {
                match (column(tables, left), column(tables, right)) {
                    (Ok((a, x)), Ok((b, y))) if a == last && b != last => Some((x, b, y)),
                    (Ok((a, x)), Ok((b, y))) if b == last && a != last => Some((y, a, x)),
                    _ => None,
                }
            }
            _ => None,
        };
        match pair {
            Some(pair) => link = Some(pair),
            None => rest.push(part),
        }
    }
    let Some((from, parent, to)) = link else {
        return Err(refused("ON has to compare a column of the joined table with one of an earlier table"));
    };
    let own = tables.get(last..).unwrap_or_default().to_vec();
    let mut filter = String::new();
    for part in rest {
        filter.push_str(&condition(&own, part, false)?);
    }
    if let Some(table) = tables.last_mut() {
        let alias = attribute(&table.name);
        let (from, to) = (attribute(&from), attribute(&to));
        table.link = format!("from={from} to={to} link-type='{kind}' alias={alias}");
        table.parent = Some(parent);
        if !filter.is_empty() {
            table.elements.push_str(&format!("<filter>{filter}</filter>"));
        }
    }
    Ok(())
}

/// Splits a condition at its `AND`s.
fn split<'e>(expr: &'e Expr, into: &mut Vec<&'e Expr>) {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            split(left, into);
            split(right, into);
        }
        Expr::Nested(inner) => split(inner, into),
        other => into.push(other),
    }
}

fn expr_of(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn alias_of(item: &SelectItem) -> Option<&str> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(&alias.value),
        _ => None,
    }
}

/// Adds the `attribute` of an item of the `SELECT` list. `index` is its position.
fn project(
    tables: &mut [Table<'_>],
    item: &SelectItem,
    groups: &[Expr],
    aggregates: bool,
    index: usize,
) -> Result<(), ServiceError> {
    let Some(expr) = expr_of(item) else {
        return Err(refused("SELECT * is not supported; name the columns"));
    };
    if let Expr::Function(function) = expr {
        let (table, element) = aggregate(tables, function, alias_of(item), index)?;
        if let Some(table) = tables.get_mut(table) {
            table.elements.push_str(&element);
        }
        return Ok(());
    }
    let (at, name) = column(tables, expr)?;
    let grouped = groups.iter().any(|group| column(tables, group).is_ok_and(|own| own == (at, name.clone())));
    if aggregates && !grouped {
        return Err(refused(format_args!("`{expr}` is neither in GROUP BY nor aggregated")));
    }
    // The name of the result is the column's own: those of joined tables and of groups get it as an alias.
    let alias = alias_of(item).map(str::to_owned).or_else(|| (aggregates || at > 0).then(|| name.clone()));
    let alias = alias.map(|alias| format!(" alias={}", attribute(&alias))).unwrap_or_default();
    let group = if aggregates { " groupby='true'" } else { "" };
    if let Some(table) = tables.get_mut(at) {
        table.elements.push_str(&format!("<attribute name={}{alias}{group}/>", attribute(&name)));
    }
    Ok(())
}

/// Returns the index of the table of an aggregate, and its `attribute`.
fn aggregate(
    tables: &[Table<'_>],
    function: &Function,
    alias: Option<&str>,
    index: usize,
) -> Result<(usize, String), ServiceError> {
    let FunctionArguments::List(list) = &function.args else {
        return Err(refused(format_args!("`{function}` has no arguments")));
    };
    let name = function.name.to_string().to_ascii_lowercase();
    let distinct = matches!(list.duplicate_treatment, Some(sqlparser::ast::DuplicateTreatment::Distinct));
    let [FunctionArg::Unnamed(argument)] = list.args.as_slice() else {
        return Err(refused(format_args!("`{function}` has to have one argument")));
    };
    let plain = format!("{}({}{argument})", function.name, if distinct { "DISTINCT " } else { "" });
    if plain != function.to_string() {
        return Err(refused(format_args!("`{function}` is more than an aggregate of a column")));
    }
    let (at, column_name, method) = match (name.as_str(), argument) {
        ("count", FunctionArgExpr::Wildcard) => {
            let first = tables.first().ok_or_else(|| refused("it selects from no table"))?;
            let key = first.table.primary_id.clone().ok_or_else(|| refused("the table has no key"))?;
            (0, key, "count")
        }
        ("count", FunctionArgExpr::Expr(expr)) => {
            let (at, name) = column(tables, expr)?;
            (at, name, "countcolumn")
        }
        ("sum" | "avg" | "min" | "max", FunctionArgExpr::Expr(expr)) => {
            let (at, column) = column(tables, expr)?;
            (at, column, name.as_str())
        }
        _ => return Err(refused(format_args!("`{function}` is not an aggregate that it supports"))),
    };
    let alias = attribute(&alias.map_or_else(|| format!("Expr{}", index + 1), str::to_owned));
    let distinct = if distinct { " distinct='true'" } else { "" };
    let name = attribute(&column_name);
    Ok((at, format!("<attribute name={name} alias={alias} aggregate='{method}'{distinct}/>")))
}

/// Returns the `order` elements of the statement.
fn order(
    tables: &[Table<'_>],
    query: &Query,
    select: &Select,
    aggregates: bool,
) -> Result<String, ServiceError> {
    let Some(order) = &query.order_by else { return Ok(String::new()) };
    let OrderByKind::Expressions(all) = &order.kind else { return Err(refused("ORDER BY ALL")) };
    let mut elements = String::new();
    for by in all {
        if by.options.nulls_first.is_some() || by.with_fill.is_some() {
            return Err(refused(format_args!("`{by}` is more than a column and a direction")));
        }
        let descending = match by.options.sort {
            None | Some(OrderBySort::Asc) => "",
            Some(OrderBySort::Desc) => " descending='true'",
            Some(_) => return Err(refused(format_args!("`{by}` is more than a column and a direction"))),
        };
        let text = by.expr.to_string();
        let item = select.projection.iter().find(|item| {
            alias_of(item).is_some_and(|alias| alias.eq_ignore_ascii_case(&text))
                || aggregates && expr_of(item).is_some_and(|expr| *expr == by.expr)
        });
        if let (true, Some(item)) = (aggregates, item) {
            let position = select.projection.iter().position(|other| other == item).unwrap_or(0);
            let alias = match (alias_of(item), expr_of(item)) {
                (Some(alias), _) => alias.to_owned(),
                (None, Some(Expr::Function(_))) => format!("Expr{}", position + 1),
                (None, Some(expr)) => column(tables, expr)?.1,
                (None, None) => return Err(refused("SELECT * is not supported")),
            };
            elements.push_str(&format!("<order alias={}{descending}/>", attribute(&alias)));
            continue;
        }
        let (at, name) = match item.and_then(expr_of) {
            Some(expr) => column(tables, expr)?,
            None => column(tables, &by.expr)?,
        };
        let entity = match tables.get(at) {
            Some(table) if at > 0 => format!(" entityname={}", attribute(&table.name)),
            _ => String::new(),
        };
        elements.push_str(&format!("<order{entity} attribute={}{descending}/>", attribute(&name)));
    }
    Ok(elements)
}

/// Returns the numbers of rows that the statement skips and returns.
fn limits(query: &Query, select: &Select) -> Result<(u64, Option<u64>), ServiceError> {
    let number = |expr: &Expr| match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    };
    let whole =
        |expr: &Expr| number(expr).ok_or_else(|| refused(format_args!("`{expr}` is not a whole number")));
    let top = match select.top.as_ref().map(|top| &top.quantity) {
        None => None,
        Some(Some(TopQuantity::Constant(rows))) => Some(*rows),
        Some(Some(TopQuantity::Expr(expr))) => Some(whole(expr)?),
        Some(None) => return Err(refused("TOP has no number")),
    };
    let skipped = match &query.limit_clause {
        Some(LimitClause::LimitOffset { offset: Some(offset), .. }) => whole(&offset.value)?,
        _ => 0,
    };
    let fetched = match &query.fetch {
        Some(fetch) if fetch.with_ties || fetch.percent => {
            return Err(refused("FETCH with ties or per cent"));
        }
        Some(fetch) => fetch.quantity.as_ref().map(whole).transpose()?,
        None => None,
    };
    Ok((skipped, top.or(fetched)))
}
