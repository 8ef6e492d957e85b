//! `dvkit gateway`: an HTTP service between an application and its customers' organisations.

mod key;
mod serve;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use dvkit_files::{LinkPolicy, WriteMode};
use dvkit_gateway::store::Store;
use dvkit_gateway::unified::CrmModel;
use dvkit_gateway::{KeyRing, Settings};
use dvkit_unify::Mapping;
use dvkit_unify::mapping::MAX_MAPPING;
use secrecy::{ExposeSecret as _, SecretString};

use crate::output::{Outcome, Screen};

/// The configuration file, unless `--config` names another one.
const CONFIG: &str = "gateway.toml";
/// The environment variable that holds the database.
const DATABASE: &str = "DVKIT_GATEWAY_DATABASE";
/// The environment variable that holds the keys.
const KEYS: &str = "DVKIT_GATEWAY_KEYS";
/// The beginning of the environment variables that hold the secrets of applications.
const SECRET: &str = "DVKIT_GATEWAY_SECRET_";
/// The maximum size of a configuration file and of a file with secrets, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The configuration file that `init` writes.
const TEMPLATE: &str = r#"# The configuration of `dvkit gateway`. Secrets are not in it.

listen = "127.0.0.1:8780"
# The URL by which callers and browsers reach the gateway, through a server that terminates TLS.
# public_url = "https://gateway.contoso.com"

# A file of SQLite, or `postgres://user@host/database` where several processes run.
database = "gateway.db"
keys_file = "gateway.keys"

# The mapping of the CRM model, beyond that of the standard tables; `dvkit unify suggest` proposes one.
# mapping = "mapping.toml"

# The pages to which browsers are sent after a sign-in begin with one of these.
return_urls = []

# The application of Microsoft Entra ID with which accounts sign in. Its secret is in the environment variable
# DVKIT_GATEWAY_SECRET_DEFAULT, or in the file `secret_file`. Register `<public_url>/connect/callback` with it.
# [applications.default]
# client_id = "00000000-0000-0000-0000-000000000000"
"#;

/// Serve the organisations of many customers in one API: tokens, proxy, events
///
/// `init` writes a configuration file and a file with the key that secrets are encrypted with, `key create` makes an API key, and
/// `serve` serves. Several processes with one database of PostgreSQL are equal.
#[derive(Debug, clap::Args)]
#[command(after_help = "Environment variables:\n  \
                        DVKIT_GATEWAY_DATABASE       the database, in place of that of the configuration file\n  \
                        DVKIT_GATEWAY_KEYS           the keys, in place of the file: NAME:KEY,NAME:KEY, the current one first\n  \
                        DVKIT_GATEWAY_SECRET_<NAME>  the secret of the application NAME of the configuration file")]
pub(crate) struct Args {
    /// The configuration file
    #[arg(long, value_name = "FILE", default_value = CONFIG, global = true)]
    config: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write a configuration file, and a file with a new key that secrets are encrypted with
    Init,
    /// Serve until a signal ends it
    Serve(serve::Args),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Key(key::Action),
    /// Encrypt everything with the current key, so that the older ones can be removed
    Rotate,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    match &args.action {
        Action::Init => init(&args.config),
        Action::Serve(serve) => serve::run(&args.config, serve),
        Action::Key(action) => key::run(&args.config, action),
        Action::Rotate => rotate(&args.config),
    }
}

/// Returns a path of the configuration file: one that is not absolute begins at the file's folder.
fn beside(config: &Path, path: &str) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(path)
}

/// Reads the configuration file.
fn settings(config: &Path) -> Result<Settings> {
    let text = dvkit_files::read_text(config, LinkPolicy::FollowNamed, MAX_FILE)
        .with_context(|| format!("cannot read `{}`; `dvkit gateway init` writes one", config.display()))?;
    Settings::parse(&text).with_context(|| format!("`{}`", config.display()))
}

/// Opens the store that the configuration and the environment name.
async fn open(config: &Path, settings: &Settings) -> Result<Store> {
    let keys = match std::env::var(KEYS) {
        Ok(keys) => SecretString::from(keys),
        Err(_) => {
            let path = beside(config, &settings.keys_file);
            let text =
                dvkit_files::read_text(&path, LinkPolicy::FollowNamed, MAX_FILE).with_context(|| {
                    format!("cannot read the keys in `{}`; {KEYS} can hold them", path.display())
                })?;
            SecretString::from(text)
        }
    };
    let keys = KeyRing::parse(&keys)?;
    let database = std::env::var(DATABASE).unwrap_or_else(|_| settings.database.clone());
    let database = match Settings::is_postgres(&database) {
        true => database,
        false => {
            let path = beside(config, database.strip_prefix("sqlite:").unwrap_or(&database));
            path.to_str().context("the path of the database is not UTF-8")?.to_owned()
        }
    };
    Store::open(&database, settings.database_connections, keys).await.context("the database cannot be opened")
}

/// Returns the secret of an application; `None` if neither the environment nor the configuration has one.
fn secret(config: &Path, name: &str, file: Option<&str>) -> Result<Option<SecretString>> {
    let variable = format!("{SECRET}{}", name.to_uppercase().replace('-', "_"));
    if let Ok(secret) = std::env::var(&variable) {
        return Ok(Some(SecretString::from(secret)));
    }
    let Some(file) = file else { return Ok(None) };
    let path = beside(config, file);
    let text = dvkit_files::read_text(&path, LinkPolicy::FollowNamed, MAX_FILE)
        .with_context(|| format!("cannot read the secret of `{name}` in `{}`", path.display()))?;
    Ok(Some(SecretString::from(text.trim().to_owned())))
}

/// Returns the CRM model with the mapping that the configuration names.
fn model(config: &Path, settings: &Settings) -> Result<CrmModel> {
    let mapping = match &settings.mapping {
        None => Mapping::standard(),
        Some(file) => {
            let path = beside(config, file);
            let text = dvkit_files::read_text(&path, LinkPolicy::FollowNamed, MAX_MAPPING as u64)
                .with_context(|| format!("the mapping {} cannot be read", path.display()))?;
            Mapping::parse(&text).map_err(|findings| {
                let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
                anyhow!("the mapping {}: {}", path.display(), messages.join("; "))
            })?
        }
    };
    Ok(CrmModel::new(mapping, settings.environment.clone()))
}

fn init(config: &Path) -> Result<Outcome> {
    let keys = beside(config, &Settings::default().keys_file);
    for path in [config, &keys] {
        if dvkit_files::entry_kind(path)?.is_some() {
            bail!("`{}` is there already", path.display());
        }
    }
    let key = format!("{}\n", KeyRing::generate("k1").expose_secret());
    dvkit_files::replace(&keys, key.as_bytes(), WriteMode::Secret)?;
    dvkit_files::replace(config, TEMPLATE.as_bytes(), WriteMode::Durable)?;
    let mut screen = Screen::plain();
    screen.line(format_args!("wrote {} and {}", config.display(), keys.display()))?;
    screen.line(format_args!("next: name an application in {}, then `dvkit gateway key create --tenant NAME`, then `dvkit gateway serve`", config.display()))?;
    screen.flush()?;
    Ok(Outcome::Clean)
}

fn rotate(config: &Path) -> Result<Outcome> {
    let settings = settings(config)?;
    let rotated =
        runtime()?.block_on(async { anyhow::Ok(open(config, &settings).await?.rotate().await?) })?;
    let mut screen = Screen::plain();
    screen.line(format_args!("{rotated} values are encrypted with the current key now"))?;
    screen.flush()?;
    Ok(Outcome::Clean)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
