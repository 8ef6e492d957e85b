//! Secrets, the tokens of accounts, and snapshots.
use dvkit_client::auth::TokenStore as _;
use pretty_assertions::assert_eq;
use secrecy::ExposeSecret as _;

use super::*;

fn text(secret: &str) -> SecretString {
    SecretString::from(secret)
}

/// The text and the version of a secret.
async fn kept(store: &Store, account: &Account) -> Option<(String, i64)> {
    let found = store.secret(&account.id, "token").await.unwrap();
    found.map(|(secret, version)| (secret.expose_secret().to_owned(), version))
}

#[test]
fn everything_that_is_encrypted_has_a_place_of_its_own() {
    assert_eq!(super::super::secrets::place("acc_1", "token"), "secrets/acc_1/token");
    assert_eq!(super::super::webhooks::place("wh_1"), "webhooks/wh_1");
}

#[tokio::test]
async fn a_secret_is_replaced_and_removed_by_its_version() {
    let store = store().await;
    let account = connected(&store).await;
    let replace = async |expected, secret: &str| {
        store.replace_secret(&account.id, "token", expected, &text(secret), at(1)).await.unwrap()
    };
    let remove = async |expected| store.remove_secret(&account.id, "token", expected).await.unwrap();
    let some = |secret: &str, version| Some((secret.to_owned(), version));
    assert_eq!(kept(&store, &account).await, None);
    assert!(!replace(Some(1), "0").await && !remove(None).await && !remove(Some(1)).await);
    assert!(replace(None, "1").await);
    assert_eq!(kept(&store, &account).await, some("1", 1));
    assert!(!replace(None, "2").await && !replace(Some(0), "2").await && !replace(Some(2), "2").await);
    assert_eq!(kept(&store, &account).await, some("1", 1));
    assert!(replace(Some(1), "2").await);
    assert_eq!(kept(&store, &account).await, some("2", 2));
    store.put_secret(&account.id, "token", &text("3"), at(2)).await.unwrap();
    assert_eq!(kept(&store, &account).await, some("3", 3));
    assert!(!remove(Some(2)).await && remove(Some(3)).await);
    assert_eq!(kept(&store, &account).await, None);
    store.put_secret(&account.id, "token", &text("4"), at(3)).await.unwrap();
    assert_eq!(kept(&store, &account).await, some("4", 1));
    assert!(remove(None).await);
    assert_eq!(kept(&store, &account).await, None);
}

#[tokio::test]
async fn a_secret_that_was_moved_or_is_no_text_is_refused() {
    let store = store().await;
    let account = connected(&store).await;
    store.put_secret(&account.id, "token", &text("1"), at(1)).await.unwrap();
    store.put_secret(&account.id, "other", &text("2"), at(1)).await.unwrap();
    store.change("UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'other')").await;
    let error = store.secret(&account.id, "token").await.unwrap_err();
    assert!(matches!(&error, StoreError::Key(KeyError::Changed(key)) if key == "k1"), "{error:?}");
    let sealed = store.keys.seal(&format!("secrets/{}/token", account.id), &[0xff]);
    let sql = "UPDATE secrets SET sealed = $1 WHERE name = 'token'";
    store.execute(sql, vec![sealed.bytes.into()]).await.unwrap();
    let error = store.secret(&account.id, "token").await.unwrap_err().to_string();
    assert_eq!(error, "the database of the gateway: a secret is not text");
    let error = store.tokens(&account.id).load("x").await.unwrap();
    assert!(error.is_none());
}

