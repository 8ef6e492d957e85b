//! Lint that reports requests for a number of rows that the service counts only up to 5,000.
//!
//! The service counts at most 5,000 rows of a standard table and 500 rows of an elastic table ("Count rows
//! using OData"). `RetrieveTotalRecordCount` counts whole tables, and an annotation of the response says
//! whether there are more rows. `$apply` and aggregate queries of FetchXML count up to 50,000 rows.

use dvkit_diagnostic::{Diagnostic, code, limits};
use dvkit_schema::TableKind;
use odata_parser::ast::OptionKind;

use super::{LintContext, Parsed};
use crate::hir::{Predicate, ResultShape};
use fetchxml::ast::Attr;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(query), Some(table)) = (&context.resolved.query, context.resolved.table) else { return };
    let (what, counts, span) = match context.tree {
        Parsed::Request(request) if query.result == ResultShape::Count => {
            let last = request.path.segments.last();
            (
                "$count",
                "`$apply=filter(…)/aggregate($count as total)` counts up to 50,000 rows",
                last.map(|s| s.span),
            )
        }
        Parsed::Request(_) if query.page.total => {
            let option = context.option(|k| matches!(k, OptionKind::Count(_)));
            (
                "$count",
                "`$apply=filter(…)/aggregate($count as total)` counts up to 50,000 rows",
                option.map(|o| o.span),
            )
        }
        Parsed::Fetch(fetch) if query.page.total => {
            let total = fetch.returntotalrecordcount.as_ref().map(Attr::span);
            (
                "returntotalrecordcount",
                "an aggregate query with `aggregate=\"count\"` counts up to 50,000 rows",
                total,
            )
        }
        _ => return,
    };
    let Some(span) = span else { return };
    let most = with_separator(match table.kind {
        Some(TableKind::Elastic) => limits::MAX_COUNTED_ELASTIC_ROWS,
        _ => limits::MAX_COUNTED_ROWS,
    });
    let message = format!("`{what}` stops at {most}: more rows are counted as {most}");
    let whole_table = query.predicate == Predicate::Constant(true)
        && query.source.key.is_none()
        && query.source.steps.is_empty()
        && query.joins.is_empty();
    let help = if whole_table {
        "`RetrieveTotalRecordCount` counts whole tables, as they were within the last day"
    } else {
        counts
    };
    found.push(Diagnostic::note(code::COUNT_CAP, span, message).help(help));
}

/// Returns the decimal number with a comma before the thousands, such as `5,000`. `n` must be below a
/// million.
fn with_separator(n: u32) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;
    use crate::lint::sample::{findings, requested};

    #[test]
    fn totals_of_fetchxml_are_capped() {
        let name = "<attribute name='fullname'/>";
        let total = " returntotalrecordcount='true'";
        assert_eq!(in_contact(total, name), ["DV0512 note returntotalrecordcount='true"]);
        assert!(in_contact(" returntotalrecordcount='false'", name).is_empty());
    }

    #[test]
    fn counts_are_reported_as_capped() {
        assert_eq!(findings("accounts/$count"), ["DV0512 note $count"]);
        let found = findings("accounts?$select=name&$count=true&$filter=statecode eq 0");
        assert_eq!(found, ["DV0512 note $count=true"]);
        assert!(findings("accounts?$select=name&$count=false&$filter=statecode eq 0").is_empty());
    }

    #[test]
    fn elastic_tables_count_to_500() {
        let checked = requested("signals/$count");
        assert!(checked.diagnostics[0].message.contains("stops at 500:"));
    }
}
