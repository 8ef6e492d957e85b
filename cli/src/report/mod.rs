//! Reports of findings, in text, JSON, SARIF and GitHub annotations.

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

/// The result of checking one query, as input of a report.
pub(crate) struct CheckResult<'a> {
    pub(crate) origin: &'a QueryOrigin,
    /// The number of the query in the run, from 1.
    pub(crate) id: usize,
    /// The query; `None` if it was not checked, because its table name is wrong.
    pub(crate) text: Option<QueryForm<'a>>,
    pub(crate) table: Option<&'a str>,
    pub(crate) parsed: bool,
    /// Whether the query is right as written, apart from what is reported.
    pub(crate) ok: bool,
    /// The reported findings, with spans into the text or the table name.
    pub(crate) diagnostics: &'a [Diagnostic],
    /// The reported findings, with spans into `source`.
    pub(crate) located: &'a [Diagnostic],
    /// The source text that carets refer to: the lines of the file, or the query.
    pub(crate) source: &'a str,
    pub(crate) rewritten: Option<&'a str>,
    /// The numbers of all findings, reported or not.
    pub(crate) counts: Counts,
}

/// The totals of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) queries: usize,
    /// The number of queries with findings that count for the exit status.
    pub(crate) wrong: usize,
    pub(crate) files: usize,
    /// The number of queries fixed in their files.
    pub(crate) fixed: usize,
    pub(crate) counts: Counts,
}

/// A report format.
pub(crate) trait Report {
    /// Reports the findings of one query.
    fn result(&mut self, screen: &mut Screen, result: &CheckResult<'_>) -> Result<()>;
    /// Reports that a query could not be checked.
    fn unusable(&mut self, screen: &mut Screen, id: usize, origin: &QueryOrigin, why: &str) -> Result<()>;
    /// Ends the report.
    fn finish(&mut self, screen: &mut Screen, totals: &Totals) -> Result<()>;
}

/// Creates the report of a format.
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
