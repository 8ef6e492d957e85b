//! Accounts: the connections to customers' organisations, and the sign-ins that are under way.
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::outbox::{NewEvent, fan_out};
use super::{Result, Store, millis, new_id, time};
use crate::crypto::Sealed;
use crate::database::{DatabaseError, Row, Statement, Value};

/// How an account signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuthKind {
    /// An application signs in as itself.
    ClientCredentials,
    /// A person has signed in on the consent page (authorization code with PKCE).
    AuthorizationCode,
    /// A person types a code on a page.
    DeviceCode,
}

/// The state of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountState {
    /// Nobody has signed in yet.
    Pending,
    /// Requests can be sent.
    Connected,
    /// A person has to sign in again before requests can be sent.
    NeedsSignIn,
}

macro_rules! texts {
    ($type:ident: $($variant:ident = $text:literal),+) => {
        impl $type {
            /// Returns the text in the database and in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            fn of(text: &str) -> Result<Self, DatabaseError> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(DatabaseError::corrupt(concat!("a column has an unknown ", stringify!($type)))),
                }
            }
        }
    };
}

texts!(AuthKind: ClientCredentials = "client_credentials", AuthorizationCode = "authorization_code", DeviceCode = "device_code");
texts!(AccountState: Pending = "pending", Connected = "connected", NeedsSignIn = "needs_sign_in");

/// A connection to one customer's organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// The id.
    pub id: String,
    /// The tenant that the account belongs to.
    pub tenant: String,
    /// The name for people.
    pub name: String,
    /// The organisation's URL.
    pub org_url: String,
    /// How the account signs in.
    pub auth: AuthKind,
    /// The id of the application that signs in.
    pub application: String,
    /// The tenant of Microsoft Entra ID, by id or domain; `None` for the organisation's own.
    pub entra_tenant: Option<String>,
    /// The key of the person who has signed in; `None` for applications, and before the sign-in.
    pub user_key: Option<String>,
    /// The state.
    pub state: AccountState,
    /// Why the account has this state, if it is not connected.
    pub reason: Option<String>,
    /// The number of changes of what the account signs in with.
    pub version: i64,
    /// The time at which the account was made.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

/// What a new account is made of.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The tenant that the account belongs to.
    pub tenant: String,
    /// The name for people.
    pub name: String,
    /// The organisation's URL, checked.
    pub org_url: String,
    /// How the account signs in.
    pub auth: AuthKind,
    /// The id of the application that signs in.
    pub application: String,
    /// The application's own secret; `None` if the configuration of the gateway has it.
    pub secret: Option<SecretString>,
    /// The tenant of Microsoft Entra ID, by id or domain.
    pub entra_tenant: Option<String>,
}

const COLUMNS: &str = "id, tenant, name, org_url, auth, application, entra_tenant, user_key, state, reason, version, \
                       created_at, updated_at";

fn read(row: &Row) -> Result<Account> {
    Ok(Account {
        id: row.text(0)?,
        tenant: row.text(1)?,
        name: row.text(2)?,
        org_url: row.text(3)?,
        auth: AuthKind::of(&row.text(4)?)?,
        application: row.text(5)?,
        entra_tenant: row.optional_text(6)?,
        user_key: row.optional_text(7)?,
        state: AccountState::of(&row.text(8)?)?,
        reason: row.optional_text(9)?,
        version: row.int(10)?,
        created_at: time(row.int(11)?)?,
        updated_at: time(row.int(12)?)?,
    })
}

/// Returns the place of a sign-in that is under way, for its encryption.
fn sign_in_place(account: &str) -> String {
    format!("sign_ins/{account}")
}

