//! Lint that reports queries that return many logical columns. The values of logical columns are stored in
//! other tables, which must be joined.
//!
//! A column is logical if its `AttributeMetadata.IsLogical` is set: the columns of addresses, images,
//! `owninguser` and `owningteam`. Source: "Query anti-patterns", minimize the number of selected logical
//! columns (`LargeAmountOfLogicalAttributes`). Microsoft gives no number; the limit of ten is more columns
//! than one address has.

use dvkit_diagnostic::{Diagnostic, code};

use super::{LintContext, is_standard};
use crate::resolve::{ColumnUse, Role};

/// The maximum number of logical columns that a query may return without a finding.
const MAX_USUAL_LOGICAL_COLUMNS: usize = 10;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    if context.resolved.facts.uses.len() <= MAX_USUAL_LOGICAL_COLUMNS {
        return;
    }
    let counts = |u: &&ColumnUse<'_>| {
        u.column.logical == Some(true)
            && matches!(u.role, Role::Select | Role::Filter | Role::Order)
            && is_standard(u.table)
    };
    let uses = || context.resolved.facts.uses.iter().filter(counts);
    if uses().count() <= MAX_USUAL_LOGICAL_COLUMNS {
        return;
    }
    let first = |i: usize, used: &ColumnUse<'_>| !uses().take(i).any(|u| std::ptr::eq(u.column, used.column));
    let mut different = uses().enumerate().filter(|(i, u)| first(*i, u)).map(|(_, u)| u);
    let Some(beyond) = different.nth(MAX_USUAL_LOGICAL_COLUMNS) else { return };
    let count = MAX_USUAL_LOGICAL_COLUMNS + 1 + different.count();
    let message = format!("{count} of these columns are stored in other tables, which are joined for them");
    let d = Diagnostic::warning(code::LOGICAL_COLUMNS, beyond.span, message);
    found.push(d.help("such as addresses, pictures, `owninguser` and `owningteam`: select what is needed"));
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::{filter_findings, findings};

    fn columns(n: usize, each: impl Fn(usize) -> String, separator: &str) -> String {
        (0..n).map(each).collect::<Vec<_>>().join(separator)
    }

    #[test]
    fn more_than_ten_logical_columns_are_reported() {
        let select = |n| columns(n, |i| format!("address{i}"), ",");
        let found = |n| findings(&format!("contacts?$select={}&$top=1", select(n)));
        assert!(found(10).is_empty());
        assert_eq!(found(12), ["DV0509 warning address10"]);
    }

    #[test]
    fn a_column_counts_once() {
        let filter = columns(12, |i| format!("address{} eq 'a{i}'", i % 10), " and ");
        assert!(filter_findings(&filter).is_empty());
        let filter = columns(11, |i| format!("address{i} eq 'a'"), " and ");
        assert_eq!(filter_findings(&filter), ["DV0509 warning address10"]);
    }
}
