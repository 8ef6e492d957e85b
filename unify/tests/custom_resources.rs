//! Resources and fields that the model does not have, and a mapping declares: checked, listed, written, told when they
//! change, and described, in both sample organisations.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::{compile, connect_with, object, organisation};
use dvkit_emulator::Clock;
use dvkit_unify::connection::FilterOperator;
use dvkit_unify::{CompileTarget, Connection, Error, ListRequest, Mapping, Record};
use serde_json::{Value, json};

const CUSTOM: &str = include_str!("custom.toml");

async fn all(connection: &Connection, resource: &str, request: &ListRequest) -> Vec<Record> {
    let mut records = Vec::new();
    let mut request = request.clone();
    loop {
        let page = connection.list(resource, &request).await.unwrap();
        assert_eq!(page.issues, [], "{resource}");
        records.extend(page.result);
        let Some(cursor) = page.next_cursor else { return records };
        request = request.cursor(cursor);
    }
}

#[tokio::test]
async fn a_declared_resource_is_written_listed_and_told_in_both_organisations() {
    let mut shapes = Vec::new();
    for name in ["contoso", "fabrikam"] {
        let (_running, connection) = connect_with(name, CUSTOM, Clock::system()).await;
        let accounts = connection.list("accounts", &ListRequest::new().limit(1)).await.unwrap();
        let account = accounts.result[0].id();
        let job = json!({
            "title": "Attic", "notes": "Bring a ladder", "customer": { "id": account },
            "cost": { "amount": "1234.5000", "currency": null },
            "links": [{ "url": "https://example.com/attic", "type": "website" }],
        });
        let now = jiff::Timestamp::now;
        let mut cursor = None;
        loop {
            let page = connection.changes("jobs", cursor.as_deref(), Some(5_000), now()).await.unwrap();
            cursor = Some(page.next_cursor);
            if !page.has_more {
                break;
            }
        }
        let id = connection.create("jobs", &object(job)).await.unwrap();
        let read = connection.get("jobs", &id).await.unwrap();
        assert_eq!(read.get("title"), "Attic", "{name}");
        assert_eq!(read.get("customer")["id"], account, "{name}");
        assert_eq!(
            read.get("customer")["resource"],
            "accounts",
            "{name}: the model has the rows of the table"
        );
        assert_eq!(read.get("cost")["currency"], if name == "contoso" { "USD" } else { "CHF" });
        assert_eq!(read.get("status"), "open", "{name}");
        assert_eq!(read.get("links")[0]["url"], "https://example.com/attic", "{name}");
        assert_eq!(
            read.get("customer_mail").is_null(),
            accounts.result[0].get("email_addresses") == &json!([]),
            "{name}: {read:?}"
        );
        assert!(read.text("summary").unwrap().starts_with("Attic"), "{name}");
        assert!(read.text("created_at").unwrap().ends_with('Z'), "{name}");
        connection.update("jobs", &id, &object(json!({ "notes": null, "title": "Roof" }))).await.unwrap();
        let title = ListRequest::new()
            .filter("title", "Roof")
            .modified_after("2020-01-01T00:00:00Z".parse().unwrap());
        let found = all(&connection, "jobs", &title).await;
        assert_eq!(found.iter().map(Record::id).collect::<Vec<_>>(), [id.as_str()], "{name}");
        assert_eq!(found[0].get("notes"), &Value::Null, "{name}");
        let found = all(&connection, "jobs", &ListRequest::new().search("Roo").sort_by("title")).await;
        assert_eq!(found.len(), 1, "{name}: the name of the row is searched");
        let by_status = ListRequest::new().filter("status", "done");
        assert!(all(&connection, "jobs", &by_status).await.iter().all(|record| record.id() != id), "{name}");
        let page = connection.changes("jobs", cursor.as_deref(), None, now()).await.unwrap();
        assert_eq!(page.changed.iter().map(Record::id).collect::<Vec<_>>(), [id.as_str()], "{name}");
        assert_eq!(page.created, [id.as_str()], "{name}");
        connection.delete("jobs", &id).await.unwrap();
        let page = connection.changes("jobs", Some(&page.next_cursor), None, now()).await.unwrap();
        assert_eq!(page.deleted, [id.as_str()], "{name}");
        let names: BTreeSet<String> = read.fields.keys().cloned().collect();
        let schema = connection.mapping().json_schema("jobs").unwrap();
        let described: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let mut own: BTreeSet<String> = read.fields.keys().cloned().collect();
        own.insert("remote_data".to_owned());
        assert_eq!(described, own, "{name}");
        let labels: Vec<Option<String>> = connection
            .fields("jobs")
            .unwrap()
            .into_iter()
            .filter(|f| f.name.is_some())
            .map(|f| f.label)
            .collect();
        assert!(labels.iter().flatten().count() >= 5, "{name}: {labels:?}");
        shapes.push(names);
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[tokio::test]
async fn a_declared_resource_is_upserted_by_its_external_id() {
    for name in ["contoso", "fabrikam"] {
        let (_running, connection) = connect_with(name, CUSTOM, Clock::system()).await;
        let upsert = async |title: &str| {
            connection.upsert("customers", "R-1", &object(json!({ "title": title }))).await.unwrap()
        };
        let first = upsert("Cellar").await;
        let second = upsert("Attic").await;
        assert!(first.created && !second.created, "{name}");
        assert_eq!(first.id, second.id, "{name}");
        let read = connection.get("customers", &first.id).await.unwrap();
        assert_eq!((read.text("title"), read.text("external_id")), (Some("Attic"), Some("R-1")), "{name}");
        let other = object(json!({ "title": "x", "external_id": "R-2" }));
        let error = connection.upsert("customers", "R-1", &other).await.unwrap_err();
        assert_eq!(error.to_string(), "the record has another `external_id`: \"R-2\"");
        let error = connection.upsert("jobs", "R-1", &object(json!({}))).await.unwrap_err();
        assert!(error.to_string().starts_with("`external_id` of `jobs` is not mapped"), "{error}");
    }
}

#[test]
fn an_external_id_without_a_usable_key_is_a_warning() {
    let contoso = organisation("contoso");
    for (column, wanted) in [
        (
            "new_ref",
            "`new_project.new_ref` has the alternate key `new_refkey`, which is `Failed`, so records",
        ),
        ("new_name", "`new_project.new_name` has no alternate key of its own, so records cannot be upserted"),
        // A key of two columns is not one of the first.
        ("new_code", "`new_project.new_code` has no alternate key of its own, so records cannot be upserted"),
    ] {
        let text = format!("[jobs]\ntable = 'new_project'\nexternal_id = '{column}'\n");
        let target = CompileTarget { organisation: &contoso, name: None, environment: None };
        let report = Mapping::parse(&text).unwrap().compile(target);
        let [finding] = &report.findings[..] else { panic!("{column}: {:?}", report.findings) };
        assert!(!finding.is_error() && finding.message.starts_with(wanted), "{}", finding.message);
    }
}

#[tokio::test]
async fn records_of_several_tables_have_the_fields_of_all() {
    let (_running, connection) = connect_with("fabrikam", CUSTOM, Clock::system()).await;
    let visit = json!({ "kind": "visit", "title": "Plant", "place": "Basel" });
    let id = connection.create("moments", &object(visit)).await.unwrap();
    assert!(id.starts_with("fab_visit-"), "{id}");
    let records = all(&connection, "moments", &ListRequest::new().limit(3)).await;
    let kinds: BTreeSet<&str> = records.iter().filter_map(|record| record.text("kind")).collect();
    assert_eq!(kinds, BTreeSet::from(["phase", "visit"]));
    for record in &records {
        let names: Vec<&str> = record.fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["custom_fields", "id", "kind", "place", "title"], "{}", record.id());
        assert!(record.get("custom_fields").get("chance").is_some(), "{}", record.id());
    }
    let schema = connection.mapping().json_schema("moments").unwrap();
    assert_eq!(
        schema["properties"]["kind"],
        json!({ "anyOf": [
            { "const": "visit", "readOnly": true },
            { "const": "phase", "readOnly": true },
        ] })
    );
}

#[tokio::test]
async fn records_of_the_mapping_and_of_a_choice_have_one_shape() {
    let (running, connection) = connect_with("contoso", CUSTOM, Clock::system()).await;
    running.clear_requests();
    let teams = connection.list("teams", &ListRequest::new()).await.unwrap().result;
    assert_eq!(teams[0].fields, object(json!({ "id": "a", "name": "Red", "colour": null })));
    assert_eq!(teams[1].fields, object(json!({ "id": "b", "name": null, "colour": "blue" })));
    let blue = connection.list("teams", &ListRequest::new().filter("colour", "blue")).await.unwrap();
    assert_eq!(blue.result.iter().map(Record::id).collect::<Vec<_>>(), ["b"]);
    let phases = connection.list("regions", &ListRequest::new().search("test")).await.unwrap().result;
    assert_eq!(
        phases.iter().filter_map(|phase| phase.text("name")).collect::<Vec<_>>(),
        ["Test", "2nd Test"]
    );
    assert!(phases.iter().all(|phase| phase.text("continent") == Some("Europe")));
    assert_eq!(connection.get("regions", "100000004").await.unwrap().text("name"), Some("Closed"));
    let schema = connection.mapping().json_schema("teams").unwrap();
    assert_eq!(schema["properties"]["colour"], json!({ "readOnly": true }));
    assert!(matches!(connection.get("teams", "c").await, Err(Error::NotFound { .. })));
    let refused = connection.create("teams", &object(json!({ "name": "x" }))).await.unwrap_err();
    assert!(refused.to_string().contains("come from the settings"), "{refused}");
    assert_eq!(running.requests().len(), 0, "no request is needed");
}

#[tokio::test]
async fn records_of_the_mapping_are_filtered_like_rows() {
    use dvkit_unify::connection::FilterOperator::{Contains, Eq, Gt, In, Ne};

    let (_running, connection) = connect_with("contoso", CUSTOM, Clock::system()).await;
    let new = ListRequest::new;
    for (what, request, expected) in [
        ("all", new(), Ok(&["a", "b"][..])),
        ("one", new().limit(1), Ok(&["a"])),
        ("two", new().limit(2), Ok(&["a", "b"])),
        ("equal", new().filter("name", "Red"), Ok(&["a"])),
        ("case counts", new().filter("name", "red"), Ok(&[])),
        ("null", new().filter("name", json!(null)), Ok(&["b"])),
        ("not", new().compare("name", Ne, "Red"), Ok(&["b"])),
        ("not null", new().compare("name", Ne, json!(null)), Ok(&["a"])),
        ("in", new().compare("name", In, json!(["x", "Red"])), Ok(&["a"])),
        ("in nothing", new().compare("name", In, json!([])), Ok(&[])),
        ("both", new().filter("name", "Red").filter("colour", json!(null)), Ok(&["a"])),
        ("none", new().filter("name", "Red").filter("colour", "blue"), Ok(&[])),
        ("id", new().compare("id", Eq, "b"), Ok(&["b"])),
        ("search", new().search("rE"), Ok(&["a"])),
        ("search nothing", new().search("x"), Ok(&[])),
        ("greater", new().compare("name", Gt, "A"), Err("name")),
        ("contains", new().compare("name", Contains, "e"), Err("name")),
        ("unknown", new().filter("color", "blue"), Err("color")),
        ("sort", new().sort_by("name"), Err("sort")),
    ] {
        match (connection.list("teams", &request).await, expected) {
            (Ok(page), Ok(ids)) => {
                assert_eq!(page.result.iter().map(Record::id).collect::<Vec<_>>(), ids, "{what}");
                assert_eq!((page.next_cursor, page.previous_cursor), (None, None), "{what}");
            }
            (Err(Error::Invalid { field: Some(field), .. }), Err(expected)) => {
                assert_eq!(field, expected, "{what}")
            }
            (other, _) => panic!("{what}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn custom_fields_come_with_values_and_labels() {
    let (_running, contoso) = connect_with("contoso", CUSTOM, Clock::system()).await;
    let contact = json!({
        "last_name": "Ray",
        "custom_fields": { "income": { "amount": "10.5000", "currency": "USD" }, "family": "married" },
    });
    let id = contoso.create("contacts", &object(contact)).await.unwrap();
    let read = contoso.get("contacts", &id).await.unwrap();
    let custom = read.get("custom_fields");
    assert_eq!(custom["income"], json!({ "amount": "10.5", "currency": "USD" }));
    assert_eq!(custom["family"], "married", "options make an enum of a custom field");
    let request = ListRequest::new().filter("custom_fields.family", "married").filter("last_name", "Ray");
    assert_eq!(all(&contoso, "contacts", &request).await.len(), 1);
    let schema = contoso.mapping().json_schema("contacts").unwrap();
    let family = &schema["properties"]["custom_fields"]["properties"]["family"];
    assert_eq!(family, &json!({ "enum": ["single", "married", "other", null] }));
    assert_eq!(schema["properties"]["custom_fields"]["additionalProperties"], false);

    let (_running, fabrikam) = connect_with("fabrikam", CUSTOM, Clock::system()).await;
    let interests = fabrikam.fields("contacts").unwrap();
    let interests = interests.iter().find(|f| f.name.as_deref() == Some("custom_fields.interests")).unwrap();
    assert_eq!((interests.label.as_deref(), interests.custom), (Some("Interessen"), true));
    let options: Vec<&str> = interests.options.iter().map(|option| option.value.as_str()).collect();
    let (one, two) = (options[0].parse::<i64>().unwrap(), options[1].parse::<i64>().unwrap());
    let contact = json!({ "last_name": "Roth", "custom_fields": { "interests": [one, { "value": two }] } });
    let id = fabrikam.create("contacts", &object(contact)).await.unwrap();
    let read = fabrikam.get("contacts", &id).await.unwrap();
    let read = read.get("custom_fields")["interests"].as_array().unwrap().clone();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0]["value"], one);
    assert_eq!(read[0]["label"].as_str(), interests.options[0].label.as_deref());
    for (operator, value, found) in [
        (FilterOperator::Contains, json!(one), 1),
        (FilterOperator::In, json!([two]), 1),
        (FilterOperator::Ne, Value::Null, 1),
        (FilterOperator::Eq, Value::Null, 0),
    ] {
        let request = ListRequest::new()
            .compare("custom_fields.interests", operator, value.clone())
            .filter("last_name", "Roth");
        assert_eq!(all(&fabrikam, "contacts", &request).await.len(), found, "{operator:?} {value}");
    }
}

#[test]
fn a_declared_resource_is_checked_like_those_of_the_model() {
    let text = r#"
[jobs]
table = "new_projekt"
[orgs.contoso.jobs]
table = "new_project"
title = "new_nam"
links = ["new_website"]
mails = [{ email = "new_name", city = "new_name" }]
phase = { column = "new_phase", options = { early = 7 } }
filter = "<filter><condition attribute='statecode' operator='eq' value='0'/></filter>"
"#;
    let contoso = organisation("contoso");
    let report = |name| {
        let target = CompileTarget { organisation: &contoso, name: Some(name), environment: None };
        Mapping::parse(text).unwrap().compile(target).findings
    };
    let messages: Vec<String> = report("contoso").into_iter().map(|finding| finding.message).collect();
    assert_eq!(
        messages,
        [
            "`contoso` has no column `new_project.new_nam`",
            "`links` is a value, and not a list",
            "`mails` is a value, and not a list",
            "`new_phase` has no option 7",
            "the filter of a resource is an OData filter, and this is FetchXML",
        ]
    );
    let [finding] = &report("other")[..] else { panic!("one finding") };
    assert_eq!(finding.message, "`other` has no table `new_projekt`");
    assert_eq!(finding.suggestions[0].edits[0].replacement, "new_project");
}

#[test]
fn the_schema_of_every_kind_of_field_is_exact() {
    let mapping = compile(&organisation("contoso"), "contoso", CUSTOM);
    let schema = mapping.json_schema("samples").unwrap();
    let text = json!({ "type": ["string", "null"] });
    let read_only = |mut schema: Value| {
        schema["readOnly"] = json!(true);
        schema
    };
    for (field, expected) in [
        ("text", text.clone()),
        ("memo", text.clone()),
        ("number", json!({ "type": ["integer", "null"] })),
        ("large", json!({ "type": ["integer", "null"] })),
        ("decimal", json!({ "type": ["string", "null"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$" })),
        ("float", json!({ "type": ["number", "null"] })),
        ("flag", json!({ "type": ["boolean", "null"] })),
        ("date", json!({ "type": ["string", "null"], "format": "date" })),
        ("time", json!({ "type": ["string", "null"], "format": "date-time" })),
        ("local", text.clone()),
        ("guid", text.clone()),
        ("member", json!({ "enum": ["early", "late", null] })),
        ("yes", json!({ "type": ["boolean", "null"] })),
        ("first", read_only(text.clone())),
        ("both", read_only(text.clone())),
        ("constant", json!({ "const": "x", "readOnly": true })),
        ("path", read_only(text.clone())),
        ("secret", json!({ "type": ["string", "null"], "writeOnly": true })),
        ("fixed", read_only(json!({ "type": ["integer", "null"] }))),
        ("id", text.clone()),
    ] {
        assert_eq!(schema["properties"][field], expected, "{field}");
    }
    for (field, member) in
        [("money", "amount"), ("option", "label"), ("lookup", "resource"), ("several", "id")]
    {
        let own = &schema["properties"][field];
        assert_eq!(own["type"], json!(["object", "null"]), "{field}");
        assert!(own["properties"].get(member).is_some(), "{field}: {own}");
    }
    for (field, member) in [("areas", "value"), ("web", "url")] {
        let own = &schema["properties"][field];
        assert_eq!(own["type"], json!(["array", "null"]), "{field}");
        assert!(own["items"]["properties"].get(member).is_some(), "{field}: {own}");
    }
    assert_eq!(mapping.json_schema("nothing"), None);
    let names: Vec<&str> = mapping.json_schemas().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, mapping.resources.iter().map(|r| r.name.as_str()).collect::<Vec<_>>());
}
