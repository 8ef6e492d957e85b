//! Defines [`SqlValue`], a value in one of SQLite's types. Statements have such values as parameters, and
//! host functions compute with them.

/// A value that is not null, in one of SQLite's types.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// `INTEGER`
    Integer(i64),
    /// `REAL`
    Real(f64),
    /// `TEXT`
    Text(String),
}
