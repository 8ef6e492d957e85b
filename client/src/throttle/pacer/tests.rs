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

fn responded(hint: Option<u32>, requests_left: Option<f64>, execution_left: Option<f64>) -> RequestOutcome {
    RequestOutcome::Responded {
        took: second(0.1),
        hint,
        requests_left,
        execution_left: execution_left.map(second),
    }
}

fn refused(limit: ServiceLimit) -> RequestOutcome {
    RequestOutcome::Throttled { retry_after: Some(second(1.0)), limit: Some(limit), jitter: 0.0 }
}

/// Sends and completes `count` requests, one after the other, at one time.
fn run(pacer: &mut Pacer, now: f64, count: usize, outcome: impl Fn(usize) -> RequestOutcome) {
    for number in 0..count {
        let ticket = go(pacer, now);
        pacer.complete(ticket, second(now), outcome(number));
    }
}

/// Returns how many requests of `took` seconds are admitted at one time, one after the other.
fn admitted(pacer: &mut Pacer, now: f64, took: f64) -> usize {
    let mut sent = 0;
    while pacer.wait(second(now)).is_none() && sent < 100_000 {
        let ticket = go(pacer, now);
        pacer.complete(ticket, second(now), quick(took));
        sent += 1;
    }
    sent
}

#[test]
fn every_code_of_a_limit_is_recognised() {
    for (code, limit) in [
        ("0x80072322", Some(ServiceLimit::Requests)),
        ("0X80072322", Some(ServiceLimit::Requests)),
        ("-2147015902", Some(ServiceLimit::Requests)),
        ("0x80072321", Some(ServiceLimit::Execution)),
        ("-2147015903", Some(ServiceLimit::Execution)),
        ("0x80072326", Some(ServiceLimit::Concurrency)),
        ("-2147015898", Some(ServiceLimit::Concurrency)),
        ("0x80072323", None),
        ("", None),
    ] {
        assert_eq!(ServiceLimit::of_code(code), limit, "{code}");
    }
}

#[test]
fn the_setters_of_the_limits_set_what_they_name() {
    let limits =
        Limits::default().requests(1).execution(second(2.0)).concurrent(3).window(second(4.0)).start(5);
    let expected =
        Limits { requests: 1, execution: second(2.0), concurrent: 3, window: second(4.0), start: 5 };
    assert_eq!(limits, expected);
    let documented = Limits::default();
    assert_eq!(
        (documented.requests, documented.execution, documented.concurrent),
        (6_000, second(1_200.0), 52)
    );
    assert_eq!((documented.window, documented.start), (second(300.0), 4));
}

#[test]
fn the_first_window_of_concurrency_lies_between_one_and_the_limit() {
    for (start, concurrent, expected) in
        [(0, 52, 1), (1, 52, 1), (52, 52, 52), (53, 52, 52), (4, 0, 1), (4, 1, 1)]
    {
        let pacer = Pacer::new(Limits { start, concurrent, ..Limits::default() });
        assert_eq!(pacer.concurrency(), expected, "{start} of {concurrent}");
    }
}

#[test]
fn the_concurrency_window_grows_only_while_it_is_full_and_up_to_the_limit() {
    let mut pacer = Pacer::new(Limits { concurrent: 6, ..Limits::default() });
    run(&mut pacer, 0.0, 10, |_| quick(0.1));
    assert_eq!(pacer.concurrency(), 4, "one request at a time does not fill the window");
    let full = |pacer: &mut Pacer, now: f64| {
        let tickets: Vec<Ticket> = (pacer.in_flight()..pacer.concurrency()).map(|_| go(pacer, now)).collect();
        assert_eq!(pacer.wait(second(now)), Some(Wait::ForResponse));
        tickets
    };
    for expected in [5, 6, 6, 6] {
        let mut tickets = full(&mut pacer, 1.0);
        pacer.complete(tickets.pop().unwrap(), second(1.0), quick(0.1));
        assert_eq!(pacer.concurrency(), expected);
        for ticket in tickets {
            pacer.give_back(ticket);
        }
        assert_eq!(pacer.in_flight(), 0);
    }
    // After a refusal it grows by one only when a whole window of requests has succeeded.
    let ticket = go(&mut pacer, 2.0);
    pacer.complete(ticket, second(2.0), refused(ServiceLimit::Concurrency));
    assert_eq!(pacer.concurrency(), 3);
    let mut responses = 0;
    while pacer.concurrency() == 3 {
        let mut tickets = full(&mut pacer, 10.0);
        pacer.complete(tickets.pop().unwrap(), second(10.0), quick(0.1));
        responses += 1;
        for ticket in tickets {
            pacer.give_back(ticket);
        }
    }
    assert_eq!(responses, 4);
}

