//! Limits how often, and for how long, the sign-in service is asked whether the person has typed the device
//! code (RFC 8628). The limits hold whatever interval and lifetime the service's response contains.
use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde_json::Value;

use super::connection::AuthenticatedClient;
use crate::{Error, Result};

/// The interval between two polls, in seconds, if the response gives no usable interval (RFC 8628, 3.2). The
/// OAuth library adds five seconds for every `slow_down` response (3.5).
const DEFAULT_INTERVAL_SECONDS: f64 = 5.0;
/// The shortest interval between two polls, in seconds.
const MIN_INTERVAL_SECONDS: f64 = 1.0;
/// The longest interval between two polls, in seconds. After typing the code, a person waits at most this
/// long.
const MAX_INTERVAL_SECONDS: f64 = 60.0;
/// The lifetime of a code in seconds if the response does not state it; Microsoft's sign-in service has this
/// lifetime too.
const DEFAULT_LIFETIME_SECONDS: f64 = 900.0;
/// The longest time in seconds for which polls are sent, even if the response gives the code a longer
/// lifetime.
const MAX_LIFETIME_SECONDS: f64 = 3_600.0;

/// An HTTP client for the OAuth library that requests a device code. It limits the interval and the lifetime
/// in the response before the library reads them.
pub(super) struct BoundedDeviceClient<'s, 'a>(pub(super) &'s AuthenticatedClient<'a>);

impl<'c> AsyncHttpClient<'c> for BoundedDeviceClient<'_, '_> {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut response = self.0.call(request).await?;
            if let Some(bounded) = bounded(response.body()) {
                *response.body_mut() = bounded;
            }
            Ok(response)
        })
    }
}

/// Returns the JSON response with `interval` and `expires_in` limited to their bounds; `None` if the body is
/// not a response with a device code.
fn bounded(body: &[u8]) -> Option<Vec<u8>> {
    let mut response: Value = serde_json::from_slice(body).ok()?;
    let fields = response.as_object_mut().filter(|fields| fields.contains_key("device_code"))?;
    let interval = positive(fields.get("interval"))
        .map_or(DEFAULT_INTERVAL_SECONDS, |asked| asked.clamp(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS));
    let life = positive(fields.get("expires_in"))
        .map_or(DEFAULT_LIFETIME_SECONDS, |said| said.clamp(1.0, MAX_LIFETIME_SECONDS));
    // The bounds of both numbers fit into an integer.
    fields.insert("interval".to_owned(), (interval.ceil() as u64).into());
    fields.insert("expires_in".to_owned(), (life.ceil() as u64).into());
    serde_json::to_vec(&response).ok()
}

/// Returns `value` if it is a positive number, or a text with one, as some services write it. Otherwise
/// returns `None`.
fn positive(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    (number > 0.0).then_some(number)
}

/// Waits between two polls: for the duration `asked`, but at least [`MIN_INTERVAL_SECONDS`].
pub(super) fn wait(asked: Duration) -> tokio::time::Sleep {
    tokio::time::sleep(asked.max(Duration::from_secs_f64(MIN_INTERVAL_SECONDS)))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_times_of_a_device_code_are_limited() {
        for (interval, life, bounded_to) in [
            ("5", "900", (5, 900)),
            ("0", "900", (5, 900)),
            ("-3", "-900", (5, 900)),
            ("0.2", "0.2", (1, 1)),
            ("2.5", "\"600\"", (3, 600)),
            ("null", "null", (5, 900)),
            ("\"soon\"", "\"never\"", (5, 900)),
            ("1e300", "1e300", (60, 3_600)),
            ("99999999999999999999999", "99999999999999999999999", (60, 3_600)),
            ("18446744073709551615", "18446744073709551615", (60, 3_600)),
        ] {
            let body = format!(r#"{{"device_code":"x","interval":{interval},"expires_in":{life}}}"#);
            let response: Value = serde_json::from_slice(&bounded(body.as_bytes()).unwrap()).unwrap();
            let found = (response["interval"].as_u64().unwrap(), response["expires_in"].as_u64().unwrap());
            assert_eq!(found, bounded_to, "{body}");
        }
        let bare: Value = serde_json::from_slice(&bounded(br#"{"device_code":"x"}"#).unwrap()).unwrap();
        assert_eq!((bare["interval"].as_u64(), bare["expires_in"].as_u64()), (Some(5), Some(900)));
        assert!(bounded(br#"{"error":"invalid_client"}"#).is_none() && bounded(b"<html>").is_none());
    }
}
