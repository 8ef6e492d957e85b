//! What goes to the screen: exit status, colour, diagnostics with carets, the summary.

use std::io::{self, BufWriter, StderrLock, StdoutLock, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use dvkit_diagnostic::{Diagnostic, LineIndex, Origin, Severity, render};

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
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: JSON, one line each
    Json,
}

/// `--color`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Standard output and standard error, locked for the whole run.
pub(crate) struct Screen {
    out: BufWriter<AutoStream<StdoutLock<'static>>>,
    err: AutoStream<StderrLock<'static>>,
    color: bool,
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
        let (out, err) = (io::stdout().lock(), io::stderr().lock());
        let choice = |auto: ColorChoice| match color {
            Color::Auto => auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let out_choice = choice(AutoStream::choice(&out));
        let err_choice = choice(AutoStream::choice(&err));
        let shown = if messages == Messages::Stdout { out_choice } else { err_choice };
        Self {
            out: BufWriter::new(AutoStream::new(out, out_choice)),
            err: AutoStream::new(err, err_choice),
            color: shown != ColorChoice::Never,
            messages,
        }
    }

    /// Without colour, for output that never has any.
    pub(crate) fn plain() -> Self {
        Self::new(Color::Never, Messages::Stdout)
    }

    /// Standard output.
    pub(crate) fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Where diagnostics go.
    pub(crate) fn messages(&mut self) -> &mut dyn Write {
        match self.messages {
            Messages::Stdout => &mut self.out,
            Messages::Stderr => &mut self.err,
        }
    }

    /// A line beside the output, on standard error: notices and notes.
    pub(crate) fn aside(&mut self, line: &str) -> io::Result<()> {
        self.out.flush()?;
        writeln!(self.err, "{line}")
    }

    /// One diagnostic with its carets, and an empty line; `origin` is where `source` stands in a file.
    pub(crate) fn diagnostic(
        &mut self,
        diagnostic: &Diagnostic,
        source: &LineIndex<'_>,
        origin: Option<Origin<'_>>,
    ) -> io::Result<()> {
        if self.color {
            let text = render::colored(diagnostic, source, origin);
            return writeln!(self.messages(), "{text}\n");
        }
        let plain = diagnostic.display_in(source);
        let plain = origin.map_or(plain, |origin| plain.origin(origin));
        writeln!(self.messages(), "{plain}\n")
    }

    /// `text`, bold where there is colour.
    pub(crate) fn bold(&self, text: &str) -> String {
        if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes `value` and a line break to standard output.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        Ok(self.out.write_all(b"\n")?)
    }
}

/// Findings counted, over one query or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    errors: usize,
    warnings: usize,
    notes: usize,
    fixable: usize,
}

impl Tally {
    pub(crate) fn of(diagnostics: &[Diagnostic]) -> Self {
        let count = |s: Severity| diagnostics.iter().filter(|d| d.severity == s).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            fixable: diagnostics.iter().filter(|d| d.fix().is_some()).count(),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
        self.fixable += other.fixable;
    }

    /// Is there anything that can be put right without asking?
    pub(crate) fn can_fix(self) -> bool {
        self.fixable > 0
    }

    fn total(self) -> usize {
        self.errors + self.warnings + self.notes
    }

    /// `2 errors, 1 warning`
    pub(crate) fn counts(self) -> String {
        let parts = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, w)| counted(*n, w)).collect();
        parts.join(", ")
    }

    /// `every one has a fix`: how many can be put right without asking.
    pub(crate) fn fixes(self) -> String {
        match (self.fixable, self.total()) {
            (0, 1) => "it has no certain fix".to_owned(),
            (0, _) => "none has a certain fix".to_owned(),
            (1, 1) => "it has a fix".to_owned(),
            (f, t) if f == t => "every one has a fix".to_owned(),
            (f, t) => format!("{f} of {t} have a fix"),
        }
    }
}

/// `1 table`, `2 tables`
pub(crate) fn counted(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dvkit_diagnostic::{Span, Suggestion, code};

    #[test]
    fn findings_are_counted_in_words() {
        let at = Span::at(0);
        let fixed = Diagnostic::error(code::EMPTY, at, "a").suggest(Suggestion::fix("b", at, "c"));
        let warning = Diagnostic::warning(code::EMPTY, at, "a");
        let of = |d: &[Diagnostic]| {
            let tally = Tally::of(d);
            format!("{}; {}", tally.counts(), tally.fixes())
        };
        assert_eq!(of(&[fixed.clone(), fixed.clone()]), "2 errors; every one has a fix");
        assert_eq!(of(&[fixed.clone(), warning.clone()]), "1 error, 1 warning; 1 of 2 have a fix");
        assert_eq!(of(std::slice::from_ref(&fixed)), "1 error; it has a fix");
        assert_eq!(of(std::slice::from_ref(&warning)), "1 warning; it has no certain fix");
        assert_eq!(Outcome::of(&[warning]), Outcome::Clean);
        assert_eq!(Outcome::of(&[fixed]), Outcome::Findings);
    }
}
