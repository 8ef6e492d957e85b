//! References between rows: `$ref` in all directions.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::create::assert_refused;
use super::{Answer, Api};

async fn reference(api: &Api, method: Method, path: &str, id: &str) -> Answer {
    Api::send(api.request(method, path).json(&json!({"@odata.id": id}))).await
}

// covers: associate / PUT and DELETE of a lookup's $ref
#[tokio::test]
async fn a_lookup_is_set_and_cleared_by_its_reference() {
    let api = Api::start().await;
    let contact = api.create("contacts", json!({"lastname": "Ann"})).await;
    let account = api.create("accounts", json!({"name": "a"})).await;
    let path = format!("accounts({account})/primarycontactid/$ref");
    let absolute = format!("{}contacts({contact})", api.running.web_api());
    for id in [absolute, format!("contacts({contact})"), format!("/contacts({contact})")] {
        let put = reference(&api, Method::PUT, &path, &id).await;
        assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.text);
        let row = api.get(&format!("accounts({account})?$select=_primarycontactid_value")).await;
        assert_eq!(row.json["_primarycontactid_value"], contact.as_str());
        assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
        let row = api.get(&format!("accounts({account})?$select=_primarycontactid_value")).await;
        assert_eq!(row.json["_primarycontactid_value"], Value::Null);
    }
    let wrong = reference(&api, Method::PUT, &path, &format!("accounts({account})")).await;
    assert_refused(&wrong, StatusCode::BAD_REQUEST, "0x80048d19", "Microsoft.Dynamics.CRM.account");
    let post = reference(&api, Method::POST, &path, &format!("contacts({contact})")).await;
    assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED, "{}", post.text);
    let missing = reference(&api, Method::PUT, &path, "contacts(00000000-0000-4000-8000-000000000009)").await;
    assert_refused(&missing, StatusCode::NOT_FOUND, "0x80040217", "Does Not Exist");
}

// covers: associate / POST to a 1:N $ref
// covers: associate / DELETE of a 1:N $ref, with the key in the path
// covers: associate / DELETE of a $ref with $id
#[tokio::test]
async fn rows_are_added_to_a_collection_and_removed_from_it() {
    let api = Api::start().await;
    let contact = api.create("contacts", json!({"lastname": "Ann"})).await;
    let account = api.create("accounts", json!({"name": "a"})).await;
    let path = format!("accounts({account})/contact_customer_accounts");
    let members = || api.get(&path);
    let absolute = format!("{}contacts({contact})", api.running.web_api());
    let removals = [
        format!("{path}({contact})/$ref"),
        format!("{path}/$ref?$id={absolute}"),
        format!("{path}/$ref?$id=contacts({contact})"),
    ];
    for removal in removals {
        let post = reference(&api, Method::POST, &format!("{path}/$ref"), &absolute).await;
        assert_eq!(post.status, StatusCode::NO_CONTENT, "{}", post.text);
        assert_eq!(members().await.all("lastname"), ["Ann"]);
        let removed = api.delete(&removal).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT, "{removal} {}", removed.text);
        assert_eq!(members().await.all("lastname"), Vec::<Value>::new());
    }
    let all = api.delete(&format!("{path}/$ref")).await;
    assert_refused(&all, StatusCode::BAD_REQUEST, "0x80060888", "only by naming it");
    let unknown = api.delete(&format!("accounts({account})/nothing/$ref")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text);
}

// covers: associate / N:N from both sides
// covers: associate / N:N that exists already
#[tokio::test]
async fn rows_are_paired_from_both_sides() {
    let api = Api::start().await;
    let me = api.get("WhoAmI").await.json["UserId"].as_str().unwrap().to_owned();
    let project = api.create("new_projects", json!({"new_name": "p"})).await;
    let (user, project_path) = (format!("systemusers({me})"), format!("new_projects({project})"));
    let navigation = "new_project_systemuser";
    for (one, other) in [(&user, &project_path), (&project_path, &user)] {
        let path = format!("{one}/{navigation}/$ref");
        let post = reference(&api, Method::POST, &path, other).await;
        assert_eq!(post.status, StatusCode::NO_CONTENT, "{}", post.text);
        let users = api.get(&format!("{project_path}/{navigation}?$select=systemuserid")).await;
        assert_eq!(users.all("systemuserid"), [me.as_str()], "{}", users.text);
        let projects = api.get(&format!("{user}/{navigation}?$select=new_name")).await;
        assert_eq!(projects.all("new_name"), ["p"]);
        let again = reference(&api, Method::POST, &path, other).await;
        assert_refused(&again, StatusCode::PRECONDITION_FAILED, "0x80040237", "duplicate key");
        let id = other.split(['(', ')']).nth(1).unwrap();
        let removed = api.delete(&format!("{one}/{navigation}({id})/$ref")).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.text);
        let users = api.get(&format!("{project_path}/{navigation}")).await;
        assert_eq!(users.all("systemuserid"), Vec::<Value>::new());
    }
}
