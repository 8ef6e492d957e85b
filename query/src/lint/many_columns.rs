//! Lint that reports queries that return many columns.
//!
//! Source: "Query anti-patterns", minimize the number of selected columns (`LargeAmountOfAttributes`).
//! Microsoft gives no number; the limit of fifty is more columns than a list or a form shows.

use dvkit_diagnostic::{Diagnostic, code};
use odata_parser::ast::OptionKind;

use super::LintContext;
use crate::resolve::Role;

/// The maximum number of columns that a query may return without a finding.
const MAX_USUAL_COLUMNS: usize = 50;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    let selected = context.resolved.facts.uses.iter().filter(|u| u.role == Role::Select).count();
    if selected <= MAX_USUAL_COLUMNS {
        return;
    }
    let option = context
        .option(|k| matches!(k, OptionKind::Select(_)))
        .or_else(|| context.option(|k| matches!(k, OptionKind::Expand(_))));
    let span = option.map_or_else(|| context.path_span(), |o| o.name_span);
    let message = format!("{selected} columns are many: such a query is slow, and may time out");
    found.push(Diagnostic::warning(code::MANY_COLUMNS, span, message).help("select what is needed"));
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn more_than_fifty_columns_are_reported() {
        let columns = |n: usize| (0..n).map(|i| format!("plain{i}")).collect::<Vec<_>>().join(",");
        let found = |n| findings(&format!("contacts?$select={}&$top=1", columns(n)));
        assert!(found(50).is_empty());
        assert_eq!(found(51), ["DV0508 warning $select"]);
    }
}
