//! Signs people in to a web application of one's own: builds the URL of the sign-in page, takes the response
//! of the redirected browser, and keeps the people's accounts.
//!
//! The protocol is the authorization code flow with PKCE
//! (<https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow>).
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oauth2::{
    AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::account::Hook;
use super::credentials::Credentials;
use super::grant::{Grant, Interaction};
use super::identity::{SignInRequired, UserKey};
use super::oauth::{OauthTokenSource, Tokens, http_client, scopes};
use super::refusal::{INVALID_GRANT, convert_error};
use super::{Account, AccountBuilder, Audience};
use crate::client::address::{is_loopback, org_url};
use crate::clock::{Clock, SystemClock};
use crate::{Error, ErrorKind, Result};

mod accounts;
mod claims;
mod options;
mod pending;
mod redirect;
mod used;

use accounts::Accounts;
pub use options::{Prompt, SignInOptions};
pub use pending::PendingSignIn;
pub use redirect::RedirectResponse;
use used::UsedStates;

/// The longest time between the beginning and the completion of a sign-in, in seconds.
const MAX_SIGN_IN_SECONDS: i64 = 60 * 60;

/// Checks the URI to which a sign-in page sends the browser back, and returns it unchanged. Returns an error of
/// the kind [`ErrorKind::Configuration`] if it is not an `https` URL, or `http` on loopback, or has a fragment
/// (RFC 6749, 3.1.2).
pub(super) fn redirect_uri(text: &str) -> Result<String> {
    let wrong = |what: &str| {
        let example = "it looks like `https://app.contoso.com/signed-in`";
        Error::new(ErrorKind::Configuration, format!("`{text}` is not a redirect URI: {what}; {example}"))
    };
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => return Err(wrong("it has to begin with `https://`, or with `http://localhost`")),
    }
    if url.fragment().is_some() {
        return Err(wrong("it must not have a fragment (`#…`)"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it must not contain a user or a password"));
    }
    Ok(text.to_owned())
}

impl Credentials {
    /// Starts building the sign-in of a web application to the organisation at `org_url`. The credentials are
    /// those of [`Credentials::authorization_code`].
    ///
    /// If the [tenant](Credentials::tenant) is not set, people sign in to the organisation's tenant, as guests
    /// have to. With the tenant `organizations`, people of all tenants can sign in.
    ///
    /// # Errors
    /// Returns an error if `org_url` is not the URL of an organisation, if the credentials are of another kind,
    /// or if the system offers no TLS.
    pub fn web_sign_in(self, org_url: &str) -> Result<WebSignInBuilder> {
        let org = self::org_url(org_url)?;
        let Grant::User(Interaction::Redirect(redirect)) = &self.grant else {
            return Err(Error::new(
                ErrorKind::Configuration,
                "a web application signs people in with `Credentials::authorization_code`",
            ));
        };
        let redirect = RedirectUrl::new(redirect.clone()).map_err(|error| {
            Error::new(ErrorKind::Configuration, format!("the redirect URI is not a URL: {error}"))
        })?;
        let http = http_client(&self, &org)?;
        Ok(WebSignInBuilder {
            credentials: self,
            redirect,
            org,
            http,
            clock: Arc::new(SystemClock),
            hook: None,
        })
    }
}

/// A builder of a [`WebSignIn`], created by [`Credentials::web_sign_in`].
#[must_use]
pub struct WebSignInBuilder {
    credentials: Credentials,
    redirect: RedirectUrl,
    org: Url,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    hook: Option<Hook>,
}

impl WebSignInBuilder {
    /// Sets `hook`, a function that is called each time a person has to sign in again. The event says who.
    /// The function must not block.
    pub fn on_needs_sign_in(mut self, hook: impl Fn(&SignInRequired) + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// Sets the clock that decides when tokens and sign-ins expire. The default is the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Creates the sign-in.
    #[must_use]
    pub fn build(self) -> WebSignIn {
        let audience = Audience::of(&self.org);
        let source = OauthTokenSource::new(
            self.credentials,
            self.http.clone(),
            self.org.clone(),
            Arc::clone(&self.clock),
        );
        WebSignIn(Arc::new(Inner {
            source,
            redirect: self.redirect,
            org: self.org,
            audience,
            http: self.http,
            clock: self.clock,
            hook: self.hook,
            accounts: Mutex::default(),
            used: Mutex::default(),
        }))
    }
}

/// The sign-in of people to a web application, for one organisation. Clones share the people's accounts.
///
/// A sign-in takes two requests of the person's browser:
/// 1. [`WebSignIn::begin`] gives the URL of the sign-in page, to which the application redirects the browser,
///    and a [`PendingSignIn`] for the browser's session.
/// 2. The sign-in page sends the browser back to the redirect URI, and [`WebSignIn::complete`] takes the
///    [`RedirectResponse`] and the session's [`PendingSignIn`]. The result has the person's [`UserKey`] for
///    the session, and the account.
///
/// In later requests, also after a restart, [`WebSignIn::account`] gives the account for the session's key.
///
/// ```no_run
/// # async fn run(query: &str) -> dvkit_client::Result<()> {
/// use dvkit_client::auth::{Credentials, FileStore, RedirectResponse, SignInOptions};
/// use dvkit_client::Client;
///
/// let org = "https://contoso.crm4.dynamics.com";
/// let secret = std::env::var("DVKIT_SECRET").unwrap_or_default();
/// let web = Credentials::authorization_code("1f2e0000-0000-0000-0000-000000000000", "https://app.contoso.com/signed-in")?
///     .authenticate_with_secret(secret)
///     .store(FileStore::new("/var/lib/app/tokens.json"))
///     .web_sign_in(org)?
///     .build();
/// // In the page that begins the sign-in: redirect the browser to `page`, keep `pending` in its session.
/// let (page, pending) = web.begin(&SignInOptions::new()).await?;
/// // In the page at the redirect URI: keep `signed_in.user` in the session.
/// let signed_in = web.complete(pending, RedirectResponse::parse(query)?).await?;
/// // In all other pages:
/// let client = Client::builder(org).account(&web.account(&signed_in.user)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WebSignIn(Arc<Inner>);

struct Inner {
    /// The token source of the application itself. It exchanges authorization codes; each person has a token
    /// source of their own.
    source: OauthTokenSource,
    redirect: RedirectUrl,
    org: Url,
    audience: Audience,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    hook: Option<Hook>,
    accounts: Mutex<Accounts>,
    used: Mutex<UsedStates>,
}

/// A person who has signed in to a web application.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignedIn {
    /// The person's key, for the session and for [`WebSignIn::account`].
    pub user: UserKey,
    /// The person's name for display, such as `Ann Smith`; `None` if the sign-in service gives none.
    pub name: Option<String>,
    /// The person's user name, such as `ann@contoso.com`, for display and for
    /// [`SignInOptions::login_hint`]. It may change; do not identify people by it.
    pub user_name: Option<String>,
    /// The person's account, which has an access token for the organisation.
    pub account: Account,
}

impl WebSignIn {
    /// Begins a sign-in. Returns the URL of the sign-in page, and the value that the session of the browser
    /// has to keep until the browser comes back.
    ///
    /// # Errors
    /// Returns an error if the tenant is not set and the organisation does not say where to sign in.
    pub async fn begin(&self, options: &SignInOptions) -> Result<(Url, PendingSignIn)> {
        let web = &*self.0;
        let begun = web.begin(options).await;
        begun.map_err(|error| error.redacted(&web.source.connection.redactor))
    }

    /// Completes a sign-in with the response of the sign-in page. `pending` is the value of the browser's
    /// session. Each response can be used once.
    ///
    /// The sign-in continues if the future is dropped, so that the refresh token is always stored.
    ///
    /// # Errors
    /// Returns an error of the kind [`ErrorKind::SignIn`] if the response does not belong to `pending` (with the
    /// code `state_mismatch`), if it has been used before (`already_used`), if the sign-in began more than an
    /// hour ago (`expired`), or if the sign-in service refuses (with the code of the service, such as
    /// `access_denied`). The kind is [`ErrorKind::NeedsSignIn`] if the sign-in was to take place without
    /// interaction ([`Prompt::None`]) and could not. Returns the errors of the token store.
    pub async fn complete(&self, pending: PendingSignIn, response: RedirectResponse) -> Result<SignedIn> {
        let web = self.clone();
        let task = tokio::spawn(async move {
            let signed_in = web.exchange(&pending, &response).await;
            signed_in.map_err(|error| error.redacted(&web.0.source.connection.redactor))
        });
        task.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::SignIn, "the sign-in was abandoned")))
    }

    /// Returns the account of a person who has signed in before, in this process or in another one with the
    /// same store. No request is sent. If the store has no valid token of the person, the account's requests
    /// return errors of the kind [`ErrorKind::NeedsSignIn`]: begin a new sign-in then.
    ///
    /// The accounts of the last ten thousand people are kept, with their access tokens.
    #[must_use]
    pub fn account(&self, user: &UserKey) -> Account {
        self.0.person(user).0
    }

    /// Signs a person out of this application: removes the refresh token from the store, and the access tokens
    /// from this process. The person remains signed in to the sign-in service; see
    /// [`WebSignIn::sign_out_page`].
    ///
    /// # Errors
    /// Returns the errors of the token store.
    pub async fn sign_out(&self, user: &UserKey) -> Result<()> {
        let (account, source) = self.0.person(user);
        account.signed_out();
        self.0.accounts().remove(user);
        let authority = source.authority().await?;
        source.credentials.store.remove(&source.store_key(authority, &Interaction::Stored)).await
    }

    /// Returns the URL of the page on which a person signs out of the sign-in service, which then sends the
    /// browser to `then` (a registered redirect URI), if it is given.
    ///
    /// # Errors
    /// Returns an error if the tenant is not set and the organisation does not say where to sign in.
    pub async fn sign_out_page(&self, then: Option<&str>) -> Result<Url> {
        // https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc (sign-out request)
        let endpoint = self.0.source.authority().await?.endpoint("logout");
        let mut url = Url::parse(&endpoint).expect("an endpoint of a checked sign-in service is a URL");
        if let Some(then) = then {
            url.query_pairs_mut().append_pair("post_logout_redirect_uri", then);
        }
        Ok(url)
    }

    /// Exchanges the authorization code of a response for tokens. Returns the person and the person's account.
    async fn exchange(&self, pending: &PendingSignIn, response: &RedirectResponse) -> Result<SignedIn> {
        let web = &*self.0;
        web.check(pending, response)?;
        let code = response.code(true)?.ok_or_else(|| {
            Error::new(ErrorKind::SignIn, "the response of the sign-in page has neither a code nor an error")
        })?;
        let state = pending.state.expose_secret();
        if !web.used().insert(state, web.clock.now()) {
            return Err(coded(
                "already_used",
                "this response of the sign-in page was used already, as when its page is reloaded: continue, or sign in again",
            ));
        }
        let tokens = match web.redeem(pending, &code).await {
            Ok(tokens) => tokens,
            Err(error) => {
                if error.is_transient() {
                    // The code may still be valid.
                    web.used().remove(state);
                }
                return Err(error);
            }
        };
        web.sign_in(&tokens).await
    }
}

