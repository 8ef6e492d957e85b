//! Requests on behalf of another user.

use dvkit_emulator::Emulator;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Answer, Api, sample};

async fn as_user(
    api: &Api,
    method: Method,
    path: &str,
    header: (&'static str, &str),
    body: serde_json::Value,
) -> Answer {
    Api::send(api.request(method, path).header(header.0, header.1).json(&body)).await
}

// covers: impersonation / MSCRMCallerID
#[tokio::test]
async fn a_request_is_executed_for_the_user_in_its_header() {
    let api = Api::start().await;
    let bob = api
        .create(
            "systemusers",
            json!({ "firstname": "Bob", "lastname": "B", "domainname": "bob@contoso.example" }),
        )
        .await;
    let me = api.get("WhoAmI").await.json["UserId"].clone();
    let header = ("MSCRMCallerID", bob.as_str());
    assert_eq!(as_user(&api, Method::GET, "WhoAmI", header, json!({})).await.json["UserId"], bob.as_str());
    let made = as_user(&api, Method::POST, "accounts", header, json!({ "name": "Contoso" })).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let path = format!(
        "accounts({})?$select=_createdby_value,_createdonbehalfby_value,_modifiedby_value,_ownerid_value",
        made.id()
    );
    let row = api.get(&path).await;
    assert_eq!(row.json["_createdby_value"], bob.as_str(), "{}", row.text);
    assert_eq!((&row.json["_createdonbehalfby_value"], &row.json["_ownerid_value"]), (&me, &json!(bob)));
    let own = api.create("accounts", json!({ "name": "Fabrikam" })).await;
    let row = api.get(&format!("accounts({own})?$select=_createdby_value,_createdonbehalfby_value")).await;
    assert_eq!((&row.json["_createdby_value"], &row.json["_createdonbehalfby_value"]), (&me, &json!(null)));
}

// covers: impersonation / errors
#[tokio::test]
async fn users_that_do_not_exist_cannot_be_impersonated() {
    let api = Api::start().await;
    let nobody = ("MSCRMCallerID", "00000000-0000-0000-0000-000000000001");
    let refused = as_user(&api, Method::POST, "accounts", nobody, json!({ "name": "x" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    let strange = as_user(&api, Method::GET, "accounts", ("MSCRMCallerID", "bob"), json!({})).await;
    assert_eq!(strange.status, StatusCode::BAD_REQUEST, "{}", strange.text);
    assert!(api.get("accounts").await.all("name").is_empty());
}

// covers: impersonation / CallerObjectId
// covers: impersonation / optional parameters that bypass custom logic
#[tokio::test]
async fn the_account_of_a_user_in_entra_names_the_user() {
    let api = Api::start().await;
    let account = "11111111-0000-0000-0000-000000000001";
    let bob = api.create("systemusers", json!({ "firstname": "Bob", "lastname": "B", "domainname": "bob@contoso.example", "azureactivedirectoryobjectid": account })).await;
    let me = as_user(&api, Method::GET, "WhoAmI", ("CallerObjectId", account), json!({})).await;
    assert_eq!(me.json["UserId"], bob.as_str(), "{}", me.text);
    let nobody = as_user(&api, Method::GET, "WhoAmI", ("CallerObjectId", bob.as_str()), json!({})).await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN, "{}", nobody.text);
    for header in [
        "MSCRM.BypassCustomPluginExecution",
        "MSCRM.SuppressDuplicateDetection",
        "MSCRM.BypassBusinessLogicExecution",
    ] {
        let sent =
            as_user(&api, Method::POST, "accounts?tag=import", (header, "true"), json!({ "name": "x" }))
                .await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT, "{header}: {}", sent.text);
    }
}

/// Each header with each value: the status and what the message says.
#[tokio::test]
async fn each_header_names_its_user_or_is_refused() {
    let api = Api::start().await;
    let account = "11111111-0000-0000-0000-000000000001";
    let bob = api.create("systemusers", json!({ "firstname": "Bob", "lastname": "B", "domainname": "bob@contoso.example", "azureactivedirectoryobjectid": account })).await;
    let me = api.get("WhoAmI").await.json["UserId"].as_str().unwrap().to_owned();
    let nobody = "00000000-0000-0000-0000-000000000001";
    let spaced = format!(" {bob} ");
    for (header, value, user) in [
        ("MSCRMCallerID", &*bob, Ok(&*bob)),
        ("MSCRMCallerID", &*spaced, Ok(&*bob)),
        ("MSCRMCallerID", &*me, Ok(&*me)),
        ("MSCRMCallerID", account, Err((403, "Does Not Exist"))),
        ("MSCRMCallerID", nobody, Err((403, "Does Not Exist"))),
        ("MSCRMCallerID", "bob", Err((400, "'bob' of the header mscrmcallerid"))),
        ("MSCRMCallerID", "", Err((400, "'' of the header mscrmcallerid"))),
        ("CallerObjectId", account, Ok(&*bob)),
        ("CallerObjectId", &*bob, Err((403, "Does Not Exist"))),
        ("CallerObjectId", nobody, Err((403, "Does Not Exist"))),
        ("CallerObjectId", "bob", Err((400, "'bob' of the header callerobjectid"))),
    ] {
        let answer = as_user(&api, Method::GET, "WhoAmI", (header, value), json!({})).await;
        match user {
            Ok(user) => assert_eq!(answer.json["UserId"], user, "{header} {value}: {}", answer.text),
            Err((status, words)) => {
                assert_eq!(answer.status.as_u16(), status, "{header} {value}: {}", answer.text);
                assert!(answer.text.contains(words), "{header} {value}: {}", answer.text);
            }
        }
    }
    // The account in Entra is preferred where both headers are there.
    let both = api.request(Method::GET, "WhoAmI").header("MSCRMCallerID", &me);
    let both = Api::send(both.header("CallerObjectId", account)).await;
    assert_eq!(both.json["UserId"], *bob, "{}", both.text);
}

#[tokio::test]
async fn a_snapshot_whose_users_have_no_account_in_entra_cannot_be_asked_for_one() {
    let mut schema = sample();
    let users = schema.tables.get_mut("systemuser").unwrap();
    users.columns.retain(|column| column.logical_name != "azureactivedirectoryobjectid");
    let api = Api::of(Emulator::builder(schema)).await;
    let me = api.get("WhoAmI").await.json["UserId"].as_str().unwrap().to_owned();
    let by_account = as_user(&api, Method::GET, "WhoAmI", ("CallerObjectId", &me), json!({})).await;
    assert_eq!(by_account.status, StatusCode::NOT_IMPLEMENTED, "{}", by_account.text);
    assert!(by_account.text.contains("CallerObjectId"), "{}", by_account.text);
    let by_id = as_user(&api, Method::GET, "WhoAmI", ("MSCRMCallerID", &me), json!({})).await;
    assert_eq!(by_id.json["UserId"], *me, "{}", by_id.text);
}
