//! Accounts and processes that share a store of refresh tokens, and a service that accepts each token once.
use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dvkit_client::auth::{
    Account, Audience, BoxFuture, Credentials, ExposeSecret, FileStore, MemoryStore, SecretString,
    SignInRequired, TokenStore,
};
use dvkit_client::{Error, ErrorKind, Result};
use pretty_assertions::assert_eq;

use crate::strict::{Application, Strict, TENANT, start};

const ROUNDS: usize = 1_000;

fn audience(url: &str) -> Audience {
    Audience::of(&url.parse().unwrap())
}

/// The account of ann, in a process of its own as far as the store is concerned.
fn account(url: &str, store: impl TokenStore) -> Account {
    let credentials = Credentials::refresh_token("app", "hunter2-seed").person("ann").store(store);
    credentials.account(url).unwrap().build()
}

fn key(url: &str) -> String {
    format!("{url}/{TENANT}/app/ann")
}

/// Renews the token of an account in every round.
async fn renew(account: &Account, url: &str, rounds: usize) {
    let audience = audience(url);
    for round in 0..rounds {
        let token = account.token(&audience).await.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        account.reject(&audience, &token);
    }
    assert!(!account.needs_sign_in());
    assert_eq!(account.tokens_fetched(), rounds as u64);
}

/// Checks that the only valid refresh token is in the store.
async fn assert_kept(service: &Strict, store: &dyn TokenStore, refreshes: usize) {
    let kept = store.load(&key(&service.url)).await.unwrap().expect("the store has a token");
    let state = service.state.lock().unwrap();
    assert_eq!(state.refresh.keys().collect::<Vec<_>>(), [kept.expose_secret()]);
    assert_eq!(state.refreshes, refreshes);
}

async fn seeded(revokes: bool) -> Arc<Strict> {
    let service = start(Application::Public).await;
    let mut state = service.state.lock().unwrap();
    state.refresh.insert("hunter2-seed".to_owned(), "ann".to_owned());
    state.revokes = revokes;
    drop(state);
    service
}

/// Two accounts race in two threads with a runtime each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_that_share_a_file_never_use_a_token_twice() {
    let service = seeded(true).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (url, store) = (service.url.clone(), FileStore::new(&path));
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(renew(&account(&url, store), &url, ROUNDS));
            })
        })
        .collect();
    for thread in threads {
        tokio::task::spawn_blocking(move || thread.join()).await.unwrap().unwrap();
    }
    assert_eq!(service.state.lock().unwrap().reused, 0);
    assert_kept(&service, &FileStore::new(&path), 2 * ROUNDS).await;
}

/// Accounts race in this process and in another one, which is this test again, as [`the_other_process`].
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_share_a_file_never_use_a_token_twice() {
    let service = seeded(true).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "shared_stores::the_other_process", "--nocapture"])
        .env("DVKIT_TEST_SERVICE", &service.url)
        .env("DVKIT_TEST_STORE", &path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    renew(&account(&service.url, FileStore::new(&path)), &service.url, ROUNDS).await;
    assert!(tokio::task::spawn_blocking(move || other.wait()).await.unwrap().unwrap().success());
    assert_eq!(service.state.lock().unwrap().reused, 0);
    assert_kept(&service, &FileStore::new(&path), 2 * ROUNDS).await;
}

/// The part of the other process in [`processes_that_share_a_file_never_use_a_token_twice`]. It does nothing
/// when it is run with all tests.
#[tokio::test]
async fn the_other_process() {
    let (Ok(url), Ok(path)) = (std::env::var("DVKIT_TEST_SERVICE"), std::env::var("DVKIT_TEST_STORE")) else {
        return;
    };
    renew(&account(&url, FileStore::new(path)), &url, ROUNDS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_that_share_a_store_in_memory_never_use_a_token_twice() {
    let service = seeded(true).await;
    let store = MemoryStore::default();
    let (one, two) = (account(&service.url, store.clone()), account(&service.url, Arc::new(store.clone())));
    tokio::join!(renew(&one, &service.url, ROUNDS), renew(&two, &service.url, ROUNDS));
    assert_eq!(service.state.lock().unwrap().reused, 0);
    assert_kept(&service, &store, 2 * ROUNDS).await;
}

/// A database without locks. Each statement takes its time, and the next one can fail.
#[derive(Clone, Default)]
struct Database(Arc<Rows>);

#[derive(Default)]
struct Rows {
    rows: Mutex<HashMap<String, String>>,
    fails: AtomicBool,
}

impl Database {
    async fn statement<T>(&self, run: impl FnOnce(&mut HashMap<String, String>) -> T) -> Result<T> {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        if self.0.fails.swap(false, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::SignIn, "the database is out of order"));
        }
        let result = run(&mut self.0.rows.lock().unwrap());
        tokio::task::yield_now().await;
        Ok(result)
    }

    fn len(&self) -> usize {
        self.0.rows.lock().unwrap().len()
    }
}

