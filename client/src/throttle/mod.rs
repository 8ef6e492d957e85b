//! Staying within the service protection limits: when a request may leave, and what each answer teaches.
//!
//! [`Pacer`] is the policy: a state machine over a clock that is handed in, so that a simulation and the client run the same code.
//! The client's gate wraps it for waiting; [`RequestPool`] bounds what a process with many organisations has on its way.
mod gate;
mod pacer;
mod pool;
mod window;

pub(crate) use gate::{Gate, Permit};
pub use pacer::{Admission, Limits, Pacer, RequestOutcome, ServiceLimit, Ticket, Wait};
pub use pool::RequestPool;
