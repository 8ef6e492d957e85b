//! Explains a navigation property that leads to many rows: how queries expand it, filter
//! by it and join along it.

use dvkit_schema::{Relationship, Side};

use super::page::Page;
use super::{TableContext, link_entity};

pub(super) fn page(here: TableContext<'_>, to: &Relationship) -> Page {
    let navigation = to.navigation.as_deref().unwrap_or_default();
    let table = here.table.logical_name.as_str();
    let target = to.table.as_str();
    let summary = match (to.side, &to.column, &to.intersect) {
        (Side::OneToMany, Some(column), _) => format!("many rows → {target}, through {target}.{column}"),
        (Side::ManyToMany, _, Some(intersect)) => format!("many to many → {target}, through {intersect}"),
        (Side::ManyToMany, ..) => format!("many to many → {target}"),
        _ => format!("many rows → {target}"),
    };
    let mut page = Page::new(here.named(navigation), "", summary);
    let variable = target.chars().find(char::is_ascii_alphabetic).unwrap_or('r');
    let lambda = |word: &str| format!("{navigation}/{word}({variable}:{variable}/<column> eq …)");
    page.noted(
        "in $filter",
        [(lambda("any"), "at least one such row"), (lambda("all"), "no row is otherwise")],
    );
    page.noted(
        "there is one or none",
        [(format!("{navigation}/any()"), "at least one row"), (format!("not {navigation}/any()"), "no row")],
    );
    let options = if to.side == Side::ManyToMany {
        "$select=…"
    } else {
        "$select=…;$filter=…;$orderby=…;$top=…"
    };
    page.one("in $expand", format!("{navigation}({options})"));
    let rows = format!("{}(<guid>)/{navigation}", here.set());
    page.one("rows of one", format!("GET {rows}?$select=…&$filter=…"));
    let other = here.set_of(target);
    if to.side == Side::OneToMany
        && let Some(column) = &to.column
    {
        let lookup = here.store.table(target).ok().flatten().and_then(|t| t.column(column));
        let property = lookup.map_or_else(|| format!("_{column}_value").into(), |c| c.property_name());
        page.one("the same from there", format!("GET {other}?$filter={property} eq <guid>"));
    }
    page.noted(
        "to connect",
        [(
            format!("POST {rows}/$ref"),
            format!("{{\"@odata.id\": \"[org]/api/data/v9.2/{other}(<guid>)\"}}"),
        )],
    );
    let disconnect = format!("DELETE {}(<guid>)/{navigation}(<guid of the other>)/$ref", here.set());
    page.one("to disconnect", disconnect);
    fetch_xml(&mut page, here, to);
    if let Some(partner) = &to.partner {
        page.one("the way back", format!("{target}.{partner}"));
    } else if to.side == Side::OneToMany {
        page.one("the way back", format!("the snapshot names none on {target}"));
    }
    if let Some(name) = &to.schema_name {
        page.noted("relationship", [(name.clone(), format!("between {table} and {target}"))]);
    }
    page
}

fn fetch_xml(page: &mut Page, here: TableContext<'_>, to: &Relationship) {
    let own_key = here.table.primary_id.clone().unwrap_or_else(|| "<key>".to_owned());
    match (to.side, &to.column, &to.intersect) {
        (Side::ManyToMany, Some(mine), Some(intersect)) => {
            // The outer element joins the intersect table, the inner one the other table.
            let theirs = to.referenced.clone().unwrap_or_else(|| here.key_of(&to.table));
            let inner = link_entity(&to.table, &here.key_of(&to.table), &theirs);
            page.many(
                "in FetchXML",
                [
                    format!("{} intersect='true'", link_entity(intersect, mine, &own_key)),
                    format!("  and within it {inner}"),
                ],
            );
        }
        (_, Some(column), _) => {
            let key = to.referenced.clone().unwrap_or(own_key);
            page.one("in FetchXML", link_entity(&to.table, column, &key));
        }
        _ => {}
    }
}
