//! Metadata of a Dataverse organisation, from files of every kind it is published in, to a dvkit snapshot.
//!
//! [`import`] reads files and unpacked solutions, finds out what each is, and merges what they say; [`import_into`] merges that onto the
//! snapshot in a directory and writes it. Nothing here prints: a caller that wants to show what goes on gives a
//! [`Progress`], and shows the [`ImportSummary`].
#![forbid(unsafe_code)]

pub mod csdl;
mod data_contract;
mod error;
mod import;
mod sniff;
mod solution;
mod xml;

pub use error::Error;
pub use import::{
    Import, ImportSummary, Imported, Progress, SourceSummary, import, import_into, import_text,
};
pub use sniff::Kind;
