//! The example `web_sign_in`, with a browser.
use dvkit_client::auth::{Credentials, FileStore};
use pretty_assertions::assert_eq;
use url::Url;

use crate::strict::{Application, start};

#[path = "../../examples/web_sign_in.rs"]
#[allow(dead_code, unreachable_pub, reason = "the example's `main` reads the environment")]
mod web_sign_in;

/// A browser that follows redirects and keeps the cookie of the application.
struct Browser {
    http: reqwest::Client,
    cookie: Option<String>,
}

impl Browser {
    fn new() -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        Self { http: http.unwrap(), cookie: None }
    }

    /// Opens a page, and returns the status, the text and the URL of the page that is shown in the end.
    async fn open(&mut self, url: &str) -> (u16, String, Url) {
        let mut url = Url::parse(url).unwrap();
        for _ in 0..10 {
            let mut request = self.http.get(url.clone());
            if let Some(cookie) = &self.cookie {
                request = request.header("cookie", cookie);
            }
            let response = request.send().await.unwrap();
            if let Some(cookie) = response.headers().get("set-cookie") {
                self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
            }
            let Some(to) = response.headers().get("location") else {
                return (response.status().as_u16(), response.text().await.unwrap(), url);
            };
            url = url.join(to.to_str().unwrap()).unwrap();
        }
        panic!("too many redirects, at last to {url}");
    }
}

#[tokio::test]
async fn the_example_signs_people_in_and_out() {
    let service = start(Application::Secret).await;
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let web = || {
        Credentials::authorization_code("app", &format!("{home}/signed-in"))
            .unwrap()
            .authenticate_with_secret("hunter2-secret")
            .store(FileStore::new(folder.path().join("tokens.json")))
            .web_sign_in(&service.url)
            .unwrap()
            .build()
    };
    let router = web_sign_in::application(web(), service.url.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut ann = Browser::new();
    let (status, text, url) = ann.open(&home).await;
    assert_eq!((status, url.as_str()), (200, format!("{home}/").as_str()));
    assert_eq!(text, "You are the user \"ann@contoso.com\" of the organisation.");
    // A page of the session needs no sign-in.
    let forms = service.state.lock().unwrap().forms.len();
    assert_eq!(ann.open(&home).await.1, text);
    assert_eq!(service.state.lock().unwrap().forms.len(), forms);

    // The link of another browser's sign-in signs nobody in.
    let mut mallory = Browser::new();
    let page = mallory.http.get(format!("{home}/sign-in")).send().await.unwrap();
    let back = mallory.http.get(page.headers()["location"].to_str().unwrap()).send().await.unwrap();
    let link = back.headers()["location"].to_str().unwrap().to_owned();
    let mut bob = Browser::new();
    bob.http.get(format!("{home}/sign-in")).send().await.unwrap();
    let sign_in = bob.http.get(format!("{home}/sign-in")).send().await.unwrap();
    let cookie = sign_in.headers()["set-cookie"].to_str().unwrap().split(';').next().map(str::to_owned);
    bob.cookie = cookie;
    let (status, text, _) = bob.open(&link).await;
    assert_eq!(status, 403, "{text}");
    assert!(text.contains("state_mismatch"), "{text}");
    mallory.cookie = None;

    // A refusal is shown.
    service.state.lock().unwrap().refusal = Some("error=access_denied&error_description=No");
    let (status, text, _) = Browser::new().open(&home).await;
    assert_eq!((status, text.as_str()), (403, "the sign-in was refused: No (access_denied)"));

    let (_, text, _) = ann.open(&format!("{home}/sign-out")).await;
    assert!(text.contains("signed out"), "{text}");
    let file = std::fs::read_to_string(folder.path().join("tokens.json")).unwrap();
    assert!(!file.contains("hunter2"), "{file}");
    // Then the home page begins a new sign-in.
    let grants = |service: &crate::strict::Strict| {
        let state = service.state.lock().unwrap();
        state.forms.iter().filter(|form| form["grant_type"] == "authorization_code").count()
    };
    let before = grants(&service);
    ann.open(&home).await;
    assert_eq!(grants(&service), before + 1);
}
