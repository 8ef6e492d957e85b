//! Runs queries, given in the form of [`hir`](dvkit_query::hir), over rows.
//!
//! [`interpreter`] runs a query over rows in memory; it is simple, and tests use it to decide whether two
//! queries mean the same. [`sqlite`] turns a query into SQL for SQLite. Both run a query in a [`Context`]:
//! the user, the time, and the settings of the organisation.
//!
//! ```
//! use dvkit_execute::Context;
//! use dvkit_execute::interpreter::{Database, QueryResult, evaluate};
//! use dvkit_query::check_request;
//! use dvkit_query::hir::Value;
//! # use dvkit_schema::{Column, ColumnType, Schema, Store, Table};
//! # let mut account = Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
//! # account.primary_id = Some("accountid".into());
//! # account.columns = vec![Column::new("name", ColumnType::String { max_length: Some(160), format: None })];
//! # let mut schema = Schema::default();
//! # schema.tables.insert("account".into(), account);
//! # let store = Store::from_schema(schema);
//!
//! let request = "accounts?$select=name&$filter=startswith(name,'C')";
//! let query = check_request(&store, None, request, &Default::default())?.query.expect("it is right");
//! let account = |id: u128, name: &str| {
//!     let id = ("accountid".to_owned(), Value::Guid(uuid::Uuid::from_u128(id)));
//!     [id, ("name".to_owned(), Value::Text(name.to_owned()))].into()
//! };
//! let mut database = Database::default();
//! database.tables.insert("account".into(), vec![account(1, "Contoso"), account(2, "Fabrikam")]);
//!
//! let QueryResult::Rows(rows, _) = evaluate(&query, &database, &store, &Context::at(jiff::Timestamp::UNIX_EPOCH))? else {
//!     panic!("a list of rows")
//! };
//! assert_eq!(rows.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod context;
pub mod interpreter;
pub mod sqlite;

pub use context::{Context, FiscalPeriod, FiscalSettings};
