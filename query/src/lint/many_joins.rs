//! Lint that reports queries with many joins, including the joins for lookups that a condition follows.
//!
//! Source: "Join tables using OData" (each `$expand` is a join, which can affect performance; 15 at most) and
//! the limit of 15 links in a query (`0x8004430D`). Microsoft does not say how many joins are too many; this
//! rule uses half of the limit.

use std::collections::BTreeSet;

use dvkit_diagnostic::{Diagnostic, code, limits};

use super::LintContext;
use crate::resolve::ColumnUse;

/// The maximum number of joins that a query may have without a finding.
const MAX_USUAL_JOINS: usize = 7;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    let facts = &context.resolved.facts;
    let related = || facts.uses.iter().filter(|u| u.related);
    let expands = facts.expands.len();
    if expands + facts.uses.len() <= MAX_USUAL_JOINS || expands + related().count() <= MAX_USUAL_JOINS {
        return;
    }
    // Columns with the same path share its join.
    let path = |u: &ColumnUse<'_>| u.span.of(context.source).rsplit_once('/').map(|(path, _)| path);
    let followed = related().map(path).collect::<BTreeSet<_>>().len();
    let joins = expands + followed;
    // A query with too many expansions has been reported as refused.
    if joins <= MAX_USUAL_JOINS || expands > limits::MAX_EXPANSIONS as usize {
        return;
    }
    let counted = format!("{joins} related tables are joined ({expands} by `$expand`, {followed} by paths)");
    found.push(if joins > limits::MAX_JOINS as usize {
        let message = format!("{counted}, and a query may have {} links", limits::MAX_JOINS);
        Diagnostic::warning(code::MANY_JOINS, context.path_span(), message).help("ask in several requests")
    } else {
        let message = format!("{counted}: each makes the query slower");
        Diagnostic::note(code::MANY_JOINS, context.path_span(), message)
            .help(format!("the limit is {}; fewer in each of two requests are faster", limits::MAX_JOINS))
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    fn request(expands: usize, paths: usize) -> String {
        let list = |n: usize, each: &dyn Fn(usize) -> String, by: &str| {
            (0..n).map(each).collect::<Vec<_>>().join(by)
        };
        let expand = list(expands, &|i| format!("nav{i}($select=name,statecode)"), ",");
        let filter = list(paths, &|i| format!("nav{i}/name eq 'a'"), " and ");
        format!("contacts?$select=fullname&$expand={expand}&$filter={filter}")
    }

    #[test]
    fn expansions_and_paths_count_as_joins() {
        assert!(findings(&request(4, 3)).is_empty());
        assert_eq!(findings(&request(4, 4)), ["DV0510 note contacts"]);
        assert_eq!(findings(&request(8, 9)), ["DV0510 warning contacts"]);
    }

    #[test]
    fn columns_of_one_path_count_as_one_join() {
        let conditions: Vec<String> = (0..9).map(|i| format!("nav0/name ne 'a{i}'")).collect();
        let request = format!("contacts?$select=fullname&$filter={}", conditions.join(" and "));
        assert!(findings(&request).is_empty());
    }
}
