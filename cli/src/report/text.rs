//! Words and carets for people.

use anyhow::Result;
use dvkit_diagnostic::LineIndex;

use super::{Answer, Place, Report, Totals};
use crate::output::{Screen, Tally, counted};

/// What of it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// `--fix`: standard output is for the result, or the files have it.
    pub(crate) fix: bool,
    /// `--diff`
    pub(crate) diff: bool,
    /// `--quiet`
    pub(crate) quiet: bool,
}

/// Tells it in words.
pub(super) struct Words(Style);

impl Words {
    pub(super) fn new(style: Style) -> Self {
        Self(style)
    }
}

impl Report for Words {
    fn answer(&mut self, screen: &mut Screen, answer: &Answer<'_>) -> Result<()> {
        let in_file = matches!(answer.place, Place::Line { .. });
        if answer.diagnostics.is_empty() {
            // With `--fix` the filter itself is the answer, and of files only what is wrong is told.
            if !self.0.fix && !self.0.quiet && !in_file {
                let prefix = answer.place.name().map_or_else(String::new, |p| format!("{p}: "));
                screen.message(format_args!("{prefix}ok"))?;
            }
            return Ok(());
        }
        if let Place::Given(Some(name)) = answer.place {
            screen.message_heading(&format_args!("{name}:"))?;
        }
        let source = LineIndex::new(answer.source);
        for diagnostic in answer.located {
            screen.diagnostic(diagnostic, &source, answer.place.origin())?;
        }
        let given = answer.text.map(super::Text::as_str);
        if !self.0.fix
            && let Some(right) = answer.rewritten.filter(|r| Some(*r) != given)
        {
            screen.message_query("fixed:", right)?;
            if in_file {
                screen.message(format_args!(""))?;
            }
        }
        // The name of a wrong table is no query to count.
        if !in_file && answer.text.is_some() {
            let result = !self.0.fix && answer.rewritten.is_some() && answer.tally.can_fix();
            let hint = if result { " (`--fix` prints the result alone)" } else { "" };
            screen.message(format_args!("{}; {}{hint}", answer.tally.counts(), answer.tally.fixes()))?;
        }
        Ok(())
    }

    fn unusable(&mut self, screen: &mut Screen, _: usize, place: &Place, why: &str) -> Result<()> {
        let name = place.name().map_or_else(String::new, |name| format!("{name}: "));
        Ok(screen.message(format_args!("error: {name}{why}"))?)
    }

    fn finish(&mut self, screen: &mut Screen, totals: &Totals) -> Result<()> {
        if self.0.quiet && totals.wrong == 0 || totals.files == 0 && totals.queries < 2 {
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
        if totals.tally != Tally::default() {
            line.push_str(&format!(": {}", totals.tally.counts()));
        }
        if totals.files > 0 && !self.0.fix && totals.tally.can_fix() {
            line.push_str(&format!("; {} (`--fix` writes what is certain)", totals.tally.fixes()));
        }
        Ok(screen.message(format_args!("{line}"))?)
    }
}
