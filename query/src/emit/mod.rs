//! Meaning back to text: one file a language.

pub mod odata;
mod request;
