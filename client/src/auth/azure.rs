//! Signs in with an identity that Azure gives to a machine or a person: a managed identity, a workload
//! identity, or the login of the Azure CLI.
//!
//! The crate `azure_identity` requests the tokens. It reads the environment variables that the platform sets.
use std::fmt;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind as AzureKind;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::SecretString;

use super::{AccessToken, Audience, TokenSource};
use crate::error::truncate;
use crate::redact::Redactor;
use crate::{Error, ErrorKind, Result};

/// A token source that uses an identity of Azure.
///
/// ```
/// use dvkit_client::{Client, auth::AzureIdentity};
///
/// let client = Client::builder("https://contoso.crm4.dynamics.com").token_source(AzureIdentity::cli(None)?).build()?;
/// # Ok::<(), dvkit_client::Error>(())
/// ```
#[derive(Clone)]
pub struct AzureIdentity {
    credential: Arc<dyn TokenCredential>,
    how: String,
}

impl AzureIdentity {
    /// Returns a source that uses the managed identity of a virtual machine (IMDS) or of App Service. If the
    /// platform has several identities, `client_id` selects one; `None` selects the platform's default.
    ///
    /// # Errors
    /// Returns an error if the platform offers no supported managed identity.
    pub fn managed_identity(client_id: Option<String>) -> Result<Self> {
        let how = match &client_id {
            Some(id) => format!("with the managed identity {id}"),
            None => "with the managed identity of this machine".to_owned(),
        };
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: client_id.map(UserAssignedId::ClientId),
            ..ManagedIdentityCredentialOptions::default()
        };
        Ok(Self::with(
            ManagedIdentityCredential::new(Some(options)).map_err(|error| convert_error(&error))?,
            how,
        ))
    }

    /// Returns a source that uses the workload identity of a Kubernetes pod. The identity is configured by
    /// the variables `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_FEDERATED_TOKEN_FILE`, which the webhook
    /// for workload identity sets.
    ///
    /// # Errors
    /// Returns an error if one of these variables is not set.
    pub fn workload_identity() -> Result<Self> {
        let credential = WorkloadIdentityCredential::new(None).map_err(|error| convert_error(&error))?;
        Ok(Self::with(credential, "with the workload identity of this pod"))
    }

    /// Returns a source that uses the login of the Azure CLI (`az login`). `tenant` is the tenant to sign in
    /// to; `None` selects the tenant of the login.
    ///
    /// # Errors
    /// Returns an error if `tenant` is not a valid name of a tenant.
    pub fn cli(tenant: Option<String>) -> Result<Self> {
        let options = AzureCliCredentialOptions { tenant_id: tenant, ..AzureCliCredentialOptions::default() };
        let credential = AzureCliCredential::new(Some(options)).map_err(|error| convert_error(&error))?;
        Ok(Self::with(credential, "with the login of the Azure CLI"))
    }

    /// Returns a source that uses any other credential of Azure's libraries. `how` describes the credential,
    /// for messages.
    #[must_use]
    pub fn with(credential: Arc<dyn TokenCredential>, how: impl Into<String>) -> Self {
        Self { credential, how: how.into() }
    }
}

impl fmt::Debug for AzureIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureIdentity").field("how", &self.how).finish_non_exhaustive()
    }
}

impl TokenSource for AzureIdentity {
    fn fetch<'a>(&'a self, audience: &'a Audience) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async {
            let scope = audience.default_scope();
            let token =
                self.credential.get_token(&[&scope], None).await.map_err(|error| convert_error(&error))?;
            let expires_at =
                Timestamp::from_second(token.expires_on.unix_timestamp()).unwrap_or(Timestamp::MAX);
            Ok(AccessToken::new(SecretString::from(token.token.secret().to_owned()), expires_at))
        })
    }

    fn describe(&self) -> String {
        self.how.clone()
    }
}

