//! Requests tokens with the OAuth 2.0 grants of Microsoft's sign-in service, for accounts that sign in with
//! [`Credentials`]. The crate `oauth2` implements the protocol; [`connection`](super::connection) sends the
//! HTTP requests.
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest;
use futures_util::future::BoxFuture;
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, ClientId, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, ExtraTokenFields,
    Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use url::Url;

use super::authority::{Authority, Cloud};
use super::connection::{AuthenticatedClient, Connection};
use super::credentials::Credentials;
use super::grant::{Grant, Interaction};
use super::identity::Identity;
use super::person::RefreshState;
use super::refusal::{TokenRefusal, convert_error};
use super::{AccessToken, Account, AccountBuilder, Audience, TokenSource};
use crate::client::address::is_loopback;
use crate::clock::{Clock, SystemClock};
use crate::redact::Redactor;
use crate::{Error, ErrorKind, Result, client};

/// The OAuth library's client, with an endpoint for each grant.
pub(super) type OauthClient =
    UnsetClient<EndpointSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

type UnsetClient<
    Authorize = EndpointNotSet,
    Device = EndpointNotSet,
    Introspect = EndpointNotSet,
    Revoke = EndpointNotSet,
    Token = EndpointNotSet,
> = oauth2::Client<
    TokenRefusal,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Authorize,
    Device,
    Introspect,
    Revoke,
    Token,
>;

/// A response of the token endpoint with tokens.
pub(super) type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

/// The member of a response that says who has signed in. Only people who sign in to a web application get an
/// id token, as it is not requested otherwise.
#[derive(Deserialize, Serialize)]
pub(super) struct IdToken {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken")
    }
}

/// The lifetime of an access token if the response does not state it.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The token source of an account that signs in with [`Credentials`].
pub(crate) struct OauthTokenSource {
    pub(super) credentials: Credentials,
    pub(super) connection: Connection,
    org: Url,
    authority: OnceCell<Authority>,
    pub(super) refresh: Mutex<RefreshState>,
    /// The user name of a person who has signed in to a web application; `None` if it is not known.
    user_name: Mutex<Option<String>>,
}

impl Credentials {
    /// Starts building an account with these credentials, for example to add a hook or to share the account
    /// among clients. `org_url` is the URL of an organisation; a tenant or a cloud that is not set is taken
    /// from this organisation's 401 response.
    ///
    /// # Errors
    /// Returns an error if `org_url` is not the URL of an organisation, or if the system offers no TLS.
    pub fn account(self, org_url: &str) -> Result<AccountBuilder> {
        let org = client::address::org_url(org_url)?;
        let http = http_client(&self, &org)?;
        Ok(Account::builder(OauthTokenSource::new(self, http, org, Arc::new(SystemClock))))
    }
}

impl OauthTokenSource {
    pub(crate) fn new(
        credentials: Credentials,
        http: reqwest::Client,
        org: Url,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let http = credentials.http.clone().unwrap_or(http);
        let connection = Connection { http, clock, redactor: Redactor::default() };
        Self {
            credentials,
            connection,
            org,
            authority: OnceCell::new(),
            refresh: Mutex::default(),
            user_name: Mutex::default(),
        }
    }

    /// Returns the sign-in service, which is looked for once. Returns the errors of [`find_authority`].
    pub(super) async fn authority(&self) -> Result<&Authority> {
        let Credentials { cloud, tenant, .. } = &self.credentials;
        let found = find_authority(&self.connection.http, &self.org, *cloud, tenant.as_deref());
        self.authority.get_or_try_init(|| found).await
    }

    /// Sets the user name of the person, for messages.
    pub(super) fn set_user_name(&self, name: Option<String>) {
        *self.user_name.lock().unwrap_or_else(PoisonError::into_inner) = name;
    }

    /// Returns the sign-in service; `None` if it has not been looked for.
    pub(super) fn found_authority(&self) -> Option<&Authority> {
        self.authority.get()
    }

