//! Webhooks: sends the events of the outbox to the addresses that tenants have given, signed as the Standard Webhooks
//! specification says (<https://www.standardwebhooks.com>), until they are received.
use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

mod guard;
mod routes;

pub(crate) use routes::*;

use crate::settings::WebhookSettings;
use crate::store::{Delivery, DeliveryOutcome};

/// The wait after the first attempt that failed. It is trebled with every further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait between two attempts.
const MAX_WAIT: Duration = Duration::from_secs(6 * 60 * 60);
/// The number of connections to a receiver that are kept while there is nothing to send.
const MAX_IDLE: usize = 2;
/// How much longer than a receiver may take an event is claimed.
const CLAIM_MARGIN: Duration = Duration::from_secs(15);
/// The header with the id of the event.
const ID: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signature.
const SIGNATURE: &str = "webhook-signature";

/// The sender of events.
pub(crate) struct Sender {
    http: reqwest::Client,
    settings: WebhookSettings,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl Sender {
    pub(crate) fn new(settings: &WebhookSettings) -> reqwest::Result<Self> {
        let resolver = guard::GuardedResolver { allow_loopback: settings.allow_loopback };
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // A proxy would resolve the name itself.
            .no_proxy()
            .dns_resolver(std::sync::Arc::new(resolver))
            .timeout(longest(settings))
            .pool_max_idle_per_host(MAX_IDLE)
            .build()?;
        Ok(Self { http, settings: settings.clone() })
    }

    /// Returns how long no other process sends an event that this one sends: longer than a receiver may take.
    pub(crate) fn claim(&self) -> Duration {
        longest(&self.settings) + CLAIM_MARGIN
    }

    /// Checks the address of a new webhook.
    fn check_url(&self, url: &str) -> Result<String, String> {
        guard::check_url(url, self.settings.allow_loopback).map(|url| url.to_string())
    }

    /// Makes one attempt to send an event, and says how it ended.
    pub(crate) async fn deliver(&self, delivery: &Delivery, now: Timestamp) -> DeliveryOutcome {
        let error = match self.send(delivery, now).await {
            Ok(()) => return DeliveryOutcome::Delivered,
            Err(error) => error,
        };
        if error.is_final || delivery.attempt >= i64::from(self.settings.attempts) {
            return DeliveryOutcome::Failed { error: error.message };
        }
        let wait = error.wait.unwrap_or_default().max(wait(delivery.attempt, rand::random())).min(MAX_WAIT);
        let at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        DeliveryOutcome::Retry { at, error: error.message }
    }

    async fn send(&self, delivery: &Delivery, now: Timestamp) -> Result<(), SendError> {
        let url = guard::check_url(&delivery.url, self.settings.allow_loopback)
            .map_err(|message| SendError { message, is_final: true, wait: None })?;
        let id = event_id(&delivery.id);
        let timestamp = now.as_second();
        let sent = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("dvkit-gateway/", env!("CARGO_PKG_VERSION")))
            .header(ID, id)
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, signature(delivery.secret.expose_secret(), id, timestamp, &delivery.body))
            .body(delivery.body.clone())
            .send()
            .await;
        let response = sent.map_err(|error| {
            let what = if error.is_timeout() {
                "the receiver did not answer in time"
            } else if error.is_connect() {
                "no connection to the receiver, or its name leads to an inside address"
            } else {
                "the connection to the receiver broke"
            };
            SendError { message: what.to_owned(), is_final: false, wait: None }
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Err(SendError {
            message: format!("the receiver answered {}", status.as_u16()),
            // The receiver says that it will never want an event again.
            is_final: status == http::StatusCode::GONE,
            wait: wait.map(Duration::from_secs),
        })
    }
}

struct SendError {
    message: String,
    is_final: bool,
    wait: Option<Duration>,
}

/// Returns how long a receiver may take.
fn longest(settings: &WebhookSettings) -> Duration {
    Duration::from_secs(settings.seconds.max(1))
}

/// Returns the id of the event of a delivery: what precedes the id of the webhook.
fn event_id(delivery: &str) -> &str {
    delivery.split('.').next().unwrap_or(delivery)
}

/// Returns the value of the header with the signature. `secret` is the webhook's, with its prefix.
fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
    let key = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(key).unwrap_or_else(|_| key.as_bytes().to_vec());
    let tag =
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

/// Returns the wait after an attempt, by its number. `chance` is a random number from 0 to 1 that spreads the
/// attempts.
fn wait(attempt: i64, chance: f64) -> Duration {
    let exponent = i32::try_from(attempt.max(1) - 1).unwrap_or(i32::MAX);
    let wait = FIRST_WAIT.as_secs_f64() * 3f64.powi(exponent);
    Duration::from_secs_f64(wait.min(MAX_WAIT.as_secs_f64()) * (0.8 + 0.4 * chance.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        // The example of the specification's own libraries.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_waits_grow_to_a_limit() {
        let waits: Vec<u64> = (1..=10).map(|attempt| wait(attempt, 0.5).as_secs()).collect();
        assert_eq!(waits, [5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 21_600, 21_600]);
        assert_eq!(wait(i64::MAX, 0.5), MAX_WAIT);
        assert!(wait(1, 0.0) < wait(1, 1.0));
    }

    #[test]
    fn an_event_has_the_same_id_for_all_webhooks() {
        assert_eq!(event_id("evt_1.wh_2"), "evt_1");
    }

    fn delivery(url: &str, attempt: i64) -> Delivery {
        Delivery::for_tests("evt_1.wh_1", url, "whsec_c2VjcmV0", "{}", attempt)
    }

    /// Starts a receiver that answers with a status and a header `Retry-After`, and returns its address.
    async fn receiver(status: u16, wait: Option<&'static str>) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answer = move || async move {
            let mut response = axum::response::Response::new(axum::body::Body::empty());
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            if let Some(wait) = wait {
                response.headers_mut().insert(RETRY_AFTER, wait.parse().unwrap());
            }
            response
        };
        let router = axum::Router::new().fallback(axum::routing::any(answer));
        tokio::spawn(async { axum::serve(listener, router).await });
        url
    }

    #[tokio::test]
    async fn each_answer_of_a_receiver_has_its_outcome() {
        let settings = WebhookSettings { allow_loopback: true, attempts: 3, ..WebhookSettings::default() };
        let sender = Sender::new(&settings).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        for (status, wait, attempt, expected) in [
            (200, None, 1, None),
            (204, None, 3, None),
            (299, None, 1, None),
            (302, None, 1, Some((Some((4, 6)), "the receiver answered 302"))),
            (400, None, 1, Some((Some((4, 6)), "the receiver answered 400"))),
            (410, None, 1, Some((None, "the receiver answered 410"))),
            (500, None, 2, Some((Some((12, 18)), "the receiver answered 500"))),
            (500, None, 3, Some((None, "the receiver answered 500"))),
            (503, Some("600"), 1, Some((Some((600, 600)), "the receiver answered 503"))),
            (503, Some("1"), 1, Some((Some((4, 6)), "the receiver answered 503"))),
            (503, Some("soon"), 1, Some((Some((4, 6)), "the receiver answered 503"))),
            (503, Some("999999"), 1, Some((Some((21_600, 21_600)), "the receiver answered 503"))),
        ] {
            let url = receiver(status, wait).await;
            let outcome = sender.deliver(&delivery(&url, attempt), now).await;
            match (outcome, expected) {
                (DeliveryOutcome::Delivered, None) => {}
                (DeliveryOutcome::Failed { error }, Some((None, message))) => assert_eq!(error, message),
                (DeliveryOutcome::Retry { at, error }, Some((Some((least, most)), message))) => {
                    assert!((least..=most).contains(&at.as_second()), "{status}: {at}");
                    assert_eq!(error, message);
                }
                (outcome, _) => panic!("{status} at attempt {attempt}: {outcome:?}"),
            }
        }
        let gone = sender.deliver(&delivery("http://127.0.0.1:1/", 1), now).await;
        assert!(
            matches!(&gone, DeliveryOutcome::Retry { error, .. } if error.contains("no connection")),
            "{gone:?}"
        );
        // An address that is not allowed any more is not tried again.
        let inside = sender.deliver(&delivery("http://10.0.0.1/", 1), now).await;
        assert!(
            matches!(&inside, DeliveryOutcome::Failed { error } if error.contains("https")),
            "{inside:?}"
        );
    }

    #[test]
    fn an_event_is_claimed_for_longer_than_a_receiver_may_take() {
        for (seconds, claim) in [(0, 16), (1, 16), (15, 30)] {
            let sender = Sender::new(&WebhookSettings { seconds, ..WebhookSettings::default() }).unwrap();
            assert_eq!(sender.claim(), Duration::from_secs(claim), "{seconds}");
        }
    }
}
