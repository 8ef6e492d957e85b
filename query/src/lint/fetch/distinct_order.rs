//! `distinct` without an order.
//!
//! Source: "Page results using FetchXML": there is no primary key to order distinct rows by.

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::Fetch;

use crate::lint::Asked;

pub(in crate::lint) fn check(_: &Asked<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let Some(distinct) = fetch.distinct.as_ref().filter(|d| d.value == Some(true)) else { return };
    let Some(entity) = fetch.entity().filter(|_| !fetch.is_aggregate()) else { return };
    if entity.orders().next().is_some() {
        return;
    }
    let message = "distinct rows without an `order` come in any order, and their pages may overlap";
    let d = Diagnostic::note(code::DISTINCT_ORDER, distinct.name_span.to(distinct.value_span), message);
    found.push(d.help("order by every column that comes back"));
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn distinct_rows_are_ordered() {
        let name = "<attribute name='fullname'/>";
        assert_eq!(in_contact(" distinct='true'", name), ["DV0521 note distinct='true"]);
        assert!(in_contact(" distinct='true'", &format!("{name}<order attribute='fullname'/>")).is_empty());
        assert!(in_contact(" distinct='false'", name).is_empty());
    }
}
