//! Findings as annotations of the lines of a pull request.

use anyhow::Result;
use dvkit_diagnostic::{Diagnostic, LineIndex, Severity};

use super::{Answer, Place, Report, Totals, position};
use crate::output::{Annotation, Position, Screen};

pub(super) struct Annotations;

impl Report for Annotations {
    fn answer(&mut self, screen: &mut Screen, answer: &Answer<'_>) -> Result<()> {
        let source = LineIndex::new(answer.source);
        for diagnostic in answer.located {
            annotate(screen, diagnostic, answer, &source)?;
        }
        Ok(())
    }

    fn unusable(&mut self, screen: &mut Screen, _: usize, place: &Place, why: &str) -> Result<()> {
        let (at, name) = match place {
            Place::Line { file, number, .. } => {
                (Some(Position { file, line: *number, columns: None }), String::new())
            }
            Place::Given(name) => (None, prefix(name.as_deref())),
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
    answer: &Answer<'_>,
    source: &LineIndex<'_>,
) -> Result<()> {
    let (at, mut message) = match answer.place {
        Place::Line { file, number, .. } => {
            let at = position::Position::of(diagnostic.span, source, *number);
            // GitHub takes columns of one line only.
            let columns = (at.line == at.end_line).then_some((at.column, at.end_column));
            (Some(Position { file, line: at.line, columns }), String::new())
        }
        Place::Given(name) => (None, prefix(name.as_deref())),
    };
    message.push_str(&diagnostic.message);
    for sentence in diagnostic.advice(answer.source) {
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
