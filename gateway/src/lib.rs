//! An HTTP service between an application and the Dataverse organisations of its customers: it connects accounts,
//! keeps their tokens, and passes requests on, within the limits of each organisation.
//!
//! A [`Gateway`] is made of a [`store::Store`], which is in SQLite or PostgreSQL, and [`Settings`]. Several processes
//! with one database of PostgreSQL are equal: there is no leader.
//!
//! ```
//! use dvkit_gateway::database::Sqlite;
//! use dvkit_gateway::store::{NewApiKey, Scope, Store};
//! use dvkit_gateway::{Gateway, KeyRing, Settings};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let keys = KeyRing::parse(&KeyRing::generate("k1"))?;
//! let store = Store::new(Sqlite::in_memory().await?, keys);
//! let new = NewApiKey {
//!     tenant: "contoso".into(),
//!     name: "backend".into(),
//!     scopes: vec![Scope::ProxyRead],
//!     accounts: None,
//!     expires_at: None,
//! };
//! let (key, text) = store.create_key(new, dvkit_client::jiff::Timestamp::now()).await?;
//! let gateway = Gateway::builder(store, Settings::default()).build()?;
//! let router = gateway.router(); // or `gateway.serve(listener, stop)`
//! # drop((key, text, router));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod accounts;
mod caller;
mod changes;
mod crypto;
pub mod database;
mod error;
mod extract;
mod gateway;
mod idempotency;
mod limits;
mod mask;
mod metrics;
mod openapi;
mod proxy;
mod schema;
mod server;
pub mod settings;
pub mod store;
#[cfg(test)]
mod testing;
pub mod unified;
mod webhooks;
mod worker;

pub use crypto::{KeyError, KeyRing, Sealed};
pub use error::ApiError;
pub use gateway::{Gateway, GatewayBuilder};
pub use mask::mask;
pub use settings::{Settings, SettingsError};