impl Store {
    /// Makes an account, in the state [`AccountState::Pending`].
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn create_account(&self, new: NewAccount, now: Timestamp) -> Result<Account> {
        let account = Account {
            id: new_id("acc"),
            tenant: new.tenant,
            name: new.name,
            org_url: new.org_url,
            auth: new.auth,
            application: new.application,
            entra_tenant: new.entra_tenant,
            user_key: None,
            state: AccountState::Pending,
            reason: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let mut statements = vec![Statement::new(
            "INSERT INTO accounts (id, tenant, name, org_url, auth, application, entra_tenant, state, version, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $9)",
            vec![
                account.id.as_str().into(),
                account.tenant.as_str().into(),
                account.name.as_str().into(),
                account.org_url.as_str().into(),
                account.auth.name().into(),
                account.application.as_str().into(),
                account.entra_tenant.clone().into(),
                account.state.name().into(),
                millis(now),
            ],
        )];
        if let Some(secret) = &new.secret {
            statements.push(self.put_secret_statement(
                &account.id,
                super::secrets::CLIENT_SECRET,
                secret,
                now,
            ));
        }
        self.transaction(statements).await?;
        Ok(account)
    }

    /// Returns an account of a tenant; `None` if the tenant has no account with this id.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn account(&self, tenant: &str, id: &str) -> Result<Option<Account>> {
        let sql = format!("SELECT {COLUMNS} FROM accounts WHERE id = $1 AND tenant = $2");
        self.look_up_one(&sql, vec![id.into(), tenant.into()]).await?.as_ref().map(read).transpose()
    }

