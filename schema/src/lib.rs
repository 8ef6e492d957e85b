//! What exists in one Dataverse organisation.
//!
//! The model is [`Schema`]: [`Table`]s with their [`Column`]s, [`Relationship`]s and keys, global [`Choice`]s, and
//! [`Operation`]s.
//! It is kept as a directory of small files, one a table ([`store`]), read lazily through [`Store`]. The Web API's
//! own metadata JSON is read by [`wire`]; [`diff`] says what changed between two states; other sources live in `dvkit-schema-fetch`.
//!
//! Words are Microsoft's current ones (table, column, choice); the words of the wire (`EntityMetadata`,
//! `AttributeMetadata`) appear only in [`wire`]. `Option` means: no source said. A fact that no source gave is never
//! guessed, and [`Schema::merge`] fills such holes from richer sources.
#![forbid(unsafe_code)]

mod choice;
mod column;
pub mod diff;
mod localized_text;
mod merge;
mod operation;
mod relationship;
pub mod store;
mod table;
pub mod wire;

pub use choice::{Choice, ChoiceKind, ChoiceOption, ChoiceRef};
pub use column::{Column, ColumnType, DateTimeBehavior, Edm, RequiredLevel, SourceType};
pub use localized_text::LocalizedText;
pub use merge::{Contradiction, MergeReport, SchemaObject};
pub use operation::{Operation, OperationKind, Parameter, ValueType};
pub use relationship::{Relationship, Side};
pub use store::{Store, StoreError};
pub use table::{Key, Org, Ownership, Schema, Table, TableKind};
