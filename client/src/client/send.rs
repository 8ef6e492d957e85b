//! Sends a request: waits for the pacer, makes attempts, and retries within the limits of time and number. Every
//! method of [`Client`] that sends something ends here.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, StatusCode};
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;
use url::Url;

use super::attempt::{BodyMode, Received};
use super::request::StreamedBody;
use super::transport::Transport;
use super::{Client, ClientStatus, Request, Response, address};
use crate::auth::{Account, Audience};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::redact::Redactor;
use crate::retry::{RetryDecision, RetryPolicy, deadline_after, format_wait, retry_decision};
use crate::throttle::{Gate, Permit};

/// The state that the clones of a client share, whatever their options are.
pub(crate) struct Core {
    pub(crate) org: Url,
    base: String,
    pub(crate) account: Account,
    pub(crate) audience: Audience,
    pub(super) transport: Transport,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) gate: Arc<Gate>,
    pub(super) bytes: AtomicU64,
    retried: AtomicU64,
    /// The redactor that masks the tokens sent to this organisation.
    redactor: Redactor,
}

/// What has happened to a request so far. It is shared with the future that sends, so that it is still known
/// when a deadline ends this future.
#[derive(Default)]
pub(super) struct Progress {
    attempts: AtomicU32,
    /// Whether an attempt is on its way at this moment.
    in_flight: AtomicBool,
    /// Whether an attempt has ended without certainty that the service did not execute it.
    may_have_run: AtomicBool,
}

impl Progress {
    fn began(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        self.in_flight.store(true, Ordering::Relaxed);
    }

    fn failed(&self, error: &Error) {
        self.in_flight.store(false, Ordering::Relaxed);
        self.may_have_run.fetch_or(!error.last_attempt_not_executed(), Ordering::Relaxed);
    }

    fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    fn may_have_run(&self) -> bool {
        self.may_have_run.load(Ordering::Relaxed)
    }
}

impl Core {
    pub(crate) fn new(
        org: Url,
        base: String,
        transport: Transport,
        account: Account,
        clock: Arc<dyn Clock>,
        gate: Arc<Gate>,
    ) -> Self {
        let audience = Audience::of(&org);
        let (bytes, retried) = (AtomicU64::new(0), AtomicU64::new(0));
        let redactor = Redactor::default();
        Self { org, base, account, audience, transport, clock, gate, bytes, retried, redactor }
    }

    /// Returns the redactor that masks the tokens sent to this organisation.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Returns the name of the request for messages and logs. Secrets in it are masked, because its target
    /// may be a link written by the service.
    pub(super) fn name(&self, request: &Request) -> String {
        self.redactor.mask(&request.name()).into_owned()
    }

    pub(crate) fn status(&self) -> ClientStatus {
        ClientStatus {
            bytes: self.bytes.load(Ordering::Relaxed),
            retried: self.retried.load(Ordering::Relaxed),
            token_expires_at: self.account.expires_at(&self.audience),
            ..self.gate.status()
        }
    }

    pub(crate) fn web_api_url(&self) -> String {
        format!("{}{}", self.org, self.base)
    }

    /// Returns the URL of a request's target. Returns an error if the target is not a URL, or is one of
    /// another organisation.
    pub(crate) fn resolve(&self, target: &str) -> Result<Url> {
        address::resolve(&self.org, &self.base, target)
    }
}

impl Client {
    /// Sends a request and reads the response.
    pub(crate) async fn send_whole(&self, request: &Request) -> Result<Response> {
        self.send_within_deadline(request, BodyMode::Whole).await.map(|received| received.response)
    }

    /// Sends a request within its deadline. A successful response is read as `mode` says.
    pub(super) async fn send_within_deadline(&self, request: &Request, mode: BodyMode) -> Result<Received> {
        let progress = Progress::default();
        let name = self.core.name(request);
        let span = tracing::info_span!(
            "dataverse request",
            method = %request.method,
            path = name.split_once(' ').map_or("", |(_, path)| path),
            status = tracing::field::Empty,
            attempts = tracing::field::Empty,
        );
        let sending = self.send_with_retries(request, mode, &progress).instrument(span.clone());
        let deadline = request.deadline.or(self.options.deadline);
        let result = match deadline {
            None => sending.await,
            Some(limit) => match tokio::time::timeout(limit, sending).await {
                Ok(result) => result,
                Err(_) => Err(deadline_error(limit, &progress)),
            },
        };
        let status = match &result {
            Ok(received) => Some(received.response.status),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            span.record("status", status.as_u16());
        }
        span.record("attempts", progress.attempts());
        result.map_err(|error| {
            error
                .with_request(request.name())
                .with_attempts(progress.attempts())
                .with_earlier_attempt(progress.may_have_run())
                .redacted(self.core.redactor())
        })
    }

