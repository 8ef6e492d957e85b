//! Lint that reports aliases of columns in a FetchXML query without aggregation.
//!
//! Source: "Select columns using FetchXML", column aliases: they are meant for aggregates. Aliases of columns
//! of links are not reported, because such columns are returned as aliased values in any case.

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::Fetch;

use crate::lint::LintContext;

pub(in crate::lint) fn check(_: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let Some(entity) = fetch.entity().filter(|_| !fetch.is_aggregate()) else { return };
    for column in entity.attributes().filter(|a| a.rowaggregate.is_none()) {
        let Some(alias) = &column.alias else { continue };
        let message =
            format!("`{}` comes as an aliased value, no longer as the column that it is", alias.raw);
        found.push(
            Diagnostic::note(code::ALIAS, alias.span(), message)
                .help("leave the alias out and rename it where it is read"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;

    #[test]
    fn aliases_of_plain_columns_are_noted() {
        assert_eq!(in_contact("", "<attribute name='fullname' alias='n'/>"), ["DV0526 note alias='n"]);
        assert!(in_contact("", "<attribute name='fullname'/>").is_empty());
        let link = "<attribute name='fullname'/><link-entity name='account' from='accountid' to='parentaccountid' alias='a'><attribute name='name' alias='n'/></link-entity>";
        assert!(in_contact("", link).is_empty());
        let count = "<attribute name='contactid' aggregate='count' alias='n'/>";
        assert!(in_contact(" aggregate='true'", count).is_empty());
    }
}
