//! Checks queries against the schema of one organisation: determines what a query means, whether Dataverse
//! accepts it, and how to write it if not.
//!
//! [`check`] is the entry point that the command line, the macros and build scripts share. It takes the text
//! of a query, and returns every mistake in that text and the text that Dataverse accepts. Internally,
//! `analysis` parses, resolves and lints a text. `resolve` turns the syntax tree into [`hir`], with names
//! resolved and values typed. For each form that Dataverse refuses, a module of `rewrite` defines its meaning
//! and a form that Dataverse accepts. `fix` applies the fixes that are certain. [`odata`] prints the HIR as
//! OData.
//!
//! ```
//! use dvkit_schema::{Column, ColumnType, Schema, Store, Table};
//! let mut contact = Table { logical_name: "contact".into(), ..Table::default() };
//! contact.columns = vec![Column::new("fullname", ColumnType::String { max_length: Some(160), format: None })];
//! let mut schema = Schema::default();
//! schema.tables.insert("contact".into(), contact);
//! let store = Store::from_schema(schema);
//!
//! let checked = dvkit_query::check_filter(&store, "contact", "tolower(FullName) eq 'ann'", &Default::default())?;
//! assert!(!checked.is_ok());
//! assert_eq!(checked.rewritten.as_deref(), Some("fullname eq 'ann'"));
//! # Ok::<(), dvkit_schema::StoreError>(())
//! ```
#![forbid(unsafe_code)]

mod analysis;
mod check;
mod display_names;
mod fix;
pub mod functions;
pub mod hir;
pub mod lint;
pub mod odata;
mod options;
pub mod placeholders;
mod quoted_names;
mod resolve;
mod rewrite;
mod tables;
mod url_rules;

pub use analysis::{Analysis, QueryText, analyze};
pub use check::{CheckReport, check, check_fetchxml, check_filter, check_request};
pub use options::CheckOptions;
pub use tables::find_table;
