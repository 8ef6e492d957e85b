//! Queries run over rows: what a [`hir`](dvkit_query::hir) means, executed.
//!
//! [`interpreter`] runs a query over rows in memory; it is simple, and the oracle of the tests. [`sqlite`] turns a query into
//! SQL for SQLite. Both evaluate a query in a [`Context`]: who asks, when, and the settings of the organisation.
#![forbid(unsafe_code)]

mod context;
pub mod interpreter;
pub mod sqlite;

pub use context::{Context, Fiscal, FiscalPeriod};
