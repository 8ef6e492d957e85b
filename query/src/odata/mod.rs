//! HIR → OData text, in the form that Dataverse documents.
//!
//! The text resolves to the same HIR again: `resolve(print(hir)) = hir` is a tested law. Conditions are not percent-encoded;
//! in a [`request`] only what would end a part of the URL is.

mod condition;
mod request;

pub use condition::{Binding, column, filter, fresh_variable, predicate, prefix, value};
pub use request::request;
