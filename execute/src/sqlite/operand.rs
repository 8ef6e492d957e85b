//! Translates columns and values to SQL operands, and converts two operands so that they can be compared.

use dvkit_diagnostic::code;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;

use super::layout::{StorageClass, moment, quoted, year};
use super::sql_value::SqlValue;
use super::{Emitter, Row, Scope};
use dvkit_query::hir::{ColumnRef, Comparison, Link, Value};
use dvkit_query::odata;

/// The text that turns a stored day into its stored midnight.
const MIDNIGHT: &str = "T00:00:00.000000000Z";

/// An SQL expression with the storage class of its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operand {
    pub(super) sql: String,
    pub(super) kind: StorageClass,
    /// Whether the expression is a stored column. SQLite then applies the collation of the column.
    plain: bool,
}

impl Operand {
    /// Returns an operand that is not a stored column.
    pub(super) fn computed(sql: String, kind: StorageClass) -> Self {
        Self { sql, kind, plain: false }
    }

    /// Returns the SQL with the collation by which values of its class are compared.
    pub(super) fn collated(&self) -> String {
        match self.kind.collation().filter(|_| !self.plain) {
            Some(collation) => format!("{} COLLATE {collation}", self.sql),
            None => self.sql.clone(),
        }
    }

    /// Returns the operand converted to a class that contains all its values: a day to a point in time, or a
    /// whole number to another number. `None` if there is no such conversion.
    fn widened(&self, kind: StorageClass) -> Option<Self> {
        let sql = match (self.kind, kind) {
            (own, wanted) if own == wanted => return Some(self.clone()),
            (StorageClass::Integer, StorageClass::Decimal) => format!("CAST({} AS TEXT)", self.sql),
            (StorageClass::Integer, StorageClass::Double) => format!("CAST({} AS REAL)", self.sql),
            (StorageClass::Date, StorageClass::DateTime) => format!("({} || '{MIDNIGHT}')", self.sql),
            _ => return None,
        };
        Some(Self::computed(sql, kind))
    }
}

/// An operand and the SQL of a value to compare it with, both of one storage class.
pub(super) struct Pair {
    pub(super) left: Operand,
    pub(super) right: String,
}

