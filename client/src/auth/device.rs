//! Signing in with a device code (RFC 8628): how often, and for how long, the sign-in service is asked whether somebody typed it.
use std::time::Duration;

use futures_util::future::BoxFuture;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde_json::Value;

use super::connection::AuthenticatedClient;
use crate::{Error, Result};

/// The wait between two questions where the service names none that can be used (RFC 8628, 3.2). It grows by as much with every
/// `slow_down` (3.5), which is the protocol's business.
const DEFAULT_INTERVAL_SECONDS: f64 = 5.0;
/// Nobody is asked more often than once a second …
const MIN_INTERVAL_SECONDS: f64 = 1.0;
/// … or is waited for longer than a minute after they have typed the code.
const MAX_INTERVAL_SECONDS: f64 = 60.0;
/// How long a code is good where the service does not say; Microsoft's are.
const DEFAULT_LIFETIME_SECONDS: f64 = 900.0;
/// No code is waited for longer, whatever the service says: so there is an end to the questions.
const MAX_LIFETIME_SECONDS: f64 = 3_600.0;

/// Asks for a device code as a [`AuthenticatedClient`] does; the times in the answer are brought within their bounds before anybody reads them.
pub(super) struct BoundedDeviceClient<'s, 'a>(pub(super) &'s AuthenticatedClient<'a>);

impl<'c> AsyncHttpClient<'c> for BoundedDeviceClient<'_, '_> {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut answer = self.0.call(request).await?;
            if let Some(bounded) = bounded(answer.body()) {
                *answer.body_mut() = bounded;
            }
            Ok(answer)
        })
    }
}

/// The answer with `interval` and `expires_in` within their bounds; `None` where it is no answer of this kind.
fn bounded(body: &[u8]) -> Option<Vec<u8>> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    let fields = answer.as_object_mut().filter(|fields| fields.contains_key("device_code"))?;
    let interval = positive(fields.get("interval"))
        .map_or(DEFAULT_INTERVAL_SECONDS, |asked| asked.clamp(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS));
    let life = positive(fields.get("expires_in"))
        .map_or(DEFAULT_LIFETIME_SECONDS, |said| said.clamp(1.0, MAX_LIFETIME_SECONDS));
    // Both are within bounds that fit.
    fields.insert("interval".to_owned(), (interval.ceil() as u64).into());
    fields.insert("expires_in".to_owned(), (life.ceil() as u64).into());
    serde_json::to_vec(&answer).ok()
}

/// A number that says something, also as text, as some services write it.
fn positive(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    (number > 0.0).then_some(number)
}

/// Waits between two questions: never shorter than is decent.
pub(super) fn wait(asked: Duration) -> tokio::time::Sleep {
    tokio::time::sleep(asked.max(Duration::from_secs_f64(MIN_INTERVAL_SECONDS)))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn times_are_brought_within_bounds() {
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
            let answer: Value = serde_json::from_slice(&bounded(body.as_bytes()).unwrap()).unwrap();
            let found = (answer["interval"].as_u64().unwrap(), answer["expires_in"].as_u64().unwrap());
            assert_eq!(found, bounded_to, "{body}");
        }
        let bare: Value = serde_json::from_slice(&bounded(br#"{"device_code":"x"}"#).unwrap()).unwrap();
        assert_eq!((bare["interval"].as_u64(), bare["expires_in"].as_u64()), (Some(5), Some(900)));
        assert!(bounded(br#"{"error":"invalid_client"}"#).is_none() && bounded(b"<html>").is_none());
    }
}
