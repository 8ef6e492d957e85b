//! `dvkit gateway key`: API keys.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};
use dvkit_client::jiff::{SignedDuration, Timestamp};
use dvkit_gateway::store::{ApiKey, NewApiKey, Scope};
use secrecy::ExposeSecret as _;

use super::{open, runtime, settings};
use crate::output::{Outcome, Screen};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Make an API key, and print it; it cannot be printed again
    Create(Create),
    /// List the API keys, without their secrets
    List {
        /// The tenant whose keys are listed; otherwise all
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
    },
    /// Revoke an API key
    Revoke {
        /// The id of the key
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// The tenant whose accounts the key reaches
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// A name for the list of keys
    #[arg(long, value_name = "TEXT", default_value = "")]
    name: String,
    /// What the key may be used for, such as `proxy.read`; can be repeated; all scopes if it is not given
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Vec<Scope>,
    /// An account that the key reaches; can be repeated; all accounts of the tenant if it is not given
    #[arg(long, value_name = "ID")]
    account: Vec<String>,
    /// The number of days for which the key is good; for ever if it is not given
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse::<Scope>().map_err(|error| error.to_string())
}

pub(super) fn run(config: &Path, action: &Action) -> Result<Outcome> {
    let settings = settings(config)?;
    let now = Timestamp::try_from(SystemTime::now())?;
    let mut screen = Screen::plain();
    runtime()?.block_on(async {
        let store = open(config, &settings).await?;
        match action {
            Action::Create(create) => {
                let (key, text) = store.create_key(new_key(create, now)?, now).await?;
                screen.result(text.expose_secret())?;
                screen.notice(format_args!(
                    "made the key {} of {}; it is not shown again",
                    key.id, key.tenant
                ))?;
            }
            Action::List { tenant } => {
                for key in store.list_keys(tenant.as_deref()).await? {
                    screen.line(format_args!("{}", described(&key, now)))?;
                }
            }
            Action::Revoke { id } => {
                if !store.revoke_key(id, now).await? {
                    bail!("there is no key `{id}` that could be revoked");
                }
                screen.line(format_args!("revoked {id}"))?;
            }
        }
        screen.flush()?;
        Ok(Outcome::Clean)
    })
}

fn new_key(create: &Create, now: Timestamp) -> Result<NewApiKey> {
    let tenant = create.tenant.trim();
    if tenant.is_empty() || tenant.chars().any(char::is_control) {
        bail!("the name of a tenant is not empty");
    }
    let expires_at = create
        .days
        .map(|days| now.checked_add(SignedDuration::from_hours(24 * i64::from(days))))
        .transpose()
        .context("`--days` is too large")?;
    Ok(NewApiKey {
        tenant: tenant.to_owned(),
        name: create.name.clone(),
        scopes: if create.scope.is_empty() { Scope::ALL.to_vec() } else { create.scope.clone() },
        accounts: (!create.account.is_empty()).then(|| create.account.clone()),
        expires_at,
    })
}

fn described(key: &ApiKey, now: Timestamp) -> String {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(at)) if at <= now => "expired",
        _ => "valid",
    };
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    let accounts = key.accounts.as_ref().map_or_else(|| "all accounts".to_owned(), |ids| ids.join(","));
    format!("{}  {state}  {}  {}  {accounts}  {}", key.id, key.tenant, scopes.join(","), key.name)
}
