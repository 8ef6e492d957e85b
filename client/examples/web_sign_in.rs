//! A web application whose users sign in with their own accounts: every user sees what the organisation allows that user.
//! It needs an application registered with the redirect URI `http://localhost:8080/signed-in`; `DVKIT_URL`, `DVKIT_CLIENT_ID`
//! and `DVKIT_CLIENT_SECRET` name the organisation, the application and its secret.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Router, routing::get};
use dvkit_client::auth::{
    Credentials, FileStore, PendingSignIn, RedirectResponse, SignInOptions, UserKey, WebSignIn,
};
use dvkit_client::{Client, Error, ErrorKind};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, id) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_CLIENT_ID")?);
    let web = Credentials::authorization_code(id, "http://localhost:8080/signed-in")?
        .authenticate_with_secret(std::env::var("DVKIT_CLIENT_SECRET")?)
        .store(FileStore::new("tokens.json"))
        .web_sign_in(&url)?
        .on_needs_sign_in(|event| tracing::warn!("{event}"))
        .build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, application(web, url)).await?;
    Ok(())
}

/// What the application knows of a browser. The browser only has the session's random name, in a cookie.
enum Session {
    SigningIn(PendingSignIn),
    SignedIn(UserKey),
}

struct App {
    web: WebSignIn,
    url: String,
    sessions: Mutex<HashMap<String, Session>>,
}

impl App {
    /// Creates a session, and returns the header with its cookie.
    fn begin(&self, session: Session) -> [(header::HeaderName, String); 1] {
        let name = format!("{:032x}", rand::random::<u128>());
        let cookie = format!("session={name}; Path=/; HttpOnly; SameSite=Lax");
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(name, session);
        [(header::SET_COOKIE, cookie)]
    }

    /// Takes the session of a browser.
    fn take(&self, headers: &HeaderMap) -> Option<Session> {
        let name = headers.get(header::COOKIE)?.to_str().ok()?.split("session=").nth(1)?.get(..32)?;
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(name)
    }

    /// Returns the user of a browser's session; `None` if nobody is signed in.
    fn user(&self, headers: &HeaderMap) -> Option<UserKey> {
        let name = headers.get(header::COOKIE)?.to_str().ok()?.split("session=").nth(1)?.get(..32)?;
        match self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(name)? {
            Session::SignedIn(user) => Some(user.clone()),
            Session::SigningIn(_) => None,
        }
    }
}

/// Returns the application, for users of the organisation at `url`.
pub fn application(web: WebSignIn, url: String) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/signed-in", get(signed_in))
        .route("/sign-out", get(sign_out))
        .with_state(Arc::new(App { web, url, sessions: Mutex::default() }))
}

async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let Some(user) = app.user(&headers) else { return Ok(Redirect::to("/sign-in").into_response()) };
    let client = Client::builder(&app.url).account(&app.web.account(&user)).build()?;
    let who: Value = client.get_json("WhoAmI()").await?;
    Ok(format!("You are the user {} of the organisation.", who["UserId"]).into_response())
}

async fn sign_in(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Failure> {
    let (page, pending) = app.web.begin(&SignInOptions::new()).await?;
    Ok((app.begin(Session::SigningIn(pending)), Redirect::to(page.as_str())))
}

async fn signed_in(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(response): Query<RedirectResponse>,
) -> Result<Response, Failure> {
    let Some(Session::SigningIn(pending)) = app.take(&headers) else {
        return Ok(Redirect::to("/").into_response());
    };
    let signed_in = app.web.complete(pending, response).await?;
    // The session of a user has a new name, which nobody knew before the sign-in.
    Ok((app.begin(Session::SignedIn(signed_in.user)), Redirect::to("/")).into_response())
}

async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    if let Some(Session::SignedIn(user)) = app.take(&headers) {
        app.web.sign_out(&user).await?;
    }
    Ok(Html("You are signed out. <a href='/sign-in'>Sign in</a>").into_response())
}

/// An error, as a page.
struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self.0.kind() {
            ErrorKind::NeedsSignIn => Redirect::to("/sign-in").into_response(),
            ErrorKind::SignIn => (StatusCode::FORBIDDEN, self.0.to_string()).into_response(),
            _ => (StatusCode::BAD_GATEWAY, self.0.to_string()).into_response(),
        }
    }
}
