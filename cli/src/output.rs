//! What goes to the screen, and the only way there: exit status, colour, diagnostics with carets, words and results.
//!
//! Labels, names, queries and answers of servers come from others, and so may do nothing but show themselves. [`Screen`]
//! hands out no writer. *Words* ([`line`](Screen::line), [`message`](Screen::message), [`notice`](Screen::notice)) are
//! lines of ours in which everything that is not printable is escaped, line breaks too, so that no name begins a line.
//! A *result* ([`result`](Screen::result)) is what a program asked for: on a pipe or in a file its bytes are as they are,
//! on a terminal they are escaped. JSON escapes what acts wherever it goes, because it means the same. A test sees to it
//! that nothing else of this crate writes to standard output or standard error.

mod annotation;
mod counts;
mod failure;
mod json;
mod progress;
#[cfg(feature = "fetch")]
mod stderr;
mod stream;

use std::fmt;
use std::io;
use std::process::ExitCode;

use clap::ValueEnum;
use dvkit_diagnostic::{Diagnostic, LineIndex, SourceLocation, render};

pub(crate) use annotation::{Annotation, Position};
pub(crate) use counts::{Counts, counted};
pub(crate) use failure::failure;
pub(crate) use progress::ProgressBar;
#[cfg(feature = "fetch")]
pub(crate) use progress::ProgressBars;
#[cfg(feature = "fetch")]
pub(crate) use stderr::{ask, notice};
pub(crate) use stream::Color;
use stream::Stream;

/// How it went; the worse wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Clean,
    /// Something is wrong with what was given.
    Findings,
    /// Part of it could not be done at all.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

impl Outcome {
    pub(crate) fn of(diagnostics: &[Diagnostic]) -> Self {
        if diagnostics.iter().any(Diagnostic::is_error) { Self::Findings } else { Self::Clean }
    }
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Text,
    /// For programs: JSON, one line each
    Json,
}

/// Standard output and standard error, locked for the whole run.
pub(crate) struct Screen {
    out: Stream,
    err: Stream,
    messages: Messages,
}

/// Where diagnostics go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Messages {
    /// With everything else.
    Stdout,
    /// Aside, because standard output is for a result that is piped on.
    Stderr,
}

impl Screen {
    pub(crate) fn new(color: Color, messages: Messages) -> Self {
        Self { out: Stream::out(color), err: Stream::err(color), messages }
    }

    /// Without colour, for output that never has any.
    pub(crate) fn plain() -> Self {
        Self::new(Color::Never, Messages::Stdout)
    }

    /// One line of words on standard output.
    pub(crate) fn line(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.out.line(words)
    }

    /// A line on standard output that begins with a name, which is bold where there is colour.
    pub(crate) fn heading(&mut self, name: &dyn fmt::Display, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.out.heading(name, words)
    }

    /// An empty line on standard output.
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.out.literal("\n")
    }

    /// Words of several lines on standard output. Whoever puts them together sees to it that the line breaks in them are
    /// his own.
    pub(crate) fn lines(&mut self, text: &str) -> io::Result<()> {
        self.out.lines(text)
    }

    /// One line of words where diagnostics go.
    pub(crate) fn message(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.messages().line(words)
    }

    /// A bold line where diagnostics go.
    pub(crate) fn message_heading(&mut self, name: &dyn fmt::Display) -> io::Result<()> {
        self.messages().heading(name, format_args!(""))
    }

    /// A bold word where diagnostics go, and after it a query, which may have several lines.
    pub(crate) fn message_query(&mut self, name: &str, query: &str) -> io::Result<()> {
        self.messages().heading_lines(&name, query)
    }

    /// One line of words beside the output, on standard error: notices and notes.
    pub(crate) fn notice(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.out.flush()?;
        self.err.line(words)
    }

    /// A query of several lines beside the output.
    pub(crate) fn notice_lines(&mut self, text: &str) -> io::Result<()> {
        self.out.flush()?;
        self.err.lines(text)?;
        self.err.literal("\n")
    }

    /// What was asked for, and a line break: on a terminal what acts is escaped, elsewhere it stays as it is.
    pub(crate) fn result(&mut self, text: &str) -> io::Result<()> {
        self.out.result(text)
    }

    /// One diagnostic with its carets, and an empty line; `origin` is where `source` stands in a file.
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

    /// An annotation for GitHub Actions.
    pub(crate) fn annotation(&mut self, annotation: &Annotation<'_>) -> io::Result<()> {
        self.out.annotation(annotation)
    }

    /// Writes `value` and a line break to standard output.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        self.out.json(value)?;
        Ok(self.out.literal("\n")?)
    }

    /// Writes a JSON document that is made piece by piece, and a line break, to standard output. The writer takes JSON alone,
    /// and escapes it as [`json`](Self::json) does.
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

/// Tells what is wrong with the command line, or shows the help that was asked for. The text is that of the argument
/// parser, and everything in it that is not a colour is escaped.
pub(crate) fn usage(error: &clap::Error) -> Outcome {
    let mut stream = if error.use_stderr() { Stream::err(Color::Auto) } else { Stream::out(Color::Auto) };
    let text = error.render();
    let text = if stream.has_color() { text.ansi().to_string() } else { text.to_string() };
    // As above.
    let _ = stream.styled(&text).and_then(|()| stream.flush());
    if error.use_stderr() { Outcome::Failed } else { Outcome::Clean }
}
