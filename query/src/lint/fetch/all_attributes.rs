//! Lint that reports a FetchXML query that returns every column of a table, because of `all-attributes` or
//! because no column is listed.
//!
//! Source: "Query anti-patterns", minimize the number of selected columns.

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::Fetch;

use crate::lint::LintContext;

pub(in crate::lint) fn check(context: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(entity), Some(table)) = (fetch.entity(), context.resolved.table) else { return };
    if fetch.is_aggregate() {
        return;
    }
    let all = entity.all_attributes().next();
    let some = entity.attributes().next().is_some() || entity.no_attrs().next().is_some();
    if all.is_none() && some {
        return;
    }
    let span = all.map_or(entity.name_span, |a| a.span);
    let columns = table.columns.len();
    let message = format!("all {columns} columns of `{}` come back", table.logical_name);
    let example = table.primary_name.as_deref().or(table.primary_id.as_deref()).unwrap_or("name");
    found.push(
        Diagnostic::warning(code::ALL_ATTRIBUTES, span, message)
            .help(format!("list those that are needed: `<attribute name=\"{example}\"/>`")),
    );
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn a_query_for_all_columns_is_reported() {
        assert_eq!(in_contact("", "<all-attributes/>"), ["DV0519 warning <all-attributes/>"]);
        assert_eq!(in_contact("", ""), ["DV0519 warning entity"]);
        assert!(in_contact("", "<attribute name='fullname'/>").is_empty());
        assert!(in_contact("", "<no-attrs/>").is_empty());
    }
}
