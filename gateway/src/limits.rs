//! Limits how many requests run at the same time: so many of each account, and so many together. Requests that wait
//! are served in turn, one of each account, so that an account with many requests does not keep others waiting.
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::settings::Limits;

/// The scheduler of the requests of all accounts.
#[derive(Debug, Clone)]
pub(crate) struct Scheduler(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    per_account: usize,
    waiting_per_account: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The number of further requests that may run.
    free: usize,
    accounts: HashMap<String, Queue>,
    /// The accounts with requests that wait, in the order in which they are served.
    turn: VecDeque<String>,
}

#[derive(Debug, Default)]
struct Queue {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Permit>>,
}

/// Why a request was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too many requests of the account wait.
    QueueFull,
    /// The time that the request may take is over.
    Deadline,
}

/// The permit to run one request, held until its response has ended.
#[derive(Debug)]
pub(crate) struct Permit {
    shared: Arc<Shared>,
    account: String,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let granted = {
            let mut state = self.shared.state();
            state.release(&self.account);
            state.grant(&self.shared)
        };
        deliver(granted);
    }
}

/// Gives permits to those that wait. A permit whose receiver is gone is dropped, and so given to another.
fn deliver(granted: Vec<(oneshot::Sender<Permit>, Permit)>) {
    for (sender, permit) in granted {
        drop(sender.send(permit));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn release(&mut self, account: &str) {
        self.free += 1;
        if let Some(queue) = self.accounts.get_mut(account) {
            queue.running = queue.running.saturating_sub(1);
            if queue.running == 0 && queue.waiting.is_empty() {
                self.accounts.remove(account);
            }
        }
    }

    /// Takes permits for requests that wait, as long as there are any, one of each account in turn.
    fn grant(&mut self, shared: &Arc<Shared>) -> Vec<(oneshot::Sender<Permit>, Permit)> {
        let mut granted = Vec::new();
        let mut passed_over = 0;
        while self.free > 0 && passed_over < self.turn.len() {
            let Some(account) = self.turn.pop_front() else { break };
            let Some(queue) = self.accounts.get_mut(&account) else { continue };
            if queue.running >= shared.per_account {
                self.turn.push_back(account);
                passed_over += 1;
                continue;
            }
            let Some(sender) = queue.waiting.pop_front() else { continue };
            queue.running += 1;
            self.free -= 1;
            passed_over = 0;
            let permit = Permit { shared: Arc::clone(shared), account: account.clone() };
            granted.push((sender, permit));
            if !queue.waiting.is_empty() {
                self.turn.push_back(account);
            }
        }
        granted
    }
}

impl Scheduler {
    pub(crate) fn new(limits: &Limits) -> Self {
        let state =
            State { free: limits.concurrent_total.max(1), accounts: HashMap::new(), turn: VecDeque::new() };
        Self(Arc::new(Shared {
            per_account: limits.concurrent.max(1),
            waiting_per_account: limits.waiting,
            state: Mutex::new(state),
        }))
    }

    /// Waits until a request of `account` may run, at most until `until`.
    pub(crate) async fn admit(&self, account: &str, until: Instant) -> Result<Permit, Refusal> {
        let receiver = {
            let mut state = self.0.state();
            let free = state.free;
            let queue = state.accounts.entry(account.to_owned()).or_default();
            if free > 0 && queue.running < self.0.per_account && queue.waiting.is_empty() {
                queue.running += 1;
                state.free -= 1;
                return Ok(Permit { shared: Arc::clone(&self.0), account: account.to_owned() });
            }
            // Those that have stopped waiting do not count.
            queue.waiting.retain(|sender| !sender.is_closed());
            if queue.waiting.len() >= self.0.waiting_per_account {
                return Err(Refusal::QueueFull);
            }
            let (sender, receiver) = oneshot::channel();
            queue.waiting.push_back(sender);
            if !state.turn.iter().any(|other| other == account) {
                state.turn.push_back(account.to_owned());
            }
            receiver
        };
        match timeout_at(until, receiver).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Refusal::Deadline),
        }
    }

    /// Returns the number of requests that run, and of those that wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        let state = self.0.state();
        let waiting = state.accounts.values().map(|queue| queue.waiting.len()).sum();
        (state.accounts.values().map(|queue| queue.running).sum(), waiting)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use pretty_assertions::assert_eq;

    use super::*;

    fn scheduler(concurrent: usize, waiting: usize, concurrent_total: usize) -> Scheduler {
        Scheduler::new(&Limits { concurrent, waiting, concurrent_total, ..Limits::default() })
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn an_account_gets_no_more_than_its_share() {
        let all = scheduler(2, 1, 10);
        let (a, b) = (all.admit("a", later()).await.unwrap(), all.admit("a", later()).await.unwrap());
        let mut third = Box::pin(all.admit("a", later()));
        assert!((&mut third).now_or_never().is_none());
        assert_eq!(all.admit("a", later()).await.unwrap_err(), Refusal::QueueFull);
        let other = all.admit("b", later()).await.unwrap();
        assert_eq!(all.load(), (3, 1));
        drop(a);
        let third = third.await.unwrap();
        drop((b, third, other));
        assert_eq!(all.load(), (0, 0));
        assert!(all.0.state().accounts.is_empty());
    }

    #[tokio::test]
    async fn those_that_wait_are_served_in_turn() {
        let all = scheduler(10, 100, 1);
        let first = all.admit("busy", later()).await.unwrap();
        let (told, mut order) = tokio::sync::mpsc::unbounded_channel();
        let mut tasks = Vec::new();
        for account in ["busy", "busy", "busy", "busy", "calm", "shy"] {
            let (all, told) = (all.clone(), told.clone());
            tasks.push(tokio::spawn(async move {
                let permit = all.admit(account, later()).await.unwrap();
                told.send(account).unwrap();
                drop(permit);
            }));
            tokio::task::yield_now().await;
        }
        drop((first, told));
        for task in tasks {
            task.await.unwrap();
        }
        let mut served = Vec::new();
        while let Some(account) = order.recv().await {
            served.push(account);
        }
        assert_eq!(served, ["busy", "calm", "shy", "busy", "busy", "busy"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_stops_waiting_gives_its_turn_away() {
        let all = scheduler(1, 10, 1);
        let first = all.admit("a", later()).await.unwrap();
        let soon = Instant::now() + Duration::from_secs(1);
        assert_eq!(all.admit("a", soon).await.unwrap_err(), Refusal::Deadline);
        let mut gone = Box::pin(all.admit("a", later()));
        assert!((&mut gone).now_or_never().is_none());
        let mut stays = Box::pin(all.admit("a", later()));
        assert!((&mut stays).now_or_never().is_none());
        drop(gone);
        drop(first);
        drop(stays.await.unwrap());
        assert_eq!(all.load(), (0, 0));
    }

    #[tokio::test]
    async fn all_accounts_together_get_no_more_than_the_total() {
        let all = scheduler(2, 1, 3);
        let mut permits = Vec::new();
        for account in ["a", "a", "b"] {
            permits.push(all.admit(account, later()).await.unwrap());
        }
        let mut other = Box::pin(all.admit("c", later()));
        assert!((&mut other).now_or_never().is_none());
        assert_eq!(all.load(), (3, 1));
        // A place of any account is as good.
        drop(permits.pop());
        let other = other.await.unwrap();
        assert_eq!(all.load(), (3, 0));
        drop((other, permits));
        assert_eq!(all.0.state().free, 3);
    }

    #[tokio::test]
    async fn an_account_at_its_limit_is_passed_over() {
        let all = scheduler(1, 5, 2);
        let busy = all.admit("busy", later()).await.unwrap();
        let calm = all.admit("calm", later()).await.unwrap();
        let mut more = Box::pin(all.admit("busy", later()));
        let mut other = Box::pin(all.admit("other", later()));
        assert!((&mut more).now_or_never().is_none() && (&mut other).now_or_never().is_none());
        drop(calm);
        // The first that waits is of an account at its limit.
        let other = other.await.unwrap();
        assert!((&mut more).now_or_never().is_none());
        drop(busy);
        drop((more.await.unwrap(), other));
        assert_eq!(all.load(), (0, 0));
        assert!(all.0.state().turn.is_empty());
    }

    #[tokio::test]
    async fn limits_of_zero_let_one_request_through() {
        let all = scheduler(0, 0, 0);
        let one = all.admit("a", later()).await.unwrap();
        assert_eq!(all.admit("a", later()).await.unwrap_err(), Refusal::QueueFull);
        drop(one);
        drop(all.admit("a", later()).await.unwrap());
    }
}
