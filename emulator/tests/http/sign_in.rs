//! Sign-in to the emulator over HTTP: every grant, and the lifetime of tokens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dvkit_emulator::{Clock, DeviceSignIn, Emulator, RunningEmulator};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::sample;

/// Requests a token; returns the status and the response.
async fn ask(running: &RunningEmulator, form: &[(&str, &str)]) -> (u16, Value) {
    let answer = Client::new().post(running.token_endpoint()).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Returns the error code of a refused token request.
async fn refused(running: &RunningEmulator, form: &[(&str, &str)]) -> String {
    let (status, answer) = ask(running, form).await;
    assert!(status == 400 || status == 401, "{status} {answer}");
    answer["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_request_without_a_token_is_told_where_to_sign_in() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let response = Client::new().get(running.web_api() + "WhoAmI").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(&format!("authorization_uri={}/oauth2/authorize", running.authority())));

    let scope = format!("{}/.default", running.url());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_secret", "s"),
        ("scope", &scope),
    ];
    let answer = Client::new().post(running.token_endpoint()).form(&form).send().await.unwrap();
    let token: Value = answer.json().await.unwrap();
    let token = token["access_token"].as_str().unwrap();
    let response = Client::new().get(running.web_api() + "WhoAmI").bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    running.stop().await;
}

#[tokio::test]
async fn tokens_expire_by_the_clock() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let builder = Emulator::builder(sample()).clock(clock.clone()).token_lifetime(Duration::from_secs(60));
    let running = builder.start().await.unwrap();
    let token = running.token("test");
    let status = async || {
        let request = Client::new().get(running.web_api() + "RetrieveVersion()").bearer_auth(&token);
        request.send().await.unwrap().status()
    };
    clock.advance(Duration::from_secs(59));
    assert_eq!(status().await, StatusCode::OK);
    clock.advance(Duration::from_secs(1));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_emulator_listens_on_loopback_only() {
    let anywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = Emulator::builder(sample()).address(anywhere).start().await.unwrap_err();
    assert!(error.to_string().contains("loopback only"), "{error}");
}

/// Sends a browser to the authorize endpoint; returns the parameters of the redirect.
async fn authorize(running: &RunningEmulator, parameters: &[(&str, &str)]) -> HashMap<String, String> {
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let endpoint = running.token_endpoint().replace("/token", "/authorize");
    let answer = client.get(endpoint).query(parameters).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FOUND, "{}", answer.status());
    let to = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!((to.host_str(), to.port()), (Some("localhost"), Some(8400)));
    to.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect()
}

