//! The layout of tables in SQLite: how the values of each type of column are stored, and the statements that
//! create a table.
//!
//! | columns | kind | stored as |
//! |---|---|---|
//! | thumbnails of images | [`Text`](StorageClass::Text) | `TEXT COLLATE DVTEXT`, in Base64 |
//! | text, memo, table names | [`Text`](StorageClass::Text) | `TEXT COLLATE DVTEXT` |
//! | multi-select choices | [`Text`](StorageClass::Text) | the ascending numbers of their options, `1,9` |
//! | whole numbers, choices, states, status reasons | [`Integer`](StorageClass::Integer) | `INTEGER` |
//! | decimals, money | [`Decimal`](StorageClass::Decimal) | `TEXT COLLATE DVDECIMAL`, all digits: `-12.50` |
//! | floating-point numbers | [`Double`](StorageClass::Double) | `REAL` |
//! | yes/no, managed properties | [`Boolean`](StorageClass::Boolean) | `INTEGER`, 0 or 1 |
//! | keys, lookups, files | [`Guid`](StorageClass::Guid) | `TEXT`, lower case, hyphens, no braces |
//! | days | [`Date`](StorageClass::Date) | `TEXT`, `2025-03-12` |
//! | dates with a time | [`DateTime`](StorageClass::DateTime) | `TEXT` in UTC, nine digits of a second: `2025-03-12T01:30:20.000000000Z` |
//!
//! Tables and columns have their logical names; a null value is `NULL`. The texts of guids, days and times
//! sort as their values do. A file column contains the id of its file. Columns of party lists and calendar
//! rules, and columns of unknown type, are not stored, because queries do not use their values. Name columns of lookups
//! (`primarycontactidname`) are not stored either; their values are read from the row that the lookup points
//! to.

use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Table};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::host_functions as host;
use super::sql_value::SqlValue;
use dvkit_query::hir::Value;

/// The kind of values in a column, which decides how they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorageClass {
    /// Text. Letter case is ignored in comparisons.
    Text,
    /// A whole number, or the number of an option of a choice.
    Integer,
    /// A decimal number or an amount of money.
    Decimal,
    /// A floating-point number.
    Double,
    /// True or false.
    Boolean,
    /// The id of a row, of a guid column or a lookup.
    Guid,
    /// A day without a time.
    Date,
    /// A point in time.
    DateTime,
}

