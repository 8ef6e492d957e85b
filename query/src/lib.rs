//! The compiler: what a query means in one organisation, whether Dataverse accepts it, and what to write instead.
//!
//! [`check`] is the door that the command line, macros and build scripts share: text in, every mistake and the text
//! that Dataverse accepts out. Inside, `resolve` turns the syntax tree into [`hir`] (names found, values typed),
//! each law of `rewrite` says what a refused form means and how to write it, and [`emit`] turns meaning into text.
//!
//! ```
//! use dvkit_schema::{Column, ColumnType, Schema, Store, Table};
//! let mut contact = Table { logical_name: "contact".into(), ..Table::default() };
//! contact.columns = vec![Column::new("fullname", ColumnType::String { max_length: Some(160), format: None })];
//! let mut schema = Schema::default();
//! schema.tables.insert("contact".into(), contact);
//! let store = Store::from_schema(schema);
//!
//! let checked = dvkit_query::check(&store, "contact", "tolower(FullName) eq 'ann'", &Default::default())?;
//! assert!(!checked.ok());
//! assert_eq!(checked.rewritten.as_deref(), Some("fullname eq 'ann'"));
//! # Ok::<(), dvkit_schema::StoreError>(())
//! ```
#![forbid(unsafe_code)]

mod check;
mod display_names;
pub mod emit;
pub mod eval;
mod fix;
pub mod functions;
pub mod hir;
pub mod lint;
mod resolve;
mod rewrite;
mod tables;
mod translate;
mod transport;

pub use check::{Checked, Options, check, check_fetchxml, check_request};
pub use tables::find_table;
pub use translate::{Language, Source, Translated, translate};
