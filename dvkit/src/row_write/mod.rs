//! Builds the bodies of requests that create, update or upsert a row, in the format of the Web API. Columns
//! that a request cannot set are refused by the compiler.

mod body;
mod party;
mod related;
mod set;

pub use body::{Create, RowWrite, Update};
#[cfg(feature = "client")]
pub(crate) use party::parties_of;
pub use party::{Party, PartyTarget};
pub use set::{BindTarget, Clearable, SetByValue, Writable};
