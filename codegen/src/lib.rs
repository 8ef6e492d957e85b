//! Rust from a snapshot.
#![forbid(unsafe_code)]
