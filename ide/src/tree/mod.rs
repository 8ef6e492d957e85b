//! Checks trees of files: finds the files below folders, reads and checks them on all cores, and returns the
//! results in the order of the files.
//!
//! A file is a file of queries ([`Document`](crate::document::Document)) or a source file of a host language
//! ([`SourceFile`](crate::embedded::SourceFile)). [`TreeCheck`] checks both, and returns a [`CheckedText`] for
//! each text in them, so that callers need not know the difference. It checks against one organisation or
//! several. Findings that a comment ignores ([`suppress`]) are left out here; those that a file of accepted
//! findings lists ([`Baseline`]) are left out by the caller, because that list is about the whole run.

mod baseline;
mod check;
pub(crate) mod file;
pub(crate) mod fix;
mod lines;
pub(crate) mod merge;
mod parallel;
mod patterns;
pub mod suppress;
mod walk;

pub use baseline::{AcceptedFinding, Baseline};
pub use check::{CheckedFile, CheckedPath, FileRole, OrgWorkspace, TreeCheck};
pub use file::{CheckedText, TextPosition};
pub use fix::FileFix;
pub use parallel::in_order;
pub use patterns::{HostNames, Patterns};
pub use walk::{ChangedFiles, FileSelection, TreeFiles};
