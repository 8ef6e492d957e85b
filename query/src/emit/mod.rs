//! Meaning back to text: one file a language.
//!
//! [`odata`] writes what came from OData, which always can be said again. [`fetchxml`] and [`translate`] cross from one
//! language to the other, which has its price: what is different about the answer, or why there is no translation. [`sql`] carries
//! either out: it asks SQLite for the same rows.

pub mod fetchxml;
pub mod odata;
mod place;
mod price;
mod request;
pub mod sql;
pub mod translate;
mod unread;

/// Is it a placeholder of a template?
fn placeholder(text: &str) -> bool {
    text.contains(['{', '$', '@', '%'])
}

pub use price::{Emitted, Note, NoteKind, Refused};
