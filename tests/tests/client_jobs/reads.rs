//! Reads that must not lose or invent rows: `$top`, unreadable values, collections that go on, changes.
use dvkit_client::{Change, ErrorKind, Prefer, Request};
use dvkit_emulator::Emulator;
use futures_util::{StreamExt as _, TryStreamExt as _};
use pretty_assertions::assert_eq;
use serde::Deserialize;
use serde_json::{Value, json};

#[tokio::test]
async fn top_is_not_lost_beside_a_page_size_of_the_client() {
    let (_running, client) = super::sample().await;
    let client = client.with(|options| options.prefer(Prefer::new().max_page_size(2)));
    let rows: Vec<Value> =
        client.rows(Request::get("accounts?$select=name&$top=3")).try_collect().await.unwrap();
    assert_eq!(rows.len(), 3);
    let both = Request::get("accounts?$top=3").prefer(Prefer::new().max_page_size(2));
    assert_eq!(client.send(both).await.unwrap_err().kind(), ErrorKind::Configuration);
}

#[derive(Debug, Deserialize)]
struct Staff {
    /// A number that does not fit is a value that cannot be read.
    numberofemployees: Option<u8>,
}

#[tokio::test]
async fn an_unreadable_value_costs_its_row_only() {
    let rows = json!({ "accounts": [
        { "name": "A", "numberofemployees": 1 },
        { "name": "B", "numberofemployees": 1_000 },
        { "name": "C", "numberofemployees": 3 },
    ]});
    let (_running, client) = super::started(Emulator::sample().seed(rows)).await;
    let request = Request::get("accounts?$select=name,numberofemployees&$orderby=name");
    let rows: Vec<dvkit_client::Result<Staff>> = client.rows(request).collect().await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2].as_ref().unwrap().numberofemployees, Some(3));
    let error = rows[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Row);
    assert_eq!(error.json::<Value>().unwrap()["name"], "B");
}

#[tokio::test]
async fn a_link_to_the_same_rows_does_not_double_an_expanded_collection() {
    let contacts: Vec<Value> =
        (0..7).map(|n| json!({ "lastname": format!("L{n}"), "parentcustomerid": "Contoso" })).collect();
    let seed = json!({ "accounts": [{ "name": "Contoso" }, { "name": "Empty" }], "contacts": contacts });
    let (running, client) = super::started(Emulator::sample().seed(seed)).await;
    let client = client.with(|options| options.prefer(Prefer::new().max_page_size(2)));
    let target = "accounts?$select=name&$orderby=name&$expand=contact_customer_accounts($select=lastname)";
    let rows: Vec<Value> = client.rows(Request::get(target)).try_collect().await.unwrap();
    let contacts = rows[0]["contact_customer_accounts"].as_array().unwrap();
    assert_eq!(contacts.len(), 7, "{:#?}", running.requests().len());
    assert_eq!(rows[1]["contact_customer_accounts"], json!([]));
    // The same for a single row.
    let id = rows[0]["accountid"].as_str().unwrap();
    let single = format!("accounts({id})?$expand=contact_customer_accounts($select=lastname)");
    let row: Value = client.row(Request::get(single)).await.unwrap();
    assert_eq!(row["contact_customer_accounts"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn changes_tell_deleted_rows_and_expired_links() {
    let (running, client) = super::sample().await;
    let table = || Request::get("accounts").query("$select", "name");
    let mut all = client.track_changes::<Value>(table()).unwrap();
    let mut rows = 0;
    while let Some(change) = all.try_next().await.unwrap() {
        assert!(matches!(change, Change::Upserted(_)));
        assert_eq!(all.link(), None);
        rows += 1;
    }
    assert_eq!(rows, 12);
    let link = all.link().unwrap().to_owned();
    let gone: Value = client.get_json("accounts(accountnumber='A-1008')?$select=name").await.unwrap();
    client.send(Request::delete("accounts(accountnumber='A-1008')")).await.unwrap();
    client.send(Request::post("accounts").json(&json!({ "name": "New" }))).await.unwrap();
    let changes: Vec<Change<Value>> = client.changes_since(&link).try_collect().await.unwrap();
    let deleted: Vec<String> = changes
        .iter()
        .filter_map(|c| if let Change::Deleted { id, .. } = c { Some(id.to_string()) } else { None })
        .collect();
    assert_eq!(deleted, [gone["accountid"].as_str().unwrap()]);
    assert_eq!(changes.len(), 2);
    running.clock().advance(std::time::Duration::from_secs(200 * 86_400));
    let client = super::client(&running);
    let late = client.changes_since::<Value>(&link).try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::ExpiredDeltaLink, "{late}");
    for refused in ["accounts?$filter=name eq 'x'", "accounts?$top=5", "accounts?fetchXml=<fetch/>"] {
        let error = client.track_changes::<Value>(Request::get(refused)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{refused}");
    }
}

#[tokio::test]
async fn fetchxml_pages_keep_annotations_and_the_number_of_rows() {
    let (_running, client) = super::sample().await;
    let client =
        client.with(|o| o.prefer(Prefer::new().annotations("OData.Community.Display.V1.FormattedValue")));
    let fetch = "<fetch count='5' returntotalrecordcount='true'><entity name='account'>\
                 <attribute name='statecode'/><order attribute='name'/></entity></fetch>";
    let pages: Vec<_> = client.fetch_pages::<Value>("accounts", fetch).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>(), [5, 5, 2]);
    assert_eq!((pages[0].count, pages[0].count_limit_exceeded), (Some(12), false));
    let row = pages[0].rows[0].as_ref().unwrap();
    assert_eq!(row["statecode@OData.Community.Display.V1.FormattedValue"], "Active");
}
