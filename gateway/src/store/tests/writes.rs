//! Writes with idempotency keys.
use pretty_assertions::assert_eq;

use super::*;
use crate::store::idempotency::place;

/// How long a response is kept, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

fn response(status: u16) -> StoredResponse {
    let headers = vec![("a".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())];
    StoredResponse { status, headers, body: b"row".to_vec() }
}

#[tokio::test]
async fn a_response_is_kept_for_a_day() {
    for (millis, completed, begun) in
        [(0, true, false), (DAY - 1, true, false), (DAY, false, true), (DAY + 1, false, true)]
    {
        let store = store().await;
        let begin = async |millis| store.begin_idempotent("t", "acc", "key", b"1", at(millis)).await.unwrap();
        assert_eq!(begin(0).await, IdempotentRequest::New);
        store.complete_idempotent("acc", "key", &response(201)).await.unwrap();
        assert_eq!(store.purge_idempotent(at(millis)).await.unwrap(), u64::from(begun), "{millis}");
        let expected =
            if completed { IdempotentRequest::Completed(response(201)) } else { IdempotentRequest::New };
        assert_eq!(begin(millis).await, expected, "{millis}");
        // The one that begins removes what has expired, too.
        store.complete_idempotent("acc", "key", &response(201)).await.unwrap();
        assert_eq!(begin(3 * DAY).await, IdempotentRequest::New);
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_account_and_tenant() {
    let store = store().await;
    let begin = async |tenant: &str, account: &str, key: &str, request: &[u8]| {
        store.begin_idempotent(tenant, account, key, request, at(0)).await.unwrap()
    };
    assert_eq!(begin("t", "acc", "key", b"1").await, IdempotentRequest::New);
    assert_eq!(begin("t", "acc", "key", b"1").await, IdempotentRequest::Unfinished);
    assert_eq!(begin("t", "acc", "key", b"2").await, IdempotentRequest::Other);
    assert_eq!(
        begin("u", "acc", "key", b"1").await,
        IdempotentRequest::Unfinished,
        "nothing is told of others"
    );
    assert_eq!(begin("t", "acc_2", "key", b"2").await, IdempotentRequest::New);
    assert_eq!(begin("t", "acc", "key_2", b"2").await, IdempotentRequest::New);
    store.complete_idempotent("acc", "key", &response(204)).await.unwrap();
    for (account, key) in [("acc_2", "key"), ("acc", "key_2")] {
        assert_eq!(begin("t", account, key, b"2").await, IdempotentRequest::Unfinished, "{account} {key}");
    }
    // One that certainly had no effect is forgotten, and one that has a response is not.
    for (account, key, request, expected) in [
        ("acc", "key", b"1", IdempotentRequest::Completed(response(204))),
        ("acc", "key_2", b"9", IdempotentRequest::New),
    ] {
        store.abandon_idempotent(account, key).await.unwrap();
        assert_eq!(begin("t", account, key, request).await, expected, "{key}");
    }
    assert_eq!(begin("t", "acc_2", "key", b"2").await, IdempotentRequest::Unfinished);
}

#[tokio::test]
async fn a_response_is_encrypted_for_its_account_and_key() {
    assert_eq!(place("acc", "key"), "idempotency/acc/key");
    let store = store().await;
    for key in ["a", "b"] {
        store.begin_idempotent("t", "acc", key, b"1", at(0)).await.unwrap();
        store.complete_idempotent("acc", key, &response(200)).await.unwrap();
    }
    // A status that no response can have is one of a gateway that failed.
    store.change("UPDATE idempotency SET status = 70000 WHERE key = 'a'").await;
    let begin = async |key: &str| store.begin_idempotent("t", "acc", key, b"1", at(0)).await;
    assert_eq!(begin("a").await.unwrap(), IdempotentRequest::Completed(response(500)));
    store.change("UPDATE idempotency SET sealed = (SELECT sealed FROM idempotency WHERE key = 'a')").await;
    let error = begin("b").await.unwrap_err();
    assert!(matches!(&error, StoreError::Key(KeyError::Changed(key)) if key == "k1"), "{error:?}");
    assert!(matches!(begin("a").await, Ok(IdempotentRequest::Completed(_))));
}
