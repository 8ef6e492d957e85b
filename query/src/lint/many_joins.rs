//! Many joins.
//!
//! Source: "Join tables using OData" (each `$expand` is a join that can affect performance, 15 at most) and the limit of 15
//! links a query (`0x8004430D`), which a lookup that a condition follows counts towards as well. From where joins are many
//! Microsoft does not say; half of the limit is taken.

use std::collections::BTreeSet;

use dvkit_diagnostic::{Diagnostic, code};

use super::Asked;
use crate::resolve::Use;

/// More than these are many.
const MANY: usize = 7;

/// The most links that a query may have.
const MOST: usize = 15;

pub(super) fn check(asked: &Asked<'_>, found: &mut Vec<Diagnostic>) {
    let facts = &asked.resolved.facts;
    let related = || facts.uses.iter().filter(|u| u.related);
    let expands = facts.expands.len();
    if expands + facts.uses.len() <= MANY || expands + related().count() <= MANY {
        return;
    }
    // Columns behind one path share its join.
    let path = |u: &Use<'_>| u.span.of(asked.source).rsplit_once('/').map(|(path, _)| path);
    let followed = related().map(path).collect::<BTreeSet<_>>().len();
    let joins = expands + followed;
    // More expansions alone have been refused.
    if joins <= MANY || expands > MOST {
        return;
    }
    let counted = format!("{joins} related tables are joined ({expands} by `$expand`, {followed} by paths)");
    found.push(if joins > MOST {
        let message = format!("{counted}, and a query may have {MOST} links");
        Diagnostic::warning(code::MANY_JOINS, asked.place(), message).help("ask in several requests")
    } else {
        let message = format!("{counted}: each makes the query slower");
        Diagnostic::note(code::MANY_JOINS, asked.place(), message)
            .help(format!("the limit is {MOST}; fewer in each of two requests are faster"))
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
    fn expansions_and_paths_are_joins() {
        assert!(findings(&request(4, 3)).is_empty());
        assert_eq!(findings(&request(4, 4)), ["DV0510 note contacts"]);
        assert_eq!(findings(&request(8, 9)), ["DV0510 warning contacts"]);
    }

    #[test]
    fn one_path_is_one_join() {
        let conditions: Vec<String> = (0..9).map(|i| format!("nav0/name ne 'a{i}'")).collect();
        let request = format!("contacts?$select=fullname&$filter={}", conditions.join(" and "));
        assert!(findings(&request).is_empty());
    }
}
