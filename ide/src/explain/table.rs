//! Explains a table: its names, key, columns and navigation properties.

use dvkit_schema::{Column, ColumnType, Key, Ownership, Relationship};

use super::page::Page;
use super::{TableContext, description, link_entity};

/// The maximum number of navigation properties that are listed; some tables have a thousand.
const LISTED: usize = 12;

pub(super) fn page(here: TableContext<'_>) -> Page {
    let table = here.table;
    let mut summary = vec![match description::table_kind(table.kind) {
        "" => "table".to_owned(),
        kind => format!("{kind} table"),
    }];
    summary.push(description::counted(table.columns.len(), "column"));
    summary.extend(table.ownership.and_then(owner).map(str::to_owned));
    let mut page = Page::new(
        &table.logical_name,
        description::text(here.store, &table.display_name),
        summary.join(", "),
    );
    let set = here.set();
    match &table.entity_set {
        Some(_) => page
            .many("in a URL", [format!("{set}?$filter=…"), format!("{set}(<guid>)"), format!("POST {set}")]),
        None => page.one("in a URL", "not at all: the Web API has no entity set for it"),
    }
    if let Some(key) = &table.primary_id {
        page.one("key", key);
    }
    if let Some(name) = &table.primary_name {
        page.one("a row is called by", name);
    }
    page.noted("alternate keys", table.keys.iter().map(|k| (key(here, k), state(k))));
    page.one("in FetchXML", format!("entity name='{}'", table.logical_name));
    if let Some(key) = &table.primary_id {
        let to = format!("<lookup to {}>", table.logical_name);
        page.one("joined in FetchXML", link_entity(&table.logical_name, key, &to));
    }
    let (single, many): (Vec<&Relationship>, Vec<&Relationship>) =
        table.relationships.iter().filter(|r| r.navigation.is_some()).partition(|r| r.is_single());
    navigations(&mut page, "leads to one row", &single);
    navigations(&mut page, "leads to many rows", &many);
    page.one("its columns", format!("dvkit schema show {}", table.logical_name));
    page
}

fn navigations(page: &mut Page, label: &str, all: &[&Relationship]) {
    let form = |r: &&Relationship| (r.navigation.clone().unwrap_or_default(), format!("→ {}", r.table));
    let rest = all.len().checked_sub(LISTED).filter(|n| *n > 0);
    let more = rest.map(|n| (format!("… {n} more"), String::new()));
    page.noted(label, all.iter().take(LISTED).map(form).chain(more));
}

/// Returns the path of a row that is given by the alternate key `key`.
fn key(here: TableContext<'_>, key: &Key) -> String {
    let part = |name: &String| match here.table.column(name) {
        Some(column) => format!("{}={}", column.property_name(), example(column)),
        None => format!("{name}=…"),
    };
    let parts: Vec<String> = key.columns.iter().map(part).collect();
    format!("{}({})", here.set(), parts.join(","))
}

fn state(key: &Key) -> String {
    match key.status.as_deref() {
        None | Some("Active") => key.name.clone(),
        Some(status) => format!("{}: {status}, cannot be used", key.name),
    }
}

fn example(column: &Column) -> &'static str {
    match column.ty {
        ColumnType::String { .. } | ColumnType::Memo { .. } => "'…'",
        ColumnType::Lookup { .. } | ColumnType::Customer { .. } | ColumnType::Owner { .. } => "<guid>",
        _ => "…",
    }
}

fn owner(ownership: Ownership) -> Option<&'static str> {
    match ownership {
        Ownership::User => Some("owned by users and teams"),
        Ownership::Business | Ownership::BusinessParented => Some("owned by business units"),
        Ownership::Organization => Some("owned by the organisation"),
        Ownership::None => None,
    }
}
