//! Generates Rust code from a snapshot, for build scripts and for `dvkit generate`, and implements the dvkit
//! macros.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), dvkit_codegen::Error> {
//!     dvkit_codegen::schema("crm").from_dir("schema").tables(["account", "contact", "new_*"]).register()
//! }
//! ```
//!
//! [`schema`] returns a [`Config`], whose methods select the tables, columns and operations to generate.
//! [`Config::register`] writes the code to `OUT_DIR`, where `#[dvkit::schema("crm")]` and the other macros
//! find it ([`registry`]). [`Config::generate`] returns the code without writing it.
//!
//! The generated code consists of structs, enums and constants that use the types of the crate `dvkit`. It
//! has no derives, so that five hundred tables take the compiler little time. The same snapshot and
//! configuration always produce the same code, byte for byte.
#![forbid(unsafe_code)]

mod choice;
mod column;
mod compile_error;
mod config;
pub mod derive;
mod docs;
mod errors;
pub mod include;
mod module;
mod names;
mod operation;
pub mod output;
pub mod query_macro;
pub mod registry;
mod relationship;
mod snapshot;
mod table;

pub use config::{Config, schema};
pub use errors::Error;
pub use module::GeneratedCode;

#[cfg(test)]
mod tests;
