//! Lint that reports a query with more conditions than the service accepts.
//!
//! Source: "Filter rows using OData": a query may have 500 conditions; the service refuses more with
//! `0x8004430C` (`TooManyConditionsInQuery`). A list in `In` counts as one condition.

use dvkit_diagnostic::{Diagnostic, code, limits};

use super::LintContext;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    let conditions = context.resolved.facts.conditions;
    if conditions <= limits::MAX_CONDITIONS as usize {
        return;
    }
    let message =
        format!("these are {conditions} conditions, and a query may have {}", limits::MAX_CONDITIONS);
    let d = Diagnostic::error(code::TOO_MANY_CONDITIONS, context.conditions_span(), message);
    found.push(d.help("a list of values is one condition: `Microsoft.Dynamics.CRM.In(…)`"));
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::{filter_findings, filtered};

    fn chain(n: usize) -> String {
        (0..n).map(|i| format!("plain{} eq 'a{i}'", i % 60)).collect::<Vec<_>>().join(" or ")
    }

    #[test]
    fn more_than_500_conditions_are_refused() {
        assert!(filter_findings(&chain(500)).is_empty());
        let filter = chain(501);
        assert_eq!(filter_findings(&filter), [format!("DV0441 error {filter}")]);
    }

    #[test]
    fn a_list_is_one_condition() {
        let all: Vec<String> = (0..501).map(|i| format!("city eq 'a{i}'")).collect();
        let checked = filtered(&all.join(" or "));
        assert!(!checked.is_ok());
        assert!(checked.rewritten.is_some_and(|r| r.starts_with("Microsoft.Dynamics.CRM.In(")));
    }
}
