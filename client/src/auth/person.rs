//! Signs people in: with a refresh token from a store that other processes may share, with a device code, or
//! in the browser of this machine.
use std::borrow::Cow;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use oauth2::{
    AuthorizationCode, CsrfToken, PkceCodeChallenge, RedirectUrl, RefreshToken,
    StandardDeviceAuthorizationResponse, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};

use super::browser::RedirectListener;
use super::connection::AuthenticatedClient;
use super::device;
use super::grant::{DevicePrompt, Grant, Interaction};
use super::oauth::{OauthClient, OauthTokenSource, Tokens, scopes};
use super::refusal::{convert_error, is_dead_token};
use super::store::same_token;
use super::{AccessToken, Audience};
use crate::{Error, ErrorKind, Result};

/// The maximum number of refresh tokens that are tried at once. More than one is needed only if other
/// processes exchange refresh tokens at the same moment.
const MAX_REFUSED_TOKENS: usize = 4;

/// The times that pass before a store without locks is read again after a token was refused. Meanwhile another
/// process that has exchanged the token stores its successor.
const REREAD_WAITS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
];

/// What this process knows of the refresh tokens of an account, beside the store.
#[derive(Default)]
pub(super) struct RefreshState {
    /// A refresh token that this process has received but could not store; `None` if there is none. It is the
    /// only valid one if the sign-in service accepts each token once.
    unsaved: Option<SecretString>,
    /// The refresh tokens that the sign-in service has refused in the last attempt, if this attempt failed,
    /// and the organisation for which it was made.
    refused: Option<(Audience, Vec<SecretString>)>,
}

impl RefreshState {
    fn has_refused(&self, token: &SecretString) -> bool {
        self.refused.iter().any(|(_, tokens)| is_among(tokens, token))
    }
}

fn is_among(tokens: &[SecretString], token: &SecretString) -> bool {
    tokens.iter().any(|other| same_token(other, token))
}

impl OauthTokenSource {
    /// Signs a person in for `audience`: with a refresh token if there is a valid one, otherwise
    /// interactively. `account` is the key of the refresh token in the store. The kind of the error is
    /// [`ErrorKind::NeedsSignIn`] if only a new sign-in by the person can help. An error of the store is
    /// returned unchanged.
    pub(super) async fn sign_in_person(
        &self,
        oauth: &OauthClient,
        http: &AuthenticatedClient<'_>,
        account: &str,
        audience: &Audience,
        interaction: &Interaction,
    ) -> Result<AccessToken> {
        if let Some(tokens) = self.refresh(oauth, http, account, audience, interaction).await? {
            return self.token(&tokens);
        }
        let tokens = match interaction {
            Interaction::Device(prompt) => {
                self.sign_in_with_device_code(oauth, http, audience, prompt).await?
            }
            Interaction::Browser(open) => self.sign_in_with_browser(oauth, http, audience, open).await?,
            Interaction::None(_) | Interaction::Stored => {
                let message = "there is no refresh token: sign in again";
                return Err(Error::new(ErrorKind::NeedsSignIn, message));
            }
            Interaction::Redirect(_) => {
                return Err(Error::new(
                    ErrorKind::Configuration,
                    "a person signs in to a web application with `Credentials::web_sign_in`, which gives the person's account",
                ));
            }
        };
        self.save_refresh_token(account, &tokens).await?;
        self.token(&tokens)
    }