#[test]
fn an_overload_halves_the_concurrency_window_and_pauses_if_it_asks_for_it() {
    let mut pacer = Pacer::new(Limits { start: 8, ..Limits::default() });
    let overloaded =
        |after: Option<f64>| RequestOutcome::Overloaded { retry_after: after.map(second), jitter: 0.0 };
    let ticket = go(&mut pacer, 0.0);
    pacer.complete(ticket, second(1.0), overloaded(None));
    assert_eq!((pacer.concurrency(), pacer.paused_until(second(1.0))), (4, None));
    let ticket = go(&mut pacer, 2.0);
    pacer.complete(ticket, second(3.0), overloaded(Some(5.0)));
    assert_eq!((pacer.concurrency(), pacer.paused_until(second(3.0))), (2, Some(second(8.0))));
    assert_eq!(pacer.paused_until(second(8.0)), None, "the pause ends at its end");
    for now in [10.0, 20.0, 30.0] {
        let ticket = go(&mut pacer, now);
        pacer.complete(ticket, second(now), overloaded(None));
        assert_eq!(pacer.concurrency(), 1, "at least one request may be in flight");
    }
}

#[test]
fn a_request_that_was_sent_at_the_moment_of_the_last_halving_halves_again() {
    let mut pacer = Pacer::new(Limits { start: 16, ..Limits::default() });
    let before = go(&mut pacer, 0.0);
    let (first, same) = (go(&mut pacer, 1.0), go(&mut pacer, 1.0));
    let none = RequestOutcome::Overloaded { retry_after: None, jitter: 0.0 };
    pacer.complete(first, second(1.0), none);
    assert_eq!(pacer.concurrency(), 8);
    pacer.complete(before, second(2.0), none);
    assert_eq!(pacer.concurrency(), 8, "it was sent before the halving");
    pacer.complete(same, second(2.0), none);
    assert_eq!(pacer.concurrency(), 4, "it was sent at the time of the halving");
}

#[test]
fn a_pause_has_a_least_length_and_is_lengthened_by_a_tenth_at_most() {
    for (asked, jitter, until) in [
        (0.0, 0.0, 0.5),
        (0.5, 0.0, 0.5),
        (0.6, 0.0, 0.6),
        (10.0, 0.0, 10.0),
        (10.0, 0.5, 10.5),
        (10.0, 1.0, 11.0),
        (10.0, 7.0, 11.0),
        (10.0, -1.0, 10.0),
        (100.0, 1.0, 105.0),
        (0.0, 1.0, 0.55),
    ] {
        let mut pacer = Pacer::new(Limits::default());
        let ticket = go(&mut pacer, 0.0);
        let retry_after = Some(second(asked));
        pacer.complete(ticket, second(0.0), RequestOutcome::Throttled { retry_after, limit: None, jitter });
        assert_eq!(pacer.paused_until(second(0.0)), Some(second(until)), "{asked} {jitter}");
    }
}

