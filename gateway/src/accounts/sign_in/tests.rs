//! Tests of the pages that browsers open.
use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;

use super::*;
use crate::settings::Settings;
use crate::testing;

/// The status, the headers, and the body of a response.
async fn sent(response: Response) -> (u16, HeaderMap, String) {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

/// The page with a sentence.
fn html(text: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Connect an organisation</title><p>{text}</p></html>"
    )
}

#[tokio::test]
async fn a_page_has_a_sentence_and_no_scripts() {
    for (text, shown) in [("a", "a"), ("<b>&amp;\"'", "&lt;b&gt;&amp;amp;\"'")] {
        let (status, headers, body) = sent(page(StatusCode::CONFLICT, text)).await;
        assert_eq!((status, body), (409, html(shown)));
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(
            headers,
            [
                ("content-type", "text/html; charset=utf-8"),
                ("cache-control", "no-store"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
                ("referrer-policy", "no-referrer"),
            ]
        );
    }
}

#[test]
fn the_browser_is_known_by_its_cookie() {
    for (values, expected) in [
        (&[][..], None),
        (&["dvkit_sign_in=a"], Some("a")),
        (&["x=1; dvkit_sign_in=a ; y=2"], Some("a")),
        (&["x=1", "dvkit_sign_in=a=b"], Some("a=b")),
        (&["dvkit_sign_in=a; dvkit_sign_in=b"], Some("a")),
        (&["dvkit_sign_in="], Some("")),
        (&["dvkit_sign_in"], None),
        (&["xdvkit_sign_in=a", "dvkit_sign_in2=a", "DVKIT_SIGN_IN=a"], None),
    ] {
        let mut map = HeaderMap::new();
        for value in values {
            map.append(COOKIE, HeaderValue::from_static(value));
        }
        assert_eq!(cookie(&map).as_deref(), expected, "{values:?}");
    }
}

#[test]
fn a_state_is_kept_as_its_hash() {
    assert_eq!(hashed("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/// Signs a link of an account.
fn link(gateway: &Gateway, place: &str, account: &str, expires: i64) -> String {
    let link = Link { account: account.to_owned(), expires, return_url: None };
    gateway.store().keys().signed(place, &serde_json::to_string(&link).unwrap())
}

#[tokio::test]
async fn a_link_that_is_not_good_any_more_is_told_so() {
    const EXPIRED: &str = "This link has expired. Ask for a new one.";
    let gateway = testing::gateway().await;
    let account = testing::account(&gateway, AuthKind::ClientCredentials).await;
    let operated = "This account signs in as an application. Whoever operates it has to replace its secret.";
    for (link, status, text) in [
        (String::new(), 404, EXPIRED),
        ("x".to_owned(), 404, EXPIRED),
        (gateway.store().keys().signed(LINK, "no link"), 404, EXPIRED),
        (link(&gateway, "other", &account.id, 60), 404, EXPIRED),
        (link(&gateway, LINK, "acc_0", 60), 404, EXPIRED),
        (link(&gateway, LINK, &account.id, -1), 404, EXPIRED),
        (link(&gateway, LINK, &account.id, 0), 404, EXPIRED),
        (link(&gateway, LINK, &account.id, 60), 200, operated),
    ] {
        let (found, _, body) = sent(open(State(gateway.clone()), Path(link.clone())).await).await;
        assert_eq!((found, body), (status, html(text)), "{link}");
    }
}

#[tokio::test]
async fn a_link_is_good_for_a_week_and_knows_where_to_return() {
    let gateway = testing::gateway().await;
    let account = crate::store::test_account("acc_1");
    let back: Url = "https://app.contoso.com/done".parse().unwrap();
    for return_url in [None, Some(&back)] {
        let url = gateway.sign_in_url_back_to(&account, return_url);
        let signed = url.as_str().strip_prefix("https://gw.contoso.com/connect/").unwrap();
        let link = gateway.store().keys().verified(LINK, signed).unwrap();
        let link: Link = serde_json::from_str(&link).unwrap();
        assert_eq!(
            (link.account.as_str(), link.return_url.as_deref()),
            ("acc_1", return_url.map(Url::as_str))
        );
        assert_eq!(link.expires, 604_800);
    }
    assert_eq!(gateway.redirect_uri(), "https://gw.contoso.com/connect/callback");
}

#[tokio::test]
async fn a_sign_in_begins_on_the_page_of_microsoft_in_the_browser_that_opened_the_link() {
    for (public_url, is_secure) in [(Some("https://gw.contoso.com"), true), (None, false)] {
        let settings =
            Settings { public_url: public_url.map(|url| url.parse().unwrap()), ..testing::settings() };
        let gateway = testing::builder(settings).await.build().unwrap();
        let new = crate::store::NewAccount {
            tenant: "t".to_owned(),
            name: "Contoso".to_owned(),
            org_url: "https://contoso.crm4.dynamics.com/".to_owned(),
            auth: AuthKind::AuthorizationCode,
            application: testing::CLIENT_ID.to_owned(),
            secret: None,
            entra_tenant: Some("contoso.com".to_owned()),
        };
        let account = gateway.store().create_account(new, gateway.now()).await.unwrap();
        let web = gateway.web_sign_in(&account).await.unwrap();
        let (url, _) = web.begin(&SignInOptions::new()).await.unwrap();
        assert!(url.as_str().starts_with("https://login.microsoftonline.com/contoso.com/"), "{url}");
        let link = link(&gateway, LINK, &account.id, 60);
        let (status, headers, _) = sent(open(State(gateway.clone()), Path(link)).await).await;
        assert_eq!(status, 303);
        assert_eq!(
            (&headers[CACHE_CONTROL], &headers[REFERRER_POLICY]),
            (&HeaderValue::from_static("no-store"), &HeaderValue::from_static("no-referrer"))
        );
        let cookie = headers[SET_COOKIE].to_str().unwrap();
        let (browser, attributes) = cookie.split_once(';').unwrap();
        let secure = if is_secure { "; Secure" } else { "" };
        assert_eq!(attributes, format!(" Path=/connect; Max-Age=3600; HttpOnly; SameSite=Lax{secure}"));
        let browser = browser.strip_prefix("dvkit_sign_in=").unwrap();
        assert_eq!(browser.len(), 32);
        let page: Url = headers["location"].to_str().unwrap().parse().unwrap();
        let value = |name: &str| page.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned();
        assert_eq!(
            (page.host_str(), value("client_id").as_str()),
            (Some("login.microsoftonline.com"), testing::CLIENT_ID)
        );
        assert_eq!(value("redirect_uri"), gateway.redirect_uri());
        // The browser that comes back is known by its cookie, and one without it is refused and ends the sign-in.
        let query = format!("code=x&state={}", value("state"));
        let (status, _, body) =
            sent(callback(State(gateway.clone()), RawQuery(Some(query.clone())), HeaderMap::new()).await)
                .await;
        let unknown = "This sign-in was begun elsewhere, used already, or has expired. Open the link again.";
        assert_eq!((status, body), (400, html(unknown)));
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::try_from(format!("{COOKIE_NAME}={browser}")).unwrap());
        let (status, _, body) = sent(callback(State(gateway), RawQuery(Some(query)), headers).await).await;
        assert_eq!((status, body), (400, html(unknown)), "it was used");
    }
}

#[tokio::test]
async fn a_browser_that_comes_back_without_a_sign_in_is_refused() {
    let gateway = testing::gateway().await;
    let unknown = "This sign-in was begun elsewhere, used already, or has expired. Open the link again.";
    for query in ["code=x&state=unknown", "code=x&state="] {
        let error = complete(&gateway, query, &HeaderMap::new()).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.code()), (400, "sign_in_refused"), "{query}");
        assert_eq!(error.message(), unknown, "{query}");
    }
    for query in ["", "x=1"] {
        let error = complete(&gateway, query, &HeaderMap::new()).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.code()), (400, "sign_in_refused"), "{query}");
    }
}
