//! An HTTP service between an application and the Dataverse organisations of its customers.
#![forbid(unsafe_code)]

mod crypto;
pub mod database;
pub mod store;

pub use crypto::{KeyError, KeyRing, Sealed};
