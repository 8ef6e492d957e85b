//! Reports of findings: for people, for programs, for code scanning, for GitHub.

mod github;
mod json;
mod origin;
mod position;
mod sarif;
mod text;

use anyhow::Result;
use clap::ValueEnum;
use dvkit_diagnostic::Diagnostic;
use dvkit_ide::QueryForm;

use crate::output::{Counts, Screen};

/// `--format` of `check`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// For programs: JSON, one line each
    Json,
    /// For code scanning: one SARIF 2.1.0 document
    Sarif,
    /// For GitHub Actions: annotations
    Github,
}

/// The result of one query's check, as a report shows it.
pub(crate) struct CheckResult<'a> {
    pub(crate) origin: &'a QueryOrigin,
    /// Which query of the run it is, from one.
    pub(crate) id: usize,
    /// The query; none where it was not checked, because the name of its table is wrong.
    pub(crate) text: Option<QueryForm<'a>>,
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
    pub(crate) counts: Counts,
}

/// The numbers of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) queries: usize,
    /// Queries with findings that count for the exit status.
    pub(crate) wrong: usize,
    pub(crate) files: usize,
    /// Queries that were put right in their files.
    pub(crate) fixed: usize,
    pub(crate) counts: Counts,
}

/// A format of reports.
pub(crate) trait Report {
    /// Reports the findings of one query.
    fn result(&mut self, screen: &mut Screen, result: &CheckResult<'_>) -> Result<()>;
    /// Reports that a query could not be checked.
    fn unusable(&mut self, screen: &mut Screen, id: usize, origin: &QueryOrigin, why: &str) -> Result<()>;
    /// Ends the report.
    fn finish(&mut self, screen: &mut Screen, totals: &Totals) -> Result<()>;
}

/// Returns the report of a format.
pub(crate) fn report(format: ReportFormat, mode: CheckMode) -> Box<dyn Report> {
    match format {
        ReportFormat::Text => Box::new(text::TextReport::new(mode)),
        ReportFormat::Json => Box::new(json::JsonReport),
        ReportFormat::Sarif => Box::new(sarif::SarifReport::new()),
        ReportFormat::Github => Box::new(github::GithubReport),
    }
}

pub(crate) use origin::QueryOrigin;
pub(crate) use position::{FileLine, LocatedDiagnostic};
pub(crate) use text::CheckMode;
