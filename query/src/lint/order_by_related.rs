//! Lint that reports ordering by a column of a related row.
//!
//! Source: "Query anti-patterns", avoid ordering by columns in related tables
//! (`OrderOnPropertiesFromJoinedTables`). OData's documentation does not mention such an order ("Order rows
//! using OData"), and users have reported that it fails.

use dvkit_diagnostic::{Diagnostic, code};

use super::LintContext;
use crate::resolve::ColumnUse;

pub(super) fn check(_asked: &LintContext<'_>, used: &ColumnUse<'_>) -> Option<Diagnostic> {
    if !used.related {
        return None;
    }
    let name = &used.column.logical_name;
    let message = format!(
        "`{name}` is a column of a related row of `{}`: ordering by it joins the table and is slow, and \
         Dataverse does not document it for OData",
        used.table.logical_name
    );
    let d = Diagnostic::warning(code::ORDER_BY_RELATED, used.span, message);
    Some(d.help("ordering by the lookup itself, `_…_value`, orders by the name of the row behind it"))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn an_order_through_a_lookup_is_reported() {
        let found = findings("contacts?$select=fullname&$orderby=parentaccount/name&$top=1");
        assert_eq!(found, ["DV0507 warning parentaccount/name"]);
        let found = findings("contacts?$select=fullname&$orderby=_parentaccountid_value&$top=1");
        assert!(found.is_empty(), "{found:?}");
    }
}
