//! Refresh tokens in stores that other processes write to.
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use dvkit_client::auth::{BoxFuture, Credentials, ExposeSecret, SecretString, TokenStore};
use dvkit_client::{ErrorKind, Result};
use pretty_assertions::assert_eq;

use crate::service::{Shared, ask, client, start};

/// A store that another process writes to: each load finds the next token, and later loads find the last one.
#[derive(Clone)]
struct Elsewhere(Arc<Looks>);

#[derive(Default)]
struct Looks {
    tokens: Mutex<VecDeque<&'static str>>,
    removed: AtomicU32,
    saved: Mutex<Vec<String>>,
}

impl TokenStore for Elsewhere {
    fn load<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<SecretString>>> {
        Box::pin(async {
            let mut tokens = self.0.tokens.lock().unwrap();
            let token = if tokens.len() > 1 { tokens.pop_front() } else { tokens.front().copied() };
            Ok(token.map(SecretString::from))
        })
    }

    fn save<'a>(&'a self, _: &'a str, token: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.0.saved.lock().unwrap().push(token.expose_secret().to_owned());
            Ok(())
        })
    }

    fn replace<'a>(
        &'a self,
        account: &'a str,
        expected: Option<&'a SecretString>,
        new: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            if self.has(expected) {
                self.save(account, new).await?;
            }
            Ok(self.has(expected))
        })
    }

    fn remove<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { panic!("nobody has signed out") })
    }

    fn remove_if<'a>(&'a self, _: &'a str, expected: &'a SecretString) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async {
            let same = self.has(Some(expected));
            if same {
                self.0.removed.fetch_add(1, Ordering::Relaxed);
            }
            Ok(same)
        })
    }
}

impl Elsewhere {
    /// Returns whether the store has the token `expected` now.
    fn has(&self, expected: Option<&SecretString>) -> bool {
        self.0.tokens.lock().unwrap().front().copied() == expected.map(ExposeSecret::expose_secret)
    }
}

fn elsewhere(tokens: &[&'static str]) -> Elsewhere {
    let looks = Looks::default();
    looks.tokens.lock().unwrap().extend(tokens);
    Elsewhere(Arc::new(looks))
}

fn refresh_tokens(service: &Shared) -> Vec<String> {
    service.state.lock().unwrap().forms.iter().filter_map(|form| form.get("refresh_token").cloned()).collect()
}

#[tokio::test]
async fn a_given_refresh_token_is_tried_after_the_stored_one() {
    // The token of the store is newer than that of the configuration.
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-stored".to_owned());
    let store = elsewhere(&["hunter2-stored"]);
    let given = || Credentials::refresh_token("app", "hunter2-given");
    ask(&client(&url, given().store(store.clone()))).await.unwrap();
    assert_eq!(refresh_tokens(&service), ["hunter2-stored"]);
    assert_eq!(*store.0.saved.lock().unwrap(), ["hunter2-refresh-0"]);

    // If the store is empty or its token is refused, the given token is used.
    for kept in [&[][..], &["hunter2-dead"]] {
        let (url, service) = start(3600).await;
        service.state.lock().unwrap().refresh = Some("hunter2-given".to_owned());
        let store = elsewhere(kept);
        ask(&client(&url, given().store(store.clone()))).await.unwrap();
        assert_eq!(refresh_tokens(&service), [kept, &["hunter2-given"]].concat());
        assert_eq!(store.0.removed.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn a_refresh_token_that_another_process_exchanged_is_not_lost() {
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-new".to_owned());
    let store = elsewhere(&["hunter2-old", "hunter2-new"]);
    let nobody = |_: &url::Url| panic!("the browser is not needed");
    ask(&client(&url, Credentials::browser("app", nobody).store(store.clone()))).await.unwrap();
    assert_eq!(refresh_tokens(&service), ["hunter2-old", "hunter2-new"]);
    assert_eq!(store.0.removed.load(Ordering::Relaxed), 0);

    // The successor of a refused token, which the other process stores a little later, is waited for.
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-b".to_owned());
    let store = elsewhere(&["hunter2-a", "hunter2-a", "hunter2-a", "hunter2-b"]);
    ask(&client(&url, Credentials::browser("app", nobody).store(store.clone()))).await.unwrap();
    assert_eq!(refresh_tokens(&service), ["hunter2-a", "hunter2-b"]);
    assert_eq!(store.0.removed.load(Ordering::Relaxed), 0);

    // All tokens are refused: only the very token that was refused is removed, not one that was stored
    // meanwhile.
    let last = ["hunter2-a"; 7];
    let mut followed = last.to_vec();
    followed.push("hunter2-b");
    for (tokens, removed) in [(&last[..], 1), (&followed, 0)] {
        let (url, service) = start(3600).await;
        let store = elsewhere(tokens);
        let credentials = Credentials::browser("app", nobody).store(store.clone());
        assert_eq!(ask(&client(&url, credentials)).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
        assert_eq!((refresh_tokens(&service).len(), store.0.removed.load(Ordering::Relaxed)), (1, removed));
    }
    // The client pauses if the token of the store changes with every load. The fifth
    // one is replaced during the pause, and after the sixth one it gives up.
    let (url, service) = start(3600).await;
    let store = elsewhere(&["hunter2-1", "hunter2-2", "hunter2-3", "hunter2-4", "hunter2-5", "hunter2-6"]);
    let error = ask(&client(&url, Credentials::browser("app", nobody).store(store))).await.unwrap_err();
    assert_eq!((error.kind(), refresh_tokens(&service).len()), (ErrorKind::NeedsSignIn, 5));
}
