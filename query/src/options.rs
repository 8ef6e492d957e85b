//! Defines the options for checking a query, which callers of [`check`](crate::check) and of the translations
//! pass. Analysing and resolving read them too.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, Severity};
use odata_parser::ParseLimits;

/// The options for checking a query. With the default options, findings keep their severities and a
/// placeholder outside of quotes is an error.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The table that a polymorphic lookup is assumed to point to. The key is the logical name of a lookup
    /// column (`parentcustomerid`), or of a table and a column (`contact.parentcustomerid`); the latter takes
    /// precedence. The value is the logical name of the table (`account`).
    pub targets: BTreeMap<String, String>,
    /// Whether placeholders of templates (`{id}`, `${id}`, `@{…}`) are accepted as values of any type. If
    /// false, a placeholder outside of quotes is an error.
    pub placeholders: bool,
    /// The limits of the text (its length and its depth of nesting) and of the number of findings.
    pub limits: ParseLimits,
    /// The severity of findings, by their code; `None` drops the findings with that code. Findings whose code
    /// is not in the map keep their severity. So do syntax errors (DV00xx), because a text with a syntax
    /// error cannot be checked.
    pub severities: BTreeMap<Code, Option<Severity>>,
}
