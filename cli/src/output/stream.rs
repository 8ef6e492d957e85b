//! Writes to standard output and standard error. Only this module has their writers, so that everything
//! passes its escaping.

use std::fmt::{self, Display, Write as _};
use std::io::{self, BufWriter, Write};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use dvkit_diagnostic::printable::{self, Escape};
use serde::Serialize;

use super::annotation::Annotation;
use super::json;

/// `--color`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Standard output or standard error, locked.
pub(super) struct Stream {
    to: Box<dyn Write>,
    is_terminal: bool,
    color: bool,
    /// Whether the stream is flushed after every line.
    at_once: bool,
}

impl Stream {
    /// Returns standard output, fully buffered.
    pub(super) fn out(color: Color) -> Self {
        Self::new(io::stdout().lock(), color)
    }

    /// Returns standard error, flushed after every line.
    pub(super) fn err(color: Color) -> Self {
        Self { at_once: true, ..Self::new(io::stderr().lock(), color) }
    }

    fn new(to: impl RawStream + AsLockedWrite + 'static, color: Color) -> Self {
        let choice = match color {
            Color::Auto => AutoStream::choice(&to),
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let is_terminal = to.is_terminal();
        // Without colour, the stream is used directly: an adapter that strips colours would also strip them
        // from results.
        let color = choice != ColorChoice::Never;
        let to: Box<dyn Write> = if color {
            Box::new(BufWriter::new(AutoStream::new(to, choice)))
        } else {
            Box::new(BufWriter::new(to))
        };
        Self { to, is_terminal, color, at_once: false }
    }

    pub(super) fn has_color(&self) -> bool {
        self.color
    }

    /// Writes a text constant of the program, unescaped.
    pub(super) fn literal(&mut self, text: &'static str) -> io::Result<()> {
        self.to.write_all(text.as_bytes())?;
        if self.at_once && text.ends_with('\n') { self.to.flush() } else { Ok(()) }
    }

    /// Writes one line.
    pub(super) fn line(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.write(|to| write!(Escape::line(to), "{words}"))?;
        self.literal("\n")
    }

    /// Writes a prompt, without a line break after it.
    #[cfg(feature = "fetch")]
    pub(super) fn question(&mut self, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.write(|to| write!(Escape::line(to), "{words} "))?;
        self.flush()
    }

    /// Writes one line that begins with `name` in bold.
    pub(super) fn heading(&mut self, name: &dyn Display, words: fmt::Arguments<'_>) -> io::Result<()> {
        self.bold(name)?;
        self.write(|to| write!(Escape::line(to).after_text(), "{words}"))?;
        self.literal("\n")
    }

    /// Writes `name` in bold, a space, and one or more lines.
    pub(super) fn heading_lines(&mut self, name: &dyn Display, lines: &str) -> io::Result<()> {
        self.bold(name)?;
        self.write(|to| write!(Escape::lines(to).after_text(), " {lines}"))?;
        self.literal("\n")
    }

    fn bold(&mut self, name: &dyn Display) -> io::Result<()> {
        self.literal(if self.color { "\u{1b}[1m" } else { "" })?;
        self.write(|to| write!(Escape::line(to), "{name}"))?;
        self.literal(if self.color { "\u{1b}[0m" } else { "" })
    }

    /// Writes a message of several lines, without a line break at the end.
    pub(super) fn lines(&mut self, words: impl Display) -> io::Result<()> {
        self.write(|to| write!(Escape::lines(to), "{words}"))
    }

    /// Writes a message that contains style sequences, `ESC [ … m`. They are kept if colour is on, and
    /// dropped otherwise.
    pub(super) fn styled(&mut self, text: &str) -> io::Result<()> {
        let mut rest = text;
        let mut is_mid_line = false;
        while let Some((before, style, after)) = next_style(rest) {
            self.plain_part(before, is_mid_line)?;
            is_mid_line = ends_mid_line(before, is_mid_line);
            if self.color {
                self.to.write_all(style.as_bytes())?;
            }
            rest = after;
        }
        self.plain_part(rest, is_mid_line)
    }

    fn plain_part(&mut self, text: &str, is_mid_line: bool) -> io::Result<()> {
        self.write(|to| {
            let escape = Escape::lines(to);
            let mut escape = if is_mid_line { escape.after_text() } else { escape };
            escape.write_str(text)
        })
    }

    /// Writes a result and a line break. On a terminal, unprintable characters are escaped, but the line
    /// breaks of a formatted query are kept.
    pub(super) fn result(&mut self, text: &str) -> io::Result<()> {
        if self.is_terminal {
            // On a terminal, LF and CRLF are the same line break.
            for (n, line) in text.split('\n').enumerate() {
                self.literal(if n > 0 { "\n" } else { "" })?;
                let line = line.strip_suffix('\r').unwrap_or(line);
                self.write(|to| write!(to, "{}", printable::block(line)))?;
            }
        } else {
            self.to.write_all(text.as_bytes())?;
        }
        self.literal("\n")
    }

    pub(super) fn annotation(&mut self, annotation: &Annotation<'_>) -> io::Result<()> {
        self.write(|to| write!(to, "{annotation}"))?;
        self.literal("\n")
    }

    /// Writes a value as JSON, without a line break.
    pub(super) fn json(&mut self, value: &impl Serialize) -> serde_json::Result<()> {
        let is_terminal = self.is_terminal;
        json::write(&mut self.to, value, is_terminal)
    }

    /// Writes a JSON document that `write` writes in parts, without a line break at the end.
    pub(super) fn document(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        write(&mut json::Document::new(&mut *self.to))
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    fn write(&mut self, words: impl FnOnce(&mut Sink<'_>) -> fmt::Result) -> io::Result<()> {
        let mut sink = Sink { to: &mut *self.to, error: None };
        match words(&mut sink) {
            Ok(()) => Ok(()),
            // Without a stream error, the error comes from the displayed value.
            Err(e) => Err(sink.error.unwrap_or_else(|| io::Error::other(e))),
        }
    }
}

/// An adapter that gives a text writer for a byte writer.
struct Sink<'a> {
    to: &'a mut dyn Write,
    error: Option<io::Error>,
}

impl fmt::Write for Sink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.to.write_all(text.as_bytes()).map_err(|e| {
            self.error = Some(e);
            fmt::Error
        })
    }
}

