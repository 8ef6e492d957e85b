//! Requests tokens with the OAuth 2.0 grants of Microsoft's sign-in service, for accounts that sign in with
//! [`Credentials`]. The crate `oauth2` implements the protocol; [`connection`](super::connection) sends the
//! HTTP requests.
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, DeviceAuthorizationUrl, EndpointNotSet,
    EndpointSet, PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse, StandardErrorResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use url::Url;

use super::authority::{Authority, Cloud};
use super::browser::RedirectListener;
use super::connection::{AuthenticatedClient, Connection};
use super::credentials::Credentials;
use super::device;
use super::grant::{DevicePrompt, Grant, Interaction};
use super::{AccessToken, Account, AccountBuilder, Audience, TokenSource};
use crate::client::address::is_loopback;
use crate::clock::{Clock, SystemClock};
use crate::error::{MAX_CODE_LENGTH, truncate};
use crate::redact::Redactor;
use crate::{Error, ErrorKind, Result, client};

type OauthClient = BasicClient<EndpointSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The lifetime of an access token if the response does not state it.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// The maximum number of characters that a message quotes from the reason for a refused sign-in.
const MAX_REASON_LENGTH: usize = 500;
/// The maximum number of refresh tokens that are tried for one access token. More than one is needed only if
/// other processes exchange refresh tokens at the same moment.
const MAX_REFUSED_TOKENS: usize = 4;

