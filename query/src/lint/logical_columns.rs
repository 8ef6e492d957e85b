//! Many logical columns.
//!
//! Source: "Query anti-patterns", minimize the number of selected logical columns (`LargeAmountOfLogicalAttributes`): their
//! values are stored in other tables, which are joined for them. Which they are is `AttributeMetadata.IsLogical`: addresses,
//! pictures, `owninguser` and `owningteam`. Microsoft gives no number; the one here is more than one address has.

use dvkit_diagnostic::{Diagnostic, code};

use super::{Asked, is_standard};
use crate::resolve::{Role, Use};

/// More than these are many.
const MANY: usize = 10;

pub(super) fn check(asked: &Asked<'_>, found: &mut Vec<Diagnostic>) {
    if asked.resolved.facts.uses.len() <= MANY {
        return;
    }
    let counts = |u: &&Use<'_>| {
        u.column.logical == Some(true)
            && matches!(u.role, Role::Select | Role::Filter | Role::Order)
            && is_standard(u.table)
    };
    let uses = || asked.resolved.facts.uses.iter().filter(counts);
    if uses().count() <= MANY {
        return;
    }
    let first = |i: usize, used: &Use<'_>| !uses().take(i).any(|u| std::ptr::eq(u.column, used.column));
    let mut different = uses().enumerate().filter(|(i, u)| first(*i, u)).map(|(_, u)| u);
    let Some(beyond) = different.nth(MANY) else { return };
    let count = MANY + 1 + different.count();
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
    fn more_than_ten_logical_columns() {
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
