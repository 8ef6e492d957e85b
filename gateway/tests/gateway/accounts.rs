//! Accounts: connect, sign in again, disconnect.
use dvkit_emulator::{DeviceSignIn, RunningEmulator};
use dvkit_gateway::store::Scope;
use pretty_assertions::assert_eq;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::{Value, json};

use crate::bench::{Bench, Caller, emulator, eventually};

#[tokio::test]
async fn an_application_connects_an_organisation() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let (status, account) = caller.get(&format!("/accounts/{id}")).await;
    assert_eq!((status, &account["org_url"]), (200, &json!(format!("{}/", emulator.url()))));
    let (_, list) = caller.get("/accounts").await;
    assert_eq!(list["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(caller.send("DELETE", &format!("/accounts/{id}"), None).await.0, 204);
    assert_eq!(caller.get(&format!("/accounts/{id}")).await.0, 404);
    assert_eq!(caller.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 404);
}

/// A browser, with its cookies of the gateway.
pub(crate) struct Browser {
    http: reqwest::Client,
    cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, cookie: None }
    }

    /// Opens an address, and returns the status, the address that it redirects to, and the page.
    pub(crate) async fn open(&mut self, url: &str) -> (u16, Option<String>, String) {
        let mut request = self.http.get(url);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let response = request.send().await.unwrap();
        if let Some(cookie) = response.headers().get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        }
        let to = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (response.status().as_u16(), to, response.text().await.unwrap())
    }
}

/// Connects an organisation on the consent page, and returns the account's id.
pub(crate) async fn connect_by_code(caller: &Caller, emulator: &RunningEmulator) -> String {
    let body = json!({ "name": "Contoso", "org_url": emulator.url(), "auth": "authorization_code" });
    let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
    assert_eq!((status, &account["state"]), (201, &json!("pending")), "{account}");
    let mut browser = Browser::new();
    let (_, consent, _) = browser.open(account["sign_in_url"].as_str().unwrap()).await;
    let (_, back, _) = browser.open(&consent.unwrap()).await;
    let (status, _, page) = browser.open(&back.unwrap()).await;
    assert_eq!(status, 200, "{page}");
    account["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_same_account_is_made_once() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let (caller, other) = (bench.caller("a", Scope::ALL).await, bench.caller("b", Scope::ALL).await);
    let new = |name: &str, auth: &str| json!({ "name": name, "org_url": emulator.url(), "auth": auth });
    let first = new("Contoso", "client_credentials");
    let (status, account) = caller.send("POST", "/accounts", Some(first.clone())).await;
    assert_eq!(status, 201, "{account}");
    let mut spaced = first.clone();
    spaced["name"] = json!(" Contoso ");
    for again in [first.clone(), spaced] {
        let (status, refused) = caller.send("POST", "/accounts", Some(again)).await;
        let error = &refused["error"];
        assert_eq!(
            (status, &error["code"], &error["account_id"]),
            (409, &json!("account_exists"), &account["id"]),
            "{refused}"
        );
    }
    // Another name, another way to sign in, and another tenant are other accounts.
    for (caller, body) in [
        (&caller, new("Contoso 2", "client_credentials")),
        (&caller, new("Contoso", "authorization_code")),
        (&other, first),
    ] {
        let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
        assert_eq!(status, 201, "{account}");
    }
    let (_, list) = caller.get("/accounts").await;
    assert_eq!(list["accounts"].as_array().map(Vec::len), Some(3), "{list}");
}

#[tokio::test]
async fn a_person_connects_an_organisation_on_the_consent_page() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let body = json!({
        "name": "Contoso", "org_url": emulator.url(), "auth": "authorization_code", "return_url": "http://127.0.0.1:1/done?x=1",
    });
    let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
    assert_eq!((status, &account["state"]), (201, &json!("pending")), "{account}");
    let id = account["id"].as_str().unwrap();
    let (status, error) = caller.get(&format!("/proxy/{id}/WhoAmI()")).await;
    assert_eq!((status, &error["error"]["code"]), (409, &json!("account_needs_sign_in")));
    let mut browser = Browser::new();
    let (status, consent, _) = browser.open(account["sign_in_url"].as_str().unwrap()).await;
    let consent = consent.unwrap();
    assert!(status == 303 && consent.contains("code_challenge_method=S256"), "{status} {consent}");
    let (_, back, _) = browser.open(&consent).await;
    let back = back.unwrap();
    // Another browser cannot complete what this one has begun, and nobody can afterwards.
    let (status, _, page) = Browser::new().open(&back).await;
    assert!(status == 400 && page.contains("begun elsewhere"), "{status} {page}");
    let (status, ..) = browser.open(&back).await;
    assert_eq!(status, 400);
    let (_, consent, _) = browser.open(account["sign_in_url"].as_str().unwrap()).await;
    let (_, back, _) = browser.open(&consent.unwrap()).await;
    let back = back.unwrap();
    let (status, to, _) = browser.open(&back).await;
    assert_eq!((status, to), (303, Some(format!("http://127.0.0.1:1/done?x=1&account_id={id}"))));
    assert_eq!(browser.open(&back).await.0, 400, "a response of the sign-in page is used once");
    let (status, who) = caller.get(&format!("/proxy/{id}/WhoAmI()")).await;
    assert!(status == 200 && who["UserId"].is_string(), "{who}");
    let (_, account) = caller.get(&format!("/accounts/{id}")).await;
    assert_eq!((&account["state"], &account["sign_in_url"]), (&json!("connected"), &Value::Null));
}

