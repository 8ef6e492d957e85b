//! Lint that reports a request without `$select`, which returns every column of the rows.
//!
//! Source: "Query anti-patterns", minimize the number of selected columns (`LargeAmountOfAttributes`).

use dvkit_diagnostic::{Diagnostic, Severity, code};
use odata_parser::ast::OptionKind;

use super::{LintContext, ResolvedRequest};

pub(super) fn check(context: &LintContext<'_>, whole: &ResolvedRequest<'_>) -> Option<Diagnostic> {
    // A text without a path may be a fragment whose columns are selected elsewhere.
    let part = whole.query.source.entity_set.is_empty();
    if part || whole.is_continuation() || context.option(|k| matches!(k, OptionKind::Select(_))).is_some() {
        return None;
    }
    let table = whole.table;
    let all = table.columns.iter().filter(|c| c.is_property()).count();
    let severity = if context.resolved.facts.one_row { Severity::Note } else { Severity::Warning };
    let message = format!("without `$select` all {all} columns of `{}` come back", table.logical_name);
    let example = table.primary_name.as_ref().or(table.primary_id.as_ref());
    let d = Diagnostic::new(code::NO_SELECT, severity, context.path_span(), message);
    Some(match example {
        Some(column) => d.help(format!("name the columns that are needed: `$select={column},…`")),
        None => d,
    })
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn rows_get_a_warning_and_one_row_a_note() {
        assert_eq!(findings("accounts?$top=5"), ["DV0502 warning accounts"]);
        let row = "accounts(11111111-2222-3333-4444-555555555555)";
        assert_eq!(findings(row), [format!("DV0502 note {row}")]);
        assert_eq!(findings(&format!("{row}/members?$top=1")), [format!("DV0502 warning {row}/members")]);
    }

    #[test]
    fn counts_and_groups_need_no_columns() {
        let row = "accounts(11111111-2222-3333-4444-555555555555)";
        for fine in [
            format!("{row}/name"),
            "accounts?fetchXml=<fetch/>".to_owned(),
            "accounts?$apply=groupby((name))".to_owned(),
            "accounts?$skiptoken=x".to_owned(),
            "?$filter=name eq 'a'".to_owned(),
        ] {
            assert!(findings(&fine).is_empty(), "{fine}: {:?}", findings(&fine));
        }
    }
}
