//! Writes and ids that do not fit are refused before anything is sent, and pages go back as far as a cursor remembers.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{connect, connect_organisation, connect_with, object};
use dvkit::by_name::Organisation;
use dvkit_emulator::{Clock, Emulator};
use dvkit_schema::Store;
use dvkit_unify::{Error, ListRequest, Record};
use serde_json::{Value, json};

#[tokio::test]
async fn a_write_that_cannot_be_made_says_why() {
    let (running, connection) = connect("contoso").await;
    let account = connection.create("accounts", &object(json!({ "name": "A" }))).await.unwrap();
    let contact = connection.create("contacts", &object(json!({ "last_name": "C" }))).await.unwrap();
    let about = json!({ "subject": "T", "account": { "id": account } });
    let task = connection.create("tasks", &object(about)).await.unwrap();
    running.clear_requests();
    for (resource, fields, wanted) in [
        (
            "contacts",
            json!({ "status": "inactive" }),
            "`status` cannot be set when a record is created; change it afterwards",
        ),
        ("contacts", json!({ "created_at": "2026-01-01T00:00:00Z" }), "`created_at` cannot be written"),
        (
            "contacts",
            json!({ "department": "x" }),
            "`department` is not available in this organisation: `contoso` has no column `contact.department`",
        ),
        (
            "contacts",
            json!({ "custom_fields": { "tier": 1 } }),
            "`contacts` has no field `custom_fields.tier`",
        ),
        (
            "tasks",
            json!({ "subject": "T", "account": { "id": account }, "contact": { "id": contact } }),
            "`contact` and `account` are stored in one column; give one of them",
        ),
        (
            "opportunities",
            json!({ "name": "x", "amount": 5 }),
            "`amount` takes { \"amount\": \"…\", \"currency\": \"…\" }, and not 5",
        ),
        (
            "opportunities",
            json!({ "name": "x", "status": "won" }),
            "`status` cannot be written: the mapping says that `status` is read-only",
        ),
        (
            "engagements",
            json!({ "engagement_type": "cal" }),
            "a new record of `engagements` needs one of `engagement_type` \"call\", `engagement_type` \"email\", `engagement_type` \"meeting\"",
        ),
        (
            "engagements",
            json!({ "engagement_type": "call", "location": "x" }),
            "is not mapped for this organisation",
        ),
        (
            "pipelines",
            json!({ "name": "x" }),
            "`pipelines` come from the settings of the organisation, and cannot be changed",
        ),
        (
            "contakts",
            json!({ "name": "x" }),
            "the mapping has no resource `contakts`; did you mean `contacts`?",
        ),
        (
            "stages",
            json!({ "name": "x" }),
            "this organisation has no stages: `contoso` has no column `opportunity.salesstage`",
        ),
    ] {
        let error = connection.create(resource, &object(fields.clone())).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{resource} {fields}: {error}");
    }
    for (resource, id, fields, wanted) in [
        (
            "tasks",
            &task,
            json!({ "account": null }),
            "`account` is stored in one column with contact, lead, opportunity; set all of them to null to empty it",
        ),
        ("contacts", &contact, json!({ "last_nam": "x" }), "did you mean `last_name`?"),
        ("pipelines", &"sales".to_owned(), json!({ "name": "x" }), "cannot be changed"),
    ] {
        let error = connection.update(resource, id, &object(fields.clone())).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{resource} {fields}: {error}");
    }
    let upsert = connection.upsert("contacts", "x", &object(json!({ "last_name": "x" }))).await.unwrap_err();
    assert!(upsert.to_string().starts_with("`external_id` of `contacts` is not mapped"), "{upsert}");
    assert!(
        connection.delete("pipelines", "sales").await.unwrap_err().to_string().contains("cannot be changed")
    );
    assert_eq!(running.requests().len(), 0, "nothing that is refused is sent");
    // What a new record has anyway may be said, null says nothing, and what is read may be sent back.
    let fields = json!({
        "id": "x", "remote_data": {}, "deleted": false, "status": "active", "last_name": "D", "title": null, "department": null,
    });
    let id = connection.create("contacts", &object(fields)).await.unwrap();
    connection
        .update("contacts", &id, &object(json!({ "status": "inactive", "department": null })))
        .await
        .unwrap();
    assert_eq!(connection.get("contacts", &id).await.unwrap().text("status"), Some("inactive"));
    let all = json!({ "account": null, "contact": null, "lead": null, "opportunity": null });
    connection.update("tasks", &task, &object(all)).await.unwrap();
    assert_eq!(connection.get("tasks", &task).await.unwrap().get("account"), &Value::Null);
}

