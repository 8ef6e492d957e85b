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
        match self.last_line(totals) {
            Some(line) => Ok(screen.message(format_args!("{line}"))?),
            None => Ok(()),
        }
    }
}

impl TextReport {
    /// Returns the last line of a run; `None` if it has none.
    fn last_line(&self, totals: &Totals) -> Option<String> {
        let is_right = totals.wrong == 0 && totals.wrong_comments == 0;
        if totals.sources > 0 && !(self.0.quiet && is_right) {
            return Some(self.summary(totals));
        }
        if self.0.quiet && is_right || totals.files == 0 && totals.queries < 2 {
            return None;
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
        Some(line)
    }

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

#[cfg(test)]
mod tests {
    use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};

    use super::*;

    const PLAIN: CheckMode = CheckMode { fix: false, diff: false, quiet: false };
    const QUIET: CheckMode = CheckMode { quiet: true, ..PLAIN };
    const FIX: CheckMode = CheckMode { fix: true, ..PLAIN };
    const DIFF: CheckMode = CheckMode { diff: true, ..FIX };

    /// Returns the counts of one error, with a fix or without, and of some warnings.
    fn counts(with_fix: bool, warnings: usize) -> Counts {
        let at = Span::at(0);
        let error = Diagnostic::error(code::EMPTY, at, "a");
        let error = if with_fix { error.suggest(Suggestion::fix("b", at, "c")) } else { error };
        let warnings = std::iter::repeat_n(Diagnostic::warning(code::EMPTY, at, "a"), warnings);
        Counts::of(&std::iter::once(error).chain(warnings).collect::<Vec<_>>())
    }

    #[test]
    fn a_run_over_queries_ends_with_their_numbers() {
        let none = Totals::default();
        let queries = |queries, wrong| Totals { queries, wrong, ..none };
        let in_files = |queries, wrong, files| Totals { files, ..queries_of(queries, wrong) };
        fn queries_of(queries: usize, wrong: usize) -> Totals {
            Totals { queries, wrong, ..Totals::default() }
        }
        let wrong = Totals { counts: counts(true, 1), ..in_files(3, 1, 1) };
        let unfixable = Totals { counts: counts(false, 1), ..in_files(3, 1, 1) };
        for (mode, totals, line) in [
            (PLAIN, none, None),
            (PLAIN, queries(1, 1), None),
            (PLAIN, queries(2, 0), Some("2 queries, 0 wrong")),
            (QUIET, queries(2, 0), None),
            (QUIET, queries(2, 1), Some("2 queries, 1 wrong")),
            (
                QUIET,
                Totals { wrong_comments: 1, ..queries(2, 0) },
                Some("2 queries, 0 wrong; 1 comment wrong"),
            ),
            (PLAIN, in_files(0, 0, 1), Some("0 queries in 1 file, 0 wrong")),
            (PLAIN, in_files(1, 0, 1), Some("1 query in 1 file, 0 wrong")),
            (PLAIN, in_files(5, 2, 3), Some("5 queries in 3 files, 2 wrong")),
            (
                PLAIN,
                wrong,
                Some(
                    "3 queries in 1 file, 1 wrong: 1 error, 1 warning; 1 of 2 have a fix (`--fix` writes what is certain)",
                ),
            ),
            (PLAIN, unfixable, Some("3 queries in 1 file, 1 wrong: 1 error, 1 warning")),
            (PLAIN, Totals { files: 0, ..wrong }, Some("3 queries, 1 wrong: 1 error, 1 warning")),
            (
                FIX,
                Totals { fixed: 2, ..wrong },
                Some("3 queries in 1 file, 2 put right, 1 wrong: 1 error, 1 warning"),
            ),
            (
                DIFF,
                Totals { fixed: 2, ..wrong },
                Some("3 queries in 1 file, 2 can be put right, 1 wrong: 1 error, 1 warning"),
            ),
        ] {
            assert_eq!(TextReport::new(mode).last_line(&totals).as_deref(), line, "{mode:?} {totals:?}");
        }
    }

    #[test]
    fn a_run_over_sources_ends_with_what_was_right_wrong_and_skipped() {
        let none = Totals { sources: 3, ..Totals::default() };
        let right = Totals { queries: 9, files: 2, ..none };
        let wrong = Totals { wrong: 3, ..right };
        for (mode, totals, line) in [
            (PLAIN, none, "no queries in 3 files"),
            (
                PLAIN,
                Totals { sources: 1, ignored: 1, ..none },
                "no queries in 1 file; 1 finding ignored by comments",
            ),
            (PLAIN, Totals { queries: 1, files: 1, ..none }, "1 query in 1 file: 1 right"),
            (PLAIN, right, "9 queries in 2 files: 9 right"),
            (PLAIN, wrong, "9 queries in 2 files: 6 right, 3 wrong"),
            (PLAIN, Totals { fixable: 1, ..wrong }, "9 queries in 2 files: 6 right, 3 wrong (1 has a fix)"),
            (PLAIN, Totals { fixable: 2, ..wrong }, "9 queries in 2 files: 6 right, 3 wrong (2 have a fix)"),
            (FIX, Totals { fixable: 2, ..wrong }, "9 queries in 2 files: 6 right, 3 wrong, 0 put right"),
            (FIX, Totals { fixed: 4, ..right }, "9 queries in 2 files: 9 right, 4 put right"),
            (DIFF, Totals { fixed: 4, ..right }, "9 queries in 2 files: 9 right, 4 can be put right"),
            (
                PLAIN,
                Totals { partly: 2, ..wrong },
                "9 queries in 2 files: 4 right, 3 wrong, 2 checked in part",
            ),
            (
                PLAIN,
                Totals { skipped: 1, ..right },
                "9 queries in 2 files: 9 right; 1 text skipped (`--list` says why)",
            ),
            (
                PLAIN,
                Totals { skipped: 2, queries: 0, ..right },
                "0 queries in 2 files: 0 right; 2 texts skipped (`--list` says why)",
            ),
            (PLAIN, Totals { counts: counts(true, 0), ..wrong }, "9 queries in 2 files: 6 right, 3 wrong"),
            (
                PLAIN,
                Totals { counts: counts(true, 2), ..wrong },
                "9 queries in 2 files: 6 right, 3 wrong; 2 warnings",
            ),
            (
                PLAIN,
                Totals { wrong_comments: 2, ignored: 2, accepted: 1, ..right },
                "9 queries in 2 files: 9 right; 2 comments wrong; 2 findings ignored by comments; 1 finding accepted before",
            ),
            (QUIET, wrong, "9 queries in 2 files: 6 right, 3 wrong"),
        ] {
            assert_eq!(
                TextReport::new(mode).last_line(&totals).as_deref(),
                Some(line),
                "{mode:?} {totals:?}"
            );
        }
        assert_eq!(TextReport::new(QUIET).last_line(&right), None);
    }
}
