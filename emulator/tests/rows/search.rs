//! Search over text.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api};

async fn search(api: &Api, path: &str, body: Value) -> Answer {
    let url = format!("{}/api/search/{path}", api.running.url());
    Api::send(api.request(Method::POST, &url).json(&body)).await
}

/// The JSON in the text of a response of version 2.0.
fn unpacked(answer: &Answer) -> Value {
    let text =
        answer.json["response"].as_str().unwrap_or_else(|| panic!("{}: {}", answer.status, answer.text));
    serde_json::from_str(text).unwrap()
}

/// The values of a member in all rows of a JSON array.
fn all(rows: &Value, member: &str) -> Vec<Value> {
    rows.as_array().unwrap().iter().map(|row| row[member].clone()).collect()
}

async fn filled() -> Api {
    let api = Api::start().await;
    api.create("accounts", json!({ "name": "Contoso Hotel", "accountnumber": "1" })).await;
    api.create("accounts", json!({ "name": "Fabrikam", "address1_city": "Contoso", "accountnumber": "2" }))
        .await;
    api.create("contacts", json!({ "firstname": "Zoé", "lastname": "Contoso" })).await;
    api.create("accounts", json!({ "name": "Adventure Works", "accountnumber": "3" })).await;
    api
}

// covers: search / query of version 2.0
#[tokio::test]
async fn rows_are_found_by_words_with_highlights() {
    let api = filled().await;
    let body = json!({ "search": "contoso", "count": true, "entities": "[{\"name\":\"account\",\"selectColumns\":[\"name\",\"accountnumber\"]}]",
        "orderby": "[\"@search.score desc\",\"name asc\"]", "options": "{\"searchmode\":\"all\",\"querytype\":\"simple\"}" });
    let found = unpacked(&search(&api, "v2.0/query", body).await);
    assert_eq!((&found["Error"], &found["Count"]), (&Value::Null, &json!(2)), "{found}");
    let names: Vec<&Value> =
        found["Value"].as_array().unwrap().iter().map(|row| &row["Attributes"]["name"]).collect();
    assert!(names.contains(&&json!("Contoso Hotel")) && names.contains(&&json!("Fabrikam")), "{found}");
    let hotel = found["Value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["Attributes"]["accountnumber"] == "1")
        .unwrap();
    assert_eq!(hotel["Highlights"]["name"], json!(["{crmhit}Contoso{/crmhit} Hotel"]));
    assert_eq!((&hotel["EntityName"], &hotel["ObjectTypeCode"]), (&json!("account"), &json!(1)));
    // Over all tables, without diacritics, as an action of the Web API.
    let found = api.post("searchquery", json!({ "search": "zoe" })).await;
    assert_eq!(all(&unpacked(&found)["Value"], "EntityName"), ["contact"], "{}", found.text);
    assert_eq!(unpacked(&found)["Count"], -1);
}

// covers: search / query of version 1.0
#[tokio::test]
async fn the_first_version_has_its_own_names() {
    let api = filled().await;
    let body = json!({ "search": "contoso", "returnTotalRecordCount": true, "entities": ["account", "contact"], "top": 2, "orderBy": ["@search.score desc"], "searchMode": "any" });
    let found = search(&api, "v1.0/query", body).await;
    assert_eq!(found.json["totalrecordcount"], 3, "{}", found.text);
    let rows = found.json["value"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["@search.objectid"].is_string()
        && row["@search.highlights"].is_object()
        && row["@search.score"].is_number()));
    let next = search(
        &api,
        "v1.0/query",
        json!({ "search": "contoso", "entities": ["account", "contact"], "top": 2, "skip": 2 }),
    )
    .await;
    assert_eq!(
        (next.json["value"].as_array().unwrap().len(), &next.json["totalrecordcount"]),
        (1, &json!(-1))
    );
}

