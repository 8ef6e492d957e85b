//! Queries and writes for organisations that are known only when the program runs: tables and columns are
//! named by texts, and checked against a snapshot before anything is sent.
//!
//! [`Organisation`] wraps a [`dvkit_schema::Store`], which a program opens from a snapshot or makes of metadata
//! that it has just fetched. [`Organisation::table`] finds a [`Table`], which starts queries and writes. Values
//! are typed and escaped by the column that they are compared with or stored in, as by
//! [`filter!`](crate::filter!). `dvkit_query` checks the whole request: an unknown name, a value of the wrong
//! type, and a form that the service refuses are an [`Error`] with the finding. Rows are [`Row`]s: maps with
//! typed access.
//!
//! ```
//! use dvkit::by_name::{Organisation, column};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
//! let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
//! let contacts = organisation.table("contact")?;
//! let query = contacts
//!     .query()
//!     .select(["fullname", "parentcustomerid"])
//!     .filter(column("fullname").eq("O'Neil & Co").and(column("statecode").eq("Active")));
//! assert_eq!(
//!     query.request()?.target(),
//!     "contacts?$select=fullname,_parentcustomerid_value\
//!      &$filter=fullname%20eq%20'O''Neil%20%26%20Co'%20and%20statecode%20eq%200"
//! );
//!
//! let error = contacts.query().select(["fullnme"]).request().unwrap_err();
//! assert!(error.to_string().contains("did you mean `fullname`?"));
//! # Ok(())
//! # }
//! ```

mod check;
mod condition;
mod error;
mod expand;
mod fetch;
mod key;
mod names;
mod organisation;
mod query;
mod row;
mod row_values;
mod text;
mod value;
mod write;
mod write_value;

#[cfg(test)]
mod tests;

pub use check::CheckedRequest;
pub use condition::{ColumnName, Condition, RelatedRows, column, filter_text, related};
pub use error::{Error, Findings, Result, RowValueError};
pub use expand::Expand;
pub use fetch::FetchQuery;
pub use key::{RowKey, RowRef};
pub use organisation::{Organisation, Table};
pub use query::Query;
pub use row::Row;
pub use row_values::Choice;
pub use value::Value;
pub use write::{BindTarget, Write, WriteResult};
