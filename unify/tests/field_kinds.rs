//! Each kind of field, read, written, filtered and sorted: what is accepted comes back, and what does not fit is refused with
//! the name of the field before anything is sent.
#![allow(clippy::unwrap_used)]

mod common;

use common::{connect_with, object};
use dvkit_emulator::Clock;
use dvkit_unify::connection::FilterOperator::{self, Contains, Eq, Ge, Gt, In, Le, Lt, Ne, StartsWith};
use dvkit_unify::{Error, ListRequest};
use serde_json::{Map, Value, json};

const CUSTOM: &str = include_str!("custom.toml");

/// The fields of the resource `samples` with a value that can be written, and what is read back.
fn values() -> Vec<(&'static str, Value, Value)> {
    let same = |field, value: Value| (field, value.clone(), value);
    vec![
        same("text", json!("Ann & Bob")),
        same("memo", json!("line 1\nline 2")),
        same("number", json!(7)),
        ("number", json!("8"), json!(8)),
        same("large", json!(9_007_199_254_740_993_i64)),
        ("decimal", json!("1.50"), json!("1.50")),
        same("float", json!(47.5)),
        (
            "money",
            json!({ "amount": "10.25", "currency": "USD" }),
            json!({ "amount": "10.2500", "currency": "USD" }),
        ),
        same("flag", json!(true)),
        ("flag", json!("false"), json!(false)),
        same("date", json!("2026-11-30")),
        same("time", json!("2026-11-30T08:00:00Z")),
        ("time", json!("2026-11-30T08:00:00+01:00"), json!("2026-11-30T07:00:00Z")),
        same("local", json!("2026-11-30T08:00:00")),
        ("local", json!("2026-11-30"), json!("2026-11-30T00:00:00")),
        ("option", json!(100_000_002), json!({ "value": 100_000_002, "label": "Test" })),
        ("option", json!("Build"), json!({ "value": 100_000_001, "label": "Build" })),
        ("option", json!({ "value": 100_000_000 }), json!({ "value": 100_000_000, "label": "Planning" })),
        same("yes", json!(true)),
        ("yes", json!("false"), json!(false)),
        same("member", json!("early")),
        same("web", json!([{ "url": "https://example.com/", "type": "website" }])),
        (
            "web",
            json!([{ "url": "https://example.com/" }]),
            json!([{ "url": "https://example.com/", "type": "website" }]),
        ),
        ("web", json!(null), json!([])),
    ]
}

/// Returns whether a value that was read is the expected one; amounts and decimal numbers may have more zeros.
fn equal(read: &Value, expected: &Value) -> bool {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<rust_decimal::Decimal>().ok());
    match (read, expected) {
        (Value::Object(read), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| read.get(name).is_some_and(|read| equal(read, value)))
        }
        _ => read == expected || (number(read).is_some() && number(read) == number(expected)),
    }
}

