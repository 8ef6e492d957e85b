//! Reports findings as text with carets, for people.

use anyhow::Result;
use dvkit_diagnostic::LineIndex;
use dvkit_ide::QueryForm;

use super::{CheckResult, QueryOrigin, Report, Totals};
use crate::output::{Counts, Screen, counted};

/// The flags of `check` that decide how findings are reported and fixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckMode {
    /// `--fix`: corrected queries go to standard output or into their files.
    pub(crate) fix: bool,
    /// `--diff`: the changes of `--fix` are shown as a diff, and not made.
    pub(crate) diff: bool,
    /// `--quiet`: only errors are reported.
    pub(crate) quiet: bool,
}

/// The report in the format for people.
pub(super) struct TextReport(CheckMode);

impl TextReport {
    pub(super) fn new(mode: CheckMode) -> Self {
        Self(mode)
    }
}

impl Report for TextReport {
    fn result(&mut self, screen: &mut Screen, result: &CheckResult<'_>) -> Result<()> {
        let in_file = matches!(result.origin, QueryOrigin::Line { .. });
        if result.diagnostics.is_empty() {
            // With `--fix` the corrected query is the output, and for files only findings are reported.
            if !self.0.fix && !self.0.quiet && !in_file {
                let prefix = result.origin.prefix();
                screen.message(format_args!("{prefix}ok"))?;
            }
            return Ok(());
        }
        if let QueryOrigin::Given(Some(name)) = result.origin {
            screen.message_heading(&format_args!("{name}:"))?;
        }
        let source = LineIndex::new(result.source);
        if result.in_source.is_some()
            && let Some(location) = result.origin.location()
        {
            for diagnostic in result.located {
                screen.source_diagnostic(diagnostic, &source, location)?;
            }
            return Ok(());
        }
        for diagnostic in result.located {
            screen.diagnostic(diagnostic, &source, result.origin.location())?;
        }
        let given = result.text.map(QueryForm::as_str);
        if !self.0.fix
            && let Some(right) = result.rewritten.filter(|r| Some(*r) != given)
        {
            screen.message_query("fixed:", right)?;
            if in_file {
                screen.message(format_args!(""))?;
            }
        }
        // A wrong table name is not counted as a query.
        if !in_file && result.text.is_some() {
            let prints = !self.0.fix && result.rewritten.is_some() && result.counts.can_fix();
            let hint = if prints { " (`--fix` prints the result alone)" } else { "" };
            screen.message(format_args!("{}; {}{hint}", result.counts.summary(), result.counts.fixes()))?;
        }
        Ok(())
    }

    fn unusable(&mut self, screen: &mut Screen, _: usize, origin: &QueryOrigin, why: &str) -> Result<()> {
        Ok(screen.message(format_args!("error: {}{why}", origin.prefix()))?)
    }

    fn finish(&mut self, screen: &mut Screen, totals: &Totals) -> Result<()> {
        let is_right = totals.wrong == 0 && totals.wrong_comments == 0;
        if totals.sources > 0 && !(self.0.quiet && is_right) {
            return Ok(screen.message(format_args!("{}", self.summary(totals)))?);
        }
        if self.0.quiet && is_right || totals.files == 0 && totals.queries < 2 {
            return Ok(());
        }
        let mut line = match totals.queries {
            1 => counted(1, "query"),
            n => format!("{n} queries"),
        };
        if totals.files > 0 {
            line.push_str(&format!(" in {}", counted(totals.files, "file")));
            match (self.0.fix, self.0.diff) {
                (true, true) => line.push_str(&format!(", {} can be put right", totals.fixed)),
                (true, false) => line.push_str(&format!(", {} put right", totals.fixed)),
                (false, _) => {}
            }
        }
        line.push_str(&format!(", {} wrong", totals.wrong));
        if totals.counts != Counts::default() {
            line.push_str(&format!(": {}", totals.counts.summary()));
        }
        if totals.files > 0 && !self.0.fix && totals.counts.can_fix() {
            line.push_str(&format!("; {} (`--fix` writes what is certain)", totals.counts.fixes()));
        }
        line.push_str(&about_comments(totals));
        Ok(screen.message(format_args!("{line}"))?)
    }
}

impl TextReport {
    /// Returns the last line of a run over source files:
    /// `217 queries in 94 files: 203 right, 11 wrong (9 have a fix), 3 checked in part; 6 texts skipped`.
    fn summary(&self, totals: &Totals) -> String {
        if totals.queries == 0 && totals.skipped == 0 {
            return format!("no queries in {}{}", counted(totals.sources, "file"), about_comments(totals));
        }
        let queries =
            if totals.queries == 1 { "1 query".to_owned() } else { format!("{} queries", totals.queries) };
        let mut line = format!("{queries} in {}", counted(totals.files, "file"));
        let right = totals.queries.saturating_sub(totals.wrong + totals.partly);
        line.push_str(&format!(": {right} right"));
        if totals.wrong > 0 {
            let fixable = match totals.fixable {
                0 => String::new(),
                1 => " (1 has a fix)".to_owned(),
                n => format!(" ({n} have a fix)"),
            };
            line.push_str(&format!(", {} wrong{}", totals.wrong, if self.0.fix { "" } else { &fixable }));
        }
        if totals.partly > 0 {
            line.push_str(&format!(", {} checked in part", totals.partly));
        }
        match (self.0.fix, self.0.diff) {
            (true, true) => line.push_str(&format!(", {} can be put right", totals.fixed)),
            (true, false) => line.push_str(&format!(", {} put right", totals.fixed)),
            (false, _) => {}
        }
        if totals.counts.advice() > 0 {
            line.push_str(&format!("; {}", totals.counts.advice_summary()));
        }
        if totals.skipped > 0 {
            line.push_str(&format!("; {} skipped (`--list` says why)", counted(totals.skipped, "text")));
        }
        line.push_str(&about_comments(totals));
        line
    }
}

/// Returns the part of the last line about comments, and about findings that are not reported.
fn about_comments(totals: &Totals) -> String {
    let mut line = String::new();
    if totals.wrong_comments > 0 {
        line.push_str(&format!("; {} wrong", counted(totals.wrong_comments, "comment")));
    }
    if totals.ignored > 0 {
        line.push_str(&format!("; {} ignored by comments", counted(totals.ignored, "finding")));
    }
    if totals.accepted > 0 {
        line.push_str(&format!("; {} accepted before", counted(totals.accepted, "finding")));
    }
    line
}
