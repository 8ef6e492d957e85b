//! Searches: their requests, and the results in every form that the service sends.

use dvkit_client::{ErrorKind, Search, SearchTable};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::fake::{Log, client, json as ok};

/// Returns a client whose searches find `found`, which the service sends as a text in JSON.
fn finds(found: Value) -> (dvkit_client::Client, Log) {
    client(move |_, _| ok(json!({ "response": found.to_string() })))
}

#[tokio::test]
async fn a_search_sends_every_parameter() {
    let (client, log) = finds(json!({}));
    let search = Search::new("a b")
        .table(SearchTable::new("account").select(["name"]).search_in(["name", "city"]).filter("x eq 1"))
        .table(SearchTable::new("contact"))
        .filter("statecode eq 0")
        .order_by("@search.score desc")
        .order_by("modifiedon desc")
        .facet("entityname,count:100")
        .count()
        .top(5)
        .skip(10)
        .all_words(true)
        .lucene();
    let results = client.search(&search).await.unwrap();
    assert_eq!((results.rows.len(), results.count, results.facets.len()), (0, 0, 0));
    let sent = log.take();
    assert_eq!(sent[0].line, "POST /api/search/v2.0/query");
    let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
    let inner = |name: &str| {
        serde_json::from_str::<Value>(body[name].as_str().unwrap_or_default()).unwrap_or_default()
    };
    assert_eq!(
        (&body["search"], &body["count"], &body["filter"]),
        (&json!("a b"), &json!(true), &json!("statecode eq 0"))
    );
    assert_eq!((&body["top"], &body["skip"]), (&json!(5), &json!(10)));
    assert_eq!(inner("orderby"), json!(["@search.score desc", "modifiedon desc"]));
    assert_eq!(inner("facets"), json!(["entityname,count:100"]));
    assert_eq!(inner("options"), json!({"searchmode": "all", "querytype": "lucene"}));
    assert_eq!(
        inner("entities"),
        json!([
            {"name": "account", "selectColumns": ["name"], "searchColumns": ["name", "city"], "filter": "x eq 1"},
            {"name": "contact"},
        ])
    );
    // What was not set is not sent.
    client.search(&Search::new("a")).await.unwrap();
    let body: Value = serde_json::from_slice(&log.take()[0].body).unwrap();
    assert_eq!(body, json!({"search": "a"}));
}

#[tokio::test]
async fn a_table_that_cannot_be_searched_keeps_a_search_from_being_sent() {
    let (client, log) = finds(json!({"Value": []}));
    let search = Search::new("a")
        .table(SearchTable::new("account"))
        .table(SearchTable::new("contact").refuse("first").refuse("second"));
    let errors = [
        client.search(&search).await.unwrap_err(),
        client.suggest(&search).await.unwrap_err(),
        client.autocomplete(&search).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.message()), (ErrorKind::Configuration, "first"));
    }
    assert!(log.take().is_empty());
}

#[tokio::test]
async fn results_are_read_with_and_without_their_parts() {
    let (client, _) = finds(json!({
        "Count": 2,
        "Facets": {"entityname": [{"Value": "account"}]},
        "Value": [
            {"Id": "7", "EntityName": "account", "Score": 1.5, "Attributes": {"name": "A"}, "Highlights": {"name": ["{crmhit}A"]}},
            {"Id": "8", "Attributes": null, "Highlights": null},
        ],
    }));
    let results = client.search(&Search::new("a").count()).await.unwrap();
    assert_eq!((results.count, results.facets.contains_key("entityname")), (2, true));
    let first = &results.rows[0];
    assert_eq!((first.id.as_str(), first.table.as_str(), first.score), ("7", "account", 1.5));
    assert_eq!((&first.columns["name"], &first.highlights["name"]), (&json!("A"), &json!(["{crmhit}A"])));
    let second = &results.rows[1];
    assert_eq!((second.table.as_str(), second.columns.len(), second.highlights.len()), ("", 0, 0));
    let (client, _) = finds(json!({"Value": null}));
    assert_eq!(client.search(&Search::new("a")).await.unwrap_err().kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn suggestions_and_completions_have_requests_of_their_own() {
    let (client, log) = finds(
        json!({"Value": [{"Text": "{crmhit}Con{/crmhit}toso", "Document": {"name": "Contoso"}}, {"Document": null}]}),
    );
    let found = client.suggest(&Search::new("con")).await.unwrap();
    assert_eq!(
        (found[0].text.as_str(), &found[0].row["name"]),
        ("{crmhit}Con{/crmhit}toso", &json!("Contoso"))
    );
    assert_eq!((found[1].text.as_str(), found[1].row.len()), ("", 0));
    assert_eq!(log.lines(), ["POST /api/search/v2.0/suggest"]);
    for (value, completed) in [(json!("contoso"), "contoso"), (Value::Null, ""), (json!(""), "")] {
        let (client, log) = finds(json!({ "Value": value }));
        assert_eq!(client.autocomplete(&Search::new("con")).await.unwrap(), completed);
        assert_eq!(log.lines(), ["POST /api/search/v2.0/autocomplete"]);
    }
}

/// A search changes nothing, so that it is sent again when its response is lost.
#[tokio::test(start_paused = true)]
async fn a_search_whose_response_is_lost_is_sent_again() {
    let (client, log) = client(|number, _| match number {
        0 => None,
        _ => ok(json!({"response": "{\"Value\": \"a\"}"})),
    });
    assert_eq!(client.autocomplete(&Search::new("con")).await.unwrap(), "a");
    assert_eq!(log.take().len(), 2);
}
