//! Writes the log of `dvkit gateway serve` to standard error, one JSON object a line, with secrets masked.

use std::io;

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use dvkit_gateway::mask;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::stderr::notice;

/// `--log`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing
    Off,
    /// What went wrong and needs somebody
    Error,
    /// What went wrong
    Warn,
    /// One line a request, and what changes
    Info,
    /// Everything that the gateway does
    Debug,
}

/// The crates whose events are logged. Others may log what they send, such as headers.
const LOGGED: &[&str] = &["dvkit_gateway", "dvkit_client", "dvkit_schema_fetch"];

/// Begins to log what happens from now on.
///
/// # Errors
/// Returns an error if there is a log already.
pub(crate) fn start_log(level: LogLevel) -> Result<()> {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let targets: Targets = LOGGED.iter().map(|name| (*name, level)).collect();
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(Lines);
    let log = tracing_subscriber::registry().with(lines).with(targets);
    log.try_init().map_err(|error| anyhow!("the log cannot be started: {error}"))
}

/// The maker of a writer for each event.
struct Lines;

impl MakeWriter<'_> for Lines {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line(Vec::new())
    }
}

/// One event, which is printed when it is complete.
struct Line(Vec<u8>);

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        let text = text.trim_end();
        if !text.is_empty() {
            notice(format_args!("{}", mask(text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_line_of_the_log_is_put_together_of_its_parts() {
        let mut line = Lines.make_writer();
        for (part, whole) in
            [("", ""), ("{\"a\"", "{\"a\""), (":", "{\"a\":"), ("\u{e4}}\n", "{\"a\":\u{e4}}\n")]
        {
            assert_eq!(line.write(part.as_bytes()).unwrap(), part.len(), "{part:?}");
            line.flush().unwrap();
            assert_eq!(String::from_utf8_lossy(&line.0), whole, "after {part:?}");
        }
        // What is dropped is printed, and a test prints nothing.
        line.0.clear();
    }
}