    pub(super) fn oauth_client(&self, authority: &Authority) -> Result<OauthClient> {
        let wrong = |error: url::ParseError| {
            Error::new(ErrorKind::SignIn, format!("the sign-in service has no URL: {error}"))
        };
        Ok(<UnsetClient>::new(ClientId::new(self.credentials.client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(authority.endpoint("authorize")).map_err(wrong)?)
            .set_device_authorization_url(
                DeviceAuthorizationUrl::new(authority.endpoint("devicecode")).map_err(wrong)?,
            )
            .set_token_uri(TokenUrl::new(authority.endpoint("token")).map_err(wrong)?))
    }

    /// Returns an HTTP client that adds the application's credentials, if it has any, to its requests.
    pub(super) fn authenticated_client(&self, authority: &Authority) -> AuthenticatedClient<'_> {
        AuthenticatedClient {
            connection: &self.connection,
            authentication: self.credentials.authentication.as_deref(),
            client_id: &self.credentials.client_id,
            endpoint: authority.endpoint("token"),
        }
    }

    /// Requests an access token for `audience` from the sign-in service, by the grant of the credentials.
    ///
    /// # Errors
    /// Returns an error if the sign-in service is not found or refuses the sign-in, or if the store fails.
    async fn new_token(&self, audience: &Audience) -> Result<AccessToken> {
        let authority = self.authority().await?;
        let oauth = self.oauth_client(authority)?;
        let http = self.authenticated_client(authority);
        match &self.credentials.grant {
            Grant::Application => {
                let request =
                    oauth.exchange_client_credentials().add_scope(Scope::new(audience.default_scope()));
                let response = request.request_async(&http).await;
                self.token(&response.map_err(|error| convert_error(error, false))?)
            }
            Grant::User(interaction) => {
                let account = self.store_key(authority, interaction);
                self.sign_in_person(&oauth, &http, &account, audience, interaction).await
            }
        }
    }

    /// Returns the key of the account in the store.
    pub(super) fn store_key(&self, authority: &Authority, interaction: &Interaction) -> String {
        let Credentials { client_id, name, user, .. } = &self.credentials;
        let person = match (user, interaction) {
            (Some(user), _) => user.object_id().to_owned(),
            // Without a name, only the given token says whose token the successors in the store are.
            (None, Interaction::None(token)) if name.is_empty() => {
                let hash = digest::digest(&digest::SHA256, token.expose_secret().as_bytes());
                let hash = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}"));
                format!("token-{}", hash.collect::<String>())
            }
            (None, _) => name.clone(),
        };
        format!("{}/{}/{client_id}/{person}", authority.host(), authority.tenant)
    }

    pub(super) fn token(&self, response: &Tokens) -> Result<AccessToken> {
        let life = response.expires_in().unwrap_or(DEFAULT_TOKEN_LIFETIME);
        let expires_at = self.connection.clock.now().saturating_add(life).unwrap_or(jiff::Timestamp::MAX);
        let secret = response.access_token().secret();
        if secret.is_empty() {
            return Err(Error::new(ErrorKind::SignIn, "the sign-in service gave an empty token"));
        }
        Ok(AccessToken::new(SecretString::from(secret.clone()), expires_at))
    }
}

impl TokenSource for OauthTokenSource {
    fn fetch<'a>(&'a self, audience: &'a Audience) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async move {
            let token = self.new_token(audience).await;
            token.map_err(|error| error.redacted(&self.connection.redactor))
        })
    }

    fn describe(&self) -> String {
        let Credentials { client_id, tenant, .. } = &self.credentials;
        let found = self.authority.get().map(|authority| authority.tenant.as_str());
        let tenant =
            tenant.as_deref().or(found).map_or_else(String::new, |tenant| format!(" in tenant {tenant}"));
        format!("as app {client_id}{tenant} ({})", self.credentials.grant_name())
    }

    fn identity(&self) -> Identity {
        let Credentials { client_id, tenant, name, user, .. } = &self.credentials;
        let found = self.authority.get().map(|authority| authority.tenant.clone());
        let user_name = self.user_name.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut identity = Identity::default().with_application(client_id);
        identity.tenant = tenant.clone().or(found);
        identity.person = user_name.or_else(|| Some(name.clone()).filter(|name| !name.is_empty()));
        identity.user = user.clone();
        identity
    }

    fn signed_in_elsewhere(&self) -> BoxFuture<'_, bool> {
        Box::pin(self.store_has_new_token())
    }
}

