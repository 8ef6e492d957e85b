//! Rust from a snapshot.
#![forbid(unsafe_code)]

pub mod output;
pub mod query_macro;
pub mod registry;
mod snapshot;
