//! How findings are told: to people, to programs, to code scanning, to GitHub.

mod github;
mod json;
mod position;
mod sarif;
mod text;

use anyhow::Result;
use clap::ValueEnum;
use dvkit_diagnostic::{Diagnostic, SourceLocation};

use crate::input::Text;
use crate::output::{Screen, Tally};

/// `--format` of `check`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: JSON, one line each
    Json,
    /// For code scanning: one SARIF 2.1.0 document
    Sarif,
    /// For GitHub Actions: annotations
    Github,
}

/// Where a query stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In no file: an argument, or a line of standard input. What it is called, where there are several.
    Given(Option<String>),
    /// One or several lines of a file.
    Line {
        /// As it was given.
        file: String,
        /// The number of the first one, from one.
        number: usize,
        /// UTF-16 code units of the file before them.
        offset: usize,
    },
}

impl Place {
    /// The file and the line, for carets.
    pub(crate) fn origin(&self) -> Option<SourceLocation<'_>> {
        match self {
            Self::Given(_) => None,
            Self::Line { file, number, .. } => Some(SourceLocation { path: file, line: *number }),
        }
    }

    /// In words: `line 3`, `queries/a.odata:3`; nothing for the only query there is.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Given(name) => name.clone(),
            Self::Line { file, number, .. } => Some(format!("{file}:{number}")),
        }
    }
}

/// What is told of one query.
pub(crate) struct Answer<'a> {
    pub(crate) place: &'a Place,
    /// Which query of the run it is, from one.
    pub(crate) id: usize,
    /// What was asked about; nothing where it did not come to that, because the name of the table is wrong.
    pub(crate) text: Option<Text<'a>>,
    pub(crate) table: Option<&'a str>,
    pub(crate) parsed: bool,
    /// Is it right as it is, whatever is reported?
    pub(crate) ok: bool,
    /// What is reported, with spans into the text (or the name of the table).
    pub(crate) diagnostics: &'a [Diagnostic],
    /// The same with spans into `source`.
    pub(crate) located: &'a [Diagnostic],
    /// The text as a reader sees it: the lines of the file, or the query.
    pub(crate) source: &'a str,
    pub(crate) rewritten: Option<&'a str>,
    /// Everything that was found, reported or not.
    pub(crate) tally: Tally,
}

/// A run in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) queries: usize,
    /// Queries with findings that count for the exit status.
    pub(crate) wrong: usize,
    pub(crate) files: usize,
    /// Queries that were put right in their files.
    pub(crate) fixed: usize,
    pub(crate) tally: Tally,
}

/// One way of telling.
pub(crate) trait Report {
    /// Tells what was found in one query.
    fn answer(&mut self, screen: &mut Screen, answer: &Answer<'_>) -> Result<()>;
    /// Tells that a query could not be looked at.
    fn unusable(&mut self, screen: &mut Screen, id: usize, place: &Place, why: &str) -> Result<()>;
    /// Ends the run.
    fn finish(&mut self, screen: &mut Screen, totals: &Totals) -> Result<()>;
}

/// The report that was asked for.
pub(crate) fn report(format: Format, style: text::Style) -> Box<dyn Report> {
    match format {
        Format::Text => Box::new(text::Words::new(style)),
        Format::Json => Box::new(json::Lines),
        Format::Sarif => Box::new(sarif::Scan::new()),
        Format::Github => Box::new(github::Annotations),
    }
}

pub(crate) use position::{At, Located};
pub(crate) use text::Style;
