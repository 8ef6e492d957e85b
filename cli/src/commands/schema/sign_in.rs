//! Creates the client that a fetch signs in with, from the command line's options for signing in. A secret is
//! read from the environment or from a file, and never from the command line, which every process of the
//! machine can read.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};
use dvkit_client::Client;
use dvkit_client::auth::{Certificate, Credentials, DevicePrompt, FileStore, StaticToken, TokenSource as _};
use dvkit_files::LinkPolicy;
use dvkit_ide::config::FetchConfig;
use serde::Deserialize;

use crate::output::notice;

/// The environment variable with the client secret, unless an option names another variable.
const SECRET: &str = "DVKIT_CLIENT_SECRET";

/// The maximum size of a file with a secret, or with a certificate and its chain, in bytes: 1 MiB.
const MAX_SECRET: u64 = 1 << 20;

/// Ways of signing in.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sign-in")]
#[group(id = "sign_in")]
pub(crate) struct Args {
    /// The id of the application that signs in; by default `client_id` of `dvkit.toml`
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The tenant, by id or domain; by default `tenant` of `dvkit.toml`, otherwise the organisation's tenant
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// The environment variable with the application's secret; by default DVKIT_CLIENT_SECRET
    #[arg(long, value_name = "VARIABLE", group = "way")]
    client_secret_env: Option<String>,
    /// The file with the application's secret
    #[arg(long, value_name = "FILE", group = "way")]
    client_secret_file: Option<PathBuf>,
    /// The PEM file with the application's certificate and private key
    #[arg(long, value_name = "FILE", group = "way")]
    certificate_file: Option<PathBuf>,
    /// Sign in as a person, who types a code on a web page, on any device
    #[arg(long, group = "way")]
    device_code: bool,
    /// Sign in as a person, with the browser of this machine
    #[arg(long, group = "way")]
    browser: bool,
    /// Sign in as the user of the Azure CLI
    #[arg(long, group = "way")]
    azure_cli: bool,
    /// The environment variable with an access token to use
    #[arg(long, value_name = "VARIABLE", group = "way")]
    token_env: Option<String>,
}

impl Args {
    /// Returns whether a person signs in interactively and therefore sees the organisation's host. No stored
    /// token or secret is sent to the host in this case.
    pub(crate) fn asks_a_person(&self) -> bool {
        self.device_code || self.browser
    }
}

