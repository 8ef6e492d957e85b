//! The service's limits of links, and of links and conditions together.
//!
//! Source: "Join tables using FetchXML" and "Filter rows using FetchXML": 15 links (`0x8004430D`); 500 conditions and links
//! (`0x8004430C`).

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::Fetch;

use super::links;
use crate::lint::Asked;

/// The most links.
const MOST: usize = 15;

pub(in crate::lint) fn check(asked: &Asked<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let Some(entity) = fetch.entity() else { return };
    let links = links(&entity.children);
    if links > MOST {
        let message = format!("these are {links} links, and a query may have {MOST}");
        found.push(Diagnostic::error(code::TOO_MANY_LINKS, asked.place(), message));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn more_than_15_are_refused() {
        let links = |n: usize| {
            let one = |i: usize| {
                format!("<link-entity name='account' from='accountid' to='parentaccountid' alias='a{i}'/>")
            };
            format!("<attribute name='fullname'/>{}", (0..n).map(one).collect::<String>())
        };
        assert!(in_contact("", &links(15)).is_empty());
        assert_eq!(in_contact("", &links(16)), ["DV0446 error entity"]);
    }
}
