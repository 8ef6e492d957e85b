//! Lint that reports conditions on computed columns, because the service computes the value of every row to
//! test such a condition.
//!
//! Source: "Query anti-patterns", avoid using formula or calculated columns in filter conditions
//! (`FilteringOnCalculatedColumns`, `0x80048574`, `0x80048744`). The values of rollup columns are stored;
//! jobs update them, by default once an hour ("Introduction to rollup columns").

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_schema::SourceType;

use super::LintContext;
use crate::resolve::ColumnUse;

pub(super) fn check(context: &LintContext<'_>, used: &ColumnUse<'_>) -> Option<Diagnostic> {
    let name = &used.column.logical_name;
    let kind = match used.column.source? {
        SourceType::Simple => return None,
        // A query that tests when the value was calculated takes the delay into account.
        SourceType::Rollup if asks_when(context, used) => return None,
        SourceType::Rollup => {
            let message =
                format!("`{name}` is a rollup: the condition sees the value of its last calculation");
            let d = Diagnostic::note(code::COMPUTED_FILTER, used.span, message);
            return Some(d.help("it is calculated once an hour unless an administrator decided otherwise"));
        }
        SourceType::Calculated => "calculated",
        SourceType::Formula => "a formula",
    };
    let message = format!("`{name}` is {kind}: its value is computed for every row to test the condition");
    let d = Diagnostic::warning(code::COMPUTED_FILTER, used.span, message);
    Some(d.help("filter by the columns that it is computed from"))
}

/// Returns whether the query also has a condition on the time of the last calculation of `rollup`, a rollup
/// column. That time is in the column `<rollup>_date`.
fn asks_when(context: &LintContext<'_>, rollup: &ColumnUse<'_>) -> bool {
    context.resolved.facts.uses.iter().any(|u| {
        let name = u.column.logical_name.strip_suffix("_date");
        name == Some(rollup.column.logical_name.as_str()) && std::ptr::eq(u.table, rollup.table)
    })
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::{filter_findings, findings};

    #[test]
    fn conditions_on_computed_columns_are_reported() {
        assert_eq!(filter_findings("calculated gt 5"), ["DV0504 warning calculated"]);
        assert_eq!(filter_findings("formula gt 5"), ["DV0504 warning formula"]);
        assert_eq!(filter_findings("rollup gt 5"), ["DV0504 note rollup"]);
        assert!(filter_findings("rollup gt 5 and rollup_date gt 2025-01-01T00:00:00Z").is_empty());
        assert!(findings("contacts?$select=calculated,formula,rollup&$top=1").is_empty());
    }
}
