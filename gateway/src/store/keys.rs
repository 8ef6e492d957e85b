//! API keys: made, listed, revoked, and checked at each request.
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Result, Store, json, millis, new_id, optional_time, time, to_json};
use crate::crypto::random_text;
use crate::database::Row;

/// What an API key may be used for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[non_exhaustive]
pub enum Scope {
    /// Reading through the model.
    #[serde(rename = "unified.read")]
    UnifiedRead,
    /// Writing through the model.
    #[serde(rename = "unified.write")]
    UnifiedWrite,
    /// Reading requests (`GET`, `HEAD`) through the proxy.
    #[serde(rename = "proxy.read")]
    ProxyRead,
    /// All requests through the proxy.
    #[serde(rename = "proxy.write")]
    ProxyWrite,
    /// Listing accounts and reading their state.
    #[serde(rename = "accounts.read")]
    AccountsRead,
    /// Connecting and disconnecting accounts.
    #[serde(rename = "accounts.write")]
    AccountsWrite,
    /// Reading what exists in an account's organisation.
    #[serde(rename = "schema.read")]
    SchemaRead,
    /// Listing webhooks and their deliveries.
    #[serde(rename = "webhooks.read")]
    WebhooksRead,
    /// Making and removing webhooks.
    #[serde(rename = "webhooks.write")]
    WebhooksWrite,
}

impl Scope {
    /// All scopes.
    pub const ALL: &[Self] = &[
        Self::UnifiedRead,
        Self::UnifiedWrite,
        Self::ProxyRead,
        Self::ProxyWrite,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::SchemaRead,
        Self::WebhooksRead,
        Self::WebhooksWrite,
    ];

    /// Returns the name of the scope, such as `proxy.read`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnifiedRead => "unified.read",
            Self::UnifiedWrite => "unified.write",
            Self::ProxyRead => "proxy.read",
            Self::ProxyWrite => "proxy.write",
            Self::AccountsRead => "accounts.read",
            Self::AccountsWrite => "accounts.write",
            Self::SchemaRead => "schema.read",
            Self::WebhooksRead => "webhooks.read",
            Self::WebhooksWrite => "webhooks.write",
        }
    }

    /// Returns whether a key with this scope may do what needs `needed`: whoever may write may read.
    #[must_use]
    pub fn includes(self, needed: Self) -> bool {
        self == needed
            || matches!(
                (self, needed),
                (Self::UnifiedWrite, Self::UnifiedRead)
                    | (Self::ProxyWrite, Self::ProxyRead)
                    | (Self::AccountsWrite, Self::AccountsRead)
                    | (Self::WebhooksWrite, Self::WebhooksRead)
            )
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for a text that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a scope; the scopes are {all}", all = Scope::ALL.iter().map(|s| s.name()).collect::<Vec<_>>().join(", "))]
pub struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.iter().copied().find(|scope| scope.name() == text);
        found.ok_or_else(|| UnknownScope(text.chars().take(80).collect()))
    }
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKey {
    /// The id, which is a part of the key's text.
    pub id: String,
    /// The tenant whose accounts the key reaches.
    pub tenant: String,
    /// The name for people.
    pub name: String,
    /// What the key may be used for.
    pub scopes: Vec<Scope>,
    /// The ids of the accounts that the key reaches; `None` for all accounts of its tenant.
    pub accounts: Option<Vec<String>>,
    /// The time at which the key was made.
    pub created_at: Timestamp,
    /// The time at which the key expires; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// The time at which the key was revoked; `None` if it was not.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Returns whether the key may be used for something that needs `needed`.
    #[must_use]
    pub fn has(&self, needed: Scope) -> bool {
        self.scopes.iter().any(|scope| scope.includes(needed))
    }

    /// Returns whether the key reaches the account with this id, if the account is one of its tenant.
    #[must_use]
    pub fn reaches(&self, account: &str) -> bool {
        self.accounts.as_ref().is_none_or(|accounts| accounts.iter().any(|id| id == account))
    }
}

/// What a new API key is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// The tenant whose accounts the key reaches.
    pub tenant: String,
    /// The name for people.
    pub name: String,
    /// What the key may be used for.
    pub scopes: Vec<Scope>,
    /// The ids of the accounts that the key reaches; `None` for all accounts of its tenant.
    pub accounts: Option<Vec<String>>,
    /// The time at which the key expires; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// The beginning of the text of a key, by which scanners of sources recognise it.
const PREFIX: &str = "dvk";

const COLUMNS: &str = "id, tenant, name, scopes, accounts, created_at, expires_at, revoked_at";

fn read(row: &Row) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.text(0)?,
        tenant: row.text(1)?,
        name: row.text(2)?,
        scopes: json(&row.text(3)?)?,
        accounts: row.optional_text(4)?.map(|text| json(&text)).transpose()?,
        created_at: time(row.int(5)?)?,
        expires_at: optional_time(row.optional_int(6)?)?,
        revoked_at: optional_time(row.optional_int(7)?)?,
    })
}

