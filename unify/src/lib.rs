//! One CRM model over differently customised Dataverse organisations.

pub mod connection;
mod error;
pub mod mapping;
pub mod model;

pub use connection::{Connection, CursorKey, ListPage, ListRequest};
pub use error::{Error, Result};
pub use mapping::{CompileTarget, CompiledMapping, Mapping};
pub use model::Record;