/// Returns an error of a sign-in with a code for programs.
fn coded(code: &str, message: &str) -> Error {
    Error::new(ErrorKind::SignIn, message).with_code(Some(code.to_owned()))
}

impl Inner {
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used(&self) -> MutexGuard<'_, UsedStates> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the scopes of a sign-in: those of the organisation, a refresh token, and an id token with the
    /// person's object id.
    fn scopes(&self) -> impl Iterator<Item = Scope> + use<> {
        let person = ["openid", "profile"].map(|scope| Scope::new(scope.to_owned()));
        scopes(&self.audience).into_iter().chain(person)
    }

    async fn begin(&self, options: &SignInOptions) -> Result<(Url, PendingSignIn)> {
        let oauth = self.source.oauth_client(self.source.authority().await?)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mode = if options.form_post { "form_post" } else { "query" };
        let mut request = oauth
            .authorize_url(CsrfToken::new_random)
            .set_redirect_uri(Cow::Borrowed(&self.redirect))
            .add_scopes(self.scopes())
            .set_pkce_challenge(challenge)
            .add_extra_param("response_mode", mode);
        if let Some(prompt) = options.prompt {
            request = request.add_extra_param("prompt", prompt.parameter());
        }
        let hints = [("login_hint", &options.login_hint), ("domain_hint", &options.domain_hint)];
        for (name, hint) in hints {
            if let Some(hint) = hint {
                request = request.add_extra_param(name, hint.as_str());
            }
        }
        let (url, state) = request.url();
        let pending = PendingSignIn {
            client_id: self.source.credentials.client_id.clone(),
            redirect_uri: self.redirect.as_str().to_owned(),
            organisation: self.audience.resource().to_owned(),
            state: SecretString::from(state.into_secret()),
            verifier: SecretString::from(verifier.into_secret()),
            begun_at: self.clock.now().as_second(),
        };
        Ok((url, pending))
    }

