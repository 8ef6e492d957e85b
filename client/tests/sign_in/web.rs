//! The sign-in of people to a web application.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dvkit_client::auth::{
    Audience, Certificate, Credentials, ExposeSecret, FileStore, MemoryStore, PendingSignIn,
    RedirectResponse, SignInOptions, SignInRequired, SignedIn, TokenStore, UserKey, WebSignIn,
};
use dvkit_client::{Client, ErrorKind, Result, TokioClock};
use jiff::Timestamp;
use pretty_assertions::assert_eq;
use serde_json::json;
use url::Url;

use crate::service::{ask, pem};
use crate::strict::{Application, Strict, TENANT, start, visit};

const REDIRECT: &str = "https://app.contoso.com/signed-in?from=dvkit";

fn credentials(application: Application) -> Credentials {
    let credentials = Credentials::authorization_code("app", REDIRECT).unwrap();
    match application {
        Application::Public => credentials,
        Application::Secret => credentials.authenticate_with_secret("hunter2-secret"),
        Application::Certificate => {
            credentials.authenticate_with_certificate(Certificate::from_pem(&pem()).unwrap())
        }
    }
}

fn web(service: &Strict, application: Application, store: impl TokenStore) -> WebSignIn {
    credentials(application).store(store).web_sign_in(&service.url).unwrap().build()
}

/// Signs `person` in on the sign-in page. Returns what the session and the redirected browser have.
async fn on_the_page(web: &WebSignIn, person: &str) -> (PendingSignIn, RedirectResponse) {
    let (page, pending) = web.begin(&SignInOptions::new().login_hint(person)).await.unwrap();
    let back = visit(&page).await;
    assert!(back.as_str().starts_with(REDIRECT), "{back}");
    // The session is serialised while the person is on the page.
    let session = serde_json::to_string(&pending).unwrap();
    (serde_json::from_str(&session).unwrap(), RedirectResponse::parse(back.query().unwrap()).unwrap())
}

async fn sign_in(web: &WebSignIn, person: &str) -> Result<SignedIn> {
    let (pending, response) = on_the_page(web, person).await;
    web.complete(pending, response).await
}

/// Returns the user whom the organisation sees in a request with the account of `user`.
async fn who(web: &WebSignIn, url: &str, user: &UserKey) -> Result<String> {
    let client = Client::builder(url).account(&web.account(user)).build()?;
    Ok(ask(&client).await?["UserId"].as_str().unwrap_or_default().to_owned())
}

/// Makes the next request of an account renew its token.
async fn expire(web: &WebSignIn, url: &str, user: &UserKey) {
    let audience = Audience::of(&url.parse().unwrap());
    let account = web.account(user);
    let token = account.token(&audience).await.unwrap();
    account.reject(&audience, &token);
}

#[tokio::test]
async fn people_sign_in_and_stay_signed_in_after_a_restart() {
    for application in [Application::Public, Application::Secret, Application::Certificate] {
        let service = start(application).await;
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("tokens.json"));
        let web = web(&service, application, store.clone());
        let ann = sign_in(&web, "ann@contoso.com").await.unwrap();
        let bob = sign_in(&web, "bob@contoso.com").await.unwrap();
        assert_eq!(
            (ann.name.as_deref(), ann.user_name.as_deref()),
            (Some("Ann Smith"), Some("ann@contoso.com"))
        );
        assert_eq!(ann.user.tenant_id(), TENANT);
        assert!(ann.user != bob.user);
        // The first access token comes with the sign-in.
        let url = &service.url;
        for (user, name) in [(&ann.user, "ann@contoso.com"), (&bob.user, "bob@contoso.com")] {
            assert_eq!(who(&web, url, user).await.unwrap(), name);
        }
        assert_eq!((ann.account.tokens_fetched(), service.state.lock().unwrap().refreshes), (1, 0));
        // Each person has a refresh token, by which the account goes on.
        for (user, name) in [(&ann.user, "ann@contoso.com"), (&bob.user, "bob@contoso.com")] {
            expire(&web, url, user).await;
            assert_eq!(who(&web, url, user).await.unwrap(), name);
        }
        // After a restart, the session has the key of the person, and the store has the token.
        let session = serde_json::to_string(&ann.user).unwrap();
        drop(web);
        let web = self::web(&service, application, store.clone());
        let user: UserKey = serde_json::from_str(&session).unwrap();
        assert_eq!(who(&web, url, &user).await.unwrap(), "ann@contoso.com");
        // A program without pages, such as a job at night, signs in with the key too.
        let stored = Credentials::stored("app", &bob.user).store(store.clone());
        let stored = match application {
            Application::Public => stored,
            Application::Secret => stored.authenticate_with_secret("hunter2-secret"),
            Application::Certificate => {
                stored.authenticate_with_certificate(Certificate::from_pem(&pem()).unwrap())
            }
        };
        assert_eq!(ask(&crate::service::client(url, stored)).await.unwrap()["UserId"], "bob@contoso.com");
        assert_eq!(who(&web, url, &bob.user).await.unwrap(), "bob@contoso.com");
        let state = service.state.lock().unwrap();
        assert_eq!((state.reused, state.refresh.len()), (0, 2));
        let grants: Vec<&str> = state.forms.iter().map(|form| form["grant_type"].as_str()).collect();
        assert_eq!(grants, [&["authorization_code"; 2][..], &["refresh_token"; 5]].concat());
        assert_eq!(
            state.forms[0]["scope"],
            format!("{url}/user_impersonation offline_access openid profile")
        );
    }
}

