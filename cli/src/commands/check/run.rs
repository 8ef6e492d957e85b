//! Runs `check` over all its inputs (arguments, standard input, files), reports the findings, and counts
//! them.

use std::io::{self, IsTerminal as _};

use anyhow::{Result, bail};
use dvkit_diagnostic::{Diagnostic, Severity, printable};
use dvkit_ide::document::QueryItem;
use dvkit_ide::embedded::Coverage;
use dvkit_ide::inputs::Input;
use dvkit_ide::tree::{CheckedText, OrgWorkspace, TreeCheck};
use dvkit_ide::{Diagnosis, Findings, QueryForm, no_table};

use super::diff::unified;
use super::files::{FileOptions, SeenFiles};
use crate::inputs::each_of_stdin;
use crate::interrupt;
use crate::output::{Counts, Outcome, Screen};
use crate::query_args::WHICH_TABLE;
use crate::report::{CheckMode, CheckResult, QueryOrigin, Report, Totals};

/// The state of a `check` run.
pub(super) struct CheckRun<'a> {
    pub(super) check: &'a TreeCheck,
    pub(super) screen: &'a mut Screen,
    pub(super) report: Box<dyn Report>,
    pub(super) mode: CheckMode,
    least_severity: Severity,
    pub(super) totals: Totals,
    /// Whether `--fix` would change something. It is set only with `--diff`.
    pub(super) pending: bool,
    pub(super) files: FileOptions,
    pub(super) seen: SeenFiles,
}

impl<'a> CheckRun<'a> {
    pub(super) fn new(
        check: &'a TreeCheck,
        screen: &'a mut Screen,
        report: Box<dyn Report>,
        mode: CheckMode,
        least_severity: Severity,
        files: FileOptions,
    ) -> Self {
        let totals = Totals::default();
        let seen = SeenFiles::default();
        Self { check, screen, report, mode, least_severity, totals, pending: false, files, seen }
    }