impl StorageClass {
    /// Returns the storage class for columns of type `ty`; `None` if such columns are not stored.
    #[must_use]
    pub fn of(ty: &ColumnType) -> Option<Self> {
        if let ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } = ty {
            return Some(Self::Date);
        }
        Some(match (ty, ty.edm()) {
            (ColumnType::ManagedProperty, _) | (_, Some(Edm::Boolean)) => Self::Boolean,
            (_, Some(Edm::String)) => Self::Text,
            (_, Some(Edm::Int32 | Edm::Int64)) => Self::Integer,
            (_, Some(Edm::Decimal)) => Self::Decimal,
            (_, Some(Edm::Double)) => Self::Double,
            (ColumnType::Image { .. }, _) => Self::Text,
            (ColumnType::File { .. }, _) | (_, Some(Edm::Guid)) => Self::Guid,
            (_, Some(Edm::Date)) => Self::Date,
            (_, Some(Edm::DateTimeOffset)) => Self::DateTime,
            (_, None | Some(Edm::Binary)) => return None,
        })
    }

    /// Returns the declaration of a column in `CREATE TABLE`.
    fn declaration(self) -> &'static str {
        match self {
            Self::Text => "TEXT COLLATE DVTEXT",
            Self::Decimal => "TEXT COLLATE DVDECIMAL",
            Self::Integer | Self::Boolean => "INTEGER",
            Self::Double => "REAL",
            Self::Guid | Self::Date | Self::DateTime => "TEXT",
        }
    }

    /// Returns the collation by which values of this class are compared; `None` for the default of SQLite.
    #[must_use]
    pub fn collation(self) -> Option<&'static str> {
        match self {
            Self::Text => Some(host::TEXT_COLLATION),
            Self::Decimal => Some(host::DECIMAL_COLLATION),
            _ => None,
        }
    }

    /// Returns a value in the form that columns of this class store. Returns `None` if the value is of
    /// another type, or if SQLite cannot store it: `NaN`, and years before 0 or after 9999.
    ///
    /// ```
    /// use dvkit_execute::sqlite::{SqlValue, StorageClass};
    /// use dvkit_query::hir::Value;
    /// assert_eq!(StorageClass::Boolean.encode(&Value::Boolean(true)), Some(SqlValue::Integer(1)));
    /// assert_eq!(StorageClass::Boolean.encode(&Value::Text("yes".into())), None);
    /// ```
    #[must_use]
    pub fn encode(self, value: &Value) -> Option<SqlValue> {
        Some(match (self, value) {
            (Self::Text, Value::Text(text)) => SqlValue::Text(text.clone()),
            (Self::Integer, Value::Integer(n)) => SqlValue::Integer(*n),
            (Self::Decimal, Value::Decimal(d)) => SqlValue::Text(d.to_string()),
            (Self::Decimal, Value::Integer(n)) => SqlValue::Text(n.to_string()),
            (Self::Double, Value::Double(d)) if !d.is_nan() => SqlValue::Real(*d),
            (Self::Double, Value::Decimal(d)) => SqlValue::Real(d.to_f64()?),
            (Self::Double, Value::Integer(n)) => SqlValue::Real(rust_decimal::Decimal::from(*n).to_f64()?),
            (Self::Boolean, Value::Boolean(b)) => SqlValue::Integer(i64::from(*b)),
            (Self::Guid, Value::Guid(id)) => SqlValue::Text(id.hyphenated().to_string()),
            (Self::Date, Value::Date(day)) if day.year() >= 0 => SqlValue::Text(day.to_string()),
            (Self::DateTime, Value::DateTime(t)) if year(*t) >= 0 => SqlValue::Text(moment(*t)),
            _ => return None,
        })
    }

    /// Returns the value that `cell` is the stored form of; `None` if columns of this class do not store such
    /// cells.
    ///
    /// ```
    /// use dvkit_execute::sqlite::{SqlValue, StorageClass};
    /// use dvkit_query::hir::Value;
    /// assert_eq!(StorageClass::Boolean.decode(&SqlValue::Integer(1)), Some(Value::Boolean(true)));
    /// assert_eq!(StorageClass::Guid.decode(&SqlValue::Text("no guid".into())), None);
    /// ```
    #[must_use]
    pub fn decode(self, cell: &SqlValue) -> Option<Value> {
        Some(match (self, cell) {
            (Self::Text, SqlValue::Text(text)) => Value::Text(text.clone()),
            (Self::Integer, SqlValue::Integer(n)) => Value::Integer(*n),
            (Self::Decimal, SqlValue::Text(text)) => Value::Decimal(text.parse().ok()?),
            (Self::Double, SqlValue::Real(d)) => Value::Double(*d),
            (Self::Boolean, SqlValue::Integer(n)) => Value::Boolean(*n != 0),
            (Self::Guid, SqlValue::Text(text)) => Value::Guid(Uuid::parse_str(text).ok()?),
            (Self::Date, SqlValue::Text(text)) => Value::Date(text.parse::<Date>().ok()?),
            (Self::DateTime, SqlValue::Text(text)) => Value::DateTime(text.parse::<Timestamp>().ok()?),
            _ => return None,
        })
    }
}

/// Returns the year of a point in time, in UTC.
pub(super) fn year(t: Timestamp) -> i16 {
    t.to_zoned(TimeZone::UTC).year()
}

/// Returns the stored form of a point in time of the years 0 to 9999.
pub(super) fn moment(t: Timestamp) -> String {
    format!("{t:.9}")
}

/// The layout of a table in SQLite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLayout {
    /// The logical name of the table.
    pub name: String,
    /// The stored columns, as pairs of logical name and storage class.
    pub columns: Vec<(String, StorageClass)>,
    /// The logical names of the key columns; empty if the snapshot does not have the key.
    pub key: Vec<String>,
}

impl TableLayout {
    /// Returns the layout for a table of the snapshot.
    #[must_use]
    pub fn for_table(table: &Table) -> Self {
        let named = |c: &Column| table.lookup_named_by(c).is_some();
        let stored =
            |c: &Column| Some((c.logical_name.clone(), StorageClass::of(&c.ty).filter(|_| !named(c))?));
        let columns: Vec<(String, StorageClass)> = table.columns.iter().filter_map(stored).collect();
        let known = |key: &&String| columns.iter().any(|(name, _)| name == *key);
        let key = table.primary_id.iter().filter(known).cloned().collect();
        Self { name: table.logical_name.clone(), columns, key }
    }

    /// Returns the layout for an intersect table with these two columns of ids. It is for a table that the
    /// snapshot knows only from its relationship.
    #[must_use]
    pub fn for_intersect(name: &str, columns: [&str; 2]) -> Self {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        let typed = columns.iter().map(|c| (c.clone(), StorageClass::Guid)).collect();
        Self { name: name.to_owned(), columns: typed, key: columns }
    }

    /// Returns the storage class of the column with this logical name; `None` if it is not stored.
    #[must_use]
    pub fn kind(&self, column: &str) -> Option<StorageClass> {
        self.columns.iter().find(|(name, _)| name == column).map(|(_, kind)| *kind)
    }

