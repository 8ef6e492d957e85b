//! Counts end at 5,000.
//!
//! Source: "Count rows using OData": up to 5,000 rows of standard tables and 500 of elastic ones are counted;
//! `RetrieveTotalRecordCount` counts whole tables, and an annotation tells whether there are more. `$apply` counts up to
//! 50,000 rows ("Aggregate data using OData").

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_schema::TableKind;
use odata_parser::ast::OptionKind;

use super::{Asked, Whole};
use crate::hir::{Answer, Predicate};

pub(super) fn check(asked: &Asked<'_>, whole: &Whole<'_>) -> Option<Diagnostic> {
    let query = whole.query;
    let span = match query.answer {
        Answer::Count => whole.request.path.segments.last()?.span,
        _ if query.page.total => asked.option(|k| matches!(k, OptionKind::Count(_)))?.span,
        _ => return None,
    };
    let most = if whole.table.kind == Some(TableKind::Elastic) { "500" } else { "5,000" };
    let message = format!("`$count` stops at {most}: more rows are counted as {most}");
    let whole_table = query.predicate == Predicate::Constant(true)
        && query.start.key.is_none()
        && query.start.steps.is_empty();
    let help = if whole_table {
        "`RetrieveTotalRecordCount` counts whole tables, as they were within the last day"
    } else {
        "`$apply=filter(…)/aggregate($count as total)` counts up to 50,000 rows"
    };
    Some(Diagnostic::note(code::COUNT_CAP, span, message).help(help))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::{findings, requested};

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
