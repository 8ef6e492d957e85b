//! Keeps requests within the service protection limits: decides when a request may be sent, and learns from
//! the responses.
//!
//! [`Pacer`] contains the rules. It is a state machine that receives the time as an argument, so that a
//! simulation and the client run the same code. In the client the private `Gate` makes requests wait, and
//! [`RequestPool`] limits the number of concurrent requests of a process to many organisations.
mod gate;
mod pacer;
mod pool;
mod window;

pub(crate) use gate::{Gate, Permit};
pub use pacer::{Admission, Limits, Pacer, RequestOutcome, ServiceLimit, Ticket, Wait};
pub use pool::RequestPool;