#[tokio::test]
async fn a_response_is_taken_once() {
    let service = start(Application::Secret).await;
    let store = MemoryStore::default();
    let web = web(&service, Application::Secret, store.clone());
    let (pending, response) = on_the_page(&web, "ann@contoso.com").await;
    let ann = web.complete(pending.clone(), response.clone()).await.unwrap();
    let error = web.complete(pending.clone(), response.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::SignIn, Some("already_used")));
    assert_eq!(service.state.lock().unwrap().forms.len(), 1, "nothing was sent for the second one");
    // Another process of the application does not know that, but the sign-in service does.
    let other = self::web(&service, Application::Secret, store.clone());
    let error = other.complete(pending, response).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::SignIn, Some("invalid_grant")));
    assert!(error.message().contains("AADSTS54005") && error.message().contains("once"), "{error}");
    assert!(!error.message().contains("Trace"), "{error}");
    // The person is signed in as before.
    expire(&web, &service.url, &ann.user).await;
    assert_eq!(who(&web, &service.url, &ann.user).await.unwrap(), "ann@contoso.com");

    // Of two requests at the same time, one succeeds.
    let (pending, response) = on_the_page(&web, "ann@contoso.com").await;
    let all = (0..8).map(|_| web.complete(pending.clone(), response.clone()));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(all.iter().flat_map(|result| result.as_ref().err()).all(|e| e.code() == Some("already_used")));

    // After a failure of the network, the response can be used again.
    let (pending, response) = on_the_page(&web, "ann@contoso.com").await;
    service.state.lock().unwrap().faults.push_back("");
    let error = web.complete(pending.clone(), response.clone()).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    web.complete(pending, response).await.unwrap();
}

#[tokio::test]
async fn only_the_response_to_the_browsers_own_sign_in_is_taken() {
    let service = start(Application::Secret).await;
    let web = web(&service, Application::Secret, MemoryStore::default());
    let (pending, response) = on_the_page(&web, "ann@contoso.com").await;
    let (other_pending, other_response) = on_the_page(&web, "mallory@contoso.com").await;
    let foreign = Credentials::authorization_code("other-app", REDIRECT).unwrap();
    let foreign = foreign.web_sign_in(&service.url).unwrap().build();
    for (web, pending, response) in [
        (&web, &pending, &other_response),
        (&web, &other_pending, &response),
        (&web, &pending, &RedirectResponse::parse("code=x").unwrap()),
        (&web, &pending, &RedirectResponse::parse("code=x&state=").unwrap()),
        (&web, &pending, &RedirectResponse::default()),
        (&web, &pending, &RedirectResponse::parse("error=access_denied").unwrap()),
        (&foreign, &pending, &response),
    ] {
        let error = web.complete(pending.clone(), response.clone()).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::SignIn, Some("state_mismatch")));
    }
    // Nothing was sent, and nothing was used up.
    assert_eq!(service.state.lock().unwrap().forms.len(), 0);
    let ann = web.complete(pending, response).await.unwrap();
    assert_eq!(ann.user_name.as_deref(), Some("ann@contoso.com"));
}

