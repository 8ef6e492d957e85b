//! Lint that reports `distinct` in a FetchXML query that is not ordered by every returned column.
//!
//! Source: "Page results using FetchXML": distinct rows have no primary key to order them by. FetchXML
//! Builder, a tool of the community, has a similar rule. An order by every column is not required if the
//! primary key is one of the returned columns.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Diagnostic, code};
use fetchxml::ast::{Attribute, Fetch, LinkType, Order};

use super::{each_link, listed, named};
use crate::lint::LintContext;
use crate::resolve::ColumnUse;

pub(in crate::lint) fn check(context: &LintContext<'_>, fetch: &Fetch<'_>, found: &mut Vec<Diagnostic>) {
    let Some(distinct) = fetch.distinct.as_ref().filter(|d| d.value == Some(true)) else { return };
    let Some(entity) = fetch.entity().filter(|_| !fetch.is_aggregate()) else { return };
    // The columns and orders with the alias of their row, and the tables of those rows.
    let mut tables = BTreeMap::from([(None, named(&entity.name))]);
    let mut columns: Vec<(Option<&str>, &Attribute<'_>)> = entity.attributes().map(|a| (None, a)).collect();
    let mut orders: Vec<(Option<&str>, &Order<'_>)> =
        entity.orders().map(|o| (named(&o.entityname), o)).collect();
    each_link(&entity.children, &mut |link| {
        let alias = named(&link.alias).or(named(&link.name));
        tables.entry(alias).or_insert(named(&link.name));
        if link.effective_link_type().is_none_or(LinkType::has_columns) {
            columns.extend(link.attributes().map(|a| (alias, a)));
        }
        orders.extend(link.orders().map(|o| (alias, o)));
    });
    if orders.is_empty() {
        let message = "distinct rows without an `order` come in any order, and their pages may overlap";
        let d = Diagnostic::note(code::DISTINCT_ORDER, distinct.span(), message);
        found.push(d.help("order by every column that comes back"));
        return;
    }
    // Rows that include their key are ordered by it in the end; with `top` there is only one page.
    if fetch.top.is_some() {
        return;
    }
    let mut uses: Vec<&ColumnUse<'_>> = context.resolved.facts.uses.iter().collect();
    uses.sort_by_key(|used| used.span);
    let keyed = columns.iter().filter(|(alias, a)| is_key(&uses, tables.get(alias).copied().flatten(), a));
    let mut keyed: Vec<Option<&str>> = keyed.map(|(alias, _)| *alias).collect();
    keyed.sort_unstable();
    let mut ordered: Vec<_> = orders.iter().map(|(alias, o)| (*alias, named(&o.attribute))).collect();
    ordered.sort_unstable();
    let missing: Vec<&str> = columns
        .iter()
        .filter(|(alias, a)| {
            ordered.binary_search(&(*alias, named(&a.name))).is_err() && keyed.binary_search(alias).is_err()
        })
        .filter_map(|(_, a)| named(&a.name))
        .collect();
    if missing.is_empty() {
        return;
    }
    let message = "distinct rows that differ in what they are not ordered by may be lost between pages";
    let d = Diagnostic::note(code::DISTINCT_ORDER, distinct.span(), message);
    found.push(d.help(format!("order by {} as well", listed(&missing))));
}

/// Returns whether `column` is the primary key of the table with the logical name `table`. `uses` are the
/// resolved columns of the query, in the order of the text. A column without an entry in `uses` is recognised
/// by its name.
fn is_key(uses: &[&ColumnUse<'_>], table: Option<&str>, column: &Attribute<'_>) -> bool {
    let Some(name) = &column.name else { return false };
    let at = uses.partition_point(|used| used.span < name.value_span);
    match uses.get(at).filter(|used| used.span == name.value_span) {
        Some(used) => used.table.primary_id.as_deref() == Some(used.column.logical_name.as_str()),
        None => &*name.raw == "activityid" || table.and_then(|t| name.raw.strip_prefix(t)) == Some("id"),
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::fetch::tests::in_contact;
    use crate::lint::sample::fetch_findings;

    #[test]
    fn distinct_rows_without_an_order_are_reported() {
        let name = "<attribute name='fullname'/>";
        assert_eq!(in_contact(" distinct='true'", name), ["DV0521 note distinct='true"]);
        assert!(in_contact(" distinct='true'", &format!("{name}<order attribute='fullname'/>")).is_empty());
        assert!(in_contact(" distinct='false'", name).is_empty());
    }

    #[test]
    fn distinct_rows_are_ordered_by_every_column() {
        let two = |more: &str| {
            format!("<attribute name='fullname'/><attribute name='city'/>{more}<order attribute='fullname'/>")
        };
        assert_eq!(in_contact(" distinct='true'", &two("")), ["DV0521 note distinct='true"]);
        assert!(in_contact(" distinct='true'", &two("<order attribute='city'/>")).is_empty());
        assert!(in_contact(" distinct='true'", &two("<attribute name='contactid'/>")).is_empty());
        assert!(in_contact(" distinct='true' top='5'", &two("")).is_empty());
    }

    #[test]
    fn distinct_rows_with_the_key_of_their_table_need_no_other_order() {
        let attributes = |names: &str| -> String {
            names.split_whitespace().map(|name| format!("<attribute name='{name}'/>")).collect()
        };
        let link = |table: &str, from: &str, names: &str| {
            format!(
                "<link-entity name='{table}' from='{from}' to='accountid' alias='l'>{}</link-entity>",
                attributes(names)
            )
        };
        let account = |names: &str| link("account", "accountid", names);
        let contact = |names: &str| link("contact", "parentaccountid", names);
        // The table, its columns, what is joined, and whether all rows are in a certain order by `name` and their keys.
        for (table, columns, joined, is_ordered) in [
            ("visit", "name", String::new(), true),
            ("visit", "name statecode", String::new(), false),
            // The key is what the snapshot says, wherever it stands.
            ("visit", "visitkey name statecode", String::new(), true),
            ("visit", "name visitkey statecode", String::new(), true),
            ("visit", "name statecode visitkey", String::new(), true),
            ("visit", "visitid name", String::new(), false),
            ("visit", "name visitid statecode", String::new(), false),
            ("visit", "name activityid", String::new(), false),
            ("account", "accountid name statecode", String::new(), true),
            ("account", "name statecode accountid", String::new(), true),
            // Each table has its own.
            ("visit", "visitkey name", account("accountid statecode"), true),
            ("visit", "visitkey name", account("statecode accountid"), true),
            ("visit", "visitkey name", account("statecode"), false),
            ("visit", "name statecode", account("accountid"), false),
            ("account", "name accountid", contact("city contactid"), true),
            ("account", "name accountid", contact("city"), false),
        ] {
            let found = fetch_findings(&format!(
                "<fetch distinct='true'><entity name='{table}'>{}<order attribute='name'/>{joined}</entity></fetch>",
                attributes(columns)
            ));
            let reported = found.iter().any(|finding| finding == "DV0521 note distinct='true");
            assert_eq!(reported, !is_ordered, "{columns} of {table}, {joined}: {found:?}");
        }
    }

    #[test]
    fn columns_of_links_need_an_order_too() {
        let link = |order: &str| {
            format!(
                "<attribute name='fullname'/><order attribute='fullname'/><link-entity name='account' from='accountid' to='parentaccountid' alias='a'><attribute name='name'/></link-entity>{order}"
            )
        };
        assert_eq!(in_contact(" distinct='true'", &link("")), ["DV0521 note distinct='true"]);
        let found = in_contact(" distinct='true'", &link("<order entityname='a' attribute='name'/>"));
        assert_eq!(found, ["DV0520 note <order entityname='a' attribute='name'/>"]);
    }
}
