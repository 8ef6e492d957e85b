//! What an organisation has is described with labels, types and options; functions of the program read and write fields that
//! no mapping can describe.
#![allow(clippy::unwrap_used)]

mod common;

use common::{connect_with, object};
use dvkit_emulator::Clock;
use dvkit_unify::connection::{FieldDescription, Hook, HookRow, Hooks};
use dvkit_unify::model::{Contact, RESOURCES, resource};
use dvkit_unify::{Error, ListRequest};
use serde_json::{Value, json};

fn find<'f>(fields: &'f [FieldDescription], name: &str) -> &'f FieldDescription {
    let mut found = fields.iter().filter(|field| field.name.as_deref() == Some(name));
    let first = found.next().unwrap_or_else(|| panic!("{name} is described"));
    assert!(found.next().is_none(), "{name} is described once");
    first
}

#[tokio::test]
async fn each_field_is_described_as_the_organisation_has_it() {
    let (running, connection) = connect_with("contoso", include_str!("custom.toml"), Clock::system()).await;
    running.clear_requests();
    let contacts = connection.fields("contacts").unwrap();
    // The order is that of the model, then the custom ones, then the columns that are not mapped.
    let names: Vec<&str> = contacts.iter().map_while(|field| field.name.as_deref()).collect();
    let of_model: Vec<&str> = resource("contacts").unwrap().fields.iter().map(|field| field.name).collect();
    let mapped: Vec<&str> = of_model.into_iter().filter(|name| names.contains(name)).collect();
    assert_eq!(names, [mapped, vec!["custom_fields.income", "custom_fields.family"]].concat());
    assert!(contacts[names.len()..].iter().all(|field| field.name.is_none()));
    let columns: Vec<&str> = contacts[names.len()..].iter().map(|field| field.columns[0].as_str()).collect();
    assert!(columns.contains(&"nickname") && !columns.contains(&"firstname"), "{columns:?}");
    assert!(!columns.contains(&"familystatuscode"), "a custom field is mapped");

    let first = find(&contacts, "first_name");
    assert_eq!((first.label.as_deref(), &*first.ty, first.custom), (Some("First Name"), "text", false));
    assert!(first.readable && first.creatable && first.updatable && first.filterable && !first.required);
    let last = find(&contacts, "last_name");
    assert!(last.required, "the organisation demands a last name");
    let status = find(&contacts, "status");
    let options: Vec<(&str, Option<&str>)> =
        status.options.iter().map(|option| (option.value.as_str(), option.label.as_deref())).collect();
    assert_eq!(options, [("active", Some("Active")), ("inactive", Some("Inactive"))]);
    assert!(!status.creatable && status.updatable, "a state is set by a change");
    let name = find(&contacts, "name");
    assert!(!name.creatable && !name.updatable);
    assert_eq!(name.read_only_reason.as_deref(), Some("the service does not let callers set `fullname`"));
    let owner = find(&contacts, "owner");
    assert_eq!((&*owner.ty, owner.resources.as_slice()), ("reference", ["users".to_owned()].as_slice()));
    let mails = find(&contacts, "email_addresses");
    assert_eq!(mails.columns, ["emailaddress1", "emailaddress2"]);
    assert_eq!((mails.label.as_deref(), &*mails.ty), (None, "email_addresses"));
    let family = find(&contacts, "custom_fields.family");
    let labels: Vec<Option<&str>> = family.options.iter().map(|option| option.label.as_deref()).collect();
    assert_eq!(labels, [Some("Single"), Some("Married"), Some("Divorced, Widowed")]);
    assert!(family.custom && family.ty == "enum");
    assert_eq!(find(&contacts, "custom_fields.income").ty, "money");

    let samples = connection.fields("samples").unwrap();
    for (field, ty) in [
        ("text", "text"),
        ("number", "integer"),
        ("decimal", "decimal"),
        ("float", "float"),
        ("money", "money"),
        ("flag", "boolean"),
        ("date", "date"),
        ("time", "time"),
        ("local", "local_time"),
        ("option", "choice"),
        ("areas", "choices"),
        ("guid", "guid"),
        ("lookup", "lookup"),
        ("member", "enum"),
        ("yes", "boolean"),
        ("web", "web_links"),
    ] {
        assert_eq!(find(&samples, field).ty, ty, "{field}");
    }
    for (field, filterable) in
        [("text", true), ("web", true), ("first", false), ("both", false), ("constant", true)]
    {
        assert_eq!(find(&samples, field).filterable, filterable, "{field}");
    }
    assert!(!find(&samples, "secret").readable);
    assert!(find(&samples, "secret").creatable);
    assert_eq!(find(&samples, "option").options.len(), 5);
    assert_eq!(find(&samples, "several").resources, ["accounts", "contacts", "users"]);

    let pipelines = connection.fields("pipelines").unwrap();
    assert_eq!(pipelines.iter().filter_map(|f| f.name.as_deref()).collect::<Vec<_>>(), ["name", "status"]);
    assert!(pipelines.iter().all(|field| field.readable && !field.creatable && !field.updatable));
    let error = connection.fields("contcts").unwrap_err().to_string();
    assert!(error.contains("did you mean `contacts`?"), "{error}");
    assert_eq!(running.requests().len(), 0, "the snapshot knows it all");
}

