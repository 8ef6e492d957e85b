//! Seeds: rows that the emulator has from its start.

use std::fs;

use dvkit_emulator::Emulator;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Api, builder};

/// Returns the message of the error with which an emulator with these rows does not start.
async fn refused(rows: Value) -> String {
    builder().seed(rows).start().await.unwrap_err().to_string()
}

// covers: seeds / rows by entity set or logical name
// covers: seeds / lookups by id, name, alternate key and path, also of later rows
#[tokio::test]
async fn references_are_found_by_id_name_key_and_path_in_any_order() {
    let id = "11111111-0000-4000-8000-000000000001";
    let rows = json!({
        "contacts": [
            {"firstname": "Ann", "lastname": "Lee", "parentcustomerid": "Contoso"},
            {"lastname": "Ben", "parentcustomerid": {"accountnumber": "A2"}},
            {"lastname": "Cleo", "parentcustomerid_account@odata.bind": "/accounts(accountnumber='A2')"},
            {"lastname": "Dora", "_parentcustomerid_value": id},
        ],
        "account": [
            {"accountid": id, "name": "Contoso", "primarycontactid": "ann lee"},
            {"name": "Fabrikam", "accountnumber": "A2", "parentaccountid": "Contoso"},
        ],
    });
    let api = Api::of(builder().seed(rows)).await;
    let path = "contacts?$select=lastname&$orderby=lastname&$expand=parentcustomerid_account($select=name)";
    let found = api.get(path).await;
    assert_eq!(found.all("lastname"), ["Ben", "Cleo", "Dora", "Lee"], "{}", found.text);
    let names: Vec<Value> =
        found.all("parentcustomerid_account").iter().map(|account| account["name"].clone()).collect();
    assert_eq!(names, ["Fabrikam", "Fabrikam", "Contoso", "Contoso"]);
    // Ann and Contoso refer to each other.
    let account =
        api.get(&format!("accounts({id})?$select=name&$expand=primarycontactid($select=lastname)")).await;
    assert_eq!(account.json["primarycontactid"]["lastname"], "Lee", "{}", account.text);
}

// covers: seeds / labels of choices
// covers: seeds / columns that requests cannot write
#[tokio::test]
async fn labels_and_read_only_columns_are_accepted() {
    let rows = json!({"accounts": [{
        "name": "Contoso", "industrycode": "Consulting", "creditonhold": "Yes", "statecode": "Inactive", "statuscode": 2,
        "createdon": "2024-05-01T08:00:00Z", "_unknown_value@x": 1,
    }]});
    let api = Api::of(builder().seed(rows)).await;
    let path = "accounts?$select=industrycode,creditonhold,statecode,statuscode,createdon";
    let found = api.get(path).await;
    let row = &found.json["value"][0];
    assert_eq!(row["industrycode"], 8, "{}", found.text);
    assert_eq!(
        (&row["creditonhold"], &row["statecode"], &row["statuscode"]),
        (&json!(true), &json!(1), &json!(2))
    );
    assert_eq!(row["createdon"], "2024-05-01T08:00:00Z");
}

// covers: seeds / errors with file, table, row and column
#[tokio::test]
async fn errors_name_the_place_and_what_would_be_right() {
    for (rows, message) in [
        (json!([1]), "seeds are an object with an array of rows for each table: {\"accounts\": [{…}]}"),
        (
            json!({"acounts": [{}]}),
            "acounts, row 1: the organisation has no table or entity set `acounts`; did you mean `accounts`?",
        ),
        (
            json!({"accounts": [{"name": "A"}, {"nmae": "B"}]}),
            "accounts, row 2, `nmae`: the table `account` has no column `nmae`; did you mean `name`?",
        ),
        (
            json!({"accounts": [{"primarycontactid": "Nobody"}]}),
            "accounts, row 1, `primarycontactid`: no row of `contact` is named `Nobody`",
        ),
        (
            json!({"accounts": [{"name": "A", "numberofemployees": "many"}]}),
            "accounts, row 1, `numberofemployees`: `many` is not a number",
        ),
        (json!({"accounts": [{"accountid": "x"}]}), "accounts, row 1, `accountid`: `\"x\"` is not a guid"),
    ] {
        assert_eq!(refused(rows).await, message);
    }
    let error = refused(json!({"accounts": [{"industrycode": "Fishing"}]})).await;
    assert!(
        error.starts_with(
            "accounts, row 1, `industrycode`: no option has the label `Fishing`; the options are 1 ("
        ),
        "{error}"
    );
    let error = refused(json!({"accounts": [{"name": "A"}, {"name": "A"}], "contacts": [{"lastname": "x", "parentcustomerid": "A"}]})).await;
    assert!(error.contains("several rows of `account` or `contact` are named `A`"), "{error}");
}

