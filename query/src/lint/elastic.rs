//! Elastic tables.
//!
//! Source: "Page results" (500 rows a page) and "Join tables": of links an elastic table has the outer one alone, others are
//! answered with `Link entities are not supported` (`0x80048d0b`). A condition on a related row is no outer link.

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_schema::TableKind;
use odata_parser::ast::OptionKind;

use super::Asked;
use crate::hir::Value;
use crate::resolve::Role;

/// The most rows of one answer.
const MOST: i64 = 500;

pub(super) fn check(asked: &Asked<'_>, found: &mut Vec<Diagnostic>) {
    let Some(table) = asked.resolved.table.filter(|t| t.kind == Some(TableKind::Elastic)) else { return };
    let facts = &asked.resolved.facts;
    if let Some(used) = facts.uses.iter().find(|u| u.related && u.role == Role::Filter) {
        let message = format!(
            "`{}` is elastic: conditions on related rows need a join that it does not have",
            table.logical_name
        );
        let d = Diagnostic::warning(code::ELASTIC, used.span, message);
        found.push(d.help("ask for the related rows first, and for their ids then"));
    }
    let top = asked.resolved.query.as_ref().and_then(|q| q.page.top.as_ref());
    if matches!(top, Some(Value::Integer(n)) if *n > MOST)
        && let Some(option) = asked.option(|k| matches!(k, OptionKind::Top(_)))
    {
        let message =
            format!("`{}` is elastic: one answer has at most {MOST} rows of it", table.logical_name);
        let d = Diagnostic::note(code::ELASTIC, option.span, message);
        found.push(d.help("for more rows leave `$top` out and follow `@odata.nextLink`"));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn elastic_tables() {
        let found = findings("signals?$select=name&$top=501");
        assert_eq!(found, ["DV0515 note $top=501"]);
        let found = findings("signals?$select=name&$filter=account/name eq 'a'");
        assert_eq!(found, ["DV0515 warning account/name"]);
        for fine in [
            "signals?$select=name&$top=500",
            "signals?$select=name&$expand=account($select=name)&$top=5",
            // The anti-patterns are those of standard tables.
            "signals?$select=name&$filter=contains(payload,'a')",
            "accounts?$select=name&$top=501",
        ] {
            assert!(findings(fine).is_empty(), "{fine}: {:?}", findings(fine));
        }
    }
}
