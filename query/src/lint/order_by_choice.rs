//! Lint that reports ordering by a choice column: the query is slow, or its order is not the order of the
//! labels.
//!
//! Source: "Query anti-patterns", avoid ordering by choice columns (`OrderOnEnumAttribute`). FetchXML orders
//! by the labels, which the service must join to the rows, unless `useraworderby` is set. According to a
//! remark in the source, the Web API orders by the numbers of the options. So a request needs no join, but
//! its order is not the order of the labels.

use dvkit_diagnostic::{Diagnostic, code};

use super::{LintContext, Parsed};
use crate::resolve::ColumnUse;

pub(super) fn check(context: &LintContext<'_>, used: &ColumnUse<'_>) -> Option<Diagnostic> {
    let choice = used.column.ty.is_choice();
    if !choice {
        return None;
    }
    let name = &used.column.logical_name;
    if let Parsed::Fetch(fetch) = context.tree {
        if fetch.useraworderby.as_ref().and_then(|a| a.value) == Some(true) {
            return None;
        }
        let message = format!("the labels of `{name}` are joined to order by them: that runs slower");
        let d = Diagnostic::note(code::ORDER_BY_CHOICE, used.span, message);
        return Some(d.help("`useraworderby=\"true\"` on `fetch` orders by the numbers of the options"));
    }
    let message = format!("OData orders by the number of the option in `{name}`, not by its label");
    let d = Diagnostic::note(code::ORDER_BY_CHOICE, used.span, message);
    Some(d.help("FetchXML orders by the label, and runs slower for it"))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::{fetch_findings, findings};

    #[test]
    fn an_order_by_a_choice_is_by_number() {
        let found = findings("contacts?$select=fullname&$orderby=statecode,fullname&$top=1");
        assert_eq!(found, ["DV0506 note statecode"]);
    }
    #[test]
    fn fetchxml_orders_by_label_unless_told_otherwise() {
        let fetch = |raw: &str| {
            format!(
                "<fetch top='1'{raw}><entity name='contact'><attribute name='fullname'/><order attribute='statecode'/></entity></fetch>"
            )
        };
        assert_eq!(fetch_findings(&fetch("")), ["DV0506 note statecode"]);
        assert!(fetch_findings(&fetch(" useraworderby='true'")).is_empty());
    }
}
