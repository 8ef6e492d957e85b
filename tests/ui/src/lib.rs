//! The sample organisation as Rust, for the programs in `pass/` and `fail/`.
#![forbid(unsafe_code)]

/// The generated tables.
#[dvkit::schema("crm")]
pub mod crm {}
