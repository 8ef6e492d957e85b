//! Accounts, and sign-ins that are under way.
use pretty_assertions::assert_eq;
use secrecy::ExposeSecret as _;

use super::*;
use crate::store::secrets::CLIENT_SECRET;

#[test]
fn the_texts_of_kinds_and_states_are_those_of_json() {
    for (kind, text) in [
        (AuthKind::ClientCredentials, "client_credentials"),
        (AuthKind::AuthorizationCode, "authorization_code"),
        (AuthKind::DeviceCode, "device_code"),
    ] {
        assert_eq!((kind.name(), serde_json::to_value(kind).unwrap()), (text, text.into()));
    }
    for (state, text) in [
        (AccountState::Pending, "pending"),
        (AccountState::Connected, "connected"),
        (AccountState::NeedsSignIn, "needs_sign_in"),
    ] {
        assert_eq!((state.name(), serde_json::to_value(state).unwrap()), (text, text.into()));
    }
}

#[tokio::test]
async fn an_account_is_read_as_it_was_made() {
    let store = store().await;
    for (auth, entra_tenant, secret) in [
        (AuthKind::ClientCredentials, None, Some("hidden")),
        (AuthKind::AuthorizationCode, Some("contoso.com"), None),
        (AuthKind::DeviceCode, Some("1"), None),
    ] {
        let new = NewAccount {
            auth,
            entra_tenant: entra_tenant.map(str::to_owned),
            secret: secret.map(SecretString::from),
            ..new_account("Contoso")
        };
        let made = store.create_account(new, at(5)).await.unwrap();
        let expected = Account {
            id: made.id.clone(),
            tenant: "t".to_owned(),
            name: "Contoso".to_owned(),
            org_url: "https://contoso.crm4.dynamics.com/".to_owned(),
            auth,
            application: "app".to_owned(),
            entra_tenant: entra_tenant.map(str::to_owned),
            user_key: None,
            state: AccountState::Pending,
            reason: None,
            version: 1,
            created_at: at(5),
            updated_at: at(5),
        };
        assert_eq!(made, expected);
        assert_eq!(store.account("t", &made.id).await.unwrap(), Some(expected.clone()));
        assert_eq!(store.account("u", &made.id).await.unwrap(), None);
        assert_eq!(store.account_of_any_tenant(&made.id).await.unwrap(), Some(expected));
        let kept = store.client_secret(&made.id).await.unwrap();
        assert_eq!(kept.as_ref().map(SecretString::expose_secret), secret);
    }
    assert_eq!(store.account_of_any_tenant("acc_0").await.unwrap(), None);
    for column in ["auth", "state"] {
        assert_eq!(store.change(&format!("UPDATE accounts SET {column} = 'new'")).await, 3);
        let kind = if column == "auth" { "AuthKind" } else { "AccountState" };
        let error = store.list_accounts("t", "", 10).await.unwrap_err().to_string();
        assert_eq!(error, format!("the database of the gateway: a column has an unknown {kind}"));
        store.change("UPDATE accounts SET auth = 'device_code'").await;
    }
}

#[tokio::test]
async fn accounts_are_listed_in_pages_found_by_name_and_counted() {
    let store = store().await;
    let mut ids = Vec::new();
    for name in ["Contoso", "Contoso", "Fabrikam"] {
        ids.push(store.create_account(new_account(name), at(1)).await.unwrap().id);
    }
    let other = NewAccount { tenant: "u".to_owned(), ..new_account("Contoso") };
    store.create_account(other, at(1)).await.unwrap();
    let mut sorted = ids.clone();
    sorted.sort();
    let listed = async |after: &str, limit: u32| -> Vec<String> {
        let found = store.list_accounts("t", after, limit).await.unwrap();
        found.into_iter().map(|account| account.id).collect()
    };
    assert_eq!(listed("", 10).await, sorted);
    assert_eq!(listed("", 2).await, sorted[..2]);
    assert_eq!(listed(&sorted[0], 10).await, sorted[1..]);
    assert_eq!(listed(&sorted[2], 10).await, [""; 0]);
    let mut named = vec![ids[0].clone(), ids[1].clone()];
    named.sort();
    let found = store.accounts_named("t", "Contoso").await.unwrap();
    assert_eq!(found.into_iter().map(|account| account.id).collect::<Vec<_>>(), named);
    assert_eq!(store.accounts_named("t", "contoso").await.unwrap(), []);
    store.set_connected(&ids[0], None, at(2)).await.unwrap();
    let mut counts = store.count_accounts().await.unwrap();
    counts.sort_by_key(|(state, _)| state.name());
    assert_eq!(counts, [(AccountState::Connected, 1), (AccountState::Pending, 3)]);
}

