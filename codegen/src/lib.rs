//! Rust from a snapshot.
#![forbid(unsafe_code)]

pub mod output;
pub mod registry;
