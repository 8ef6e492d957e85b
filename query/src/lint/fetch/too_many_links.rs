//! Lint that reports a FetchXML query with more links, or more links and conditions together, than the
//! service accepts.
//!
//! Source: "Join tables using FetchXML" and "Filter rows using FetchXML": 15 links (`0x8004430D`); 500
//! conditions and links (`0x8004430C`).

use dvkit_diagnostic::{Diagnostic, code, limits};
use fetchxml::ast::Fetch;

use super::links;
use crate::lint::LintContext;

pub(in crate::lint) fn check(context: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let Some(entity) = fetch.entity() else { return };
    let links = links(&entity.children);
    if links > limits::MAX_JOINS as usize {
        let message = format!("these are {links} links, and a query may have {}", limits::MAX_JOINS);
        found.push(Diagnostic::error(code::TOO_MANY_LINKS, context.path_span(), message));
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn more_than_15_links_are_refused() {
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
