//! Lint that reports FetchXML rows that are ordered by a column of a link.
//!
//! Source: "Page results using FetchXML": for such an order the service returns no paging cookie and uses
//! simple paging, which reaches only the first 50,000 rows.

use dvkit_diagnostic::{Diagnostic, Span, code};
use fetchxml::ast::Fetch;

use super::each_link;
use crate::lint::LintContext;

pub(in crate::lint) fn check(_: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let Some(entity) = fetch.entity().filter(|_| !fetch.is_aggregate()) else { return };
    let mut report = |span: Span| {
        let message = "an order by a column of a link makes paging slow, and ends it at 50,000 rows";
        found.push(
            Diagnostic::note(code::LINK_ORDER, span, message)
                .help("with the other table as the entity it is an order of its own"),
        );
    };
    entity.orders().filter(|o| o.entityname.is_some()).for_each(|o| report(o.span));
    each_link(&entity.children, &mut |link| link.orders().for_each(|o| report(o.span)));
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn orders_of_links_are_noted() {
        let link = |order: &str| {
            format!(
                "<attribute name='fullname'/><link-entity name='account' from='accountid' to='parentaccountid' alias='a'>{order}</link-entity>"
            )
        };
        assert_eq!(
            in_contact("", &link("<order attribute='name'/>")),
            ["DV0520 note <order attribute='name'/>"]
        );
        assert!(in_contact("", &format!("{}<order attribute='fullname'/>", link(""))).is_empty());
    }
}