    /// Returns the accounts of a tenant with this name, in the order of their ids.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn accounts_named(&self, tenant: &str, name: &str) -> Result<Vec<Account>> {
        let sql = format!("SELECT {COLUMNS} FROM accounts WHERE tenant = $1 AND name = $2 ORDER BY id");
        let rows = self.look_up(&sql, vec![tenant.into(), name.into()]).await?;
        rows.iter().map(read).collect()
    }

    /// Returns an account of any tenant, for work in the background that no caller has asked for.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub(crate) async fn account_of_any_tenant(&self, id: &str) -> Result<Option<Account>> {
        let sql = format!("SELECT {COLUMNS} FROM accounts WHERE id = $1");
        self.look_up_one(&sql, vec![id.into()]).await?.as_ref().map(read).transpose()
    }

    /// Returns the accounts of a tenant in the order of their ids, at most `limit`, after the id `after`.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn list_accounts(&self, tenant: &str, after: &str, limit: u32) -> Result<Vec<Account>> {
        let sql =
            format!("SELECT {COLUMNS} FROM accounts WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3");
        let rows = self.query(&sql, vec![tenant.into(), after.into(), i64::from(limit).into()]).await?;
        rows.iter().map(read).collect()
    }

    /// Returns the number of accounts in each state, of all tenants.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn count_accounts(&self) -> Result<Vec<(AccountState, i64)>> {
        let rows = self.query("SELECT state, count(*) FROM accounts GROUP BY state", vec![]).await?;
        rows.iter().map(|row| Ok((AccountState::of(&row.text(0)?)?, row.int(1)?))).collect()
    }

    /// Notes that an account is connected. `user_key` is the key of the person who has signed in.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn set_connected(&self, id: &str, user_key: Option<&str>, now: Timestamp) -> Result<()> {
        self.execute(
            "UPDATE accounts SET state = 'connected', reason = NULL, user_key = $2, version = version + 1, updated_at = $3
             WHERE id = $1",
            vec![id.into(), user_key.into(), millis(now)],
        )
        .await
        .map(drop)
    }

    /// Notes that a person has to sign in again, and puts the event into the outbox, both or neither. Returns
    /// `false`, and changes nothing, if this was noted before, or if somebody has signed in since `version`.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn set_needs_sign_in(
        &self,
        account: &Account,
        reason: &str,
        event: &NewEvent,
        now: Timestamp,
    ) -> Result<bool> {
        let update = Statement::new(
            "UPDATE accounts SET state = 'needs_sign_in', reason = $2, updated_at = $3
             WHERE id = $1 AND version = $4 AND state <> 'needs_sign_in'",
            vec![account.id.as_str().into(), reason.into(), millis(now), account.version.into()],
        );
        self.transaction(vec![update.expecting(1), fan_out(event, now)]).await
    }

    /// Removes an account with everything that belongs to it. Returns `false` if the tenant has no such account.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn delete_account(&self, tenant: &str, id: &str) -> Result<bool> {
        let params = || -> Vec<Value> { vec![id.into(), tenant.into()] };
        let statements = vec![
            Statement::new("DELETE FROM accounts WHERE id = $1 AND tenant = $2", params()).expecting(1),
            Statement::new("DELETE FROM idempotency WHERE account_id = $1 AND tenant = $2", params()),
        ];
        self.transaction(statements).await
    }

    /// Keeps a sign-in that is under way, until the browser comes back. `state` is the parameter of that name.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn begin_sign_in(
        &self,
        account: &str,
        state: &str,
        pending: &[u8],
        expires_at: Timestamp,
    ) -> Result<()> {
        let sealed = self.keys.seal(&sign_in_place(account), pending);
        // Sign-ins that nobody has completed are removed when the next one begins.
        let expired = Statement::new("DELETE FROM sign_ins WHERE expires_at <= {now}", vec![]);
        let begun = Statement::new(
            "INSERT INTO sign_ins (state, account_id, key_id, sealed, expires_at) VALUES ($1, $2, $3, $4, $5)",
            vec![state.into(), account.into(), sealed.key_id.into(), sealed.bytes.into(), millis(expires_at)],
        );
        self.transaction(vec![expired, begun]).await.map(drop)
    }

    /// Returns the sign-in with this state, and removes it, so that it is completed once, by one process. Returns
    /// `None` if there is none.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn take_sign_in(&self, state: &str, now: Timestamp) -> Result<Option<(Account, SecretString)>> {
        let sql = "DELETE FROM sign_ins WHERE state = $1 RETURNING account_id, key_id, sealed, expires_at";
        let Some(row) = self.query_one(sql, vec![state.into()]).await? else { return Ok(None) };
        let (account, sealed) = (row.text(0)?, Sealed { key_id: row.text(1)?, bytes: row.bytes(2)? });
        if time(row.int(3)?)? <= now {
            return Ok(None);
        }
        let pending = self.keys.open(&sign_in_place(&account), &sealed)?;
        let pending =
            String::from_utf8(pending).map_err(|_| DatabaseError::corrupt("a sign-in is not text"))?;
        let account = self.account_of_any_tenant(&account).await?;
        Ok(account.map(|account| (account, SecretString::from(pending))))
    }

    /// Returns the secret of the application that an account signs in with; `None` if the configuration has it.
    ///
    /// # Errors
    /// Returns an error if the database fails, or if the secret cannot be decrypted.
    pub async fn client_secret(&self, account: &str) -> Result<Option<SecretString>> {
        Ok(self.secret(account, super::secrets::CLIENT_SECRET).await?.map(|(secret, _)| secret))
    }

    /// Replaces the secret of the application that an account signs in with.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn set_client_secret(
        &self,
        account: &str,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<()> {
        debug_assert!(!secret.expose_secret().is_empty());
        let put = self.put_secret_statement(account, super::secrets::CLIENT_SECRET, secret, now);
        let changed = Statement::new(
            "UPDATE accounts SET version = version + 1, updated_at = $2 WHERE id = $1",
            vec![account.into(), millis(now)],
        );
        self.transaction(vec![put, changed.expecting(1)]).await.map(drop)
    }
}

/// Returns an account for tests.
#[cfg(test)]
pub(crate) fn test_account(id: &str) -> Account {
    Account {
        id: id.to_owned(),
        tenant: "t".to_owned(),
        name: "Contoso".to_owned(),
        org_url: "https://contoso.crm4.dynamics.com/".to_owned(),
        auth: AuthKind::ClientCredentials,
        application: "app".to_owned(),
        entra_tenant: None,
        user_key: None,
        state: AccountState::Connected,
        reason: None,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}
