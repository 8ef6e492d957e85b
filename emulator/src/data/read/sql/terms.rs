//! The terms that both translations share, of clauses and of conditions: tables, columns, values of attributes, and
//! refusals.

use std::fmt::Write as _;

use dvkit_schema::Table as SchemaTable;
use http::StatusCode;
use sqlparser::ast::Expr;

use super::super::super::service_error::ServiceError;

/// The service's code of a SQL statement that it does not support.
const INVALID_SQL: &str = "0x80048d31";

/// A table of a statement.
#[derive(Clone, Debug)]
pub(super) struct Table<'a> {
    /// The name by which the statement refers to the table: its alias, or its own name.
    pub(super) name: String,
    pub(super) table: &'a SchemaTable,
    /// The index of the table that it is joined to; `None` for the first table.
    pub(super) parent: Option<usize>,
    /// The attributes of its `link-entity`.
    pub(super) link: String,
    /// The elements within its `entity` or `link-entity`.
    pub(super) elements: String,
}

/// Returns the error of a statement that is not supported.
pub(super) fn refused(why: impl std::fmt::Display) -> ServiceError {
    let message = format!("The SQL statement is not supported: {why}.");
    ServiceError::new(StatusCode::BAD_REQUEST, INVALID_SQL, message)
}

/// Returns a text as the value of an attribute of XML, with its quotes.
pub(super) fn attribute(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    // Writing to a text does not fail.
    let _ = write!(quoted, "'{}'", fetchxml::escape_attribute(text));
    quoted
}

/// Returns the index of the table of a column, and the logical name of the column.
///
/// # Errors
/// Returns an error if the expression is not a column, or if no table has it.
pub(super) fn column(tables: &[Table<'_>], expr: &Expr) -> Result<(usize, String), ServiceError> {
    let (table, name) = match expr {
        Expr::Identifier(name) => (None, name),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [table, name] => (Some(table), name),
            _ => return Err(refused(format_args!("`{expr}` is not a column"))),
        },
        Expr::Nested(inner) => return column(tables, inner),
        _ => return Err(refused(format_args!("`{expr}` is not a column"))),
    };
    let logical = name.value.to_ascii_lowercase();
    let index = match table {
        Some(table) => {
            let found = tables.iter().position(|t| t.name.eq_ignore_ascii_case(&table.value));
            found.ok_or_else(|| refused(format_args!("`{table}` is not a table of it")))?
        }
        None => tables.iter().position(|t| t.table.column(&logical).is_some()).unwrap_or(0),
    };
    let known = tables.get(index).is_some_and(|t| t.table.column(&logical).is_some());
    if !known {
        return Err(refused(format_args!("there is no column `{expr}`")));
    }
    Ok((index, logical))
}
