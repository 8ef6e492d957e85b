//! Lint that reports FetchXML groups by a lookup, in an aggregate query with several pages.
//!
//! The service distinguishes the groups by the id in the lookup, but orders them by the primary name of the
//! row that the lookup points to. Several rows may have equal names, so groups may be lost between pages.
//! Source: field reports, as for the lint `group_order`.

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::Fetch;

use crate::lint::LintContext;
use crate::resolve::Role;

pub(in crate::lint) fn check(context: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    if fetch.top.is_some() {
        return;
    }
    for used in
        context.resolved.facts.uses.iter().filter(|u| u.role == Role::Group && u.column.ty.is_lookup())
    {
        let column = &used.column.logical_name;
        let message = format!(
            "groups by the lookup `{column}` are ordered by a name that several may have: pages can lose some"
        );
        found.push(
            Diagnostic::note(code::GROUP_BY_LOOKUP, used.span, message)
                .help("group by a column of the linked row, or read the rows and group them yourself"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn groups_by_lookups_are_noted() {
        let grouped = |column: &str| {
            format!(
                "<attribute name='{column}' alias='k' groupby='true'/><attribute name='contactid' alias='n' aggregate='count'/><order alias='k'/>"
            )
        };
        assert_eq!(in_contact(" aggregate='true'", &grouped("managerid")), ["DV0525 note managerid"]);
        assert!(in_contact(" aggregate='true'", &grouped("city")).is_empty());
        assert!(in_contact(" aggregate='true' top='9'", &grouped("managerid")).is_empty());
    }
}
