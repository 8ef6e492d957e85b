//! Executes queries, given as [`hir`](dvkit_query::hir), over rows.
//!
//! [`interpreter`] runs a query over rows in memory; it is simple, and tests use it to decide whether two
//! queries mean the same. [`sqlite`] turns a query into SQL for SQLite. Both run a query in a [`Context`]:
//! the caller, the time, and the settings of the organisation.
#![forbid(unsafe_code)]

mod context;
pub mod interpreter;
pub mod sqlite;

pub use context::{Context, FiscalPeriod, FiscalSettings};