/// The token source of an account that signs in with [`Credentials`].
pub(crate) struct OauthTokenSource {
    credentials: Credentials,
    connection: Connection,
    org: Url,
    authority: OnceCell<Authority>,
    /// The newest refresh token that this process has received, which is in the store too; `None` if it has
    /// received none.
    refresh: Mutex<Option<SecretString>>,
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
        let http = client::http_client(
            &org,
            client::USER_AGENT,
            Duration::from_secs(15),
            &client::RoundTripEstimate::default(),
        )?;
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
        let connection = Connection { http, clock, redactor: Redactor::default() };
        Self { credentials, connection, org, authority: OnceCell::new(), refresh: Mutex::default() }
    }

    /// Returns the sign-in service. If the tenant is set, this is the service of the cloud, otherwise the one
    /// that the organisation names. The emulator always has its own. Returns an error if the tenant is
    /// invalid, or if the organisation does not name a known service.
    async fn authority(&self) -> Result<&Authority> {
        self.authority
            .get_or_try_init(|| async {
                match &self.credentials.tenant {
                    Some(tenant) if !is_loopback(&self.org) => {
                        let cloud = self.credentials.cloud.unwrap_or_else(|| Cloud::of(&self.org));
                        Authority::of_cloud(cloud, tenant)
                    }
                    Some(tenant) => {
                        Authority::discover(&self.connection.http, &self.org).await?.with_tenant(tenant)
                    }
                    None => Authority::discover(&self.connection.http, &self.org).await,
                }
            })
            .await
    }

    fn oauth_client(&self, authority: &Authority) -> Result<OauthClient> {
        let wrong = |error: url::ParseError| {
            Error::new(ErrorKind::SignIn, format!("the sign-in service has no URL: {error}"))
        };
        Ok(BasicClient::new(ClientId::new(self.credentials.client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(authority.endpoint("authorize")).map_err(wrong)?)
            .set_device_authorization_url(
                DeviceAuthorizationUrl::new(authority.endpoint("devicecode")).map_err(wrong)?,
            )
            .set_token_uri(TokenUrl::new(authority.endpoint("token")).map_err(wrong)?))
    }

    /// Returns an HTTP client that adds the application's credentials, if it has any, to its requests.
    fn authenticated_client(&self, authority: &Authority) -> AuthenticatedClient<'_> {
        AuthenticatedClient {
            connection: &self.connection,
            authentication: self.credentials.authentication.as_ref(),
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
                self.token(response.map_err(|error| convert_error(error, false))?)
            }
            Grant::User(interaction) => {
                let account = format!(
                    "{}/{}/{}/{}",
                    authority.host(),
                    authority.tenant,
                    self.credentials.client_id,
                    self.credentials.name
                );
                self.sign_in_person(&oauth, &http, &account, audience, interaction).await
            }
        }
    }

    /// Signs a person in for `audience`: with a refresh token if there is a valid one, otherwise
    /// interactively. `account` is the key of the refresh token in the store. The kind of the error is
    /// [`ErrorKind::NeedsSignIn`] if only a new sign-in by the person can help. An error of the store is
    /// returned unchanged.
    ///
    /// If a refresh token is refused, another process may have exchanged it meanwhile and stored its
    /// successor. So the store is read before each attempt, and a refused token is removed only if the store
    /// still has this token.
    async fn sign_in_person(
        &self,
        oauth: &OauthClient,
        http: &AuthenticatedClient<'_>,
        account: &str,
        audience: &Audience,
        interaction: &Interaction,
    ) -> Result<AccessToken> {
        let mut refused: Vec<SecretString> = Vec::new();
        let mut dead = None;
        let response = loop {
            let token = match refused.len() {
                MAX_REFUSED_TOKENS => None,
                _ => self.refresh_token(account, interaction, &refused)?,
            };
            match (token, dead.take()) {
                (Some(token), _) => match self.exchange_refresh_token(oauth, http, audience, &token).await {
                    Err(error) if error.kind() == ErrorKind::NeedsSignIn => {
                        refused.push(token);
                        dead = Some(error);
                    }
                    response => break response?,
                },
                (None, Some(error)) => {
                    // The tokens are removed only now that the service has refused them; a failed connection
                    // leaves them in the store.
                    *self.refresh.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    for token in &refused {
                        self.credentials.store.remove_token(account, token)?;
                    }
                    return Err(error);
                }
                (None, None) => {
                    break match interaction {
                        Interaction::Device(prompt) => {
                            self.sign_in_with_device_code(oauth, http, audience, prompt).await?
                        }
                        Interaction::Browser(open) => {
                            self.sign_in_with_browser(oauth, http, audience, open).await?
                        }
                        Interaction::None(_) => {
                            return Err(Error::new(
                                ErrorKind::NeedsSignIn,
                                "there is no refresh token: sign in again",
                            ));
                        }
                    };
                }
            }
        };
        if let Some(token) = response.refresh_token() {
            let token = SecretString::from(token.secret().clone());
            self.credentials.store.save(account, &token)?;
            *self.refresh.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        }
        self.token(response)
    }

    /// Returns the refresh token to try next; `None` if all were tried. The order is: the token in the store,
    /// which another process may have renewed; the newest token of this process; the token in `interaction`.
    /// Tokens in `refused` are skipped. `account` is the key in the store. Returns an error if the store
    /// cannot be read.
    fn refresh_token(
        &self,
        account: &str,
        interaction: &Interaction,
        refused: &[SecretString],
    ) -> Result<Option<SecretString>> {
        let given = match interaction {
            Interaction::None(token) => Some(token.clone()),
            Interaction::Device(_) | Interaction::Browser(_) => None,
        };
        let newest = self.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let was_refused =
            |token: &SecretString| refused.iter().any(|r| r.expose_secret() == token.expose_secret());
        let all = [self.credentials.store.load(account)?, newest, given];
        Ok(all.into_iter().flatten().find(|token| !token.expose_secret().is_empty() && !was_refused(token)))
    }

    /// Exchanges the refresh token `token` for an access token for `audience`, and usually a new refresh token.
    /// The kind of the error is [`ErrorKind::NeedsSignIn`] if the service refuses the token.
    async fn exchange_refresh_token(
        &self,
        oauth: &OauthClient,
        http: &AuthenticatedClient<'_>,
        audience: &Audience,
        token: &SecretString,
    ) -> Result<BasicTokenResponse> {
        let refresh = RefreshToken::new(token.expose_secret().to_owned());
        let request = oauth.exchange_refresh_token(&refresh).add_scopes(scopes(audience));
        let response = request.request_async(http).await;
        response.map_err(|error| convert_error(error, true))
    }

    async fn sign_in_with_device_code(
        &self,
        oauth: &OauthClient,
        http: &AuthenticatedClient<'_>,
        audience: &Audience,
        prompt: &(dyn Fn(&DevicePrompt) + Send + Sync),
    ) -> Result<BasicTokenResponse> {
        let request = oauth.exchange_device_code().add_scopes(scopes(audience));
        let bounded = device::BoundedDeviceClient(http);
        let details: StandardDeviceAuthorizationResponse =
            request.request_async(&bounded).await.map_err(|error| convert_error(error, true))?;
        let redactor = &self.connection.redactor;
        redactor.remember(&SecretString::from(details.device_code().secret().clone()));
        prompt(&DevicePrompt {
            verification_uri: redactor.mask(details.verification_uri()).into_owned(),
            user_code: redactor.mask(details.user_code().secret()).into_owned(),
            expires_in: details.expires_in(),
        });
        let response = oauth.exchange_device_access_token(&details).request_async(http, device::wait, None);
        // The OAuth library measures time with the system's clock, which may stand still or be turned back.
        match tokio::time::timeout(details.expires_in(), response).await {
            Ok(response) => response.map_err(|error| convert_error(error, false)),
            Err(_) => Err(Error::new(ErrorKind::SignIn, "nobody typed the code while it was good")),
        }
    }

    async fn sign_in_with_browser(
        &self,
        oauth: &OauthClient,
        http: &AuthenticatedClient<'_>,
        audience: &Audience,
        open: &(dyn Fn(&Url) + Send + Sync),
    ) -> Result<BasicTokenResponse> {
        let listener = RedirectListener::open().await?;
        let redirect = RedirectUrl::new(listener.redirect()).expect("a port of localhost is a URL");
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = oauth
            .authorize_url(CsrfToken::new_random)
            .set_redirect_uri(Cow::Borrowed(&redirect))
            .add_scopes(scopes(audience))
            .set_pkce_challenge(challenge)
            .add_extra_param("prompt", "select_account")
            .url();
        self.connection.redactor.remember(&SecretString::from(state.secret().clone()));
        open(&url);
        let code = listener.code(state.secret()).await?;
        let response = oauth
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_redirect_uri(Cow::Borrowed(&redirect))
            .set_pkce_verifier(verifier)
            .request_async(http)
            .await;
        response.map_err(|error| convert_error(error, false))
    }

    fn token(&self, response: BasicTokenResponse) -> Result<AccessToken> {
        let life = response.expires_in().unwrap_or(DEFAULT_TOKEN_LIFETIME);
        let expires_at = self.connection.clock.now().saturating_add(life).unwrap_or(jiff::Timestamp::MAX);
        let secret = response.access_token().secret();
        if secret.is_empty() {
            return Err(Error::new(ErrorKind::SignIn, "the sign-in service gave an empty token"));
        }
        Ok(AccessToken::new(SecretString::from(secret.clone()), expires_at))
    }
}