#[tokio::test]
async fn each_change_of_an_account_has_its_state_version_and_time() {
    let store = store().await;
    let made = store.create_account(new_account("Contoso"), at(1)).await.unwrap();
    let read = async || store.account("t", &made.id).await.unwrap().unwrap();
    store.set_connected(&made.id, Some("u.t"), at(2)).await.unwrap();
    let connected = Account {
        state: AccountState::Connected,
        user_key: Some("u.t".to_owned()),
        version: 2,
        updated_at: at(2),
        ..made.clone()
    };
    assert_eq!(read().await, connected);
    let event = NewEvent::new("t", &made.id, "x", &serde_json::json!({}), at(3));
    assert!(!store.set_needs_sign_in(&made, "old", &event, at(3)).await.unwrap(), "it is another version");
    assert_eq!(read().await, connected);
    assert!(store.set_needs_sign_in(&connected, "expired", &event, at(4)).await.unwrap());
    let flagged = Account {
        state: AccountState::NeedsSignIn,
        reason: Some("expired".to_owned()),
        updated_at: at(4),
        ..connected.clone()
    };
    assert_eq!(read().await, flagged);
    assert!(!store.set_needs_sign_in(&flagged, "again", &event, at(5)).await.unwrap());
    assert_eq!(read().await, flagged);
    store.set_client_secret(&made.id, &SecretString::from("new"), at(6)).await.unwrap();
    assert_eq!(read().await, Account { version: 3, updated_at: at(6), ..flagged.clone() });
    store.set_connected(&made.id, None, at(7)).await.unwrap();
    let again = Account { user_key: None, version: 4, updated_at: at(7), ..connected };
    assert_eq!(read().await, again);
    let secret = store.client_secret(&made.id).await.unwrap().unwrap();
    assert_eq!(secret.expose_secret(), "new");
    store.set_client_secret("acc_0", &SecretString::from("x"), at(8)).await.unwrap_err();
}

#[tokio::test]
async fn an_account_that_is_removed_leaves_nothing_behind() {
    let store = store().await;
    let account = connected(&store).await;
    store.put_secret(&account.id, CLIENT_SECRET, &SecretString::from("x"), at(1)).await.unwrap();
    store.ensure_job(&account.id, JobKind::Schema, "", at(1)).await.unwrap();
    store.begin_idempotent("t", &account.id, "key", b"1", at(1)).await.unwrap();
    store.begin_idempotent("t", "acc_other", "key", b"1", at(1)).await.unwrap();
    store.begin_sign_in(&account.id, "s", b"p", at(1)).await.unwrap();
    assert!(!store.delete_account("u", &account.id).await.unwrap());
    let counts = async || {
        let sql = "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM secrets), (SELECT count(*) FROM jobs),
                   (SELECT count(*) FROM sign_ins), (SELECT count(*) FROM idempotency)";
        let row = store.first(sql).await.unwrap();
        (0..5).map(|column| row.int(column).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(counts().await, [1, 1, 1, 1, 2]);
    assert!(store.delete_account("t", &account.id).await.unwrap());
    assert_eq!(counts().await, [0, 0, 0, 0, 1]);
    assert!(!store.delete_account("t", &account.id).await.unwrap());
}

#[tokio::test]
async fn a_sign_in_is_taken_before_it_expires_and_is_gone_then() {
    let store = store().await;
    let account = connected(&store).await;
    let later = Timestamp::now().as_millisecond() + 3_600_000;
    for (state, millis, is_in_time) in
        [("s1", later - 1, true), ("s2", later, false), ("s3", later + 1, false)]
    {
        store.begin_sign_in(&account.id, state, b"pending", at(later)).await.unwrap();
        let taken = store.take_sign_in(state, at(millis)).await.unwrap();
        assert_eq!(taken.is_some(), is_in_time, "{state}");
        if let Some((of, pending)) = taken {
            assert_eq!((of, pending.expose_secret()), (account.clone(), "pending"));
        }
        assert!(store.take_sign_in(state, at(0)).await.unwrap().is_none(), "{state}: it was taken");
    }
    // One that nobody has completed in time is removed when the next one begins.
    store.begin_sign_in(&account.id, "old", b"pending", at(1)).await.unwrap();
    store.begin_sign_in(&account.id, "new", b"pending", at(later)).await.unwrap();
    assert!(store.take_sign_in("old", at(0)).await.unwrap().is_none());
    assert!(store.take_sign_in("new", at(0)).await.unwrap().is_some());
    // What is no text was not written by the store.
    store.begin_sign_in(&account.id, "bytes", &[0xff], at(later)).await.unwrap();
    let error = store.take_sign_in("bytes", at(0)).await.unwrap_err().to_string();
    assert_eq!(error, "the database of the gateway: a sign-in is not text");
}
