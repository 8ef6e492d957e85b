//! Runs work on threads beside the loop of the server, and returns its results to the loop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

/// Whether the result of some work is still wanted. Clones share their state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    pub(crate) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type Job<R> = Box<dyn FnOnce() -> R + Send>;

/// Threads that work on jobs with results of the type `R`.
#[derive(Debug)]
pub(crate) struct Workers<R> {
    jobs: Option<Sender<Job<R>>>,
    results: Receiver<R>,
    threads: Vec<JoinHandle<()>>,
}

impl<R: Send + 'static> Workers<R> {
    /// Starts as many threads as there are processors, at least 2 and at most 4.
    pub(crate) fn start() -> Self {
        let (jobs, todo) = unbounded::<Job<R>>();
        let (done, results) = unbounded();
        let count = thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 4));
        let threads = (0..count)
            .filter_map(|_| {
                let (todo, done) = (todo.clone(), done.clone());
                let work = move || {
                    for job in todo {
                        if done.send(job()).is_err() {
                            break;
                        }
                    }
                };
                thread::Builder::new().name("dvkit-lsp".to_owned()).spawn(work).ok()
            })
            .collect();
        Self { jobs: Some(jobs), results, threads }
    }

    /// Runs a job on one of the threads.
    pub(crate) fn run(&self, job: impl FnOnce() -> R + Send + 'static) {
        if let Some(jobs) = &self.jobs {
            // The threads end only after the sender is dropped.
            let _ = jobs.send(Box::new(job));
        }
    }

    /// Returns the channel of the results.
    pub(crate) fn results(&self) -> &Receiver<R> {
        &self.results
    }
}

impl<R> Drop for Workers<R> {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Returns the result of `work`. A panic becomes an error with its message, so that one mistake of the server
/// does not end it.
pub(crate) fn guarded<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        assert_eq!(guarded(|| 1), Ok(1));
        assert_eq!(guarded(|| -> u8 { panic!("lost {}", 2) }), Err("lost 2".to_owned()));
    }

    #[test]
    fn results_come_back_and_threads_end() {
        let workers = Workers::start();
        for n in 0..100_u32 {
            workers.run(move || n);
        }
        let sum: u32 = workers.results().iter().take(100).sum();
        assert_eq!(sum, 4950);
        drop(workers);
    }
}