/// Reads the first and the last name as initials, and writes initials to the nickname.
struct Initials;

impl Hook for Initials {
    fn columns(&self) -> Vec<String> {
        vec!["firstname".into(), "lastname".into(), "nickname".into()]
    }

    fn read(&self, row: &HookRow<'_>) -> Result<Value, String> {
        if row.get("nickname") == "unreadable" {
            return Err("the nickname is unreadable".to_owned());
        }
        let initial = |name: &str| row.get(name).as_str().and_then(|text| text.chars().next()).unwrap_or('-');
        Ok(format!("{}{}", initial("firstname"), initial("lastname")).into())
    }

    fn write(&self, value: &Value) -> Result<Vec<(String, dvkit::by_name::Value)>, String> {
        let text = value.as_str().ok_or("initials are a text")?;
        Ok(vec![("nickname".into(), text.into())])
    }
}

/// A hook that only reads.
struct Constant;

impl Hook for Constant {
    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn read(&self, _: &HookRow<'_>) -> Result<Value, String> {
        Ok("same".into())
    }
}

#[tokio::test]
async fn hooks_read_and_write_what_no_mapping_can_describe() {
    let mapping = "[contacts.custom]\ninitials = { hook = 'initials' }\nsame = { hook = 'same' }\n";
    let (_running, plain) = connect_with("contoso", mapping, Clock::system()).await;
    let connection = plain.with_hooks(Hooks::default().with("initials", Initials).with("same", Constant));
    let contact =
        json!({ "first_name": "Ann", "last_name": "Ray", "custom_fields": { "initials": "written" } });
    let id = connection.create("contacts", &object(contact)).await.unwrap();
    let read = connection.get("contacts", &id).await.unwrap();
    assert_eq!(read.get("custom_fields"), &json!({ "initials": "AR", "same": "same" }));
    let row: Value = serde_json::from_str(read.remote_data.as_ref().unwrap().get()).unwrap();
    assert_eq!(row["nickname"], "written");
    let refused = object(json!({ "custom_fields": { "initials": 5 } }));
    let error = connection.update("contacts", &id, &refused).await.unwrap_err();
    assert_eq!(error.to_string(), "initials are a text");
    let refused = object(json!({ "custom_fields": { "same": "x" } }));
    let error = connection.update("contacts", &id, &refused).await.unwrap_err();
    assert!(
        matches!(&error, Error::Invalid { field: Some(field), message } if field == "custom_fields.same" && message == "the hook only reads"),
        "{error:?}"
    );
    let unreadable = object(json!({ "custom_fields": { "initials": "unreadable" } }));
    connection.update("contacts", &id, &unreadable).await.unwrap();
    let page = connection.list("contacts", &ListRequest::new().filter("last_name", "Ray")).await.unwrap();
    let [issue] = &page.issues[..] else { panic!("{:?}", page.issues) };
    assert_eq!((issue.id.as_str(), issue.field.as_str()), (id.as_str(), "initials"));
    assert_eq!(issue.message, "the nickname is unreadable");
    assert_eq!(page.result[0].get("custom_fields")["initials"], Value::Null);
    let error = connection.list("contacts", &ListRequest::new().filter("initials", "AR")).await.unwrap_err();
    assert!(error.to_string().contains("in filters and orders `custom_fields.initials`"), "{error}");
    let error = connection.list("contacts", &ListRequest::new().filter("last_nam", "R")).await.unwrap_err();
    assert!(error.to_string().ends_with("did you mean `last_name`?"), "{error}");
    // Without its hook a field is null, and is told.
    let page = plain.list("contacts", &ListRequest::new().filter("last_name", "Ray")).await.unwrap();
    assert_eq!(page.issues.len(), 2);
    assert_eq!(page.issues[0].message, "the program has no hook `initials`");
    let fetched = plain.fetch("contacts", &ListRequest::new().filter("last_name", "Ray")).await.unwrap();
    let text: Value = serde_json::from_slice(&fetched.json_parts().unwrap().concat()).unwrap();
    assert_eq!(text, serde_json::to_value(&page).unwrap(), "a text tells its issues as well");
    let error = plain.update("contacts", &id, &unreadable).await.unwrap_err();
    assert_eq!(error.to_string(), "the program has no hook for `custom_fields.initials`");
}