// covers: seeds / CSV files
// covers: seeds / JSON files, and responses of the Web API as seeds
#[tokio::test]
async fn files_are_json_csv_or_a_response_of_the_web_api() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let contacts = file(
        "contacts.csv",
        "lastname,parentcustomerid,numberofchildren\n\"O'Brien, Ann\",Contoso,2\nLee,,\n",
    );
    let accounts = file("accounts.json", r#"[{"name": "Contoso"}]"#);
    let response = file(
        "r.json",
        r##"{"@odata.context": "x/$metadata#tasks(subject)", "value": [{"@odata.etag": "W/\"1\"", "subject": "Call"}]}"##,
    );
    let api = Api::of(builder().seed_file(&contacts).seed_file(accounts).seed_file(response)).await;
    let found = api
        .get("contacts?$select=lastname,numberofchildren,_parentcustomerid_value&$orderby=lastname desc")
        .await;
    assert_eq!(found.all("lastname"), ["O'Brien, Ann", "Lee"], "{}", found.text);
    assert_eq!(found.all("numberofchildren"), [json!(2), Value::Null]);
    assert_eq!(api.get("tasks?$select=subject").await.all("subject"), ["Call"]);

    let wrong = file("contacts2.csv", "lastname\nA\n");
    let error = builder().seed_file(wrong).start().await.unwrap_err().to_string();
    assert!(error.contains("contacts2.csv, contacts2, line 2: the organisation has no table"), "{error}");
}

// covers: seeds / sample data
#[tokio::test]
async fn the_sample_data_has_sixty_rows_that_refer_to_each_other() {
    let api = Api::of(Emulator::sample().seed_sample()).await;
    let mut rows = 0;
    for set in ["accounts", "contacts", "opportunities", "tasks", "incidents", "new_projects", "annotations"]
    {
        let count = api.get(&format!("{set}/$count")).await;
        rows += count.text.trim_start_matches('\u{feff}').parse::<usize>().unwrap();
    }
    assert_eq!(rows, 57);
    let found = api.get("opportunities?$filter=customerid_account/name eq 'Contoso'&$select=name").await;
    assert_eq!(found.all("name"), ["Renewal 2026"], "{}", found.text);
}

// covers: seeds / random rows
#[tokio::test]
async fn random_rows_are_the_same_for_the_same_seed() {
    let mut texts = Vec::new();
    for seed in [7, 7, 8] {
        let api = Api::of(builder().seed_random(12, seed)).await;
        let found =
            api.get("contacts?$select=lastname,birthdate,_parentcustomerid_value&$orderby=contactid").await;
        assert_eq!(found.all("lastname").len(), 12, "{}", found.text);
        assert!(found.all("_parentcustomerid_value").iter().any(Value::is_string));
        let values = |member| found.all(member).iter().map(Value::to_string).collect::<Vec<_>>().join(",");
        texts.push(values("lastname") + &values("_parentcustomerid_value"));
    }
    assert_eq!(texts[0], texts[1]);
    assert_ne!(texts[0], texts[2]);
}

// covers: seeds / rows that exist are changed
#[tokio::test]
async fn rows_can_be_added_while_the_emulator_runs() {
    let api = Api::of(builder().seed(json!({"accounts": [{"accountnumber": "A1", "name": "Old"}]}))).await;
    let rows = json!({"accounts": [{"accountnumber": "A1", "name": "New"}], "contacts": [{"lastname": "x", "parentcustomerid": "New"}]});
    api.running.seed(rows).unwrap();
    assert_eq!(api.get("accounts?$select=name").await.all("name"), ["New"]);
    let wrong = json!({"accounts": [{"name": "B"}, {"name": "C", "parentaccountid": "?"}]});
    api.running.seed(wrong).unwrap_err();
    assert_eq!(api.get("accounts/$count").await.status, StatusCode::OK);
    assert_eq!(api.get("accounts?$select=name").await.all("name"), ["New"]);
}