/// Returns the host of a URL for messages, with its port if the URL has one.
pub(crate) fn host(url: &str) -> String {
    let rest = url.trim().split_once("://").map_or(url.trim(), |(_, rest)| rest);
    let authority = rest.trim_start_matches('/').split(['/', '?', '#', '\\']).next().unwrap_or_default();
    // The text before an `@` is user information, even if it looks like a host.
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Returns a client for `url` that signs in as the options say, and a message that says who signs in. Returns
/// an error if an option is missing, if the secret or the token cannot be read, or if the URL is invalid. No
/// request is sent, except by `--azure-cli`.
pub(crate) fn client(url: &str, args: &Args, config: &FetchConfig) -> Result<(Client, String)> {
    let token = match &args.token_env {
        Some(variable) => Some(StaticToken::new(variable_of("--token-env", variable)?)),
        None if args.azure_cli => Some(StaticToken::new(azure_token(url, args.tenant.as_deref())?)),
        None => None,
    };
    if let Some(token) = token {
        let who = if args.azure_cli { "as the Azure CLI is".to_owned() } else { token.describe() };
        let client = Client::builder(url).token_source(token).build()?;
        let line = format!("signing in to {} {who}", told_host(&client));
        return Ok((client, line));
    }
    let mut credentials = credentials(args, config)?;
    if let Some(tenant) = args.tenant.as_ref().or(config.tenant.as_ref()) {
        credentials = credentials.tenant(tenant);
    }
    let account = credentials.account(url)?.build();
    let client = Client::builder(url).account(&account).build()?;
    let line = format!("signing in to {} {}", told_host(&client), account.describe());
    Ok((client, line))
}

/// Returns the host to which the client's requests are sent, for messages.
fn told_host(client: &Client) -> String {
    host(client.org_url().as_str())
}

fn credentials(args: &Args, config: &FetchConfig) -> Result<Credentials> {
    let id = || {
        let id = args.client_id.as_ref().or(config.client_id.as_ref());
        id.cloned().context(
            "which application signs in? give `--client-id ID`, or `client_id` below `[fetch]` in dvkit.toml",
        )
    };
    if args.device_code {
        return Ok(with_token_file(Credentials::device_code(id()?, tell_code)));
    }
    if args.browser {
        return Ok(with_token_file(Credentials::browser(id()?, |page| open(page.as_str()))));
    }
    if let Some(file) = &args.certificate_file {
        let pem = read_secret(file)?.into();
        return Ok(Credentials::certificate(id()?, Certificate::from_pem(&pem)?));
    }
    let secret = match (&args.client_secret_env, &args.client_secret_file) {
        (Some(variable), _) => Some(variable_of("--client-secret-env", variable)?),
        (None, Some(file)) => Some(read_secret(file)?),
        (None, None) => std::env::var(SECRET).ok().filter(|s| !s.is_empty()),
    };
    match secret {
        Some(secret) => Ok(Credentials::client_secret(id()?, secret)),
        None => bail!(
            "how to sign in? give `--client-id ID` with `--client-secret-env VARIABLE`, `--client-secret-file FILE`, \
             `--certificate-file FILE`, `--device-code` or `--browser`; or `--azure-cli`, or `--token-env VARIABLE`"
        ),
    }
}

fn variable_of(flag: &str, variable: &str) -> Result<String> {
    // The value of the variable must not be in a message, even if it is not text.
    match std::env::var(variable) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Ok(_) => bail!("`{flag} {variable}`: the environment variable is empty"),
        Err(std::env::VarError::NotPresent) => {
            bail!("`{flag} {variable}`: there is no such environment variable")
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            bail!("`{flag} {variable}`: the environment variable is no text")
        }
    }
}

/// Returns the text of a file without white space around it. Returns an error if the file cannot be read or
/// is empty.
fn read_secret(path: &Path) -> Result<String> {
    let text = dvkit_files::read_text(path, LinkPolicy::FollowNamed, MAX_SECRET);
    let text = text.with_context(|| format!("cannot read `{}`", path.display()))?;
    let text = text.trim();
    if text.is_empty() {
        bail!("`{}` is empty", path.display());
    }
    Ok(text.to_owned())
}

/// Returns the credentials with a store for the refresh token, in the user's state folder, so that later runs
/// need no sign-in. Returns them unchanged if there is no such folder.
fn with_token_file(credentials: Credentials) -> Credentials {
    let state =
        std::env::var_os("XDG_STATE_HOME").or_else(|| std::env::var_os("LOCALAPPDATA")).map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local").join("state"));
    match state.filter(|s| s.is_absolute()).or_else(home) {
        Some(folder) => credentials.store(FileStore::new(folder.join("dvkit").join("tokens.json"))),
        None => credentials,
    }
}

fn tell_code(prompt: &DevicePrompt) {
    notice(format_args!(
        "open {} and type {} (within {} minutes)",
        prompt.verification_uri,
        prompt.user_code,
        prompt.expires_in.as_secs() / 60
    ));
}

/// Opens a page in the browser, and prints its URL too, because there may be no browser to open.
fn open(page: &str) {
    notice(format_args!("sign in with the browser: {page}"));
    let opener = if cfg!(windows) {
        "explorer"
    } else if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let quiet = || Stdio::null();
    let _ = Command::new(opener).arg(page).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
}

