//! API keys.
use pretty_assertions::assert_eq;
use secrecy::ExposeSecret as _;

use super::*;

fn new_key(tenant: &str, expires_at: Option<Timestamp>) -> NewApiKey {
    NewApiKey {
        tenant: tenant.to_owned(),
        name: "backend".to_owned(),
        scopes: vec![Scope::ProxyRead, Scope::SchemaRead],
        accounts: Some(vec!["acc_1".to_owned()]),
        expires_at,
    }
}

#[tokio::test]
async fn a_key_is_listed_as_it_was_made_and_the_oldest_comes_first() {
    let store = store().await;
    let (second, text) = store.create_key(new_key("a", Some(at(9_000))), at(2_000)).await.unwrap();
    let (first, _) = store
        .create_key(NewApiKey { accounts: None, scopes: Vec::new(), ..new_key("a", None) }, at(1_000))
        .await
        .unwrap();
    let (other, _) = store.create_key(new_key("b", None), at(3_000)).await.unwrap();
    let expected = ApiKey {
        id: second.id.clone(),
        tenant: "a".to_owned(),
        name: "backend".to_owned(),
        scopes: vec![Scope::ProxyRead, Scope::SchemaRead],
        accounts: Some(vec!["acc_1".to_owned()]),
        created_at: at(2_000),
        expires_at: Some(at(9_000)),
        revoked_at: None,
    };
    assert_eq!(second, expected);
    assert_eq!((first.accounts.as_ref(), first.scopes.len(), first.expires_at), (None, 0, None));
    assert_eq!(store.list_keys(Some("a")).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(store.list_keys(Some("b")).await.unwrap(), std::slice::from_ref(&other));
    assert_eq!(store.list_keys(None).await.unwrap(), [first, second.clone(), other]);
    assert_eq!(store.list_keys(Some("c")).await.unwrap(), []);
    let parts: Vec<&str> = text.expose_secret().splitn(3, '_').collect();
    assert_eq!((parts[0], parts[1], parts[2].len()), ("dvk", second.id.as_str(), 43));
    assert_eq!(second.id.len(), 32);
}

#[tokio::test]
async fn a_key_is_good_until_the_time_at_which_it_expires_and_revoked_once() {
    let store = store().await;
    let (key, text) = store.create_key(new_key("a", Some(at(1_000))), at(0)).await.unwrap();
    for (millis, is_good) in [(0, true), (999, true), (1_000, false), (1_001, false)] {
        let found = store.authenticate(&text, at(millis)).await.unwrap();
        assert_eq!(found, is_good.then(|| key.clone()), "{millis}");
    }
    assert!(!store.revoke_key("0123456789abcdef0123456789abcdef", at(5)).await.unwrap());
    assert!(store.revoke_key(&key.id, at(5)).await.unwrap());
    assert!(!store.revoke_key(&key.id, at(6)).await.unwrap());
    let revoked = ApiKey { revoked_at: Some(at(5)), ..key };
    assert_eq!(store.list_keys(None).await.unwrap(), [revoked]);
    assert_eq!(store.authenticate(&text, at(0)).await.unwrap(), None);
}

/// The form of the text is looked at before the database: what is in there under such an id is not found.
#[tokio::test]
async fn a_text_that_has_not_the_form_of_a_key_is_none_whatever_the_database_has() {
    let store = store().await;
    let (key, _) = store.create_key(new_key("a", None), at(0)).await.unwrap();
    let hex = "0123456789abcdefABCDEF0123456789";
    for (id, length, is_key) in [
        (hex, 43, true),
        (hex, 128, true),
        (hex, 129, false),
        (hex, 1, true),
        (&hex[1..], 43, false),
        (&format!("{hex}0"), 43, false),
        ("", 43, false),
        ("g123456789abcdef0123456789abcdef", 43, false),
        ("0123456789abcdef-123456789abcdef", 43, false),
        ("0123456789abcdef0123456789abcdé", 43, false),
    ] {
        let secret = "s".repeat(length);
        let (hash_key, hash) = store.keys.hash(&secret);
        let sql = "UPDATE api_keys SET id = $1, hash = $2, hash_key = $3";
        let params = vec![id.into(), hash.into(), hash_key.into()];
        assert_eq!(store.execute(sql, params).await.unwrap(), 1);
        let found = |text: String| {
            let store = store.clone();
            async move { store.authenticate(&SecretString::from(text), at(0)).await.unwrap() }
        };
        let expected = is_key.then(|| ApiKey { id: id.to_owned(), ..key.clone() });
        assert_eq!(found(format!("dvk_{id}_{secret}")).await, expected, "{id} {length}");
        for prefix in ["dvx_", "DVK_", "_", ""] {
            assert_eq!(found(format!("{prefix}{id}_{secret}")).await, None, "{prefix}{id}");
        }
        assert_eq!(found(format!("dvk_{id}_{secret}_")).await, None, "{id}: a longer secret");
        assert_eq!(found(format!("dvk_{id}_{}", &secret[1..])).await, None, "{id}: a shorter secret");
    }
}

#[tokio::test]
async fn a_hash_with_an_older_key_is_renewed_when_the_key_is_used() {
    let old = store().await;
    let both = old.with_keys(&[K2, K1]);
    let (key, text) = old.create_key(new_key("a", Some(at(1_000))), at(0)).await.unwrap();
    let hash_key = async || old.first("SELECT hash_key FROM api_keys").await.unwrap().text(0).unwrap();
    assert_eq!(both.authenticate(&text, at(1_000)).await.unwrap(), None);
    assert_eq!(hash_key().await, "k1", "a key that has expired stays as it is");
    assert_eq!(both.authenticate(&text, at(1)).await.unwrap(), Some(key.clone()));
    assert_eq!(hash_key().await, "k2");
    assert_eq!(old.authenticate(&text, at(1)).await.unwrap(), None);
    assert_eq!(old.with_keys(&[K2]).authenticate(&text, at(1)).await.unwrap(), Some(key));
}

#[test]
fn the_scopes_are_told_to_whoever_names_another_one() {
    let error = "proxy".parse::<Scope>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`proxy` is not a scope; the scopes are unified.read, unified.write, proxy.read, proxy.write, \
         accounts.read, accounts.write, schema.read, webhooks.read, webhooks.write"
    );
}
