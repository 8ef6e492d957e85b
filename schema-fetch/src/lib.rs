//! Metadata of a Dataverse organisation, from files of every kind it is published in, to a dvkit snapshot.
//!
//! [`import`] reads files and unpacked solutions, finds out what each is, and merges what they say; [`import_into`] merges that onto the
//! snapshot in a directory and writes it. [`web_api`] fetches a live organisation. Nothing here prints: a caller that wants to
//! show what goes on gives a [`ImportProgress`] or a [`web_api::FetchProgress`], and shows the summary.
#![forbid(unsafe_code)]

pub mod csdl;
mod data_contract;
mod error;
mod import;
mod sniff;
mod solution;
pub mod web_api;
mod xml;

pub use error::Error;
pub use import::{
    ImportProgress, ImportResult, ImportSummary, ImportedSchema, SourceSummary, import, import_into,
    import_text,
};
pub use sniff::FileKind;
