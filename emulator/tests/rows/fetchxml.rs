//! FetchXML and stored queries.

use odata_parser::url::{decode_keeping_plus, encode};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Api};

async fn fetch(api: &Api, set: &str, text: &str) -> Answer {
    let answer = api
        .get_preferring(&format!("{set}?fetchXml={}", encode(text)), "odata.include-annotations=\"*\"")
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{text}: {}", answer.text);
    answer
}

async fn accounts(api: &Api, number: usize) {
    for n in 0..number {
        let mut body = json!({"name": format!("n{n}"), "industrycode": (n % 2 + 1)});
        if n % 2 == 1 {
            body["numberofemployees"] = json!(n);
        }
        api.create("accounts", body).await;
    }
}

/// Returns the cookie of a page as a client reads it: decoded twice; `None` if the page has none.
fn cookie(answer: &Answer) -> Option<String> {
    let annotation = answer.json["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"].as_str()?;
    let (_, rest) = annotation.split_once("pagingcookie=\"").unwrap();
    let (encoded, _) = rest.split_once('"').unwrap();
    Some(decode_keeping_plus(&decode_keeping_plus(encoded).text).text.clone())
}

// covers: FetchXML / count and page
// covers: FetchXML / paging-cookie
// covers: FetchXML / returntotalrecordcount
#[tokio::test]
async fn cookies_lead_from_page_to_page_and_the_last_page_has_none() {
    let api = Api::start().await;
    accounts(&api, 7).await;
    for (order, with_cookie) in [("name", true), ("numberofemployees", true), ("name", false)] {
        let (mut names, mut attribute, mut page) = (Vec::new(), String::new(), 1);
        loop {
            let text = format!(
                "<fetch count='3' page='{page}' returntotalrecordcount='true'{attribute}><entity name='account'>\
                 <attribute name='name'/><order attribute='{order}' descending='true'/></entity></fetch>"
            );
            let answer = fetch(&api, "accounts", &text).await;
            names.extend(answer.all("name"));
            assert_eq!(answer.json["@Microsoft.Dynamics.CRM.totalrecordcount"], 7);
            let cookie = cookie(&answer);
            assert_eq!(answer.json["@Microsoft.Dynamics.CRM.morerecords"], cookie.is_some());
            let Some(cookie) = cookie else { break };
            assert!(
                cookie.starts_with(&format!("<cookie page=\"{page}\">")) && cookie.ends_with("</cookie>"),
                "{cookie}"
            );
            if page == 1 && with_cookie {
                // A row that is written before the position does not move the pages.
                api.create("accounts", json!({"name": "n9", "numberofemployees": 99})).await;
                let gone =
                    api.get("accounts?$select=name&$filter=name eq 'n9'").await.json["value"][0]["accountid"]
                        .clone();
                api.delete(&format!("accounts({})", gone.as_str().unwrap())).await;
            }
            if with_cookie {
                let escaped = cookie
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&quot;");
                attribute = format!(" paging-cookie=\"{escaped}\"");
            }
            page += 1;
            assert!(page < 9);
        }
        assert_eq!((names.len(), page), (7, 3), "{order}: {names:?}");
        let mut sorted: Vec<String> = names.iter().map(Value::to_string).collect();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 7, "{names:?}");
    }
}

// covers: FetchXML / paging with writes in between
#[tokio::test]
async fn a_cookie_survives_writes_in_between() {
    let api = Api::start().await;
    accounts(&api, 4).await;
    let text = |page: u32, attribute: &str| {
        format!(
            "<fetch count='2' page='{page}'{attribute}><entity name='account'><attribute name='name'/><order attribute='name'/></entity></fetch>"
        )
    };
    let first = fetch(&api, "accounts", &text(1, "")).await;
    assert_eq!(first.all("name"), ["n0", "n1"]);
    let escaped = cookie(&first).unwrap().replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    api.create("accounts", json!({"name": "a"})).await;
    let second = fetch(&api, "accounts", &text(2, &format!(" paging-cookie='{escaped}'"))).await;
    assert_eq!(second.all("name"), ["n2", "n3"]);
    // Without the cookie the page is found by its number.
    assert_eq!(fetch(&api, "accounts", &text(2, "")).await.all("name"), ["n1", "n2"]);
}

