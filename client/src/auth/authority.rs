//! Finds the sign-in service of an organisation: that of a Microsoft cloud, or the one that the organisation
//! names in a 401 response. Secrets are sent only to known hosts.
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};
use url::Url;

use crate::client::address::is_loopback;
use crate::{Error, ErrorKind, Result};

/// A Microsoft cloud. Each cloud has its own sign-in service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cloud {
    /// The worldwide cloud. Organisations in GCC use the sign-in service of this cloud.
    Public,
    /// US Government: GCC High and DoD.
    UsGovernment,
    /// China, operated by 21Vianet.
    China,
}

/// The hosts of all sign-in services. Secrets are sent to no other host, except loopback hosts.
const AUTHORITIES: &[&str] = &[
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoftonline.us",
    "login.chinacloudapi.cn",
    "login.partner.microsoftonline.cn",
];

impl Cloud {
    /// Returns the cloud of the organisation with the URL `org`, judging by the host name.
    #[must_use]
    pub fn of(org: &Url) -> Self {
        let host = org.host_str().unwrap_or_default().to_ascii_lowercase();
        if host.ends_with(".dynamics.cn") {
            Self::China
        } else if host.ends_with(".microsoftdynamics.us") || host.ends_with(".appsplatform.us") {
            Self::UsGovernment
        } else {
            Self::Public
        }
    }

    /// Returns the host name of the cloud's sign-in service.
    #[must_use]
    pub fn authority(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }
}

/// A sign-in service, and one of its tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    /// The scheme, host and port of the sign-in service.
    base: Url,
    pub(crate) tenant: String,
}

impl Authority {
    /// Returns the authority for a tenant, given by id or domain, in the sign-in service of a cloud. Returns
    /// an error if `tenant` is neither an id nor a domain.
    pub(crate) fn of_cloud(cloud: Cloud, tenant: &str) -> Result<Self> {
        let base = Url::parse(&format!("https://{}/", cloud.authority()))
            .expect("the hosts of the clouds are hosts");
        Self { base, tenant: String::new() }.with_tenant(tenant)
    }

    pub(crate) fn with_tenant(self, tenant: &str) -> Result<Self> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if tenant.is_empty() || tenant.len() > 255 || !tenant.chars().all(fits) {
            return Err(Error::new(
                ErrorKind::SignIn,
                "a tenant is an id or a domain, like `contoso.onmicrosoft.com`; this one is neither",
            ));
        }
        Ok(Self { tenant: tenant.to_owned(), ..self })
    }

    /// Returns the URL of the endpoint `name`: `token`, `authorize` or `devicecode`.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!("{}{}/oauth2/v2.0/{name}", self.base, self.tenant)
    }

    /// Returns the scheme, host and port of the sign-in service, for messages and for the keys of stored
    /// tokens.
    pub(crate) fn host(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Reads the authority from the headers of the organisation's 401 response: `Bearer
    /// authorization_uri=https://login.microsoftonline.com/<tenant>/oauth2/authorize, resource_id=…`.
    ///
    /// # Errors
    /// Returns an error if the headers contain no such challenge, or if it names an unknown host: secrets are
    /// sent to known hosts only. A loopback host is accepted only if the organisation is on loopback too, as
    /// the emulator is.
    pub(crate) fn of_challenge(org: &Url, headers: &HeaderMap) -> Result<Self> {
        let refuse = |what: String| Error::new(ErrorKind::SignIn, what);
        let uri = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(authorization_uri)
            .ok_or_else(|| {
                refuse("the organisation does not say where to sign in: name the tenant".to_owned())
            })?;
        let url = Url::parse(uri).map_err(|error| {
            refuse(format!("the organisation names a sign-in service that is not a URL: {error}"))
        })?;
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let known = url.scheme() == "https" && url.port().is_none() && AUTHORITIES.contains(&host.as_str());
        let local = is_loopback(&url) && is_loopback(org);
        if !(known || local) || !url.username().is_empty() || url.password().is_some() {
            return Err(refuse(format!(
                "the organisation names `{host}` as its sign-in service, which is not a known one; nothing is sent there"
            )));
        }
        let tenant =
            url.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default().to_owned();
        let mut base = url;
        base.set_path("/");
        base.set_query(None);
        base.set_fragment(None);
        Self { base, tenant: String::new() }.with_tenant(&tenant)
    }

    /// Sends a request without a token to the organisation, and reads the authority from the 401 response.
    /// The kind of the error is [`ErrorKind::Connect`] if there is no response, and [`ErrorKind::SignIn`] if
    /// the response has another status or names no sign-in service that is known.
    pub(crate) async fn discover(http: &reqwest::Client, org: &Url) -> Result<Self> {
        let url = org.join("api/data/v9.2/").expect("a path joins a checked URL");
        let response =
            http.get(url).timeout(std::time::Duration::from_secs(30)).send().await.map_err(|error| {
                Error::new(ErrorKind::Connect, "the organisation cannot be asked where to sign in")
                    .with_source(error.without_url())
            })?;
        if response.status() != StatusCode::UNAUTHORIZED {
            let transient = crate::error::is_transient(response.status());
            return Err(Error::new(
                ErrorKind::SignIn,
                "the organisation does not say where to sign in: name the tenant, and check the URL",
            )
            .with_transient(transient)
            .with_status(response.status()));
        }
        Self::of_challenge(org, response.headers())
    }
}

