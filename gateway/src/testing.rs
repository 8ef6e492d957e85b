//! A gateway without a server, and callers, for tests.
use std::sync::{Arc, Mutex};

use dvkit_client::Clock;
use dvkit_client::auth::BoxFuture;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::caller::Caller;
use crate::crypto::KeyRing;
use crate::database::{Database, DatabaseError, Result, Row, Sqlite, Statement};
use crate::gateway::{Gateway, GatewayBuilder};
use crate::settings::{Application, Settings};
use crate::store::{Account, ApiKey, AuthKind, NewAccount, Scope, Store};
use crate::unified::{ResourceDescription, Unified, UnifiedAccount, UnifiedError, UnifiedModel};

/// The id of the application `default` in the configuration.
pub(crate) const CLIENT_ID: &str = "11112222-aaaa-bbbb-cccc-ddddeeeeffff";

/// Returns a store in memory.
pub(crate) async fn store() -> Store {
    let keys = SecretString::from("k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    Store::new(Sqlite::in_memory().await.unwrap(), KeyRing::parse(&keys).unwrap())
}

/// Returns the settings for tests: a public URL, an application, and a page to return to.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings {
        public_url: Some("https://gw.contoso.com".parse().unwrap()),
        return_urls: vec!["https://app.contoso.com/done".to_owned()],
        ..Settings::default()
    };
    settings.applications.insert("default".to_owned(), Application::new(CLIENT_ID));
    settings
}

/// A clock that stands still, so that a machine that is slow changes nothing.
#[derive(Debug)]
struct StandsStill;

impl Clock for StandsStill {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// Returns the builder of a gateway whose clock stands still in 1970, with a secret of the application.
pub(crate) async fn builder(settings: Settings) -> GatewayBuilder {
    Gateway::builder(store().await, settings)
        .clock(StandsStill)
        .secret("default", SecretString::from("planted-secret"))
}

/// Returns a gateway whose clock stands still in 1970.
pub(crate) async fn gateway() -> Gateway {
    builder(settings()).await.build().unwrap()
}

/// Makes an account of the tenant `t`, to which nobody has signed in.
pub(crate) async fn account(gateway: &Gateway, auth: AuthKind) -> Account {
    let new = NewAccount {
        tenant: "t".to_owned(),
        name: format!("Contoso {}", auth.name()),
        org_url: "https://contoso.crm4.dynamics.com/".to_owned(),
        auth,
        application: CLIENT_ID.to_owned(),
        secret: None,
        entra_tenant: None,
    };
    gateway.store().create_account(new, gateway.now()).await.unwrap()
}

/// Makes an account of the tenant `t` that signs in as an application and is connected.
pub(crate) async fn connected(gateway: &Gateway) -> Account {
    let account = account(gateway, AuthKind::ClientCredentials).await;
    gateway.store().set_connected(&account.id, None, gateway.now()).await.unwrap();
    gateway.store().account("t", &account.id).await.unwrap().unwrap()
}

/// Returns a caller of the tenant `t`.
pub(crate) fn caller(scopes: &[Scope]) -> Caller {
    Caller(ApiKey::for_tests("t", scopes, None, Timestamp::UNIX_EPOCH))
}

/// A model that fits no organisation, with the tables that it needs.
pub(crate) struct NoModel(pub(crate) &'static [&'static str]);

impl UnifiedModel for NoModel {
    fn resources(&self) -> Vec<ResourceDescription> {
        Vec::new()
    }

    fn tables(&self) -> Vec<String> {
        self.0.iter().map(|table| (*table).to_owned()).collect()
    }

    fn open(&self, _: UnifiedAccount) -> std::result::Result<Arc<dyn Unified>, UnifiedError> {
        Err(UnifiedError::Organisation("the model fits nothing".to_owned()))
    }
}

/// A database that has nothing, or fails, and remembers what it was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nothing {
    pub(crate) fails: bool,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Nothing {
    /// Returns how often a statement with this text was run.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|sql| sql.contains(text)).count()
    }

    fn ask<T: Default>(&self, statement: Statement) -> Result<T> {
        self.asked.lock().unwrap().push(statement.sql);
        if self.fails { Err(DatabaseError::busy_for_tests()) } else { Ok(T::default()) }
    }
}

impl Database for Nothing {
    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(async { self.ask(statement) })
    }

    fn execute(&self, statement: Statement) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async { self.ask(statement) })
    }

    fn transaction(&self, _: Vec<Statement>) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    fn kind(&self) -> &'static str {
        "nothing"
    }
}

/// Returns a gateway over a database that has nothing.
pub(crate) fn gateway_of(database: &Nothing) -> Gateway {
    let keys = KeyRing::parse(&KeyRing::generate("k1")).unwrap();
    Gateway::builder(Store::new(database.clone(), keys), settings()).build().unwrap()
}
