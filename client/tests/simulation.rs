//! Simulates the pacing policy against a model of the service, on a virtual clock: how many requests succeed,
//! and how many are refused.
//!
//! The model is one account on one web server with service protection as documented (6,000 requests and 1,200
//! seconds of execution within a sliding window of 300 seconds, 52 concurrent requests) and 20 ms of network
//! in each direction. Refused requests do not count; `Retry-After` is the time until the window has room.
//! Every simulation lasts twenty minutes; random numbers are seeded.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt::Write as _;
use std::time::Duration;

use dvkit_client::throttle::{Admission, Limits, Pacer, RequestOutcome, ServiceLimit, Ticket, Wait};
use expect_test::{Expect, expect};
use pretty_assertions::assert_eq;

const NETWORK: f64 = 0.02;
/// The length of a simulation in seconds: four windows.
const LENGTH: f64 = 1200.0;

/// A small random number generator, the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The service protection of one web server.
#[derive(Default)]
struct Service {
    arrivals: VecDeque<f64>,
    executed: VecDeque<(f64, f64)>,
    execution: f64,
    running: u32,
    requests: f64,
}

impl Service {
    fn new(requests: f64) -> Self {
        Self { requests, ..Self::default() }
    }

    /// Accepts a request at this moment, or returns the limit that it exceeds and the pause until it may be
    /// repeated.
    fn take(&mut self, now: f64) -> Result<(), (ServiceLimit, f64)> {
        while self.arrivals.front().is_some_and(|at| *at <= now - 300.0) {
            self.arrivals.pop_front();
        }
        while self.executed.front().is_some_and(|(at, _)| *at <= now - 300.0) {
            self.execution -= self.executed.pop_front().unwrap().1;
        }
        if self.running >= 52 {
            return Err((ServiceLimit::Concurrency, 1.0));
        }
        if self.arrivals.len() as f64 >= self.requests {
            return Err((ServiceLimit::Requests, (self.arrivals[0] + 300.0 - now).max(1.0)));
        }
        if self.execution >= 1200.0 {
            return Err((ServiceLimit::Execution, (self.executed[0].0 + 300.0 - now).max(1.0)));
        }
        self.arrivals.push_back(now);
        self.running += 1;
        Ok(())
    }

