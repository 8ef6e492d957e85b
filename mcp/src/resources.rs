//! The resources: one for each table, `dvkit://ORG/table/NAME`, with the description of the table as text.

use dvkit_schema::Store;
use dvkit_schema::store::TableEntry;

use crate::ToolAnswer;
use crate::tools::{ToolError, Tools, table_page};

/// The scheme of the URIs.
const SCHEME: &str = "dvkit://";

/// The template of the URIs of tables.
pub(crate) const TEMPLATE: &str = "dvkit://{org}/table/{name}";

/// The number of resources on a page of the list.
pub(crate) const PAGE: usize = 100;

/// The budget of a resource, in tokens.
const BUDGET: usize = 6_000;

/// A table in the list of resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableResource {
    pub(crate) uri: String,
    pub(crate) name: String,
    pub(crate) title: String,
}

/// Returns a page of the list of tables of all organisations, and the cursor of the next page. `cursor` is the one
/// that the page before returned.
pub(crate) fn list(
    tools: &Tools,
    cursor: Option<&str>,
) -> Result<(Vec<TableResource>, Option<String>), ToolError> {
    let unknown = || ToolError::new("the cursor is not one that this server returned");
    let start: usize = cursor.map_or(Ok(0), |cursor| cursor.parse().map_err(|_| unknown()))?;
    let mut resources = Vec::new();
    let mut before = 0;
    for (org, known) in tools.orgs() {
        // An organisation whose metadata cannot be read has no resources; the tool `orgs` says why.
        let Ok(store) = tools.workspace().store(known) else { continue };
        for entry in store.tables().filter(|entry| entry.entity_set.is_some()) {
            if before >= start && resources.len() <= PAGE {
                resources.push(resource(store, org, entry));
            }
            before += 1;
        }
    }
    if start > before {
        return Err(unknown());
    }
    let next = (resources.len() > PAGE).then(|| (start + PAGE).to_string());
    resources.truncate(PAGE);
    Ok((resources, next))
}

fn resource(store: &Store, org: &str, entry: &TableEntry) -> TableResource {
    let name = entry.logical_name.clone();
    let title = store.text(&entry.display_name).unwrap_or(&name).to_owned();
    TableResource { uri: format!("{SCHEME}{}/table/{name}", escaped(org)), name, title }
}

/// Returns the name of an organisation as a part of a URI.
fn escaped(org: &str) -> String {
    odata_parser::url::encode(org).into_owned()
}

/// Returns the description of the table that a URI names. Returns a sentence as an error if there is no such table.
pub(crate) fn read(tools: &Tools, uri: &str) -> Result<ToolAnswer, ToolError> {
    let wrong = || ToolError::new(format!("`{uri}` is not a resource of this server; they are {TEMPLATE}"));
    let rest = uri.strip_prefix(SCHEME).ok_or_else(wrong)?;
    // The name of an organisation may have slashes, and that of a table has none.
    let (org, table) = rest.rsplit_once("/table/").ok_or_else(wrong)?;
    let org = odata_parser::url::decode(org).text;
    let store = tools.workspace().store(tools.org(Some(&org))?)?;
    let entry = dvkit_query::find_table(store, table).map_err(|d| ToolError::new(d.message.clone()))?;
    let table = store.table(&entry.logical_name)?.ok_or_else(wrong)?;
    table_page(store, table, BUDGET)
}

#[cfg(test)]
mod tests {
    use dvkit_ide::{Schemas, Settings, Workspace, sample};
    use dvkit_schema::Schema;

    use super::*;
    use crate::Toolbox;

    fn toolbox(store: Store) -> Toolbox {
        Toolbox::new(Workspace::new(Schemas::of(store), Settings::default()))
    }

    /// Returns a snapshot with `count` tables, of which each has an entity set, and one that has none.
    fn store_of(count: usize) -> Store {
        let table = |n: usize| dvkit_schema::Table {
            logical_name: format!("t{n:04}"),
            entity_set: (n > 0).then(|| format!("t{n:04}s")),
            ..Default::default()
        };
        let mut schema = Schema::default();
        schema.tables.extend((0..=count).map(table).map(|table| (table.logical_name.clone(), table)));
        Store::from_schema(schema)
    }

    #[test]
    fn a_page_of_the_list_has_a_hundred_tables_and_the_cursor_of_the_next() {
        for (count, pages) in [
            (PAGE - 1, vec![PAGE - 1]),
            (PAGE, vec![PAGE]),
            (PAGE + 1, vec![PAGE, 1]),
            (2 * PAGE, vec![PAGE, PAGE]),
        ] {
            let tools = toolbox(store_of(count));
            let mut cursor: Option<String> = None;
            let mut found = Vec::new();
            let mut names = Vec::new();
            loop {
                let (page, next) = tools.with(|tools| list(tools, cursor.as_deref())).unwrap();
                found.push(page.len());
                names.extend(page.into_iter().map(|table| table.name));
                match next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            assert_eq!(found, pages, "{count} tables");
            assert!(names.is_sorted() && names.len() == count && names[0] == "t0001", "{count} tables");
        }
    }

    #[test]
    fn a_cursor_that_was_not_returned_is_refused() {
        let tools = toolbox(store_of(3));
        for (cursor, is_known) in
            [("0", true), ("3", true), ("4", false), ("x", false), ("-1", false), ("", false)]
        {
            assert_eq!(tools.with(|tools| list(tools, Some(cursor))).is_ok(), is_known, "{cursor}");
        }
    }

    #[test]
    fn a_resource_is_the_description_of_its_table() {
        let tools = toolbox(sample::open().unwrap());
        let (all, _) = tools.with(|tools| list(tools, None)).unwrap();
        let contact = all.iter().find(|table| table.name == "contact").unwrap();
        assert_eq!(
            (contact.uri.as_str(), contact.title.as_str()),
            ("dvkit://default/table/contact", "Contact")
        );
        let read = |uri: &str| tools.with(|tools| read(tools, uri)).map_err(|error| error.to_string());
        assert!(read(&contact.uri).unwrap().text.starts_with("table contact\nentity set contacts\n"));
        assert!(read("dvkit://default/table/contacts").unwrap().text.starts_with("table contact\n"));
        for (uri, why) in [
            (
                "http://default/table/contact",
                "is not a resource of this server; they are dvkit://{org}/table/{name}",
            ),
            ("dvkit://default/contact", "is not a resource of this server"),
            ("dvkit://nowhere/table/contact", "there is no organisation `nowhere`"),
            ("dvkit://a/table/b/table/contact", "there is no organisation `a/table/b`"),
            ("dvkit://default/table/contct", "there is no table"),
        ] {
            let error = read(uri).unwrap_err();
            assert!(error.contains(why), "{uri}: {error}");
        }
        assert_eq!(escaped("a b#c"), "a%20b%23c");
    }
}
