//! Mutated bodies and paths: whatever is sent, the emulator answers.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::builder;
use super::model::Random;
use super::sequences::request;

/// The mutated requests that the suite sends.
const MUTATIONS: u64 = 2_000;

/// Returns a random value of JSON, often one at the edge of a type.
fn json_value(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth > 3 { 10 } else { 12 }) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(i64::MIN),
        4 => json!(u64::MAX),
        5 => json!(1e308),
        6 => json!(""),
        7 => json!("\u{0}\u{fffd}'\"'/*"),
        8 => json!("/accounts(00000000-0000-4000-8000-000000000001)"),
        9 => json!("9999-12-31T23:59:59Z"),
        10 => Value::Array((0..random.below(4)).map(|_| json_value(random, depth + 1)).collect()),
        _ => {
            let names = ["name", "@odata.id", "@odata.type", "lastname", "value", "x@odata.bind", "subject"];
            let mut members = Map::new();
            for _ in 0..random.below(4) {
                members.insert((*random.pick(&names)).to_owned(), json_value(random, depth + 1));
            }
            Value::Object(members)
        }
    }
}

// covers: create / mutated bodies and paths
#[tokio::test]
async fn mutated_requests_are_answered_without_a_failure_of_the_emulator() {
    let api = builder().start().await.unwrap();
    let names = [
        "name",
        "accountid",
        "accountnumber",
        "revenue",
        "creditlimit",
        "numberofemployees",
        "address1_latitude",
        "statecode",
        "statuscode",
        "overriddencreatedon",
        "accountcategorycode",
        "creditonhold",
        "exchangerate",
        "primarycontactid",
        "primarycontactid@odata.bind",
        "ownerid@odata.bind",
        "contact_customer_accounts",
        "contact_customer_accounts@odata.bind",
        "Account_Tasks",
        "transactioncurrencyid@odata.bind",
        "entityimage",
        "@odata.type",
        "@odata.id",
        "versionnumber",
        "address1_addressid",
        "donotemail",
        "_ownerid_value",
        "",
    ];
    let paths = [
        "accounts",
        "accounts(10000000-0000-4000-8000-000000000001)",
        "accounts(accountnumber='a')",
        "accounts(accountnumber='a')/name",
        "accounts(accountnumber='a')/primarycontactid/$ref",
        "accounts(accountnumber='a')/contact_customer_accounts",
        "accounts(accountnumber='a')/contact_customer_accounts/$ref",
        "accounts(accountnumber='a')/contact_customer_accounts/$ref?$id=accounts",
        "emails",
        "tasks",
        "annotations",
        "activitypointers",
        "teams",
        "systemusers",
        "incidents",
        "new_projects(new_code='a',new_type=1)",
        "transactioncurrencies",
        "accounts(accountnumber='a')/statecode",
        "accounts()",
        "accounts(name='a')",
        "",
    ];
    let methods = [Method::POST, Method::POST, Method::PATCH, Method::PATCH, Method::PUT, Method::DELETE];
    let mut random = Random(77);
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    for _ in 0..MUTATIONS {
        let mut body = Map::new();
        if random.one_in(2) {
            let valid = json!({
                "name": "a", "revenue": 1.5, "numberofemployees": 3, "accountcategorycode": 1, "creditonhold": true,
                "address1_latitude": 1.25, "primarycontactid": {"lastname": "b"},
                "contact_customer_accounts": [{"lastname": "c"}], "Account_Tasks": [{"subject": "d"}],
            });
            body = valid.as_object().unwrap().clone();
        }
        for _ in 0..random.below(if body.is_empty() { 5 } else { 2 }) {
            body.insert((*random.pick(&names)).to_owned(), json_value(&mut random, 0));
        }
        let mut path = (*random.pick(&paths)).to_owned();
        if random.one_in(4) {
            let at = usize::try_from(random.below(path.len() as u64 + 1)).unwrap();
            let inserts = ["'", "%00", "(", ")", "/", "%2F", "$ref", "=", "%27%27", "%F0%9F%A6%80"];
            let insert: &&str = random.pick(&inserts);
            path.insert_str(at, insert);
        }
        let method = random.pick(&methods).clone();
        let headers = match random.below(6) {
            0 => vec![("if-match", "W/\"x".to_owned())],
            1 => vec![("prefer", "return=representation".to_owned())],
            _ => Vec::new(),
        };
        let (status, text) = request(&api, &method, &path, &headers, Some(&body));
        assert!(status < 500 || status == 501, "{method} {path} {body:?}: {status} {text}");
        *statuses.entry(status).or_default() += 1;
    }
    eprintln!("{MUTATIONS} mutated requests by status: {statuses:?}");
    assert!(statuses.len() > 4, "{statuses:?}");
}
