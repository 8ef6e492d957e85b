//! What a progress bar wants to know.
use std::time::Duration;

use jiff::Timestamp;

/// What a client was doing at one moment. Ask [`Client::status`](super::Client::status) again for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClientStatus {
    /// Requests sent so far, repetitions included.
    pub sent: u64,
    /// Requests that were repeated.
    pub retried: u64,
    /// Answers in which the service asked for a pause (429).
    pub throttled: u64,
    /// Requests on their way now.
    pub in_flight: u32,
    /// Requests that wait for their turn.
    pub waiting: u32,
    /// How many may be on their way at a time just now.
    pub concurrency: u32,
    /// How long the service asked to wait from now on: nothing is sent until then.
    pub paused_for: Option<Duration>,
    /// How long the client itself waits to stay within the service's limits.
    pub paced_for: Option<Duration>,
    /// Bytes of bodies read, unpacked.
    pub bytes: u64,
    /// Until when the token in use is good.
    pub token_expires_at: Option<Timestamp>,
}
