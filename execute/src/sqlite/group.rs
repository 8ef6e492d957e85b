//! Translates groups and aggregates to SQL.
//!
//! An inner query returns the keys, the values to aggregate, and the position of each row. Groups are in the
//! order of their first rows. If texts of a group differ in letter case, the spelling is that of its first
//! row.

use dvkit_diagnostic::code;
use jiff::tz::TimeZone;

use super::layout::StorageClass;
use super::operand::{Operand, words};
use super::select::{Selected, directed, name_of};
use super::source::Source;
use super::{Emitter, Scope, Statement};
use dvkit_query::hir::{Aggregate, AggregateFunction, GroupKey, Grouping, OrderBy, Query};

impl Emitter<'_> {
    pub(super) fn groups(
        &mut self,
        query: &Query,
        grouping: &Grouping,
        source: &Source,
        scope: &Scope,
    ) -> Option<(Statement, Option<Statement>)> {
        // The keys are `c0`, `c1`, …; the columns of the aggregates follow.
        let mut inner = Selected::default();
        for key in &grouping.keys {
            let value = self.key_value(scope, key)?;
            inner.columns.push(value);
        }
        let keys: Vec<StorageClass> = inner.columns.iter().map(|c| c.kind).collect();
        let mut results = Selected::default();
        for (n, (key, kind)) in grouping.keys.iter().zip(&keys).enumerate() {
            results.add(Some(key_name(key)), Operand::computed(format!("q.c{n}"), *kind));
        }
        for aggregate in &grouping.aggregates {
            let value = self.aggregate(scope, aggregate, &mut inner)?;
            results.add(Some(aggregate.alias.clone()), value);
        }
        if inner.columns.is_empty() {
            inner.columns.push(Operand::computed("1".to_owned(), StorageClass::Integer));
        }
        let place = format!("ROW_NUMBER() OVER (ORDER BY {}) AS n", source.ties.join(", "));
        let rows = format!("SELECT {}, {place}{}", inner.numbered(), source.sql());
        let by = Selected::grouped(keys.iter().copied());
        let rows = Self::first_spelling(rows, inner.columns.len(), &keys, &by);
        let values = results.numbered();
        let groups = if keys.is_empty() {
            format!("SELECT {values} FROM ({rows}) AS q")
        } else {
            format!("SELECT {values}, MIN(q.n) AS n FROM ({rows}) AS q GROUP BY {by}")
        };
        let total = self.total(query, &groups);
        results.outside();
        let mut order = self.order_of_groups(query, grouping, scope, &results)?;
        if !keys.is_empty() {
            order.push("q.n".to_owned());
        }
        let text = format!("{} FROM ({groups}) AS q{}", results.sql(), self.end(&order, &query.page));
        Some((self.statement(text, results, Vec::new()), total))
    }

    /// Returns a query in which the key texts of each group are spelt as in its first row. `rows` is the
    /// inner query, with `columns` columns, and `by` distinguishes the groups.
    fn first_spelling(rows: String, columns: usize, keys: &[StorageClass], by: &str) -> String {
        if !keys.contains(&StorageClass::Text) {
            return rows;
        }
        let all = (0..columns).map(|n| match keys.get(n) {
            Some(StorageClass::Text) => {
                format!("FIRST_VALUE(q.c{n}) OVER (PARTITION BY {by} ORDER BY q.n) AS c{n}")
            }
            _ => format!("q.c{n} AS c{n}"),
        });
        format!("SELECT {}, q.n AS n FROM ({rows}) AS q", all.collect::<Vec<_>>().join(", "))
    }

    fn key_value(&mut self, scope: &Scope, key: &GroupKey) -> Option<Operand> {
        let value = self.column(scope, &key.column)?;
        let Some((part, users)) = key.date else { return Some(value) };
        let table = self.table_of(scope, &key.column)?;
        let place =
            super::function::FunctionColumn { table: &table, column: &key.column.column, operand: &value };
        let zone = if users && self.is_local(&place) { self.context.zone.clone() } else { TimeZone::UTC };
        self.part(part, &value, &zone)
    }

    /// Returns the SQL of a computed value, after adding the columns that it needs to the inner query.
    fn aggregate(&mut self, scope: &Scope, aggregate: &Aggregate, inner: &mut Selected) -> Option<Operand> {
        use AggregateFunction::{Average, Count, CountColumn, CountDistinct, Max, Min, Sum};
        let count = || Operand::computed("COUNT(*)".to_owned(), StorageClass::Integer);
        let Some(column) = &aggregate.column else {
            if aggregate.function == Count {
                return Some(count());
            }
            let message = format!("`{}` of no column", aggregate.function.as_str());
            self.refuse(code::FUNCTION_UNSUPPORTED, message);
            return None;
        };
        let value = self.column(scope, column)?;
        let kind = value.kind;
        let number = matches!(kind, StorageClass::Integer | StorageClass::Decimal | StorageClass::Double);
        if matches!(aggregate.function, Sum | Average) && !number {
            let message = format!("{} has no {}", words(kind), aggregate.function.as_str());
            self.refuse(code::FUNCTION_UNSUPPORTED, message);
        }
        if aggregate.function == Count {
            return Some(count());
        }
        let name = format!("q.c{}", inner.columns.len());
        inner.columns.push(value);
        let collated = Operand::computed(name.clone(), kind).collated();
        // The order of the rows matters for floating-point sums, and for the first of equal texts.
        let ordered =
            if matches!(kind, StorageClass::Double | StorageClass::Text) { " ORDER BY q.n" } else { "" };
        Some(match aggregate.function {
            Count | CountColumn => Operand::computed(format!("COUNT({name})"), StorageClass::Integer),
            CountDistinct => Operand::computed(format!("COUNT(DISTINCT {collated})"), StorageClass::Integer),
            Min => Operand::computed(format!("MIN({collated}{ordered})"), kind),
            Max => Operand::computed(format!("MAX({collated}{ordered})"), kind),
            Sum => Operand::computed(format!("dv_sum({name}{ordered})"), kind),
            Average => Operand::computed(format!("dv_avg({name}{ordered})"), kind),
        })
    }

    fn order_of_groups(
        &mut self,
        query: &Query,
        grouping: &Grouping,
        scope: &Scope,
        results: &Selected,
    ) -> Option<Vec<String>> {
        let named = |wanted: &str| {
            let place = results.outputs.iter().position(|o| o.name.as_deref() == Some(wanted))?;
            results.columns.get(place).cloned()
        };
        let mut all = Vec::new();
        for order in &query.order {
            let (column, label) = match &order.by {
                OrderBy::Result(name) => {
                    all.extend(named(name).map(|value| directed(&value, order.descending)));
                    continue;
                }
                OrderBy::Column(column) => (column, false),
                OrderBy::Label(column) => (column, true),
            };
            let Some(key) = grouping.keys.iter().find(|key| key.column == *column) else {
                let message = format!("`{}` is nothing that groups have in common", column.column);
                self.refuse(code::ROW_NOT_JOINED, message);
                return None;
            };
            let value = named(&key_name(key))?;
            let value = if label {
                let table = self.table_of(scope, column)?;
                self.label(&table, &column.column, &value)
            } else {
                Some(value)
            };
            all.extend(value.map(|value| directed(&value, order.descending)));
        }
        Some(all)
    }
}

/// Returns the name of a group key in the result: its alias in the query, or else the name that OData gives
/// it.
fn key_name(key: &GroupKey) -> String {
    match (&key.alias, key.column.path.last()) {
        (Some(alias), _) => alias.clone(),
        (None, Some(link)) => format!("{}_{}", link.table, key.column.column),
        (None, None) => name_of(&key.column),
    }
}