    async fn send_with_retries(
        &self,
        request: &Request,
        mode: BodyMode,
        progress: &Progress,
    ) -> Result<Received> {
        if let Some(mistake) = &self.options.mistake {
            return Err(Error::new(ErrorKind::Configuration, mistake.clone()));
        }
        request.check()?;
        if !request.references.is_empty() {
            let message = "the request refers to a row of a change set, and is no part of one: add both to a change set";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        let core = &*self.core;
        let url = self.url_of(request)?;
        let policy = request.retry.as_ref().unwrap_or(&self.options.retry);
        let mut waits = policy.waits();
        let mut give_up: Option<(Instant, Error)> = None;
        let mut refused_token = false;
        let (mut unanswered, mut timed_out) = (0, 0);
        loop {
            let token = core.account.token(&core.audience).await?;
            core.redactor.remember(token.secret());
            let permit = self.wait_for_permit(policy, give_up.as_ref()).await?;
            progress.began();
            let error = match self.attempt(request, &url, &token, permit, mode).await {
                Ok(mut received) => {
                    received.response.repeated = progress.may_have_run();
                    return Ok(received);
                }
                Err(error) => error,
            };
            progress.failed(&error);
            if let Some(response) = self.deleted_by_an_earlier_attempt(request, &error, progress) {
                return Ok(Received { response, body: None });
            }
            if request.streamed.as_ref().is_some_and(StreamedBody::is_spent) {
                return Err(error);
            }
            let unaccepted =
                error.status() == Some(StatusCode::UNAUTHORIZED) || error.kind() == ErrorKind::LoginPage;
            if unaccepted && !refused_token {
                // The token was revoked or expired on its way: a further attempt uses another one.
                tracing::debug!("the token was not accepted");
                core.account.reject(&core.audience, &token);
                refused_token = true;
                continue;
            }
            let decision = retry_decision(&error, request.is_idempotent());
            let (until, _) =
                give_up.get_or_insert_with(|| (deadline_after(policy.max_elapsed), error.clone()));
            let until = *until;
            give_up = Some((until, error.clone()));
            unanswered = if error.status().is_none() { unanswered + 1 } else { 0 };
            timed_out += u32::from(error.kind() == ErrorKind::Timeout);
            if decision == RetryDecision::Never
                || progress.attempts() >= policy.max_attempts
                || unanswered >= policy.max_unanswered
                || timed_out > 1
            {
                return Err(error);
            }
            let left = until.saturating_duration_since(Instant::now());
            let wait = match decision {
                RetryDecision::AfterBackoff => waits.next().unwrap_or(policy.max_wait),
                RetryDecision::WhenAdmitted | RetryDecision::Never => {
                    error.retry_after().unwrap_or(Duration::ZERO)
                }
            };
            if wait > left {
                // There is no point in waiting longer than the policy allows.
                return Err(match error.retry_after() {
                    Some(asked) => error.append_message(&pause_too_long_note(asked, left)),
                    None => error,
                });
            }
            core.retried.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(%error, attempt = progress.attempts(), "tried again");
            if decision == RetryDecision::AfterBackoff {
                sleep(wait).await;
            }
        }
    }

    /// Waits until the request may be sent. `give_up` is the moment after which there is no further attempt,
    /// and the error of the last attempt; `None` before the first failure.
    async fn wait_for_permit(
        &self,
        policy: &RetryPolicy,
        give_up: Option<&(Instant, Error)>,
    ) -> Result<Permit> {
        let gate = &self.core.gate;
        match give_up {
            None => gate
                .acquire(policy.max_elapsed)
                .await
                .map_err(|pause| pause_too_long_error(pause, policy.max_elapsed)),
            Some((at, last)) => {
                let left = at.saturating_duration_since(Instant::now());
                match tokio::time::timeout_at(*at, gate.acquire(left)).await {
                    Ok(Ok(permit)) => Ok(permit),
                    Ok(Err(pause)) => {
                        Err(Error::clone(last).append_message(&pause_too_long_note(pause, left)))
                    }
                    Err(_) => Err(Error::clone(last)),
                }
            }
        }
    }

    /// Returns a success if the request deletes something that an earlier attempt of it, whose response was
    /// lost, has deleted already.
    fn deleted_by_an_earlier_attempt(
        &self,
        request: &Request,
        error: &Error,
        progress: &Progress,
    ) -> Option<Response> {
        let gone = request.method == Method::DELETE && error.kind() == ErrorKind::NotFound;
        (gone && progress.may_have_run()).then(|| Response::deleted(request, self.core.redactor().clone()))
    }
}

/// Returns the error for a request that did not end within its deadline.
fn deadline_error(limit: Duration, progress: &Progress) -> Error {
    let in_flight = progress.in_flight.load(Ordering::Relaxed);
    let error = Error::new(ErrorKind::Timeout, format!("not finished within its deadline of {limit:?}"));
    if in_flight || progress.may_have_run() { error } else { error.never_executed() }
}

/// Returns the error for a request that was not sent, because the service has asked for a pause longer than
/// `max_pause`.
fn pause_too_long_error(pause: Duration, max_pause: Duration) -> Error {
    let message = format!("not sent{}", pause_too_long_note(pause, max_pause));
    Error::new(ErrorKind::Throttled, message).with_retry_after(Some(pause))
}

fn pause_too_long_note(pause: Duration, max_pause: Duration) -> String {
    format!(
        "; the service asks to wait {}, longer than the {} that it may take",
        format_wait(pause),
        format_wait(max_pause)
    )
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_request_may_have_run_once_an_attempt_ended_in_doubt() {
        let doubtful = || Error::new(ErrorKind::Network, "m");
        let certain = || Error::new(ErrorKind::Connect, "m");
        for (errors, attempts, may_have_run) in [
            (vec![], 0, false),
            (vec![certain()], 1, false),
            (vec![doubtful()], 1, true),
            (vec![doubtful(), certain()], 2, true),
            (vec![certain(), certain(), doubtful()], 3, true),
        ] {
            let progress = Progress::default();
            for error in &errors {
                progress.began();
                assert!(progress.in_flight.load(Ordering::Relaxed));
                progress.failed(error);
                assert!(!progress.in_flight.load(Ordering::Relaxed));
            }
            assert_eq!(
                (progress.attempts(), progress.may_have_run()),
                (attempts, may_have_run),
                "{errors:?}"
            );
        }
    }

    #[test]
    fn a_deadline_says_whether_the_request_may_have_run() {
        let limit = Duration::from_millis(1_500);
        let idle = Progress::default();
        let on_its_way = Progress::default();
        on_its_way.began();
        let refused = Progress::default();
        refused.began();
        refused.failed(&Error::new(ErrorKind::Throttled, "m"));
        let in_doubt = Progress::default();
        in_doubt.began();
        in_doubt.failed(&Error::new(ErrorKind::Timeout, "m"));
        for (name, progress, may_have_run) in [
            ("idle", idle, false),
            ("on its way", on_its_way, true),
            ("refused", refused, false),
            ("in doubt", in_doubt, true),
        ] {
            let error = deadline_error(limit, &progress);
            assert_eq!(error.kind(), ErrorKind::Timeout, "{name}");
            assert_eq!(error.message(), "not finished within its deadline of 1.5s", "{name}");
            assert_eq!(error.may_have_run(), may_have_run, "{name}");
        }
    }

    #[test]
    fn a_pause_that_is_too_long_says_both_times() {
        let pause = Duration::from_secs(7_200);
        let error = pause_too_long_error(pause, Duration::from_secs(900));
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(pause)));
        assert_eq!(
            error.message(),
            "not sent; the service asks to wait 120 min, longer than the 15 min that it may take"
        );
    }
}
