//! The parts of a sign-in: for whom a token is requested, how an application authenticates itself, how a
//! person takes part.
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::certificate::Certificate;

/// What a person has to do for a sign-in with a device code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DevicePrompt {
    /// The URL of the page to open, on any device.
    pub verification_uri: String,
    /// The code to type on the page.
    pub user_code: String,
    /// How long the code is valid.
    pub expires_in: Duration,
}

/// For whom a token is requested.
pub(super) enum Grant {
    /// The application itself.
    Application,
    User(Interaction),
}

/// What an application authenticates itself with.
pub(super) enum ClientAuthentication {
    Secret(SecretString),
    Certificate(Certificate),
    /// The path of a file with an assertion that the platform renews.
    Federated(PathBuf),
}

/// How a person signs in if there is no refresh token.
pub(super) enum Interaction {
    /// The person cannot sign in; this refresh token is all there is.
    None(SecretString),
    Device(Box<dyn Fn(&DevicePrompt) + Send + Sync>),
    Browser(Box<dyn Fn(&Url) + Send + Sync>),
}
