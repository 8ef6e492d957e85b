//! Handles signals for commands that write folders. An interrupted command leaves no partly written files,
//! except for data from which the next run continues.

use std::io;
use std::process;
use std::thread;

use anyhow::{Context as _, Result};

/// Watches for Ctrl-C, and on Unix for SIGTERM, until the process ends. On a signal, the current step is
/// finished and unfinished files are removed. Then the process ends with the status 128 plus the signal's
/// number, as without a handler.
///
/// # Errors
/// Returns an error if the signal handlers cannot be installed.
pub(crate) fn watch() -> Result<()> {
    let cannot = "cannot watch for signals";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context(cannot)?;
    let signals = {
        let _entered = runtime.enter();
        Signals::new().context(cannot)?
    };
    let watch = move || {
        let code = runtime.block_on(signals.first());
        dvkit_files::stop();
        process::exit(code);
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

    /// Waits for the first signal. Returns 128 plus its number.
    async fn first(mut self) -> i32 {
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

    async fn first(self) -> i32 {
        // If Ctrl-C cannot be watched, the system ends the process itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    }
}
