//! Defines [`ClientStatus`], the counters that a progress bar shows, as the client returns them at one
//! moment.
use std::time::Duration;

use jiff::Timestamp;

/// The activity of a client at one moment, as returned by [`Client::status`](super::Client::status).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClientStatus {
    /// The number of requests sent so far, including retries.
    pub sent: u64,
    /// The number of retries so far.
    pub retried: u64,
    /// The number of responses in which the service asked for a pause (429).
    pub throttled: u64,
    /// The number of requests that were sent and have no response yet.
    pub in_flight: u32,
    /// The number of requests that are waiting to be sent.
    pub waiting: u32,
    /// The number of requests that may be in flight at this moment.
    pub concurrency: u32,
    /// The remaining time of the pause that the service has asked for; `None` if there is no pause. Nothing
    /// is sent during a pause.
    pub paused_for: Option<Duration>,
    /// The remaining time for which the client delays requests to stay within the service's limits; `None` if
    /// requests are not delayed.
    pub paced_for: Option<Duration>,
    /// The number of bytes of responses' bodies read so far, after decompression.
    pub bytes: u64,
    /// The time at which the current token expires; `None` if there is no token.
    pub token_expires_at: Option<Timestamp>,
}
