//! Translates conditions to SQL. A condition is true, false or unknown; in SQL unknown is null.
//!
//! The SQL is shorter where unknown has the same effect as false. Within a `NOT` the effects differ, so the
//! SQL distinguishes the two (`NullHandling`).

use dvkit_diagnostic::code;

use super::layout::StorageClass;
use super::logic::{NullHandling, balanced};
use super::operand::{Operand, Pair, operator, words};
use super::{Emitter, LEVELS_OF_COLLECTION, MAX_CONDITION_LEVELS, Row, Scope, SqlValue};
use dvkit_query::hir::{CollectionRef, ColumnRef, Comparison, Predicate, Test, Value};
use dvkit_query::odata;

/// The SQL in place of a construct that was refused.
const NOTHING: &str = "NULL";

impl Emitter<'_> {
    /// Returns the condition for `WHERE`, or `None` if all rows are kept.
    pub(super) fn filter(&mut self, scope: &Scope, predicate: &Predicate) -> Option<String> {
        match predicate {
            Predicate::Constant(true) => None,
            other => Some(self.condition(scope, other, NullHandling::Truth)),
        }
    }

    /// Returns the SQL of a condition, in parentheses if operators next to it require them.
    pub(super) fn condition(&mut self, scope: &Scope, predicate: &Predicate, sense: NullHandling) -> String {
        let levels = match predicate {
            Predicate::Any(..) | Predicate::All(..) => LEVELS_OF_COLLECTION,
            _ => 1,
        };
        if self.level + levels > MAX_CONDITION_LEVELS {
            self.refuse(code::SQLITE_LIMIT, "its conditions nest too deep");
            return NOTHING.to_owned();
        }
        self.level += levels;
        let condition = match predicate {
            Predicate::Constant(c) => Some(if *c { "TRUE" } else { "FALSE" }.to_owned()),
            Predicate::And(parts) => Some(self.parts(scope, parts, " AND ", sense)),
            Predicate::Or(parts) => Some(self.parts(scope, parts, " OR ", sense)),
            Predicate::Not(inner) => {
                Some(format!("(NOT {})", self.condition(scope, inner, NullHandling::Exact)))
            }
            Predicate::Test(column, test) => self.test(scope, column, test, sense),
            Predicate::Columns(left, op, right) => self.columns_compared(scope, left, *op, right, sense),
            Predicate::Any(collection, condition) => self.any(scope, collection, condition.as_deref()),
            Predicate::All(collection, condition) => self.all(scope, collection, condition),
            Predicate::Parameter(name) => {
                self.refuse(code::PARAMETER, format!("`{name}` stands for a condition"));
                None
            }
        };
        self.level -= levels;
        condition.unwrap_or_else(|| NOTHING.to_owned())
    }

    fn parts(&mut self, scope: &Scope, parts: &[Predicate], word: &str, sense: NullHandling) -> String {
        let parts: Vec<String> = parts.iter().map(|p| self.condition(scope, p, sense)).collect();
        balanced(&parts, word)
    }

    fn columns_compared(
        &mut self,
        scope: &Scope,
        left: &ColumnRef,
        op: Comparison,
        right: &ColumnRef,
        sense: NullHandling,
    ) -> Option<String> {
        let (left, right) = (self.column(scope, left), self.column(scope, right));
        let (left, right) = self.of_one_kind(&left?, &right?)?;
        if op == Comparison::Eq && sense == NullHandling::Truth {
            return Some(format!("{} = {}", left.collated(), right.collated()));
        }
        let compared = compared(&left, op, &right.collated());
        if !op.is_equality() || sense == NullHandling::Truth {
            return Some(compared);
        }
        // One null differs from a value; the comparison of two nulls is unknown.
        let (a, b) = (&left.sql, &right.sql);
        Some(format!("(CASE WHEN {a} IS NULL AND {b} IS NULL THEN NULL ELSE {compared} END)"))
    }

    fn test(
        &mut self,
        scope: &Scope,
        column: &ColumnRef,
        test: &Test,
        sense: NullHandling,
    ) -> Option<String> {
        let operand = self.column(scope, column)?;
        match test {
            Test::Null => Some(format!("{} IS NULL", operand.sql)),
            Test::NotNull => Some(format!("{} IS NOT NULL", operand.sql)),
            Test::Compare(op, value) => {
                let Pair { left, right } = self.pair(&operand, value)?;
                if *op == Comparison::Eq && sense == NullHandling::Truth {
                    return Some(format!("{} = {right}", left.collated()));
                }
                Some(compared(&left, *op, &right))
            }
            Test::Contains(pattern) => self.like(&operand, pattern, |p| format!("%{p}%")),
            Test::StartsWith(pattern) => self.like(&operand, pattern, |p| format!("{p}%")),
            Test::EndsWith(pattern) => self.like(&operand, pattern, |p| format!("%{p}")),
            Test::Like(pattern) => self.like(&operand, pattern, str::to_owned),
            Test::Function(function, arguments) => {
                let table = self.table_of(scope, column)?;
                let place = super::function::FunctionColumn {
                    table: &table,
                    column: &column.column,
                    operand: &operand,
                };
                self.function(function, arguments, &place, sense)
            }
        }
    }

    fn like(&mut self, operand: &Operand, pattern: &Value, whole: impl Fn(&str) -> String) -> Option<String> {
        match (operand.kind, pattern) {
            (StorageClass::Text, Value::Text(pattern)) => {
                let pattern = self.bind(SqlValue::Text(whole(pattern)));
                Some(format!("dv_like({}, {pattern})", operand.sql))
            }
            (_, Value::Parameter(name)) => {
                self.refuse(code::PARAMETER, format!("`{name}` has no value here"));
                None
            }
            (kind, pattern) => {
                let message = format!("{} has no pattern {}", words(kind), odata::value(pattern));
                self.refuse(code::TYPES_NOT_COMPARABLE, message);
                None
            }
        }
    }

    fn any(
        &mut self,
        scope: &Scope,
        collection: &CollectionRef,
        inner: Option<&Predicate>,
    ) -> Option<String> {
        let (row, found) = self.members_of(scope, collection)?;
        let condition = inner.and_then(|inner| self.filter(&scope.with(row.clone()), inner));
        let both = condition.map(|c| format!(" AND {c}")).unwrap_or_default();
        Some(format!("EXISTS (SELECT 1 FROM {} WHERE {found}{both})", Self::from(&row)))
    }

    /// Returns the condition that `inner` is true for every row of a collection.
    fn all(&mut self, scope: &Scope, collection: &CollectionRef, inner: &Predicate) -> Option<String> {
        let (row, found) = self.members_of(scope, collection)?;
        let condition = self.condition(&scope.with(row.clone()), inner, NullHandling::Truth);
        let from = Self::from(&row);
        Some(format!("NOT EXISTS (SELECT 1 FROM {from} WHERE {found} AND ({condition}) IS NOT TRUE)"))
    }

    /// Returns a new row of the collection's table, and the condition that it belongs to the collection. If
    /// SQL cannot express this, the reason is recorded and the result is `None`.
    fn members_of(&mut self, scope: &Scope, collection: &CollectionRef) -> Option<(Row, String)> {
        let Some(from) = scope.rows.get(collection.scope).cloned() else {
            self.refuse(
                code::ROW_NOT_JOINED,
                format!("`{}` is a collection of no row here", collection.table),
            );
            return None;
        };
        let key = self.collection_key(collection, &from.table)?;
        let key = self.column_of_row(&from, &key)?;
        let row = self.row(&collection.table);
        let found = self.member(&row, collection, &key)?;
        Some((row, found))
    }

    /// Returns the name of the column of `table` that the rows of a collection refer to.
    pub(super) fn collection_key(&mut self, collection: &CollectionRef, table: &str) -> Option<String> {
        match &collection.referenced {
            Some(referenced) if collection.intersect.is_none() => Some(referenced.clone()),
            _ => self.key(table),
        }
    }

    /// Returns the condition that `row` belongs to the collection of the row whose key is `key`.
    pub(super) fn member(&mut self, row: &Row, collection: &CollectionRef, key: &Operand) -> Option<String> {
        let Some(column) = &collection.column else { return self.unknown_columns(&collection.navigation) };
        let Some(intersect) = &collection.intersect else {
            let own = self.column_of_row(row, column)?;
            return self.equal(&own, key);
        };
        let Some(other) = &collection.referenced else {
            return self.unknown_columns(&collection.navigation);
        };
        if !self.tables.contains_key(intersect) && matches!(self.store.table(intersect), Ok(None)) {
            let pairs = super::TableLayout::for_intersect(intersect, [column, other]);
            self.tables.insert(intersect.clone(), pairs);
        }
        let pair = self.row(intersect);
        let (here, there) = (self.column_of_row(&pair, column)?, self.column_of_row(&pair, other)?);
        let paired = self.equal(&here, key)?;
        let id = self.key(&row.table)?;
        let id = self.column_of_row(row, &id)?;
        if id.kind != there.kind {
            self.of_one_kind(&id, &there);
        }
        Some(format!("{} IN (SELECT {} FROM {} WHERE {paired})", id.sql, there.sql, Self::from(&pair)))
    }
}

/// Returns the SQL of a comparison. For `eq` and `ne`, null is a value that equals only null. The other
/// comparisons with null are unknown.
fn compared(left: &Operand, op: Comparison, right: &str) -> String {
    let operator = match op {
        Comparison::Eq => "IS",
        Comparison::Ne => "IS NOT",
        other => operator(other),
    };
    format!("{} {operator} {right}", left.collated())
}
