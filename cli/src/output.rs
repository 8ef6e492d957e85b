//! Writes all output of the command: diagnostics with carets, messages and results; and defines the exit
//! status.
//!
//! Labels, names, queries and server responses come from other people, so none of their bytes may act on a
//! terminal. [`Screen`] gives no access to its writers. *Messages* ([`line`](Screen::line),
//! [`message`](Screen::message), [`notice`](Screen::notice)) are lines of dvkit in which everything that is
//! not printable is escaped. Line breaks are escaped too, so that no name can begin a line. A *result*
//! ([`result`](Screen::result)) is the requested output: its bytes are unchanged on a pipe or in a file, and
//! escaped on a terminal. JSON output escapes such characters everywhere, because the escaped form means the
//! same. A test ensures that no other module of this crate writes to standard output or standard error.

mod annotation;
mod counts;
mod failure;
mod json;
#[cfg(feature = "gateway")]
mod log;
mod progress;
#[cfg(any(feature = "fetch", feature = "gateway"))]
mod stderr;
mod stream;

use std::fmt;
use std::io;
use std::process::ExitCode;

use clap::ValueEnum;
use dvkit_diagnostic::{Diagnostic, LineIndex, Severity, SourceLocation, render};

pub(crate) use annotation::{Annotation, Position};
pub(crate) use counts::{Counts, counted};
pub(crate) use failure::failure;
#[cfg(feature = "gateway")]
pub(crate) use log::{LogLevel, start_log};
pub(crate) use progress::ProgressBar;
#[cfg(feature = "fetch")]
pub(crate) use progress::ProgressBars;
#[cfg(feature = "fetch")]
pub(crate) use stderr::{ask, notice};
pub(crate) use stream::Color;
use stream::Stream;

/// The outcome of a command, which gives the exit status. The outcomes of several steps combine to the worst
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Clean,
    /// The input has errors.
    Findings,
    /// A part of the work could not be done.
    Failed,
    /// Ctrl-C left out a part of the work.
    Interrupted = 130,
    /// The system told the command to end, which left out a part of the work.
    Terminated = 143,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

impl Outcome {
    /// Returns the outcome for findings: [`Outcome::Findings`] if one of them is an error.
    pub(crate) fn of(diagnostics: &[Diagnostic]) -> Self {
        Self::at_least(diagnostics, Severity::Error)
    }

    /// Returns the outcome for findings: [`Outcome::Findings`] if one of them has the severity `least` or a
    /// worse one.
    pub(crate) fn at_least(diagnostics: &[Diagnostic], least: Severity) -> Self {
        if diagnostics.iter().any(|d| d.severity >= least) { Self::Findings } else { Self::Clean }
    }
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Text for people
    Text,
    /// JSON for programs, one object per line
    Json,
}

/// Standard output and standard error, locked for the whole run.
pub(crate) struct Screen {
    out: Stream,
    err: Stream,
    messages: Messages,
}

/// The stream on which diagnostics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Messages {
    /// Standard output, to which everything else is printed too.
    Stdout,
    /// Standard error, because standard output is for a result.
    Stderr,
}

impl Screen {
    pub(crate) fn new(color: Color, messages: Messages) -> Self {
        Self { out: Stream::out(color), err: Stream::err(color), messages }
    }

    /// Returns a screen without colour, for commands that never use colour.
    pub(crate) fn plain() -> Self {
        Self::new(Color::Never, Messages::Stdout)
    }

    /// Prints a message line on standard output.
    pub(crate) fn line(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.out.line(words)
    }

    /// Prints a line on standard output that begins with `name`, which is bold if colour is on.
    pub(crate) fn heading(&mut self, name: &dyn fmt::Display, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.out.heading(name, words)
    }