#[test]
fn a_shorter_pause_does_not_end_a_longer_one() {
    let mut pacer = Pacer::new(Limits::default());
    let (one, two) = (go(&mut pacer, 0.0), go(&mut pacer, 0.0));
    pacer.complete(one, second(1.0), throttled(Some(30.0)));
    pacer.complete(two, second(2.0), throttled(Some(5.0)));
    assert_eq!(pacer.paused_until(second(2.0)), Some(second(31.0)));
}

#[test]
fn refusals_during_a_pause_count_once_and_a_response_starts_again() {
    let mut pacer = Pacer::new(Limits::default());
    let tickets: Vec<Ticket> = (0..3).map(|_| go(&mut pacer, 0.0)).collect();
    for ticket in tickets {
        pacer.complete(ticket, second(0.0), throttled(None));
    }
    assert_eq!(pacer.paused_until(second(0.0)), Some(second(1.0)));
    let ticket = go(&mut pacer, 1.0);
    pacer.complete(ticket, second(1.0), throttled(None));
    assert_eq!(pacer.paused_until(second(1.0)), Some(second(3.0)));
    let ticket = go(&mut pacer, 3.0);
    pacer.complete(ticket, second(3.0), quick(0.1));
    let ticket = go(&mut pacer, 3.0);
    pacer.complete(ticket, second(3.0), throttled(None));
    assert_eq!(pacer.paused_until(second(3.0)), Some(second(4.0)), "a response forgets the pauses before");
    // A pause with a length does not lengthen those without one.
    let mut pacer = Pacer::new(Limits::default());
    let ticket = go(&mut pacer, 0.0);
    pacer.complete(ticket, second(0.0), throttled(Some(2.0)));
    let ticket = go(&mut pacer, 2.0);
    pacer.complete(ticket, second(2.0), throttled(None));
    assert_eq!(pacer.paused_until(second(2.0)), Some(second(3.0)));
}

#[test]
fn a_refused_part_of_a_batch_pauses_and_halves() {
    let mut pacer = Pacer::new(Limits { start: 8, ..Limits::default() });
    let ticket = go(&mut pacer, 0.0);
    pacer.part_throttled(second(1.0), Some(second(10.0)), None, 1.0);
    assert_eq!((pacer.concurrency(), pacer.paused_until(second(1.0))), (4, Some(second(12.0))));
    pacer.complete(ticket, second(1.0), quick(0.1));
    assert_eq!(pacer.in_flight(), 0);
    pacer.part_throttled(second(12.0), None, None, 0.0);
    assert_eq!((pacer.concurrency(), pacer.paused_until(second(12.0))), (2, Some(second(13.0))));
}

#[test]
fn the_hint_of_the_service_counts_until_the_next_one() {
    let mut pacer = Pacer::new(Limits::default());
    for (hint, expected) in [(Some(2), 2), (None, 2), (Some(0), 1), (Some(100), 5), (None, 5)] {
        run(&mut pacer, 0.0, 1, |_| responded(hint, None, None));
        assert_eq!(pacer.concurrency(), expected, "{hint:?}");
    }
    let mut pacer = Pacer::new(Limits { start: 60, concurrent: 60, ..Limits::default() });
    run(&mut pacer, 0.0, 1, |_| responded(Some(52), None, None));
    assert_eq!(pacer.concurrency(), 52);
}

