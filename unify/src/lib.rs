//! One CRM model over differently customised Dataverse organisations.
//!
//! The [`model`] has accounts, contacts, leads, opportunities, pipelines and stages, tasks, notes, engagements and
//! users. A [`Mapping`] says which tables and columns of an organisation they are; it is compiled against the
//! organisation's snapshot, so that a column that does not exist, a type that does not fit and an option without a
//! member are found before anything is sent. A [`Connection`] lists, reads and writes records through the compiled
//! mapping: a page of a list is one request.
//!
//! ```
//! use dvkit::by_name::Organisation;
//! use dvkit_unify::{CompileTarget, Mapping};
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/fabrikam");
//! let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
//! let text = r#"
//! [contacts.custom]
//! interests = "fab_interest"
//! [orgs.fabrikam.contacts]
//! phone_numbers = [{ number = "fab_mobile", type = "mobile" }]
//! "#;
//! let mapping = Mapping::parse(text).expect("TOML");
//! let target = CompileTarget { organisation: &organisation, name: Some("fabrikam"), environment: None };
//! let report = mapping.compile(target);
//! let [finding] = report.findings.as_slice() else { panic!("one finding") };
//! assert_eq!(finding.message, "`fabrikam` has no column `contact.fab_interest`");
//! assert_eq!(finding.suggestions[0].edits[0].replacement, "fab_interests");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod connection;
mod error;
pub mod mapping;
pub mod model;

pub use connection::{Connection, CursorKey, ListPage, ListRequest};
pub use error::{Error, Result};
pub use mapping::{CompileTarget, CompiledMapping, Mapping};
pub use model::Record;
