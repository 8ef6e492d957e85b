//! Every credential kind at the endpoints of the sign-in service, and every refusal, as tables.

use std::fmt::Write as _;
use std::time::Duration;

use dvkit_emulator::{Clock, DeviceSignIn, Emulator, EmulatorBuilder, RunningEmulator};
use expect_test::{Expect, expect};
use reqwest::Client;
use serde_json::Value;

use super::sample;

/// An emulator with one application, its stopped clock, and the last code or token that it has issued.
struct Service {
    running: RunningEmulator,
    clock: Clock,
    client: Client,
    last: String,
}

impl Service {
    async fn start(builder: EmulatorBuilder) -> Self {
        let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
        let running = builder.clock(clock.clone()).application("app", "right").start().await.unwrap();
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { running, clock, client, last: String::new() }
    }

    /// Performs the requests of a script and checks what they are answered. A line has an endpoint and its
    /// fields, and the values of the fields may have `{url}` and `{last}`; or it advances the clock:
    /// `wait MILLISECONDS`. Lines with other content, which begin with `>`, are the answers.
    async fn follow(&mut self, script: Expect) {
        let mut seen = String::new();
        for line in script.data().lines().filter(|line| !line.trim_start().starts_with('>')) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            writeln!(seen, "{line}").unwrap();
            if let Some(time) = line.strip_prefix("wait ") {
                self.clock.advance(Duration::from_millis(time.parse().unwrap()));
                continue;
            }
            let answer = self.answer(line).await;
            writeln!(seen, "> {answer}").unwrap();
        }
        script.assert_eq(&seen);
    }

    async fn answer(&mut self, line: &str) -> String {
        let (endpoint, fields) = line.split_once(' ').unwrap_or((line, ""));
        let fields = fields.replace("{url}", self.running.url()).replace("{last}", &self.last);
        let fields: Vec<(&str, &str)> =
            fields.split(" | ").filter_map(|field| field.trim().split_once('=')).collect();
        let address = self.running.token_endpoint().replace("/token", &format!("/{endpoint}"));
        let request = match endpoint {
            "authorize" => self.client.get(address).query(&fields),
            _ => self.client.post(address).form(&fields),
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        if let Some(to) = response.headers().get("location") {
            let to = url::Url::parse(to.to_str().unwrap()).unwrap();
            let mut shown = format!("{status} {}", &to[..url::Position::AfterPath]);
            for (name, value) in to.query_pairs() {
                if name == "code" {
                    self.last = value.into_owned();
                    shown.push_str(" code");
                } else {
                    write!(shown, " {name}={value}").unwrap();
                }
            }
            return shown.replace(self.running.url(), "{url}");
        }
        let text = response.text().await.unwrap();
        let Ok(Value::Object(body)) = serde_json::from_str(&text) else {
            return format!("{status} {}", text.trim());
        };
        if let Some(error) = body.get("error") {
            let why = body["error_description"].as_str().unwrap();
            return format!("{status} {}: {why}", error.as_str().unwrap())
                .replace(self.running.url(), "{url}");
        }
        for name in ["access_token", "refresh_token", "device_code"] {
            if let Some(secret) = body.get(name).and_then(Value::as_str) {
                secret.clone_into(&mut self.last);
            }
        }
        let names: Vec<&str> = body.keys().map(String::as_str).collect();
        format!("{status} {}", names.join(" "))
    }
}

