//! Defines the parts of a sign-in: on whose behalf a token is requested, how an application authenticates
//! itself, and how a person takes part. [`Credentials`](super::Credentials) are made of them.
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::certificate::Certificate;

/// The page and the code that a person needs to sign in with a device code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DevicePrompt {
    /// The URL of the page to open, on any device.
    pub verification_uri: String,
    /// The code to type on the page.
    pub user_code: String,
    /// The lifetime of the code, counted from the moment when the code was received.
    pub expires_in: Duration,
}

/// The one on whose behalf a token is requested: the application or a person.
pub(super) enum Grant {
    /// The application itself.
    Application,
    User(Interaction),
}

/// The means by which an application authenticates itself.
pub(super) enum ClientAuthentication {
    Secret(SecretString),
    Certificate(Certificate),
    /// An assertion in the file with this path, which the platform renews.
    Federated(PathBuf),
}

/// The way in which a person signs in if no refresh token is usable.
pub(super) enum Interaction {
    /// The person cannot sign in interactively. The field is the only refresh token that was given.
    None(SecretString),
    /// The person has signed in before, possibly in another process, and the store has the refresh token.
    Stored,
    /// The person signs in to a web application, and the browser is sent back to this URL. It is the text of
    /// the application's registration, which has to match exactly.
    Redirect(String),
    Device(Box<dyn Fn(&DevicePrompt) + Send + Sync>),
    Browser(Box<dyn Fn(&Url) + Send + Sync>),
}