#[tokio::test]
async fn every_record_becomes_the_type_of_its_resource() {
    let (_running, connection) = connect_with("fabrikam", common::CRM, Clock::system()).await;
    let page = connection.list("contacts", &ListRequest::new()).await.unwrap();
    for record in &page.result {
        let contact: Contact = record.to().unwrap();
        assert_eq!(contact.id.as_deref(), Some(record.id()));
        assert_eq!(contact.last_name.as_deref(), record.text("last_name"));
        assert!(contact.remote_data.unwrap().get("contactid").is_some());
        let numbers = contact.phone_numbers.unwrap();
        assert_eq!(numbers.len(), record.get("phone_numbers").as_array().unwrap().len());
        // What the type writes is the record again.
        let again = serde_json::to_value(record.to::<Contact>().unwrap()).unwrap();
        for field in resource("contacts").unwrap().fields {
            let items = |value: &Value| value.as_array().map_or(0, Vec::len);
            match record.get(field.name) {
                Value::Array(_) => assert_eq!(items(&again[field.name]), items(record.get(field.name))),
                value => assert_eq!(&again[field.name], value, "{}", field.name),
            }
        }
    }
    let without = ListRequest::new().without_remote_data();
    let page = connection.list("contacts", &without).await.unwrap();
    assert!(page.result.iter().all(|record| record.remote_data.is_none()));
    assert!(!serde_json::to_string(&page.result[0]).unwrap().contains("remote_data"));
    assert_eq!(resource("contcts").map(|resource| resource.name), None);
    assert_eq!(RESOURCES.len(), 10);
}

#[tokio::test]
async fn a_currency_that_the_record_names_is_bound_and_two_are_refused() {
    for (name, other) in [("contoso", "EUR"), ("fabrikam", "USD")] {
        let (_running, connection) = connect_with(name, common::CRM, Clock::system()).await;
        let amount = |currency: &str| json!({ "amount": "5.0000", "currency": currency });
        let mixed = json!({ "name": "x", "amount": amount("USD"), "actual_amount": amount("EUR") });
        let error = connection.create("opportunities", &object(mixed)).await.unwrap_err().to_string();
        assert!(error.contains("a record has one currency"), "{name}: {error}");
        let deal = json!({ "name": "x", "amount": amount(other) });
        match connection.create("opportunities", &object(deal)).await {
            Ok(id) => {
                let read = connection.get("opportunities", &id).await.unwrap();
                assert_eq!(read.get("amount")["currency"], other, "{name}");
            }
            Err(error) => {
                assert_eq!(
                    error.to_string(),
                    format!("the organisation has no currency `{other}`"),
                    "{name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_amount_that_the_service_would_round_is_refused() {
    let (running, connection) = connect_with("fabrikam", common::CRM, Clock::system()).await;
    let deal = |amount: Value| object(json!({ "name": "x", "amount": amount }));
    let amount = |amount: &str, currency: &str| deal(json!({ "amount": amount, "currency": currency }));
    for (amount, wanted) in [
        (amount("5.5", "JPY"), Some("`amount` keeps no decimal places in JPY, and 5.5 has more")),
        (amount("5.125", "CHF"), Some("`amount` keeps 2 decimal places in CHF, and 5.125 has more")),
        (amount("5.1200", "CHF"), None),
        (amount("5.00", "JPY"), None),
        // Without a currency it is not known how many decimal places the amount may have.
        (deal(json!({ "amount": "5.125" })), None),
        (
            object(json!({ "name": "x", "custom_fields": { "discount": "0.12345" } })),
            Some("`custom_fields.discount` keeps 4 decimal places, and 0.12345 has more"),
        ),
        (object(json!({ "name": "x", "custom_fields": { "discount": "0.1234" } })), None),
    ] {
        running.clear_requests();
        let result = connection.create("opportunities", &amount).await;
        match wanted {
            Some(wanted) => {
                let error = result.unwrap_err().to_string();
                assert!(error.starts_with(wanted), "{error}");
                assert!(running.requests().iter().all(|request| request.method == "GET"), "{wanted}");
            }
            None => {
                result.unwrap_or_else(|error| panic!("{amount:?}: {error}"));
            }
        }
    }
}