// covers: search / operators and words
#[tokio::test]
async fn operators_combine_words() {
    let api = filled().await;
    for (text, numbers) in [
        ("contoso+hotel", vec!["1"]),
        ("contoso -hotel", vec!["2"]),
        ("hotel|works", vec!["1", "3"]),
        ("\"contoso hotel\"", vec!["1"]),
        ("adv*", vec!["3"]),
        ("adv", vec![]),
    ] {
        let body = json!({ "search": text, "entities": "[{\"name\":\"account\",\"selectcolumns\":[\"accountnumber\"]}]", "orderby": "[\"accountnumber\"]" });
        let found = unpacked(&search(&api, "v2.0/query", body).await);
        let got: Vec<&str> = found["Value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["Attributes"]["accountnumber"].as_str().unwrap())
            .collect();
        assert_eq!(got, numbers, "{text}");
    }
    let in_city = json!({ "search": "contoso", "count": true, "entities": "[{\"name\":\"account\",\"searchcolumns\":[\"address1_city\"]}]" });
    assert_eq!(unpacked(&search(&api, "v2.0/query", in_city).await)["Count"], 1);
}

// covers: search / filter
#[tokio::test]
async fn filters_restrict_what_is_found() {
    let api = Api::start().await;
    for n in 0..4 {
        api.create("accounts", json!({ "name": format!("Trey {n}"), "numberofemployees": n })).await;
    }
    api.create("contacts", json!({ "lastname": "Trey" })).await;
    for (body, count) in [
        (json!({ "entities": "[{\"name\":\"account\",\"filter\":\"numberofemployees gt 1\"}]" }), 2),
        (json!({ "filter": "account:numberofemployees eq 1 or name eq 'Trey 0'" }), 3),
        (json!({ "filter": "createdon lt 2000-01-01T00:00:00Z" }), 0),
        (
            json!({ "filter": "statecode eq 0", "entities": "[{\"name\":\"account\",\"filter\":\"numberofemployees lt 1\"}]" }),
            1,
        ),
        (json!({ "filter": "" }), 5),
    ] {
        let mut body = body;
        body["search"] = json!("trey");
        body["count"] = json!(true);
        body.as_object_mut()
            .unwrap()
            .entry("entities")
            .or_insert(json!("[{\"name\":\"account\"},{\"name\":\"contact\"}]"));
        let answer = search(&api, "v2.0/query", body.clone()).await;
        let found = unpacked(&answer);
        assert_eq!(found["Count"], count, "{body}: {}", answer.text);
        assert_eq!(found["Value"].as_array().map(Vec::len), count.try_into().ok(), "{found}");
    }
    let wrong =
        search(&api, "v2.0/query", json!({ "search": "trey", "filter": "account:nothing eq 1" })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
}

// covers: search / suggest and autocomplete
#[tokio::test]
async fn beginnings_of_words_are_suggested_and_completed() {
    let api = filled().await;
    let body = json!({ "search": "adven", "entities": "[{\"name\":\"account\"}]" });
    let found = unpacked(&search(&api, "v2.0/suggest", body.clone()).await);
    assert_eq!(found["Value"][0]["Text"], "{crmhit}Adventure{/crmhit} Works", "{found}");
    assert_eq!(found["Value"][0]["Document"]["@search.entityname"], "account");
    let legacy = search(&api, "v1.0/suggest", json!({ "search": "adven", "entities": ["account"] })).await;
    assert_eq!(legacy.json["value"][0]["text"], "{crmhit}Adventure{/crmhit} Works");
    let word = unpacked(&search(&api, "v2.0/autocomplete", body).await);
    assert_eq!(word["Value"], "{crmhit}Adventure{/crmhit}", "{word}");
    assert_eq!(search(&api, "v1.0/autocomplete", json!({ "search": "zzz" })).await.json["value"], "");
}

// covers: search / follows writes
#[tokio::test]
async fn the_index_follows_creates_updates_deletes_and_new_columns() {
    let api = filled().await;
    let count = |text: &'static str| {
        let api = &api;
        async move {
            unpacked(&search(api, "v2.0/query", json!({ "search": text, "count": true })).await)["Count"]
                .as_i64()
                .unwrap()
        }
    };
    assert_eq!(count("northwind").await, 0);
    let id = api.create("accounts", json!({ "name": "Northwind" })).await;
    assert_eq!(count("northwind").await, 1);
    api.patch(&format!("accounts({id})"), json!({ "name": "Southridge" })).await;
    assert_eq!((count("northwind").await, count("southridge").await), (0, 1));
    let column = json!({ "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "SchemaName": "new_Motto", "MaxLength": 50 });
    api.post("EntityDefinitions(LogicalName='account')/Attributes", column).await;
    api.patch(&format!("accounts({id})"), json!({ "new_motto": "excelsior" })).await;
    assert_eq!(count("excelsior").await, 1);
    assert_eq!(
        api.delete("EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_motto')")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!((count("excelsior").await, count("southridge").await), (0, 1));
    api.delete(&format!("accounts({id})")).await;
    assert_eq!(count("southridge").await, 0);
}

// refuses: search / facets, lucene and fuzzy
// covers: search / errors
#[tokio::test]
async fn searches_that_are_not_supported_are_named() {
    let api = filled().await;
    for body in [
        json!({ "search": "x", "facets": "[\"statecode\"]" }),
        json!({ "search": "x", "options": "{\"querytype\":\"lucene\"}" }),
        json!({ "search": "x", "options": "[\"besteffortsearch\"]" }),
        json!({ "search": "x", "fuzzy": true }),
        json!({ "search": "(x)" }),
    ] {
        let refused = search(&api, "v2.0/query", body.clone()).await;
        assert_eq!(refused.status, StatusCode::NOT_IMPLEMENTED, "{body}: {}", refused.text);
    }
    for body in [
        json!({}),
        json!({ "search": "" }),
        json!({ "search": "a".repeat(101) }),
        json!({ "search": "-" }),
        json!({ "search": "x", "nothing": 1 }),
        json!({ "search": "x", "top": "many" }),
        json!({ "search": "x", "entities": "[\"nothing\"]" }),
        json!({ "search": "x", "orderby": "[\"a b c\"]" }),
    ] {
        let refused = search(&api, "v2.0/query", body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}: {}", refused.text);
    }
    assert_eq!(search(&api, "v3.0/query", json!({ "search": "x" })).await.status, StatusCode::NOT_FOUND);
    let hostile =
        search(&api, "v2.0/query", json!({ "search": "a\" NEAR(b c) {x} : ^ * OR NOT \u{0}" })).await;
    assert!(hostile.status != StatusCode::INTERNAL_SERVER_ERROR, "{}", hostile.text);
    let unsigned = reqwest::Client::new()
        .post(format!("{}/api/search/v2.0/query", api.running.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
}
