//! The grants of OAuth 2.0 against Microsoft's sign-in; the crate `oauth2` speaks the protocol, over our connections.
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::StatusCode;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardDeviceAuthorizationResponse,
    StandardErrorResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;
use url::Url;

use super::authority::{Authority, Cloud};
use super::browser::Listener;
use super::credentials::{Credentials, DevicePrompt, Grant, Interaction};
use super::{AccessToken, Audience, TokenSource};
use crate::client::address::is_loopback;
use crate::clock::Clock;
use crate::error::is_transient;
use crate::retry::retry_after;
use crate::{Error, ErrorKind, Result};

type Protocol = BasicClient<EndpointSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// One exchange with the sign-in service takes no longer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Its answers are no larger.
const LARGEST: usize = 1 << 20;
/// Where the service does not say how long a token lives.
const UNSAID_LIFE: Duration = Duration::from_secs(10 * 60);

/// The connections to the sign-in service.
struct Connection {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

impl Connection {
    /// One exchange. What the service answers in JSON is the protocol's business; pages, failures and floods are ours.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse> {
        let lost = |error: reqwest::Error| {
            Error::new(ErrorKind::SignIn, "the sign-in service cannot be reached")
                .with_transient(true)
                .with_source(error.without_url())
        };
        let (parts, body) = request.into_parts();
        let request = self
            .http
            .request(parts.method, parts.uri.to_string())
            .headers(parts.headers)
            .body(body)
            .timeout(TIMEOUT);
        let mut answer = request.send().await.map_err(lost)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(Error::new(
                    ErrorKind::SignIn,
                    "the sign-in service answers more than a token needs",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        if is_transient(status) || status == StatusCode::INTERNAL_SERVER_ERROR {
            let after = retry_after(&headers, self.clock.now());
            return Err(Error::new(ErrorKind::SignIn, "the sign-in service is busy or out of order")
                .with_transient(true)
                .with_status(status)
                .with_retry_after(after));
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Connection {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

/// The source of tokens behind [`Credentials`].
pub(crate) struct Oauth {
    credentials: Credentials,
    connection: Connection,
    org: Url,
    authority: OnceCell<Authority>,
    /// The newest refresh token of this process; the store has it too.
    refresh: Mutex<Option<SecretString>>,
}

impl Oauth {
    pub(crate) fn new(
        credentials: Credentials,
        http: reqwest::Client,
        org: Url,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let refresh = match &credentials.grant {
            Grant::User(Interaction::None(token)) => Some(token.clone()),
            _ => None,
        };
        let connection = Connection { http, clock };
        Self { credentials, connection, org, authority: OnceCell::new(), refresh: Mutex::new(refresh) }
    }

    /// The authority: of the cloud where the tenant is named, else the one that the organisation names. The emulator
    /// is its own cloud.
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

    fn protocol(&self, authority: &Authority) -> Result<Protocol> {
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

    async fn new_token(&self, audience: &Audience) -> Result<AccessToken> {
        let authority = self.authority().await?;
        let protocol = self.protocol(authority)?;
        match &self.credentials.grant {
            Grant::Secret(secret) => {
                let protocol =
                    protocol.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
                let request =
                    protocol.exchange_client_credentials().add_scope(Scope::new(audience.default_scope()));
                let answer = request.request_async(&self.connection).await;
                self.token(answer.map_err(|error| self.refusal(error, false, &[secret]))?)
            }
            Grant::Certificate(certificate) => {
                let endpoint = authority.endpoint("token");
                let assertion = certificate.assertion(
                    &self.credentials.client_id,
                    &endpoint,
                    self.connection.clock.now(),
                )?;
                self.by_assertion(&protocol, audience, &assertion).await
            }
            Grant::Federated(path) => {
                let assertion = read_assertion(path).await?;
                self.by_assertion(&protocol, audience, &assertion).await
            }
            Grant::User(interaction) => self.for_person(&protocol, authority, audience, interaction).await,
        }
    }

    async fn by_assertion(
        &self,
        protocol: &Protocol,
        audience: &Audience,
        assertion: &SecretString,
    ) -> Result<AccessToken> {
        let request = protocol
            .exchange_client_credentials()
            .add_scope(Scope::new(audience.default_scope()))
            .add_extra_param(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .add_extra_param("client_assertion", assertion.expose_secret());
        let answer = request.request_async(&self.connection).await;
        self.token(answer.map_err(|error| self.refusal(error, false, &[assertion]))?)
    }

    async fn for_person(
        &self,
        protocol: &Protocol,
        authority: &Authority,
        audience: &Audience,
        interaction: &Interaction,
    ) -> Result<AccessToken> {
        let account = format!(
            "{}/{}/{}/{}",
            authority.host(),
            authority.tenant,
            self.credentials.client_id,
            self.credentials.name
        );
        let kept = self.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let kept = match kept {
            Some(token) => Some(token),
            None => self.credentials.store.load(&account)?,
        };
        let answer = match (kept, interaction) {
            (Some(token), _) => match self.refresh(protocol, audience, &token).await {
                Err(error) if error.kind() == ErrorKind::NeedsSignIn => {
                    // Only now is it no good any more: a network that fails leaves it where it is.
                    *self.refresh.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    self.credentials.store.remove(&account)?;
                    return Err(error);
                }
                answer => answer?,
            },
            (None, Interaction::Device(prompt)) => self.by_device(protocol, audience, prompt).await?,
            (None, Interaction::Browser(open)) => self.by_browser(protocol, audience, open).await?,
            (None, Interaction::None(_)) => {
                return Err(Error::new(
                    ErrorKind::NeedsSignIn,
                    "the refresh token is no longer good: sign in again",
                ));
            }
        };
        if let Some(token) = answer.refresh_token() {
            let token = SecretString::from(token.secret().clone());
            self.credentials.store.save(&account, &token)?;
            *self.refresh.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        }
        self.token(answer)
    }

    async fn refresh(
        &self,
        protocol: &Protocol,
        audience: &Audience,
        token: &SecretString,
    ) -> Result<BasicTokenResponse> {
        let refresh = RefreshToken::new(token.expose_secret().to_owned());
        let request = protocol.exchange_refresh_token(&refresh).add_scopes(scopes(audience));
        let answer = request.request_async(&self.connection).await;
        answer.map_err(|error| self.refusal(error, true, &[token]))
    }

    async fn by_device(
        &self,
        protocol: &Protocol,
        audience: &Audience,
        prompt: &(dyn Fn(&DevicePrompt) + Send + Sync),
    ) -> Result<BasicTokenResponse> {
        let request = protocol.exchange_device_code().add_scopes(scopes(audience));
        let details: StandardDeviceAuthorizationResponse =
            request.request_async(&self.connection).await.map_err(|error| self.refusal(error, true, &[]))?;
        prompt(&DevicePrompt {
            verification_uri: details.verification_uri().to_string(),
            user_code: details.user_code().secret().clone(),
            expires_in: details.expires_in(),
        });
        let answer = protocol
            .exchange_device_access_token(&details)
            .request_async(&self.connection, tokio::time::sleep, None)
            .await;
        let code = SecretString::from(details.device_code().secret().clone());
        answer.map_err(|error| self.refusal(error, false, &[&code]))
    }

    async fn by_browser(
        &self,
        protocol: &Protocol,
        audience: &Audience,
        open: &(dyn Fn(&Url) + Send + Sync),
    ) -> Result<BasicTokenResponse> {
        let listener = Listener::open().await?;
        let redirect = RedirectUrl::new(listener.redirect()).expect("a port of localhost is a URL");
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = protocol
            .authorize_url(CsrfToken::new_random)
            .set_redirect_uri(Cow::Borrowed(&redirect))
            .add_scopes(scopes(audience))
            .set_pkce_challenge(challenge)
            .add_extra_param("prompt", "select_account")
            .url();
        open(&url);
        let code = listener.code(state.secret()).await?;
        let answer = protocol
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_redirect_uri(Cow::Borrowed(&redirect))
            .set_pkce_verifier(verifier)
            .request_async(&self.connection)
            .await;
        answer.map_err(|error| self.refusal(error, false, &[&code]))
    }

    fn token(&self, answer: BasicTokenResponse) -> Result<AccessToken> {
        let life = answer.expires_in().unwrap_or(UNSAID_LIFE);
        let expires_at = self.connection.clock.now().saturating_add(life).unwrap_or(jiff::Timestamp::MAX);
        let secret = answer.access_token().secret();
        if secret.is_empty() {
            return Err(Error::new(ErrorKind::SignIn, "the sign-in service gave an empty token"));
        }
        Ok(AccessToken::new(SecretString::from(secret.clone()), expires_at))
    }

    /// The error that a refusal is. `person`: whether a new sign-in of a person would help against `invalid_grant`.
    fn refusal<T>(
        &self,
        error: RequestTokenError<Error, StandardErrorResponse<T>>,
        person: bool,
        secrets: &[&SecretString],
    ) -> Error
    where
        T: oauth2::ErrorResponseType + std::fmt::Display + 'static,
    {
        match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(refusal) => {
                let code = refusal.error().to_string();
                let why = refusal.error_description().map(String::as_str).unwrap_or_default();
                let why = without(why.lines().next().unwrap_or_default(), secrets);
                let dead = matches!(
                    code.as_str(),
                    "invalid_grant" | "interaction_required" | "login_required" | "consent_required"
                );
                let kind = if person && dead { ErrorKind::NeedsSignIn } else { ErrorKind::SignIn };
                let says = if why.is_empty() { code.clone() } else { why };
                Error::new(kind, format!("the sign-in was refused: {says}")).with_code(Some(code))
            }
            // The parser's error holds the answer, and with it perhaps a token.
            RequestTokenError::Parse(..) => Error::new(
                ErrorKind::SignIn,
                "the sign-in service did not answer with a token or a reason: is something in between?",
            ),
            RequestTokenError::Other(why) => {
                Error::new(ErrorKind::SignIn, format!("the sign-in failed: {}", without(&why, secrets)))
            }
        }
    }
}

impl TokenSource for Oauth {
    fn fetch<'a>(&'a self, audience: &'a Audience) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(self.new_token(audience))
    }

    fn describe(&self) -> String {
        let Credentials { client_id, grant, tenant, .. } = &self.credentials;
        let found = self.authority.get().map(|authority| authority.tenant.as_str());
        let tenant =
            tenant.as_deref().or(found).map_or_else(String::new, |tenant| format!(" in tenant {tenant}"));
        format!("as app {client_id}{tenant} ({})", grant.name())
    }
}

fn scopes(audience: &Audience) -> [Scope; 2] {
    [Scope::new(audience.user_scope()), Scope::new("offline_access".to_owned())]
}

/// A foreign text without what it must not say, and not too long.
fn without(text: &str, secrets: &[&SecretString]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().map(|secret| secret.expose_secret()).filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***");
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

async fn read_assertion(path: &Path) -> Result<SecretString> {
    let failed =
        |what: &str| Error::new(ErrorKind::SignIn, format!("the token file {} {what}", path.display()));
    let owned = path.to_owned();
    // A link is what the files of a pod's secrets are.
    let read = tokio::task::spawn_blocking(move || {
        dvkit_files::read_text(&owned, dvkit_files::Links::Named, LARGEST as u64)
    });
    let text = read.await.map_err(|_| failed("was not read to its end"))?;
    let text = text.map_err(|error| failed("cannot be read").with_source(error))?;
    match text.trim() {
        "" => Err(failed("is empty")),
        token => Ok(SecretString::from(token)),
    }
}
