//! Keeps requests within the service protection limits: decides when a request may be sent, and learns from
//! responses.
//!
//! [`Pacer`] is the policy: a state machine that is given the time, so that a simulation and the client run
//! the same code. The client's gate adds the waiting; [`RequestPool`] limits the requests of a process to
//! many organisations.
mod gate;
mod pacer;
mod pool;
mod window;

pub(crate) use gate::{Gate, Permit};
pub use pacer::{Admission, Limits, Pacer, RequestOutcome, ServiceLimit, Ticket, Wait};
pub use pool::RequestPool;