    fn finish(&mut self, now: f64, took: f64) {
        self.running -= 1;
        self.executed.push_back((now, took));
        self.execution += took;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Policy {
    Ours,
    /// Each worker waits five seconds after every refusal.
    FixedBackoff,
    /// Each worker repeats a refused request immediately.
    None,
}

struct Plan {
    policy: Policy,
    organisations: usize,
    /// The number of workers of each organisation.
    workers: usize,
    /// The mean execution time of a request in seconds; single ones take between half and one and a half of
    /// it.
    execution: f64,
    /// The number of requests that the process allows itself, if it is limited.
    pool: Option<usize>,
    /// Whether the service reports what remains.
    figures: bool,
    /// The round trip time that the client knows, in seconds.
    round_trip: f64,
    until: f64,
    /// The most requests within the window that the first organisation's service allows, if it is not the
    /// documented number.
    first: Option<f64>,
}

#[derive(Default, Clone, Copy)]
struct Outcome {
    done: u64,
    refused: u64,
}

struct Organisation {
    pacer: Pacer,
    service: Service,
    idle: Vec<usize>,
    woken_at: f64,
    outcome: Outcome,
}

enum Event {
    /// A worker is about to send.
    Ready {
        org: usize,
        worker: usize,
    },
    Arrives {
        org: usize,
        worker: usize,
        ticket: Option<Ticket>,
        left: f64,
    },
    Executed {
        org: usize,
        worker: usize,
        ticket: Option<Ticket>,
        left: f64,
        took: f64,
    },
    RawResponse {
        org: usize,
        worker: usize,
        ticket: Option<Ticket>,
        answer: RequestOutcome,
        wait: f64,
    },
    /// The pacer is asked again.
    Look {
        org: usize,
    },
}

struct Simulation {
    plan: Plan,
    now: f64,
    events: Vec<Option<Event>>,
    queue: BinaryHeap<Reverse<(u64, usize)>>,
    free: Vec<usize>,
    organisations: Vec<Organisation>,
    places: usize,
    queued: VecDeque<(usize, usize, Ticket)>,
    chance: Chance,
    most_in_flight: usize,
    in_flight: usize,
}

impl Simulation {
    fn run(plan: Plan) -> (Vec<Outcome>, usize) {
        let organisations = (0..plan.organisations)
            .map(|i| Organisation {
                pacer: {
                    let mut pacer = Pacer::new(Limits::default());
                    pacer.set_round_trip(Duration::from_secs_f64(plan.round_trip));
                    pacer
                },
                service: Service::new(plan.first.filter(|_| i == 0).unwrap_or(6000.0)),
                idle: Vec::new(),
                woken_at: -1.0,
                outcome: Outcome::default(),
            })
            .collect();
        let mut simulation = Simulation {
            places: plan.pool.unwrap_or(usize::MAX),
            organisations,
            plan,
            now: 0.0,
            events: Vec::new(),
            queue: BinaryHeap::new(),
            free: Vec::new(),
            queued: VecDeque::new(),
            chance: Chance(7),
            most_in_flight: 0,
            in_flight: 0,
        };
        for org in 0..simulation.plan.organisations {
            for worker in 0..simulation.plan.workers {
                simulation.at(0.0, Event::Ready { org, worker });
            }
        }
        while let Some(Reverse((at, slot))) = simulation.queue.pop() {
            simulation.now = at as f64 / 1e6;
            if simulation.now >= simulation.plan.until {
                break;
            }
            simulation.free.push(slot);
            let event = simulation.events[slot].take().unwrap();
            simulation.step(event);
        }
        (simulation.organisations.iter().map(|org| org.outcome).collect(), simulation.most_in_flight)
    }

    fn at(&mut self, seconds: f64, event: Event) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.events.push(None);
            self.events.len() - 1
        });
        self.events[slot] = Some(event);
        self.queue.push(Reverse(((seconds * 1e6).ceil() as u64, slot)));
    }

    fn clock(&self) -> Duration {
        Duration::from_secs_f64(self.now)
    }

    fn step(&mut self, event: Event) {
        let now = self.now;
        match event {
            Event::Ready { org, worker } if self.plan.policy == Policy::Ours => {
                self.organisations[org].idle.push(worker);
                self.look(org);
            }
            Event::Ready { org, worker } => {
                self.at(now + NETWORK, Event::Arrives { org, worker, ticket: None, left: now });
            }
            Event::Look { org } => {
                self.organisations[org].woken_at = -1.0;
                self.look(org);
            }
            Event::Arrives { org, worker, ticket, left } => match self.organisations[org].service.take(now) {
                Ok(()) => {
                    let took = self.plan.execution * (0.5 + self.chance.next());
                    self.at(now + took, Event::Executed { org, worker, ticket, left, took });
                }
                Err((limit, wait)) => {
                    let retry_after = Some(Duration::from_secs_f64(wait.ceil()));
                    let jitter = self.chance.next();
                    let answer = RequestOutcome::Throttled { retry_after, limit: Some(limit), jitter };
                    let wait = if self.plan.policy == Policy::FixedBackoff { 5.0 } else { 0.0 };
                    self.at(now + NETWORK, Event::RawResponse { org, worker, ticket, answer, wait });
                }
            },
            Event::Executed { org, worker, ticket, left, took } => {
                let service = &mut self.organisations[org].service;
                service.finish(now, took);
                let (requests, execution) =
                    (service.requests - service.arrivals.len() as f64, 1200.0 - service.execution);
                let figures = self.plan.figures;
                let answer = RequestOutcome::Responded {
                    took: Duration::from_secs_f64(now + NETWORK - left),
                    hint: None,
                    requests_left: figures.then_some(requests),
                    execution_left: figures.then(|| Duration::from_secs_f64(execution.max(0.0))),
                };
                self.at(now + NETWORK, Event::RawResponse { org, worker, ticket, answer, wait: 0.0 });
            }
            Event::RawResponse { org, worker, ticket, answer, wait } => {
                let clock = self.clock();
                let organisation = &mut self.organisations[org];
                if matches!(answer, RequestOutcome::Throttled { .. }) {
                    organisation.outcome.refused += 1;
                } else {
                    organisation.outcome.done += 1;
                }
                if let Some(ticket) = ticket {
                    organisation.pacer.complete(ticket, clock, answer);
                    self.leave();
                }
                self.at(now + wait, Event::Ready { org, worker });
            }
        }
    }

    /// Does what the client's gate does: sends as many requests as the pacer admits, in their order, and then
    /// the pool of the process.
    fn look(&mut self, org: usize) {
        let clock = self.clock();
        loop {
            let organisation = &mut self.organisations[org];
            let Some(worker) = organisation.idle.pop() else { return };
            match organisation.pacer.admit(clock) {
                Admission::Granted(ticket) => {
                    self.queued.push_back((org, worker, ticket));
                    self.let_through();
                }
                Admission::Wait(wait) => {
                    organisation.idle.push(worker);
                    if let Wait::Paused(at) | Wait::Paced(at) = wait
                        && organisation.woken_at != at.as_secs_f64()
                    {
                        organisation.woken_at = at.as_secs_f64();
                        self.at(at.as_secs_f64(), Event::Look { org });
                    }
                    return;
                }
            }
        }
    }

    fn let_through(&mut self) {
        while self.in_flight < self.places {
            let Some((org, worker, ticket)) = self.queued.pop_front() else { return };
            let clock = self.clock();
            let organisation = &mut self.organisations[org];
            if organisation.pacer.paused_until(clock).is_some() {
                organisation.pacer.give_back(ticket);
                organisation.idle.push(worker);
                self.at(self.now, Event::Look { org });
                continue;
            }
            self.in_flight += 1;
            self.most_in_flight = self.most_in_flight.max(self.in_flight);
            let left = self.now;
            self.at(left + NETWORK, Event::Arrives { org, worker, ticket: Some(ticket), left });
        }
    }

    fn leave(&mut self) {
        self.in_flight -= 1;
        self.let_through();
    }
}

