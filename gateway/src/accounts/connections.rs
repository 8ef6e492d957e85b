//! A client for each account, with its token, pacing and connections.
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dvkit_client::auth::{AccountBuilder, Audience, Credentials, UserKey};
use dvkit_client::{Client, Clock, ErrorKind, RetryPolicy};
use http::StatusCode;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::settings::{Application, Settings};
use crate::store::{Account, AccountState, AuthKind};

/// The maximum number of clients that are kept. The one that was not used for the longest time is dropped first.
const MAX_CLIENTS: usize = 20_000;

/// How long opening a connection to an organisation may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The number of attempts of a request that gets no response at all. The caller waits meanwhile, and can try again.
const MAX_UNANSWERED: u32 = 3;

/// The clients of the accounts, and what they share.
pub(crate) struct Connections {
    http: reqwest::Client,
    applications: HashMap<String, (Application, Option<SecretString>)>,
    clients: Mutex<Clients>,
    /// [`MAX_CLIENTS`], or fewer in tests.
    max_clients: usize,
}

#[derive(Default)]
struct Clients {
    by_account: HashMap<String, Entry>,
    uses: u64,
}

struct Entry {
    /// The version of the account for which the client was made.
    version: i64,
    client: Client,
    used: u64,
}

/// A clock of the gateway as one of the client.
#[derive(Debug, Clone)]
pub(super) struct SharedClock(pub(super) Arc<dyn Clock>);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Connections {
    pub(crate) fn new(
        settings: &Settings,
        mut secrets: HashMap<String, SecretString>,
    ) -> reqwest::Result<Self> {
        // All accounts share one client of HTTP, because each has a configuration of TLS and a pool of its own.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("dvkit-gateway/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let applications = settings
            .applications
            .iter()
            .map(|(name, application)| (name.clone(), (application.clone(), secrets.remove(name))));
        let (clients, max_clients) = (Mutex::default(), MAX_CLIENTS);
        Ok(Self { http, applications: applications.collect(), clients, max_clients })
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the application with this name in the configuration.
    pub(super) fn application(&self, name: &str) -> Option<&(Application, Option<SecretString>)> {
        self.applications.get(name)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Returns the secret with which the application of an account authenticates itself: its own, or the one in the
    /// configuration.
    pub(super) async fn secret(
        &self,
        gateway: &Gateway,
        account: &Account,
    ) -> Result<Option<SecretString>, ApiError> {
        if let Some(secret) = gateway.store().client_secret(&account.id).await? {
            return Ok(Some(secret));
        }
        let mut configured = self.applications.values();
        let found = configured.find(|(application, _)| application.client_id == account.application);
        Ok(found.and_then(|(_, secret)| secret.clone()))
    }

    /// Drops the client of an account.
    pub(super) fn forget(&self, account: &str) {
        self.clients().by_account.remove(account);
    }

    /// Returns the client of an account that is connected.
    ///
    /// # Errors
    /// Returns an error with the status 409 if somebody has to sign in first.
    pub(crate) async fn client(&self, gateway: &Gateway, account: &Account) -> Result<Client, ApiError> {
        match account.state {
            AccountState::Connected => {}
            AccountState::Pending | AccountState::NeedsSignIn => {
                return Err(gateway.sign_in_required(account));
            }
        }
        let used = {
            let mut clients = self.clients();
            clients.uses += 1;
            let used = clients.uses;
            if let Some(entry) = clients.by_account.get_mut(&account.id)
                && entry.version == account.version
            {
                entry.used = used;
                return Ok(entry.client.clone());
            }
            used
        };
        let client = self.build(gateway, account).await?;
        let mut clients = self.clients();
        if clients.by_account.len() >= self.max_clients && !clients.by_account.contains_key(&account.id) {
            let oldest = clients.by_account.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                clients.by_account.remove(&oldest);
            }
        }
        // Another request may have made one meanwhile; its token is shared then.
        let entry = clients.by_account.entry(account.id.clone()).or_insert(Entry {
            version: account.version,
            client: client.clone(),
            used,
        });
        if entry.version != account.version {
            *entry = Entry { version: account.version, client, used };
        }
        Ok(entry.client.clone())
    }

    async fn build(&self, gateway: &Gateway, account: &Account) -> Result<Client, ApiError> {
        let credentials = self.credentials(gateway, account).await?;
        let signs_in = self.account(gateway, account, credentials)?;
        let signs_in = signs_in.build();
        let client = Client::builder(account.org_url.as_str())
            .account(&signs_in)
            .clock(SharedClock(gateway.clock()))
            .http_client(self.http.clone())
            .retry(RetryPolicy::default().max_unanswered(MAX_UNANSWERED))
            .max_bytes(gateway.settings().limits.response_bytes)
            .build();
        client.map_err(|error| ApiError::of_client(&error))
    }

    /// Returns the builder of what signs in with `credentials`. If a person has to sign in again, the account is
    /// flagged.
    pub(super) fn account(
        &self,
        gateway: &Gateway,
        account: &Account,
        credentials: Credentials,
    ) -> Result<AccountBuilder, ApiError> {
        let builder = credentials
            .http_client(self.http.clone())
            .account(&account.org_url)
            .map_err(|error| ApiError::of_client(&error))?;
        let (gateway, account) = (gateway.clone(), account.clone());
        let clock = SharedClock(gateway.clock());
        let builder = builder.on_needs_sign_in(move |event| {
            let (gateway, account, reason) =
                (gateway.clone(), account.clone(), event.error.message().to_owned());
            tokio::spawn(async move {
                // A request of the account flags it too, if this fails.
                if let Err(error) = gateway.flag(&account, &reason).await {
                    tracing::warn!(
                        account = account.id,
                        error = error.message(),
                        "the account was not flagged"
                    );
                }
            });
        });
        Ok(builder.clock(clock).max_unanswered(MAX_UNANSWERED))
    }

    /// Returns the credentials with which a connected account gets tokens, without a person.
    async fn credentials(&self, gateway: &Gateway, account: &Account) -> Result<Credentials, ApiError> {
        let secret = self.secret(gateway, account).await?;
        let mut credentials = match account.auth {
            AuthKind::ClientCredentials => {
                let secret = secret.ok_or_else(|| {
                    ApiError::new(
                        StatusCode::CONFLICT,
                        "no_secret",
                        "the gateway has no secret for the application of this account",
                    )
                })?;
                Credentials::client_secret(account.application.as_str(), secret)
            }
            AuthKind::AuthorizationCode => {
                let user = account.user_key.as_deref().and_then(|key| key.parse::<UserKey>().ok());
                let user = user.ok_or_else(|| gateway.sign_in_required(account))?;
                let credentials = Credentials::stored(account.application.as_str(), &user);
                match secret {
                    Some(secret) => credentials.authenticate_with_secret(secret),
                    None => credentials,
                }
            }
            // The refresh token of the device is in the store, and no other is given.
            AuthKind::DeviceCode => {
                Credentials::refresh_token(account.application.as_str(), "").person(account.id.as_str())
            }
        };
        if account.auth != AuthKind::AuthorizationCode
            && let Some(tenant) = &account.entra_tenant
        {
            credentials = credentials.tenant(tenant.as_str());
        }
        Ok(credentials.store(gateway.store().tokens(&account.id)))
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("clients", &self.clients().by_account.len())
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// Returns the error for a request to an account that nobody is signed in to.
    pub(crate) fn sign_in_required(&self, account: &Account) -> ApiError {
        let message = match (&account.reason, account.state) {
            (Some(reason), _) => format!("somebody has to sign in again: {reason}"),
            (None, AccountState::Pending) => "nobody has signed in to this account yet".to_owned(),
            (None, _) => "somebody has to sign in again".to_owned(),
        };
        ApiError::new(StatusCode::CONFLICT, "account_needs_sign_in", message)
            .with("account_id", account.id.as_str())
            .with("sign_in_url", self.sign_in_url(account).as_str())
    }

    /// Converts the error of a request to an account's organisation. An account that cannot get tokens any more
    /// without a person is flagged.
    pub(crate) async fn request_failed(&self, account: &Account, error: &dvkit_client::Error) -> ApiError {
        let refused = error.kind() == ErrorKind::SignIn
            && !error.is_transient()
            && account.auth == AuthKind::ClientCredentials
            && error.code().is_some();
        if error.kind() == ErrorKind::NeedsSignIn || refused {
            let reason = error.message();
            if let Err(error) = self.flag(account, reason).await {
                return error;
            }
            let flagged = Account {
                state: AccountState::NeedsSignIn,
                reason: Some(reason.to_owned()),
                ..account.clone()
            };
            return self.sign_in_required(&flagged);
        }
        ApiError::of_client(error)
    }

    /// Gets a token for an account, to see that it can sign in.
    pub(crate) async fn sign_in_now(&self, account: &Account) -> Result<(), ApiError> {
        let client = self.connections().client(self, account).await?;
        let audience = Audience::of(client.org_url());
        match client.account().token(&audience).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.request_failed(account, &error).await),
        }
    }
}

#[cfg(test)]
mod tests;
