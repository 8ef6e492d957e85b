//! Runs actions in the background (learn.microsoft.com, "Background operations"): the service responds at once, and
//! the result is asked for later.
use std::time::Duration;

use http::header::LOCATION;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::sleep;

use crate::{Client, Error, ErrorKind, Prefer, Request, Response, Result};

/// The shortest and the longest wait between two requests for the state of an operation.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// An operation that runs in the background, from [`Client::start_in_background`].
#[derive(Debug, Clone)]
pub struct BackgroundOperation {
    client: Client,
    address: String,
}

/// The state of a background operation.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct BackgroundState {
    /// The state: 0 ready, 2 locked (running), 3 completed.
    #[serde(rename = "backgroundOperationStateCode", default)]
    pub state: i32,
    /// The status: 0 waiting, 20 in progress, 22 cancelling, 30 succeeded, 31 failed, 32 cancelled.
    #[serde(rename = "backgroundOperationStatusCode", default)]
    pub status: i32,
    /// The code of the error of a failed operation.
    #[serde(rename = "backgroundOperationErrorCode", default)]
    pub error_code: Option<Value>,
    /// The message of the error of a failed operation.
    #[serde(rename = "backgroundOperationErrorMessage", default)]
    pub error_message: Option<String>,
    /// The values that the action returned, by their names, and everything else in the response.
    #[serde(flatten)]
    pub values: Map<String, Value>,
}

impl BackgroundState {
    /// Returns whether the operation has ended, well or not.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state == 3
    }
}

impl Client {
    /// Sends the request of an action, to be run in the background.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`], and an error if the service has run the action at once.
    pub async fn start_in_background(&self, action: Request) -> Result<BackgroundOperation> {
        let request = action.prefer(Prefer::new().respond_async());
        let response = self.send(request).await?;
        let address = response.header(LOCATION.as_str()).ok_or_else(|| {
            let message = "the service did not run the action in the background, but at once".to_owned();
            response.error(ErrorKind::Unexpected, message, "")
        })?;
        Ok(self.background_operation(address))
    }

    /// Returns the background operation at `address`, which [`BackgroundOperation::address`] has given before,
    /// perhaps in another process.
    #[must_use]
    pub fn background_operation(&self, address: &str) -> BackgroundOperation {
        BackgroundOperation { client: self.clone(), address: address.to_owned() }
    }
}

impl BackgroundOperation {
    /// Returns the address of the operation.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Requests the state of the operation.
    ///
    /// # Errors
    /// Returns the errors of [`Client::json`].
    pub async fn state(&self) -> Result<BackgroundState> {
        self.client.json(Request::get(&self.address)).await
    }

    /// Waits until the operation has ended, and returns the values of its result. The waits between two requests
    /// grow from half a second to thirty seconds; put a time limit around the call if there should be one.
    ///
    /// # Errors
    /// Returns the errors of [`Client::json`], and an error of the kind [`ErrorKind::Service`] if the operation
    /// has failed or was cancelled.
    pub async fn wait(&self) -> Result<Map<String, Value>> {
        self.wait_for_response().await?.json::<BackgroundState>().map(|state| state.values)
    }

    /// Waits until the operation has ended, as [`wait`](Self::wait) does, and returns the response with its last
    /// state. Its body has the values of the result as the service wrote them.
    ///
    /// # Errors
    /// Returns the errors of [`wait`](Self::wait).
    pub async fn wait_for_response(&self) -> Result<Response> {
        let mut wait = WAITS.0;
        loop {
            let response = self.client.send(Request::get(&self.address)).await?;
            let state: BackgroundState = response.json()?;
            match (state.has_ended(), state.status) {
                (false, _) => sleep(wait).await,
                (true, 30) => return Ok(response),
                (true, status) => {
                    let message = state.error_message.unwrap_or_else(|| match status {
                        32 => "the background operation was cancelled".to_owned(),
                        _ => "the background operation has failed".to_owned(),
                    });
                    let code = state.error_code.map(|code| match code {
                        Value::String(code) => code,
                        code => code.to_string(),
                    });
                    return Err(Error::new(ErrorKind::Service, message).with_code(code));
                }
            }
            wait = (wait * 2).min(WAITS.1);
        }
    }

    /// Asks the service to cancel the operation.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`].
    pub async fn cancel(&self) -> Result<()> {
        self.client.send(Request::delete(&self.address)).await.map(drop)
    }
}
