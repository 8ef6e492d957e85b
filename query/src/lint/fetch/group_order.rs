//! Lint that reports FetchXML groups that are not ordered by all of their keys.
//!
//! Source: field reports of groups lost between pages ("FetchXML aggregate queries, lookup fields and
//! paging"), and a similar rule of FetchXML Builder, a tool of the community.

use std::collections::BTreeSet;

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::{Attr, Attribute, Fetch};

use super::{each_link, listed, named};
use crate::lint::LintContext;

pub(in crate::lint) fn check(context: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    if context.resolved.query.is_none() {
        return;
    }
    // With `top` there is only one page.
    let Some(entity) = fetch.entity().filter(|_| fetch.is_aggregate() && fetch.top.is_none()) else { return };
    let mut keys: Vec<&Attribute<'_>> = entity.attributes().collect();
    let mut orders: BTreeSet<&str> = entity.orders().filter_map(|o| named(&o.alias)).collect();
    each_link(&entity.children, &mut |link| {
        keys.extend(link.attributes());
        orders.extend(link.orders().filter_map(|o| named(&o.alias)));
    });
    let grouped = |a: &&Attribute<'_>| a.groupby.as_ref().and_then(|g| g.value) == Some(true);
    let unordered: Vec<&str> = keys
        .into_iter()
        .filter(grouped)
        .filter_map(|a| named(&a.alias))
        .filter(|alias| !orders.contains(alias))
        .collect();
    let Some(span) = fetch.aggregate.as_ref().map(Attr::span).filter(|_| !unordered.is_empty()) else {
        return;
    };
    let message = "groups that are not ordered by all they are grouped by may be lost between pages";
    found.push(
        Diagnostic::note(code::GROUP_ORDER, span, message)
            .help(format!("order by {} as well", listed(&unordered))),
    );
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn groups_without_an_order_are_reported() {
        let grouped = |order: &str| {
            format!(
                "<attribute name='city' alias='c' groupby='true'/><attribute name='contactid' alias='n' aggregate='count'/>{order}"
            )
        };
        let head = " aggregate='true'";
        assert_eq!(in_contact(head, &grouped("")), ["DV0524 note aggregate='true"]);
        assert_eq!(in_contact(head, &grouped("<order alias='n'/>")), ["DV0524 note aggregate='true"]);
        assert!(in_contact(head, &grouped("<order alias='c'/>")).is_empty());
        assert!(in_contact(" aggregate='true' top='5'", &grouped("")).is_empty());
    }

    #[test]
    fn one_group_needs_no_order() {
        let all = "<attribute name='contactid' alias='n' aggregate='count'/>";
        assert!(in_contact(" aggregate='true'", all).is_empty());
    }
}
