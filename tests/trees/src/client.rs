//! Asks for rows: `accounts?$select=name` for example.

/// ```
/// let rows = client.get("accounts?$select=name&$top=1");
/// ```
const BASE: &str = "https://contoso.crm4.dynamics.com/api/data/v9.2";
const ACTIVE: &str = "accounts?$select=name&$filter=statecode eq 0";
static FETCH: &str = r##"<fetch top="5"><entity name="contact"><attribute name="fullname"/></entity></fetch>"##;

pub async fn one(client: &reqwest::Client, id: Uuid) -> reqwest::Result<String> {
    client.get(format!("{BASE}/accounts({id})?$select=name,revenue")).send().await?.text().await
}

pub fn contacts(account: &str, top: usize) -> String {
    let mut url = String::from("contacts?$select=fullname");
    url.push_str("&$filter=_parentcustomerid_value eq ");
    url.push_str(account);
    url += &format!("&$top={top}");
    url
}

pub fn joined() -> String {
    ["teams?$select=name", "$top=5"].join("&")
}

pub fn concatenated() -> &'static str {
    concat!("incidents?$select=title", "&$filter=statecode eq 0")
}

pub fn by_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Open => "incidents?$select=ticketnumber&$filter=statecode eq 0",
        Kind::Closed => "incidents?$select=ticketnumber&$filter=statecode eq 1",
    }
}

pub fn continued() -> &'static str {
    "<fetch>\
       <entity name='team'><attribute name='name'/></entity>\
     </fetch>"
}

#[test]
fn rows_are_read() {
    assert_eq!(path(1), "/api/data/v9.2/systemusers?$select=fullname&$top=1");
    insta::assert_snapshot!(url(), @"accounts?$select=name&$orderby=name");
    let rows = [("contacts?$select=lastname", 200), ("contacts?$select=firstname", 200)];
    assert!(!rows.is_empty());
}

pub fn none(name: &str) -> Vec<String> {
    let sql = sqlx::query!("select name from accounts where name = $1", name);
    let graph = "https://graph.microsoft.com/v1.0/users?$top=5".to_owned();
    let route = "/accounts/:id?filter=open".to_owned();
    let text = format!("unknown option $filter of {name}");
    let macro_rules = "$name:ident, $select:expr".to_owned();
    vec![sql, graph, route, text, macro_rules]
}
