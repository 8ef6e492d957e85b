//! Change tracking.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Api};

const TRACK: &str = "odata.track-changes";

fn delta(answer: &Answer) -> String {
    answer.json["@odata.deltaLink"]
        .as_str()
        .unwrap_or_else(|| panic!("{}: {}", answer.status, answer.text))
        .to_owned()
}

// covers: change tracking / delta link, changed rows and deletions
#[tokio::test]
async fn a_delta_link_leads_to_changed_and_deleted_rows() {
    let api = Api::start().await;
    let a = api.create("accounts", json!({"name": "A", "telephone1": "1"})).await;
    let b = api.create("accounts", json!({"name": "B"})).await;
    let first = api.get_preferring("accounts?$select=name,telephone1", TRACK).await;
    assert_eq!(first.all("name").len(), 2, "{}", first.text);
    let context = first.json["@odata.context"].as_str().unwrap();
    assert!(context.ends_with("$metadata#accounts(name,telephone1)/$delta"), "{context}");
    assert!(first.header("preference-applied").contains(TRACK));
    let link = delta(&first);
    assert!(link.starts_with(&api.running.web_api()) && link.contains("$deltatoken="), "{link}");
    let nothing = api.get(&link).await;
    assert_eq!(nothing.all("name"), Vec::<Value>::new(), "{}", nothing.text);

    api.patch(&format!("accounts({a})"), json!({"name": "A2"})).await;
    api.create("accounts", json!({"name": "C"})).await;
    api.delete(&format!("accounts({b})")).await;
    let changes = api.get(&link).await;
    let rows = changes.json["value"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{}", changes.text);
    assert_eq!((&rows[0]["name"], &rows[0]["telephone1"]), (&json!("A2"), &json!("1")));
    assert!(rows[0]["@odata.etag"].is_string() && rows[0].get("@odata.context").is_none());
    assert_eq!(rows[1]["name"], "C");
    assert_eq!((&rows[2]["id"], &rows[2]["reason"]), (&json!(b), &json!("deleted")));
    assert!(rows[2]["@odata.context"].as_str().unwrap().ends_with("$metadata#accounts/$deletedEntity"));
    assert_eq!(api.get(&delta(&changes)).await.all("name"), Vec::<Value>::new());

    // The number of changes.
    let (_, token) = link.split_once("$deltatoken=").unwrap();
    let count = api.get(&format!("accounts/$count?$deltatoken={token}")).await;
    assert_eq!(count.text.trim_start_matches('\u{feff}'), "3");
}

// covers: change tracking / pages
#[tokio::test]
async fn rows_and_changes_are_divided_into_pages() {
    let api = Api::start().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(api.create("contacts", json!({"lastname": format!("c{n}")})).await);
    }
    let prefer = "odata.track-changes,odata.maxpagesize=2";
    let mut pages = vec![api.get_preferring("contacts?$select=lastname", prefer).await];
    // A row that is written while the pages are read is a change.
    api.patch(&format!("contacts({})", ids[0]), json!({"lastname": "new"})).await;
    while let Some(next) = pages.last().unwrap().json["@odata.nextLink"].as_str() {
        assert!(pages.last().unwrap().json.get("@odata.deltaLink").is_none());
        pages.push(api.get_preferring(next, "odata.maxpagesize=2").await);
    }
    assert_eq!(pages.iter().map(|page| page.all("lastname").len()).collect::<Vec<_>>(), [2, 2, 1]);
    let link = delta(pages.last().unwrap());
    for id in &ids[1..4] {
        api.delete(&format!("contacts({id})")).await;
    }
    let mut pages = vec![api.get_preferring(&link, "odata.maxpagesize=2").await];
    while let Some(next) = pages.last().unwrap().json["@odata.nextLink"].as_str() {
        pages.push(api.get_preferring(next, "odata.maxpagesize=2").await);
    }
    let sizes: Vec<usize> = pages.iter().map(|page| page.all("reason").len()).collect();
    assert_eq!(sizes, [2, 2], "{}", pages[0].text);
    assert_eq!(pages[0].json["value"][0]["lastname"], "new");
    delta(pages.last().unwrap());
}

// covers: change tracking / expiry of tokens
// covers: change tracking / options that are not allowed
#[tokio::test]
async fn expired_and_invalid_tokens_and_other_options_are_refused() {
    let api = Api::start().await;
    let link = delta(&api.get_preferring("accounts?$select=name", TRACK).await);
    for option in
        ["$filter=name eq 'a'", "$orderby=name", "$top=1", "$expand=primarycontactid", "$count=true"]
    {
        let answer = api.get_preferring(&format!("accounts?{option}"), TRACK).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{option}: {}", answer.text);
    }
    for token in ["", "x", "1", "1!x", "99"] {
        let answer = api.get(&format!("accounts?$deltatoken={token}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{token}: {}", answer.text);
    }
    assert_eq!(api.get("accounts?$skiptoken=delta.i.x").await.status, StatusCode::BAD_REQUEST);
    api.running.clock().advance(Duration::from_secs(91 * 24 * 3600));
    let answer = api.get(&link).await;
    assert_eq!(
        (answer.status, answer.json["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("0x80044352"))
    );
}

// covers: change tracking / tables that do not track changes
#[tokio::test]
async fn a_table_without_change_tracking_is_refused() {
    let api = Api::start().await;
    api.running.change(|schema| schema.tables.get_mut("account").unwrap().change_tracking = Some(false));
    let answer = api.get_preferring("accounts?$select=name", TRACK).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
}
