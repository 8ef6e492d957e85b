//! A sign-in service that accepts each refresh token and each authorization code once, for several people,
//! with id tokens; and an organisation. Both are on loopback, in one.
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;

/// The tenant of the organisation.
pub(crate) const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

/// How the application has to authenticate itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Application {
    /// A public client sends neither a secret nor an assertion.
    Public,
    /// The secret is `hunter2-secret`.
    Secret,
    Certificate,
}

pub(crate) struct Strict {
    pub(crate) url: String,
    application: Application,
    pub(crate) state: Mutex<Issued>,
}

#[derive(Default)]
pub(crate) struct Issued {
    number: usize,
    codes: HashMap<String, Code>,
    /// The people of the access tokens.
    access: HashMap<String, String>,
    /// The people of the refresh tokens that are valid.
    pub(crate) refresh: HashMap<String, String>,
    /// The refresh tokens that were exchanged.
    spent: HashSet<String>,
    /// How often a refresh token was sent that had been exchanged before.
    pub(crate) reused: usize,
    /// Whether a refresh token that is used twice makes all tokens of its person invalid.
    pub(crate) revokes: bool,
    pub(crate) refreshes: usize,
    /// Response bodies that replace those to the next token requests, all with the status 400 or, if they are
    /// empty, 503.
    pub(crate) faults: VecDeque<&'static str>,
    /// Whether consent is missing for all organisations but this one.
    pub(crate) no_consent_elsewhere: bool,
    /// Claims of the id tokens that replace the usual ones.
    pub(crate) claims: Value,
    pub(crate) forms: Vec<HashMap<String, String>>,
    /// The `User-Agent` headers of the requests for tokens.
    pub(crate) agents: Vec<String>,
    /// The parameters with which the next sign-in page sends the browser back, if it does not sign in.
    pub(crate) refusal: Option<&'static str>,
}

struct Code {
    person: String,
    client_id: String,
    redirect_uri: String,
    challenge: String,
    scope: String,
}

impl Issued {
    fn name(&mut self, kind: &str) -> String {
        self.number += 1;
        format!("hunter2-{kind}-{}", self.number)
    }

    pub(crate) fn refresh_token(&mut self, person: &str) -> String {
        let token = self.name("refresh");
        self.refresh.insert(token.clone(), person.to_owned());
        token
    }
}

pub(crate) async fn start(application: Application) -> Arc<Strict> {
    crate::service::log();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let challenge = format!("Bearer authorization_uri={url}/{TENANT}/oauth2/authorize, resource_id={url}/");
    let service = Arc::new(Strict { url, application, state: Mutex::default() });
    let router = Router::new()
        .route(
            "/api/data/v9.2/",
            get(move || async move { (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]) }),
        )
        .route("/api/data/v9.2/{function}", get(who_am_i))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize))
        .with_state(Arc::clone(&service));
    tokio::spawn(async move { axum::serve(listener, router).await });
    service
}

