//! Meaning back to text: one file a language.
//!
//! [`odata`] writes what came from OData, which always can be said again. [`fetchxml`] and [`translate`] cross from one
//! language to the other, which has its price: what is different about the answer, or why there is no translation.

pub mod fetchxml;
pub mod odata;
mod price;
mod request;
pub mod translate;

pub use price::{Emitted, Note, NoteKind, Refused};
