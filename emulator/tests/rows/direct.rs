//! Rows that a program inserts, removes and exports without the Web API.

use dvkit_emulator::{Clock, Emulator};
use dvkit_execute::interpreter::Row;
use dvkit_query::hir::Value as Cell;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Api, builder, sample};

fn row(cells: &[(&str, Cell)]) -> Row {
    cells.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect()
}

fn account(number: u128, name: &str) -> Row {
    row(&[("accountid", Cell::Guid(Uuid::from_u128(number))), ("name", Cell::Text(name.to_owned()))])
}

#[tokio::test]
async fn rows_are_inserted_all_together_or_not_at_all() {
    let api = Api::of(builder()).await;
    let names = async || api.get("accounts?$select=name&$orderby=name").await.all("name");
    api.running.insert_rows("account", [account(1, "a"), account(2, "b")]).unwrap();
    assert_eq!(names().await, ["a", "b"]);
    let wrong =
        row(&[("accountid", Cell::Guid(Uuid::from_u128(4))), ("numberofemployees", Cell::Text("x".into()))]);
    let cases = [
        ("nothing", vec![account(3, "c")], "there is no table nothing"),
        (
            "account",
            vec![account(3, "c"), row(&[("nothing", Cell::Integer(1))])],
            "account.nothing is not stored",
        ),
        (
            "account",
            vec![account(3, "c"), wrong],
            "account.numberofemployees cannot have the value Text(\"x\")",
        ),
    ];
    for (table, rows, expected) in cases {
        let error = api.running.insert_rows(table, rows).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
        assert_eq!(names().await, ["a", "b"], "{expected}");
    }
    assert!(api.running.insert_rows("account", [account(3, "c"), account(1, "d")]).is_err());
    assert_eq!(names().await, ["a", "b"]);
    // Every row has a version of its own.
    let versions = api.get("accounts?$select=versionnumber&$orderby=name").await.all("versionnumber");
    let tags = api.get("accounts?$select=name&$orderby=name").await.all("@odata.etag");
    assert_ne!(tags[0], tags[1], "{versions:?}");
}

#[tokio::test]
async fn a_cleared_table_has_no_rows_and_others_keep_theirs() {
    let api = Api::of(builder()).await;
    api.running.insert_rows("account", [account(1, "a"), account(2, "b")]).unwrap();
    let contact = row(&[("contactid", Cell::Guid(Uuid::from_u128(3))), ("lastname", Cell::Text("c".into()))]);
    api.running.insert_rows("contact", [contact]).unwrap();
    api.running.clear_rows("account").unwrap();
    assert_eq!(api.get("accounts?$select=name").await.all("name"), Vec::<Value>::new());
    assert_eq!(api.get("contacts?$select=lastname").await.all("lastname"), ["c"]);
    let error = api.running.clear_rows("nothing").unwrap_err().to_string();
    assert!(error.ends_with("there is no table nothing"), "{error}");
    // An id that was there can be used again.
    api.running.insert_rows("account", [account(1, "again")]).unwrap();
    assert_eq!(api.get("accounts?$select=name").await.all("name"), ["again"]);
}

/// The pairs of two tables are in a table of the snapshot, or else at the rows of the table that comes first.
#[tokio::test]
async fn pairs_are_exported_once_and_are_seeds_again() {
    let id = |digit: u128| Uuid::from_u128(digit).to_string();
    let clock = || Clock::stopped("2026-11-29T12:00:00Z".parse().unwrap());
    let mut without = sample();
    without.tables.remove("new_project_systemuser");
    for (schema, has_table) in [(sample(), true), (without, false)] {
        let seed = json!({
            "systemusers": [
                { "systemuserid": id(1), "firstname": "A", "lastname": "A", "domainname": "a@contoso.example" },
                { "systemuserid": id(2), "firstname": "B", "lastname": "B", "domainname": "b@contoso.example" },
            ],
            "new_projects": [
                { "new_projectid": id(3), "new_name": "two", "new_project_systemuser": [id(2), id(1)] },
                { "new_projectid": id(4), "new_name": "one", "new_project_systemuser": [id(2)] },
                { "new_projectid": id(5), "new_name": "none" },
            ],
        });
        let api = Api::of(Emulator::builder(schema.clone()).clock(clock()).seed(seed)).await;
        let text = api.running.export().unwrap();
        let exported: Value = serde_json::from_str(&text).unwrap();
        let at_projects: Vec<_> = exported["new_projects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["new_project_systemuser"].clone())
            .collect();
        let expected = match has_table {
            true => vec![Value::Null, Value::Null, Value::Null],
            false => vec![json!([id(1), id(2)]), json!([id(2)]), Value::Null],
        };
        assert_eq!(at_projects, expected, "{text}");
        let users = exported["systemusers"].as_array().unwrap();
        assert!(users.iter().all(|user| user.get("new_project_systemuser").is_none()), "{text}");
        let pairs = exported.get("new_project_systemuserset").and_then(Value::as_array).map(Vec::len);
        assert_eq!(pairs, has_table.then_some(3), "{text}");
        let again = Api::of(Emulator::builder(schema).clock(clock()).seed(exported)).await;
        assert_eq!(again.running.export().unwrap(), text);
        // Pairs can be removed from both sides, and with their rows.
        let names = async || {
            let path =
                format!("systemusers({})/new_project_systemuser?$select=new_name&$orderby=new_name", id(2));
            again.get(&path).await.all("new_name")
        };
        assert_eq!(names().await, ["one", "two"]);
        let path = format!("systemusers({})/new_project_systemuser({})/$ref", id(2), id(4));
        assert_eq!(again.delete(&path).await.status, 204);
        assert_eq!(names().await, ["two"]);
        assert_eq!(again.delete(&format!("new_projects({})", id(3))).await.status, 204);
        assert_eq!(names().await, Vec::<Value>::new());
    }
}
