//! Stopping a process at a moment when nothing is half-done.
//!
//! What has to be done as a whole is a [`begin_step`]. Whoever is told to stop, by a signal, calls [`stop`]: it waits for the
//! steps that are under way, lets no other begin, and clears up what an unfinished operation has registered with
//! [`on_stop`]. LockCleanup it the process ends.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::Refusal;

static STOPPING: AtomicBool = AtomicBool::new(false);
static STEPS: RwLock<()> = RwLock::new(());
static AT_STOP: Mutex<Vec<(u64, ClearUp)>> = Mutex::new(Vec::new());

type ClearUp = Box<dyn FnOnce() + Send>;

/// A step that is under way; it ends when this is dropped.
#[derive(Debug)]
pub struct StepGuard {
    _held: RwLockReadGuard<'static, ()>,
}

/// Begins a step. A thread has one at a time.
///
/// # Errors
/// [`Refusal::Stopped`] where the process is stopping.
pub fn begin_step() -> io::Result<StepGuard> {
    if is_stopping() {
        return Err(Refusal::Stopped.into());
    }
    let step = STEPS.read().unwrap_or_else(PoisonError::into_inner);
    // It may have been told while this waited.
    if is_stopping() { Err(Refusal::Stopped.into()) } else { Ok(StepGuard { _held: step }) }
}

/// Returns true once the process is stopping; a long step that can be given up looks here.
#[must_use]
pub fn is_stopping() -> bool {
    STOPPING.load(Ordering::SeqCst)
}

/// What is done when the process stops; forgotten when this is dropped.
pub struct StopHandler(u64);

/// Registers what clears up after an operation that is not finished when the process stops.
pub fn on_stop(clear_up: impl FnOnce() + Send + 'static) -> StopHandler {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    AT_STOP.lock().unwrap_or_else(PoisonError::into_inner).push((id, Box::new(clear_up)));
    StopHandler(id)
}

impl Drop for StopHandler {
    fn drop(&mut self) {
        AT_STOP.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| *id != self.0);
    }
}

impl fmt::Debug for StopHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StopHandler").field(&self.0).finish()
    }
}

/// Waits until no step is under way, and clears up; the process has to end after it, as no step begins any more.
pub fn stop() {
    STOPPING.store(true, Ordering::SeqCst);
    let _steps = STEPS.write().unwrap_or_else(PoisonError::into_inner);
    let all = std::mem::take(&mut *AT_STOP.lock().unwrap_or_else(PoisonError::into_inner));
    // What began last is in what began before.
    for (_, clear_up) in all.into_iter().rev() {
        clear_up();
    }
}
