//! Tests of the clients of accounts.
use dvkit_client::{Error, ErrorKind as Kind};
use pretty_assertions::assert_eq;
use secrecy::ExposeSecret as _;

use super::*;
use crate::store::{JobKind, Scope};
use crate::testing;

/// Returns the connections of a gateway that keep at most this many clients.
fn connections(gateway: &Gateway, max_clients: usize) -> Connections {
    Connections { max_clients, ..Connections::new(gateway.settings(), HashMap::new()).unwrap() }
}

/// The accounts whose clients are kept, with the versions for which they were made.
fn kept(connections: &Connections) -> Vec<(String, i64)> {
    let clients = connections.clients();
    let mut kept: Vec<_> = clients.by_account.iter().map(|(id, entry)| (id.clone(), entry.version)).collect();
    kept.sort();
    kept
}

/// Makes an account with a secret of its own, in a state that is not that of the store.
async fn with_secret(gateway: &Gateway, number: usize) -> Account {
    let account = testing::account(gateway, AuthKind::ClientCredentials).await;
    let secret = SecretString::from(format!("secret {number}"));
    gateway.store().set_client_secret(&account.id, &secret, gateway.now()).await.unwrap();
    Account { state: AccountState::Connected, version: 5, ..account }
}

#[tokio::test]
async fn the_client_that_was_not_used_for_the_longest_time_is_dropped() {
    let gateway = testing::gateway().await;
    let connections = connections(&gateway, 2);
    let mut accounts = Vec::new();
    for number in 0..3 {
        accounts.push(with_secret(&gateway, number).await);
    }
    let [one, two, three] = accounts.as_slice() else { panic!("three") };
    let sorted = |accounts: &[(&Account, i64)]| {
        let mut kept: Vec<_> =
            accounts.iter().map(|(account, version)| (account.id.clone(), *version)).collect();
        kept.sort();
        kept
    };
    connections.client(&gateway, one).await.unwrap();
    assert_eq!(kept(&connections), sorted(&[(one, 5)]));
    connections.client(&gateway, two).await.unwrap();
    assert_eq!(kept(&connections), sorted(&[(one, 5), (two, 5)]));
    connections.client(&gateway, one).await.unwrap();
    connections.client(&gateway, three).await.unwrap();
    assert_eq!(kept(&connections), sorted(&[(one, 5), (three, 5)]), "the first one was used since");
    // One that has signed in anew has another client, in the place of its own.
    let newer = Account { version: 6, ..one.clone() };
    connections.client(&gateway, &newer).await.unwrap();
    assert_eq!(kept(&connections), sorted(&[(one, 6), (three, 5)]));
    connections.client(&gateway, two).await.unwrap();
    assert_eq!(kept(&connections), sorted(&[(one, 6), (two, 5)]));
    assert_eq!(format!("{connections:?}"), "Connections { clients: 2, .. }");
    connections.forget(&two.id);
    connections.forget("acc_0");
    assert_eq!(kept(&connections), sorted(&[(one, 6)]));
    assert_eq!(MAX_CLIENTS, Connections::new(gateway.settings(), HashMap::new()).unwrap().max_clients);
}

#[tokio::test]
async fn a_client_is_one_of_its_organisation() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let client = gateway.connections().client(&gateway, &account).await.unwrap();
    assert_eq!(client.org_url().as_str(), "https://contoso.crm4.dynamics.com/");
    let wrong = Account { org_url: "no url".to_owned(), version: 9, ..account };
    let error = gateway.connections().client(&gateway, &wrong).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.code()), (400, "bad_request"));
}

#[tokio::test]
async fn the_secret_of_an_account_is_its_own_or_the_one_of_its_application() {
    let gateway = testing::gateway().await;
    let account = testing::account(&gateway, AuthKind::ClientCredentials).await;
    let secret = async |account: &Account| {
        let found = gateway.connections().secret(&gateway, account).await.unwrap();
        found.map(|secret| secret.expose_secret().to_owned())
    };
    assert_eq!(secret(&account).await.as_deref(), Some("planted-secret"));
    let other = Account { id: "acc_0".to_owned(), application: "other".to_owned(), ..account.clone() };
    assert_eq!(secret(&other).await, None);
    gateway.store().set_client_secret(&account.id, &SecretString::from("own"), gateway.now()).await.unwrap();
    assert_eq!(secret(&account).await.as_deref(), Some("own"));
    let (application, secret) = gateway.connections().application("default").unwrap();
    assert_eq!((application.client_id.as_str(), secret.is_some()), (testing::CLIENT_ID, true));
    assert!(gateway.connections().application("other").is_none());
}

