//! Analyses one text: parses, resolves and lints it. Checking, fixing and translating a query call
//! [`analyze`].
//!
//! `pipeline` has the steps for the three forms of a query; `missing` searches for a missing or doubled token
//! that explains a syntax error; `suggestions` validates every suggestion.

mod missing;
mod pipeline;
mod query_text;
mod suggestions;

use dvkit_diagnostic::Diagnostic;
use dvkit_schema::{Store, StoreError};

use crate::CheckOptions;
pub use pipeline::Analysis;
pub use query_text::QueryText;

/// Parses, resolves and lints a query. If the text has a syntax error that inserting or removing exactly one
/// token repairs, this fix is among the suggestions.
///
/// # Errors
/// Returns an error if the snapshot cannot be read. A table that the snapshot does not contain is reported in
/// the diagnostics instead.
pub fn analyze(store: &Store, query: QueryText<'_>, options: &CheckOptions) -> Result<Analysis, StoreError> {
    let mut analysis = pipeline::analyze_as_written(store, query, options)?;
    if analysis.diagnostics.iter().any(Diagnostic::is_error) {
        missing::find(store, query, options, &mut analysis)?;
    }
    Ok(analysis)
}