#[tokio::test]
async fn each_kind_of_field_is_written_and_read_back() {
    let (_running, connection) = connect_with("contoso", CUSTOM, Clock::system()).await;
    for (field, value, expected) in values() {
        let mut fields = object(json!({ "text": "x" }));
        fields.insert(field.to_owned(), value.clone());
        let id =
            connection.create("samples", &fields).await.unwrap_or_else(|e| panic!("{field} {value}: {e}"));
        let read = connection.get("samples", &id).await.unwrap();
        assert!(equal(read.get(field), &expected), "{field}: {value} became {}", read.get(field));
        let change = object(json!({ "text": "y" }));
        connection.update("samples", &id, &change).await.unwrap();
        let mut fields = Map::new();
        fields.insert(field.to_owned(), value.clone());
        connection.update("samples", &id, &fields).await.unwrap_or_else(|e| panic!("{field} {value}: {e}"));
        let read = connection.get("samples", &id).await.unwrap();
        assert!(equal(read.get(field), &expected), "{field}: {value} was changed to {}", read.get(field));
        if !["text", "web", "yes", "flag"].contains(&field) {
            fields.insert(field.to_owned(), Value::Null);
            connection.update("samples", &id, &fields).await.unwrap_or_else(|e| panic!("{field} null: {e}"));
            assert_eq!(connection.get("samples", &id).await.unwrap().get(field), &Value::Null, "{field}");
        }
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_with_the_name_of_the_field() {
    let (running, connection) = connect_with("contoso", CUSTOM, Clock::system()).await;
    running.clear_requests();
    for (field, value, wanted) in [
        ("text", json!(true), "takes a text, and not true"),
        ("text", json!(["a"]), "takes a text"),
        ("number", json!("7.5"), "takes a whole number"),
        ("number", json!(7.5), "takes a whole number"),
        ("number", json!(true), "takes a whole number"),
        ("decimal", json!("1,5"), "takes an exact number"),
        ("decimal", json!("1e400"), "takes an exact number"),
        ("float", json!("x"), "takes a number"),
        ("money", json!({ "amount": true }), "takes an exact number"),
        ("money", json!({ "amount": "1", "currency": "XXX" }), "the organisation has no currency `XXX`"),
        ("flag", json!("yes"), "takes true or false"),
        ("flag", json!(1), "takes true or false"),
        ("date", json!("30.11.2026"), "takes a date"),
        ("date", json!(20_261_130), "takes a date"),
        ("time", json!("2026-11-30"), "takes a time in UTC"),
        ("time", json!("soon"), "takes a time in UTC"),
        ("local", json!("soon"), "takes a date and time"),
        ("option", json!(true), "takes the number or the label of an option"),
        ("option", json!({ "value": "x" }), "takes the number or the label of an option"),
        ("areas", json!([true]), "takes the number or the label of an option"),
        ("lookup", json!("x"), "takes { \"id\": \"…\" }"),
        ("lookup", json!({ "name": "x" }), "takes { \"id\": \"…\" }"),
        ("several", json!({ "id": "2f087ba7-8cce-5cec-b53d-f0ba5c22f974" }), "needs its `resource`"),
        (
            "several",
            json!({ "id": "2f087ba7-8cce-5cec-b53d-f0ba5c22f974", "resource": "leads" }),
            "refers to accounts or contacts or users, and not to leads",
        ),
        ("yes", json!("maybe"), "is one of true, false, and not \"maybe\""),
        ("member", json!("never"), "is one of early, late, and not \"never\""),
        ("member", json!(1), "is one of early, late, and not 1"),
        ("first", json!("x"), "is a part of `new_name`"),
        ("both", json!("x"), "is put together from several columns"),
        ("constant", json!("y"), "the mapping gives `constant` a constant"),
        ("path", json!("x"), "the value is in another row"),
        ("fixed", json!(1), "the mapping says that `fixed` is read-only"),
        ("web", json!("x"), "is a list of links, and not \"x\""),
        ("web", json!([1]), "an item of `web` is an object"),
        ("web", json!([{ "type": "blog", "url": "x" }]), "the types are website"),
        ("web", json!([{ "url": "x" }, { "url": "y" }]), "has at most 1 items"),
        ("web", json!([{ "type": "website" }, { "type": "website" }]), "two items of the type \"website\""),
        ("web", json!([{ "ur": "x" }]), "did you mean `url`?"),
        ("texts", json!("x"), "did you mean `text`?"),
        ("remark", json!("x"), "`samples` has no field `remark`"),
        ("custom_fields", json!("x"), "`custom_fields` is an object"),
    ] {
        let fields = Map::from_iter([(field.to_owned(), value.clone())]);
        let id = "2f087ba7-8cce-5cec-b53d-f0ba5c22f974";
        for error in [
            connection.create("samples", &fields).await.map(|_| ()).unwrap_err(),
            connection.update("samples", id, &fields).await.unwrap_err(),
        ] {
            let Error::Invalid { field: named, message } = &error else {
                panic!("{field} {value}: {error:?}")
            };
            assert!(message.contains(wanted), "{field} {value}: {message}");
            let named = named.as_deref().unwrap_or_default();
            assert!(named.starts_with(field), "{field} {value}: the error names `{named}`");
        }
    }
    let written = running.requests().into_iter().filter(|request| request.method != "GET");
    assert_eq!(written.count(), 0, "nothing that is refused is sent");
}

/// Returns the operators with whether a filter of the field takes them.
fn operators() -> Vec<(&'static str, Value, Vec<FilterOperator>)> {
    let ordered = || vec![Eq, Ne, Gt, Ge, Lt, Le];
    vec![
        ("text", json!("Ann"), [ordered(), vec![Contains, StartsWith]].concat()),
        ("memo", json!("Ann"), [ordered(), vec![Contains, StartsWith]].concat()),
        ("number", json!(3), ordered()),
        ("large", json!("3"), ordered()),
        ("decimal", json!("1.5"), ordered()),
        ("float", json!(1.5), ordered()),
        ("money", json!("1.5"), ordered()),
        ("flag", json!(true), vec![Eq, Ne]),
        ("date", json!("2026-11-30"), ordered()),
        ("time", json!("2026-11-30T08:00:00Z"), ordered()),
        ("option", json!(100_000_000), vec![Eq, Ne]),
        ("areas", json!(1), vec![Contains]),
        ("lookup", json!("2f087ba7-8cce-5cec-b53d-f0ba5c22f974"), vec![Eq, Ne]),
        ("guid", json!("2f087ba7-8cce-5cec-b53d-f0ba5c22f974"), vec![Eq, Ne]),
        ("member", json!("late"), vec![Eq, Ne]),
        ("yes", json!(true), vec![Eq, Ne]),
        ("path", json!("Contoso"), [ordered(), vec![Contains, StartsWith]].concat()),
        ("web", json!("https://example.com/"), vec![Eq, Contains, StartsWith]),
        ("constant", json!("x"), vec![Eq, Ne]),
        ("first", json!("x"), vec![]),
        ("both", json!("x"), vec![]),
        ("secret", json!("x"), vec![]),
    ]
}

#[tokio::test]
async fn each_kind_of_field_takes_the_operators_that_mean_something() {
    let (running, connection) = connect_with("contoso", CUSTOM, Clock::system()).await;
    for (field, value, accepted) in operators() {
        for operator in [Eq, Ne, Gt, Ge, Lt, Le, Contains, StartsWith] {
            running.clear_requests();
            let request = ListRequest::new().compare(field, operator, value.clone());
            let result = connection.list("samples", &request).await;
            match accepted.contains(&operator) {
                true => {
                    result.unwrap_or_else(|error| panic!("{field} {operator:?}: {error}"));
                }
                false => {
                    let error = result.unwrap_err();
                    let Error::Invalid { field: Some(named), message } = &error else { panic!("{error:?}") };
                    assert_eq!(named, field, "{message}");
                    assert_eq!(running.requests().len(), 0, "{field} {operator:?}");
                }
            }
        }
        let list = ListRequest::new().compare(field, In, json!([value]));
        let takes_lists = !accepted.is_empty();
        assert_eq!(connection.list("samples", &list).await.is_ok(), takes_lists, "{field} in");
        let empty = ListRequest::new().compare(field, In, json!([]));
        assert_eq!(connection.list("samples", &empty).await.is_ok(), field == "constant", "{field} in ()");
    }
}

#[tokio::test]
async fn a_filter_gives_the_records_that_meet_it() {
    let (_running, connection) = connect_with("contoso", CUSTOM, Clock::system()).await;
    let mut ids = Vec::new();
    for (text, number, date, member, flag) in [
        ("Zebra one", json!(1), json!("2026-01-01"), json!("early"), json!(true)),
        ("Zebra two", json!(2), json!("2026-02-01"), json!("late"), json!(false)),
        ("zebra three", json!(3), Value::Null, json!("late"), json!(true)),
    ] {
        let fields = json!({ "text": text, "number": number, "date": date, "member": member, "yes": flag });
        ids.push(connection.create("samples", &object(fields)).await.unwrap());
    }
    for (field, operator, value, expected) in [
        ("text", Eq, json!("Zebra two"), vec![1]),
        ("text", StartsWith, json!("Zebra t"), vec![1, 2]),
        ("text", Contains, json!("one"), vec![0]),
        ("text", In, json!(["Zebra one", "Zebra two"]), vec![0, 1]),
        ("number", Gt, json!(1), vec![1, 2]),
        ("number", Ge, json!(2), vec![1, 2]),
        ("number", Lt, json!(2), vec![0]),
        ("number", Le, json!(2), vec![0, 1]),
        ("number", Ne, json!(2), vec![0, 2]),
        ("number", In, json!([1, "3"]), vec![0, 2]),
        ("date", Eq, Value::Null, vec![2]),
        ("date", Ne, Value::Null, vec![0, 1]),
        ("date", Gt, json!("2026-01-01"), vec![1]),
        ("member", Eq, json!("late"), vec![1, 2]),
        ("member", Ne, json!("late"), vec![0]),
        ("member", In, json!(["early", "late"]), vec![0, 1, 2]),
        ("yes", Eq, json!(false), vec![1]),
        ("yes", Eq, json!("true"), vec![0, 2]),
        ("constant", Eq, json!("x"), vec![0, 1, 2]),
        ("constant", Eq, json!("y"), vec![]),
        ("constant", Ne, json!("y"), vec![0, 1, 2]),
        ("constant", In, json!(["y", "x"]), vec![0, 1, 2]),
    ] {
        let request =
            ListRequest::new().compare(field, operator, value.clone()).search("zebra").sort_by("number");
        let page = connection.list("samples", &request).await.unwrap();
        let found: Vec<usize> =
            page.result.iter().map(|record| ids.iter().position(|id| id == record.id()).unwrap()).collect();
        assert_eq!(found, expected, "{field} {operator:?} {value}");
    }
    let request = ListRequest::new().search("zebra").sort_by_descending("number");
    let page = connection.list("samples", &request).await.unwrap();
    assert_eq!(page.result.iter().map(|r| r.get("number").clone()).collect::<Vec<_>>(), [3, 2, 1]);
}

#[tokio::test]
async fn each_kind_of_field_sorts_or_says_that_it_does_not() {
    let (running, connection) = connect_with("contoso", CUSTOM, Clock::system()).await;
    for (field, sorts) in [
        ("text", true),
        ("number", true),
        ("decimal", true),
        ("money", true),
        ("flag", true),
        ("date", true),
        ("time", true),
        ("local", true),
        ("option", true),
        ("member", true),
        ("yes", true),
        ("path", true),
        ("areas", false),
        ("lookup", false),
        ("web", false),
        ("first", false),
        ("both", false),
        ("constant", false),
    ] {
        running.clear_requests();
        let request = ListRequest::new().sort_by_descending(field).limit(2);
        match connection.list("samples", &request).await {
            Ok(page) => assert!(sorts && !page.result.is_empty(), "{field}"),
            Err(error) => {
                let message = format!("records cannot be sorted by `{field}`");
                assert!(!sorts && error.to_string() == message, "{field}: {error}");
                assert_eq!(running.requests().len(), 0, "{field}");
            }
        }
    }
}

#[tokio::test]
async fn limits_are_checked_at_their_ends() {
    let (running, connection) = connect_with("contoso", common::CRM, Clock::system()).await;
    running.clear_requests();
    let now = jiff::Timestamp::now();
    for (limit, accepted) in [(0, false), (1, true), (5_000, true), (5_001, false)] {
        let list = connection.list("contacts", &ListRequest::new().limit(limit)).await;
        let changes = connection.changes("contacts", None, Some(limit), now).await;
        assert_eq!((list.is_ok(), changes.is_ok()), (accepted, accepted), "{limit}");
        let expected = format!("`limit` is from 1 to 5000, and not {limit}");
        for error in [list.err(), changes.err()].into_iter().flatten() {
            assert_eq!(error.to_string(), expected);
        }
    }
    assert_eq!(running.requests().len(), 4);
}
