//! What changed since the last time: new records are told from changed ones, records that leave the filter of a resource are
//! told, and a cursor outlives a change of the mapping.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{connect_to, connect_with, object};
use dvkit_emulator::Clock;
use dvkit_unify::connection::{ChangeMethod, ChangesPage};
use dvkit_unify::{Connection, Record};
use serde_json::json;

/// Reads everything, and returns the cursor of what follows.
async fn baseline(connection: &Connection, resource: &str, limit: u32, now: jiff::Timestamp) -> String {
    let mut cursor = None;
    loop {
        let page = connection.changes(resource, cursor.as_deref(), Some(limit), now).await.unwrap();
        assert_eq!(page.created.len(), page.changed.len(), "in the beginning all records are new");
        assert_eq!(page.deleted, Vec::<String>::new(), "in the beginning nothing is gone");
        if !page.has_more {
            return page.next_cursor;
        }
        cursor = Some(page.next_cursor);
    }
}

fn ids(page: &ChangesPage) -> Vec<&str> {
    let mut ids: Vec<&str> = page.changed.iter().map(Record::id).collect();
    ids.sort_unstable();
    ids
}

/// The same promises for a table with change tracking and for one without.
#[tokio::test]
async fn new_records_are_told_from_changed_ones() {
    for (name, resource, method) in [
        ("contoso", "contacts", ChangeMethod::ChangeTracking),
        ("fabrikam", "tasks", ChangeMethod::ModifiedTime),
    ] {
        let clock = Clock::stopped("2026-12-01T08:00:00Z".parse().unwrap());
        let (running, connection) = connect_with(name, common::CRM, clock).await;
        let text = if resource == "contacts" { "last_name" } else { "subject" };
        let record = |value: &str| object(json!({ text: value }));
        let wait = || running.clock().advance(Duration::from_secs(600));
        let now = || running.clock().now();
        assert_eq!(connection.change_method(resource).unwrap(), Some(method));
        let old = connection.create(resource, &record("old")).await.unwrap();
        wait();
        let cursor = baseline(&connection, resource, 3, now()).await;
        wait();
        let quiet = connection.changes(resource, Some(&cursor), None, now()).await.unwrap();
        assert_eq!((quiet.changed.len(), quiet.method), (0, method), "{name}");
        connection.update(resource, &old, &record("changed")).await.unwrap();
        let new = connection.create(resource, &record("new")).await.unwrap();
        wait();
        let page = connection.changes(resource, Some(&quiet.next_cursor), None, now()).await.unwrap();
        let mut both = vec![old.as_str(), new.as_str()];
        both.sort_unstable();
        assert_eq!(ids(&page), both, "{name}");
        assert_eq!(page.created, [new.as_str()], "{name}");
        // A record is new once.
        connection.update(resource, &new, &record("changed")).await.unwrap();
        wait();
        let later = connection.changes(resource, Some(&page.next_cursor), None, now()).await.unwrap();
        assert_eq!((ids(&later), later.created.len()), (vec![new.as_str()], 0), "{name}");
        connection.delete(resource, &new).await.unwrap();
        wait();
        let last = connection.changes(resource, Some(&later.next_cursor), None, now()).await.unwrap();
        let told: &[&str] = if method == ChangeMethod::ChangeTracking { &[&new] } else { &[] };
        assert_eq!(last.deleted, told, "{name}: deletions are told by change tracking only");
    }
}

