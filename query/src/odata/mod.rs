//! Prints the HIR as OData, in the form that Dataverse documents.
//!
//! The text resolves to the same HIR again, which a property test holds. Conditions are not percent-encoded;
//! in a [`request`] only characters that would end a part of the URL are.

mod condition;
mod request;

pub use condition::{Precedence, column, filter, fresh_variable, predicate, prefix, value};
pub use request::request;
