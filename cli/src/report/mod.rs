//! Reports the findings of `check`, as text, JSON, SARIF or GitHub annotations.

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
use dvkit_ide::tree::CheckedText;

use crate::output::{Counts, Screen};

/// `--format` of `check`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Text for people
    Text,
    /// JSON for programs, one object per line
    Json,
    /// One SARIF 2.1.0 document for code scanning
    Sarif,
    /// Annotations for GitHub Actions
    Github,
}

/// The result of checking one query, as a report gets it.
pub(crate) struct CheckResult<'a> {
    pub(crate) origin: &'a QueryOrigin,
    /// The number of the query in the run, counted from 1.
    pub(crate) id: usize,
    /// The query; `None` if the query was not checked, because the name of its table is wrong.
    pub(crate) text: Option<QueryForm<'a>>,
    pub(crate) table: Option<&'a str>,
    pub(crate) parsed: bool,
    /// Whether the query has no errors as it was written.
    pub(crate) ok: bool,
    /// The findings to report, with spans into the query's text, or into the name of its table if `text` is
    /// `None`.
    pub(crate) diagnostics: &'a [Diagnostic],
    /// The findings to report, with spans into `source`.
    pub(crate) located: &'a [Diagnostic],
    /// The text that is shown with carets: the lines of the file, or the query.
    pub(crate) source: &'a str,
    pub(crate) rewritten: Option<&'a str>,
    /// The numbers of all findings, including those that are not reported.
    pub(crate) counts: Counts,
    /// For each finding to report the organisations for which it holds; empty if it holds for all.
    pub(crate) orgs: &'a [Vec<String>],
    /// The text in its file with what is known about it; `None` if it is not in a source file.
    pub(crate) in_source: Option<&'a CheckedText>,
}

/// The totals of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) queries: usize,
    /// The number of results that were reported: those of queries, and those of comments.
    pub(crate) results: usize,
    /// The number of queries with findings that count for the exit status.
    pub(crate) wrong: usize,
    pub(crate) files: usize,
    /// The number of queries that were fixed in their files.
    pub(crate) fixed: usize,
    pub(crate) counts: Counts,
    /// The number of source files that were read, with or without queries.
    pub(crate) sources: usize,
    /// The number of queries without findings that count, of which a part was not checked.
    pub(crate) partly: usize,
    /// The number of texts in source files that were not checked. They are not among the queries.
    pub(crate) skipped: usize,
    /// The number of wrong queries in files that have a fix.
    pub(crate) fixable: usize,
    /// The number of comments that ignore findings and are wrong themselves. They are not among the queries.
    pub(crate) wrong_comments: usize,
    /// The number of findings that comments ignore.
    pub(crate) ignored: usize,
    /// The number of findings that are accepted.
    pub(crate) accepted: usize,
}

/// A report in one of the formats. Queries are reported one after the other.
pub(crate) trait Report {
    /// Reports the findings of one query. Returns an error if the report cannot be written, as all methods of
    /// this trait do.
    fn result(&mut self, screen: &mut Screen, result: &CheckResult<'_>) -> Result<()>;
    /// Reports that a query could not be checked. `id` is its number in the run, and `why` the reason.
    fn unusable(&mut self, screen: &mut Screen, id: usize, origin: &QueryOrigin, why: &str) -> Result<()>;
    /// Reports that a text of a source file was not checked. `why` is the
    /// reason. Only reports for programs mention it.
    fn skipped(
        &mut self,
        screen: &mut Screen,
        origin: &QueryOrigin,
        text: &CheckedText,
        why: &str,
    ) -> Result<()> {
        let _ = (screen, origin, text, why);
        Ok(())
    }
    /// Ends the report, with the totals of the run.
    fn finish(&mut self, screen: &mut Screen, totals: &Totals) -> Result<()>;
}

/// Returns an empty report in the format `format`.
pub(crate) fn report(format: ReportFormat, mode: CheckMode) -> Box<dyn Report> {
    match format {
        ReportFormat::Text => Box::new(text::TextReport::new(mode)),
        ReportFormat::Json => Box::new(json::JsonReport),
        ReportFormat::Sarif => Box::new(sarif::SarifReport::new()),
        ReportFormat::Github => Box::new(github::GithubReport),
    }
}

pub(crate) use json::ListedText;
pub(crate) use origin::QueryOrigin;
pub(crate) use position::{FileLine, LocatedDiagnostic};
pub(crate) use text::CheckMode;