#[tokio::test]
async fn an_id_of_no_record_is_not_found() {
    let (running, connection) = connect("contoso").await;
    running.clear_requests();
    let guid = "2f087ba7-8cce-5cec-b53d-f0ba5c22f97f";
    for (resource, id) in [
        ("contacts", ""),
        ("contacts", "x"),
        ("contacts", "2f087ba7-8cce-5cec-b53d-f0ba5c22f97"),
        ("contacts", "é2f087ba7-8cce-5cec-b53d-f0ba5c22f97"),
        ("engagements", guid),
        ("engagements", "letter-2f087ba7-8cce-5cec-b53d-f0ba5c22f97f"),
        ("engagements", "phonecall2f087ba7-8cce-5cec-b53d-f0ba5c22f97f"),
        ("pipelines", "purchases"),
    ] {
        let get = connection.get(resource, id).await.unwrap_err();
        let Error::NotFound { resource: named, id: told } = &get else { panic!("{resource} {id}: {get:?}") };
        assert_eq!((named.as_str(), told.as_str()), (resource, id));
        if resource != "pipelines" {
            let update = connection.update(resource, id, &object(json!({}))).await;
            assert!(matches!(update, Err(Error::NotFound { .. })), "{resource} {id}");
            let delete = connection.delete(resource, id).await;
            assert!(matches!(delete, Err(Error::NotFound { .. })), "{resource} {id}");
        }
    }
    assert_eq!(running.requests().len(), 0);
    for (resource, id) in [("contacts", guid.to_owned()), ("engagements", format!("phonecall-{guid}"))] {
        assert!(matches!(connection.get(resource, &id).await, Err(Error::NotFound { .. })), "{id}");
        let change = object(json!({ "owner": null }));
        assert!(connection.update(resource, &id, &change).await.is_err(), "{id}");
        assert!(matches!(connection.delete(resource, &id).await, Err(Error::NotFound { .. })), "{id}");
    }
}