#[tokio::test]
async fn a_refusal_on_the_page_is_told_in_clean_words() {
    let service = start(Application::Secret).await;
    let web = web(&service, Application::Secret, MemoryStore::default());
    for (refusal, kind, code, message, transient) in [
        (
            "error=access_denied&error_description=AADSTS65004%3A+The+user%E2%80%AE+declined.%0D%0ATrace+ID%3A+1",
            ErrorKind::SignIn,
            "access_denied",
            "the sign-in was refused: AADSTS65004: The user declined.",
            false,
        ),
        (
            "error=login_required",
            ErrorKind::NeedsSignIn,
            "login_required",
            "the sign-in was refused: login_required",
            false,
        ),
        (
            "error=temporarily_unavailable&code=x",
            ErrorKind::SignIn,
            "temporarily_unavailable",
            "the sign-in was refused: temporarily_unavailable",
            true,
        ),
    ] {
        service.state.lock().unwrap().refusal = Some(refusal);
        let (page, pending) = web.begin(&SignInOptions::new()).await.unwrap();
        let back = visit(&page).await;
        let response = RedirectResponse::parse(back.query().unwrap()).unwrap();
        let error = web.complete(pending, response).await.unwrap_err();
        assert_eq!((error.kind(), error.code(), error.message()), (kind, Some(code), message));
        assert_eq!(error.is_transient(), transient);
    }
    // A response without anything, and an id token that is not for this application.
    service.state.lock().unwrap().refusal = Some("x=y");
    let (page, pending) = web.begin(&SignInOptions::new()).await.unwrap();
    let back = visit(&page).await;
    let response = RedirectResponse::parse(back.query().unwrap()).unwrap();
    assert!(web.complete(pending, response).await.unwrap_err().message().contains("neither a code"));
    for claims in [json!({ "aud": "other" }), json!({ "tid": "00000000-0000-0000-0000-000000000000" })] {
        service.state.lock().unwrap().claims = claims;
        let error = sign_in(&web, "ann@contoso.com").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().contains("who has signed in"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_took_more_than_an_hour_is_refused() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let hold = tokio::task::spawn_blocking(move || stopped.recv());
    let service = start(Application::Public).await;
    let clock = TokioClock::starting(Timestamp::UNIX_EPOCH);
    let web = credentials(Application::Public).web_sign_in(&service.url).unwrap().clock(clock).build();
    let (pending, response) = on_the_page(&web, "ann@contoso.com").await;
    assert_eq!(pending.begun_at(), Timestamp::UNIX_EPOCH);
    tokio::time::advance(Duration::from_secs(3_601)).await;
    let error = web.complete(pending, response).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::SignIn, Some("expired")));
    drop(stop);
    let _ = hold.await;
}

#[tokio::test]
async fn people_of_any_tenant_sign_in_if_the_application_says_so() {
    let service = start(Application::Public).await;
    let web = credentials(Application::Public).tenant("organizations").web_sign_in(&service.url).unwrap();
    let web = web.build();
    let (page, _) = web.begin(&SignInOptions::new()).await.unwrap();
    assert!(page.path().starts_with("/organizations/"), "{page}");
    // The account's tokens are renewed in the person's own tenant.
    let other = "ffffeeee-1111-2222-3333-ddddccccbbbb";
    service.state.lock().unwrap().claims =
        json!({ "tid": other, "iss": format!("{}/{other}/v2.0", service.url) });
    let signed_in = sign_in(&web, "eve@fabrikam.com").await.unwrap();
    assert_eq!(signed_in.user.tenant_id(), other);
    expire(&web, &service.url, &signed_in.user).await;
    assert_eq!(who(&web, &service.url, &signed_in.user).await.unwrap(), "eve@fabrikam.com");
    assert!(signed_in.account.describe().contains(other));
    // A tenant that was named is the only one.
    let web = credentials(Application::Public).tenant(TENANT).web_sign_in(&service.url).unwrap().build();
    assert!(sign_in(&web, "eve@fabrikam.com").await.unwrap_err().message().contains("another tenant"));
}

#[tokio::test]
async fn a_person_who_has_to_sign_in_again_is_named() {
    let service = start(Application::Secret).await;
    let store = MemoryStore::default();
    let events = Arc::new(Mutex::new(Vec::<SignInRequired>::new()));
    let told = Arc::clone(&events);
    let web = credentials(Application::Secret)
        .store(store.clone())
        .web_sign_in(&service.url)
        .unwrap()
        .on_needs_sign_in(move |event| told.lock().unwrap().push(event.clone()))
        .build();
    let ann = sign_in(&web, "ann@contoso.com").await.unwrap();
    let bob = sign_in(&web, "bob@contoso.com").await.unwrap();
    service.state.lock().unwrap().refresh.retain(|_, person| person != "ann@contoso.com");
    for user in [&ann.user, &bob.user] {
        expire(&web, &service.url, user).await;
    }
    for _ in 0..3 {
        let error = who(&web, &service.url, &ann.user).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NeedsSignIn);
        assert_eq!(who(&web, &service.url, &bob.user).await.unwrap(), "bob@contoso.com");
    }
    {
        let events = events.lock().unwrap();
        assert_eq!(events.len(), 1);
        let event = &events[0];
        assert_eq!(event.identity.user.as_ref(), Some(&ann.user));
        assert_eq!(event.identity.person.as_deref(), Some("ann@contoso.com"));
        assert_eq!(event.identity.tenant.as_deref(), Some(TENANT));
        assert_eq!(event.identity.application.as_deref(), Some("app"));
        assert_eq!(event.organisation.resource(), service.url);
        assert_eq!((event.error.kind(), event.all_organisations), (ErrorKind::NeedsSignIn, true));
        assert!(!format!("{event:?}{event}").contains("hunter2"));
    }
    // A new sign-in makes the account work again, also where it is in use already.
    let again = sign_in(&web, "ann@contoso.com").await.unwrap();
    assert_eq!(again.user, ann.user);
    let client = Client::builder(&service.url).account(&ann.account).build().unwrap();
    assert_eq!(ask(&client).await.unwrap()["UserId"], "ann@contoso.com");
    // Nobody has signed in as this person.
    let nobody = UserKey::new("nobody", TENANT).unwrap();
    assert_eq!(who(&web, &service.url, &nobody).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
}

