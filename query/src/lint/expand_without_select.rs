//! Lint that reports an `$expand` without `$select`, which returns every column of the related rows.
//!
//! Source: "Join tables using OData" and "Query anti-patterns", minimize the number of selected columns.

use dvkit_diagnostic::{Diagnostic, Severity, code};
use odata_parser::ast::{OptionKind, SegmentKind};

use super::LintContext;
use crate::resolve::Expand;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    let facts = &context.resolved.facts;
    for expand in &facts.expands {
        // The abstract owner has only its key; an unknown table may have any columns.
        let Some(target) = expand.target.filter(|t| t.columns.len() > 1) else { continue };
        if has_select(expand) {
            continue;
        }
        let severity = match facts.one_row && expand.relationship.is_single() {
            true => Severity::Note,
            false => Severity::Warning,
        };
        let all = target.columns.iter().filter(|c| c.is_property()).count();
        let navigation = expand.relationship.navigation.as_deref().unwrap_or_default();
        let message = format!(
            "without `$select` in it `{navigation}` brings all {all} columns of `{}`",
            target.logical_name
        );
        let d = Diagnostic::new(code::EXPAND_WITHOUT_SELECT, severity, expand.item.span, message);
        let example = target.primary_name.as_ref().or(target.primary_id.as_ref());
        found.push(match example {
            Some(column) => d.help(format!("write `{navigation}($select={column},…)`")),
            None => d,
        });
    }
}

/// Returns whether the expansion has a `$select`, or needs none because it returns only addresses of rows
/// (`/$ref`).
fn has_select(expand: &Expand<'_>) -> bool {
    let reference = expand.item.path.segments.iter().any(|s| matches!(s.kind, SegmentKind::System(_)));
    let mut options = expand.item.nested.iter().flat_map(|n| &n.options);
    reference || options.any(|o| matches!(o.kind, OptionKind::Select(_)))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn expansions_without_columns_are_reported() {
        let found = findings("contacts?$select=fullname&$expand=parentaccount&$top=1");
        assert_eq!(found, ["DV0514 warning parentaccount"]);
        let nested =
            "contacts?$select=fullname&$expand=manager($select=fullname;$expand=parentaccount)&$top=1";
        assert_eq!(findings(nested), ["DV0514 warning parentaccount"]);
        assert!(findings("contacts?$select=fullname&$expand=parentaccount/$ref&$top=1").is_empty());
    }

    #[test]
    fn an_expansion_of_one_row_is_only_noted() {
        let row = "contacts(11111111-2222-3333-4444-555555555555)?$select=fullname&$expand=";
        assert_eq!(findings(&format!("{row}manager")), ["DV0514 note manager"]);
        assert_eq!(findings(&format!("{row}reports")), ["DV0514 warning reports"]);
    }
}
