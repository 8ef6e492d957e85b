//! What becomes of a command that writes folders when it is told to stop: nothing half-done is left, but what the next
//! run goes on with.

use std::io;
use std::process;
use std::thread;

use anyhow::{Context as _, Result};

/// Watches for Ctrl-C, and on Unix for a request to terminate, from now to the end of the process. Where one comes,
/// the step that is under way is finished, what was begun is removed, and the process ends with 128 and the signal's
/// number, as it would have without.
///
/// # Errors
/// Where the system does not let itself be asked.
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

/// Waits for the end of a process that was told to stop: there is nothing more to say.
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

    /// 128 and the number of the first one that comes.
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
        // Where it cannot be watched for, the system ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    }
}