    /// Checks that a sign-in is one of this application and not too old, and that the response belongs to it.
    fn check(&self, pending: &PendingSignIn, response: &RedirectResponse) -> Result<()> {
        self.source.connection.redactor.remember(&pending.state);
        let is_mine = pending.client_id == self.source.credentials.client_id
            && pending.redirect_uri == self.redirect.as_str()
            && pending.organisation == self.audience.resource();
        if !is_mine {
            return Err(coded(
                "state_mismatch",
                "this sign-in was begun by another application, or for another organisation: sign in again",
            ));
        }
        if !response.has_state(pending.state.expose_secret()) {
            return Err(coded(
                "state_mismatch",
                "the response of the sign-in page does not belong to the sign-in that this browser has begun: sign in again",
            ));
        }
        if self.clock.now().as_second().saturating_sub(pending.begun_at) > MAX_SIGN_IN_SECONDS {
            return Err(coded("expired", "this sign-in was begun more than an hour ago: sign in again"));
        }
        Ok(())
    }

    /// Exchanges an authorization code for tokens.
    async fn redeem(&self, pending: &PendingSignIn, code: &SecretString) -> Result<Tokens> {
        let authority = self.source.authority().await?;
        let oauth = self.source.oauth_client(authority)?;
        let scope: Vec<String> = self.scopes().map(|scope| scope.to_string()).collect();
        let tokens = oauth
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_redirect_uri(Cow::Borrowed(&self.redirect))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.expose_secret().to_owned()))
            .add_extra_param("scope", scope.join(" "))
            .request_async(&self.source.authenticated_client(authority))
            .await;
        tokens.map_err(|error| {
            let error = convert_error(error, false);
            match error.code() {
                Some(INVALID_GRANT) => error.append_message(
                    "; a response of the sign-in page can be used once, within ten minutes: sign in again",
                ),
                _ => error,
            }
        })
    }

    /// Stores the tokens of a person who has signed in.
    async fn sign_in(&self, tokens: &Tokens) -> Result<SignedIn> {
        let Some(id_token) = &tokens.extra_fields().id_token else {
            return Err(Error::new(
                ErrorKind::SignIn,
                "the sign-in service does not say who has signed in: its response has no id token",
            ));
        };
        let client_id = &self.source.credentials.client_id;
        let authority = self.source.authority().await?;
        let person = claims::person(id_token, client_id, authority, self.clock.now())?;
        if tokens.refresh_token().is_none() {
            tracing::warn!("the sign-in service gives no refresh token: people have to sign in every hour");
        }
        let (account, source) = self.person(&person.key);
        let key = source.store_key(source.authority().await?, &Interaction::Stored);
        source.save_refresh_token(&key, tokens).await?;
        source.set_user_name(person.user_name.clone());
        account.signed_in_with(&self.audience, self.source.token(tokens)?);
        Ok(SignedIn { user: person.key, name: person.name, user_name: person.user_name, account })
    }

    /// Returns the account and the token source of a person, which are created if necessary.
    fn person(&self, user: &UserKey) -> (Account, Arc<OauthTokenSource>) {
        self.accounts().get_or_insert(user, || {
            let application = &self.source.credentials;
            let mut credentials = Credentials::stored(&application.client_id, user);
            credentials.cloud = application.cloud;
            credentials.store = Arc::clone(&application.store);
            credentials.authentication = application.authentication.clone();
            let (http, clock) = (self.http.clone(), Arc::clone(&self.clock));
            let source =
                Arc::new(OauthTokenSource::new(credentials, http, self.org.clone(), Arc::clone(&clock)));
            let shared: Arc<OauthTokenSource> = Arc::clone(&source);
            let account = AccountBuilder::new(shared).shared_clock(clock).shared_hook(self.hook.clone());
            (account.build(), source)
        })
    }
}

