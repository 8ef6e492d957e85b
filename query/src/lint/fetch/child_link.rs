//! Lint that reports FetchXML links that may match several rows, because the joined rows of one row may be
//! split between two pages.
//!
//! Source: "Join tables using FetchXML", and reports of rows lost between pages. The size of a page is
//! counted in rows of the entity, not in joined rows.

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::{Fetch, LinkType};

use super::each_link;
use crate::lint::LintContext;

pub(in crate::lint) fn check(context: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let distinct = fetch.distinct.as_ref().and_then(|d| d.value) == Some(true);
    let Some(entity) = fetch.entity().filter(|_| !distinct && !fetch.is_aggregate()) else { return };
    // With `top` there is only one page, whose last row hardly matters.
    if fetch.top.is_some() {
        return;
    }
    each_link(&entity.children, &mut |link| {
        let joins = matches!(link.effective_link_type(), Some(LinkType::Inner | LinkType::Outer));
        let Some((name, from)) = link.name.as_ref().zip(link.from.as_ref()).filter(|_| joins) else { return };
        // The resolver knows the relationship; the span of the link is the key to what it found.
        if context.resolved.facts.multi_row_links.contains(&link.span) {
            let message = format!("`{}` has many rows for one: each of them gives a row", name.raw);
            let d = Diagnostic::note(code::CHILD_LINK, from.span(), message);
            found.push(d.help("with the other table as the entity it is a link to one row"));
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn links_to_many_are_noted() {
        let link = |from: &str, to: &str| {
            format!("<attribute name='fullname'/><link-entity name='account' from='{from}' to='{to}'/>")
        };
        assert!(in_contact("", &link("accountid", "parentaccountid")).is_empty());
        assert_eq!(in_contact("", &link("name", "fullname")), ["DV0522 note from='name"]);
        assert!(in_contact(" top='5'", &link("name", "fullname")).is_empty());
    }
}
