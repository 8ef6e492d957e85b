//! What a sign-in consists of: for whom a token is requested, how an application proves itself, how a person takes part.
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::certificate::Certificate;

/// What a person has to do for a sign-in with a device code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DevicePrompt {
    /// The page to open, on any device.
    pub verification_uri: String,
    /// The code to type there.
    pub user_code: String,
    /// How long it is good for.
    pub expires_in: Duration,
}

/// For whom a token is wanted.
pub(super) enum Grant {
    /// For the application itself.
    Application,
    User(Interaction),
}

/// How an application shows that it is the one that it says.
pub(super) enum ClientProof {
    Secret(SecretString),
    Certificate(Certificate),
    /// A file with an assertion that somebody else renews.
    Federated(PathBuf),
}

/// How a person is brought in where no refresh token is there.
pub(super) enum Interaction {
    /// Not at all: this refresh token is all there is.
    None(SecretString),
    Device(Box<dyn Fn(&DevicePrompt) + Send + Sync>),
    Browser(Box<dyn Fn(&Url) + Send + Sync>),
}
