//! Every kind of sign-in against a small sign-in service on loopback, and an hour with short-lived tokens.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dvkit_client::auth::{Certificate, Credentials, FileStore, TokenStore};
use dvkit_client::{Client, ErrorKind, TokioClock};
use pretty_assertions::assert_eq;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::time::Instant;

use service::{ask, browser, client, pem, start};

mod example;
mod hidden_secrets;
mod refresh_tokens;
mod service;
mod shared_stores;
mod strict;
mod web;

#[tokio::test]
async fn an_application_signs_in_with_its_secret() {
    let (url, service) = start(3600).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("federated");
    std::fs::write(&file, "federated-assertion\n").unwrap();
    ask(&client(&url, Credentials::client_secret("app", "hunter2-secret"))).await.unwrap();
    ask(&client(&url, Credentials::certificate("app", Certificate::from_pem(&pem()).unwrap())))
        .await
        .unwrap();
    ask(&client(&url, Credentials::federated_token_file("app", &file))).await.unwrap();
    let forms = std::mem::take(&mut service.state.lock().unwrap().forms);
    for form in &forms {
        assert_eq!(
            (form["client_id"].as_str(), form["scope"].as_str()),
            ("app", format!("{url}/.default").as_str())
        );
    }
    assert_eq!(forms[1]["client_assertion"].split('.').count(), 3);
    assert_eq!(forms[2]["client_assertion"], "federated-assertion");
    let error = ask(&client(&url, Credentials::client_secret("app", "wrong"))).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::SignIn, Some("invalid_client")));
    let missing = Credentials::federated_token_file("app", folder.path().join("none"));
    assert!(ask(&client(&url, missing)).await.unwrap_err().to_string().contains("cannot be read"));
    // A given tenant takes precedence over the one that was found.
    let error = ask(&client(&url, Credentials::client_secret("app", "hunter2-secret").tenant("other")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn);
}

#[tokio::test]
async fn a_person_signs_in_once_and_the_refresh_token_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().join("tokens.json"));
    let (url, service) = start(3600).await;
    ask(&client(&url, Credentials::browser("app", browser()).store(store.clone()))).await.unwrap();
    let scope = format!("{url}/user_impersonation offline_access");
    assert_eq!(service.state.lock().unwrap().forms[0].get("scope").unwrap_or(&scope), &scope);
    // In another process nobody is asked: the stored refresh token is used, and its successor is stored.
    let nobody = |_: &url::Url| panic!("the browser is not needed");
    ask(&client(&url, Credentials::browser("app", nobody).store(store.clone()))).await.unwrap();
    let account = format!("{url}/tenant-1/app/");
    let kept = store.load(&account).await.unwrap().unwrap();
    assert_eq!(kept.expose_secret(), "hunter2-refresh-1");

    let (url, _) = start(3600).await;
    let prompts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&prompts);
    let credentials =
        Credentials::device_code("app", move |prompt| seen.lock().unwrap().push(prompt.clone()));
    ask(&client(&url, credentials)).await.unwrap();
    let prompts = prompts.lock().unwrap();
    assert_eq!((prompts.len(), prompts[0].user_code.as_str()), (1, "ABCD-EFGH"));
}

#[tokio::test]
async fn a_refresh_token_is_kept_on_network_errors_and_removed_when_refused() {
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-first".to_owned());
    service.faults.lock().unwrap().extend([(503, ""), (500, "<html>")]);
    let told = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&told);
    let account = Credentials::refresh_token("app", "hunter2-first")
        .account(&url)
        .unwrap()
        .on_needs_sign_in(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    let client = Client::builder(&url).account(&account).build().unwrap();
    ask(&client).await.unwrap();
    assert_eq!((account.tokens_fetched(), account.needs_sign_in()), (1, false));
    // The service forgets the account, so that it refuses access tokens and the refresh token.
    {
        let mut state = service.state.lock().unwrap();
        (state.tokens, state.refresh) = (HashMap::new(), None);
    }
    for _ in 0..3 {
        assert_eq!(ask(&client).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    }
    assert_eq!((told.load(Ordering::Relaxed), account.needs_sign_in()), (1, true));
    // Another account is not affected.
    ask(&service::client(&url, Credentials::client_secret("app", "hunter2-secret"))).await.unwrap();
}

#[tokio::test]
async fn a_confidential_client_authenticates_itself_with_every_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("federated");
    std::fs::write(&file, "federated.assertion.here").unwrap();
    let pem = pem();
    for way in 0..3 {
        let proven = |credentials: Credentials| match way {
            0 => credentials.authenticate_with_secret("hunter2-secret"),
            1 => credentials.authenticate_with_certificate(Certificate::from_pem(&pem).unwrap()),
            _ => credentials.authenticate_with_federated_token_file(&file),
        };
        let (url, service) = start(3600).await;
        service.state.lock().unwrap().refresh = Some("hunter2-first".to_owned());
        ask(&client(&url, proven(Credentials::refresh_token("app", "hunter2-first")))).await.unwrap();
        ask(&client(&url, proven(Credentials::browser("app", browser())))).await.unwrap();
        ask(&client(&url, proven(Credentials::device_code("app", |_| {})))).await.unwrap();
        let forms = service.state.lock().unwrap().forms.clone();
        let mut grants = Vec::new();
        for form in &forms {
            grants.push(form["grant_type"].as_str());
            let (name, others) = match way {
                0 => ("client_secret", "client_assertion"),
                _ => ("client_assertion", "client_secret"),
            };
            assert!(form.contains_key(name) && !form.contains_key(others), "{form:?}");
            assert_eq!(form["client_id"], "app");
            assert_eq!(form.contains_key("client_assertion_type"), way > 0);
        }
        assert!(grants.contains(&"refresh_token") && grants.contains(&"authorization_code"), "{grants:?}");
        assert!(grants.iter().filter(|grant| grant.contains("device_code")).count() >= 2, "{grants:?}");
    }
    // A client without a secret sends none.
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-first".to_owned());
    ask(&client(&url, Credentials::refresh_token("app", "hunter2-first"))).await.unwrap();
    assert!(
        !service.state.lock().unwrap().forms[0]
            .keys()
            .any(|name| name.starts_with("client_") && name != "client_id")
    );
}

