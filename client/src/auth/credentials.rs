//! What a program signs in with.
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::authority::Cloud;
use super::certificate::Certificate;
use super::grant::{ClientProof, DevicePrompt, Grant, Interaction};
use super::store::{MemoryStore, TokenStore};

/// How an account signs in: one of the grants of OAuth 2.0 that Microsoft's sign-in knows.
///
/// Tenant and cloud are found from the organisation where they are not named.
///
/// ```
/// use dvkit_client::{Client, auth::Credentials};
///
/// let secret = std::env::var("DVKIT_SECRET").unwrap_or_default();
/// let credentials = Credentials::client_secret("1f2e0000-0000-0000-0000-000000000000", secret).tenant("contoso.onmicrosoft.com");
/// let client = Client::builder("https://contoso.crm4.dynamics.com").credentials(credentials).build()?;
/// # Ok::<(), dvkit_client::Error>(())
/// ```
#[must_use]
pub struct Credentials {
    pub(super) client_id: String,
    pub(super) tenant: Option<String>,
    pub(super) cloud: Option<Cloud>,
    pub(super) name: String,
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) grant: Grant,
    /// What the application proves itself with; people's programs often have nothing.
    pub(super) proof: Option<ClientProof>,
}

impl Credentials {
    fn new(client_id: impl Into<String>, grant: Grant, proof: Option<ClientProof>) -> Self {
        Self {
            client_id: client_id.into(),
            tenant: None,
            cloud: None,
            name: String::new(),
            store: Arc::new(MemoryStore::default()),
            grant,
            proof,
        }
    }

    /// An application by its secret. It needs an application user with a role in the organisation.
    pub fn client_secret(client_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self::new(client_id, Grant::Application, Some(ClientProof::Secret(secret.into())))
    }

    /// An application by its certificate.
    pub fn certificate(client_id: impl Into<String>, certificate: Certificate) -> Self {
        Self::new(client_id, Grant::Application, Some(ClientProof::Certificate(certificate)))
    }

    /// An application by an assertion that its platform writes into a file and renews there: workload identity on Kubernetes and
    /// in pipelines. The file is read for every new token.
    pub fn federated_token_file(client_id: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self::new(client_id, Grant::Application, Some(ClientProof::Federated(path.into())))
    }

    /// A person who has signed in elsewhere, by the refresh token from there.
    ///
    /// A token that [`Credentials::store`] holds for the same application, tenant and [`Credentials::person`] is tried first: it is
    /// what became of an earlier one. The one given here serves where the store has none, or one that is refused.
    pub fn refresh_token(client_id: impl Into<String>, token: impl Into<SecretString>) -> Self {
        Self::new(client_id, Grant::User(Interaction::None(token.into())), None)
    }

    /// A person who types a code on a page, on any device; `prompt` tells them.
    pub fn device_code(
        client_id: impl Into<String>,
        prompt: impl Fn(&DevicePrompt) + Send + Sync + 'static,
    ) -> Self {
        Self::new(client_id, Grant::User(Interaction::Device(Box::new(prompt))), None)
    }

    /// A person at this machine's browser (authorization code with PKCE on a loopback listener); `open` opens the
    /// page, or shows its address.
    pub fn browser(client_id: impl Into<String>, open: impl Fn(&Url) + Send + Sync + 'static) -> Self {
        Self::new(client_id, Grant::User(Interaction::Browser(Box::new(open))), None)
    }

    /// The application is a confidential client, as one on a server is: its secret goes along whenever a token is asked for, refreshed or
    /// exchanged for a code.
    pub fn authenticate_with_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.proof = Some(ClientProof::Secret(secret.into()));
        self
    }

    /// The same with a certificate: an assertion that it signs goes along.
    pub fn authenticate_with_certificate(mut self, certificate: Certificate) -> Self {
        self.proof = Some(ClientProof::Certificate(certificate));
        self
    }

    /// The same with an assertion that the platform writes into a file and renews there; the file is read each time.
    pub fn authenticate_with_federated_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.proof = Some(ClientProof::Federated(path.into()));
        self
    }

    /// How a token is had, in two words.
    pub(super) fn way(&self) -> &'static str {
        match (&self.grant, &self.proof) {
            (Grant::Application, Some(ClientProof::Certificate(_))) => "certificate",
            (Grant::Application, Some(ClientProof::Federated(_))) => "federated token",
            (Grant::Application, _) => "client credentials",
            (Grant::User(Interaction::None(_)), _) => "refresh token",
            (Grant::User(Interaction::Device(_)), _) => "device code",
            (Grant::User(Interaction::Browser(_)), _) => "browser",
        }
    }

    /// The tenant, by id or domain.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// The cloud, where the organisation's host does not tell.
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = Some(cloud);
        self
    }

    /// Where the refresh token of a person is kept; in memory unless told.
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// A name for the person, where several sign in with one application and one store.
    pub fn person(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .field("tenant", &self.tenant)
            .field("cloud", &self.cloud)
            .field("grant", &self.way())
            .finish_non_exhaustive()
    }
}
