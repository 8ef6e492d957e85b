//! Translation between OData and FetchXML, with what is lost said.
//!
//! [`translate()`] is the entry point: it checks a text, says its meaning in the other language, and checks what came out.
//! [`to_fetchxml()`] and [`to_odata()`] take a meaning ([`hir`](dvkit_query::hir)) alone.
#![forbid(unsafe_code)]

mod fidelity;
mod provenance;
mod to_fetchxml;
mod to_odata;
mod translate;
mod unread;

pub use fidelity::{Difference, DifferenceKind, Translation, Untranslatable};
pub use to_fetchxml::to_fetchxml;
pub use to_odata::to_odata;
pub use translate::{Language, Translated, translate};

/// Returns whether `text` contains a placeholder of a template.
fn is_placeholder(text: &str) -> bool {
    text.contains(['{', '$', '@', '%'])
}
