//! Defines diagnostics, which are findings about a text with positions and corrections, and shows them on
//! terminals, as plain text and as SARIF.
//!
//! Every dvkit crate that reads text reports mistakes in it as [`Diagnostic`]s. Each has a stable [`Code`], a
//! message that uses the organisation's names, a byte [`Span`] of the smallest wrong part, and
//! [`Suggestion`]s whose edits can be applied to the text. This crate does not depend on a query language or
//! a schema.
//!
//! ```
//! use dvkit_diagnostic::{code, Diagnostic, Span, Suggestion};
//! let source = "fullnme eq 'Ann'";
//! let d = Diagnostic::error(code::UNKNOWN_COLUMN, Span::new(0, 7), "`contact` has no column `fullnme`")
//!     .suggest(Suggestion::fix("did you mean `fullname`?", Span::new(0, 7), "fullname"));
//! println!("{}", d.display(source));
//! assert_eq!(dvkit_diagnostic::apply(source, &d.suggestions[0].edits).unwrap(), "fullname eq 'Ann'");
//! ```
#![forbid(unsafe_code)]

mod bound;
pub mod code;
mod diagnostic;
mod edit;
pub mod limits;
pub mod printable;
#[cfg(feature = "render")]
pub mod render;
#[cfg(feature = "sarif")]
pub mod sarif;
mod span;
pub mod suggest;
mod text;

pub use bound::{DEFAULT_MAX_FINDINGS, limit_findings};
pub use code::{Code, CodeFamily, CodeInfo};
pub use diagnostic::{Applicability, Diagnostic, Label, Severity, Suggestion};
pub use edit::{Edit, EditError, apply};
pub use span::Span;
pub use text::{DisplayDiagnostic, LineIndex, SourceLocation};