async fn who_am_i(State(service): State<Arc<Strict>>, headers: HeaderMap) -> Response {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let person = token.and_then(|token| service.state.lock().unwrap().access.get(token).cloned());
    match person {
        Some(person) => Json(json!({ "UserId": person })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Signs in the person `login_hint` immediately.
async fn authorize(
    State(service): State<Arc<Strict>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut state = service.state.lock().unwrap();
    assert_eq!((&*query["response_type"], &*query["code_challenge_method"]), ("code", "S256"));
    let redirect_uri = query["redirect_uri"].clone();
    let mut back = Url::parse(&redirect_uri).unwrap();
    match state.refusal.take() {
        Some(refusal) => back.set_query(Some(refusal)),
        None => {
            let code = state.name("code");
            back.query_pairs_mut().append_pair("code", &code);
            let (client_id, challenge) = (query["client_id"].clone(), query["code_challenge"].clone());
            let scope = query["scope"].clone();
            let person = query.get("login_hint").cloned().unwrap_or("ann@contoso.com".to_owned());
            state.codes.insert(code, Code { person, client_id, redirect_uri, challenge, scope });
        }
    }
    back.query_pairs_mut().append_pair("state", &query["state"]).append_pair("session_state", "x");
    (StatusCode::FOUND, [("location", back.to_string())]).into_response()
}

async fn token(
    State(service): State<Arc<Strict>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let mut guard = service.state.lock().unwrap();
    let state = &mut *guard;
    state.forms.push(form.clone());
    let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok());
    state.agents.push(agent.unwrap_or_default().to_owned());
    let refuse = |error: &str, why: &str| {
        let body = json!({ "error": error, "error_description": format!("{why}\r\nTrace ID: 1") });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    match state.faults.pop_front() {
        Some("") => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(body) => return (StatusCode::BAD_REQUEST, body).into_response(),
        None => {}
    }
    let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
    let authenticated = match service.application {
        Application::Public => secret.is_none() && assertion.is_none(),
        Application::Secret => secret.is_some_and(|secret| secret == "hunter2-secret") && assertion.is_none(),
        Application::Certificate => {
            assertion.is_some_and(|text| text.split('.').count() == 3)
                && secret.is_none()
                && form["client_assertion_type"].ends_with("jwt-bearer")
        }
    };
    if !authenticated {
        return refuse("invalid_client", "AADSTS7000215: the application is not authenticated");
    }
    let mut scope = form.get("scope").cloned().unwrap_or_default();
    let person = match &*form["grant_type"] {
        "authorization_code" => {
            // A code is removed at its first use, right or wrong.
            let Some(code) = state.codes.remove(&form["code"]) else {
                return refuse("invalid_grant", "AADSTS54005: the code was already redeemed");
            };
            let verifier = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
            if code.client_id != form["client_id"]
                || code.redirect_uri != form["redirect_uri"]
                || code.challenge != URL_SAFE_NO_PAD.encode(verifier)
            {
                return refuse("invalid_grant", "AADSTS501481: the code does not belong to this request");
            }
            if scope.is_empty() {
                scope = code.scope;
            }
            code.person
        }
        "refresh_token" => {
            let sent = &form["refresh_token"];
            if !form["scope"].contains(&service.url) && state.no_consent_elsewhere {
                let body = json!({ "error": "invalid_grant", "suberror": "consent_required", "error_codes": [65001],
                    "error_description": "AADSTS65001: nobody has consented" });
                return (StatusCode::BAD_REQUEST, Json(body)).into_response();
            }
            let Some(person) = state.refresh.remove(sent) else {
                if state.spent.contains(sent) {
                    state.reused += 1;
                    if state.revokes {
                        state.refresh.clear();
                    }
                }
                return refuse("invalid_grant", "AADSTS700082: the refresh token is not valid");
            };
            state.spent.insert(sent.clone());
            state.refreshes += 1;
            person
        }
        other => return refuse("unsupported_grant_type", other),
    };
    let access = state.name("access");
    state.access.insert(access.clone(), person.clone());
    let mut response = json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": access });
    if scope.contains("offline_access") {
        response["refresh_token"] = state.refresh_token(&person).into();
    }
    if scope.contains("openid") {
        let tid = if tenant.len() == TENANT.len() { &*tenant } else { TENANT };
        let id = URL_SAFE_NO_PAD.encode(&person);
        let mut claims = json!({
            "aud": form["client_id"], "iss": format!("{}/{tid}/v2.0", service.url), "exp": 99_999_999_999_i64,
            "oid": id.replace('_', "-"), "tid": tid, "name": "Ann Smith", "preferred_username": person,
        });
        for (claim, value) in state.claims.as_object().into_iter().flatten() {
            claims[claim] = value.clone();
        }
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        response["id_token"] = format!("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.{payload}.c2lnbmF0dXJl").into();
    }
    Json(response).into_response()
}

/// A browser that was redirected to `page`. Returns the URL to which the sign-in page sends it back.
pub(crate) async fn visit(page: &Url) -> Url {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let response = http.unwrap().get(page.clone()).send().await.unwrap();
    Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
}
