//! Handles signals for commands that write folders or check many files. An interrupted command leaves no partly
//! written files, except for data from which the next run continues.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;

use anyhow::{Context as _, Result};

/// Watches for Ctrl-C, and on Unix for SIGTERM, until the process ends. On a signal, the current step is
/// finished and unfinished files are removed. Then the process ends with the status 128 plus the signal's
/// number, as without a handler.
///
/// # Errors
/// Returns an error if the signal handlers cannot be installed.
pub(crate) fn watch() -> Result<()> {
    on_signal(|code| {
        dvkit_files::stop();
        process::exit(code)
    })
}

/// Whether the process was told to end during a [`Run`]; the remaining work is then left out.
static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
/// Whether a [`Run`] is under way.
static IS_RUNNING: AtomicBool = AtomicBool::new(false);
/// The exit status of a cancelled run; 0 before a signal.
static STATUS: AtomicI32 = AtomicI32::new(0);

/// Work in steps, of which the remaining ones are left out on Ctrl-C, and on Unix on SIGTERM. A second signal, and
/// one outside of a run, ends the process like [`watch`].
pub(crate) struct Run(());

impl Run {
    /// Begins a run, and watches for signals if none was watched for before.
    ///
    /// # Errors
    /// Returns an error if the signal handlers cannot be installed.
    pub(crate) fn begin() -> Result<Self> {
        static IS_WATCHED: AtomicBool = AtomicBool::new(false);
        if !IS_WATCHED.swap(true, Ordering::SeqCst) {
            on_signal(|code| {
                STATUS.store(code, Ordering::SeqCst);
                if IS_RUNNING.load(Ordering::SeqCst) && !IS_CANCELLED.swap(true, Ordering::SeqCst) {
                    return;
                }
                dvkit_files::stop();
                process::exit(code);
            })?;
        }
        IS_RUNNING.store(true, Ordering::SeqCst);
        Ok(Self(()))
    }

    /// Returns the flag that says whether the remaining steps are left out.
    pub(crate) fn cancellation(&self) -> &'static AtomicBool {
        &IS_CANCELLED
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        IS_RUNNING.store(false, Ordering::SeqCst);
    }
}

/// Returns the exit status if a run was cancelled: 128 plus the number of the signal.
pub(crate) fn cancelled() -> Option<i32> {
    IS_CANCELLED.load(Ordering::SeqCst).then(|| STATUS.load(Ordering::SeqCst))
}

/// Calls `act` on another thread with 128 plus the number of each signal.
fn on_signal(act: impl Fn(i32) + Send + 'static) -> Result<()> {
    let cannot = "cannot watch for signals";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context(cannot)?;
    let mut signals = {
        let _entered = runtime.enter();
        Signals::new().context(cannot)?
    };
    let watch = move || {
        loop {
            act(runtime.block_on(signals.next()));
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(watch).context(cannot)?;
    Ok(())
}

/// Blocks the calling thread until the interrupted process ends, so that it prints nothing more. Returns at
/// once if there was no signal.
pub(crate) fn wait() {
    while dvkit_files::is_stopping() {
        thread::park();
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next signal. Returns 128 plus its number.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        // If Ctrl-C cannot be watched, the system ends the process itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    }
}
