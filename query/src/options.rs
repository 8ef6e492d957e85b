//! The options of a check, which analysis and resolving use too.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, Severity};
use odata_parser::ParseLimits;

/// Options for checking a query.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The table that a polymorphic lookup is assumed to point to. The key is a lookup column
    /// (`parentcustomerid`), or a table and a column (`contact.parentcustomerid`), which takes precedence;
    /// the value is a table (`account`).
    pub targets: BTreeMap<String, String>,
    /// Whether placeholders of templates (`{id}`, `${id}`, `@{…}`) are accepted as values of any type.
    pub placeholders: bool,
    /// Limits on the length and the nesting of the text, and on the number of findings.
    pub limits: ParseLimits,
    /// The severity of a finding by its code, or `None` to drop the finding. Syntax errors (DV00xx) keep
    /// their severity, because a text that cannot be read cannot be checked.
    pub severities: BTreeMap<Code, Option<Severity>>,
}
