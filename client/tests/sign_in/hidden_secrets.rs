//! A check that no secret is shown: in errors, in debug output, in the log, in files other than the store.
use std::fmt::Debug;
use std::path::Path;

use dvkit_client::auth::{Account, Audience, Certificate, Credentials, FileStore};
use dvkit_client::{Client, Request};
use secrecy::ExposeSecret;

use crate::service::{ask, browser, client, log, pem, start};

#[tokio::test]
async fn no_secret_is_shown_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store/tokens.json");
    let pem = pem();
    let mut shown = Vec::new();
    let mut show = |thing: &dyn Debug| shown.push(format!("{thing:?} {thing:#?}"));

    let (url, service) = start(3600).await;
    let secret = Credentials::client_secret("app", "hunter2-secret");
    let certificate = Certificate::from_pem(&pem).unwrap();
    show(&secret);
    show(&certificate);
    let by_browser = client(&url, Credentials::browser("app", browser()).store(FileStore::new(&path)));
    let by_device = client(&url, Credentials::device_code("app", |_| {}));
    let by_secret = client(&url, secret);
    let by_certificate = client(&url, Credentials::certificate("app", certificate));
    for client in [&by_secret, &by_browser, &by_certificate, &by_device] {
        ask(client).await.unwrap();
        show(client);
        show(&client.status());
        show(client.account());
        let audience = Audience::of(client.org_url());
        show(&client.account().token(&audience).await.unwrap());
    }
    // Refusals, also of a service that repeats what it was sent; pages; half a response; tokens in the wrong
    // place.
    for (status, body) in [
        (400, r#"{"error":"invalid_client","error_description":"AADSTS7000215: wrong: {sent}\r\nTrace"}"#),
        (400, r#"{"error":"invalid_grant","error_description":"no: {sent}"}"#),
        (400, r#"{"error":"{sent}"}"#),
        (400, r#"{"error":"{sent}","error_description":"{sent}","error_uri":"{sent}"}"#),
        (400, "<html>{sent}"),
        (200, r#"{"access_token":"hunter2-half","refresh_token":"hunter2-half", "#),
        (200, r#"{"access_token":"hunter2-odd","token_type":7}"#),
        (200, r#"["hunter2-list"]"#),
    ] {
        for credentials in [
            Credentials::client_secret("app", "hunter2-secret"),
            Credentials::refresh_token("app", "hunter2-given"),
            Credentials::certificate("app", Certificate::from_pem(&pem).unwrap()),
        ] {
            service.faults.lock().unwrap().push_back((status, body));
            let error = ask(&client(&url, credentials)).await.unwrap_err();
            let mut source: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = source {
                show(&error);
                show(&error.to_string());
                source = error.source();
            }
        }
    }
    show(&Request::get("x").header("authorization", "Bearer hunter2-header"));
    // A token that is not allowed in a header; a panic in a program's own token source.
    let odd = dvkit_client::auth::StaticToken::new("hunter2-\n");
    show(&odd);
    show(
        &Client::builder(&url)
            .token_source(odd)
            .build()
            .unwrap()
            .send(Request::get("WhoAmI()"))
            .await
            .unwrap_err(),
    );
    show(&Account::new(dvkit_client::auth::StaticToken::new("hunter2-static")));

    let forms = service.state.lock().unwrap().forms.clone();
    let mut secrets: Vec<String> = vec!["hunter2".to_owned()];
    for name in ["client_assertion", "code_verifier", "device_code"] {
        let values: Vec<String> = forms.iter().filter_map(|form| form.get(name).cloned()).collect();
        assert!(!values.is_empty(), "{name} was sent");
        secrets.extend(values);
    }
    let pem = pem.expose_secret().lines().nth(1).unwrap()[60..100].to_owned();
    secrets.push(pem);
    let log = String::from_utf8_lossy(&log().lock().unwrap()).into_owned();
    assert!(log.contains("WhoAmI()"), "the log was captured");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        for shown in &shown {
            assert!(!shown.contains(secret.as_str()), "{secret} in {shown}");
        }
    }
    // Only the store contains a secret, and only the refresh token.
    let mut files = Vec::new();
    collect(folder.path(), &mut files);
    assert!(files.iter().any(|(file, text)| *file == path && text.contains("hunter2-refresh")));
    for (file, text) in files {
        let text = if file == path { text.replace("hunter2-refresh", "") } else { text };
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} in {}", file.display());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<(std::path::PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.clone(), String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()));
        }
    }
}
