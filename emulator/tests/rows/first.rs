//! One row from its creation to its deletion.

use reqwest::StatusCode;
use serde_json::json;

use super::Api;

#[tokio::test]
async fn a_row_is_created_read_changed_and_deleted() {
    let api = Api::start().await;
    let contact = api.create("contacts", json!({"firstname": "Ann", "lastname": "O'Brien"})).await;
    let bind = format!("/contacts({contact})");
    let account = json!({"name": "Contoso", "revenue": 12.5, "primarycontactid@odata.bind": bind});
    let id = api.create("accounts", account).await;
    let path = format!(
        "accounts({id})?$select=name,revenue,_primarycontactid_value&$expand=primarycontactid($select=lastname)"
    );
    let row = api.get(&path).await;
    assert_eq!(row.status, StatusCode::OK, "{}", row.text);
    assert_eq!(row.json["name"], "Contoso");
    assert_eq!(row.json["revenue"], 12.5);
    assert_eq!(row.json["_primarycontactid_value"], contact.as_str());
    assert_eq!(row.json["primarycontactid"]["lastname"], "O'Brien");

    let changed = api.patch(&format!("accounts({id})"), json!({"name": "Fabrikam"})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    let found = api.get("accounts?$filter=startswith(name,'fab')&$select=name&$count=true").await;
    assert_eq!(found.all("name"), ["Fabrikam"], "{}", found.text);
    assert_eq!(found.json["@odata.count"], 1);

    assert_eq!(api.delete(&format!("accounts({id})")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_continue_after_the_last_row_although_rows_are_written_in_between() {
    let api = Api::start().await;
    for n in 0..7 {
        api.create("accounts", json!({"name": format!("a{n}"), "numberofemployees": n / 2})).await;
    }
    let path = "accounts?$select=name&$orderby=numberofemployees%20desc,name";
    let first = api.get_preferring(path, "odata.maxpagesize=3").await;
    assert_eq!(first.all("name"), ["a6", "a4", "a5"], "{}", first.text);
    api.create("accounts", json!({"name": "new", "numberofemployees": 9})).await;
    let next = first.json["@odata.nextLink"].as_str().unwrap().to_owned();
    let second = api.get_preferring(&next, "odata.maxpagesize=3").await;
    assert_eq!(second.all("name"), ["a2", "a3", "a0"], "{}", second.text);
    let next = second.json["@odata.nextLink"].as_str().unwrap().to_owned();
    let third = api.get_preferring(&next, "odata.maxpagesize=3").await;
    assert_eq!(third.all("name"), ["a1"], "{}", third.text);
    assert!(third.json.get("@odata.nextLink").is_none());
}

#[tokio::test]
async fn a_fetch_joins_and_orders_rows() {
    let api = Api::start().await;
    let contact = api.create("contacts", json!({"lastname": "Ann"})).await;
    let bind = format!("/contacts({contact})");
    api.create("accounts", json!({"name": "Contoso", "primarycontactid@odata.bind": bind})).await;
    let fetch = "<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='contactid' \
                 to='primarycontactid' alias='c'><attribute name='lastname'/></link-entity></entity></fetch>";
    let rows = api.get(&format!("accounts?fetchXml={}", fetch.replace(' ', "+").replace('<', "%3C"))).await;
    assert_eq!(rows.all("name"), ["Contoso"], "{}", rows.text);
    assert_eq!(rows.all("c.lastname"), ["Ann"]);
}

// covers: create / names of headers in the service's case
#[tokio::test]
async fn names_of_headers_are_written_as_the_service_writes_them() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let api = Api::start().await;
    let host = api.running.url().trim_start_matches("http://").to_owned();
    let mut socket = tokio::net::TcpStream::connect(&host).await.unwrap();
    let body = r#"{"name":"Contoso"}"#;
    let request = format!(
        "POST /api/data/v9.2/accounts HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        api.running.token("ann"),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    for name in [
        "OData-EntityId: http",
        "OData-Version: 4.0",
        "Location: http",
        "ETag: W/",
        "x-ms-service-request-id: ",
    ] {
        assert!(text.contains(&format!("\r\n{name}")), "{name}: {text}");
    }
}