    /// Checks the queries of all inputs. Returns an error if an input or the schema cannot be read, or if a
    /// file or the output cannot be written. Findings are no errors.
    pub(super) fn all(mut self, inputs: &[Input]) -> Result<Outcome> {
        // A wrong default table is reported once, before any input is read.
        for OrgWorkspace { workspace, .. } in self.check.orgs() {
            if let Some(name) = &workspace.settings.table
                && workspace.schemas.has_default()
                && let Err(diagnostic) = name.find(workspace.store(None)?)
            {
                let diagnostics = vec![*diagnostic];
                let findings = Findings {
                    is_checked: false,
                    table: None,
                    parsed: false,
                    located: diagnostics.clone(),
                    diagnostics,
                    rewritten: None,
                };
                self.report_findings(&QueryOrigin::Given(None), None, name.as_str(), &findings, None)?;
                return self.finish();
            }
        }
        for input in inputs {
            if interrupt::cancelled().is_some() {
                break;
            }
            match input {
                Input::File(path) => self.query_file(path)?,
                Input::Tree(path) => self.tree(path)?,
                Input::Stdin => self.stdin()?,
                Input::Text(text, number) => {
                    self.one(&QueryItem::given(text), &QueryOrigin::argument(*number))?;
                }
            }
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Outcome> {
        // What an interrupted run did not see is not known to be gone.
        let status = interrupt::cancelled();
        if status.is_none() {
            self.finish_files()?;
        }
        match self.files.list {
            Some(format) => self.finish_list(format)?,
            None => self.report.finish(self.screen, &self.totals)?,
        }
        self.screen.flush()?;
        match status {
            Some(143) => return Ok(Outcome::Terminated),
            Some(_) => return Ok(Outcome::Interrupted),
            None => {}
        }
        let is_wrong = self.totals.wrong > 0 || self.totals.wrong_comments > 0;
        Ok(if is_wrong || self.pending { Outcome::Findings } else { Outcome::Clean })
    }

    fn stdin(&mut self) -> Result<()> {
        if io::stdin().is_terminal() {
            self.screen.notice(format_args!(
                "reading queries; an empty line ends one, Ctrl-D the input (Ctrl-Z on Windows)"
            ))?;
        }
        each_of_stdin(self, |run| run.screen, |run, item| run.one(item, &QueryOrigin::stdin(item)))
    }

    /// Checks a query that is not in a file. With `--fix` or `--diff`, prints the corrected query or the
    /// diff. The errors are those of [`diagnosis`](Self::diagnosis).
    fn one(&mut self, item: &QueryItem<'_>, origin: &QueryOrigin) -> Result<()> {
        let mut text = self.check.item(item)?;
        let Some(right) = self.diagnosis(origin, &mut text)? else { return Ok(()) };
        let Ok(entry) = &item.entry else { return Ok(()) };
        let name = origin.name().unwrap_or_else(|| "query".to_owned());
        let (given, right) = (item.written(), item.replaced(entry, &right));
        if self.mode.diff && right != given {
            self.diff(&name, &format!("{given}\n"), &format!("{right}\n"))?;
        } else if self.mode.fix && !self.mode.diff {
            self.screen.result(&right)?;
        }
        Ok(())
    }

    /// Reports the result of checking the query `text`. Returns the query with all fixes; `None` if it was
    /// not checked or if a fix is not certain. Returns an error if a query given on the command line cannot
    /// be checked, or if the report cannot be written.
    pub(super) fn diagnosis(
        &mut self,
        origin: &QueryOrigin,
        text: &mut CheckedText,
    ) -> Result<Option<String>> {
        text.name_orgs();
        let findings = match &text.diagnosis {
            Diagnosis::Findings(findings) => findings,
            Diagnosis::Unusable(why) => {
                let has_org = self.check.orgs().iter().all(|org| org.workspace.schemas.has_default());
                let is_query = text.query().is_some();
                if !has_org && !text.is_object && is_query && matches!(origin, QueryOrigin::Given(_)) {
                    bail!("{why}");
                }
                self.unusable(origin, why)?;
                return Ok(None);
            }
            Diagnosis::NoTable => {
                if matches!(origin, QueryOrigin::Given(_)) && !text.is_object {
                    bail!("{WHICH_TABLE}");
                }
                let why = no_table(text.is_object);
                self.unusable(origin, why)?;
                return Ok(None);
            }
        };
        let query = text.query().filter(|_| findings.is_checked);
        self.report_findings(origin, query, &text.source, findings, Some(text))?;
        Ok(findings.rewritten.clone())
    }

    /// Counts the findings of a query, and reports those that the flags select. `query` is the query, and
    /// `None` if it was not checked. `source` is the text to which the located spans refer. `text` has what
    /// else is known about the query.
    fn report_findings(
        &mut self,
        origin: &QueryOrigin,
        query: Option<QueryForm<'_>>,
        source: &str,
        findings: &Findings,
        text: Option<&CheckedText>,
    ) -> Result<()> {
        let counts = Counts::of(&findings.diagnostics);
        let is_wrong = Outcome::at_least(&findings.diagnostics, self.least_severity) != Outcome::Clean;
        self.totals.counts.add(counts);
        self.totals.results += 1;
        if text.is_some_and(|text| text.is_comment) {
            // A comment is not a query.
            self.totals.wrong_comments += usize::from(is_wrong);
        } else {
            self.totals.queries += 1;
            self.totals.wrong += usize::from(is_wrong);
            let is_partly = text.is_some_and(|text| matches!(text.coverage, Coverage::Partly(_)));
            self.totals.partly += usize::from(is_partly && !is_wrong);
            let has_fix = text.is_some_and(|text| {
                if text.is_source { !text.edits.is_empty() } else { findings.rewritten.is_some() }
            });
            self.totals.fixable += usize::from(is_wrong && has_fix);
        }
        let is_reported = |d: &Diagnostic| !self.mode.quiet || d.is_error();
        let reported =
            |all: &[Diagnostic]| all.iter().filter(|d| is_reported(d)).cloned().collect::<Vec<_>>();
        let orgs = text.map_or(&[][..], |text| &text.orgs).iter().zip(&findings.diagnostics);
        let orgs: Vec<Vec<String>> =
            orgs.filter(|(_, d)| is_reported(d)).map(|(orgs, _)| orgs.clone()).collect();
        let result = CheckResult {
            origin,
            id: self.totals.results,
            text: query,
            table: findings.table.as_deref(),
            parsed: findings.parsed,
            ok: Outcome::of(&findings.diagnostics) == Outcome::Clean,
            diagnostics: &reported(&findings.diagnostics),
            located: &reported(&findings.located),
            source,
            rewritten: findings.rewritten.as_deref(),
            counts,
            orgs: &orgs,
            in_source: text.filter(|text| text.is_source || text.is_comment),
        };
        self.report.result(self.screen, &result)
    }

    /// Reports that a query could not be checked. `why` is the reason.
    fn unusable(&mut self, origin: &QueryOrigin, why: &str) -> Result<()> {
        self.totals.queries += 1;
        self.totals.wrong += 1;
        self.totals.results += 1;
        self.report.unusable(self.screen, self.totals.results, origin, why)
    }

    /// Prints the change from `old` to `new` as a diff. `name` is the file name in its header.
    pub(super) fn diff(&mut self, name: &str, old: &str, new: &str) -> Result<()> {
        self.pending = true;
        // The name is escaped, because a line break in a file name would break the diff.
        let name = printable::line(name).to_string();
        let text = unified(&name, old, new);
        match text.strip_suffix('\n').unwrap_or(&text) {
            "" => Ok(()),
            lines => Ok(self.screen.result(lines)?),
        }
    }
}