// covers: FetchXML / top
// covers: FetchXML / null values
#[tokio::test]
async fn null_is_omitted_and_top_has_no_next_page() {
    let api = Api::start().await;
    accounts(&api, 4).await;
    let text = "<fetch top='3'><entity name='account'><attribute name='name'/><attribute name='numberofemployees'/><order attribute='name'/></entity></fetch>";
    let answer = fetch(&api, "accounts", text).await;
    let rows = answer.json["value"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[0].get("numberofemployees").is_none() && rows[1]["numberofemployees"] == 1,
        "{}",
        answer.text
    );
    assert!(cookie(&answer).is_none());
    assert!(
        answer.json["@odata.context"]
            .as_str()
            .unwrap()
            .ends_with("#accounts(name,numberofemployees,accountid)")
    );
}

// covers: FetchXML / aggregate
// covers: FetchXML / distinct
#[tokio::test]
async fn aggregates_and_distinct_rows() {
    let api = Api::start().await;
    accounts(&api, 5).await;
    let text = "<fetch aggregate='true'><entity name='account'><attribute name='industrycode' groupby='true' alias='industry'/>\
                <attribute name='accountid' aggregate='count' alias='n'/><attribute name='numberofemployees' aggregate='sum' alias='s'/>\
                <order alias='n' descending='true'/></entity></fetch>";
    let answer = fetch(&api, "accounts", text).await;
    assert_eq!(answer.all("n"), [3, 2], "{}", answer.text);
    assert_eq!(answer.all("industry@OData.Community.Display.V1.FormattedValue")[0], "Accounting");
    assert!(answer.json["value"][0].get("s").is_none(), "null is omitted: {}", answer.text);
    let text = "<fetch distinct='true'><entity name='account'><attribute name='industrycode'/><order attribute='industrycode'/></entity></fetch>";
    let answer = fetch(&api, "accounts", text).await;
    assert_eq!(answer.all("industrycode"), [1, 2]);
    assert!(answer.json["value"][0].get("accountid").is_none(), "{}", answer.text);
    let text = "<fetch aggregate='true' aggregatelimit='2'><entity name='account'><attribute name='accountid' aggregate='count' alias='n'/></entity></fetch>";
    let refused = api.get(&format!("accounts?fetchXml={}", encode(text))).await;
    assert_eq!(refused.json["error"]["code"], "0x8004e023", "{}", refused.text);
}

// covers: FetchXML / link-entity of every type
#[tokio::test]
async fn links_of_every_type_select_rows() {
    let api = Api::start().await;
    let account = api.create("accounts", json!({"name": "with"})).await;
    api.create("accounts", json!({"name": "without"})).await;
    for n in 0..2 {
        let bind = format!("/accounts({account})");
        api.create(
            "contacts",
            json!({"lastname": format!("c{n}"), "parentcustomerid_account@odata.bind": bind}),
        )
        .await;
    }
    for (kind, names, linked) in [
        ("inner", vec!["with", "with"], 2),
        ("outer", vec!["with", "with", "without"], 2),
        ("exists", vec!["with"], 0),
        ("in", vec!["with"], 0),
        ("matchfirstrowusingcrossapply", vec!["with"], 1),
    ] {
        let column = if linked > 0 { "<attribute name='lastname'/>" } else { "" };
        let text = format!(
            "<fetch><entity name='account'><attribute name='name'/><order attribute='name'/><link-entity name='contact' \
             from='parentcustomerid' to='accountid' link-type='{kind}' alias='c'>{column}</link-entity></entity></fetch>"
        );
        let answer = fetch(&api, "accounts", &text).await;
        assert_eq!(answer.all("name"), names, "{kind}");
        let found = answer.all("c.lastname").into_iter().filter(|v| !v.is_null()).count();
        assert_eq!(found, linked, "{kind}: {}", answer.text);
    }
    for (kind, names) in
        [("any", vec!["with"]), ("not any", vec!["without"]), ("all", vec![]), ("not all", vec!["with"])]
    {
        let text = format!(
            "<fetch><entity name='account'><attribute name='name'/><order attribute='name'/><filter><link-entity name='contact' \
             from='parentcustomerid' to='accountid' link-type='{kind}'><filter><condition attribute='lastname' operator='like' value='c%'/>\
             </filter></link-entity></filter></entity></fetch>"
        );
        assert_eq!(fetch(&api, "accounts", &text).await.all("name"), names, "{kind}");
    }
}

