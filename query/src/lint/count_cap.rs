//! Counts end at 5,000.
//!
//! Source: "Count rows using OData": up to 5,000 rows of standard tables and 500 of elastic ones are counted;
//! `RetrieveTotalRecordCount` counts whole tables, and an annotation tells whether there are more. `$apply` counts up to
//! 50,000 rows ("Aggregate data using OData"), and so does an aggregate query of FetchXML ("Count rows").

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_schema::TableKind;
use odata_parser::ast::OptionKind;

use super::{Asked, Tree};
use crate::hir::{Predicate, ResultShape};
use fetchxml::ast::Attr;

pub(super) fn check(asked: &Asked<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(query), Some(table)) = (&asked.resolved.query, asked.resolved.table) else { return };
    let (what, counts, span) = match asked.tree {
        Tree::Request(request) if query.answer == ResultShape::Count => {
            let last = request.path.segments.last();
            (
                "$count",
                "`$apply=filter(…)/aggregate($count as total)` counts up to 50,000 rows",
                last.map(|s| s.span),
            )
        }
        Tree::Request(_) if query.page.total => {
            let option = asked.option(|k| matches!(k, OptionKind::Count(_)));
            (
                "$count",
                "`$apply=filter(…)/aggregate($count as total)` counts up to 50,000 rows",
                option.map(|o| o.span),
            )
        }
        Tree::Fetch(fetch) if query.page.total => {
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
    let most = if table.kind == Some(TableKind::Elastic) { "500" } else { "5,000" };
    let message = format!("`{what}` stops at {most}: more rows are counted as {most}");
    let whole_table = query.predicate == Predicate::Constant(true)
        && query.start.key.is_none()
        && query.start.steps.is_empty()
        && query.joins.is_empty();
    let help = if whole_table {
        "`RetrieveTotalRecordCount` counts whole tables, as they were within the last day"
    } else {
        counts
    };
    found.push(Diagnostic::note(code::COUNT_CAP, span, message).help(help));
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
    fn counts_are_capped() {
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
