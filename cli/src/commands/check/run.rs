//! Runs `check` over all its inputs (arguments, standard input, files), reports the findings, and counts
//! them.

use std::io::{self, IsTerminal as _};

use anyhow::{Result, bail};
use dvkit_diagnostic::{Diagnostic, Severity, printable};
use dvkit_ide::document::QueryItem;
use dvkit_ide::inputs::Input;
use dvkit_ide::{Diagnosis, Findings, QueryForm, Workspace};

use super::diff::unified;
use crate::inputs::each_of_stdin;
use crate::output::{Counts, Outcome, Screen};
use crate::query_args::WHICH_TABLE;
use crate::report::{CheckMode, CheckResult, QueryOrigin, Report, Totals};

/// The state of a `check` run.
pub(super) struct CheckRun<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) screen: &'a mut Screen,
    pub(super) report: Box<dyn Report>,
    pub(super) mode: CheckMode,
    least_severity: Severity,
    pub(super) totals: Totals,
    /// Whether `--fix` would change something. It is set only with `--diff`.
    pub(super) pending: bool,
}

impl<'a> CheckRun<'a> {
    pub(super) fn new(
        workspace: &'a Workspace,
        screen: &'a mut Screen,
        report: Box<dyn Report>,
        mode: CheckMode,
        least_severity: Severity,
    ) -> Self {
        Self { workspace, screen, report, mode, least_severity, totals: Totals::default(), pending: false }
    }

    /// Checks the queries of all inputs. Returns an error if an input or the schema cannot be read, or if a
    /// file or the output cannot be written. Findings are no errors.
    pub(super) fn all(mut self, inputs: &[Input]) -> Result<Outcome> {
        // A wrong default table is reported once, before any input is read.
        if let Some(name) = &self.workspace.settings.table
            && self.workspace.schemas.has_default()
            && let Err(diagnostic) = name.find(self.workspace.store(None)?)
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
            self.report_findings(&QueryOrigin::Given(None), None, name.as_str(), &findings)?;
            return self.finish();
        }
        for input in inputs {
            match input {
                Input::File(path) => self.file(path)?,
                Input::Stdin => self.stdin()?,
                Input::Text(text, number) => {
                    self.one(&QueryItem::given(text), &QueryOrigin::argument(*number))?;
                }
            }
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Outcome> {
        self.report.finish(self.screen, &self.totals)?;
        self.screen.flush()?;
        Ok(if self.totals.wrong > 0 || self.pending { Outcome::Findings } else { Outcome::Clean })
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
        let Some(right) = self.diagnosis(origin, item, self.workspace.diagnose_item(item)?)? else {
            return Ok(());
        };
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

    /// Reports the result of checking the query `item`. Returns the query with all fixes; `None` if it was
    /// not checked or if a fix is not certain. Returns an error if a query given on the command line cannot
    /// be checked, or if the report cannot be written.
    pub(super) fn diagnosis(
        &mut self,
        origin: &QueryOrigin,
        item: &QueryItem<'_>,
        diagnosis: Diagnosis,
    ) -> Result<Option<String>> {
        let is_object = item.entry.as_ref().is_ok_and(|entry| entry.request.is_some());
        let findings = match diagnosis {
            Diagnosis::Findings(findings) => findings,
            Diagnosis::Unusable(why) => {
                let has_org = self.workspace.schemas.has_default();
                if !has_org && !is_object && item.entry.is_ok() && matches!(origin, QueryOrigin::Given(_)) {
                    bail!("{why}");
                }
                self.unusable(origin, &why)?;
                return Ok(None);
            }
            Diagnosis::NoTable => {
                let why = match origin {
                    _ if is_object => "no `table` and no `entity_set`",
                    QueryOrigin::Given(_) => bail!("{WHICH_TABLE}"),
                    QueryOrigin::Line { .. } => {
                        "which table is this about? give `--table contact`, or write `contacts?$filter=…` or \
                         `{\"table\":\"contact\",\"filter\":\"…\"}`"
                    }
                };
                self.unusable(origin, why)?;
                return Ok(None);
            }
        };
        let text = match &item.entry {
            Ok(entry) if findings.is_checked => Some(entry.text()),
            _ => None,
        };
        self.report_findings(origin, text, item.lines, &findings)?;
        Ok(findings.rewritten)
    }

    /// Counts the findings of a query, and reports those that the flags select. `text` is the query, and
    /// `None` if it was not checked. `source` is the text to which the located spans refer.
    fn report_findings(
        &mut self,
        origin: &QueryOrigin,
        text: Option<QueryForm<'_>>,
        source: &str,
        findings: &Findings,
    ) -> Result<()> {
        let counts = Counts::of(&findings.diagnostics);
        self.totals.queries += 1;
        self.totals.wrong +=
            usize::from(Outcome::at_least(&findings.diagnostics, self.least_severity) != Outcome::Clean);
        self.totals.counts.add(counts);
        let reported = |all: &[Diagnostic]| -> Vec<Diagnostic> {
            all.iter().filter(|d| !self.mode.quiet || d.is_error()).cloned().collect()
        };
        let result = CheckResult {
            origin,
            id: self.totals.queries,
            text,
            table: findings.table.as_deref(),
            parsed: findings.parsed,
            ok: Outcome::of(&findings.diagnostics) == Outcome::Clean,
            diagnostics: &reported(&findings.diagnostics),
            located: &reported(&findings.located),
            source,
            rewritten: findings.rewritten.as_deref(),
            counts,
        };
        self.report.result(self.screen, &result)
    }

    /// Reports that a query could not be checked. `why` is the reason.
    fn unusable(&mut self, origin: &QueryOrigin, why: &str) -> Result<()> {
        self.totals.queries += 1;
        self.totals.wrong += 1;
        self.report.unusable(self.screen, self.totals.queries, origin, why)
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