// covers: FetchXML / mistakes in the service's words
// refuses: FetchXML / rows in long-term retention
#[tokio::test]
async fn mistakes_in_fetchxml_are_refused() {
    let api = Api::start().await;
    for (text, status, code) in [
        ("<fetch><entity name='account'><attribute name='nmae'/></entity></fetch>", 400, "0x80041103"),
        ("<fetch><entity name='nothing'/></fetch>", 400, "0x80041102"),
        ("<fetch><entity name='account'></fetch>", 400, "0x80041130"),
        ("<fetch><entity name='contact'><attribute name='fullname'/></entity></fetch>", 400, "0x80060888"),
        (
            "<fetch datasource='retained'><entity name='account'><attribute name='name'/></entity></fetch>",
            501,
            "DVKIT_NOT_EMULATED",
        ),
    ] {
        let answer = api.get(&format!("accounts?fetchXml={}", encode(text))).await;
        assert_eq!(answer.status.as_u16(), status, "{text}: {}", answer.text);
        assert_eq!(answer.json["error"]["code"], code, "{text}: {}", answer.text);
    }
}

// covers: read collection / savedQuery
// covers: read collection / userQuery
// refuses: read collection / savedQuery with other options
#[tokio::test]
async fn stored_queries_select_rows() {
    let api = Api::start().await;
    accounts(&api, 5).await;
    let text = "<fetch><entity name='account'><attribute name='name'/><order attribute='name'/><filter><condition attribute='industrycode' operator='eq' value='1'/></filter></entity></fetch>";
    for (set, option) in [("savedqueries", "savedQuery"), ("userqueries", "userQuery")] {
        let body = json!({"name": "Active", "returnedtypecode": "account", "fetchxml": text, "querytype": 0});
        let id = api.create(set, body).await;
        let found = api.get(&format!("{set}?$select=name&$filter=name eq 'Active'")).await;
        assert_eq!(found.all("name"), ["Active"], "{}", found.text);
        let answer = api.get_preferring(&format!("accounts?{option}={id}"), "odata.maxpagesize=2").await;
        assert_eq!(answer.all("name"), ["n0", "n2"], "{}", answer.text);
        let next = api.get(answer.json["@odata.nextLink"].as_str().unwrap()).await;
        assert_eq!(next.all("name"), ["n4"], "{}", next.text);
        let refused = api.get(&format!("accounts?{option}={id}&$filter=name eq 'n0'")).await;
        assert_eq!(refused.status, StatusCode::NOT_IMPLEMENTED, "{}", refused.text);
        let missing = api.get(&format!("accounts?{option}=00000000-0000-0000-0000-000000000001")).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        let wrong = api.get(&format!("contacts?{option}={id}")).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    }
    // The rows of a collection, selected by a stored query.
    let parent = api.create("accounts", json!({"name": "parent"})).await;
    let child = json!({"name": "child", "industrycode": 1, "parentaccountid@odata.bind": format!("/accounts({parent})")});
    api.create("accounts", child).await;
    let body = json!({"name": "V", "returnedtypecode": "account", "fetchxml": text, "querytype": 0});
    let id = api.create("savedqueries", body).await;
    let answer = api.get(&format!("accounts({parent})/account_parent_account?savedQuery={id}")).await;
    assert_eq!(answer.all("name"), ["child"], "{}", answer.text);
}
