//! Pages of OData queries.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Api, builder};

/// Returns all values of `member`, page by page, and the number of pages.
async fn all_pages(api: &Api, path: &str, prefer: &str, member: &str) -> (Vec<Value>, usize) {
    let (mut values, mut pages, mut next) = (Vec::new(), 0, Some(path.to_owned()));
    while let Some(path) = next {
        let answer = api.get_preferring(&path, prefer).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        values.extend(answer.all(member));
        pages += 1;
        assert!(pages < 100, "{path}");
        next = answer.json["@odata.nextLink"].as_str().map(str::to_owned);
    }
    (values, pages)
}

async fn ten_accounts(api: &Api) {
    for n in 0..10 {
        let mut body = json!({"name": format!("n{n}"), "industrycode": 1 << (n % 3)});
        if n % 3 > 0 {
            body["numberofemployees"] = json!(n % 3);
        }
        api.create("accounts", body).await;
    }
}

// covers: read collection / odata.maxpagesize
// covers: read collection / $skiptoken
#[tokio::test]
async fn pages_put_together_are_the_whole_result() {
    let api = Api::start().await;
    ten_accounts(&api).await;
    for order in [
        "",
        "&$orderby=name desc",
        "&$orderby=numberofemployees,name desc",
        "&$orderby=numberofemployees desc",
        "&$orderby=parentaccountid/name,name",
    ] {
        let path = format!("accounts?$select=name{order}");
        let whole = api.get(&path).await.all("name");
        assert_eq!(whole.len(), 10);
        for size in [1, 3, 9, 10, 11] {
            let prefer = format!("odata.maxpagesize={size}");
            let (values, pages) = all_pages(&api, &path, &prefer, "name").await;
            assert_eq!(values, whole, "{order} by {size}");
            assert_eq!(pages, 10_usize.div_ceil(size), "{order} by {size}");
        }
    }
    let answer = api.get_preferring("accounts?$select=name", "odata.maxpagesize=3").await;
    assert_eq!(answer.header("preference-applied"), "odata.maxpagesize=3");
    let link = answer.json["@odata.nextLink"].as_str().unwrap();
    assert!(link.starts_with(&api.running.web_api()), "{link}");
}

// covers: read collection / $top with odata.maxpagesize
#[tokio::test]
async fn top_prevents_pages() {
    let api = Api::start().await;
    ten_accounts(&api).await;
    let answer =
        api.get_preferring("accounts?$select=name&$orderby=name&$top=5", "odata.maxpagesize=2").await;
    assert_eq!(answer.all("name"), ["n0", "n1", "n2", "n3", "n4"]);
    assert!(answer.json.get("@odata.nextLink").is_none(), "{}", answer.text);
    assert_eq!(api.get("accounts?$select=name&$top=0").await.all("name").len(), 0);
}

// covers: read collection / pages of groups
#[tokio::test]
async fn groups_and_navigation_paths_have_pages_too() {
    let api = Api::start().await;
    ten_accounts(&api).await;
    let path = "accounts?$apply=groupby((industrycode),aggregate($count as n))";
    let (values, pages) = all_pages(&api, path, "odata.maxpagesize=2", "n").await;
    assert_eq!((values.len(), pages), (3, 2));
    let parent = api.create("accounts", json!({"name": "parent"})).await;
    for n in 0..5 {
        let bind = format!("/accounts({parent})");
        api.create(
            "contacts",
            json!({"lastname": format!("c{n}"), "parentcustomerid_account@odata.bind": bind}),
        )
        .await;
    }
    let path =
        format!("accounts({parent})/contact_customer_accounts?$select=lastname&$orderby=lastname desc");
    let (values, pages) = all_pages(&api, &path, "odata.maxpagesize=2", "lastname").await;
    assert_eq!(values, ["c4", "c3", "c2", "c1", "c0"]);
    assert_eq!(pages, 3);
}

// covers: read collection / the service's page size
#[tokio::test]
async fn pages_have_at_most_the_services_rows() {
    let api = Api::of(builder().page_size(4)).await;
    ten_accounts(&api).await;
    let (values, pages) = all_pages(&api, "accounts?$select=name&$orderby=name", "", "name").await;
    assert_eq!((values.len(), pages), (10, 3));
    let (_, pages) = all_pages(&api, "accounts?$select=name", "odata.maxpagesize=500", "name").await;
    assert_eq!(pages, 3);
}

// covers: read collection / tokens that are not valid
#[tokio::test]
async fn a_token_of_another_request_is_refused() {
    let api = Api::start().await;
    ten_accounts(&api).await;
    let first = api.get_preferring("accounts?$select=name&$orderby=name", "odata.maxpagesize=2").await;
    let link = first.json["@odata.nextLink"].as_str().unwrap();
    let token = link.rsplit_once("$skiptoken=").unwrap().1;
    for path in [
        format!("accounts?$select=name&$skiptoken={token}"),
        format!("accounts?$select=name&$orderby=parentaccountid/name&$skiptoken={token}"),
        "accounts?$select=name&$skiptoken=x".to_owned(),
        format!("accounts?$select=name&$orderby=createdon&$skiptoken={token}"),
    ] {
        let answer = api.get(&path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text);
    }
}
