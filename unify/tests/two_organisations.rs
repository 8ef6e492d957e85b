//! The same calls on two differently customised organisations, served by the emulator.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::{connect, object};
use dvkit_unify::connection::FilterOperator;
use dvkit_unify::model::RESOURCES;
use dvkit_unify::{Error, ListRequest};
use serde_json::{Value, json};

#[tokio::test]
async fn every_resource_has_the_same_shape_in_both_organisations() {
    let (_contoso, contoso) = connect("contoso").await;
    let (_fabrikam, fabrikam) = connect("fabrikam").await;
    for resource in RESOURCES {
        let expected: BTreeSet<&str> =
            resource.fields.iter().map(|f| f.name).chain(["id", "custom_fields"]).collect();
        for connection in [&contoso, &fabrikam] {
            let page = match connection.list(resource.name, &ListRequest::new()).await {
                Ok(page) => page,
                Err(Error::UnknownResource(why)) => {
                    assert!(why.contains("`contoso` has no"), "{why}");
                    continue;
                }
                Err(error) => panic!("{} {}: {error}", connection.account(), resource.name),
            };
            assert_eq!(page.issues, [], "{} {}", connection.account(), resource.name);
            for record in &page.result {
                let names: BTreeSet<&str> = record.fields.keys().map(String::as_str).collect();
                assert_eq!(names, expected, "{} {}", connection.account(), resource.name);
            }
            if let Some(record) = page.result.first() {
                let same = connection.get(resource.name, record.id()).await.unwrap();
                assert_eq!(same.fields, record.fields);
            }
        }
    }
}

#[tokio::test]
async fn the_text_of_a_page_is_what_its_records_serialise_as() {
    for name in ["contoso", "fabrikam"] {
        let (_running, connection) = connect(name).await;
        for resource in RESOURCES {
            for request in [ListRequest::new().limit(3), ListRequest::new().without_remote_data()] {
                let page = match connection.fetch(resource.name, &request).await {
                    Ok(page) => page,
                    Err(Error::UnknownResource(_)) => continue,
                    Err(error) => panic!("{name} {}: {error}", resource.name),
                };
                let text: Value = serde_json::from_slice(&page.json_parts().unwrap().concat()).unwrap();
                let records = serde_json::to_value(page.into_records().unwrap()).unwrap();
                assert_eq!(text, records, "{name} {}", resource.name);
            }
        }
    }
}

#[tokio::test]
async fn a_list_takes_one_request_for_each_page_and_goes_back() {
    let (running, connection) = connect("fabrikam").await;
    running.clear_requests();
    let request = ListRequest::new().limit(3).sort_by("name");
    let first = connection.list("contacts", &request).await.unwrap();
    let second = connection
        .list("contacts", &request.clone().cursor(first.next_cursor.clone().unwrap()))
        .await
        .unwrap();
    let back = connection
        .list("contacts", &request.clone().cursor(second.previous_cursor.clone().unwrap()))
        .await
        .unwrap();
    assert_eq!(back.result, first.result);
    assert_eq!(back.previous_cursor, None);
    assert_eq!(running.requests().len(), 3);
    let other = ListRequest::new().limit(4).sort_by("name").cursor(first.next_cursor.unwrap());
    let error = connection.list("contacts", &other).await.unwrap_err();
    assert!(matches!(error, Error::Cursor(_)), "{error}");
}

#[tokio::test]
async fn filters_are_sent_and_refused_with_the_name_of_the_field() {
    let (running, connection) = connect("fabrikam").await;
    running.clear_requests();
    let time = "2020-01-01T00:00:00Z".parse().unwrap();
    let request = ListRequest::new()
        .filter("status", "active")
        .compare("last_name", FilterOperator::StartsWith, "M")
        .search("a")
        .modified_after(time);
    connection.list("contacts", &request).await.unwrap();
    for (field, operator, value, wanted) in [
        ("statu", FilterOperator::Eq, json!("active"), "did you mean `status`?"),
        ("status", FilterOperator::Eq, json!("activ"), "`status` is one of active, inactive"),
        ("status", FilterOperator::Gt, json!("active"), "cannot be filtered with `gt`"),
        ("birthday", FilterOperator::Eq, json!("01.02.2026"), "takes a date"),
        ("account", FilterOperator::Eq, json!("x"), "takes the id of a record"),
        ("id", FilterOperator::Eq, json!("x"), "by their id"),
    ] {
        let request = ListRequest::new().compare(field, operator, value);
        let error = connection.list("contacts", &request).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{field}: {error}");
    }
    assert_eq!(running.requests().len(), 1, "nothing that is refused is sent");
}

