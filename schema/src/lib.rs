//! The schema of one Dataverse organisation: its tables, columns, choices, relationships and operations. All
//! other crates of dvkit look up names and types here.
//!
//! The model is [`Schema`]: [`Table`]s with their [`Column`]s, [`Relationship`]s and alternate keys, global
//! [`Choice`]s, and [`Operation`]s. A **snapshot** is a schema in a directory of small files, one per table
//! (module [`store`]); [`Store`] opens a snapshot, and reads the file of a table when the table is first
//! requested. Module [`wire`] reads and writes the Web API's own metadata JSON, and module [`diff`] compares
//! two schemas. Other sources of metadata are read by the crate `dvkit-schema-fetch`.
//!
//! Names follow Microsoft's current terms (table, column, choice). The Web API's terms (`EntityMetadata`,
//! `AttributeMetadata`) appear in [`wire`] only. `None` means that no source stated the fact. Facts are never
//! guessed; [`Schema::merge`] adds those that another source states.
//!
//! # Features
//! `fs` (default): snapshots in directories. Without this feature no file is touched, and a store is made
//! with [`Store::from_texts`], [`Store::from_files`] or [`Store::from_schema`].
//!
//! `import` (default): module [`wire`] and [`Schema::merge`]. `diff` (default): module [`diff`].
//!
//! ```
//! use dvkit_schema::{Column, ColumnType, Schema, Store, Table};
//!
//! let mut account = Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
//! account.columns = vec![Column::new("name", ColumnType::String { max_length: Some(160), format: None })];
//! let mut schema = Schema::default();
//! schema.tables.insert("account".into(), account);
//!
//! // `Store::open("schema")` opens the snapshot in a folder.
//! let store = Store::from_schema(schema);
//! let account = store.table("account")?.expect("it was inserted");
//! assert!(account.column("name").is_some());
//! assert_eq!(store.table_by_entity_set("accounts").map(|entry| entry.logical_name.as_str()), Some("account"));
//! # Ok::<(), dvkit_schema::StoreError>(())
//! ```
#![forbid(unsafe_code)]

mod choice;
mod column;
#[cfg(test)]
mod complete;
#[cfg(feature = "diff")]
pub mod diff;
mod localized_text;
#[cfg(feature = "import")]
mod merge;
mod operation;
mod relationship;
pub mod store;
mod table;
#[cfg(feature = "import")]
pub mod wire;

pub use choice::{Choice, ChoiceKind, ChoiceOption, ChoiceRef};
pub use column::{Column, ColumnType, DateTimeBehavior, Edm, RequiredLevel, SourceType};
pub use localized_text::LocalizedText;
#[cfg(feature = "import")]
pub use merge::{Contradiction, MergeReport, SchemaObject};
pub use operation::{Operation, OperationKind, Parameter, ValueType};
pub use relationship::{Cascade, CascadeAction, Relationship, Side};
pub use store::{Store, StoreError};
pub use table::{Key, Org, Ownership, Schema, Table, TableKind};
