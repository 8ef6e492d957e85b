//! Typed Dataverse: tables, columns and queries of one organisation, checked by the compiler.
//!
//! The types here are what generated code is made of. A generated struct has one field for each column of its table,
//! all of them `Option`s, since a row has only what was asked for; columns and navigations are constants on it.

#![forbid(unsafe_code)]

mod changes;
mod column;
pub mod filter;
pub mod kind;
mod query;
pub mod row;
mod table;
mod value;

pub use changes::{Changes, Clear, Create, Plain, Target, Update, Writable};
pub use column::{Column, CreateOnly, Key, Nav, NavMany, ReadOnly, UpdateOnly, Write};
pub use filter::Filter;
pub use kind::Kind;
pub use query::Query;
pub use row::{Extra, Record, Row, Rows};
pub use table::{EntitySet, Is, Table};
pub use value::{
    Choice, ChoiceOption, ChoiceSet, Choices, FileId, Image, Known, Lookup, Managed, Ref, Unknown,
};

pub use jiff;
pub use rust_decimal::Decimal;
pub use serde;
pub use serde_json;
pub use uuid::Uuid as Guid;

/// The traits whose methods generated tables are used by: `Contact::query()`, `ContactState::Active.label(1033)`.
pub mod prelude {
    pub use crate::{ChoiceSet as _, EntitySet as _, Table as _};
}
