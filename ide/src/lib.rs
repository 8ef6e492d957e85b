//! A workspace of queries, and what can be asked of it: diagnose, fix, format, translate.
//!
//! The command line and other programs that people use stand on this crate. A [`Workspace`] has snapshots ([`Schemas`]) and
//! settings ([`Settings`]), which a [`Config`](config::Config) gives; a [`Document`](document::Document) is a file with
//! queries in it. Responses are plain structs: places are offsets in bytes, nothing is printed, and no protocol and no terminal
//! is known here.
//!
//! ```
//! use dvkit_ide::{Diagnosis, Schemas, Settings, Workspace, document::Document};
//! let workspace = Workspace::new(Schemas::of(dvkit_ide::sample::open()?), Settings::default());
//! let document = Document::new("queries.odata".into(), b"# active\ncontacts?$filter=statecode eq 'Active'\n".to_vec())?;
//! for query in workspace.diagnose(&document)? {
//!     let query = query?;
//!     let Diagnosis::Findings(findings) = query.diagnosis else { continue };
//!     assert_eq!(query.item.line, 2);
//!     assert_eq!(findings.located[0].span.of(query.item.lines), "'Active'");
//! }
//! let fixed = workspace.fix(&document)?.document.expect("it has a fix");
//! assert_eq!(fixed.text(), "# active\ncontacts?$filter=statecode eq 0\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod batch;
pub mod config;
mod diagnose;
pub mod document;
mod error;
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
mod workspace;

pub use diagnose::{DiagnosedQuery, Diagnosis, Findings};
pub use error::Error;
pub use fix::{DocumentEdit, DocumentFix, RefusedFix};
pub use query::{QueryForm, TableName};
pub use request::BatchRequest;
pub use schemas::{SchemaChoice, Schemas};
pub use syntax::ParsedQuery;
pub use translate::{TranslateOutcome, fetch_url};
pub use workspace::{CheckOutcome, CheckRequest, Settings, Workspace};