/// The requests per minute that the limits and the workers allow.
fn allowed(workers: usize, execution: f64) -> f64 {
    let by_workers = workers as f64 / (execution + 2.0 * NETWORK) * 60.0;
    by_workers.min(6000.0 / 5.0).min(1200.0 / execution / 5.0)
}

fn check(table: &str, expected: Expect) {
    expected.assert_eq(table);
}

fn plan(policy: Policy, workers: usize, execution: f64) -> Plan {
    Plan {
        policy,
        organisations: 1,
        workers,
        execution,
        pool: None,
        figures: true,
        round_trip: 0.0,
        until: LENGTH,
        first: None,
    }
}

#[test]
fn the_pacer_reaches_the_limits_with_few_refusals() {
    let mut table =
        String::from("execution  workers  allowed  policy          a minute  of allowed      429s\n");
    for execution in [0.1, 0.25, 2.0] {
        for workers in [1, 8, 52] {
            let allowed = allowed(workers, execution);
            let mut refused = Vec::new();
            for (policy, name) in
                [(Policy::Ours, "ours"), (Policy::FixedBackoff, "fixed backoff"), (Policy::None, "none")]
            {
                let (outcome, _) = Simulation::run(plan(policy, workers, execution));
                let minute = outcome[0].done as f64 / LENGTH * 60.0;
                let share = minute / allowed * 100.0;
                writeln!(
                    table,
                    "{:>7} ms  {workers:>7}  {allowed:>7.1}  {name:<14}  {minute:>8.1}  {share:>8.1} %  {:>8}",
                    execution * 1000.0,
                    outcome[0].refused
                )
                .unwrap();
                if policy == Policy::Ours {
                    assert!(share >= 90.0, "{share}\n{table}");
                }
                refused.push(outcome[0].refused);
            }
            assert!(refused[0] <= refused[1] && refused[0] <= refused[2], "ours has the fewest\n{table}");
        }
    }
    check(
        &table,
        expect![[r#"
        execution  workers  allowed  policy          a minute  of allowed      429s
            100 ms        1    428.6  ours               427.6      99.8 %         0
            100 ms        1    428.6  fixed backoff      427.6      99.8 %         0
            100 ms        1    428.6  none               427.6      99.8 %         0
            100 ms        8   1200.0  ours              1164.2      97.0 %         0
            100 ms        8   1200.0  fixed backoff     1200.0     100.0 %      1240
            100 ms        8   1200.0  none              1200.0     100.0 %    155967
            100 ms       52   1200.0  ours              1167.7      97.3 %         0
            100 ms       52   1200.0  fixed backoff     1200.0     100.0 %     11752
            100 ms       52   1200.0  none              1200.0     100.0 %   1476078
            250 ms        1    206.9  ours               207.0     100.1 %         0
            250 ms        1    206.9  fixed backoff      207.0     100.1 %         0
            250 ms        1    206.9  none               207.0     100.1 %         0
            250 ms        8    960.0  ours               931.0      97.0 %         0
            250 ms        8    960.0  fixed backoff      959.7     100.0 %       805
            250 ms        8    960.0  none               958.6      99.9 %    100653
            250 ms       52    960.0  ours               934.6      97.4 %         0
            250 ms       52    960.0  fixed backoff      967.4     100.8 %     11284
            250 ms       52    960.0  none               969.6     101.0 %   1419333
           2000 ms        1     29.4  ours                30.1     102.2 %         0
           2000 ms        1     29.4  fixed backoff       30.1     102.2 %         0
           2000 ms        1     29.4  none                30.1     102.2 %         0
           2000 ms        8    120.0  ours               117.0      97.5 %         0
           2000 ms        8    120.0  fixed backoff      122.5     102.1 %       924
           2000 ms        8    120.0  none               122.8     102.3 %    116050
           2000 ms       52    120.0  ours               118.2      98.5 %         0
           2000 ms       52    120.0  fixed backoff      132.2     110.2 %     11336
           2000 ms       52    120.0  none               131.5     109.6 %   1426478
    "#]],
    );
}

#[test]
fn the_pacer_works_without_reports_of_the_service() {
    // The client then has to know how much of a response time is the network's: two thirds of a round trip if
    // the service uses TLS 1.3, because a connection takes two round trips and is counted as three. If
    // connections tell nothing, all of it counts as execution, and fewer requests are sent than possible; but
    // none is refused.
    let mut table =
        String::from("execution  workers  allowed  round trip known  a minute  of allowed  429s\n");
    for execution in [0.1, 0.25, 2.0] {
        for round_trip in [2.0 * NETWORK * 2.0 / 3.0, 0.0] {
            let allowed = allowed(52, execution);
            let plan = Plan { figures: false, round_trip, ..plan(Policy::Ours, 52, execution) };
            let (outcome, _) = Simulation::run(plan);
            let minute = outcome[0].done as f64 / LENGTH * 60.0;
            let share = minute / allowed * 100.0;
            let refused = outcome[0].refused;
            writeln!(
                table,
                "{:>7} ms  {:>7}  {allowed:>7.1}  {:>13.1} ms  {minute:>8.1}  {share:>8.1} %  {refused:>4}",
                execution * 1000.0,
                52,
                round_trip * 1000.0
            )
            .unwrap();
            assert_eq!(refused, 0, "{table}");
            assert!(round_trip == 0.0 || share >= 90.0, "{share}\n{table}");
        }
    }
    check(
        &table,
        expect![[r#"
            execution  workers  allowed  round trip known  a minute  of allowed  429s
                100 ms       52   1200.0           26.7 ms    1188.0      99.0 %     0
                100 ms       52   1200.0            0.0 ms    1188.0      99.0 %     0
                250 ms       52    960.0           26.7 ms     902.8      94.0 %     0
                250 ms       52    960.0            0.0 ms     819.8      85.4 %     0
               2000 ms       52    120.0           26.7 ms     119.8      99.8 %     0
               2000 ms       52    120.0            0.0 ms     118.2      98.5 %     0
        "#]],
    );
}

#[test]
fn a_throttled_organisation_does_not_slow_others() {
    // Eight workers each, half a second of execution, a pool of 512 requests for the process; the first
    // organisation's service allows 100 requests in the window instead of 6,000.
    let mut table = String::from(
        "organisations  most at once  a minute, all  the slowest  the fastest  the throttled one  429s\n",
    );
    for (organisations, until) in [(1, 600.0), (100, 600.0), (1000, 120.0)] {
        let plan = Plan {
            organisations,
            until,
            pool: Some(512),
            first: (organisations > 1).then_some(100.0),
            ..plan(Policy::Ours, 8, 0.5)
        };
        let (outcome, most) = Simulation::run(plan);
        let minute = |done: u64| done as f64 * 60.0 / until;
        let others = &outcome[usize::from(organisations > 1)..];
        let slowest = minute(others.iter().map(|org| org.done).min().unwrap());
        let fastest = minute(others.iter().map(|org| org.done).max().unwrap());
        let all = minute(outcome.iter().map(|org| org.done).sum());
        let first =
            if organisations > 1 { format!("{:.1}", minute(outcome[0].done)) } else { "–".to_owned() };
        let refused: u64 = outcome.iter().map(|org| org.refused).sum();
        writeln!(
            table,
            "{organisations:>13}  {most:>12}  {all:>13.1}  {slowest:>11.1}  {fastest:>11.1}  {first:>17}  {refused:>4}"
        )
        .unwrap();
        assert!(most <= 512);
        assert!(slowest >= 0.9 * fastest, "nobody starves\n{table}");
        let others_refused: u64 = others.iter().map(|org| org.refused).sum();
        assert_eq!(others_refused, 0, "{table}");
    }
    check(
        &table,
        expect![[r#"
        organisations  most at once  a minute, all  the slowest  the fastest  the throttled one  429s
                    1             8          465.9        465.9        465.9                  –     0
                  100           512        46192.3        461.3        471.4               20.0     5
                 1000           512        56734.5         54.0         58.0               50.0     2
    "#]],
    );
}