/// Returns whether the last line has more than white space after `text` was written. `is_mid_line` says whether it had
/// before.
fn ends_mid_line(text: &str, is_mid_line: bool) -> bool {
    match text.rsplit_once('\n') {
        Some((_, last)) => !last.trim().is_empty(),
        None => is_mid_line || !text.trim().is_empty(),
    }
}

/// Finds the first style sequence, `ESC [ digits m`. Returns the text before it, the sequence, and the text
/// after it; `None` if there is none.
fn next_style(text: &str) -> Option<(&str, &str, &str)> {
    const BEGIN: &str = "\u{1b}[";
    text.match_indices(BEGIN).find_map(|(at, _)| {
        let inner = text.get(at + BEGIN.len()..)?;
        let digits = inner.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        let end = at + BEGIN.len() + digits + 1;
        inner[digits..].starts_with('m').then(|| (&text[..at], &text[at..end], &text[end..]))
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the text that `write` writes to a stream. `is_terminal` says whether the stream is a terminal,
    /// and `color` whether colour is on.
    fn written(is_terminal: bool, color: bool, write: impl FnOnce(&mut Stream) -> io::Result<()>) -> String {
        let shared = Shared::default();
        let mut stream = Stream { to: Box::new(shared.clone()), is_terminal, color, at_once: false };
        write(&mut stream).unwrap();
        String::from_utf8(shared.0.take()).unwrap()
    }

    const HOSTILE: &str = "a\u{1b}[8mb\u{7}\n::error::c\u{202e}";

    #[test]
    fn words_are_one_line_and_inert() {
        let text = written(true, true, |s| s.line(format_args!("x {HOSTILE}")));
        assert_eq!(text, "x a\\u{1b}[8mb\\u{7}\\n::error::c\\u{202e}\n");
        assert_eq!(written(false, false, |s| s.line(format_args!("{}", "::x"))), ":\\u{3a}x\n");
        let text = written(true, true, |s| s.heading(&HOSTILE, format_args!(" {HOSTILE}")));
        let shown = "a\\u{1b}[8mb\\u{7}\\n::error::c\\u{202e}";
        assert_eq!(text, format!("\u{1b}[1m{shown}\u{1b}[0m {shown}\n"));
        let text = written(false, false, |s| s.heading_lines(&"fixed:", HOSTILE));
        assert_eq!(text, "fixed: a\\u{1b}[8mb\\u{7}\n:\\u{3a}error::c\\u{202e}\n");
    }

    #[test]
    fn results_are_escaped_on_a_terminal_alone() {
        let bytes = format!("{HOSTILE}\r\n\tb");
        assert_eq!(written(false, true, |s| s.result(&bytes)), format!("{bytes}\n"));
        let shown = "a\\u{1b}[8mb\\u{7}\n::error::c\\u{202e}\n\tb\n";
        assert_eq!(written(true, false, |s| s.result(&bytes)), shown);
    }

    #[test]
    fn only_colours_are_left_of_a_styled_text() {
        let text = "\u{1b}[1m\u{1b}[91ma\u{1b}[0m\u{1b}[2J\u{1b}]0;x\u{7}\n::b";
        let color = written(true, true, |s| s.styled(text));
        assert_eq!(color, "\u{1b}[1m\u{1b}[91ma\u{1b}[0m\\u{1b}[2J\\u{1b}]0;x\\u{7}\n:\\u{3a}b");
        assert_eq!(written(true, false, |s| s.styled(text)), "a\\u{1b}[2J\\u{1b}]0;x\\u{7}\n:\\u{3a}b");
    }

    #[test]
    fn a_style_does_not_hide_the_beginning_of_a_line() {
        for (text, shown) in [
            ("\u{1b}[1m::b", ":\\u{3a}b"),
            ("a\n\u{1b}[1m::b", "a\n:\\u{3a}b"),
            (" \u{1b}[1m::b", " :\\u{3a}b"),
            ("a\n \u{1b}[1m \u{1b}[0m::b", "a\n  :\\u{3a}b"),
            ("a\u{1b}[1m::b", "a::b"),
            ("a\u{1b}[1m\u{1b}[0m::b", "a::b"),
            ("a\u{1b}[1m \u{1b}[0m::b", "a ::b"),
            ("\n a\u{1b}[1m::b", "\n a::b"),
            ("a\u{1b}[1m\n::b", "a\n:\\u{3a}b"),
        ] {
            assert_eq!(written(false, false, |s| s.styled(text)), shown, "{text:?}");
        }
    }

    #[test]
    fn a_style_is_digits_and_semicolons_between_its_beginning_and_its_end() {
        for (text, found) in [
            ("a\u{1b}[1mb", Some(("a", "\u{1b}[1m", "b"))),
            ("\u{1b}[1;31mb", Some(("", "\u{1b}[1;31m", "b"))),
            ("\u{1b}[mb", Some(("", "\u{1b}[m", "b"))),
            ("\u{1b}[2J\u{1b}[0m", Some(("\u{1b}[2J", "\u{1b}[0m", ""))),
            ("\u{1b}[1\u{1b}[0mb", Some(("\u{1b}[1", "\u{1b}[0m", "b"))),
            ("\u{1b}[1", None),
            ("\u{1b}[", None),
            ("[1m", None),
            ("\u{1b}1m", None),
            ("", None),
        ] {
            assert_eq!(next_style(text), found, "{text:?}");
        }
    }
}
