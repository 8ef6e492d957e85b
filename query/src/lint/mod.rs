//! What works and is known to run badly, or not as one thinks: one rule a file.
//!
//! A lint goes by what was resolved (the [`Facts`](crate::resolve::Facts), the meaning) and reports with a severity
//! below error; what the service refuses is the resolver's business. Severities can be set by code.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, Diagnostic, Kind, Severity};
use odata_parser::RequestText;
use odata_parser::ast::Request;

use crate::resolve::Resolved;

/// Lints of a filter alone.
pub(crate) fn filter(_resolved: &mut Resolved<'_>) {}

/// Lints of a whole request.
pub(crate) fn request(_text: &RequestText<'_>, _request: &Request<'_>, _resolved: &mut Resolved<'_>) {}

/// Gives findings the severities that were asked for, and drops those that are not wanted. Findings of syntax stay as
/// they are.
pub(crate) fn set_severities(
    diagnostics: &mut Vec<Diagnostic>,
    severities: &BTreeMap<Code, Option<Severity>>,
) {
    diagnostics.retain_mut(|d| match severities.get(&d.code) {
        _ if d.code.kind() == Kind::Syntax => true,
        None => true,
        Some(None) => false,
        Some(Some(severity)) => {
            d.severity = *severity;
            true
        }
    });
}