#[tokio::test]
async fn records_are_written_and_read_back_equal() {
    let (_contoso, contoso) = connect("contoso").await;
    let (_fabrikam, fabrikam) = connect("fabrikam").await;
    for connection in [&contoso, &fabrikam] {
        let account =
            connection.create("accounts", &object(json!({ "name": "Müller & Söhne" }))).await.unwrap();
        let contact = json!({
            "first_name": "Zoë", "last_name": "O'Neil", "birthday": "1980-02-29", "status": "active",
            "account": { "id": account },
            "email_addresses": [{ "email": "zoe@example.com", "type": "primary" }],
            "phone_numbers": [{ "number": "+41 1", "type": "work" }, { "number": "+41 2", "type": "mobile" }],
        });
        let id = connection.create("contacts", &object(contact.clone())).await.unwrap();
        let read = connection.get("contacts", &id).await.unwrap();
        for (name, value) in contact.as_object().unwrap() {
            if name == "account" {
                assert_eq!(read.get("account")["id"], json!(account));
                assert_eq!(read.get("account")["name"], "Müller & Söhne");
                assert_eq!(read.get("account")["resource"], "accounts");
            } else if let Value::Array(items) = value {
                for (read, written) in read.get(name).as_array().unwrap().iter().zip(items) {
                    for (member, value) in written.as_object().unwrap() {
                        assert_eq!(&read[member.as_str()], value, "{name}");
                    }
                }
            } else {
                assert_eq!(read.get(name), value, "{name}");
            }
        }
        // What was read can be written again, and changes nothing.
        let mut whole = read.fields.clone();
        for name in ["created_at", "updated_at", "created_by", "updated_by", "name"] {
            whole.remove(name);
        }
        connection.update("contacts", &id, &whole).await.unwrap();
        let again = connection.get("contacts", &id).await.unwrap();
        let without_time = |record: &dvkit_unify::Record| {
            let mut fields = record.fields.clone();
            fields.remove("updated_at");
            fields
        };
        assert_eq!(without_time(&again), without_time(&read));
        let currency = if connection.account() == "contoso" { "USD" } else { "EUR" };
        let amount = json!({
            "name": "Deal", "amount": { "amount": "1234567.8900", "currency": currency }, "close_date": "2027-01-31",
            "account": { "id": account },
        });
        let deal = connection.create("opportunities", &object(amount)).await.unwrap();
        let read = connection.get("opportunities", &deal).await.unwrap();
        assert_eq!(read.get("amount")["currency"], currency);
        let error =
            connection.create("contacts", &object(json!({ "last_nam": "x" }))).await.unwrap_err().to_string();
        assert!(error.contains("did you mean `last_name`?"), "{error}");
        let error =
            connection.create("contacts", &object(json!({ "created_at": "2026-01-01T00:00:00Z" }))).await;
        assert!(error.is_err());
        connection.delete("opportunities", &deal).await.unwrap();
        assert!(matches!(connection.get("opportunities", &deal).await, Err(Error::NotFound { .. })));
    }
}

#[tokio::test]
async fn changes_tell_what_was_created_changed_and_deleted() {
    let (_running, connection) = connect("fabrikam").await;
    let now = || jiff::Timestamp::now();
    let mut cursor = None;
    let mut all = 0;
    loop {
        let page = connection.changes("contacts", cursor.as_deref(), Some(5_000), now()).await.unwrap();
        all += page.changed.len();
        cursor = Some(page.next_cursor);
        if !page.has_more {
            break;
        }
    }
    assert!(all > 0);
    let id = connection.create("contacts", &object(json!({ "last_name": "New" }))).await.unwrap();
    let page = connection.changes("contacts", cursor.as_deref(), None, now()).await.unwrap();
    assert_eq!(page.changed.iter().map(|record| record.id()).collect::<Vec<_>>(), [id.as_str()]);
    connection.delete("contacts", &id).await.unwrap();
    let page = connection.changes("contacts", Some(&page.next_cursor), None, now()).await.unwrap();
    assert_eq!(page.deleted, [id]);
}

#[tokio::test]
async fn engagements_come_from_several_tables() {
    let (_running, connection) = connect("fabrikam").await;
    let call = json!({ "engagement_type": "call", "subject": "Rückruf", "direction": "inbound" });
    let id = connection.create("engagements", &object(call)).await.unwrap();
    assert!(id.starts_with("phonecall-"), "{id}");
    let mut cursor = None;
    let mut seen = BTreeSet::new();
    loop {
        let mut request = ListRequest::new();
        request.cursor = cursor;
        let page = connection.list("engagements", &request).await.unwrap();
        seen.extend(page.result.iter().map(|record| record.text("engagement_type").unwrap().to_owned()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let request = ListRequest::new().filter("engagement_type", "call").sort_by("subject");
    let calls = connection.list("engagements", &request).await.unwrap();
    assert!(calls.result.iter().any(|record| record.id() == id));
    let error = connection.list("engagements", &ListRequest::new().sort_by("subject")).await.unwrap_err();
    assert!(error.to_string().contains("cannot be sorted together"), "{error}");
    let error = connection.create("engagements", &object(json!({ "subject": "x" }))).await.unwrap_err();
    assert!(error.to_string().contains("`engagement_type`"), "{error}");
}
