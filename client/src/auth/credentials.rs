//! Defines [`Credentials`], with which a program signs in: an application's secret, certificate or federated
//! token, or a person's refresh token, device code or browser.
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::authority::Cloud;
use super::certificate::Certificate;
use super::grant::{ClientAuthentication, DevicePrompt, Grant, Interaction};
use super::identity::UserKey;
use super::store::{MemoryStore, TokenStore};
use crate::Result;

/// The credentials of an account: one of the OAuth 2.0 grants that Microsoft's sign-in service supports.
///
/// A tenant or a cloud that is not set is taken from the organisation's 401 response.
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
    /// The key of the person, if the person has signed in to a web application.
    pub(super) user: Option<UserKey>,
    pub(super) store: Arc<dyn TokenStore>,
    /// The HTTP client for the sign-in service, if the program gives its own.
    pub(super) http: Option<reqwest::Client>,
    pub(super) grant: Grant,
    /// The secret, certificate or assertion that the application authenticates itself with; `None` for a
    /// public client, such as a program on a person's machine.
    pub(super) authentication: Option<Arc<ClientAuthentication>>,
}

impl Credentials {
    fn new(client_id: impl Into<String>, grant: Grant, authentication: Option<ClientAuthentication>) -> Self {
        Self {
            client_id: client_id.into(),
            tenant: None,
            cloud: None,
            name: String::new(),
            user: None,
            store: Arc::new(MemoryStore::default()),
            http: None,
            grant,
            authentication: authentication.map(Arc::new),
        }
    }

    /// Signs in as an application with a secret. The organisation has to have an application user with a role
    /// for this application.
    pub fn client_secret(client_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self::new(client_id, Grant::Application, Some(ClientAuthentication::Secret(secret.into())))
    }

    /// Signs in as an application with a certificate.
    pub fn certificate(client_id: impl Into<String>, certificate: Certificate) -> Self {
        Self::new(client_id, Grant::Application, Some(ClientAuthentication::Certificate(certificate)))
    }

    /// Signs in as an application with an assertion that is in the file `path`, as on Kubernetes and in
    /// pipelines (workload identity). The platform writes the file and renews it, so the file is read again
    /// for every new token.
    pub fn federated_token_file(client_id: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self::new(client_id, Grant::Application, Some(ClientAuthentication::Federated(path.into())))
    }

    /// Signs in as a person who has already signed in elsewhere. `token` is the refresh token from that
    /// sign-in.
    ///
    /// If the [store](Credentials::store) has a token for the same application, tenant and
    /// [person](Credentials::person), the stored token is tried first, because it is newer. `token` is used
    /// if there is no stored token, or if the stored token is refused. If no person is named, the store is
    /// searched for successors of `token` only, so that a program that was given the token of another person
    /// does not sign in as the former one.
    pub fn refresh_token(client_id: impl Into<String>, token: impl Into<SecretString>) -> Self {
        Self::new(client_id, Grant::User(Interaction::None(token.into())), None)
    }

    /// Signs in as a person who types a code on a web page, on any device. `prompt` is called with the page
    /// and the code, and has to show both to the person.
    pub fn device_code(
        client_id: impl Into<String>,
        prompt: impl Fn(&DevicePrompt) + Send + Sync + 'static,
    ) -> Self {
        Self::new(client_id, Grant::User(Interaction::Device(Box::new(prompt))), None)
    }

    /// Signs in as a person in the browser of this machine (authorization code with PKCE and a loopback
    /// listener). `open` is called with the address of the sign-in page, and has to open or show the page.
    pub fn browser(client_id: impl Into<String>, open: impl Fn(&Url) + Send + Sync + 'static) -> Self {
        Self::new(client_id, Grant::User(Interaction::Browser(Box::new(open))), None)
    }

    /// Signs people in to a web application of one's own (authorization code with PKCE). `redirect_uri` is the
    /// URL of the application's page to which the sign-in service sends the browser back; it has to be
    /// registered with the application. Continue with [`Credentials::web_sign_in`].
    ///
    /// # Errors
    /// Returns an error if `redirect_uri` is not an `https` URL, or an `http` URL on loopback, or if it has a
    /// fragment.
    pub fn authorization_code(client_id: impl Into<String>, redirect_uri: &str) -> Result<Self> {
        let redirect = super::web::redirect_uri(redirect_uri)?;
        Ok(Self::new(client_id, Grant::User(Interaction::Redirect(redirect)), None))
    }

    /// Signs in as a person who has signed in to a web application before
    /// ([`Credentials::authorization_code`]), perhaps in another process or before a restart. The
    /// [store](Credentials::store) has to be the one of the web application, and a confidential client has to
    /// authenticate itself here too.
    pub fn stored(client_id: impl Into<String>, user: &UserKey) -> Self {
        let mut credentials = Self::new(client_id, Grant::User(Interaction::Stored), None);
        credentials.tenant = Some(user.tenant_id().to_owned());
        credentials.user = Some(user.clone());
        credentials
    }

    /// Makes the application a confidential client, which is usual on servers: it sends its secret with every
    /// request for a token.
    pub fn authenticate_with_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.authentication = Some(Arc::new(ClientAuthentication::Secret(secret.into())));
        self
    }

    /// Makes the application a confidential client that authenticates itself with assertions signed by a
    /// certificate.
    pub fn authenticate_with_certificate(mut self, certificate: Certificate) -> Self {
        self.authentication = Some(Arc::new(ClientAuthentication::Certificate(certificate)));
        self
    }

    /// Makes the application a confidential client that authenticates itself with an assertion in the file
    /// `path`. The platform writes the file and renews it, so the file is read again for every request of a
    /// token.
    pub fn authenticate_with_federated_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.authentication = Some(Arc::new(ClientAuthentication::Federated(path.into())));
        self
    }

    /// Returns the name of the kind of sign-in, for messages.
    pub(super) fn grant_name(&self) -> &'static str {
        match (&self.grant, self.authentication.as_deref()) {
            (Grant::Application, Some(ClientAuthentication::Certificate(_))) => "certificate",
            (Grant::Application, Some(ClientAuthentication::Federated(_))) => "federated token",
            (Grant::Application, _) => "client credentials",
            (Grant::User(Interaction::None(_)), _) => "refresh token",
            (Grant::User(Interaction::Stored), _) => "stored sign-in",
            (Grant::User(Interaction::Redirect(_)), _) => "web sign-in",
            (Grant::User(Interaction::Device(_)), _) => "device code",
            (Grant::User(Interaction::Browser(_)), _) => "browser",
        }
    }

    /// Sets the tenant, by id or domain.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sets the cloud. By default the cloud is derived from the organisation's host.
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = Some(cloud);
        self
    }

    /// Sets the store that keeps the refresh tokens of people. By default the tokens are only in memory. A
    /// store in an [`Arc`] can be shared.
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Arc::new(store);
        self
    }

    /// Sets the HTTP client that sends the requests to the sign-in service, for example one with a proxy or
    /// with certificates of one's own. It must not follow redirects, because a request contains secrets. By
    /// default it is the client of the [`ClientBuilder`](crate::ClientBuilder) to which the credentials are
    /// given, or a new one.
    pub fn http_client(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Sets a name for the person, under which the store keeps the token. It distinguishes several people who
    /// sign in with the same application and store. It has no effect on people who sign in to a web
    /// application, who have their [keys](UserKey).
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
            .field("grant", &self.grant_name())
            .finish_non_exhaustive()
    }
}
