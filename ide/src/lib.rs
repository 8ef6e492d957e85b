//! Checks, fixes, formats and translates the queries of a workspace: files and texts of queries, with the
//! snapshots and settings that apply to them.
//!
//! The command line and other programs for users are built on this crate. A [`Workspace`] has snapshots
//! ([`Schemas`]) and settings ([`Settings`]), both usually read from `dvkit.toml`
//! ([`Config`](config::Config)). A [`Document`](document::Document) is a file of queries. The results of
//! operations are structs with positions as byte offsets. The crate prints nothing, and depends neither on a
//! protocol nor on a terminal.
//!
//! ```
//! use dvkit_ide::{Diagnosis, Schemas, Settings, Workspace, document::Document};
//! let workspace = Workspace::new(Schemas::of(dvkit_ide::sample::open()?), Settings::default());
//! let document = Document::new("queries.odata".into(), b"# active\ncontacts?$select=fullname&$filter=statecode eq 'Active'\n".to_vec())?;
//! for query in workspace.diagnose(&document)? {
//!     let query = query?;
//!     let Diagnosis::Findings(findings) = query.diagnosis else { continue };
//!     assert_eq!(query.item.line, 2);
//!     assert_eq!(findings.located[0].span.of(query.item.lines), "'Active'");
//! }
//! let fixed = workspace.fix(&document)?.document.expect("it has a fix");
//! assert_eq!(fixed.text(), "# active\ncontacts?$select=fullname&$filter=statecode eq 0\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod batch;
pub mod config;
mod diagnose;
pub mod document;
pub mod editor;
pub mod embedded;
mod error;
pub mod explain;
mod fix;
pub mod format;
pub mod inputs;
pub mod levels;
pub mod line_reader;
mod query;
mod request;
pub mod sample;
mod schemas;
mod syntax;
mod translate;
pub mod tree;
mod workspace;

pub use diagnose::{DiagnosedQuery, Diagnosis, Findings, no_table};
pub use error::Error;
pub use fix::{DocumentEdit, DocumentFix, RefusedFix};
pub use query::{QueryForm, TableName};
pub use request::BatchRequest;
pub use schemas::{SchemaChoice, Schemas};
pub use syntax::ParsedQuery;
pub use translate::{TranslateOutcome, fetch_url};
pub use workspace::{CheckOutcome, CheckRequest, Settings, Workspace};