#[tokio::test]
async fn the_credentials_of_an_account_are_those_of_its_kind_and_tenant() {
    let gateway = testing::gateway().await;
    let user = "00000000-0000-0000-0000-000000000001.00000000-0000-0000-0000-000000000002";
    for (auth, user_key, tenant, application, expected) in [
        (AuthKind::ClientCredentials, None, None, testing::CLIENT_ID, Ok(("client credentials", None))),
        (
            AuthKind::ClientCredentials,
            None,
            Some("a.com"),
            testing::CLIENT_ID,
            Ok(("client credentials", Some("a.com"))),
        ),
        (AuthKind::ClientCredentials, None, None, "other", Err((409, "no_secret"))),
        (AuthKind::AuthorizationCode, None, None, testing::CLIENT_ID, Err((409, "account_needs_sign_in"))),
        (
            AuthKind::AuthorizationCode,
            Some("x"),
            None,
            testing::CLIENT_ID,
            Err((409, "account_needs_sign_in")),
        ),
        (AuthKind::DeviceCode, None, None, testing::CLIENT_ID, Ok(("refresh token", None))),
        (AuthKind::DeviceCode, None, Some("a.com"), "other", Ok(("refresh token", Some("a.com")))),
    ] {
        let account = Account {
            auth,
            user_key: user_key.map(str::to_owned),
            entra_tenant: tenant.map(str::to_owned),
            application: application.to_owned(),
            ..crate::store::test_account("acc_1")
        };
        let found = gateway.connections().credentials(&gateway, &account).await;
        let found = found.map(|credentials| format!("{credentials:?}"));
        let found = found.map_err(|error| (error.status().as_u16(), error.code()));
        match (found, expected) {
            (Ok(text), Ok((grant, tenant))) => {
                assert!(text.ends_with(&format!("grant: {grant:?}, .. }}")), "{text}");
                assert!(text.contains(&format!("client_id: {application:?}")), "{text}");
                let told = tenant.map_or("tenant: None".to_owned(), |tenant| format!("{tenant:?}"));
                assert!(text.contains(&told), "{auth:?} {tenant:?}: {text}");
            }
            (found, expected) => assert_eq!(found.err(), expected.err(), "{auth:?} {user_key:?}"),
        }
    }
    // A person who has signed in does so in the tenant that the key names.
    let account = Account {
        auth: AuthKind::AuthorizationCode,
        user_key: Some(user.to_owned()),
        entra_tenant: Some("a.com".to_owned()),
        ..crate::store::test_account("acc_1")
    };
    let text = format!("{:?}", gateway.connections().credentials(&gateway, &account).await.unwrap());
    assert!(text.contains("grant: \"stored sign-in\"") && !text.contains("a.com"), "{text}");
}

#[tokio::test]
async fn whoever_uses_an_account_without_a_sign_in_is_told_why_and_where_to_sign_in() {
    let gateway = testing::gateway().await;
    let account = crate::store::test_account("acc_1");
    for (state, reason, message) in [
        (AccountState::Pending, None, "nobody has signed in to this account yet"),
        (AccountState::Pending, Some("x"), "somebody has to sign in again: x"),
        (AccountState::NeedsSignIn, None, "somebody has to sign in again"),
        (AccountState::NeedsSignIn, Some("expired"), "somebody has to sign in again: expired"),
    ] {
        let account = Account { state, reason: reason.map(str::to_owned), ..account.clone() };
        for error in [
            gateway.sign_in_required(&account),
            gateway.connections().client(&gateway, &account).await.unwrap_err(),
        ] {
            assert_eq!((error.status().as_u16(), error.code()), (409, "account_needs_sign_in"));
            assert_eq!(error.message(), message);
            let expected = ApiError::new(StatusCode::CONFLICT, "account_needs_sign_in", message)
                .with("account_id", "acc_1")
                .with("sign_in_url", gateway.sign_in_url(&account).as_str());
            assert_eq!(format!("{error:?}"), format!("{expected:?}"));
        }
    }
}

