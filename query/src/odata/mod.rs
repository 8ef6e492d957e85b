//! Prints a query of the [`hir`](crate::hir) as OData, in the form that Dataverse documents. Fixes,
//! translations and programs that build queries use it.
//!
//! If the printed text is parsed and resolved again, the result is the same HIR; a property test checks this.
//! Conditions are not percent-encoded. In a [`request`], only characters that would end a part of the URL are
//! percent-encoded.

mod condition;
mod request;

pub use condition::{Precedence, column, filter, fresh_variable, predicate, prefix, value};
pub use request::request;
