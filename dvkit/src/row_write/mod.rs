//! The values that a request writes: the body of a create, an update or an upsert, as the Web API takes it.

mod body;
mod set;

pub use body::{Create, RowWrite, Update};
pub use set::{BindTarget, Clearable, SetByValue, Writable};