/// Returns the value of `authorization_uri` in a challenge, without quotation marks; `None` if the challenge
/// has no such value.
fn authorization_uri(challenge: &str) -> Option<&str> {
    let lower = challenge.to_ascii_lowercase();
    let at = lower.find("authorization_uri")?;
    let rest = challenge[at + "authorization_uri".len()..].trim_start().strip_prefix('=')?.trim_start();
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([',', ' ']).next(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use pretty_assertions::assert_eq;

    use super::*;

    fn challenge(org: &str, text: &str) -> Result<Authority> {
        let mut headers = HeaderMap::new();
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_str(text).unwrap());
        Authority::of_challenge(&org.parse().unwrap(), &headers)
    }

    #[test]
    fn the_tenant_is_read_from_the_challenge() {
        let org = "https://contoso.crm4.dynamics.com/";
        for text in [
            "Bearer authorization_uri=https://login.microsoftonline.com/1-2-3/oauth2/authorize, resource_id=https://contoso.api.crm4.dynamics.com/",
            r#"Bearer resource_id="x", Authorization_URI="https://login.microsoftonline.com/1-2-3/oauth2/authorize""#,
        ] {
            let authority = challenge(org, text).unwrap();
            assert_eq!(
                authority.endpoint("token"),
                "https://login.microsoftonline.com/1-2-3/oauth2/v2.0/token"
            );
        }
    }

    #[test]
    fn an_unknown_sign_in_host_is_refused() {
        let org = "https://contoso.crm4.dynamics.com/";
        for uri in [
            "https://login.microsoftonline.com.evil.example/t/x",
            "https://evil.example/t/x",
            "http://login.microsoftonline.com/t/x",
            "https://login.microsoftonline.com:444/t/x",
            "https://a@login.microsoftonline.com/t/x",
            "http://127.0.0.1:9/t/x",
            "https://login.microsoftonline.com//x",
            "https://login.microsoftonline.com/a%2fb/x",
            "nonsense",
        ] {
            let error = challenge(org, &format!("Bearer authorization_uri={uri}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{uri}");
        }
        assert!(challenge(org, "Bearer").is_err());
        assert!(challenge("http://127.0.0.1:1/", "Bearer authorization_uri=http://127.0.0.1:9/t/x").is_ok());
    }

    #[test]
    fn a_cloud_is_recognised_by_its_host() {
        for (org, cloud) in [
            ("https://a.crm4.dynamics.com", Cloud::Public),
            ("https://a.crm9.dynamics.com", Cloud::Public),
            ("https://a.crm.microsoftdynamics.us", Cloud::UsGovernment),
            ("https://a.crm.appsplatform.us", Cloud::UsGovernment),
            ("https://a.crm.dynamics.cn", Cloud::China),
        ] {
            assert_eq!(Cloud::of(&org.parse().unwrap()), cloud, "{org}");
        }
    }

    #[test]
    fn every_cloud_has_its_sign_in_service() {
        for (cloud, token) in [
            (Cloud::Public, "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token"),
            (Cloud::UsGovernment, "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token"),
            (Cloud::China, "https://login.partner.microsoftonline.cn/contoso.com/oauth2/v2.0/token"),
        ] {
            let authority = Authority::of_cloud(cloud, "contoso.com").unwrap();
            assert_eq!(authority.endpoint("token"), token);
            assert!(AUTHORITIES.contains(&cloud.authority()), "secrets are sent there: {cloud:?}");
            assert!(token.starts_with(&authority.host()), "{}", authority.host());
        }
    }

    #[test]
    fn a_tenant_is_an_id_or_a_domain_of_at_most_255_characters() {
        let longest = "a".repeat(255);
        for (tenant, fits) in [
            ("contoso.onmicrosoft.com", true),
            ("11111111-2222-3333-4444-555555555555", true),
            (longest.as_str(), true),
            (&format!("{longest}a"), false),
            ("", false),
            ("a b", false),
            ("a/b", false),
            ("a%2fb", false),
            ("ä.com", false),
        ] {
            assert_eq!(Authority::of_cloud(Cloud::Public, tenant).is_ok(), fits, "{tenant}");
        }
    }

    #[test]
    fn the_address_in_a_challenge_is_read_in_every_form() {
        for (text, uri) in [
            ("Bearer authorization_uri=https://a/b", Some("https://a/b")),
            ("Bearer authorization_uri = https://a/b, x=y", Some("https://a/b")),
            ("Bearer authorization_uri=https://a/b x=y", Some("https://a/b")),
            ("Bearer AUTHORIZATION_URI=\"https://a/b, c\", x=y", Some("https://a/b, c")),
            ("Bearer authorization_uri", None),
            ("Bearer authorization_uri https://a/b", None),
            ("Bearer", None),
        ] {
            assert_eq!(authorization_uri(text), uri, "{text}");
        }
    }

    /// Of several challenges, the first that names the service counts.
    #[test]
    fn a_challenge_may_be_one_of_several() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Negotiate"));
        let uri = "Bearer authorization_uri=https://login.windows.net:443/t1/oauth2/authorize?a=b#c";
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(uri));
        let org = "https://contoso.crm4.dynamics.com/".parse().unwrap();
        let authority = Authority::of_challenge(&org, &headers).unwrap();
        assert_eq!(authority.endpoint("authorize"), "https://login.windows.net/t1/oauth2/v2.0/authorize");
    }

    #[test]
    fn a_host_belongs_to_a_cloud_by_its_end() {
        for org in
            ["https://dynamics.cn.evil.example", "https://a.dynamics.cn.com", "https://microsoftdynamics.us"]
        {
            assert_eq!(Cloud::of(&org.parse().unwrap()), Cloud::Public, "{org}");
        }
        assert_eq!(Cloud::of(&"https://a.CRM.Dynamics.CN".parse().unwrap()), Cloud::China);
    }

    #[tokio::test]
    async fn an_organisation_is_asked_and_its_refusal_says_where_to_sign_in() {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        for (status, has_challenge, outcome) in [
            (401, true, Ok(())),
            (401, false, Err((ErrorKind::SignIn, None, false))),
            (200, true, Err((ErrorKind::SignIn, Some(200), false))),
            (403, true, Err((ErrorKind::SignIn, Some(403), false))),
            (503, true, Err((ErrorKind::SignIn, Some(503), true))),
        ] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}/", listener.local_addr().unwrap());
            let names = format!("Bearer authorization_uri={address}tenant/oauth2/authorize");
            let router = axum::Router::new().fallback(move || {
                let name = if has_challenge { "www-authenticate" } else { "x-nothing" };
                let headers = [(name, names.clone())];
                async move { (StatusCode::from_u16(status).unwrap(), headers) }
            });
            tokio::spawn(async move { axum::serve(listener, router).await });
            match (Authority::discover(&http, &address.parse().unwrap()).await, outcome) {
                (Ok(authority), Ok(())) => {
                    assert_eq!(authority.endpoint("token"), format!("{address}tenant/oauth2/v2.0/token"));
                }
                (Err(error), Err((kind, status, transient))) => {
                    let found = error.status().map(|status| status.as_u16());
                    assert_eq!((error.kind(), found, error.is_transient()), (kind, status, transient));
                }
                (found, _) => panic!("{status}, {has_challenge}: {found:?}"),
            }
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let error = Authority::discover(&http, &address.parse().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
    }
}