    /// Requests tokens for `audience` with a refresh token. Returns `None` if there is none. The kind of the
    /// error is [`ErrorKind::NeedsSignIn`] if the service has refused all refresh tokens.
    ///
    /// Other processes may share the store. If it has locks, one process at a time reads a token, exchanges
    /// it, and stores its successor. In any case, the store is read before each attempt, and its token is
    /// replaced or removed only if it is still the one that was read.
    async fn refresh(
        &self,
        oauth: &OauthClient,
        http: &AuthenticatedClient<'_>,
        account: &str,
        audience: &Audience,
        interaction: &Interaction,
    ) -> Result<Option<Tokens>> {
        let store = &self.credentials.store;
        let lock = store.lock(account).await?;
        let mut rereads = if lock.is_some() { [].iter() } else { REREAD_WAITS.iter() };
        // If the person can sign in, tokens that were refused before are not tried again.
        let skipped = match (&self.refresh_state().refused, interaction) {
            (Some((of, tokens)), Interaction::Browser(_) | Interaction::Device(_)) if of == audience => {
                tokens.clone()
            }
            _ => Vec::new(),
        };
        let mut refused: Vec<SecretString> = Vec::new();
        let mut dead: Vec<SecretString> = Vec::new();
        let mut refusal: Option<Error> = None;
        loop {
            let kept = store.load(account).await?;
            let candidate = self
                .refresh_tokens(kept.as_ref(), interaction)
                .into_iter()
                .find(|token| !is_among(&refused, token) && !is_among(&skipped, token));
            let token = match (candidate, refusal.take()) {
                (Some(token), _) if refused.len() < MAX_REFUSED_TOKENS => token,
                (_, None) => return Ok(None),
                (Some(_), Some(_)) => {
                    // The newest token was not tried, so that nobody has to sign in.
                    return Err(Error::new(
                        ErrorKind::SignIn,
                        "other processes exchange the refresh token of this account all the time",
                    )
                    .with_transient(true));
                }
                (None, Some(error)) => {
                    // Without locks, a process that has exchanged the token may not have stored its successor
                    // yet.
                    if is_dead_token(&error)
                        && let Some(wait) = rereads.next()
                    {
                        tokio::time::sleep(*wait).await;
                        refusal = Some(error);
                        continue;
                    }
                    self.refresh_state().refused = Some((audience.clone(), refused));
                    // The tokens are removed only now that the service has refused them; a failed connection
                    // leaves them in the store, and so does a refusal that concerns one organisation only.
                    for token in &dead {
                        store.remove_if(account, token).await?;
                    }
                    return Err(error);
                }
            };
            match self.exchange_refresh_token(oauth, http, audience, &token).await {
                Ok(tokens) => {
                    self.replace_refresh_token(account, kept.as_ref(), &tokens).await?;
                    self.refresh_state().refused = None;
                    return Ok(Some(tokens));
                }
                Err(error) if error.kind() == ErrorKind::NeedsSignIn => {
                    if is_dead_token(&error) {
                        self.refresh_state().unsaved.take_if(|unsaved| same_token(unsaved, &token));
                        dead.push(token.clone());
                    }
                    refused.push(token);
                    refusal = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the refresh tokens to try, in this order: the one that could not be stored, the one in the store
    /// (`kept`), and the one in `interaction`.
    fn refresh_tokens(&self, kept: Option<&SecretString>, interaction: &Interaction) -> Vec<SecretString> {
        let given = match interaction {
            Interaction::None(token) => Some(token),
            _ => None,
        };
        let unsaved = self.refresh_state().unsaved.clone();
        let all = unsaved.into_iter().chain(kept.cloned()).chain(given.cloned());
        all.filter(|token| !token.expose_secret().is_empty()).collect()
    }

    /// Stores the refresh token of a response if the token in the store is still `expected`. If it is not,
    /// another process has stored a token of its own, which is valid too, or the person has signed out.
    async fn replace_refresh_token(
        &self,
        account: &str,
        expected: Option<&SecretString>,
        tokens: &Tokens,
    ) -> Result<()> {
        let Some(token) = self.received_refresh_token(tokens) else { return Ok(()) };
        self.credentials.store.replace(account, expected, &token).await?;
        self.refresh_state().unsaved = None;
        Ok(())
    }

    /// Stores the refresh token of a response to a person's sign-in.
    pub(super) async fn save_refresh_token(&self, account: &str, tokens: &Tokens) -> Result<()> {
        let Some(token) = self.received_refresh_token(tokens) else { return Ok(()) };
        self.credentials.store.save(account, &token).await?;
        let mut state = self.refresh_state();
        (state.unsaved, state.refused) = (None, None);
        Ok(())
    }

    /// Returns the refresh token of a response; `None` if the response has none, so that the former one
    /// remains valid. The token is remembered until it is stored: if the store fails, it is not lost.
    fn received_refresh_token(&self, tokens: &Tokens) -> Option<SecretString> {
        let token = tokens.refresh_token().map(|token| SecretString::from(token.secret().clone()))?;
        if token.expose_secret().is_empty() {
            return None;
        }
        self.refresh_state().unsaved = Some(token.clone());
        Some(token)
    }

    fn refresh_state(&self) -> MutexGuard<'_, RefreshState> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the store has a refresh token that the sign-in service has not refused. Returns `false`
    /// if the store cannot be read, or if the sign-in service was never found.
    pub(super) async fn store_has_new_token(&self) -> bool {
        let (Some(authority), Grant::User(interaction)) = (self.found_authority(), &self.credentials.grant)
        else {
            return false;
        };
        let account = self.store_key(authority, interaction);
        match self.credentials.store.load(&account).await {
            Ok(Some(token)) => !token.expose_secret().is_empty() && !self.refresh_state().has_refused(&token),
            Ok(None) => false,
            Err(error) => {
                tracing::debug!(%error, "the token store cannot be read");
                false
            }
        }
    }

    /// Exchanges the refresh token `token` for an access token for `audience`, and usually a new refresh token.
    /// The kind of the error is [`ErrorKind::NeedsSignIn`] if the service refuses the token.
    async fn exchange_refresh_token(
        &self,
        oauth: &OauthClient,
        http: &AuthenticatedClient<'_>,
        audience: &Audience,
        token: &SecretString,
    ) -> Result<Tokens> {
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
    ) -> Result<Tokens> {
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
        open: &(dyn Fn(&url::Url) + Send + Sync),
    ) -> Result<Tokens> {
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
}
