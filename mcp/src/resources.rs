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
    let (org, table) = rest.split_once("/table/").ok_or_else(wrong)?;
    let org = odata_parser::url::decode(org).text;
    let store = tools.workspace().store(tools.org(Some(&org))?)?;
    let entry = dvkit_query::find_table(store, table).map_err(|d| ToolError::new(d.message.clone()))?;
    let table = store.table(&entry.logical_name)?.ok_or_else(wrong)?;
    table_page(store, table, BUDGET)
}
