//! Tests of the pacing policy on a turned clock.
use pretty_assertions::assert_eq;

use super::*;

fn second(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn quick(seconds: f64) -> RequestOutcome {
    RequestOutcome::Responded { took: second(seconds), hint: None, requests_left: None, execution_left: None }
}

fn throttled(after: Option<f64>) -> RequestOutcome {
    RequestOutcome::Throttled { retry_after: after.map(second), limit: None, jitter: 0.0 }
}

fn go(pacer: &mut Pacer, now: f64) -> Ticket {
    match pacer.admit(second(now)) {
        Admission::Granted(ticket) => ticket,
        Admission::Wait(wait) => panic!("has to wait: {wait:?}"),
    }
}

#[test]
fn the_concurrency_window_starts_low_grows_and_is_halved() {
    let mut pacer = Pacer::new(Limits::default());
    let mut tickets: Vec<_> = (0..4).map(|_| go(&mut pacer, 0.0)).collect();
    assert_eq!(pacer.wait(second(0.0)), Some(Wait::ForResponse));
    pacer.complete(tickets.pop().unwrap(), second(0.1), quick(0.1));
    assert_eq!(pacer.concurrency(), 5);
    pacer.complete(tickets.pop().unwrap(), second(0.2), throttled(Some(7.0)));
    assert_eq!(pacer.concurrency(), 2);
    // The other requests were sent before, so their refusals do not count again.
    pacer.complete(tickets.pop().unwrap(), second(0.3), throttled(Some(7.0)));
    assert_eq!(pacer.concurrency(), 2);
    assert_eq!(pacer.wait(second(1.0)), Some(Wait::Paused(second(7.3))));
    assert_eq!(pacer.wait(second(7.3)), None);
}

#[test]
fn the_hint_of_the_service_limits_concurrency() {
    let mut pacer = Pacer::new(Limits::default());
    for i in 0..100 {
        let ticket = go(&mut pacer, f64::from(i));
        let outcome = RequestOutcome::Responded {
            took: second(0.1),
            hint: Some(3),
            requests_left: None,
            execution_left: None,
        };
        pacer.complete(ticket, second(f64::from(i)), outcome);
    }
    assert_eq!(pacer.concurrency(), 3);
}

#[test]
fn a_pause_without_a_length_doubles() {
    let mut pacer = Pacer::new(Limits::default());
    let mut now = 0.0;
    for expected in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
        let ticket = go(&mut pacer, now);
        pacer.complete(ticket, second(now), throttled(None));
        let until = pacer.paused_until(second(now)).unwrap().as_secs_f64();
        assert!((until - now - expected).abs() < 1e-6, "{until} {now} {expected}");
        now = until;
    }
}

#[test]
fn the_limits_of_the_window_are_never_exceeded() {
    let mut pacer = Pacer::new(Limits { requests: 100, ..Limits::default() });
    let mut sent = 0;
    while pacer.wait(second(1.0)).is_none() {
        let ticket = go(&mut pacer, 1.0);
        pacer.complete(ticket, second(1.0), quick(0.01));
        sent += 1;
    }
    assert_eq!(sent, 99);
    assert_eq!(pacer.wait(second(1.0)), Some(Wait::Paced(second(302.0))));
    assert_eq!(pacer.wait(second(302.0)), None);
}

#[test]
fn the_remainder_that_the_service_reports_corrects_the_count() {
    let mut pacer = Pacer::new(Limits { requests: 100, ..Limits::default() });
    let mut sent = 0.0;
    // Four web servers: each has counted a quarter of the requests.
    while sent < 1000.0 && pacer.wait(second(1.0)).is_none() {
        let ticket = go(&mut pacer, 1.0);
        sent += 1.0;
        let left = Some(100.0 - sent / 4.0);
        let outcome = RequestOutcome::Responded {
            took: second(0.01),
            hint: None,
            requests_left: left,
            execution_left: None,
        };
        pacer.complete(ticket, second(1.0), outcome);
    }
    assert!((380.0..=396.0).contains(&sent), "{sent}");
}

#[test]
fn a_request_larger_than_the_window_is_still_sent() {
    let mut pacer = Pacer::new(Limits { execution: second(1.0), ..Limits::default() });
    let ticket = go(&mut pacer, 0.0);
    pacer.complete(ticket, second(10.0), quick(10.0));
    assert!(matches!(pacer.wait(second(10.0)), Some(Wait::Paced(_))));
    assert_eq!(pacer.wait(second(400.0)), None);
}

#[test]
fn the_round_trip_time_does_not_count_as_execution() {
    let of = |round_trip: f64| {
        let mut pacer = Pacer::new(Limits { execution: second(10.0), ..Limits::default() });
        pacer.set_round_trip(second(round_trip));
        let mut sent = 0;
        while pacer.wait(second(1.0)).is_none() {
            let ticket = go(&mut pacer, 1.0);
            pacer.complete(ticket, second(1.0), quick(0.32));
            sent += 1;
        }
        sent
    };
    // 9.9 seconds in all: of 0.32 each, of 0.2, and of half, because at least half counts as execution.
    assert_eq!((of(0.0), of(0.12), of(0.31)), (30, 49, 61));
}

#[test]
fn an_abandoned_request_frees_its_slot() {
    let mut pacer = Pacer::new(Limits { start: 1, ..Limits::default() });
    let ticket = go(&mut pacer, 0.0);
    assert_eq!(pacer.wait(second(0.0)), Some(Wait::ForResponse));
    pacer.complete(ticket, second(1.0), RequestOutcome::NoResponse);
    assert_eq!(pacer.wait(second(1.0)), None);
}