impl TokenStore for Database {
    fn load<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
        Box::pin(self.statement(|rows| rows.get(account).cloned().map(SecretString::from)))
    }

    fn save<'a>(&'a self, account: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        let token = token.expose_secret().to_owned();
        Box::pin(self.statement(|rows| drop(rows.insert(account.to_owned(), token))))
    }

    fn replace<'a>(
        &'a self,
        account: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.statement(move |rows| {
            let same = rows.get(account).map(String::as_str) == expected.map(ExposeSecret::expose_secret);
            if same {
                rows.insert(account.to_owned(), new.expose_secret().to_owned());
            }
            same
        }))
    }

    fn remove<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.statement(|rows| drop(rows.remove(account))))
    }

    fn remove_if<'a>(&'a self, account: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.statement(|rows| {
            let same = rows.get(account).is_some_and(|token| token == expected.expose_secret());
            if same {
                rows.remove(account);
            }
            same
        }))
    }
}

/// Without locks, an account may send a token that the other one has exchanged a moment before. It then takes
/// the successor from the store, and no token is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_that_share_a_database_without_locks_lose_no_token() {
    let service = seeded(false).await;
    let store = Database::default();
    store.save(&key(&service.url), &SecretString::from("hunter2-seed")).await.unwrap();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (url, store) = (service.url.clone(), store.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(renew(&account(&url, store), &url, ROUNDS));
            })
        })
        .collect();
    for thread in threads {
        tokio::task::spawn_blocking(move || thread.join()).await.unwrap().unwrap();
    }
    let reused = service.state.lock().unwrap().reused;
    println!("{reused} tokens were sent twice");
    assert_kept(&service, &store, 2 * ROUNDS).await;
}

#[tokio::test]
async fn a_token_that_could_not_be_stored_is_not_lost() {
    let service = seeded(true).await;
    let store = Database::default();
    store.save(&key(&service.url), &SecretString::from("hunter2-seed")).await.unwrap();
    let account = account(&service.url, store.clone());
    let audience = audience(&service.url);
    let fail = || store.0.fails.store(true, Ordering::Relaxed);
    // The store fails before the exchange: the token is not sent.
    fail();
    let error = account.token(&audience).await.unwrap_err();
    assert!(error.message().contains("out of order"), "{error}");
    assert_eq!(service.state.lock().unwrap().refreshes, 0);
    // It fails after the exchange, whose result is the only valid token: the next exchange uses that.
    let failing = FailingReplace(store.clone(), AtomicBool::new(true));
    let account = self::account(&service.url, failing);
    let error = account.token(&audience).await.unwrap_err();
    assert!(error.message().contains("out of order"), "{error}");
    account.token(&audience).await.unwrap();
    assert_eq!(service.state.lock().unwrap().reused, 0);
    assert_kept(&service, &store, 2).await;
}

/// A database whose first replacement fails.
struct FailingReplace(Database, AtomicBool);

impl TokenStore for FailingReplace {
    fn load<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
        self.0.load(account)
    }
    fn save<'a>(&'a self, account: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        self.0.save(account, token)
    }
    fn replace<'a>(
        &'a self,
        account: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>> {
        if self.1.swap(false, Ordering::Relaxed) {
            self.0.0.fails.store(true, Ordering::Relaxed);
        }
        self.0.replace(account, expected, new)
    }
    fn remove<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<()>> {
        self.0.remove(account)
    }
    fn remove_if<'a>(&'a self, account: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>> {
        self.0.remove_if(account, expected)
    }
}

/// Without a name, the token that was given says who signs in. The store keeps the tokens of different people
/// apart.
#[tokio::test]
async fn a_given_token_of_another_person_does_not_use_the_tokens_of_the_former() {
    let service = seeded(true).await;
    service.state.lock().unwrap().refresh.insert("hunter2-bob".to_owned(), "bob".to_owned());
    let store = MemoryStore::default();
    for (given, person) in
        [("hunter2-seed", "ann"), ("hunter2-bob", "bob"), ("hunter2-seed", "ann"), ("hunter2-bob", "bob")]
    {
        let credentials = Credentials::refresh_token("app", given).store(store.clone());
        let client = crate::service::client(&service.url, credentials);
        assert_eq!(crate::service::ask(&client).await.unwrap()["UserId"], person);
    }
    assert_eq!(service.state.lock().unwrap().reused, 0);
}