/// Returns an access token from the Azure CLI. It is valid for about an hour, which is longer than a fetch
/// takes. `tenant` is the tenant to sign in to; `None` selects that of the CLI's login. Returns an error if
/// `az` cannot be run, fails, or prints no token. The message quotes no output that may contain a token.
fn azure_token(url: &str, tenant: Option<&str>) -> Result<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Token {
        access_token: String,
    }
    let resource = url.trim_end_matches('/');
    // On Windows, `az` is a script with the extension `.cmd`.
    let mut command = if cfg!(windows) { Command::new("az.cmd") } else { Command::new("az") };
    command.args(["account", "get-access-token", "--output", "json", "--resource", resource]);
    command.args(tenant.map(|t| ["--tenant", t]).into_iter().flatten());
    let ran = command.stdin(Stdio::null()).output().context("`--azure-cli`: cannot run `az`")?;
    if !ran.status.success() {
        let said = String::from_utf8_lossy(&ran.stderr);
        let said = said.lines().find(|l| !l.trim().is_empty()).unwrap_or("it says nothing");
        bail!("`--azure-cli`: `az account get-access-token` failed: {said}; `az login` signs in");
    }
    // The output contains a secret, so the message does not quote it.
    let token: Token = serde_json::from_slice(&ran.stdout)
        .map_err(|_| anyhow!("`--azure-cli`: `az account get-access-token` printed no token"))?;
    Ok(token.access_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_text_of_its_file_without_white_space_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (text, found) in
            [("s3cret", Some("s3cret")), (" s3 cret\r\n", Some("s3 cret")), ("", None), (" \n", None)]
        {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read_secret(&path).ok().as_deref(), found, "{text:?}");
        }
        std::fs::write(&path, " ").unwrap();
        assert!(read_secret(&path).unwrap_err().to_string().ends_with("` is empty"));
        let missing = read_secret(&folder.path().join("missing")).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read `"), "{missing}");
    }

    #[test]
    fn a_variable_is_named_with_its_option_if_it_is_missing() {
        let error = variable_of("--token-env", "DVKIT_NO_SUCH_VARIABLE").unwrap_err().to_string();
        assert_eq!(error, "`--token-env DVKIT_NO_SUCH_VARIABLE`: there is no such environment variable");
        assert_eq!(variable_of("--token-env", "CARGO_PKG_NAME").unwrap(), env!("CARGO_PKG_NAME"));
    }

    #[test]
    fn a_person_is_asked_by_two_of_the_ways_to_sign_in() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            args: Args,
        }
        for (flags, asks) in [
            (&[][..], false),
            (&["--device-code"], true),
            (&["--browser"], true),
            (&["--azure-cli"], false),
            (&["--token-env=X"], false),
            (&["--client-secret-env=X"], false),
        ] {
            let all = ["x"].iter().chain(flags);
            let args = <Command as clap::Parser>::try_parse_from(all).unwrap().args;
            assert_eq!(args.asks_a_person(), asks, "{flags:?}");
        }
    }

    #[test]
    fn each_way_to_sign_in_needs_its_application_and_its_secret() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            args: Args,
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(folder.path().join("secret"), "s3cret\n").unwrap();
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        let (file, empty) = (path("secret"), path("empty"));
        let (secret_file, empty_file) =
            (format!("--client-secret-file={file}"), format!("--client-secret-file={empty}"));
        let certificate = format!("--certificate-file={file}");
        for (flags, why) in [
            (&["--device-code"][..], ""),
            (&["--browser"], ""),
            (&[&*secret_file], ""),
            (&[&*empty_file], "` is empty"),
            (&["--client-secret-env=CARGO_PKG_NAME"], ""),
            (&["--client-secret-env=DVKIT_NO_SUCH_VARIABLE"], "there is no such environment variable"),
            // The file has no certificate.
            (&[&*certificate], "certificate"),
            (&[], "how to sign in?"),
        ] {
            for (id, config_id) in [(true, false), (false, true), (false, false)] {
                let id = if id { &["--client-id=00000000-0000-0000-0000-000000000001"][..] } else { &[] };
                let all = ["x"].iter().chain(flags).chain(id);
                let args = <Command as clap::Parser>::try_parse_from(all).unwrap().args;
                let config =
                    FetchConfig { client_id: config_id.then(|| "a".to_owned()), ..FetchConfig::default() };
                let has_id = !id.is_empty() || config_id;
                let told = match credentials(&args, &config) {
                    Ok(_) => String::new(),
                    Err(error) => format!("{error:#}"),
                };
                match (why, has_id) {
                    ("", true) => assert_eq!(told, "", "{flags:?}"),
                    ("", false) => assert!(told.contains("which application signs in?"), "{flags:?}: {told}"),
                    (why, true) => assert!(told.contains(why), "{flags:?}: {told}"),
                    (_, false) => assert_ne!(told, "", "{flags:?}"),
                }
            }
        }
    }
}