#[tokio::test]
async fn a_user_signs_in_with_a_code_and_its_verifier() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let scope = format!("{}/user_impersonation offline_access", running.url());
    let redirect = "http://localhost:8400/";
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest("the verifier"));
    let asked = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", redirect),
        ("scope", &scope),
        ("state", "xyz"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let exchange = |code: String, verifier: &'static str| {
        let running = &running;
        async move {
            let form = [
                ("grant_type", "authorization_code"),
                ("client_id", "app"),
                ("redirect_uri", redirect),
                ("code", &code),
                ("code_verifier", verifier),
            ];
            ask(running, &form).await
        }
    };
    let back = authorize(&running, &asked).await;
    assert_eq!(back["state"], "xyz");
    let (status, answer) = exchange(back["code"].clone(), "another verifier").await;
    assert_eq!((status, &answer["error"]), (400, &"invalid_grant".into()));
    // The code was used, right or wrong.
    assert_eq!(exchange(back["code"].clone(), "the verifier").await.0, 400);

    let back = authorize(&running, &asked).await;
    let (status, answer) = exchange(back["code"].clone(), "the verifier").await;
    assert_eq!(status, 200, "{answer}");
    let refresh = answer["refresh_token"].as_str().unwrap().to_owned();
    let form = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &*refresh)];
    assert_eq!(ask(&running, &form).await.0, 200);
    running.revoke_refresh_tokens();
    assert_eq!(refused(&running, &form).await, "invalid_grant");

    let mut plain = asked;
    plain[6].1 = "plain";
    assert_eq!(authorize(&running, &plain).await["error"], "invalid_request");
    let elsewhere = running.token_endpoint().replace("/token", "/authorize");
    let elsewhere =
        Client::new().get(elsewhere).query(&[("client_id", "app"), ("redirect_uri", "https://example.org")]);
    assert_eq!(elsewhere.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_id_token_says_who_has_signed_in_and_a_refresh_token_may_be_valid_once() {
    let running = Emulator::builder(sample()).single_use_refresh_tokens().start().await.unwrap();
    let scope = format!("{}/user_impersonation offline_access openid profile", running.url());
    let asked = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", "http://localhost:8400/"),
        ("scope", &scope),
        ("login_hint", "ann@contoso.com"),
    ];
    let back = authorize(&running, &asked).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("redirect_uri", "http://localhost:8400/"),
        ("code", &back["code"]),
    ];
    let (status, answer) = ask(&running, &form).await;
    assert_eq!(status, 200, "{answer}");
    let parts: Vec<&str> = answer["id_token"].as_str().unwrap().split('.').collect();
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!((parts.len(), &claims["aud"]), (3, &"app".into()));
    assert_eq!(claims["preferred_username"], "ann@contoso.com");
    assert!(claims["iss"].as_str().unwrap().contains(claims["tid"].as_str().unwrap()), "{claims}");
    let refresh = answer["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh)];
    let (status, answer) = ask(&running, &form).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(refused(&running, &form).await, "invalid_grant");
    let next = answer["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", next)];
    assert_eq!(ask(&running, &form).await.0, 200);
}

#[tokio::test]
async fn a_device_waits_for_its_user() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let builder = Emulator::builder(sample()).clock(clock.clone()).device_sign_in(DeviceSignIn::After(2));
    let running = builder.start().await.unwrap();
    let scope = format!("{}/.default offline_access", running.url());
    let endpoint = running.token_endpoint().replace("/token", "/devicecode");
    let start = async || {
        let request = Client::new().post(&endpoint).form(&[("client_id", "app"), ("scope", &scope)]);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["device_code"].as_str().unwrap().to_owned()
    };
    let code = start().await;
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let form = [("grant_type", grant), ("client_id", "app"), ("device_code", &code)];
    assert_eq!(refused(&running, &form).await, "authorization_pending");
    assert_eq!(refused(&running, &form).await, "slow_down");
    clock.advance(Duration::from_secs(5));
    assert_eq!(refused(&running, &form).await, "authorization_pending");
    clock.advance(Duration::from_secs(5));
    let (status, answer) = ask(&running, &form).await;
    assert_eq!((status, answer["refresh_token"].is_string()), (200, true));
    let late = start().await;
    clock.advance(Duration::from_secs(900));
    let form = [("grant_type", grant), ("client_id", "app"), ("device_code", &late)];
    assert_eq!(refused(&running, &form).await, "expired_token");
}

#[tokio::test]
async fn refused_token_requests_give_standard_error_codes() {
    let running = Emulator::builder(sample()).application("app", "right").start().await.unwrap();
    let scope = format!("{}/.default", running.url());
    let of = |id: &'static str, secret: &'static str, scope: &'static str| {
        [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", scope)]
    };
    let scope: &'static str = scope.leak();
    assert_eq!(ask(&running, &of("app", "right", scope)).await.0, 200);
    assert_eq!(refused(&running, &of("app", "wrong", scope)).await, "invalid_client");
    assert_eq!(refused(&running, &of("other", "right", scope)).await, "unauthorized_client");
    assert_eq!(refused(&running, &of("app", "right", "https://example.org/.default")).await, "invalid_scope");
    assert_eq!(refused(&running, &[("client_id", "app")]).await, "invalid_request");
    assert_eq!(
        refused(&running, &[("client_id", "app"), ("grant_type", "password")]).await,
        "unsupported_grant_type"
    );
}