#[tokio::test]
async fn a_cursor_goes_back_eight_pages() {
    let (_running, connection) = connect("contoso").await;
    let request = ListRequest::new().limit(1).sort_by("last_name");
    let mut pages = vec![connection.list("contacts", &request).await.unwrap()];
    while pages.len() < 12 {
        let next = pages.last().unwrap().next_cursor.clone().unwrap();
        pages.push(connection.list("contacts", &request.clone().cursor(next)).await.unwrap());
    }
    let ids = |page: &dvkit_unify::ListPage| {
        page.result.iter().map(Record::id).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut back = pages[11].clone();
    for steps in 1..=8 {
        let cursor = back.previous_cursor.clone().unwrap_or_else(|| panic!("{steps} steps back"));
        back = connection.list("contacts", &request.clone().cursor(cursor)).await.unwrap();
        assert_eq!(ids(&back), ids(&pages[11 - steps]), "{steps} steps back");
    }
    assert_eq!(back.previous_cursor, None, "a cursor remembers eight pages");
    // Forward again from there is the same way.
    let next = back.next_cursor.clone().unwrap();
    let forward = connection.list("contacts", &request.clone().cursor(next)).await.unwrap();
    assert_eq!(ids(&forward), ids(&pages[4]));
}

#[tokio::test]
async fn records_are_listed_by_the_times_of_creation_and_change() {
    for (name, mapping) in
        [("contoso", "[contacts]\ncreated_at = false\nupdated_at = false\n"), ("contoso", "")]
    {
        let clock = Clock::stopped("2026-12-01T00:00:00Z".parse().unwrap());
        let (running, connection) = connect_with(name, mapping, clock).await;
        let mut ids = Vec::new();
        for at in 0..3 {
            let record = object(json!({ "last_name": format!("Clock{at}") }));
            ids.push(connection.create("contacts", &record).await.unwrap());
            running.clock().advance(Duration::from_secs(600));
        }
        connection.update("contacts", &ids[0], &object(json!({ "first_name": "x" }))).await.unwrap();
        let time = |step: i64| {
            "2026-12-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap()
                + jiff::SignedDuration::from_secs(600 * step)
        };
        for (what, request, expected) in [
            ("created_after", ListRequest { created_after: Some(time(0)), ..ListRequest::new() }, vec![1, 2]),
            (
                "created_before",
                ListRequest { created_before: Some(time(2)), ..ListRequest::new() },
                vec![0, 1],
            ),
            ("modified_after", ListRequest::new().modified_after(time(1)), vec![0, 2]),
            (
                "modified_before",
                ListRequest { modified_before: Some(time(3)), ..ListRequest::new() },
                vec![1, 2],
            ),
        ] {
            let request = request.search("Clock").sort_by("last_name");
            let page = connection.list("contacts", &request).await.unwrap();
            let found: Vec<usize> = page
                .result
                .iter()
                .map(|record| ids.iter().position(|id| id == record.id()).unwrap())
                .collect();
            assert_eq!(found, expected, "{what} {mapping}");
        }
    }
    let (_running, connection) = connect("contoso").await;
    let request = ListRequest::new().modified_after("2026-12-01T00:00:00Z".parse().unwrap());
    let error = connection.list("pipelines", &request).await.unwrap_err();
    assert_eq!(error.to_string(), "`pipelines` cannot be filtered by `updated_at`");
}

#[tokio::test]
async fn a_page_has_from_one_to_five_thousand_records() {
    let (running, connection) = connect("contoso").await;
    running.clear_requests();
    for limit in [0, 5_001, u32::MAX] {
        let error = connection.list("contacts", &ListRequest::new().limit(limit)).await.unwrap_err();
        assert_eq!(error.to_string(), format!("`limit` is from 1 to 5000, and not {limit}"));
    }
    assert!(running.requests().is_empty(), "nothing was sent");
    for limit in [1, 5_000] {
        let page = connection.list("contacts", &ListRequest::new().limit(limit)).await.unwrap();
        assert_eq!(page.result.len() == 1, limit == 1, "{limit}");
    }
}

#[tokio::test]
async fn a_column_can_be_for_new_records_or_for_old_ones() {
    let mut schema = dvkit_schema::Schema::clone(&Emulator::sample().in_process().unwrap().schema());
    let contact = schema.tables.get_mut("contact").unwrap();
    for column in &mut contact.columns {
        match column.logical_name.as_str() {
            "firstname" => column.valid_for_update = Some(false),
            "jobtitle" => column.valid_for_create = Some(false),
            _ => {}
        }
    }
    let running = Emulator::builder(schema.clone()).start().await.unwrap();
    let connection =
        connect_organisation(&running, Organisation::new(Store::from_schema(schema)), "contoso", "");
    for (first, then, refused) in [
        (json!({ "first_name": "A" }), json!({}), None),
        (
            json!({ "first_name": "A" }),
            json!({ "first_name": "B" }),
            Some("`first_name` can be set only when a record is created"),
        ),
        (json!({ "last_name": "A" }), json!({ "title": "B" }), None),
        (
            json!({ "title": "A" }),
            json!({}),
            Some("`title` cannot be set when a record is created; change it afterwards"),
        ),
    ] {
        let done = async {
            let id = connection.create("contacts", &object(first.clone())).await?;
            connection.update("contacts", &id, &object(then.clone())).await
        };
        let told = done.await.err().map(|error| error.to_string());
        assert_eq!(told.as_deref(), refused, "{first} {then}");
    }
}
