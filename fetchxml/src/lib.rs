//! FetchXML: text ⇄ syntax tree.
//!
//! Knows the whole language and no schema.
#![forbid(unsafe_code)]

pub mod ast;
pub mod operator;

pub use dvkit_diagnostic::{Diagnostic, Span};
