//! Lint that reports queries of elastic tables that the service refuses or limits.
//!
//! Source: "Page results" (a page has at most 500 rows) and "Join tables". Elastic tables support outer links
//! only. The service refuses other types of link, and therefore also conditions on related rows, with the
//! message `Link entities are not supported` (`0x80048d0b`).

use dvkit_diagnostic::{Diagnostic, code, limits};
use dvkit_schema::TableKind;
use odata_parser::ast::OptionKind;

use super::LintContext;
use crate::hir::Value;
use crate::resolve::Role;

pub(super) fn check(context: &LintContext<'_>, found: &mut Vec<Diagnostic>) {
    let Some(table) = context.resolved.table.filter(|t| t.kind == Some(TableKind::Elastic)) else { return };
    let facts = &context.resolved.facts;
    if let Some(used) = facts.uses.iter().find(|u| u.related && u.role == Role::Filter) {
        let message = format!(
            "`{}` is elastic: conditions on related rows need a join that it does not have",
            table.logical_name
        );
        let d = Diagnostic::warning(code::ELASTIC, used.span, message);
        found.push(d.help("ask for the related rows first, and for their ids then"));
    }
    let top = context.resolved.query.as_ref().and_then(|q| q.page.top.as_ref());
    if matches!(top, Some(Value::Integer(n)) if *n > i64::from(limits::MAX_ELASTIC_ROWS_PER_RESPONSE))
        && let Some(option) = context.option(|k| matches!(k, OptionKind::Top(_)))
    {
        let message = format!(
            "`{}` is elastic: one answer has at most {} rows of it",
            table.logical_name,
            limits::MAX_ELASTIC_ROWS_PER_RESPONSE
        );
        let d = Diagnostic::note(code::ELASTIC, option.span, message);
        found.push(d.help("for more rows leave `$top` out and follow `@odata.nextLink`"));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn limits_of_elastic_tables_are_reported() {
        let found = findings("signals?$select=name&$top=501");
        assert_eq!(found, ["DV0515 note $top=501"]);
        let found = findings("signals?$select=name&$filter=account/name eq 'a'");
        assert_eq!(found, ["DV0515 warning account/name"]);
        for fine in [
            "signals?$select=name&$top=500",
            "signals?$select=name&$expand=account($select=name)&$top=5",
            // The anti-patterns are documented for standard tables.
            "signals?$select=name&$filter=contains(payload,'a')",
            "accounts?$select=name&$top=501",
        ] {
            assert!(findings(fine).is_empty(), "{fine}: {:?}", findings(fine));
        }
    }
}
