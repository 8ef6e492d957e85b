//! Defines [`Gateway`], the state that all requests and background tasks share, and its builder.
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use dvkit_client::{Clock, SystemClock};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use crate::accounts::Connections;
use crate::error::ApiError;
use crate::limits::Scheduler;
use crate::metrics::Metrics;
use crate::settings::{Settings, SettingsError};
use crate::store::{Account, NewEvent, Store};
use crate::unified::{Compiled, UnifiedModel};
use crate::webhooks::Sender;

/// The gateway. Clones share everything.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    store: Store,
    settings: Settings,
    public_url: Url,
    clock: Arc<dyn Clock>,
    connections: Connections,
    scheduler: Scheduler,
    sender: Sender,
    metrics: Metrics,
    model: Option<Arc<dyn UnifiedModel>>,
    compiled: Compiled,
}

/// A builder of a [`Gateway`], created by [`Gateway::builder`].
#[must_use]
pub struct GatewayBuilder {
    store: Store,
    settings: Settings,
    clock: Arc<dyn Clock>,
    secrets: HashMap<String, SecretString>,
    model: Option<Arc<dyn UnifiedModel>>,
}

impl Gateway {
    /// Starts building a gateway that keeps its state in `store`.
    pub fn builder(store: Store, settings: Settings) -> GatewayBuilder {
        let clock = Arc::new(SystemClock);
        GatewayBuilder { store, settings, clock, secrets: HashMap::new(), model: None }
    }

    /// Returns the store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Returns the URL by which callers reach the gateway, with a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &Url {
        &self.0.public_url
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.0.connections
    }

    pub(crate) fn scheduler(&self) -> &Scheduler {
        &self.0.scheduler
    }

    pub(crate) fn sender(&self) -> &Sender {
        &self.0.sender
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn model(&self) -> Option<&Arc<dyn UnifiedModel>> {
        self.0.model.as_ref()
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        &self.0.compiled
    }

    /// Notes that a person has to sign in again, and puts the event into the outbox, once for all processes.
    pub(crate) async fn flag(&self, account: &Account, reason: &str) -> Result<(), ApiError> {
        let data = json!({
            "account_id": account.id, "reason": reason, "sign_in_url": self.sign_in_url(account).as_str(),
        });
        let now = self.now();
        let event = NewEvent::new(&account.tenant, &account.id, AUTHENTICATION_ERROR, &data, now);
        if self.0.store.set_needs_sign_in(account, reason, &event, now).await? {
            tracing::warn!(account = account.id, reason, "the account needs a sign-in");
            self.0.metrics.flagged();
        }
        Ok(())
    }
}

/// The name of the event that a person has to sign in again.
pub(crate) const AUTHENTICATION_ERROR: &str = "account.authentication_error";

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("store", &self.0.store)
            .field("public_url", &self.0.public_url.as_str())
            .finish_non_exhaustive()
    }
}

impl GatewayBuilder {
    /// Sets the clock, for tests. The default is the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the secret of the application with this name in the settings.
    pub fn secret(mut self, application: impl Into<String>, secret: SecretString) -> Self {
        self.secrets.insert(application.into(), secret);
        self
    }

    /// Sets the model that `/unified` serves. Without one, there is no `/unified`.
    pub fn model(mut self, model: impl UnifiedModel) -> Self {
        self.model = Some(Arc::new(model));
        self
    }

    /// Creates the gateway.
    ///
    /// # Errors
    /// Returns an error if the settings are wrong ([`Settings::check`]), or if the system offers no TLS.
    pub fn build(self) -> Result<Gateway, SettingsError> {
        self.settings.check()?;
        let public_url = match &self.settings.public_url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://{}/", self.settings.listen))
                .map_err(|error| SettingsError(format!("the address to listen on makes no URL: {error}")))?,
        };
        let connections = Connections::new(&self.settings, self.secrets)
            .map_err(|error| SettingsError(format!("the system offers no TLS: {error}")))?;
        let sender = Sender::new(&self.settings.webhooks)
            .map_err(|error| SettingsError(format!("the system offers no TLS: {error}")))?;
        Ok(Gateway(Arc::new(Inner {
            scheduler: Scheduler::new(&self.settings.limits),
            metrics: Metrics::new(),
            compiled: Compiled::default(),
            store: self.store,
            settings: self.settings,
            clock: self.clock,
            model: self.model,
            public_url,
            connections,
            sender,
        })))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::crypto::KeyRing;
    use crate::database::Sqlite;

    #[tokio::test]
    async fn a_gateway_is_shown_by_its_store_and_url_without_secrets() {
        let keys = KeyRing::generate("k1");
        let store = Store::new(Sqlite::in_memory().await.unwrap(), KeyRing::parse(&keys).unwrap());
        for (url, shown) in
            [(None, "http://127.0.0.1:8780/"), (Some("https://gw.contoso.com"), "https://gw.contoso.com/")]
        {
            let settings =
                Settings { public_url: url.map(|url| url.parse().unwrap()), ..Settings::default() };
            let gateway = Gateway::builder(store.clone(), settings)
                .secret("default", SecretString::from("planted-secret"))
                .build()
                .unwrap();
            assert_eq!(gateway.public_url().as_str(), shown);
            let text = format!("{gateway:?}");
            assert_eq!(
                text,
                format!("Gateway {{ store: {store:?}, public_url: {shown:?}, .. }}"),
                "only the store and the URL"
            );
            let key = keys.expose_secret().trim().rsplit(':').next().unwrap();
            assert!(!text.contains("planted-secret") && !text.contains(key), "{text}");
        }
    }
}
