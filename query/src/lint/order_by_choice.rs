//! Order by a choice.
//!
//! Source: "Query anti-patterns", avoid ordering by choice columns (`OrderOnEnumAttribute`), and its remark that the Web
//! API is different: it orders by the option's number, so that nothing is joined, and nothing is in the order of the
//! labels either.

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_schema::ColumnType;

use super::Asked;
use crate::resolve::Use;

pub(super) fn check(_asked: &Asked<'_>, used: &Use<'_>) -> Option<Diagnostic> {
    let choice = matches!(
        used.column.ty,
        ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. }
    );
    if !choice {
        return None;
    }
    let name = &used.column.logical_name;
    let message = format!("OData orders by the number of the option in `{name}`, not by its label");
    let d = Diagnostic::note(code::ORDER_BY_CHOICE, used.span, message);
    Some(d.help("FetchXML orders by the label, and runs slower for it"))
}

#[cfg(test)]
mod tests {
    use crate::lint::sample::findings;

    #[test]
    fn order_by_a_choice_is_by_number() {
        let found = findings("contacts?$select=fullname&$orderby=statecode,fullname&$top=1");
        assert_eq!(found, ["DV0506 note statecode"]);
    }
}
