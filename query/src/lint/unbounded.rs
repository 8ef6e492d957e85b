//! Lint that reports a request for every row of a table: it has neither a condition nor a limit.
//!
//! Source: "Page results using OData": without `$top` the service returns all rows, 5,000 on each page.

use dvkit_diagnostic::{Diagnostic, code};

use super::{LintContext, ResolvedRequest};
use crate::hir::Predicate;

pub(super) fn check(context: &LintContext<'_>, whole: &ResolvedRequest<'_>) -> Option<Diagnostic> {
    let query = whole.query;
    let start = &query.source;
    // A text without a path may belong to a request for other rows.
    let of_table = !start.entity_set.is_empty() && start.key.is_none() && start.steps.is_empty();
    let limited = query.page.top.is_some() || query.predicate != Predicate::Constant(true);
    if !of_table || limited || whole.is_continuation() {
        return None;
    }
    let message = format!("this asks for every row of `{}`, page by page", whole.table.logical_name);
    let d = Diagnostic::note(code::UNBOUNDED, context.path_span(), message);
    Some(d.help("`$filter` says which rows, `$top` how many"))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn requests_for_every_row_are_reported() {
        assert_eq!(findings("accounts?$select=name"), ["DV0513 note accounts"]);
        for fine in [
            "accounts?$select=name&$top=1",
            "accounts?$select=name&$filter=statecode eq 0",
            "accounts(11111111-2222-3333-4444-555555555555)/members?$select=fullname",
            "accounts?$apply=aggregate($count as n)",
        ] {
            assert!(findings(fine).is_empty(), "{fine}: {:?}", findings(fine));
        }
    }
}