/// 99 of 100 requests are admitted; a refusal because of their number lowers the count for as long as it is recent.
#[test]
fn a_refusal_because_of_the_number_of_requests_corrects_the_count() {
    let limits = Limits { requests: 100, window: second(1_000.0), ..Limits::default() };
    assert_eq!(admitted(&mut Pacer::new(limits.clone()), 1.0, 0.0), 99);
    // Another program has sent half of the requests: the service refuses the fiftieth.
    let mut pacer = Pacer::new(limits.clone());
    run(&mut pacer, 1.0, 49, |_| quick(0.0));
    run(&mut pacer, 1.0, 1, |_| refused(ServiceLimit::Requests));
    assert!(matches!(pacer.wait(second(10.0)), Some(Wait::Paced(_))), "the window is full");
    assert!(pacer.wait(second(300.9)).is_some(), "a refusal is remembered for five minutes");
    assert_eq!(pacer.wait(second(301.0)), None, "and forgotten then");
    // A refusal for another reason, or for none, does not change the count.
    for limit in [Some(ServiceLimit::Concurrency), None] {
        let mut pacer = Pacer::new(limits.clone());
        run(&mut pacer, 1.0, 49, |_| quick(0.0));
        let outcome = RequestOutcome::Throttled { retry_after: Some(second(1.0)), limit, jitter: 0.0 };
        run(&mut pacer, 1.0, 1, |_| outcome);
        assert_eq!(pacer.wait(second(10.0)), None, "{limit:?}");
        assert_eq!(admitted(&mut pacer, 10.0, 0.0), 49, "{limit:?}");
    }
}

#[test]
fn a_refusal_because_of_the_execution_time_corrects_the_time() {
    let limits = Limits { execution: second(100.0), window: second(1_000.0), ..Limits::default() };
    assert_eq!(admitted(&mut Pacer::new(limits.clone()), 1.0, 1.0), 99);
    let mut pacer = Pacer::new(limits);
    run(&mut pacer, 1.0, 50, |_| quick(1.0));
    run(&mut pacer, 1.0, 1, |_| refused(ServiceLimit::Execution));
    assert!(matches!(pacer.wait(second(10.0)), Some(Wait::Paced(_))), "the window is full");
}

#[test]
fn reports_count_only_when_enough_of_a_limit_is_used() {
    let limits = Limits { requests: 100, window: second(1_000.0), ..Limits::default() };
    // After four requests the service says that half of them are left; a report of so few is not believed.
    for (sent, admitted_then) in [(4, 95), (5, 7)] {
        let mut pacer = Pacer::new(limits.clone());
        run(&mut pacer, 1.0, sent, |n| responded(None, (n + 1 == sent).then_some(50.0), None));
        assert_eq!(admitted(&mut pacer, 1.0, 0.0), admitted_then, "{sent} requests");
    }
    // The same for the execution time: a twentieth of it is that of five requests.
    let limits = Limits { execution: second(12.4), window: second(1_000.0), ..Limits::default() };
    for (sent, admitted_then) in [(4, 94), (5, 7)] {
        let mut pacer = Pacer::new(limits.clone());
        run(&mut pacer, 1.0, sent, |n| RequestOutcome::Responded {
            took: second(0.125),
            hint: None,
            requests_left: None,
            execution_left: (n + 1 == sent).then_some(Duration::ZERO),
        });
        assert_eq!(admitted(&mut pacer, 1.0, 0.125), admitted_then, "{sent} requests");
    }
}

/// The worst of the latest sixteen reports counts.
#[test]
fn the_least_favourable_of_the_recent_reports_counts() {
    let limits = Limits { requests: 1_000, window: second(1_000.0), ..Limits::default() };
    let mut pacer = Pacer::new(limits);
    run(&mut pacer, 1.0, 130, |n| responded(None, (n == 129).then_some(0.0), None));
    assert!(pacer.wait(second(1.0)).is_some(), "the service has counted all");
    assert!(pacer.wait(second(300.9)).is_some());
    assert_eq!(pacer.wait(second(301.0)), None, "reports are forgotten after five minutes");
    let mut ratio = ServerCountRatio::default();
    for (at, report) in [(0, 4.0), (1, 0.5), (2, f64::NAN), (2, f64::INFINITY)] {
        ratio.observe(Duration::from_secs(at), report);
    }
    assert_eq!(ratio.value(second(2.0)), 4.0 * 1.02);
    for _ in 0..14 {
        ratio.observe(second(3.0), 0.25);
    }
    assert_eq!(ratio.value(second(3.0)), 4.0 * 1.02, "sixteen reports are kept");
    ratio.observe(second(3.0), 0.25);
    assert_eq!(ratio.value(second(3.0)), 0.5 * 1.02, "the seventeenth drops the first");
    // Ratios are bounded, and every refusal widens the margin up to twice.
    for (report, value) in [(100.0, 8.0), (0.0, 1.0 / 16.0), (-5.0, 1.0 / 16.0)] {
        let mut ratio = ServerCountRatio::default();
        ratio.observe(second(0.0), report);
        assert_eq!(ratio.value(second(0.0)), value * 1.02, "{report}");
    }
    let mut ratio = ServerCountRatio::default();
    ratio.observe(second(0.0), 8.0);
    ratio.record_refusal(second(0.0), 10.0, 0.0);
    assert_eq!(ratio.value(second(0.0)), 1.0, "a refusal without own requests only drops the reports");
    ratio.record_refusal(second(0.0), 10.0, 5.0);
    assert!((ratio.value(second(0.0)) - 2.0 * 1.02 * 1.05 * 1.05).abs() < 1e-9);
    for _ in 0..100 {
        ratio.record_refusal(second(0.0), 10.0, 5.0);
    }
    assert_eq!(ratio.value(second(0.0)), 4.0);
}

