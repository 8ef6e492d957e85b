//! Translation between OData and FetchXML, with the differences that it makes.
//!
//! [`translate()`] is the entry point: it checks a text, translates it, and checks the translation.
//! [`to_fetchxml()`] and [`to_odata()`] translate a query that is given as [`hir`](dvkit_query::hir).
#![forbid(unsafe_code)]

mod fidelity;
mod provenance;
mod subject;
mod to_fetchxml;
mod to_odata;
mod translate;
mod unread;

pub use fidelity::{Difference, DifferenceKind, Translation, Untranslatable};
pub use to_fetchxml::to_fetchxml;
pub use to_odata::to_odata;
pub use translate::{Language, TranslationOutcome, translate};

/// Returns whether `text` contains a placeholder of a template.
fn is_placeholder(text: &str) -> bool {
    text.contains(['{', '$', '@', '%'])
}
