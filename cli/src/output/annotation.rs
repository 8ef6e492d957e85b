//! Writes findings as annotations of GitHub Actions, which are workflow commands in the log.
//!
//! The format and its escapes follow GitHub's "Workflow commands for GitHub Actions" and its toolkit. `%`, CR
//! and LF are escaped everywhere, `:` and `,` also in properties.

use std::fmt::{self, Display, Formatter, Write as _};

use dvkit_diagnostic::Severity;
use dvkit_diagnostic::printable::Escape;

/// An annotation, with or without a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Annotation<'a> {
    pub(crate) severity: Severity,
    pub(crate) at: Option<Position<'a>>,
    pub(crate) title: &'a str,
    pub(crate) message: &'a str,
}

/// A position in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position<'a> {
    pub(crate) file: &'a str,
    /// The line number, counted from 1.
    pub(crate) line: usize,
    /// The first column, and the column behind the last one, both counted from 1; `None` for whole lines.
    pub(crate) columns: Option<(usize, usize)>,
}

impl Display for Annotation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        write!(f, "::{word} ")?;
        if let Some(at) = self.at {
            f.write_str("file=")?;
            escape(f, at.file, Part::Property)?;
            write!(f, ",line={},", at.line)?;
            if let Some((from, to)) = at.columns {
                write!(f, "col={from},endColumn={to},")?;
            }
        }
        f.write_str("title=")?;
        escape(f, self.title, Part::Property)?;
        f.write_str("::")?;
        escape(f, self.message, Part::Data)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The value of a property.
    Property,
    /// The message after the second `::`.
    Data,
}

/// Escapes one part of an annotation. Line breaks are encoded as GitHub's runner expects; other unprintable
/// characters are escaped visibly.
fn escape(f: &mut Formatter<'_>, text: &str, part: Part) -> fmt::Result {
    let mut out = Escape::line(f).after_text();
    for c in text.chars() {
        match (c, part) {
            ('%', _) => out.write_str("%25")?,
            ('\r', _) => out.write_str("%0D")?,
            ('\n', _) => out.write_str("%0A")?,
            (':', Part::Property) => out.write_str("%3A")?,
            (',', Part::Property) => out.write_str("%2C")?,
            (c, _) => out.write_char(c)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_escaped() {
        let at = Position { file: "a,b:c%\n.odata", line: 3, columns: Some((3, 5)) };
        let annotation = Annotation {
            severity: Severity::Warning,
            at: Some(at),
            title: "DV0002",
            message: "50% of it\r\n::is: wrong,\u{1b} here##[error]",
        };
        assert_eq!(
            annotation.to_string(),
            "::warning file=a%2Cb%3Ac%25%0A.odata,line=3,col=3,endColumn=5,title=DV0002::50%25 of it%0D%0A::is: wrong,\\u{1b} \
             here##\\u{5b}error]"
        );
        let note = Annotation { severity: Severity::Note, at: None, title: "dvkit", message: "x" };
        assert_eq!(note.to_string(), "::notice title=dvkit::x");
    }

    #[test]
    fn each_severity_and_position_has_its_form() {
        let at = Position { file: "a.odata", line: 3, columns: None };
        for (severity, at, shown) in [
            (Severity::Error, None, "::error title=t::m"),
            (Severity::Warning, None, "::warning title=t::m"),
            (Severity::Note, None, "::notice title=t::m"),
            (Severity::Error, Some(at), "::error file=a.odata,line=3,title=t::m"),
            (
                Severity::Error,
                Some(Position { columns: Some((1, 9)), ..at }),
                "::error file=a.odata,line=3,col=1,endColumn=9,title=t::m",
            ),
        ] {
            assert_eq!(Annotation { severity, at, title: "t", message: "m" }.to_string(), shown);
        }
    }

    #[test]
    fn a_property_escapes_more_than_a_message() {
        let annotation =
            |text| Annotation { severity: Severity::Error, at: None, title: text, message: text };
        for (text, title, message) in [
            ("%", "%25", "%25"),
            ("a\rb\nc", "a%0Db%0Ac", "a%0Db%0Ac"),
            ("a:b", "a%3Ab", "a:b"),
            ("a,b", "a%2Cb", "a,b"),
            ("ä", "ä", "ä"),
        ] {
            assert_eq!(annotation(text).to_string(), format!("::error title={title}::{message}"), "{text:?}");
        }
    }
}
