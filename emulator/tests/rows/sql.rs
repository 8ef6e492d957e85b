//! `?sql=SELECT …`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Api};

async fn sql(api: &Api, set: &str, statement: &str) -> Answer {
    let encoded: String = url::form_urlencoded::byte_serialize(statement.as_bytes()).collect();
    api.get(&format!("{set}?sql={encoded}")).await
}

/// An emulator with four accounts, of which three have the contact Ann.
async fn filled() -> Api {
    let api = Api::start().await;
    let ann = api.create("contacts", json!({"lastname": "Ann", "firstname": "O'Neil"})).await;
    for (n, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let mut account = json!({"name": name, "numberofemployees": n});
        if n > 0 {
            account["primarycontactid@odata.bind"] = format!("/contacts({ann})").into();
        }
        api.create("accounts", account).await;
    }
    api
}

// covers: read collection / sql with WHERE, ORDER BY, TOP, OFFSET and FETCH
#[tokio::test]
async fn rows_are_filtered_ordered_and_limited() {
    let api = filled().await;
    for (statement, expected) in [
        ("SELECT name FROM account ORDER BY name DESC", "dcba"),
        ("SELECT TOP 2 name FROM account ORDER BY name", "ab"),
        ("SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY", "bc"),
        ("SELECT name FROM account WHERE numberofemployees >= 2 OR name = 'a' ORDER BY name", "acd"),
        ("SELECT name FROM account WHERE NOT (numberofemployees >= 2 OR name = 'a')", "b"),
        ("SELECT name FROM account WHERE 2 > numberofemployees ORDER BY name", "ab"),
        ("SELECT name FROM account WHERE name IN ('b', 'd') ORDER BY name", "bd"),
        ("SELECT name FROM account WHERE name NOT IN ('b', 'd') ORDER BY name", "ac"),
        ("SELECT name FROM account WHERE numberofemployees BETWEEN 1 AND 2 ORDER BY name", "bc"),
        ("SELECT name FROM account WHERE NOT numberofemployees BETWEEN 1 AND 2 ORDER BY name", "ad"),
        ("SELECT name FROM account WHERE primarycontactid IS NULL", "a"),
        (
            "SELECT name FROM account WHERE primarycontactid IS NOT NULL AND name LIKE '[bc]%' ORDER BY name",
            "bc",
        ),
        ("select a.name from dbo.account as a where a.name <> 'a' order by a.name desc", "dcb"),
    ] {
        let found = sql(&api, "accounts", statement).await;
        let names: String = found.all("name").iter().filter_map(Value::as_str).collect();
        assert_eq!(names, expected, "{statement}: {}", found.text);
    }
}

// covers: read collection / sql with joins
// covers: read collection / sql with GROUP BY and aggregates
#[tokio::test]
async fn tables_are_joined_and_groups_aggregated() {
    let api = filled().await;
    let joined = sql(
        &api,
        "accounts",
        "SELECT a.name, c.lastname AS person FROM account a LEFT JOIN contact c ON a.primarycontactid = c.contactid \
         AND c.firstname = 'O''Neil' WHERE a.numberofemployees < 2 ORDER BY a.name",
    )
    .await;
    assert_eq!(joined.all("name"), ["a", "b"], "{}", joined.text);
    assert_eq!(joined.all("person"), [Value::Null, "Ann".into()]);
    let inner = sql(
        &api,
        "accounts",
        "SELECT a.name FROM account a JOIN contact c ON c.contactid = a.primarycontactid WHERE c.lastname = 'Ann'",
    )
    .await;
    assert_eq!(inner.all("name").len(), 3, "{}", inner.text);
    let groups = sql(
        &api,
        "accounts",
        "SELECT primarycontactid, COUNT(*) AS n, SUM(numberofemployees) AS total FROM account GROUP BY primarycontactid ORDER BY n DESC",
    )
    .await;
    assert_eq!(groups.all("n"), [3, 1], "{}", groups.text);
    assert_eq!(groups.all("total"), [6, 0]);
}

#[tokio::test]
async fn what_is_not_understood_is_refused() {
    let api = filled().await;
    for statement in [
        "SELECT * FROM account",
        "SELECT name FROM account; DELETE FROM account",
        "DELETE FROM account",
        "SELECT name FROM account WHERE name = (SELECT lastname FROM contact)",
        "SELECT name FROM account GROUP BY name HAVING COUNT(*) > 1",
        "SELECT name FROM account UNION SELECT lastname FROM contact",
        "SELECT nosuch FROM account",
        "SELECT name FROM nosuch",
        "SELECT UPPER(name) FROM account",
        "SELECT name FROM account WITH (NOLOCK)",
        "SELECT name INTO x FROM account",
        "SELECT TOP 5 PERCENT name FROM account",
        "SELECT TOP 5 WITH TIES name FROM account ORDER BY name",
        "SELECT name FROM account RIGHT JOIN contact ON 1 = 1",
        "SELECT lastname FROM contact",
        "SELECT name FROM account FOR JSON AUTO",
        "SELECT COUNT(*) OVER (PARTITION BY name) AS n FROM account",
        "SELECT name",
        "",
    ] {
        let found = sql(&api, "accounts", statement).await;
        assert_eq!(found.status, StatusCode::BAD_REQUEST, "{statement}: {}", found.text);
        assert!(found.json["error"]["message"].as_str().is_some_and(|m| m.len() > 10), "{}", found.text);
    }
    let wheres = [
        format!("{}name = 'a'{}", "(".repeat(5000), ")".repeat(5000)),
        format!("{}name = 'a'{}", "(".repeat(200), ")".repeat(200)),
        format!("{}name = 'a'", "NOT ".repeat(1900)),
        format!("numberofemployees = {}1", "- ".repeat(1900)),
        format!("numberofemployees = {}1", "-(".repeat(900)),
        format!("name = 'a'{}", " AND name = 'a'".repeat(1200)),
    ];
    for condition in wheres {
        let statement = format!("SELECT name FROM account WHERE {condition}");
        assert_eq!(
            sql(&api, "accounts", &statement).await.status,
            StatusCode::BAD_REQUEST,
            "{}",
            &condition[..20]
        );
    }
    let long = format!("SELECT name FROM account WHERE name = 'a'{}", " AND name = 'a'".repeat(400));
    let found = sql(&api, "accounts", &long).await;
    assert_eq!(found.json["value"][0]["name"], "a", "{}", found.text);
}