    /// Returns the statements that create the table and its indexes. Every column that contains ids has an
    /// index, because relationships are followed by such columns. The first column of the key needs no index
    /// of its own.
    ///
    /// ```
    /// let pairs = dvkit_execute::sqlite::TableLayout::for_intersect("accountleads", ["accountid", "leadid"]);
    /// assert_eq!(
    ///     pairs.create().first().map(String::as_str),
    ///     Some(r#"CREATE TABLE "accountleads" ("accountid" TEXT NOT NULL, "leadid" TEXT NOT NULL, PRIMARY KEY ("accountid", "leadid")) STRICT"#),
    /// );
    /// ```
    #[must_use]
    pub fn create(&self) -> Vec<String> {
        let mut columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind)| {
                let filled = if self.key.contains(name) { " NOT NULL" } else { "" };
                format!("{} {}{filled}", quoted(name), kind.declaration())
            })
            .collect();
        let key: Vec<String> = self.key.iter().map(|name| quoted(name)).collect();
        if !key.is_empty() {
            columns.push(format!("PRIMARY KEY ({})", key.join(", ")));
        }
        let mut all = vec![format!("CREATE TABLE {} ({}) STRICT", quoted(&self.name), columns.join(", "))];
        all.extend(self.columns.iter().filter_map(|(name, kind)| self.index(name, *kind)));
        all
    }

    /// Returns the statements that add columns to an existing table, each with its index if it contains ids.
    /// `exists` says whether the table already has a column with that name.
    #[must_use]
    pub fn add_columns(&self, exists: &dyn Fn(&String) -> bool) -> Vec<String> {
        let mut all = Vec::new();
        for (name, kind) in self.columns.iter().filter(|(name, _)| !exists(name)) {
            let table = quoted(&self.name);
            all.push(format!("ALTER TABLE {table} ADD COLUMN {} {}", quoted(name), kind.declaration()));
            all.extend(self.index(name, *kind));
        }
        all
    }

    /// Returns the statement that creates the index of a column; `None` if the column needs no index.
    fn index(&self, name: &str, kind: StorageClass) -> Option<String> {
        let is_indexed = kind == StorageClass::Guid && self.key.first().is_none_or(|key| key != name);
        let index = quoted(&format!("{}.{name}", self.name));
        is_indexed.then(|| format!("CREATE INDEX {index} ON {} ({})", quoted(&self.name), quoted(name)))
    }

    /// Returns the statement that inserts a row. Its parameters are the values of [`columns`](Self::columns),
    /// in their order.
    #[must_use]
    pub fn insert(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        let places: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", quoted(&self.name), names.join(", "), places.join(", "))
    }
}

/// Returns a name in double quotes. Double quotes in the name are escaped.
pub(super) fn quoted(name: &str) -> String {
    // SQLite ends a statement at the first NUL.
    let name: String = name.chars().filter(|c| *c != '\0').collect();
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_decode_to_themselves() {
        let day: Date = "0987-06-05".parse().expect("a day");
        let values = [
            (StorageClass::Text, Value::Text("O'Brien \"x\"".into())),
            (StorageClass::Integer, Value::Integer(i64::MIN)),
            (StorageClass::Decimal, Value::Decimal("-922337203685477.5808".parse().expect("a number"))),
            (StorageClass::Double, Value::Double(-1e-7)),
            (StorageClass::Boolean, Value::Boolean(false)),
            (StorageClass::Guid, Value::Guid(Uuid::from_u128(7))),
            (StorageClass::Date, Value::Date(day)),
            (
                StorageClass::DateTime,
                Value::DateTime("2025-03-12T01:30:20.123456789Z".parse().expect("a time")),
            ),
        ];
        for (kind, value) in values {
            let cell = kind.encode(&value).unwrap_or_else(|| panic!("{value:?} is a {kind:?}"));
            assert_eq!(kind.decode(&cell), Some(value));
        }
        assert_eq!(StorageClass::Double.encode(&Value::Double(f64::NAN)), None);
        assert_eq!(StorageClass::Date.encode(&Value::Date(jiff::civil::date(-1, 1, 1))), None);
    }

    #[test]
    fn times_sort_like_their_texts() {
        let times = [
            "0099-01-01T00:00:00Z",
            "2025-03-12T01:30:20Z",
            "2025-03-12T01:30:20.5Z",
            "2025-03-12T01:30:21Z",
        ];
        let stored: Vec<String> = times.iter().map(|t| moment(t.parse().expect("a time"))).collect();
        assert!(stored.is_sorted(), "{stored:?}");
    }

    #[test]
    fn names_cannot_leave_their_quotes() {
        assert_eq!(quoted("a\"; DROP TABLE x; --\0"), "\"a\"\"; DROP TABLE x; --\"");
    }
}
