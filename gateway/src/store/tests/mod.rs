//! Tests of the store in memory: what each operation gives, and what it leaves in the database.
use jiff::Timestamp;
use secrecy::SecretString;

use super::*;

mod accounts;
mod events;
mod jobs;
mod keys;
mod leases;
mod secrets;
mod writes;

/// A key of a ring.
const K1: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
/// Another key of a ring.
const K2: &str = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

/// Returns the ring with these keys.
fn ring(keys: &[&str]) -> KeyRing {
    KeyRing::parse(&SecretString::from(keys.join("\n"))).unwrap()
}

/// Returns an empty store.
async fn store() -> Store {
    Store::new(Sqlite::in_memory().await.unwrap(), ring(&[K1]))
}

/// Returns the time so many milliseconds after 1970.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

/// Returns a new account of the tenant `t` that signs in as an application.
fn new_account(name: &str) -> NewAccount {
    NewAccount {
        tenant: "t".to_owned(),
        name: name.to_owned(),
        org_url: "https://contoso.crm4.dynamics.com/".to_owned(),
        auth: AuthKind::ClientCredentials,
        application: "app".to_owned(),
        secret: None,
        entra_tenant: None,
    }
}

/// Makes an account, and connects it.
async fn connected(store: &Store) -> Account {
    let account = store.create_account(new_account("Contoso"), at(1)).await.unwrap();
    store.set_connected(&account.id, None, at(2)).await.unwrap();
    store.account("t", &account.id).await.unwrap().unwrap()
}

impl Store {
    /// Returns the store as another process sees it.
    fn of_another_process(&self) -> Self {
        Self { process: "another".into(), ..self.clone() }
    }

    /// Returns the store with other keys.
    fn with_keys(&self, keys: &[&str]) -> Self {
        Self { keys: Arc::new(ring(keys)), ..self.clone() }
    }

    /// Changes the database behind the back of the store. Returns the number of rows.
    async fn change(&self, sql: &str) -> u64 {
        self.execute(sql, vec![]).await.unwrap()
    }

    /// Reads the first row of a result.
    async fn first(&self, sql: &str) -> Option<Row> {
        self.query_one(sql, vec![]).await.unwrap()
    }
}

#[test]
fn an_id_is_its_prefix_and_a_random_number() {
    for prefix in ["acc", "evt", "wh"] {
        let (one, other) = (new_id(prefix), new_id(prefix));
        assert_ne!(one, other);
        let (found, number) = one.split_once('_').unwrap();
        assert_eq!((found, number.len()), (prefix, 32));
        assert!(number.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{number}");
    }
}

#[test]
fn times_and_json_of_the_database_are_read_as_they_were_written() {
    for millis in [-1, 0, 1, 1_700_000_000_123] {
        assert_eq!(super::millis(at(millis)), Value::Int(millis));
        assert_eq!(time(millis).unwrap(), at(millis));
        assert_eq!(optional_time(Some(millis)).unwrap(), Some(at(millis)));
    }
    assert_eq!(optional_time(None).unwrap(), None);
    for wrong in [i64::MAX, i64::MIN] {
        let message = "the database of the gateway: a time is out of range";
        assert_eq!(time(wrong).unwrap_err().to_string(), message);
        assert_eq!(optional_time(Some(wrong)).unwrap_err().to_string(), message);
    }
    assert_eq!(to_json(&vec!["a", "b"]), r#"["a","b"]"#);
    assert_eq!(json::<Vec<String>>(r#"["a"]"#).unwrap(), ["a"]);
    let message = "the database of the gateway: a column has JSON of another form";
    for wrong in ["", "{}", "[1]"] {
        assert_eq!(json::<Vec<String>>(wrong).unwrap_err().to_string(), message, "{wrong}");
    }
}

#[test]
fn a_store_that_is_busy_may_succeed_later_and_one_that_is_broken_does_not() {
    let broken = StoreError::from(DatabaseError::corrupt("x"));
    assert_eq!(
        (broken.is_transient(), broken.to_string().as_str()),
        (false, "the database of the gateway: x")
    );
    assert!(StoreError::from(DatabaseError::busy_for_tests()).is_transient());
    assert!(!StoreError::from(KeyError::UnknownKey("k".to_owned())).is_transient());
}

#[tokio::test]
async fn a_store_is_opened_by_a_path_and_tells_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db").to_str().unwrap().to_owned();
    let one = Store::open(&path, 1, ring(&[K1])).await.unwrap();
    let other = Store::open(&format!("sqlite:{path}"), 1, ring(&[K1])).await.unwrap();
    one.create_account(new_account("Contoso"), at(1)).await.unwrap();
    assert_eq!(other.list_accounts("t", "", 10).await.unwrap().len(), 1, "it is the same file");
    assert_eq!((one.kind(), one.keys().current_id()), ("SQLite", "k1"));
    other.ping().await.unwrap();
    let (process, number) = one.process_name().split_once('-').unwrap();
    assert_eq!((process, number.len()), (std::process::id().to_string().as_str(), 16));
    assert_ne!(one.process_name(), other.process_name());
    assert_eq!(
        format!("{one:?}"),
        format!("Store {{ database: {:?}, keys: KeyRing([\"k1\"]), .. }}", one.database)
    );
    assert!(Store::open("/dev/null/gateway.db", 1, ring(&[K1])).await.is_err());
}
