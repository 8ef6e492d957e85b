//! Reports findings for GitHub Actions, as annotations of lines.

use anyhow::Result;
use dvkit_diagnostic::{Diagnostic, LineIndex, Severity};

use super::{CheckResult, QueryOrigin, Report, Totals, position};
use crate::output::{Annotation, Position, Screen};

pub(super) struct GithubReport;

impl Report for GithubReport {
    fn result(&mut self, screen: &mut Screen, result: &CheckResult<'_>) -> Result<()> {
        let source = LineIndex::new(result.source);
        for diagnostic in result.located {
            annotate(screen, diagnostic, result, &source)?;
        }
        Ok(())
    }

    fn unusable(&mut self, screen: &mut Screen, _: usize, origin: &QueryOrigin, why: &str) -> Result<()> {
        let (at, name) = match origin {
            QueryOrigin::Line { file, line, .. } => {
                (Some(Position { file, line: *line, columns: None }), String::new())
            }
            QueryOrigin::Given(name) => (None, prefix(name.as_deref())),
        };
        let message = format!("{name}{why}");
        let annotation = Annotation { severity: Severity::Error, at, title: "dvkit", message: &message };
        Ok(screen.annotation(&annotation)?)
    }

    fn finish(&mut self, _: &mut Screen, _: &Totals) -> Result<()> {
        Ok(())
    }
}

fn annotate(
    screen: &mut Screen,
    diagnostic: &Diagnostic,
    result: &CheckResult<'_>,
    source: &LineIndex<'_>,
) -> Result<()> {
    let (at, mut message) = match result.origin {
        QueryOrigin::Line { file, line, .. } => {
            let at = position::Position::of(diagnostic.span, source, *line);
            // GitHub accepts columns only within one line.
            let columns = (at.line == at.end_line).then_some((at.column, at.end_column));
            (Some(Position { file, line: at.line, columns }), String::new())
        }
        QueryOrigin::Given(name) => (None, prefix(name.as_deref())),
    };
    message.push_str(&diagnostic.message);
    for sentence in diagnostic.advice(result.source) {
        message.push_str("\nhelp: ");
        message.push_str(&sentence);
    }
    let title = diagnostic.code.to_string();
    let annotation = Annotation { severity: diagnostic.severity, at, title: &title, message: &message };
    Ok(screen.annotation(&annotation)?)
}

fn prefix(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("{name}: "))
}
