//! Programs that compile, grouped so that they are linked once; each test is one.
#![allow(clippy::unwrap_used)]

#[path = "../pass/entities.rs"]
mod entities;
#[path = "../pass/filters.rs"]
mod filters;
#[path = "../pass/holes.rs"]
mod holes;
#[path = "../pass/requests.rs"]
mod requests;