/// A refusal for one organisation leaves the refresh token, and the account works for the others.
#[tokio::test]
async fn missing_consent_for_one_organisation_leaves_the_token_for_the_others() {
    let service = seeded(true).await;
    service.state.lock().unwrap().no_consent_elsewhere = true;
    let store = MemoryStore::default();
    let events = Arc::new(Mutex::new(Vec::<SignInRequired>::new()));
    let told = Arc::clone(&events);
    let credentials = Credentials::refresh_token("app", "hunter2-seed").person("ann").store(store.clone());
    let account = credentials
        .account(&service.url)
        .unwrap()
        .on_needs_sign_in(move |event| told.lock().unwrap().push(event.clone()))
        .build();
    let (here, elsewhere) = (audience(&service.url), audience("https://fabrikam.crm4.dynamics.com"));
    account.token(&here).await.unwrap();
    for _ in 0..3 {
        let error = account.token(&elsewhere).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::NeedsSignIn, Some("consent_required")));
        let token = account.token(&here).await.unwrap();
        account.reject(&here, &token);
    }
    account.token(&here).await.unwrap();
    let events = events.lock().unwrap().clone();
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((&event.organisation, event.all_organisations), (&elsewhere, false));
    assert_eq!(event.identity.person.as_deref(), Some("ann"));
    assert_eq!(event.identity.application.as_deref(), Some("app"));
    assert_eq!(event.identity.tenant.as_deref(), Some(TENANT));
    assert!(event.to_string().contains("ann (app app in tenant"), "{event}");
    assert!(account.needs_sign_in());
    let refreshes = service.state.lock().unwrap().refreshes;
    assert_kept(&service, &store, refreshes).await;
}

/// A person who has signed in to another process need not sign in to this one.
#[tokio::test]
async fn a_sign_in_in_another_process_is_noticed() {
    let service = start(Application::Public).await;
    let store = Database::default();
    let events = Arc::new(Mutex::new(0));
    let told = Arc::clone(&events);
    let credentials = Credentials::refresh_token("app", "hunter2-dead").person("ann").store(store.clone());
    let account = credentials
        .account(&service.url)
        .unwrap()
        .on_needs_sign_in(move |_| *told.lock().unwrap() += 1)
        .build();
    let audience = audience(&service.url);
    store.save(&key(&service.url), &SecretString::from("hunter2-dead")).await.unwrap();
    for _ in 0..3 {
        assert_eq!(account.token(&audience).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    }
    assert_eq!((*events.lock().unwrap(), store.len()), (1, 0));
    let token = service.state.lock().unwrap().refresh_token("ann");
    store.save(&key(&service.url), &SecretString::from(token)).await.unwrap();
    for _ in 0..500 {
        if account.token(&audience).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    account.token(&audience).await.unwrap();
    assert!(!account.needs_sign_in());
    assert_eq!(*events.lock().unwrap(), 1);
}

/// After a refusal for one organisation, the next sign-in takes place in the browser, although the refresh token
/// is valid.
#[tokio::test]
async fn a_person_consents_in_the_browser_after_a_refusal() {
    let service = start(Application::Public).await;
    service.state.lock().unwrap().no_consent_elsewhere = true;
    let store = MemoryStore::default();
    let opened = Arc::new(Mutex::new(0));
    let (counted, browser) = (Arc::clone(&opened), crate::service::browser());
    let credentials = Credentials::browser("app", move |page| {
        *counted.lock().unwrap() += 1;
        browser(page);
    });
    let account = credentials.person("ann").store(store.clone()).account(&service.url).unwrap().build();
    let (here, elsewhere) = (audience(&service.url), audience("https://fabrikam.crm4.dynamics.com"));
    account.token(&here).await.unwrap();
    let error = account.token(&elsewhere).await.unwrap_err();
    assert_eq!((error.code(), *opened.lock().unwrap()), (Some("consent_required"), 1));
    account.signed_in();
    account.token(&elsewhere).await.unwrap();
    assert_eq!(*opened.lock().unwrap(), 2);
    // The token of the second sign-in is in the store.
    let kept = store.load(&key(&service.url)).await.unwrap().unwrap();
    assert!(service.state.lock().unwrap().refresh.contains_key(kept.expose_secret()));
}