#[tokio::test]
async fn the_tokens_of_an_account_are_compared_before_they_are_replaced() {
    let store = store().await;
    let account = connected(&store).await;
    let tokens = store.tokens(&account.id);
    let load = async || tokens.load("k").await.unwrap().map(|token| token.expose_secret().to_owned());
    assert!(!tokens.replace("k", Some(&text("0")), &text("1")).await.unwrap());
    assert!(!tokens.remove_if("k", &text("0")).await.unwrap());
    assert!(tokens.replace("k", None, &text("1")).await.unwrap());
    assert!(!tokens.replace("k", None, &text("2")).await.unwrap());
    assert!(!tokens.replace("k", Some(&text("0")), &text("2")).await.unwrap());
    assert!(!tokens.remove_if("k", &text("0")).await.unwrap());
    assert_eq!(load().await.as_deref(), Some("1"));
    assert!(tokens.replace("k", Some(&text("1")), &text("2")).await.unwrap());
    assert_eq!(load().await.as_deref(), Some("2"));
    // The name of the secret has the key, so that each has a token of its own.
    assert!(tokens.load("l").await.unwrap().is_none());
    assert!(store.secret(&account.id, "refresh_token k").await.unwrap().is_some());
    // A person who signs in anew does not use the token that is there, and replaces it.
    let anew = store.tokens_of_new_sign_in(&account.id);
    assert!(anew.load("k").await.unwrap().is_none());
    anew.save("k", &text("3")).await.unwrap();
    assert_eq!(load().await.as_deref(), Some("3"));
    assert!(tokens.remove_if("k", &text("3")).await.unwrap());
    assert_eq!(load().await, None);
    tokens.save("k", &text("4")).await.unwrap();
    tokens.remove("k").await.unwrap();
    assert_eq!(load().await, None);
}

#[tokio::test]
async fn a_token_that_cannot_be_read_is_an_error_of_the_sign_in() {
    let store = store().await;
    let account = connected(&store).await;
    let tokens = store.tokens(&account.id);
    tokens.save("k", &text("1")).await.unwrap();
    let error = store.with_keys(&[K2]).tokens(&account.id).load("k").await.unwrap_err();
    assert_eq!(error.kind(), dvkit_client::ErrorKind::SignIn);
    assert_eq!((error.message(), error.is_transient()), ("the gateway's store of tokens failed", false));
    assert!(tokens.lock("k").await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_encrypted_anew_is_counted_once() {
    let old = store().await;
    let (both, new) = (old.with_keys(&[K2, K1]), old.with_keys(&[K2]));
    let account = connected(&old).await;
    old.put_secret(&account.id, "token", &text("1"), at(1)).await.unwrap();
    old.put_secret(&account.id, "other", &text("2"), at(1)).await.unwrap();
    old.create_webhook(super::events::webhook(&[]), at(1)).await.unwrap();
    assert_eq!(old.rotate().await.unwrap(), 0);
    assert!(new.rotate().await.is_err());
    assert_eq!(both.rotate().await.unwrap(), 3);
    assert_eq!(both.rotate().await.unwrap(), 0);
    assert_eq!(kept(&new, &account).await, Some(("1".to_owned(), 1)), "the version stays");
    let left = "SELECT (SELECT count(*) FROM secrets WHERE key_id <> 'k2') + (SELECT count(*) FROM webhooks WHERE key_id <> 'k2')";
    assert_eq!(old.first(left).await.unwrap().int(0).unwrap(), 0);
    // A process that still has the older key as its current one encrypts with it again.
    old.with_keys(&[K1, K2]).put_secret(&account.id, "token", &text("3"), at(2)).await.unwrap();
    assert_eq!(both.rotate().await.unwrap(), 1);
    assert_eq!(kept(&new, &account).await, Some(("3".to_owned(), 2)));
}

#[tokio::test]
async fn a_snapshot_is_replaced_as_a_whole() {
    let store = store().await;
    let account = connected(&store).await;
    assert_eq!(store.snapshot_digest(&account.id).await.unwrap(), None);
    let files = |text: &str| SnapshotFiles::from([("org.json".to_owned(), text.repeat(1_000))]);
    let drift = serde_json::json!({ "breaking": 1 });
    for snapshot in [
        Snapshot::new("a".to_owned(), files("{}"), None, at(1), at(2)),
        Snapshot::new("b".to_owned(), files("[]"), Some(drift), at(3), at(4)),
        Snapshot::new("c".to_owned(), SnapshotFiles::new(), None, at(5), at(6)),
    ] {
        store.put_snapshot(&account.id, &snapshot).await.unwrap();
        assert_eq!(store.snapshot_digest(&account.id).await.unwrap().as_ref(), Some(&snapshot.digest));
        assert_eq!(store.snapshot(&account.id).await.unwrap(), Some(snapshot));
    }
    store.change("UPDATE snapshots SET body = X'00'").await;
    let error = store.snapshot(&account.id).await.unwrap_err().to_string();
    assert_eq!(error, "the database of the gateway: a snapshot cannot be decompressed");
}