#[tokio::test]
async fn an_application_signs_in_with_its_secret_or_an_assertion() {
    let mut service = Service::start(Emulator::builder(sample())).await;
    service
        .follow(expect![[r#"
            token
            > 400 invalid_request: The request has no client_id.
            token grant_type=client_credentials
            > 400 invalid_request: The request has no client_id.
            token client_id=app
            > 400 invalid_request: The request has no grant_type.
            token client_id= | grant_type=client_credentials
            > 400 invalid_request: The request has no client_id.
            token client_id=app | grant_type=
            > 400 invalid_request: The request has no grant_type.
            token client_id=app | grant_type=password
            > 400 unsupported_grant_type: The grant type is not one of those that are emulated.
            token client_id=app | grant_type=Client_Credentials
            > 400 unsupported_grant_type: The grant type is not one of those that are emulated.
            token client_id=app | grant_type=client_credentials | scope={url}/.default
            > 401 invalid_client: The request has neither client_secret nor client_assertion.
            token client_id=app | grant_type=client_credentials | client_secret= | scope={url}/.default
            > 401 invalid_client: The request has neither client_secret nor client_assertion.
            token client_id=app | grant_type=client_credentials | client_secret=wrong | scope={url}/.default
            > 401 invalid_client: The client secret is not the right one.
            token client_id=app | grant_type=client_credentials | client_secret=Right | scope={url}/.default
            > 401 invalid_client: The client secret is not the right one.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope={url}/.default
            > 200 access_token expires_in ext_expires_in token_type
            token client_id=other | grant_type=client_credentials | client_secret=right | scope={url}/.default
            > 400 unauthorized_client: The application was not found in the directory.
            token client_id=other | grant_type=client_credentials | client_assertion=a.b.c | client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer | scope={url}/.default
            > 400 unauthorized_client: The application was not found in the directory.
            token client_id=app | grant_type=client_credentials | client_assertion=a.b.c | client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer | scope={url}/.default
            > 200 access_token expires_in ext_expires_in token_type
            token client_id=app | grant_type=client_credentials | client_assertion=a.b.c | client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer | client_secret=wrong | scope={url}/.default
            > 200 access_token expires_in ext_expires_in token_type
            token client_id=app | grant_type=client_credentials | client_assertion=a.b | client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer | scope={url}/.default
            > 401 invalid_client: The client_assertion is not a JWT, or its type is not jwt-bearer.
            token client_id=app | grant_type=client_credentials | client_assertion=a.b.c.d | client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer | scope={url}/.default
            > 401 invalid_client: The client_assertion is not a JWT, or its type is not jwt-bearer.
            token client_id=app | grant_type=client_credentials | client_assertion=a.b.c | client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer | scope={url}/.default
            > 401 invalid_client: The client_assertion is not a JWT, or its type is not jwt-bearer.
            token client_id=app | grant_type=client_credentials | client_assertion=a.b.c | scope={url}/.default
            > 401 invalid_client: The client_assertion is not a JWT, or its type is not jwt-bearer.
            token client_id=app | grant_type=client_credentials | client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer | scope={url}/.default
            > 401 invalid_client: The request has neither client_secret nor client_assertion.
        "#]])
        .await;
}

#[tokio::test]
async fn the_scope_of_a_sign_in_names_this_organisation_alone() {
    let mut service = Service::start(Emulator::builder(sample())).await;
    service
        .follow(expect![[r#"
            token client_id=app | grant_type=client_credentials | client_secret=right
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope={url}
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope={url}/
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope={url}//.default
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope={url}/user_impersonation
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope={url}/.default {url}/.default
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope=https://example.org/.default
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope={url}/.default https://example.org/.default
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope=openid
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            token client_id=app | grant_type=client_credentials | client_secret=right | scope=openid {url}/.default offline_access
            > 200 access_token expires_in ext_expires_in token_type
            devicecode client_id=app
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            devicecode client_id=app | scope=openid offline_access
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            devicecode client_id=app | scope={url}/all
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            devicecode client_id=app | scope=https://example.org/user_impersonation
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            devicecode client_id=app | scope={url}/user_impersonation {url}/.default
            > 400 invalid_scope: The scope is {url}/.default, or for users {url}/user_impersonation.
            devicecode client_id=app | scope={url}/user_impersonation
            > 200 device_code expires_in interval message user_code verification_uri
            devicecode client_id=app | scope={url}/.default openid profile email offline_access
            > 200 device_code expires_in interval message user_code verification_uri
            devicecode scope={url}/.default
            > 400 invalid_request: The request has no client_id.
        "#]])
        .await;
}

#[tokio::test]
async fn what_is_wrong_with_an_authorization_is_said_to_the_user_or_to_the_application() {
    let mut service = Service::start(Emulator::builder(sample())).await;
    service
        .follow(expect![[r#"
            authorize
            > 400 The request has no client_id.
            authorize client_id=app
            > 400 The redirect_uri is not an address on loopback, such as http://localhost:8400.
            authorize client_id=app | redirect_uri=here
            > 400 The redirect_uri is not an address on loopback, such as http://localhost:8400.
            authorize client_id=app | redirect_uri=https://localhost:8400
            > 400 The redirect_uri is not an address on loopback, such as http://localhost:8400.
            authorize client_id=app | redirect_uri=http://example.org
            > 400 The redirect_uri is not an address on loopback, such as http://localhost:8400.
            authorize client_id=app | redirect_uri=http://127.0.0.2:8400
            > 400 The redirect_uri is not an address on loopback, such as http://localhost:8400.
            authorize client_id=app | redirect_uri=http://localhost.example.org
            > 400 The redirect_uri is not an address on loopback, such as http://localhost:8400.
            authorize client_id=app | redirect_uri=http://localhost:8400
            > 302 http://localhost:8400/ error=unsupported_response_type error_description=Only response_type=code is emulated.
            authorize client_id=app | redirect_uri=http://127.0.0.1:8400/back | response_type=token
            > 302 http://127.0.0.1:8400/back error=unsupported_response_type error_description=Only response_type=code is emulated.
            authorize client_id=app | redirect_uri=http://[::1]:8400 | response_type=code
            > 302 http://[::1]:8400/ error=invalid_scope error_description=The scope is {url}/.default, or for users {url}/user_impersonation.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | state=s 1 | scope=https://example.org/.default
            > 302 http://localhost:8400/ error=invalid_scope error_description=The scope is {url}/.default, or for users {url}/user_impersonation. state=s 1
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default | code_challenge=abc
            > 302 http://localhost:8400/ error=invalid_request error_description=The code_challenge_method has to be S256.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default | code_challenge=abc | code_challenge_method=plain
            > 302 http://localhost:8400/ error=invalid_request error_description=The code_challenge_method has to be S256.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default | code_challenge_method=plain
            > 302 http://localhost:8400/ code
            authorize client_id=app | redirect_uri=http://localhost:8400/?a=b | response_type=code | scope={url}/.default | state=s | code_challenge=abc | code_challenge_method=S256
            > 302 http://localhost:8400/ a=b code state=s
        "#]])
        .await;
}

#[tokio::test]
async fn a_code_is_exchanged_once_by_the_application_that_asked_for_it() {
    // The challenges are the hash of the verifier `abc`.
    let mut service = Service::start(Emulator::builder(sample())).await;
    service
        .follow(expect![[r#"
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400
            > 400 invalid_request: The request has no code.
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code=unknown
            > 400 invalid_grant: The code is unknown, was used already, or has expired.
            token client_id=other | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code=unknown
            > 400 unauthorized_client: The application was not found in the directory.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last} | client_secret=wrong
            > 401 invalid_client: The client secret is not the right one.
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400/ | code={last}
            > 400 invalid_grant: The code was given to another client_id or redirect_uri.
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last}
            > 400 invalid_grant: The code is unknown, was used already, or has expired.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | code={last}
            > 400 invalid_grant: The code was given to another client_id or redirect_uri.
            authorize client_id=another | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last}
            > 400 invalid_grant: The code was given to another client_id or redirect_uri.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default
            > 302 http://localhost:8400/ code
            wait 599999
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last}
            > 200 access_token expires_in ext_expires_in token_type
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default
            > 302 http://localhost:8400/ code
            wait 600000
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last}
            > 400 invalid_grant: The code is unknown, was used already, or has expired.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default | code_challenge=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0 | code_challenge_method=S256
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last}
            > 400 invalid_grant: The request has no code_verifier.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default | code_challenge=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0 | code_challenge_method=S256
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last} | code_verifier=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0
            > 400 invalid_grant: The code_verifier does not match the code_challenge.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default openid | code_challenge=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0 | code_challenge_method=S256
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last} | code_verifier=abc
            > 200 access_token expires_in ext_expires_in id_token token_type
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/user_impersonation openid offline_access
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last} | client_secret=right
            > 200 access_token expires_in ext_expires_in id_token refresh_token scope token_type
        "#]])
        .await;
}

#[tokio::test]
async fn a_refresh_token_is_for_its_application_and_ninety_days() {
    let mut service = Service::start(Emulator::builder(sample())).await;
    service
        .follow(expect![[r#"
            token client_id=app | grant_type=refresh_token
            > 400 invalid_request: The request has no refresh_token.
            token client_id=app | grant_type=refresh_token | refresh_token=unknown
            > 400 invalid_grant: The refresh token is unknown, was revoked, or has expired.
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default offline_access
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last}
            > 200 access_token expires_in ext_expires_in refresh_token scope token_type
            token client_id=other | grant_type=refresh_token | refresh_token={last}
            > 400 unauthorized_client: The application was not found in the directory.
            token client_id=app | grant_type=refresh_token | refresh_token={last} | client_secret=wrong
            > 401 invalid_client: The client secret is not the right one.
            wait 7775999999
            token client_id=app | grant_type=refresh_token | refresh_token={last}
            > 200 access_token expires_in ext_expires_in refresh_token scope token_type
            wait 7776000000
            token client_id=app | grant_type=refresh_token | refresh_token={last}
            > 400 invalid_grant: The refresh token is unknown, was revoked, or has expired.
        "#]])
        .await;
    // Any application is known, unless one is named; a token is its own all the same.
    let running = Emulator::builder(sample()).start().await.unwrap();
    service.running = running;
    service
        .follow(expect![[r#"
            authorize client_id=app | redirect_uri=http://localhost:8400 | response_type=code | scope={url}/.default offline_access
            > 302 http://localhost:8400/ code
            token client_id=app | grant_type=authorization_code | redirect_uri=http://localhost:8400 | code={last} | client_secret=any
            > 200 access_token expires_in ext_expires_in refresh_token scope token_type
            token client_id=other | grant_type=refresh_token | refresh_token={last}
            > 400 invalid_grant: The refresh token is unknown, was revoked, or has expired.
            token client_id=app | grant_type=refresh_token | refresh_token={last}
            > 200 access_token expires_in ext_expires_in refresh_token scope token_type
            token client_id=app | grant_type=client_credentials | client_secret=any | scope={url}/.default
            > 200 access_token expires_in ext_expires_in token_type
            token client_id=app | grant_type=client_credentials | scope={url}/.default
            > 401 invalid_client: The request has neither client_secret nor client_assertion.
        "#]])
        .await;
}

#[tokio::test]
async fn a_device_is_told_why_it_gets_no_token() {
    let device = |user| Emulator::builder(sample()).device_sign_in(user);
    let mut service = Service::start(device(DeviceSignIn::After(2))).await;
    service
        .follow(expect![[r#"
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code
            > 400 invalid_request: The request has no device_code.
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code=unknown
            > 400 bad_verification_code: The device_code is unknown.
            devicecode client_id=app | scope={url}/.default openid
            > 200 device_code expires_in interval message user_code verification_uri
            token client_id=other | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 bad_verification_code: The device_code is unknown.
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 authorization_pending: The user has not signed in yet.
            wait 4999
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 slow_down: The device asks too often.
            wait 5000
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 authorization_pending: The user has not signed in yet.
            wait 5000
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 200 access_token expires_in ext_expires_in id_token token_type
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 bad_verification_code: The device_code is unknown.
            devicecode client_id=app | scope={url}/.default offline_access
            > 200 device_code expires_in interval message user_code verification_uri
            wait 899999
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 authorization_pending: The user has not signed in yet.
            wait 1
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 expired_token: The device_code has expired.
        "#]])
        .await;
    let mut service = Service::start(device(DeviceSignIn::Decline)).await;
    service
        .follow(expect![[r#"
            devicecode client_id=app | scope={url}/.default
            > 200 device_code expires_in interval message user_code verification_uri
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 authorization_declined: The user has declined.
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 slow_down: The device asks too often.
            wait 5000
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 400 authorization_declined: The user has declined.
        "#]])
        .await;
    let mut service = Service::start(device(DeviceSignIn::After(0))).await;
    service
        .follow(expect![[r#"
            devicecode client_id=app | scope={url}/.default offline_access
            > 200 device_code expires_in interval message user_code verification_uri
            token client_id=app | grant_type=urn:ietf:params:oauth:grant-type:device_code | device_code={last}
            > 200 access_token expires_in ext_expires_in refresh_token scope token_type
            token client_id=app | grant_type=refresh_token | refresh_token={last}
            > 200 access_token expires_in ext_expires_in refresh_token scope token_type
        "#]])
        .await;
}

#[tokio::test]
async fn the_answers_of_the_sign_in_service_have_these_members() {
    let lifetime = Duration::from_secs(1_234);
    let service = Service::start(Emulator::builder(sample()).token_lifetime(lifetime)).await;
    let address = service.running.token_endpoint();
    let (url, authority) = (service.running.url().to_owned(), service.running.authority());
    let scope = format!("{url}/.default openid offline_access");
    let post = async |to: &str, form: &[(&str, &str)]| -> (Option<String>, Value) {
        let answer = service.client.post(to).form(form).send().await.unwrap();
        let cache = answer.headers().get("cache-control").map(|v| v.to_str().unwrap().to_owned());
        (cache, answer.json().await.unwrap())
    };
    let form = [
        ("client_id", "app"),
        ("client_secret", "right"),
        ("grant_type", "client_credentials"),
        ("scope", &scope),
    ];
    let (cache, token) = post(&address, &form).await;
    assert_eq!(cache.as_deref(), Some("no-store"));
    assert_eq!(
        (&token["token_type"], &token["expires_in"], &token["ext_expires_in"]),
        (&"Bearer".into(), &1_234.into(), &1_234.into())
    );
    let form = [("client_id", "app"), ("scope", &*scope)];
    let (_, device) = post(&address.replace("/token", "/devicecode"), &form).await;
    let code = device["device_code"].as_str().unwrap();
    let user: String = code.chars().rev().take(8).collect::<String>().to_uppercase();
    assert_eq!(
        device,
        serde_json::json!({
            "device_code": code,
            "user_code": user,
            "verification_uri": format!("{url}/devicelogin"),
            "expires_in": 900,
            "interval": 5,
            "message": format!("To sign in, open {url}/devicelogin and enter the code {user}."),
        })
    );
    let configuration = format!("{authority}/v2.0/.well-known/openid-configuration");
    let answer: Value = service.client.get(configuration).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        answer,
        serde_json::json!({
            "issuer": format!("{authority}/v2.0"),
            "authorization_endpoint": format!("{authority}/oauth2/v2.0/authorize"),
            "token_endpoint": address,
            "device_authorization_endpoint": format!("{authority}/oauth2/v2.0/devicecode"),
        })
    );
}

#[tokio::test]
async fn forms_of_the_sign_in_have_a_type_and_a_size() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let form = "application/x-www-form-urlencoded";
    let fill = |name: &str, length: usize| format!("client_id=app&{name}={}", "a".repeat(length));
    for (ty, body, status, text) in [
        (form, String::new(), 400, "invalid_request"),
        ("application/x-www-form-urlencoded; charset=utf-8", String::new(), 400, "invalid_request"),
        ("application/json", String::from("{}"), 415, "A form is expected."),
        ("", String::new(), 415, "A form is expected."),
        (form, fill("x", 65_536 - 16), 400, "no grant_type"),
        (form, fill("x", 65_536 - 15), 413, "too large"),
        (form, fill("scope", 2_048), 400, "no grant_type"),
        (form, fill("scope", 2_049), 400, "longer than any client sends"),
        (form, fill("state", 2_049), 400, "longer than any client sends"),
        (form, fill("redirect_uri", 2_049), 400, "longer than any client sends"),
        (form, fill("code_challenge", 2_049), 400, "longer than any client sends"),
        (form, fill("username", 2_049), 400, "longer than any client sends"),
        (form, fill("client_assertion", 2_049), 400, "no grant_type"),
        // Fields after the hundredth are not read.
        (form, "x=1&".repeat(99) + "client_id=app", 400, "no grant_type"),
        (form, "x=1&".repeat(100) + "client_id=app", 400, "no client_id"),
    ] {
        let shown = format!("{ty} {} {}", body.len(), &body[..body.len().min(40)]);
        let request = Client::new().post(running.token_endpoint()).header("content-type", ty).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{shown}");
        let answer = answer.text().await.unwrap();
        assert!(answer.contains(text), "{shown}: {answer}");
    }
    let elsewhere = running.token_endpoint().replace("/token", "/authorize");
    let long = "a".repeat(2_049);
    let answer = Client::new().get(elsewhere).query(&[("client_id", &long)]).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.text().await.unwrap(), "A field is longer than any client sends.\n");
}
