//! Tests of the requests about accounts, without a server and without a sign-in service.
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::store::ApiKey;
use crate::testing;

/// What a request gave: the body, or the status, code and message of its error.
type Answer = Result<Value, (u16, &'static str, String)>;

fn answer<T: Serialize>(answer: Result<T, ApiError>) -> Answer {
    let body = answer.map(|view| serde_json::to_value(view).unwrap());
    body.map_err(|error| (error.status().as_u16(), error.code(), error.message().to_owned()))
}

fn refused(status: u16, code: &'static str, message: &str) -> Answer {
    Err((status, code, message.to_owned()))
}

async fn connect_with(gateway: &Gateway, caller: Caller, body: Value) -> Answer {
    let body = serde_json::from_value(body).map(JsonBody).map_err(|_| ApiError::bad_request("the body"));
    answer(connect(State(gateway.clone()), caller, body).await.map(|(status, Json(view))| {
        assert_eq!(status, StatusCode::CREATED);
        view
    }))
}

/// Returns a request to connect an organisation with these members changed; `null` removes one.
fn connect_request(changes: &Value) -> Value {
    let mut body = json!({
        "name": "Contoso", "org_url": "https://contoso.crm4.dynamics.com", "auth": "authorization_code",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value.clone(),
        }
    }
    body
}

/// Returns the link of a view without its expiry and signature: the account and the page to return to.
fn link_of(gateway: &Gateway, view: &Value) -> Option<Value> {
    let url = view["sign_in_url"].as_str()?;
    let link = url.strip_prefix("https://gw.contoso.com/connect/").unwrap();
    let link = gateway.store().keys().verified("connect", link).unwrap();
    let mut link: Value = serde_json::from_str(&link).unwrap();
    let expires = link.as_object_mut().unwrap().remove("expires").unwrap().as_i64().unwrap();
    assert_eq!(expires, 7 * 24 * 3_600);
    Some(link)
}

#[tokio::test]
async fn each_mistake_in_a_request_to_connect_is_told() {
    let gateway = testing::gateway().await;
    let name = "`name` is a text of at most 200 characters, without control characters";
    let page = "`return_url` begins with none of the `return_urls` in the configuration of this gateway";
    for (changes, message) in [
        (json!({ "name": "" }), name),
        (json!({ "name": " \t " }), name),
        (json!({ "name": "a\u{7}b" }), name),
        (json!({ "name": "ä".repeat(201) }), name),
        (
            json!({ "org_url": "https://evil.example" }),
            "`evil.example` is not the host of an organisation that this gateway may connect to",
        ),
        (
            json!({ "org_url": "http://127.0.0.1:1" }),
            "`127.0.0.1` is not the host of an organisation that this gateway may connect to",
        ),
        (json!({ "return_url": "https://evil.example/" }), page),
        (json!({ "return_url": "no url" }), page),
        (json!({ "application": "default", "client_id": "1" }), "`application` or `client_id`, not both"),
        (
            json!({ "client_id": testing::CLIENT_ID }),
            "this application is in the configuration: use `application`",
        ),
        (json!({ "client_id": "" }), "`client_id` is the id of an application"),
        (json!({ "client_id": "1".repeat(65) }), "`client_id` is the id of an application"),
        (json!({ "application": "x" }), "the configuration of this gateway has no application `x`"),
        (json!({ "client_secret": "s" }), "`client_secret` goes with `client_id`"),
        (
            json!({ "auth": "client_credentials", "client_id": "1" }),
            "an application that signs in as itself needs a secret",
        ),
        (
            json!({ "auth": "client_credentials", "client_id": "1", "client_secret": "" }),
            "an application that signs in as itself needs a secret",
        ),
        (json!({ "auth": null }), "the body"),
        (json!({ "more": 1 }), "the body"),
    ] {
        let caller = testing::caller(&[Scope::AccountsWrite]);
        let found = connect_with(&gateway, caller, connect_request(&changes)).await;
        assert_eq!(found, refused(400, "bad_request", message), "{changes}");
    }
    let reader = testing::caller(&[Scope::AccountsRead]);
    let limited = Caller(ApiKey { accounts: Some(Vec::new()), ..testing::caller(&[Scope::AccountsWrite]).0 });
    for (caller, code, message) in [
        (reader, "missing_scope", "the API key has not the scope `accounts.write`"),
        (limited, "limited_key", "the API key is for some accounts only"),
    ] {
        let found = connect_with(&gateway, caller, connect_request(&json!({}))).await;
        assert_eq!(found, refused(403, code, message));
    }
    assert_eq!(gateway.store().list_accounts("t", "", 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_account_that_was_made_is_shown_with_the_page_to_sign_in_at() {
    let mut settings = testing::settings();
    let other = crate::settings::Application {
        tenant: Some("own.com".to_owned()),
        ..crate::settings::Application::new("2")
    };
    settings.applications.insert("other".to_owned(), other);
    let gateway = testing::builder(settings).await.build().unwrap();
    for (changes, expected, back, secret) in [
        (json!({}), json!({}), None, None),
        (json!({ "name": "  Contoso\n" }), json!({}), None, None),
        (json!({ "name": "ä".repeat(200) }), json!({ "name": "ä".repeat(200) }), None, None),
        (json!({ "application": "default" }), json!({}), None, None),
        (json!({ "client_secret": "" }), json!({}), None, None),
        (
            json!({ "application": "other" }),
            json!({ "client_id": "2", "entra_tenant": "own.com" }),
            None,
            None,
        ),
        (
            json!({ "application": "other", "entra_tenant": "a.com" }),
            json!({ "client_id": "2", "entra_tenant": "a.com" }),
            None,
            None,
        ),
        (
            json!({ "application": "other", "entra_tenant": "" }),
            json!({ "client_id": "2", "entra_tenant": "own.com" }),
            None,
            None,
        ),
        (json!({ "entra_tenant": "a.com" }), json!({ "entra_tenant": "a.com" }), None, None),
        (
            json!({ "client_id": "1".repeat(64), "client_secret": "s" }),
            json!({ "client_id": "1".repeat(64) }),
            None,
            Some("s"),
        ),
        (
            json!({ "return_url": "https://app.contoso.com/done?a" }),
            json!({}),
            Some("https://app.contoso.com/done?a"),
            None,
        ),
    ] {
        let caller = testing::caller(&[Scope::AccountsWrite]);
        let mut view = connect_with(&gateway, caller, connect_request(&changes)).await.unwrap();
        let id = view["id"].as_str().unwrap().to_owned();
        let mut link = json!({ "account": id });
        if let Some(back) = back {
            link["return_url"] = back.into();
        }
        assert_eq!(link_of(&gateway, &view), Some(link), "{changes}");
        let account = gateway.store().account("t", &id).await.unwrap().unwrap();
        assert_eq!(view["created_at"], account.created_at.to_string());
        assert_eq!(view["updated_at"], account.updated_at.to_string());
        let kept = gateway.store().client_secret(&id).await.unwrap();
        assert_eq!(kept.is_some(), secret.is_some(), "{changes}");
        for changing in ["id", "sign_in_url", "created_at", "updated_at"] {
            view.as_object_mut().unwrap().remove(changing);
        }
        let mut shown = json!({
            "name": "Contoso", "org_url": "https://contoso.crm4.dynamics.com/", "auth": "authorization_code",
            "client_id": testing::CLIENT_ID, "entra_tenant": null, "state": "pending", "reason": null,
        });
        for (name, value) in expected.as_object().unwrap() {
            shown[name] = value.clone();
        }
        assert_eq!(view, shown, "{changes}");
        assert!(gateway.store().delete_account("t", &id).await.unwrap());
    }
}

#[tokio::test]
async fn the_same_organisation_is_connected_once_under_a_name() {
    let gateway = testing::gateway().await;
    let connect = async |changes: Value| {
        connect_with(&gateway, testing::caller(&[Scope::AccountsWrite]), connect_request(&changes)).await
    };
    connect(json!({})).await.unwrap();
    let (status, code, message) = connect(json!({})).await.unwrap_err();
    assert_eq!((status, code), (409, "account_exists"));
    assert_eq!(
        message,
        "an account with this name is connected to this organisation already: use it, or sign in again with \
         `POST /accounts/<id>/sign-in`, or give this one another name"
    );
    connect(json!({ "name": "Other" })).await.unwrap();
    connect(json!({ "org_url": "https://other.crm4.dynamics.com" })).await.unwrap();
    assert_eq!(gateway.store().list_accounts("t", "", 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn accounts_are_listed_in_pages_and_read() {
    let gateway = testing::gateway().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let body = connect_request(&json!({ "name": format!("Contoso {number}") }));
        let view = connect_with(&gateway, testing::caller(&[Scope::AccountsWrite]), body).await.unwrap();
        ids.push(view["id"].as_str().unwrap().to_owned());
    }
    ids.sort();
    let scopes = &[Scope::AccountsRead][..];
    let listed = async |caller: Caller, limit: Option<u32>, after: Option<&str>| {
        let query = ListQuery { limit, after: after.map(str::to_owned) };
        let found = list(State(gateway.clone()), caller, Ok(QueryFields(query))).await;
        answer(found.map(|Json(view)| view)).map(|view| {
            let ids = view["accounts"].as_array().unwrap().iter();
            let ids: Vec<String> = ids.map(|account| account["id"].as_str().unwrap().to_owned()).collect();
            (ids, view.get("next").map(|next| next.as_str().unwrap().to_owned()))
        })
    };
    let last = |page: &[String]| page.last().cloned();
    for (limit, after, expected, has_next) in [
        (None, None, &ids[..], false),
        (Some(4), None, &ids[..], false),
        (Some(3), None, &ids[..], true),
        (Some(2), None, &ids[..2], true),
        (Some(1), None, &ids[..1], true),
        (Some(0), None, &ids[..1], true),
        (Some(u32::MAX), None, &ids[..], false),
        (Some(2), Some(ids[1].as_str()), &ids[2..], false),
        (Some(2), Some(""), &ids[..2], true),
        (None, Some(ids[2].as_str()), &ids[3..], false),
    ] {
        let (found, next) = listed(testing::caller(scopes), limit, after).await.unwrap();
        assert_eq!(found, expected, "{limit:?} {after:?}");
        assert_eq!(next, has_next.then(|| last(expected)).flatten(), "{limit:?} {after:?}");
    }
    let limited = Caller(ApiKey { accounts: Some(vec![ids[1].clone()]), ..testing::caller(scopes).0 });
    // A page may have fewer accounts than asked for: those of others are left out of it.
    let (found, next) = listed(limited.clone(), Some(3), None).await.unwrap();
    assert_eq!((found, next), (vec![ids[1].clone()], Some(ids[2].clone())));
    let wrong = listed(testing::caller(scopes), None, Some("a b")).await;
    assert_eq!(wrong.unwrap_err().2, "`after` is `next` of the previous response");
    let writer = testing::caller(&[Scope::SchemaRead]);
    assert_eq!(listed(writer, None, None).await.unwrap_err().1, "missing_scope");
    let one = async |caller: Caller, id: &str| {
        answer(read(State(gateway.clone()), caller, Path(id.to_owned())).await.map(|Json(view)| view))
    };
    let view = one(limited.clone(), &ids[1]).await.unwrap();
    assert_eq!((view["id"].as_str(), view["state"].as_str()), (Some(ids[1].as_str()), Some("pending")));
    let missing = refused(404, "not_found", "there is no such account");
    assert_eq!(one(limited, &ids[0]).await, missing);
    let none = refused(403, "missing_scope", "the API key has not the scope `accounts.read`");
    assert_eq!(one(testing::caller(&[]), &ids[0]).await, none);
}

#[tokio::test]
async fn a_new_sign_in_has_a_page_that_returns_to_where_the_caller_wants() {
    let gateway = testing::gateway().await;
    let account = testing::account(&gateway, AuthKind::AuthorizationCode).await;
    gateway.store().set_connected(&account.id, Some("u.t"), gateway.now()).await.unwrap();
    let again = async |scopes: &[Scope], id: &str, back: Option<Option<&str>>| {
        let body = back.map(|back| JsonBody(SignInRequest { return_url: back.map(str::to_owned) }));
        let caller = testing::caller(scopes);
        let found = sign_in_again(State(gateway.clone()), caller, Path(id.to_owned()), Ok(body)).await;
        answer(found.map(|Json(view)| view))
    };
    let page = "https://app.contoso.com/done/now";
    for (back, expected) in [
        (None, json!({ "account": account.id })),
        (Some(None), json!({ "account": account.id })),
        (Some(Some(page)), json!({ "account": account.id, "return_url": page })),
    ] {
        let view = again(&[Scope::AccountsWrite], &account.id, back).await.unwrap();
        assert_eq!(view["state"], "connected", "it stays so until somebody has signed in");
        assert_eq!(link_of(&gateway, &view), Some(expected), "{back:?}");
    }
    let message = "`return_url` begins with none of the `return_urls` in the configuration of this gateway";
    let found = again(&[Scope::AccountsWrite], &account.id, Some(Some("https://evil.example/"))).await;
    assert_eq!(found, refused(400, "bad_request", message));
    let found = again(&[Scope::AccountsWrite], "acc_0", None).await;
    assert_eq!(found, refused(404, "not_found", "there is no such account"));
    let found = again(&[Scope::AccountsRead], &account.id, None).await;
    assert_eq!(found, refused(403, "missing_scope", "the API key has not the scope `accounts.write`"));
}

#[tokio::test]
async fn only_the_secret_of_a_customers_own_application_is_replaced() {
    let gateway = testing::gateway().await;
    let own = connect_request(&json!({ "client_id": "1", "client_secret": "old" }));
    let view = connect_with(&gateway, testing::caller(&[Scope::AccountsWrite]), own).await.unwrap();
    let own = view["id"].as_str().unwrap().to_owned();
    let configured = testing::account(&gateway, AuthKind::AuthorizationCode).await.id;
    let replace = async |scopes: &[Scope], id: &str, secret: &str| {
        let body = Ok(JsonBody(SecretRequest { client_secret: secret.to_owned() }));
        let caller = testing::caller(scopes);
        answer(
            replace_secret(State(gateway.clone()), caller, Path(id.to_owned()), body)
                .await
                .map(|Json(view)| view),
        )
    };
    let message = "only the secret of a customer's own application can be replaced";
    let write = &[Scope::AccountsWrite][..];
    assert_eq!(replace(write, &configured, "new").await, refused(400, "bad_request", message));
    assert_eq!(replace(write, &own, "").await, refused(400, "bad_request", message));
    let none = refused(403, "missing_scope", "the API key has not the scope `accounts.write`");
    assert_eq!(replace(&[Scope::AccountsRead], &own, "new").await, none);
    assert_eq!(replace(write, "acc_0", "new").await, refused(404, "not_found", "there is no such account"));
    let view = replace(write, &own, "new").await.unwrap();
    assert_eq!((view["id"].as_str(), view["state"].as_str()), (Some(own.as_str()), Some("pending")));
    let kept = gateway.store().client_secret(&own).await.unwrap().unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&kept), "new");
    assert_eq!(gateway.store().account("t", &own).await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn an_account_has_a_page_to_sign_in_at_only_if_a_person_has_to() {
    let gateway = testing::gateway().await;
    for auth in [AuthKind::AuthorizationCode, AuthKind::DeviceCode, AuthKind::ClientCredentials] {
        for state in [AccountState::Pending, AccountState::Connected, AccountState::NeedsSignIn] {
            let account = Account { auth, state, ..crate::store::test_account("acc_1") };
            let view = serde_json::to_value(AccountView::of(&gateway, account)).unwrap();
            let expected = auth != AuthKind::ClientCredentials && state != AccountState::Connected;
            assert_eq!(
                link_of(&gateway, &view),
                expected.then(|| json!({ "account": "acc_1" })),
                "{auth:?} {state:?}"
            );
            assert!(view.get("device").is_none());
        }
    }
}