impl Emitter<'_> {
    /// Returns the row from which the path of a column starts.
    fn base(&mut self, scope: &Scope, column: &ColumnRef) -> Option<Row> {
        let found = match &column.join {
            None => scope.rows.get(column.scope),
            Some(alias) => scope.joined.iter().find(|(name, _)| **name == **alias).map(|(_, row)| row),
        };
        if found.is_none() {
            let message = match &column.join {
                Some(alias) => {
                    format!("`{alias}.{}` names a joined row that is not there yet", column.column)
                }
                None => format!("`{}` is a column of a row that is not there", column.column),
            };
            self.refuse(code::ROW_NOT_JOINED, message);
        }
        found.cloned()
    }

    /// Returns the logical name of the table that a column belongs to.
    pub(super) fn table_of(&mut self, scope: &Scope, column: &ColumnRef) -> Option<String> {
        match column.path.last() {
            Some(link) => Some(link.table.clone()),
            None => Some(self.base(scope, column)?.table),
        }
    }

    /// Returns a stored column of a row. If SQL cannot express this, the reason is recorded and the result is
    /// `None`.
    pub(super) fn column_of_row(&mut self, row: &Row, column: &str) -> Option<Operand> {
        let known = self.store.table(&row.table).ok().flatten();
        if let Some(lookup) = known.and_then(|t| t.lookup_named_by(t.column(column)?)) {
            // The name column of a lookup is the primary name of the row behind it.
            let id = self.column_of_row(row, &lookup.logical_name)?;
            let name = self.target_name(&row.table, &lookup.logical_name, &id).ok()?;
            return Some(name.unwrap_or_else(|| Operand::computed("NULL".to_owned(), StorageClass::Text)));
        }
        let kind = self.layout(&row.table)?.kind(column);
        if kind.is_none() {
            let message = format!("`{column}` of `{}` has no place in the layout of tables", row.table);
            self.refuse(code::NOT_STORED, message);
        }
        Some(Operand { sql: format!("{}.{}", row.name, quoted(column)), kind: kind?, plain: true })
    }

    /// Returns a column, after following the lookups of its path. If SQL cannot express this, the reason is
    /// recorded and the result is `None`.
    pub(super) fn column(&mut self, scope: &Scope, column: &ColumnRef) -> Option<Operand> {
        let base = self.base(scope, column)?;
        let Some((first, further)) = column.path.split_first() else {
            return self.column_of_row(&base, &column.column);
        };
        let key = Self::lookup_of(first).or_else(|| self.unknown_columns(&first.navigation))?;
        let key = self.column_of_row(&base, &key)?;
        let mut row = self.row(&first.table);
        let start = self.target(&row, first, &key)?;
        let mut from = Self::from(&row);
        for link in further {
            let key = Self::lookup_of(link).or_else(|| self.unknown_columns(&link.navigation))?;
            let key = self.column_of_row(&row, &key)?;
            let next = self.row(&link.table);
            let on = self.target(&next, link, &key)?;
            from = format!("{from} JOIN {} ON {on}", Self::from(&next));
            row = next;
        }
        let held = self.column_of_row(&row, &column.column)?;
        Some(Operand::computed(format!("(SELECT {} FROM {from} WHERE {start})", held.sql), held.kind))
    }

    pub(super) fn lookup_of(link: &Link) -> Option<String> {
        link.column.clone()
    }

    /// Refuses the query because the columns of a relationship are not known.
    pub(super) fn unknown_columns<T>(&mut self, navigation: &str) -> Option<T> {
        let message = format!("this snapshot does not know which columns `{navigation}` joins");
        self.refuse(code::JOIN_COLUMNS_UNKNOWN, message);
        None
    }

    /// Returns the condition that `row` is the row that a lookup with the value `lookup` points to.
    pub(super) fn target(&mut self, row: &Row, link: &Link, lookup: &Operand) -> Option<String> {
        let key = self.key(&link.table)?;
        let referenced = link.referenced.clone().unwrap_or_else(|| key.clone());
        let own = self.column_of_row(row, &key)?;
        if referenced == key {
            return self.equal(&own, lookup);
        }
        // If several rows have the value, the first one is meant.
        let candidate = self.row(&link.table);
        let value = self.column_of_row(&candidate, &referenced)?;
        let found = self.equal(&value, lookup)?;
        let first = self.column_of_row(&candidate, &key)?.sql;
        let from = Self::from(&candidate);
        Some(format!("{} = (SELECT {first} FROM {from} WHERE {found} ORDER BY {first} LIMIT 1)", own.sql))
    }

    /// Returns the condition that both operands are equal and not null.
    pub(super) fn equal(&mut self, a: &Operand, b: &Operand) -> Option<String> {
        let (a, b) = self.of_one_kind(a, b)?;
        Some(format!("{} = {}", a.collated(), b.collated()))
    }

    /// Returns the two operands converted to one storage class. If SQL cannot express this, the reason is
    /// recorded and the result is `None`.
    pub(super) fn of_one_kind(&mut self, a: &Operand, b: &Operand) -> Option<(Operand, Operand)> {
        let pair =
            a.widened(b.kind).map(|a| (a, b.clone())).or_else(|| Some((a.clone(), b.widened(a.kind)?)));
        if pair.is_none() {
            let message = format!("{} and {} are not comparable exactly", words(a.kind), words(b.kind));
            self.refuse(code::TYPES_NOT_COMPARABLE, message);
        }
        pair
    }

    /// Returns an operand and a value converted to one storage class. The value becomes a parameter. If SQL
    /// cannot express this, the reason is recorded and the result is `None`.
    pub(super) fn pair(&mut self, operand: &Operand, value: &Value) -> Option<Pair> {
        let found = match (operand.kind, value) {
            (_, Value::Parameter(name)) => {
                self.refuse(code::PARAMETER, format!("`{name}` has no value here"));
                return None;
            }
            (StorageClass::Integer, Value::Decimal(_)) => operand.widened(StorageClass::Decimal),
            (StorageClass::Integer, Value::Double(_)) => operand.widened(StorageClass::Double),
            (StorageClass::Date, Value::DateTime(_)) => operand.widened(StorageClass::DateTime),
            _ => Some(operand.clone()),
        };
        let found = found.and_then(|left| {
            let cell = cell(left.kind, value)?;
            Some((left, cell))
        });
        match found {
            Some((left, cell)) => Some(Pair { left, right: self.bind(cell) }),
            None => {
                let message = format!(
                    "`{}` is not comparable exactly with {}",
                    odata::value(value),
                    words(operand.kind)
                );
                self.refuse(code::TYPES_NOT_COMPARABLE, message);
                None
            }
        }
    }
}

/// Returns `value` in the form that columns of class `kind` store; `None` if no stored value can equal it. A
/// time before the first one that can be stored becomes the empty text, which sorts before all times.
fn cell(kind: StorageClass, value: &Value) -> Option<SqlValue> {
    Some(match (kind, value) {
        (StorageClass::DateTime, Value::DateTime(t)) if year(*t) < 0 => SqlValue::Text(String::new()),
        (StorageClass::Date | StorageClass::DateTime, Value::Date(day)) if day.year() < 0 => {
            SqlValue::Text(String::new())
        }
        (StorageClass::DateTime, Value::Date(day)) => {
            SqlValue::Text(moment(day.to_zoned(TimeZone::UTC).ok()?.timestamp()))
        }
        (StorageClass::Double, Value::Decimal(d)) => SqlValue::Real(d.to_f64()?),
        _ => kind.encode(value)?,
    })
}

pub(super) fn words(kind: StorageClass) -> &'static str {
    match kind {
        StorageClass::Text => "a text",
        StorageClass::Integer => "a whole number",
        StorageClass::Decimal => "a decimal",
        StorageClass::Double => "a floating-point number",
        StorageClass::Boolean => "yes/no",
        StorageClass::Guid => "an id",
        StorageClass::Date => "a day",
        StorageClass::DateTime => "a point in time",
    }
}

/// Returns the operator of SQL for a comparison.
pub(super) fn operator(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => "=",
        Comparison::Ne => "<>",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
        Comparison::Lt => "<",
        Comparison::Le => "<=",
    }
}
