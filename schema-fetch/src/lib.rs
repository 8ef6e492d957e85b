//! Creates dvkit snapshots of a Dataverse organisation's metadata, from files of every published kind or from
//! the live organisation.
//!
//! [`import`] reads files and unpacked solutions, detects the kind of each, and merges their contents;
//! [`import_into`] also merges them into the snapshot in a directory. [`web_api`] fetches the metadata of a
//! live organisation. Nothing here prints: a caller that shows progress implements [`ImportProgress`] or
//! [`web_api::FetchProgress`], and shows the summary.
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
