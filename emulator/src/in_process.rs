//! The emulator without a socket, for programs that send their requests by calling a function.

use std::sync::Arc;

use bytes::Bytes;
use dvkit_schema::Schema;

use crate::state::ServerState;

/// The port in the URLs of an emulator without a socket; nothing listens on it.
pub(crate) const IN_PROCESS_PORT: u16 = 9;

/// An emulator without a socket, created by [`EmulatorBuilder::in_process`](crate::EmulatorBuilder::in_process).
#[derive(Debug)]
pub struct InProcessEmulator {
    shared: Arc<ServerState>,
}

impl InProcessEmulator {
    pub(crate) fn new(shared: Arc<ServerState>) -> Self {
        Self { shared }
    }

    /// Responds to a request to the Web API as the user `user`. Sign-in, limits and faults do not apply. The path
    /// of the request is that of the Web API (`/api/data/v9.2/accounts`); a path outside of it is answered with the
    /// status 404.
    #[must_use]
    pub fn respond(&self, user: &str, request: http::Request<Bytes>) -> http::Response<Bytes> {
        crate::http::respond_directly(&self.shared, user, request)
    }

    /// Returns the current schema of the organisation.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.shared.organisation.now().schema)
    }
}
