//! Explains a lookup column, and the navigation property of a lookup. A lookup with
//! several target tables has one navigation property for each of them.

use dvkit_schema::{Column, ColumnType, Relationship};

use super::page::Page;
use super::{TableContext, attribute, description, link_entity};

/// The maximum number of navigation properties that are listed; a `regardingobjectid` has dozens.
const LISTED: usize = 8;

/// Returns the explanation of a lookup column.
pub(super) fn column(here: TableContext<'_>, column: &Column) -> Page {
    let name = here.named(&column.logical_name);
    let mut summary = vec![description::column_type(column)];
    summary.extend(description::facts(column).into_iter().map(str::to_owned));
    let mut page = Page::new(name, description::text(here.store, &column.display_name), summary.join(", "));
    let navigations: Vec<NavigationTarget<'_>> = here
        .table
        .lookups_of(&column.logical_name)
        .filter_map(|r| Some(NavigationTarget { navigation: r.navigation.as_deref()?, to: &r.table }))
        .collect();
    // If the snapshot does not have the targets of a lookup, they are taken from its navigation properties.
    let mut targets: Vec<&str> = column.ty.targets().iter().map(String::as_str).collect();
    if targets.is_empty() {
        targets.extend(navigations.iter().map(|w| w.to));
        targets.dedup();
    }
    fill(&mut page, here, column, &navigations, &targets);
    page
}

/// Returns the explanation of a navigation property that leads to one row. For a lookup with several target
/// tables, the explanation has only the spellings for the target of this property.
pub(super) fn navigation(here: TableContext<'_>, to: &Relationship) -> Page {
    let navigation = to.navigation.as_deref().unwrap_or_default();
    let column = to.column.as_deref().and_then(|c| here.table.column(c));
    let through = match &to.column {
        Some(column) => format!(", the lookup `{column}`"),
        None => String::new(),
    };
    let title = column.map_or("", |c| description::text(here.store, &c.display_name));
    let summary = format!("one row → {}{through}", to.table);
    let mut page = Page::new(here.named(navigation), title, summary);
    let target = NavigationTarget { navigation, to: &to.table };
    match column {
        Some(column) => fill(&mut page, here, column, &[target], &[&to.table]),
        None => {
            page.one("in $filter, by id", target.by_key(here, "eq <guid>"));
            page.one("in $filter, by column", format!("{navigation}/<column>"));
            page.one("in $expand", format!("{navigation}($select=…)"));
            page.one("to write", target.bind(here));
        }
    }
    if let Some(partner) = &to.partner {
        page.one("the way back", format!("{}.{partner}", to.table));
    }
    page
}

/// A navigation property, and the table that it leads to.
#[derive(Clone, Copy)]
struct NavigationTarget<'a> {
    navigation: &'a str,
    to: &'a str,
}

impl NavigationTarget<'_> {
    fn by_key(self, here: TableContext<'_>, test: &str) -> String {
        format!("{}/{} {test}", self.navigation, here.key_of(self.to))
    }

    fn bind(self, here: TableContext<'_>) -> String {
        format!("\"{}@odata.bind\": \"/{}(<guid>)\"", self.navigation, here.set_of(self.to))
    }
}

fn fill(
    page: &mut Page,
    here: TableContext<'_>,
    column: &Column,
    navigations: &[NavigationTarget<'_>],
    targets: &[&str],
) {
    let name = column.logical_name.as_str();
    let property = column.property_name();
    let is_owner = matches!(column.ty, ColumnType::Owner { .. });
    if column.is_property() {
        page.one("in $filter, by id", format!("{property} eq <guid>"));
    } else {
        page.one("in OData", "not a property of the Web API");
    }
    let shown = navigations.iter().take(LISTED);
    let more = navigations.len().checked_sub(LISTED).filter(|n| *n > 0);
    let more =
        more.map(|n| format!("… {n} more: `dvkit schema show {}` lists them", here.table.logical_name));
    // `ownerid` points to an abstract table without columns. The concrete tables are reached through the
    // neighbouring lookups.
    let neighbours = || {
        let columns = ["owninguser", "owningteam"].into_iter();
        columns.filter_map(|c| here.table.lookups_of(c).find_map(|r| r.navigation.as_deref()))
    };
    let paths: Vec<&str> =
        if is_owner { neighbours().collect() } else { shown.clone().map(|w| w.navigation).collect() };
    page.many("in $filter, by column", paths.iter().map(|n| format!("{n}/<column>")).chain(more));
    if navigations.len() > 1 {
        page.many("only one kind", shown.clone().map(|w| w.by_key(here, "ne null")));
    }
    if column.is_property() {
        page.many("empty or not", [format!("{property} eq null"), format!("{property} ne null")]);
        if targets.contains(&"systemuser") {
            let mine = format!("Microsoft.Dynamics.CRM.EqualUserId(PropertyName='{name}')");
            page.noted("the caller's", [(mine, "the user who asks")]);
        }
        page.one("in $select, $orderby", property.as_ref());
    }
    page.many("in $expand", paths.iter().map(|n| format!("{n}($select=…)")));
    write(page, here, column, navigations, is_owner);
    let joins = targets.iter().take(LISTED).map(|t| link_entity(t, &here.key_of(t), name));
    page.many("in FetchXML", std::iter::once(attribute(name)).chain(joins));
    if column.is_property() {
        let kinds = if targets.is_empty() { "the table".to_owned() } else { targets.join(" | ") };
        page.noted(
            "read back as",
            [
                (property.to_string(), "a guid".to_owned()),
                (format!("{property}@Microsoft.Dynamics.CRM.lookuplogicalname"), kinds),
                (
                    format!("{property}@OData.Community.Display.V1.FormattedValue"),
                    "what the row is called".to_owned(),
                ),
            ],
        );
    }
}

fn write(
    page: &mut Page,
    here: TableContext<'_>,
    column: &Column,
    navigations: &[NavigationTarget<'_>],
    is_owner: bool,
) {
    if !description::can_create(column) && !description::can_update(column) {
        page.one("to write", "cannot be written: read-only");
        return;
    }
    let shown = navigations.iter().take(LISTED);
    if is_owner && let Some(target) = navigations.first() {
        let bind =
            |t: &String| format!("\"{}@odata.bind\": \"/{}(<guid>)\"", target.navigation, here.set_of(t));
        page.many("to write", column.ty.targets().iter().map(bind));
        return;
    }
    page.many("to write", shown.clone().map(|w| w.bind(here)));
    if description::can_update(column) {
        let clear = |w: &NavigationTarget<'_>| format!("DELETE {}(<guid>)/{}/$ref", here.set(), w.navigation);
        page.many("to clear", shown.take(1).map(clear));
    }
}