#[test]
fn requests_in_flight_count_for_the_window() {
    let mut pacer = Pacer::new(Limits { requests: 10, start: 20, ..Limits::default() });
    let tickets: Vec<Ticket> = (0..9).map(|_| go(&mut pacer, 0.0)).collect();
    assert_eq!(pacer.wait(second(0.0)), Some(Wait::ForResponse), "nothing in the window could leave it");
    assert_eq!(pacer.in_flight(), 9);
    for ticket in tickets {
        pacer.complete(ticket, second(1.5), quick(0.1));
    }
    // The requests of a second leave together, five minutes after its end.
    assert_eq!(pacer.wait(second(1.5)), Some(Wait::Paced(second(302.0))));
    assert_eq!(pacer.wait(second(301.9)), Some(Wait::Paced(second(302.0))));
    assert_eq!(pacer.wait(second(302.0)), None);
}

#[test]
fn a_request_without_a_response_counts_with_the_time_that_it_took() {
    for outcome in [RequestOutcome::NoResponse, RequestOutcome::Overloaded { retry_after: None, jitter: 0.0 }]
    {
        let mut pacer = Pacer::new(Limits { execution: second(10.0), ..Limits::default() });
        let ticket = go(&mut pacer, 0.0);
        pacer.complete(ticket, second(9.8), outcome);
        assert_eq!(pacer.wait(second(9.8)), None, "{outcome:?}");
        let ticket = go(&mut pacer, 9.8);
        pacer.complete(ticket, second(10.0), outcome);
        assert!(matches!(pacer.wait(second(10.0)), Some(Wait::Paced(_))), "{outcome:?}");
    }
    // A refused request was not executed.
    let mut pacer = Pacer::new(Limits { execution: second(10.0), ..Limits::default() });
    let ticket = go(&mut pacer, 0.0);
    pacer.complete(ticket, second(100.0), throttled(Some(1.0)));
    assert_eq!(pacer.wait(second(101.0)), None);
}

/// The first time is the average at once; later ones count for a tenth.
#[test]
fn the_expected_time_of_the_next_request_is_a_moving_average() {
    let mut pacer = Pacer::new(Limits { execution: second(100.0), ..Limits::default() });
    run(&mut pacer, 0.0, 1, |_| quick(10.0));
    assert_eq!(pacer.avg_seconds, 10.0);
    run(&mut pacer, 0.0, 1, |_| quick(20.0));
    assert!((pacer.avg_seconds - 11.0).abs() < 1e-9);
    // 30 seconds are used, and the next six would take 66 seconds: 96 of 99.
    let tickets: Vec<Ticket> = (0..4).map(|_| go(&mut pacer, 0.0)).collect();
    assert_eq!(pacer.wait(second(0.0)), Some(Wait::ForResponse));
    drop(tickets);
}
