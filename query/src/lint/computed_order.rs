//! Lint that reports ordering by calculated columns and formula columns.
//!
//! If a calculated column refers to a related row or to another calculated column, the service ignores the
//! order without an error. Otherwise it computes the value of every row to order the rows. Rollup columns are
//! stored, and are ordered like other columns. Source: "Introduction to calculation columns".

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_schema::SourceType;

use super::LintContext;
use crate::resolve::ColumnUse;

pub(super) fn check(_asked: &LintContext<'_>, used: &ColumnUse<'_>) -> Option<Diagnostic> {
    let kind = match used.column.source? {
        SourceType::Simple | SourceType::Rollup => return None,
        SourceType::Calculated => "calculated",
        SourceType::Formula => "a formula",
    };
    let name = &used.column.logical_name;
    let message = format!("`{name}` is {kind}: its value is computed for every row to order by it");
    let d = Diagnostic::warning(code::COMPUTED_ORDER, used.span, message);
    Some(d.help("the order is ignored where the column refers to other rows or to other calculated columns"))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn orders_by_computed_columns_are_reported() {
        let found =
            |column: &str| findings(&format!("contacts?$select=fullname&$orderby={column} desc&$top=1"));
        assert_eq!(found("calculated"), ["DV0505 warning calculated"]);
        assert_eq!(found("formula"), ["DV0505 warning formula"]);
        assert!(found("rollup").is_empty());
    }
}