#[tokio::test]
async fn a_person_connects_an_organisation_with_a_device_code() {
    let bench = Bench::start().await;
    let emulator = emulator().device_sign_in(DeviceSignIn::After(0)).start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let body = json!({ "name": "Contoso", "org_url": emulator.url(), "auth": "device_code" });
    let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
    assert_eq!(status, 201, "{account}");
    assert!(account["device"]["user_code"].as_str().unwrap().len() == 8, "{account}");
    let id = account["id"].as_str().unwrap();
    eventually("the account is connected", async || {
        caller.get(&format!("/accounts/{id}")).await.1["state"] == "connected"
    })
    .await;
    let (status, who) = caller.get(&format!("/proxy/{id}/WhoAmI()")).await;
    assert_eq!(status, 200, "{who}");
}

#[tokio::test]
async fn an_account_whose_token_is_refused_is_flagged_until_the_person_signs_in_again() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = connect_by_code(&caller, &emulator).await;
    assert_eq!(caller.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 200);
    emulator.revoke_refresh_tokens();
    emulator.expire_tokens();
    for _ in 0..2 {
        let (status, error) = caller.get(&format!("/proxy/{id}/WhoAmI()")).await;
        assert_eq!((status, &error["error"]["code"]), (409, &json!("account_needs_sign_in")), "{error}");
        assert!(error["error"]["sign_in_url"].as_str().unwrap().contains("/connect/"), "{error}");
    }
    let (_, account) = caller.get(&format!("/accounts/{id}")).await;
    assert_eq!(account["state"], "needs_sign_in", "{account}");
    let mut browser = Browser::new();
    let (_, consent, _) = browser.open(account["sign_in_url"].as_str().unwrap()).await;
    let (_, back, _) = browser.open(&consent.unwrap()).await;
    assert_eq!(browser.open(&back.unwrap()).await.0, 200);
    assert_eq!(caller.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 200);
}

#[tokio::test]
async fn an_application_whose_secret_was_changed_gets_a_new_one() {
    let bench = Bench::start().await;
    let emulator = emulator().application("own-app", "right").start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let body = json!({
        "name": "Contoso", "org_url": emulator.url(), "auth": "client_credentials", "client_id": "own-app", "client_secret": "wrong",
    });
    let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
    assert_eq!((status, &account["state"]), (201, &json!("needs_sign_in")), "{account}");
    let id = account["id"].as_str().unwrap();
    assert_eq!(caller.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 409);
    let secret = json!({ "client_secret": "right" });
    let (status, account) = caller.send("PUT", &format!("/accounts/{id}/secret"), Some(secret)).await;
    assert_eq!((status, &account["state"]), (200, &json!("connected")), "{account}");
    assert_eq!(caller.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 200);
}

#[tokio::test]
async fn a_wrong_request_to_connect_says_what_is_wrong() {
    let bench = Bench::start().await;
    let caller = bench.caller("a", Scope::ALL).await;
    let base =
        json!({ "name": "x", "org_url": "https://contoso.crm4.dynamics.com", "auth": "authorization_code" });
    for (member, value, part) in [
        ("name", json!(""), "`name`"),
        ("org_url", json!("https://evil.example"), "may connect to"),
        ("org_url", json!("https://10.0.0.1"), "may connect to"),
        ("org_url", json!("http://contoso.crm4.dynamics.com"), "https"),
        ("org_url", json!("https://user:pw@contoso.crm4.dynamics.com"), "user or a password"),
        ("application", json!("other"), "no application `other`"),
        ("client_id", json!(crate::bench::CLIENT_ID), "use `application`"),
        ("client_secret", json!("x"), "goes with `client_id`"),
        ("return_url", json!("https://evil.example/"), "`return_url`"),
    ] {
        let mut body = base.clone();
        body[member] = value;
        let (status, error) = caller.send("POST", "/accounts", Some(body)).await;
        let message = error["error"]["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains(part), "{member}: {status} {error}");
    }
    let body = json!({ "name": "x", "org_url": "https://contoso.crm4.dynamics.com", "auth": "client_credentials", "client_id": "a" });
    assert_eq!(caller.send("POST", "/accounts", Some(body)).await.0, 400);
    assert_eq!(caller.get("/accounts").await.1["accounts"], json!([]));
}

#[tokio::test]
async fn an_hour_with_tokens_of_a_minute_shows_nobody_a_401() {
    let clock = crate::bench::TurnedClock::new();
    let turned = clock.clone();
    let settings = crate::bench::settings();
    let bench = Bench::with(crate::bench::store().await, settings, |builder| builder.clock(turned)).await;
    let emulated = dvkit_emulator::Clock::stopped(jiff::Timestamp::now());
    let lifetime = std::time::Duration::from_secs(60);
    let emulator = emulator().clock(emulated.clone()).token_lifetime(lifetime).start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let ids = [caller.connect(&emulator).await, connect_by_code(&caller, &emulator).await];
    emulator.clear_requests();
    for _ in 0..180 {
        // In this order: work in the background may get a token between the two.
        emulated.advance(std::time::Duration::from_secs(20));
        clock.advance(20);
        for id in &ids {
            let (status, answer) = caller.get(&format!("/proxy/{id}/WhoAmI()")).await;
            assert_eq!(status, 200, "{answer}");
        }
    }
    // The question where to sign in is the one request without a token.
    let refused =
        |request: &dvkit_emulator::RecordedRequest| request.status == 401 && request.url != "/api/data/v9.2/";
    assert_eq!(emulator.requests().into_iter().find(refused), None, "no token was sent after its end");
}
