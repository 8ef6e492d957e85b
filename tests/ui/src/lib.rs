//! The generated code of the sample organisation, for the programs in `pass/` and `fail/`.
#![forbid(unsafe_code)]

/// The generated tables.
#[dvkit::schema("crm")]
pub mod crm {}