/// Converts an error of the OAuth library. `person` is true if the error code `invalid_grant` means that a
/// person has to sign in again. Secrets in the message are masked by the caller
/// ([`OauthTokenSource::fetch`]).
fn convert_error<T>(error: RequestTokenError<Error, StandardErrorResponse<T>>, person: bool) -> Error
where
    T: oauth2::ErrorResponseType + std::fmt::Display + 'static,
{
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(refusal) => {
            let code = truncate(&refusal.error().to_string(), MAX_CODE_LENGTH);
            let why = refusal.error_description().map(String::as_str).unwrap_or_default();
            let why = truncate(why.lines().next().unwrap_or_default(), MAX_REASON_LENGTH);
            let dead = matches!(
                code.as_str(),
                "invalid_grant" | "interaction_required" | "login_required" | "consent_required"
            );
            let kind = if person && dead { ErrorKind::NeedsSignIn } else { ErrorKind::SignIn };
            let says = if why.is_empty() { code.clone() } else { why };
            Error::new(kind, format!("the sign-in was refused: {says}")).with_code(Some(code))
        }
        // The error of the parser contains the response, and with it perhaps a token.
        RequestTokenError::Parse(..) => Error::new(
            ErrorKind::SignIn,
            "the sign-in service responded with neither a token nor a reason: is a proxy in between?",
        ),
        RequestTokenError::Other(why) => Error::new(
            ErrorKind::SignIn,
            format!("the sign-in failed: {}", truncate(&why, MAX_REASON_LENGTH)),
        ),
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
}

fn scopes(audience: &Audience) -> [Scope; 2] {
    [Scope::new(audience.user_scope()), Scope::new("offline_access".to_owned())]
}
