//! The Rust examples of README.md and docs/book: every block marked `rust` is a documentation test of this crate.
//!
//! Examples that need the organisation's types import them from here with a hidden line, `# use dvkit_book::crm;`.
#![forbid(unsafe_code)]

/// The sample organisation, as a build script generates it.
#[dvkit::schema("crm")]
pub mod crm {}

/// The pages, one item each.
#[cfg(doctest)]
#[allow(missing_docs)]
pub mod pages {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}