/// The client polls seldom and not for ever, whatever the service says. The clock is advanced by hand.
#[tokio::test(start_paused = true)]
async fn a_device_code_is_polled_within_bounds() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let hold = tokio::task::spawn_blocking(move || stopped.recv());
    for (interval, life, most, end) in [
        (json!(0), json!(60), 13, 60),
        (json!(-7), json!(60), 13, 60),
        (json!(1), json!(30), 31, 30),
        (json!(0.001), json!(30), 31, 30),
        (json!(1e300), json!(300), 6, 300),
        (json!(60), json!(1e300), 61, 3_600),
        (json!(null), json!(-1), 181, 900),
    ] {
        let (url, service) = start(3600).await;
        {
            let mut state = service.state.lock().unwrap();
            (state.never, state.times) = (true, Some((interval.clone(), life.clone())));
        }
        let client = client(&url, Credentials::device_code("app", |_| {}));
        let request = tokio::spawn(async move { ask(&client).await });
        // The first poll is sent before the clock is advanced.
        while service.state.lock().unwrap().polls == 0 {
            tokio::task::yield_now().await;
        }
        let begin = Instant::now();
        while !request.is_finished() {
            tokio::time::advance(Duration::from_secs(1)).await;
            for _ in 0..300 {
                tokio::task::yield_now().await;
            }
            assert!(begin.elapsed() <= Duration::from_secs(end + 60), "{interval} {life}");
        }
        let error = request.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn, "{error}");
        let polls = service.state.lock().unwrap().polls;
        assert!((2..=most).contains(&polls), "{interval} {life}: {polls}");
    }
    drop(stop);
    let _ = hold.await;
}

#[tokio::test]
async fn a_revoked_token_is_replaced() {
    let (url, service) = start(3600).await;
    let client = client(&url, Credentials::client_secret("app", "hunter2-secret"));
    ask(&client).await.unwrap();
    service.state.lock().unwrap().tokens.clear();
    let all = futures_util::future::join_all((0..20).map(|_| ask(&client))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(client.account().tokens_fetched(), 2);
}

/// An hour on a simulated clock. The clock stands still while requests are under way (otherwise tokio would
/// run ahead of the sockets, so a blocking task holds it), and is advanced by two seconds between rounds of
/// 32 workers.
#[tokio::test(start_paused = true)]
async fn each_token_is_renewed_once_during_an_hour() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let hold = tokio::task::spawn_blocking(move || stopped.recv());
    let (url, service) = start(60).await;
    let clock = TokioClock::starting("2026-11-23T12:00:00Z".parse().unwrap());
    let client = Client::builder(&url)
        .credentials(Credentials::client_secret("app", "hunter2-secret"))
        .clock(clock)
        .build()
        .unwrap();
    let begin = Instant::now();
    let mut requests = 0;
    while begin.elapsed() < Duration::from_secs(3600) {
        for answer in futures_util::future::join_all((0..32).map(|_| ask(&client))).await {
            answer.unwrap();
            requests += 1;
        }
        tokio::time::advance(Duration::from_secs(2)).await;
    }
    let given = service.state.lock().unwrap().given.clone();
    let lives: Vec<f64> = given.windows(2).map(|two| (two[1] - two[0]).as_secs_f64()).collect();
    println!("{requests} requests, {} tokens, each in use for {lives:?} s", given.len());
    assert_eq!(service.refused.load(Ordering::Relaxed), 0, "no request was refused for its token");
    // One refresh per lifetime: each token except the last has one successor, in the last quarter of its
    // lifetime.
    assert!(lives.iter().all(|life| (44.0..60.0).contains(life)), "{lives:?}");
    assert!((60..=80).contains(&given.len()), "{}", given.len());
    drop(stop);
    let _ = hold.await;
}
