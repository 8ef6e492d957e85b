//! What exists.
