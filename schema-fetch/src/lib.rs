//! Creates dvkit snapshots of a Dataverse organisation's metadata, from files of every published kind or from
//! the live organisation.
//!
//! [`import`] reads files and unpacked solutions, detects the kind of each, and merges their contents;
//! [`import_into`] also merges them into the snapshot in a directory. [`web_api`] fetches the metadata of a
//! live organisation. The crate prints nothing. To show progress, a caller implements [`ImportProgress`] or
//! [`web_api::FetchProgress`].
//!
//! ```
//! use std::path::Path;
//!
//! let document = r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
//!     <Schema Namespace="Microsoft.Dynamics.CRM" xmlns="http://docs.oasis-open.org/odata/ns/edm">
//!       <EntityType Name="account"><Key><PropertyRef Name="accountid"/></Key>
//!         <Property Name="accountid" Type="Edm.Guid"/><Property Name="name" Type="Edm.String"/></EntityType>
//!       <EntityContainer Name="System"><EntitySet Name="accounts" EntityType="Microsoft.Dynamics.CRM.account"/></EntityContainer>
//!     </Schema></edmx:DataServices></edmx:Edmx>"#;
//! let (_, imported) = dvkit_schema_fetch::import_text(Path::new("metadata.xml"), document.as_bytes())?;
//! assert!(imported.schema.tables["account"].column("name").is_some());
//! # Ok::<(), dvkit_schema_fetch::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod csdl;
mod data_contract;
mod error;
mod import;
mod sniff;
mod solution;
#[cfg(test)]
mod tests;
#[cfg(feature = "web-api")]
pub mod web_api;
mod xml;

pub use error::Error;
pub use import::{
    ImportProgress, ImportResult, ImportSummary, ImportedSchema, SourceSummary, import, import_into,
    import_text,
};
pub use sniff::FileKind;
