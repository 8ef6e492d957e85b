//! Workflow commands of GitHub Actions: findings as annotations of the lines of a pull request.
//!
//! The form and its escapes are those of GitHub's "Workflow commands for GitHub Actions" and of its toolkit: `%`, CR and
//! LF everywhere, `:` and `,` in properties too.

use anyhow::Result;
use dvkit_diagnostic::{Diagnostic, Severity};

use super::position::{Lines, Position};
use super::{Answer, Place, Report, Totals};
use crate::output::Screen;

pub(super) struct Annotations;

impl Report for Annotations {
    fn answer(&mut self, screen: &mut Screen, answer: &Answer<'_>) -> Result<()> {
        let lines = Lines::new(answer.source, answer.place.origin().map_or(1, |o| o.line));
        for diagnostic in answer.located {
            writeln!(screen.out(), "{}", command(diagnostic, answer, &lines))?;
        }
        Ok(())
    }

    fn unusable(&mut self, screen: &mut Screen, _: usize, place: &Place, why: &str) -> Result<()> {
        let (at, name) = match place {
            Place::Line { file, number, .. } => (format!("file={},line={number},", property(file)), None),
            Place::Given(name) => (String::new(), name.as_ref()),
        };
        let name = name.map_or_else(String::new, |name| format!("{name}: "));
        Ok(writeln!(screen.out(), "::error {at}title=dvkit::{}", data(&format!("{name}{why}")))?)
    }

    fn finish(&mut self, _: &mut Screen, _: &Totals) -> Result<()> {
        Ok(())
    }
}

fn command(diagnostic: &Diagnostic, answer: &Answer<'_>, lines: &Lines<'_>) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (at, name) = match answer.place {
        Place::Line { file, .. } => {
            let Position { line, column, end_line, end_column } = lines.position(diagnostic.span);
            // GitHub takes columns of one line only.
            let end = if line == end_line {
                format!("col={column},endColumn={end_column}")
            } else {
                format!("endLine={end_line}")
            };
            (format!("file={},line={line},{end},", property(file)), None)
        }
        Place::Given(name) => (String::new(), name.as_ref()),
    };
    let mut message = name.map_or_else(String::new, |name| format!("{name}: "));
    message.push_str(&diagnostic.message);
    for sentence in diagnostic.advice(answer.source) {
        message.push_str("\nhelp: ");
        message.push_str(&sentence);
    }
    format!("::{word} {at}title={}::{}", property(&diagnostic.code.to_string()), data(&message))
}

/// Escapes what follows the second `::`. Other control characters could move the cursor of who reads the log.
fn data(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Tally;
    use dvkit_diagnostic::{Span, code};

    #[test]
    fn annotations_are_escaped() {
        let place = Place::Line { file: "a,b:c%.odata".into(), number: 3, offset: 0 };
        let d = Diagnostic::warning(code::EMPTY, Span::new(3, 5), "50% of it\r\nis: wrong,\u{1b} here")
            .help("look");
        let mut answer = Answer {
            place: &place,
            id: 1,
            text: None,
            table: None,
            parsed: true,
            ok: true,
            diagnostics: &[],
            located: &[],
            source: "é xy z",
            rewritten: None,
            tally: Tally::default(),
        };
        let lines = Lines::new(answer.source, 3);
        assert_eq!(
            command(&d, &answer, &lines),
            "::warning file=a%2Cb%3Ac%25.odata,line=3,col=3,endColumn=5,title=DV0002::50%25 of it%0D%0Ais: wrong,\u{fffd} \
             here%0Ahelp: look"
                .replace("DV0002", &code::EMPTY.to_string())
        );
        let place = Place::Given(Some("line 2".into()));
        answer.place = &place;
        let note = Diagnostic::note(code::EMPTY, Span::at(0), "x");
        assert_eq!(command(&note, &answer, &lines), format!("::notice title={}::line 2: x", code::EMPTY));
    }
}
