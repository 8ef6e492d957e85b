//! Links to many rows.
//!
//! Source: "Join tables using FetchXML" and reports of rows lost between pages: a page is cut by the rows of the entity.

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::{Fetch, LinkType};

use super::each_link;
use crate::lint::Asked;

pub(in crate::lint) fn check(asked: &Asked<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let distinct = fetch.distinct.as_ref().and_then(|d| d.value) == Some(true);
    let Some(entity) = fetch.entity().filter(|_| !distinct && !fetch.is_aggregate()) else { return };
    // One row more or less changes nothing of a single page.
    if fetch.top.is_some() {
        return;
    }
    each_link(&entity.children, &mut |link| {
        let joins = matches!(link.effective_link_type(), Some(LinkType::Inner | LinkType::Outer));
        let Some((name, from)) = link.name.as_ref().zip(link.from.as_ref()).filter(|_| joins) else { return };
        // Another table of the snapshot is looked up by the resolver; the fact it left is the link's key.
        if asked.resolved.facts.many.contains(&link.span) {
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