impl fmt::Debug for WebSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSignIn")
            .field("credentials", &self.0.source.credentials)
            .field("redirect_uri", &self.0.redirect.as_str())
            .field("organisation", &self.0.audience.resource())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_https_or_on_loopback() {
        for uri in ["https://app.contoso.com", "https://app.contoso.com/a?b=c", "http://localhost:8080/x"] {
            assert_eq!(redirect_uri(uri).unwrap(), uri);
        }
        for uri in [
            "",
            "app",
            "/signed-in",
            "http://app.contoso.com/",
            "ftp://localhost/",
            "https://app.contoso.com/#x",
            "https://a:b@app.contoso.com/",
        ] {
            assert_eq!(redirect_uri(uri).unwrap_err().kind(), ErrorKind::Configuration, "{uri}");
        }
    }

    #[tokio::test]
    async fn credentials_of_another_kind_are_refused() {
        let org = "https://contoso.crm4.dynamics.com";
        let error = Credentials::client_secret("app", "x").web_sign_in(org).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        // Without a sign-in, the credentials say how people sign in.
        let credentials = Credentials::authorization_code("app", "https://app.contoso.com/").unwrap();
        let account = credentials.tenant("contoso.com").account(org).unwrap().build();
        let error = account.token(&Audience::of(&org.parse().unwrap())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains("web_sign_in"), "{error}");
    }

    #[tokio::test]
    async fn the_page_of_a_cloud_is_asked_for_every_option() {
        let credentials =
            Credentials::authorization_code("app", "https://app.contoso.com/signed-in").unwrap();
        let web =
            credentials.tenant("organizations").web_sign_in("https://contoso.crm4.dynamics.com").unwrap();
        let web = web.build();
        let options = SignInOptions::new()
            .prompt(Prompt::SelectAccount)
            .login_hint("ann@contoso.com")
            .domain_hint("contoso.com")
            .form_post();
        let (url, pending) = web.begin(&options).await.unwrap();
        let value = |name: &str| {
            let mut all = url.query_pairs().filter(|(key, _)| key == name);
            let value = all.next().map(|(_, value)| value.into_owned()).unwrap_or_default();
            assert!(all.next().is_none(), "{name} is given once");
            value
        };
        assert_eq!(
            url.as_str().split('?').next(),
            Some("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize")
        );
        for (name, expected) in [
            ("client_id", "app"),
            ("response_type", "code"),
            ("redirect_uri", "https://app.contoso.com/signed-in"),
            ("response_mode", "form_post"),
            ("scope", "https://contoso.crm4.dynamics.com/user_impersonation offline_access openid profile"),
            ("code_challenge_method", "S256"),
            ("prompt", "select_account"),
            ("login_hint", "ann@contoso.com"),
            ("domain_hint", "contoso.com"),
            ("state", pending.state.expose_secret()),
        ] {
            assert_eq!(value(name), expected, "{name}");
        }
        assert_eq!(value("code_challenge").len(), 43);
        let page = web.sign_out_page(Some("https://app.contoso.com/")).await.unwrap();
        assert_eq!(
            page.as_str(),
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/logout?post_logout_redirect_uri=https%3A%2F%2Fapp.contoso.com%2F"
        );
    }
}