impl Store {
    /// Makes an API key. Returns it with its text, which is not stored and cannot be had again.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn create_key(&self, new: NewApiKey, now: Timestamp) -> Result<(ApiKey, SecretString)> {
        let id = new_id("k").replacen("k_", "", 1);
        let secret = random_text::<32>();
        let (hash_key, hash) = self.keys.hash(&secret);
        let text = SecretString::from(format!("{PREFIX}_{id}_{secret}"));
        let key = ApiKey {
            id,
            tenant: new.tenant,
            name: new.name,
            scopes: new.scopes,
            accounts: new.accounts,
            created_at: now,
            expires_at: new.expires_at,
            revoked_at: None,
        };
        self.execute(
            "INSERT INTO api_keys (id, tenant, name, scopes, accounts, hash, hash_key, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            vec![
                key.id.as_str().into(),
                key.tenant.as_str().into(),
                key.name.as_str().into(),
                to_json(&key.scopes).into(),
                key.accounts.as_ref().map(to_json).into(),
                hash.into(),
                hash_key.into(),
                millis(now),
                key.expires_at.map(|at| at.as_millisecond()).into(),
            ],
        )
        .await?;
        Ok((key, text))
    }

    /// Returns the key with this text; `None` if there is none, or if it has expired or was revoked. The time that
    /// this takes does not tell how much of the text is right.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn authenticate(&self, text: &SecretString, now: Timestamp) -> Result<Option<ApiKey>> {
        let mut parts = text.expose_secret().splitn(3, '_');
        let (Some(PREFIX), Some(id), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(None);
        };
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) || secret.len() > 128 {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS}, hash, hash_key FROM api_keys WHERE id = $1");
        let Some(row) = self.look_up_one(&sql, vec![id.into()]).await? else {
            let _ = self.keys.is_hash("", secret, &[0; 32]);
            return Ok(None);
        };
        let (hash, hash_key) = (row.bytes(8)?, row.text(9)?);
        if !self.keys.is_hash(&hash_key, secret, &hash) {
            return Ok(None);
        }
        let key = read(&row)?;
        if key.revoked_at.is_some() || key.expires_at.is_some_and(|at| at <= now) {
            return Ok(None);
        }
        if hash_key != self.keys.current_id() {
            // The hash is renewed with the current key, so that the old one can be removed one day.
            let (hash_key, hash) = self.keys.hash(secret);
            self.execute(
                "UPDATE api_keys SET hash = $2, hash_key = $3 WHERE id = $1",
                vec![id.into(), hash.into(), hash_key.into()],
            )
            .await?;
        }
        Ok(Some(key))
    }

    /// Returns the keys of a tenant, or all keys, the oldest first.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn list_keys(&self, tenant: Option<&str>) -> Result<Vec<ApiKey>> {
        let rows = match tenant {
            Some(tenant) => {
                let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE tenant = $1 ORDER BY created_at, id");
                self.query(&sql, vec![tenant.into()]).await?
            }
            None => {
                let sql = format!("SELECT {COLUMNS} FROM api_keys ORDER BY created_at, id");
                self.query(&sql, vec![]).await?
            }
        };
        rows.iter().map(read).collect()
    }

    /// Revokes a key. Returns `false` if there is no such key, or if it was revoked before.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        Ok(self.execute(sql, vec![id.into(), millis(now)]).await? == 1)
    }
}

#[cfg(test)]
impl ApiKey {
    /// Returns a key that is not in a store.
    pub(crate) fn for_tests(
        tenant: &str,
        scopes: &[Scope],
        accounts: Option<Vec<String>>,
        created_at: Timestamp,
    ) -> Self {
        let (id, name) = ("k".to_owned(), "test".to_owned());
        let (tenant, scopes) = (tenant.to_owned(), scopes.to_vec());
        Self { id, tenant, name, scopes, accounts, created_at, expires_at: None, revoked_at: None }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn writing_includes_reading_and_nothing_else_includes_anything() {
        let pairs = [
            (Scope::UnifiedWrite, Scope::UnifiedRead),
            (Scope::ProxyWrite, Scope::ProxyRead),
            (Scope::AccountsWrite, Scope::AccountsRead),
            (Scope::WebhooksWrite, Scope::WebhooksRead),
        ];
        for has in Scope::ALL {
            for needs in Scope::ALL {
                let expected = has == needs || pairs.contains(&(*has, *needs));
                assert_eq!(has.includes(*needs), expected, "{has} {needs}");
                let key = ApiKey::for_tests("a", &[*has], None, Timestamp::UNIX_EPOCH);
                assert_eq!(key.has(*needs), expected, "{has} {needs}");
            }
        }
        assert!(!ApiKey::for_tests("a", &[], None, Timestamp::UNIX_EPOCH).has(Scope::ProxyRead));
    }

    #[test]
    fn a_scope_has_one_name_everywhere() {
        for scope in Scope::ALL {
            assert_eq!(scope.name().parse::<Scope>().unwrap(), *scope);
            assert_eq!(scope.to_string(), scope.name());
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
            assert_eq!(serde_json::from_value::<Scope>(scope.name().into()).unwrap(), *scope);
        }
        assert_eq!(Scope::ALL.len(), 9);
        let error = "proxy".parse::<Scope>().unwrap_err().to_string();
        assert!(
            error.starts_with("`proxy` is not a scope") && error.contains("unified.read, unified.write"),
            "{error}"
        );
        let long = "x".repeat(200).parse::<Scope>().unwrap_err().to_string();
        assert!(long.contains(&format!("`{}`", "x".repeat(80))), "{long}");
    }
}
