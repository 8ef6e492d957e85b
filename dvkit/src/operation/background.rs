//! Runs actions in the background, and decodes their results.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/background-operations>

use core::fmt;
use core::marker::PhantomData;

use dvkit_client::{BackgroundOperation, BackgroundState, Client, Result};

use super::decode::ReturnType;
use super::{Action, Operation, send};

/// A call of the action `O` that runs in the background, from [`Operation::start_in_background`].
pub struct BackgroundCall<O> {
    operation: BackgroundOperation,
    action: PhantomData<fn() -> O>,
}

impl<O: Operation + Action> BackgroundCall<O> {
    pub(super) const fn new(operation: BackgroundOperation) -> Self {
        Self { operation, action: PhantomData }
    }

    /// Returns the call at `address`, which [`address`](Self::address) has given before, perhaps in another process.
    #[must_use]
    pub fn at(client: &Client, address: &str) -> Self {
        Self::new(client.background_operation(address))
    }

    /// Waits until the action has ended, and returns its result. The waits between two requests for the state grow
    /// from half a second to thirty seconds; put a time limit around the call if there should be one.
    ///
    /// # Errors
    /// Returns an error of the kind [`ErrorKind::Service`](dvkit_client::ErrorKind::Service) if the action has failed or
    /// was cancelled, and otherwise an error if a request fails or the result is not of the declared type.
    pub async fn wait(&self) -> Result<<O::Returns as ReturnType>::Output> {
        send::background_result::<O::Returns>(&self.operation.wait_for_response().await?)
    }
}

impl<O> BackgroundCall<O> {
    /// Returns the address of the call, with which another process can wait for its result.
    #[must_use]
    pub fn address(&self) -> &str {
        self.operation.address()
    }

    /// Requests the state of the call.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    pub async fn state(&self) -> Result<BackgroundState> {
        self.operation.state().await
    }

    /// Asks the service to cancel the call.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    pub async fn cancel(&self) -> Result<()> {
        self.operation.cancel().await
    }
}

impl<O> Clone for BackgroundCall<O> {
    fn clone(&self) -> Self {
        Self { operation: self.operation.clone(), action: PhantomData }
    }
}

impl<O: Operation> fmt::Debug for BackgroundCall<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", O::DECLARATION.name, self.address())
    }
}
