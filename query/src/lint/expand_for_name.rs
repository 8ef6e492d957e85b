//! Lint that reports several `$expand`s of which each returns only the primary name of the related row.
//!
//! Source: "Join tables using OData" (each `$expand` is a join) and "Select columns using OData": the
//! formatted value of a lookup is the primary name of the row that it points to. A single such `$expand` is
//! not reported, because the documentation itself uses it.

use dvkit_diagnostic::{Diagnostic, code};
use odata_parser::ast::{OptionKind, QueryOption};

use super::LintContext;
use crate::resolve::Expand;

/// A query is reported if at least this many of its `$expand`s select only the primary name.
const MIN_EXPANSIONS: usize = 2;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    let for_name = || context.resolved.facts.expands.iter().filter(|e| e.depth == 1 && is_for_name(e));
    let count = for_name().count();
    let Some(first) = for_name().next().filter(|_| count >= MIN_EXPANSIONS) else { return };
    let message = format!("{count} related rows are joined for nothing but their names");
    let column = first.relationship.column.as_deref().unwrap_or_default();
    let d = Diagnostic::note(code::EXPAND_FOR_NAME, first.item.span, message);
    found.push(d.help(format!(
        "select `_{column}_value` and so on: with `Prefer: odata.include-annotations` the name comes as \
         `_{column}_value@OData.Community.Display.V1.FormattedValue`"
    )));
}

fn is_for_name(expand: &Expand<'_>) -> bool {
    let (Some(nested), Some(target)) = (&expand.item.nested, expand.target) else { return false };
    let [QueryOption { kind: OptionKind::Select(columns), .. }] = nested.options.as_slice() else {
        return false;
    };
    let [column] = columns.as_slice() else { return false };
    expand.relationship.is_single()
        && expand.relationship.column.is_some()
        && target.primary_name.is_some()
        && column.path.as_name() == target.primary_name.as_deref()
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn expansions_for_names_alone_are_reported() {
        let found = findings(
            "contacts?$select=fullname&$expand=parentaccount($select=name),manager($select=fullname)&$top=1",
        );
        assert_eq!(found, ["DV0518 note parentaccount($select=name)"]);
        for fine in [
            "contacts?$select=fullname&$expand=parentaccount($select=name)&$top=1",
            "contacts?$select=fullname&$expand=parentaccount($select=name),manager($select=city)&$top=1",
            "contacts?$select=fullname&$expand=parentaccount($select=name),reports($select=fullname)&$top=1",
        ] {
            assert!(findings(fine).is_empty(), "{fine}: {:?}", findings(fine));
        }
    }
}