#[tokio::test]
async fn an_account_that_gets_no_token_any_more_is_flagged_and_others_are_not() {
    let (gateway, mut flagged) = (testing::gateway().await, 0);
    for (auth, kind, transient, is_flagged, code) in [
        (AuthKind::ClientCredentials, Kind::NeedsSignIn, false, true, "account_needs_sign_in"),
        (AuthKind::DeviceCode, Kind::NeedsSignIn, false, true, "account_needs_sign_in"),
        (AuthKind::DeviceCode, Kind::NeedsSignIn, true, true, "account_needs_sign_in"),
        // Without a code it is not known whether the service has refused the secret.
        (AuthKind::ClientCredentials, Kind::SignIn, false, false, "sign_in_failed"),
        (AuthKind::ClientCredentials, Kind::SignIn, true, false, "sign_in_unavailable"),
        (AuthKind::ClientCredentials, Kind::Throttled, true, false, "throttled"),
        (AuthKind::ClientCredentials, Kind::NotFound, false, false, "unexpected_response"),
    ] {
        let account = testing::account(&gateway, auth).await;
        flagged += u8::from(is_flagged);
        let error = Error::new(kind, "why").with_transient(transient);
        let told = gateway.request_failed(&account, &error).await;
        assert_eq!(told.code(), code, "{auth:?} {kind:?}");
        let now = gateway.store().account("t", &account.id).await.unwrap().unwrap();
        let expected = if is_flagged { AccountState::NeedsSignIn } else { AccountState::Pending };
        assert_eq!(now.state, expected, "{auth:?} {kind:?}");
        assert_eq!(now.reason.as_deref(), is_flagged.then_some("why"), "{auth:?} {kind:?}");
        let message = if is_flagged { "somebody has to sign in again: why" } else { "why" };
        assert_eq!(told.message(), message, "{auth:?} {kind:?}");
        let metrics = gateway.metrics_text().await.unwrap();
        let counted = format!("dvkit_gateway_accounts_flagged_total {flagged}\n");
        assert!(metrics.contains(&counted), "{counted} in {metrics}");
    }
}

#[tokio::test]
async fn an_account_that_is_connected_has_the_jobs_of_its_kind() {
    let gateway = testing::gateway().await;
    for (auth, has_renewal) in [
        (AuthKind::ClientCredentials, false),
        (AuthKind::AuthorizationCode, true),
        (AuthKind::DeviceCode, true),
    ] {
        let account = testing::account(&gateway, auth).await;
        let before = Account { state: AccountState::Connected, ..account.clone() };
        if auth != AuthKind::AuthorizationCode {
            gateway.connections().client(&gateway, &before).await.unwrap();
        }
        gateway.connected(&account, Some("u.t")).await.unwrap();
        assert_eq!(kept(gateway.connections()), [], "{auth:?}: the client of before is dropped");
        let now = gateway.store().account("t", &account.id).await.unwrap().unwrap();
        assert_eq!((now.state, now.user_key.as_deref()), (AccountState::Connected, Some("u.t")));
        let claimed = async |kind, seconds| {
            let at = Timestamp::from_second(seconds).unwrap();
            gateway.store().claim_jobs(kind, at, 10).await.unwrap().len()
        };
        assert_eq!(claimed(JobKind::Schema, 0).await, 1, "{auth:?}");
        let hours = 12 * 60 * 60;
        assert_eq!(claimed(JobKind::Renewal, hours - 1).await, 0, "{auth:?}");
        assert_eq!(claimed(JobKind::Renewal, hours).await, usize::from(has_renewal), "{auth:?}");
        assert_eq!(claimed(JobKind::Changes, i64::from(u32::MAX)).await, 0, "{auth:?}");
        gateway.store().delete_account("t", &account.id).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_that_is_disconnected_has_no_client() {
    use axum::extract::{Path, State};
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    gateway.connections().client(&gateway, &account).await.unwrap();
    assert_eq!(kept(gateway.connections()).len(), 1);
    let remove = async |scopes: &[Scope], id: &str| {
        let caller = testing::caller(scopes);
        let removed = super::super::disconnect(State(gateway.clone()), caller, Path(id.to_owned())).await;
        removed.map_err(|error| (error.status().as_u16(), error.code()))
    };
    assert_eq!(remove(&[Scope::AccountsRead], &account.id).await, Err((403, "missing_scope")));
    assert_eq!(remove(&[Scope::AccountsWrite], "acc_0").await, Err((404, "not_found")));
    assert_eq!(kept(gateway.connections()).len(), 1);
    assert_eq!(remove(&[Scope::AccountsWrite], &account.id).await, Ok(StatusCode::NO_CONTENT));
    assert_eq!(kept(gateway.connections()), []);
    assert_eq!(remove(&[Scope::AccountsWrite], &account.id).await, Err((404, "not_found")));
}
