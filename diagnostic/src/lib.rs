//! What is wrong and where.
//!
//! Every dvkit crate that reads text reports through one value, [`Diagnostic`]: a stable [`Code`], a message in
//! the organisation's own words, a byte [`Span`] on the smallest wrong piece, and [`Suggestion`]s whose edits can
//! be applied to the text. This crate knows no language and no schema.
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
pub use diagnostic::{Applicability, Diagnostic, Edit, EditError, Label, Severity, Suggestion, apply};
pub use span::Span;
pub use text::{DisplayDiagnostic, LineIndex, SourceLocation};