#[tokio::test]
async fn a_record_that_leaves_the_filter_of_its_resource_is_told_as_deleted() {
    for (name, resource, field) in [("contoso", "contacts", "first_name"), ("fabrikam", "tasks", "subject")] {
        let column = if resource == "contacts" { "firstname" } else { "subject" };
        let mapping = format!(
            "[{resource}]\nfilter = \"startswith({column},'In')\"\n[orgs.fabrikam.tasks]\npriority = false\n[orgs.fabrikam.opportunities]\nstage = false\n"
        );
        let clock = Clock::stopped("2026-12-01T08:00:00Z".parse().unwrap());
        let (running, connection) = connect_with(name, &mapping, clock).await;
        let wait = || running.clock().advance(Duration::from_secs(600));
        let now = || running.clock().now();
        let record = |value: &str| match resource {
            "contacts" => object(json!({ "last_name": "x", field: value })),
            _ => object(json!({ field: value })),
        };
        let inside = connection.create(resource, &record("Inside")).await.unwrap();
        let outside = connection.create(resource, &record("Outside")).await.unwrap();
        wait();
        let cursor = baseline(&connection, resource, 5_000, now()).await;
        wait();
        connection.update(resource, &inside, &record("Out")).await.unwrap();
        connection.update(resource, &outside, &record("In")).await.unwrap();
        wait();
        let page = connection.changes(resource, Some(&cursor), None, now()).await.unwrap();
        assert_eq!(ids(&page), [outside.as_str()], "{name}");
        assert_eq!(page.deleted, [inside.as_str()], "{name}");
        assert_eq!(page.created.len(), 0, "{name}: the record that came in is older");
        assert_eq!(page.changed[0].text(field), Some("In"), "{name}: the record is whole");
    }
}

#[tokio::test]
async fn a_cursor_outlives_a_change_of_the_mapping() {
    let clock = Clock::stopped("2026-12-01T08:00:00Z".parse().unwrap());
    let (running, before) =
        connect_with("contoso", "[contacts]\nfirst_name = false\nname = false\n", clock).await;
    let now = || running.clock().now();
    let cursor = baseline(&before, "contacts", 5_000, now()).await;
    running.clock().advance(Duration::from_secs(60));
    let id = before.create("contacts", &object(json!({ "last_name": "Ray" }))).await.unwrap();
    let after = connect_to(&running, "contoso", "");
    after.update("contacts", &id, &object(json!({ "first_name": "Ann" }))).await.unwrap();
    let page = after.changes("contacts", Some(&cursor), None, now()).await.unwrap();
    // The link of the service still selects the columns of the earlier mapping.
    assert_eq!(page.changed[0].text("first_name"), Some("Ann"));
    assert_eq!(page.created, [id.as_str()]);
    let other = after.changes("accounts", Some(&cursor), None, now()).await.unwrap_err();
    assert!(other.to_string().contains("does not belong to this account and this request"), "{other}");
}

#[tokio::test]
async fn changes_of_several_tables_are_told_with_the_table_in_the_id() {
    let clock = Clock::stopped("2026-12-01T08:00:00Z".parse().unwrap());
    let (running, connection) = connect_with("contoso", common::CRM, clock).await;
    let now = || running.clock().now();
    let mut cursor = baseline(&connection, "engagements", 2, now()).await;
    running.clock().advance(Duration::from_secs(60));
    let call = json!({ "engagement_type": "call", "subject": "Call" });
    let meeting = json!({ "engagement_type": "meeting", "subject": "Meeting" });
    let call = connection.create("engagements", &object(call)).await.unwrap();
    let meeting = connection.create("engagements", &object(meeting)).await.unwrap();
    running.clock().advance(Duration::from_secs(60));
    let (mut created, mut deleted, mut pages) = (Vec::new(), Vec::new(), 0);
    for round in 0..2 {
        loop {
            let page = connection.changes("engagements", Some(&cursor), None, now()).await.unwrap();
            created.extend(page.created);
            deleted.extend(page.deleted);
            cursor = page.next_cursor;
            pages += 1;
            if !page.has_more {
                break;
            }
        }
        if round == 0 {
            connection.delete("engagements", &call).await.unwrap();
            running.clock().advance(Duration::from_secs(60));
        }
    }
    created.sort_unstable();
    assert_eq!(created, [meeting, call.clone()]);
    assert_eq!(deleted, [call]);
    assert_eq!(pages, 6, "one page for each table and round");
}

#[tokio::test]
async fn records_of_the_settings_have_no_changes() {
    let (_running, connection) = connect_with("contoso", "", Clock::system()).await;
    assert_eq!(connection.change_method("pipelines").unwrap(), None);
    let error = connection.changes("pipelines", None, None, jiff::Timestamp::now()).await.unwrap_err();
    assert_eq!(error.to_string(), "`pipelines` come from the settings of the organisation");
}
