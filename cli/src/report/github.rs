//! Findings as annotations of the lines of a pull request.

use anyhow::Result;
use dvkit_diagnostic::{Diagnostic, LineIndex, Severity, Span};

use super::{Answer, Place, Report, Totals};
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
        // A line of a file has no line breaks, so both ends are in it.
        Place::Line { file, number, .. } => {
            let columns = Some(columns(diagnostic, source));
            (Some(Position { file, line: *number, columns }), String::new())
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

/// The first column and the one after the last, from one.
fn columns(diagnostic: &Diagnostic, source: &LineIndex<'_>) -> (usize, usize) {
    let range = diagnostic.span.clamped(source.text());
    let column = |at: usize| source.line_column(Span::at(at)).1;
    (column(range.start), column(range.end))
}

fn prefix(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("{name}: "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dvkit_diagnostic::{Span, code};

    #[test]
    fn columns_are_characters_from_one() {
        let d = Diagnostic::warning(code::EMPTY, Span::new(3, 5), "x");
        assert_eq!(columns(&d, &LineIndex::new("é xy z")), (3, 5));
        assert_eq!(columns(&d, &LineIndex::new("é")), (2, 2));
    }
}
