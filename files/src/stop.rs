//! Lets the process stop only between steps that must not be interrupted, such as the replacement of a file.
//!
//! Such a step begins with [`begin_step`]. A signal handler calls [`stop`], which waits for the current steps
//! to end, prevents others from beginning, and runs the handlers that unfinished operations have registered
//! with [`on_stop`]. Then the process ends.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::Refusal;

static STOPPING: AtomicBool = AtomicBool::new(false);
static STEPS: RwLock<()> = RwLock::new(());
static AT_STOP: Mutex<Vec<(u64, ClearUp)>> = Mutex::new(Vec::new());

type ClearUp = Box<dyn FnOnce() + Send>;

/// A step that must not be interrupted. It ends when this value is dropped.
#[derive(Debug)]
pub struct StepGuard {
    _held: RwLockReadGuard<'static, ()>,
}

/// Begins a step that must not be interrupted. [`stop`] waits until the returned guard is dropped. A thread
/// must not begin a step while it is in another one.
///
/// # Errors
/// Returns [`Refusal::Stopped`] if the process is stopping.
pub fn begin_step() -> io::Result<StepGuard> {
    if is_stopping() {
        return Err(Refusal::Stopped.into());
    }
    let step = STEPS.read().unwrap_or_else(PoisonError::into_inner);
    // The process may have begun to stop while this thread waited.
    if is_stopping() { Err(Refusal::Stopped.into()) } else { Ok(StepGuard { _held: step }) }
}

/// Returns whether the process is stopping. A long step that can be abandoned should check this repeatedly.
#[must_use]
pub fn is_stopping() -> bool {
    STOPPING.load(Ordering::SeqCst)
}

/// A registered handler. It is unregistered when this value is dropped.
#[derive(Debug)]
pub struct StopHandler(u64);

/// Registers `clear_up`, which [`stop`] calls to clean up after an operation that is not finished. The
/// operation has to keep the returned value until its end.
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

/// Waits until all current steps have ended, and runs the registered handlers, the latest first. No step can
/// begin afterwards, so the caller has to end the process.
pub fn stop() {
    STOPPING.store(true, Ordering::SeqCst);
    let _steps = STEPS.write().unwrap_or_else(PoisonError::into_inner);
    let all = std::mem::take(&mut *AT_STOP.lock().unwrap_or_else(PoisonError::into_inner));
    // Later operations are parts of earlier ones, so the handlers run in reverse order.
    for (_, clear_up) in all.into_iter().rev() {
        clear_up();
    }
}
