//! Rust from a snapshot: typed tables and choices for build scripts, and the body of every dvkit macro.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), dvkit_codegen::Error> {
//!     dvkit_codegen::schema("crm").from_dir("schema").tables(["account", "contact", "new_*"]).register()
//! }
//! ```
//!
//! [`schema`] begins a [`Config`], which says what to generate; [`Config::register`] writes it where
//! `#[dvkit::schema("crm")]` and the other macros find it ([`registry`]), and [`Config::generate`] gives it to whoever
//! wants to write it elsewhere. The code is plain: structs, enums and constants over the types of the crate `dvkit`, without
//! a derive, so that five hundred tables cost the compiler little. It is the same to the byte for the same snapshot.
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
