//! Rust from a snapshot.
#![forbid(unsafe_code)]

pub mod derive;
pub mod include;
pub mod output;
pub mod query_macro;
pub mod registry;
mod snapshot;