    /// Prints an empty line on standard output.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.out.literal("\n")
    }

    /// Prints a message of several lines on standard output. Line breaks are not escaped, so `text` must not
    /// contain line breaks from a file or from the service.
    pub(crate) fn lines(&mut self, text: &str) -> io::Result<()> {
        self.out.lines(text)
    }

    /// Prints a message line on the stream for diagnostics.
    pub(crate) fn message(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.messages().line(words)
    }

    /// Prints a bold line on the stream for diagnostics.
    pub(crate) fn message_heading(&mut self, name: &dyn fmt::Display) -> io::Result<()> {
        self.messages().heading(name, format_args!(""))
    }

    /// Prints the bold word `name`, and a query of one or more lines, on the stream for diagnostics.
    pub(crate) fn message_query(&mut self, name: &str, query: &str) -> io::Result<()> {
        self.messages().heading_lines(&name, query)
    }

    /// Prints a notice or note as a line on standard error.
    pub(crate) fn notice(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.out.flush()?;
        self.err.line(words)
    }

    /// Prints a query of several lines on standard error.
    pub(crate) fn notice_lines(&mut self, text: &str) -> io::Result<()> {
        self.out.flush()?;
        self.err.lines(text)?;
        self.err.literal("\n")
    }

    /// Prints a result and a line break on standard output. Unprintable characters are escaped on a terminal
    /// only.
    pub(crate) fn result(&mut self, text: &str) -> io::Result<()> {
        self.out.result(text)
    }

    /// Prints a diagnostic with carets, and an empty line. `source` is the text that its spans refer to, and
    /// `origin` says where this text begins in a file.
    pub(crate) fn diagnostic(
        &mut self,
        diagnostic: &Diagnostic,
        source: &LineIndex<'_>,
        origin: Option<SourceLocation<'_>>,
    ) -> io::Result<()> {
        let messages = self.messages();
        if messages.has_color() {
            messages.styled(&render::colored(diagnostic, source, origin))?;
        } else {
            let plain = diagnostic.display_in(source);
            let plain = origin.map_or(plain, |origin| plain.origin(origin));
            messages.lines(format_args!("{plain}"))?;
        }
        messages.literal("\n\n")
    }

    /// Prints a diagnostic like [`diagnostic`](Self::diagnostic), but the position in the file begins the
    /// message.
    pub(crate) fn source_diagnostic(
        &mut self,
        diagnostic: &Diagnostic,
        source: &LineIndex<'_>,
        origin: SourceLocation<'_>,
    ) -> io::Result<()> {
        let messages = self.messages();
        if messages.has_color() {
            messages.styled(&render::colored_position_first(diagnostic, source, origin))?;
        } else {
            messages.lines(format_args!("{}", diagnostic.display_in(source).position_first(origin)))?;
        }
        messages.literal("\n\n")
    }

    /// Prints an annotation for GitHub Actions.
    pub(crate) fn annotation(&mut self, annotation: &Annotation<'_>) -> io::Result<()> {
        self.out.annotation(annotation)
    }

    /// Writes `value` and a line break to standard output. Returns an error if the value cannot be
    /// serialised, or if the output cannot be written.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        self.out.json(value)?;
        Ok(self.out.literal("\n")?)
    }

    /// Prints a JSON document that `write` writes in parts, and a line break, on standard output. The writer
    /// that `write` gets accepts only JSON, and escapes it as [`json`](Self::json) does.
    pub(crate) fn document(
        &mut self,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.out.document(write)?;
        self.out.literal("\n")
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn messages(&mut self) -> &mut Stream {
        match self.messages {
            Messages::Stdout => &mut self.out,
            Messages::Stderr => &mut self.err,
        }
    }
}

/// Prints the parser's error about the command line, or the requested help. Everything in the text except
/// colours is escaped. Returns the outcome.
pub(crate) fn usage(error: &clap::Error) -> Outcome {
    let mut stream = if error.use_stderr() { Stream::err(Color::Auto) } else { Stream::out(Color::Auto) };
    let text = error.render();
    let text = if stream.has_color() { text.ansi().to_string() } else { text.to_string() };
    let written = stream.styled(&text).and_then(|()| stream.flush());
    // Whoever has stopped reading has seen enough, and a message that cannot be printed has failed anyway.
    let is_lost = written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    if error.use_stderr() || is_lost { Outcome::Failed } else { Outcome::Clean }
}

#[cfg(test)]
mod tests {
    use dvkit_diagnostic::{Span, code};

    use super::*;

    #[test]
    fn the_outcome_is_that_of_the_worst_finding_and_step() {
        let finding = |severity| Diagnostic { severity, ..Diagnostic::error(code::EMPTY, Span::at(0), "a") };
        let all = [Severity::Note, Severity::Warning, Severity::Error];
        for (n, severity) in all.iter().enumerate() {
            for (m, least) in all.iter().enumerate() {
                let outcome = Outcome::at_least(&[finding(Severity::Note), finding(*severity)], *least);
                let expected = if n >= m || m == 0 { Outcome::Findings } else { Outcome::Clean };
                assert_eq!(outcome, expected, "{severity:?} {least:?}");
            }
            let is_error = *severity == Severity::Error;
            assert_eq!(Outcome::of(&[finding(*severity)]) == Outcome::Findings, is_error, "{severity:?}");
        }
        assert_eq!(Outcome::at_least(&[], Severity::Note), Outcome::Clean);
        let steps =
            [Outcome::Clean, Outcome::Findings, Outcome::Failed, Outcome::Interrupted, Outcome::Terminated];
        assert!(steps.is_sorted());
        assert_eq!(steps.map(|outcome| outcome as u8), [0, 1, 2, 130, 143]);
    }
}
