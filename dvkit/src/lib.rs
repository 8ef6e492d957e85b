//! Typed Dataverse.
#![forbid(unsafe_code)]
