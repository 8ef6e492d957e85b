//! What lists send to the organisation, and how its fields are described, each in full, for both sample organisations.
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;

use common::{connect, connect_with};
use dvkit_emulator::{Clock, RunningEmulator};
use dvkit_unify::connection::FilterOperator as Op;
use dvkit_unify::model::RESOURCES;
use dvkit_unify::{Connection, ListRequest};
use expect_test::expect_file;
use serde_json::json;

fn time(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

/// Returns lists with each kind of option, by what they show.
fn lists() -> Vec<(&'static str, ListRequest)> {
    let new = ListRequest::new;
    let mut between = new().modified_after(time("2026-01-01T00:00:00Z"));
    between.modified_before = Some(time("2026-02-01T00:00:00Z"));
    let mut created = new();
    created.created_after = Some(time("2026-01-01T00:00:00.5Z"));
    created.created_before = Some(time("2026-02-01T00:00:00Z"));
    vec![
        ("all", new()),
        ("limit", new().limit(7)),
        ("without rows", new().without_remote_data()),
        ("modified", between),
        ("created", created),
        ("search", new().search("O'Neil & 5%")),
        ("sorted", new().sort_by("name").sort_by_descending("updated_at")),
        ("name", new().filter("name", "O'Neil")),
        ("name begins", new().compare("name", Op::StartsWith, "a_b")),
        ("status", new().filter("status", "active")),
        ("no status", new().compare("status", Op::Ne, "active")),
        ("wrong status", new().filter("status", "actve")),
        ("statuses", new().compare("status", Op::In, json!(["active", "inactive"]))),
        ("owner", new().filter("owner", "2f087ba7-8cce-5cec-b53d-f0ba5c22f974")),
        ("no owner", new().filter("owner", json!(null))),
        ("account", new().filter("account", json!({ "id": "2f087ba7-8cce-5cec-b53d-f0ba5c22f974" }))),
        ("mail", new().compare("email_addresses", Op::Contains, "@contoso.com")),
        ("amount", new().compare("amount", Op::Ge, "1000.50")),
        ("revenue", new().compare("annual_revenue", Op::Lt, json!({ "amount": "5", "currency": "EUR" }))),
        ("due", new().compare("due_at", Op::Le, "2026-11-30T08:00:00+01:00")),
        ("type", new().filter("type", "call")),
        ("stage", new().filter("stage", "x")),
        ("pipeline", new().filter("pipeline", "sales")),
        ("another pipeline", new().filter("pipeline", "service")),
        ("unknown", new().filter("naem", "x")),
        ("in the record", new().filter("custom_fields.x", "x")),
    ]
}

async fn sent(
    running: &RunningEmulator,
    connection: &Connection,
    resources: &[&str],
    lists: Vec<(&'static str, ListRequest)>,
) -> String {
    let mut text = String::new();
    for resource in resources {
        for (what, request) in lists.clone() {
            running.clear_requests();
            let listed = connection.list(resource, &request).await;
            writeln!(text, "{resource}, {what}:").unwrap();
            for request in running.requests() {
                let url = request.url.split_once("/api/data/").unwrap().1;
                let (path, query) = url.split_once('?').unwrap();
                // The columns are the same in all lists of a table.
                let options = query.split('&').filter(|option| {
                    what == "all" || !["$select=", "$expand="].iter().any(|name| option.starts_with(name))
                });
                let options = options.collect::<Vec<_>>().join(" & ");
                let prefer = request.header("prefer").unwrap_or_default();
                writeln!(text, "  {} {path} {options} [{prefer}]", request.method).unwrap();
            }
            if let Err(error) = listed {
                writeln!(text, "  error: {error}").unwrap();
            }
        }
    }
    text
}

#[tokio::test]
async fn each_list_sends_the_request_that_was_reviewed() {
    for name in ["contoso", "fabrikam"] {
        let (running, connection) = connect(name).await;
        let resources: Vec<&str> = RESOURCES.iter().map(|resource| resource.name).collect();
        let text = sent(&running, &connection, &resources, lists()).await;
        expect_file![format!("{}/tests/sent/{name}.txt", env!("CARGO_MANIFEST_DIR"))].assert_eq(&text);
    }
    let (running, connection) = connect_with("contoso", include_str!("custom.toml"), Clock::system()).await;
    let new = ListRequest::new;
    let lists = vec![
        ("all", new()),
        ("search", new().search("x")),
        ("sorted", new().sort_by("number").sort_by_descending("path")),
        ("path", new().compare("path", Op::Contains, "Contoso")),
        ("member", new().filter("member", "late")),
        ("yes", new().filter("yes", false)),
        ("areas", new().compare("areas", Op::Contains, 1)),
        ("first", new().filter("first", "x")),
    ];
    let text = sent(&running, &connection, &["samples"], lists).await;
    expect_file![format!("{}/tests/sent/custom.txt", env!("CARGO_MANIFEST_DIR"))].assert_eq(&text);
}

#[tokio::test]
async fn each_field_is_described_as_it_was_reviewed() {
    let (_one, contoso) = connect("contoso").await;
    let (_two, fabrikam) = connect("fabrikam").await;
    let custom = include_str!("custom.toml");
    let (_three, samples) = connect_with("contoso", custom, Clock::system()).await;
    let all = vec!["contacts", "opportunities", "engagements", "stages"];
    for (golden, connection, resources) in [
        ("contoso", &contoso, all.clone()),
        ("fabrikam", &fabrikam, all),
        ("custom", &samples, vec!["samples"]),
    ] {
        let mut text = String::new();
        for resource in resources {
            match connection.fields(resource) {
                Ok(fields) => {
                    for field in fields {
                        writeln!(text, "{resource} {}", serde_json::to_string(&field).unwrap()).unwrap();
                    }
                }
                Err(error) => writeln!(text, "{resource}: {error}").unwrap(),
            }
        }
        expect_file![format!("{}/tests/fields/{golden}.txt", env!("CARGO_MANIFEST_DIR"))].assert_eq(&text);
    }
}