/// Returns the HTTP client of the credentials, or a new one for the sign-in to the organisation at `org`.
/// Returns an error if the system offers no TLS.
pub(super) fn http_client(credentials: &Credentials, org: &Url) -> Result<reqwest::Client> {
    if let Some(http) = &credentials.http {
        return Ok(http.clone());
    }
    let distance = client::RoundTripEstimate::default();
    client::http_client(org, client::USER_AGENT, client::DEFAULT_CONNECT_TIMEOUT, &distance)
}

/// Returns the sign-in service for the organisation at `org`. If the tenant is set, this is the service of the
/// cloud, otherwise the one that the organisation names. The emulator always has its own. Returns an error if
/// the tenant is invalid, or if the organisation does not name a known service.
async fn find_authority(
    http: &reqwest::Client,
    org: &Url,
    cloud: Option<Cloud>,
    tenant: Option<&str>,
) -> Result<Authority> {
    match tenant {
        Some(tenant) if !is_loopback(org) => {
            Authority::of_cloud(cloud.unwrap_or_else(|| Cloud::of(org)), tenant)
        }
        Some(tenant) => Authority::discover(http, org).await?.with_tenant(tenant),
        None => Authority::discover(http, org).await,
    }
}

pub(super) fn scopes(audience: &Audience) -> [Scope; 2] {
    [Scope::new(audience.user_scope()), Scope::new("offline_access".to_owned())]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// An HTTP client that fails in every request: each goes to a proxy that is not there.
    fn offline() -> reqwest::Client {
        let proxy = reqwest::Proxy::all("http://127.0.0.1:9").unwrap();
        reqwest::Client::builder().proxy(proxy).build().unwrap()
    }

    #[tokio::test]
    async fn a_named_tenant_needs_no_request_to_the_organisation() {
        for (org, cloud, host) in [
            ("https://a.crm4.dynamics.com/", None, "https://login.microsoftonline.com"),
            ("https://a.crm.dynamics.cn/", None, "https://login.partner.microsoftonline.cn"),
            ("https://a.crm4.dynamics.com/", Some(Cloud::UsGovernment), "https://login.microsoftonline.us"),
        ] {
            let found = find_authority(&offline(), &org.parse().unwrap(), cloud, Some("t1")).await.unwrap();
            assert_eq!((found.host().as_str(), found.tenant.as_str()), (host, "t1"), "{org}");
        }
        let org = "https://a.crm4.dynamics.com/".parse().unwrap();
        let error = find_authority(&offline(), &org, None, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "without a tenant the organisation is asked");
        let error = find_authority(&offline(), &org, None, Some("a/b")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        let emulator = "http://127.0.0.1:9/".parse().unwrap();
        let error = find_authority(&offline(), &emulator, None, Some("t1")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "the emulator has its own service");
    }

    fn source(credentials: Credentials) -> OauthTokenSource {
        let org = "https://a.crm4.dynamics.com/".parse().unwrap();
        OauthTokenSource::new(credentials, offline(), org, Arc::new(SystemClock))
    }

    #[test]
    fn a_token_source_says_who_signs_in_and_how() {
        let user = crate::auth::UserKey::new("o2", "t2").unwrap();
        for (credentials, how) in [
            (Credentials::client_secret("app", "hunter2"), "as app app (client credentials)"),
            (
                Credentials::client_secret("app", "hunter2").tenant("t1"),
                "as app app in tenant t1 (client credentials)",
            ),
            (Credentials::federated_token_file("app", "file"), "as app app (federated token)"),
            (Credentials::refresh_token("app", "hunter2"), "as app app (refresh token)"),
            (
                Credentials::refresh_token("app", "hunter2").authenticate_with_secret("hunter2"),
                "as app app (refresh token)",
            ),
            (Credentials::device_code("app", |_| {}), "as app app (device code)"),
            (Credentials::browser("app", |_| {}), "as app app (browser)"),
            (Credentials::stored("app", &user), "as app app in tenant t2 (stored sign-in)"),
            (Credentials::authorization_code("app", "https://a/b").unwrap(), "as app app (web sign-in)"),
        ] {
            let shown = format!("{credentials:?}");
            let source = source(credentials);
            assert_eq!(source.describe(), how);
            assert!(!shown.contains("hunter2") && shown.contains("app"), "{shown}");
        }
    }

    #[test]
    fn the_identity_prefers_the_user_name_to_the_given_name() {
        let source = source(Credentials::refresh_token("app", "x").person("Ann").tenant("t1"));
        let identity = source.identity();
        assert_eq!((identity.person.as_deref(), identity.tenant.as_deref()), (Some("Ann"), Some("t1")));
        source.set_user_name(Some("ann@contoso.com".to_owned()));
        assert_eq!(source.identity().person.as_deref(), Some("ann@contoso.com"));
        let nobody = self::source(Credentials::client_secret("app", "x"));
        assert_eq!((nobody.identity().person, nobody.identity().tenant), (None, None));
    }

    #[test]
    fn the_key_of_a_stored_token_names_the_service_the_application_and_the_person() {
        let authority = Authority::of_cloud(Cloud::Public, "t1").unwrap();
        let key = |credentials: Credentials| {
            let source = source(credentials);
            let Grant::User(interaction) = &source.credentials.grant else { panic!("not a person") };
            source.store_key(&authority, interaction)
        };
        let base = "https://login.microsoftonline.com/t1/app/";
        assert_eq!(key(Credentials::browser("app", |_| {})), base);
        assert_eq!(key(Credentials::browser("app", |_| {}).person("Ann")), format!("{base}Ann"));
        assert_eq!(key(Credentials::refresh_token("app", "x").person("Ann")), format!("{base}Ann"));
        let unnamed = key(Credentials::refresh_token("app", "x"));
        let digits = unnamed.strip_prefix(&format!("{base}token-")).unwrap();
        assert!(digits.len() == 32 && digits.chars().all(|c| c.is_ascii_hexdigit()), "{unnamed}");
        assert_ne!(unnamed, key(Credentials::refresh_token("app", "y")));
        let user = crate::auth::UserKey::new("o1", "t1").unwrap();
        assert_eq!(key(Credentials::stored("app", &user)), format!("{base}o1"));
    }

    #[test]
    fn a_scope_is_that_of_the_organisation() {
        let audience = Audience::of(&"https://a.crm4.dynamics.com/main.aspx?x".parse().unwrap());
        assert_eq!(audience.resource(), "https://a.crm4.dynamics.com");
        assert_eq!(audience.default_scope(), "https://a.crm4.dynamics.com/.default");
        assert_eq!(
            scopes(&audience).map(|scope| scope.to_string()),
            ["https://a.crm4.dynamics.com/user_impersonation", "offline_access"]
        );
    }

    #[test]
    fn the_lifetime_of_a_token_is_that_of_the_response_or_ten_minutes() {
        let source = source(Credentials::client_secret("app", "x"));
        let read = |text: &str| source.token(&serde_json::from_str::<Tokens>(text).unwrap());
        for (text, seconds) in [
            (r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#, 60),
            (r#"{"access_token":"a","token_type":"Bearer"}"#, 600),
        ] {
            let before = SystemClock.now();
            let life = read(text).unwrap().expires_at().duration_since(before).as_secs();
            assert!((seconds..=seconds + 60).contains(&life), "{text}: {life}");
        }
        let forever = r#"{"access_token":"a","token_type":"Bearer","expires_in":18446744073709551615}"#;
        assert_eq!(read(forever).unwrap().expires_at(), jiff::Timestamp::MAX);
        let empty = read(r#"{"access_token":"","token_type":"Bearer"}"#).unwrap_err();
        assert_eq!(
            (empty.kind(), empty.message()),
            (ErrorKind::SignIn, "the sign-in service gave an empty token")
        );
    }
}