#[tokio::test]
async fn a_person_who_signs_out_is_forgotten() {
    let service = start(Application::Secret).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    let web = web(&service, Application::Secret, FileStore::new(&path));
    let other = self::web(&service, Application::Secret, FileStore::new(&path));
    let ann = sign_in(&web, "ann@contoso.com").await.unwrap();
    let bob = sign_in(&web, "bob@contoso.com").await.unwrap();
    assert_eq!(who(&other, &service.url, &ann.user).await.unwrap(), "ann@contoso.com");
    other.sign_out(&ann.user).await.unwrap();
    let file = std::fs::read_to_string(&path).unwrap();
    assert!(!file.contains(ann.user.object_id()) && file.contains(bob.user.object_id()), "{file}");
    assert_eq!(who(&other, &service.url, &ann.user).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    // This process uses its access token until it expires; then it does not store a new token.
    expire(&web, &service.url, &ann.user).await;
    assert_eq!(who(&web, &service.url, &ann.user).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    // Clones of the account are signed out too.
    web.sign_out(&bob.user).await.unwrap();
    let client = Client::builder(&service.url).account(&bob.account).build().unwrap();
    assert_eq!(ask(&client).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    assert!(!std::fs::read_to_string(&path).unwrap().contains("hunter2"));
}

#[tokio::test]
async fn the_http_client_of_the_program_sends_all_requests() {
    let service = start(Application::Public).await;
    let http = reqwest::Client::builder().no_proxy().user_agent("the program's").build().unwrap();
    let web = credentials(Application::Public).http_client(http).web_sign_in(&service.url).unwrap().build();
    let ann = sign_in(&web, "ann@contoso.com").await.unwrap();
    expire(&web, &service.url, &ann.user).await;
    who(&web, &service.url, &ann.user).await.unwrap();
    assert_eq!(service.state.lock().unwrap().agents, ["the program's"; 2]);
}

#[tokio::test]
async fn no_secret_of_a_web_sign_in_is_shown() {
    let service = start(Application::Secret).await;
    let web = web(&service, Application::Secret, MemoryStore::default());
    let (pending, response) = on_the_page(&web, "ann@contoso.com").await;
    let session = serde_json::to_value(&pending).unwrap();
    let mut shown = format!("{web:?} {pending:?} {response:?} {pending:#?}");
    for echoed in [
        r#"{"error":"invalid_grant","error_description":"wrong {code} {verifier} {state} {secret}"}"#,
        r#"{"error":"{verifier}"}"#,
        r#"{"access_token":"{code}""#,
    ] {
        let (pending, response) = on_the_page(&web, "ann@contoso.com").await;
        let code = "hunter2-code";
        let session = serde_json::to_value(&pending).unwrap();
        let body = echoed
            .replace("{code}", code)
            .replace("{verifier}", session["verifier"].as_str().unwrap())
            .replace("{state}", session["state"].as_str().unwrap())
            .replace("{secret}", "hunter2-secret");
        service.state.lock().unwrap().faults.push_back(Box::leak(body.into_boxed_str()));
        let error = web.complete(pending, response).await.unwrap_err();
        shown += &format!("{error:?} {error}");
        for secret in ["verifier", "state"] {
            assert!(!shown.contains(session[secret].as_str().unwrap()), "{secret} in {shown}");
        }
    }
    let signed_in = web.complete(pending, response).await.unwrap();
    shown += &format!("{signed_in:?}");
    let token = signed_in.account.token(&Audience::of(&Url::parse(&service.url).unwrap())).await.unwrap();
    let secrets = ["hunter2", "c2lnbmF0dXJl", token.secret().expose_secret()];
    let state = [session["state"].as_str().unwrap(), session["verifier"].as_str().unwrap()];
    let log = String::from_utf8_lossy(&crate::service::log().lock().unwrap()).into_owned();
    for secret in secrets.into_iter().chain(state) {
        assert!(!shown.contains(secret), "{secret} in {shown}");
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