/// Converts an error of Azure's libraries. Only the error's own message is kept, and shortened; the errors
/// that caused it are dropped, because they may quote a whole response.
fn convert_error(error: &azure_core::Error) -> Error {
    let transient = match error.kind() {
        AzureKind::Connection | AzureKind::Io => true,
        AzureKind::HttpResponse { status, .. } => {
            let status: u16 = (*status).into();
            status == 429 || status >= 500
        }
        _ => false,
    };
    // The library keeps the assertion out of its messages, but a response that it quotes may contain a token.
    let text = error.to_string();
    let text = Redactor::default().mask(&text).into_owned();
    Error::new(ErrorKind::SignIn, format!("no token from Azure's identity: {}", truncate(&text, 500)))
        .with_transient(transient)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::io;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{ExitStatus, Output};

    use azure_identity::Executor;
    use pretty_assertions::assert_eq;
    use secrecy::ExposeSecret;

    use super::*;

    /// A fake Azure CLI for tests, given by its exit code, standard output and standard error.
    #[derive(Debug)]
    struct Cli(i32, &'static str, &'static str);

    #[async_trait::async_trait]
    impl Executor for Cli {
        async fn run(&self, _: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
            let line = args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ");
            assert!(line.contains("az account get-access-token"), "{line}");
            assert!(line.contains("https://contoso.crm4.dynamics.com"), "{line}");
            Ok(Output {
                status: ExitStatus::from_raw(self.0 << 8),
                stdout: self.1.into(),
                stderr: self.2.into(),
            })
        }
    }

    async fn token(cli: Cli) -> Result<AccessToken> {
        let options = AzureCliCredentialOptions {
            executor: Some(Arc::new(cli)),
            ..AzureCliCredentialOptions::default()
        };
        let audience = Audience::of(&"https://contoso.crm4.dynamics.com/".parse().unwrap());
        AzureIdentity::with(AzureCliCredential::new(Some(options)).unwrap(), "test").fetch(&audience).await
    }

    #[tokio::test]
    async fn the_login_of_the_cli_gives_a_token() {
        let answer = r#"{"accessToken":"hunter2","expiresOn":"2026-11-23 13:00:00.000000","expires_on":1795438800,"tokenType":"Bearer"}"#;
        let token = token(Cli(0, answer, "")).await.unwrap();
        assert_eq!(
            (token.secret().expose_secret(), token.expires_at().as_second()),
            ("hunter2", 1_795_438_800)
        );
        assert!(!format!("{token:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn a_missing_login_gives_the_message_of_the_cli() {
        let error = token(Cli(1, "", "ERROR: Please run 'az login' to setup account.")).await.unwrap_err();
        assert!(error.to_string().contains("az login"), "{error}");
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::SignIn, false));
    }

    #[test]
    fn an_identity_is_created_without_a_request() {
        let managed = |id: Option<&str>| AzureIdentity::managed_identity(id.map(str::to_owned)).unwrap();
        for (identity, how) in [
            (managed(Some("1-2")), "with the managed identity 1-2"),
            (managed(None), "with the managed identity of this machine"),
            (AzureIdentity::cli(None).unwrap(), "with the login of the Azure CLI"),
            (AzureIdentity::cli(Some("contoso.com".to_owned())).unwrap(), "with the login of the Azure CLI"),
        ] {
            assert_eq!(identity.describe(), how);
            assert_eq!(format!("{identity:?}"), format!("AzureIdentity {{ how: \"{how}\", .. }}"));
        }
        let error = AzureIdentity::cli(Some("no tenant!".to_owned())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().starts_with("no token from Azure's identity: "), "{error}");
    }

    #[test]
    fn an_error_of_azure_passes_if_its_reason_does() {
        let answered = |status: u16| AzureKind::HttpResponse {
            status: status.into(),
            error_code: None,
            raw_response: None,
        };
        for (kind, transient) in [
            (AzureKind::Connection, true),
            (AzureKind::Io, true),
            (AzureKind::Credential, false),
            (AzureKind::Other, false),
            (answered(400), false),
            (answered(428), false),
            (answered(429), true),
            (answered(430), false),
            (answered(499), false),
            (answered(500), true),
            (answered(503), true),
        ] {
            let shown = format!("{kind:?}");
            let error = convert_error(&azure_core::Error::with_message(kind, "why"));
            assert_eq!((error.kind(), error.is_transient()), (ErrorKind::SignIn, transient), "{shown}");
            assert_eq!(error.message(), "no token from Azure's identity: why", "{shown}");
        }
    }
}
