//! Escapes characters that a terminal would interpret instead of showing them. All output that contains texts
//! of other people or of servers is escaped with it.
//!
//! Escape sequences in a name, a label, a query or a response can move the cursor or set the clipboard,
//! bidirectional controls can change the reading order, and a line break can let a name imitate a line of
//! dvkit's output. [`line()`], [`block`] and [`Escape`] write the other characters as visible escapes such as
//! `\u{1b}`. [`markdown`] escapes texts for Markdown pages.

pub mod markdown;

use std::fmt::{self, Write};

/// Returns whether a terminal shows a character and does nothing else with it.
///
/// The result is false for control characters (line breaks and tabs included), for characters that change the
/// reading direction, for invisible characters that change how others are read, and for noncharacters. It is
/// true for combining marks, variation selectors and the joiners of emoji and scripts.
///
/// ```
/// use dvkit_diagnostic::printable::is_printable;
/// assert!("a é 東 👩‍👧".chars().all(is_printable));
/// assert!(!"\n\t\u{1b}\u{7f}\u{9b}\u{200b}\u{202e}\u{2066}\u{feff}".chars().any(is_printable));
/// ```
#[must_use]
pub const fn is_printable(c: char) -> bool {
    !matches!(c,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        // The soft hyphen, invisible fillers, and marks of direction.
        | '\u{ad}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        // Line and paragraph separators, embeddings and overrides.
        | '\u{2028}'..='\u{202e}'
        // Invisible operators, isolates, and deprecated format characters.
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        // Tags: invisible text.
        | '\u{e0000}'..='\u{e007f}')
        // The last two of every plane are noncharacters.
        && (c as u32) & 0xfffe != 0xfffe
}

/// Returns whether every character of `text` is printable ([`is_printable`]).
///
/// ```
/// assert!(dvkit_diagnostic::printable::is_clean("naïve"));
/// assert!(!dvkit_diagnostic::printable::is_clean("a\nb"));
/// ```
#[must_use]
pub fn is_clean(text: &str) -> bool {
    is_plain_ascii(text) || first_unprintable(text, Keep::Nothing).is_none()
}

/// Returns whether the text consists of printable ASCII characters. The check is fast, and the result is
/// `true` for most texts.
fn is_plain_ascii(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// Returns the text for output on one line: line breaks, tabs and all other characters that are not printable
/// are escaped.
///
/// ```
/// use dvkit_diagnostic::printable::line;
/// assert_eq!(line("a\n\u{1b}[2Jb").to_string(), "a\\n\\u{1b}[2Jb");
/// ```
#[must_use]
pub const fn line(text: &str) -> Printable<'_> {
    Printable { text, keep: Keep::Nothing }
}

/// Returns the text for output on several lines: all characters that are not printable are escaped, except
/// line feeds and tabs.
///
/// ```
/// use dvkit_diagnostic::printable::block;
/// assert_eq!(block("a\n\tb\r\u{7}").to_string(), "a\n\tb\\r\\u{7}");
/// ```
#[must_use]
pub const fn block(text: &str) -> Printable<'_> {
    Printable { text, keep: Keep::Lines }
}

/// A text whose `Display` escapes characters that are not printable. [`line()`] and [`block`] return it.
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a> {
    text: &'a str,
    keep: Keep,
}

/// Which characters are written unchanged although they are not printable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Nothing,
    /// Line feeds and tabs are written unchanged.
    Lines,
}

impl Keep {
    const fn allows(self, c: char) -> bool {
        is_printable(c) || matches!((self, c), (Self::Lines, '\n' | '\t'))
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.text, self.keep)
    }
}

/// Writes `text` to `to`, with escapes for the characters that are neither printable nor written unchanged
/// because of `keep`.
fn write(to: &mut (impl Write + ?Sized), text: &str, keep: Keep) -> fmt::Result {
    let mut rest = text;
    while let Some((at, c)) = first_unprintable(rest, keep) {
        let (clean, after) = rest.split_at(at);
        to.write_str(clean)?;
        write!(to, "{}", escape(c))?;
        rest = after.get(c.len_utf8()..).unwrap_or_default();
    }
    to.write_str(rest)
}

fn first_unprintable(text: &str, keep: Keep) -> Option<(usize, char)> {
    text.char_indices().find(|(_, c)| !keep.allows(*c))
}

/// Returns the escape of a character: `\n`, `\r`, `\t`, or its code point, such as `\u{1b}`.
///
/// ```
/// use dvkit_diagnostic::printable::escape;
/// assert_eq!(escape('\u{202e}').to_string(), "\\u{202e}");
/// assert_eq!(escape('\n').to_string(), "\\n");
/// ```
#[must_use]
pub fn escape(c: char) -> impl fmt::Display {
    Escaped(c)
}

struct Escaped(char);

impl fmt::Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            '\t' => f.write_str("\\t"),
            c => write!(f, "{}", c.escape_unicode()),
        }
    }
}

/// A writer that escapes characters that are not printable, for output that is written in several parts.
///
/// It also escapes the commands that the logs of pipelines interpret: `::command::` at the beginning of a
/// line, a workflow command of GitHub Actions, and anywhere in a line `##[command]`, `##vso[command]` and
/// similar ones.
///
/// ```
/// use std::fmt::Write as _;
/// use dvkit_diagnostic::printable::Escape;
/// let mut text = String::new();
/// write!(Escape::lines(&mut text), "{}", "ok\n::error::\u{7}").unwrap();
/// assert_eq!(text, "ok\n:\\u{3a}error::\\u{7}");
/// ```
#[derive(Debug)]
pub struct Escape<W> {
    to: W,
    keep: Keep,
    command: Command,
}

/// How much of a log command (such as `::error::` or `##[error]`) the last characters that were written are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    /// Only white space was written on this line, so that a command can begin.
    Start,
    /// One colon was written at the beginning of the line.
    Colon,
    /// One `#` was written.
    Hash,
    /// Two `#` were written, possibly followed by letters and digits.
    Hashes,
    /// Other text was written, which is not a part of a command.
    Text,
}

impl<W: Write> Escape<W> {
    /// Returns a writer that escapes all characters that are not printable, including line breaks, for output
    /// on one line. The writer is at the beginning of a line.
    pub const fn line(to: W) -> Self {
        Self { to, keep: Keep::Nothing, command: Command::Start }
    }

    /// Returns a writer that escapes characters that are not printable, except line feeds and tabs, for
    /// output on several lines. The writer is at the beginning of a line.
    pub const fn lines(to: W) -> Self {
        Self { to, keep: Keep::Lines, command: Command::Start }
    }

    /// Returns the writer as it is after other text on the line, so that no log command can begin at its next
    /// character.
    #[must_use]
    pub fn after_text(self) -> Self {
        Self { command: Command::Text, ..self }
    }

    /// Records that `c` was written, and returns whether `c` completes the beginning of a log command, so
    /// that it must be escaped.
    fn completes(&mut self, c: char) -> bool {
        let (next, completes) = match (self.command, c) {
            (_, '\n') => (Command::Start, false),
            (Command::Start, c) if c.is_whitespace() => (Command::Start, false),
            (Command::Start, ':') => (Command::Colon, false),
            (Command::Colon, ':') | (Command::Hashes, '[') => (Command::Text, true),
            (Command::Hash | Command::Hashes, '#') => (Command::Hashes, false),
            (Command::Hashes, c) if c.is_ascii_alphanumeric() => (Command::Hashes, false),
            (_, '#') => (Command::Hash, false),
            _ => (Command::Text, false),
        };
        self.command = next;
        completes
    }
}

impl<W: Write> Write for Escape<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.command == Command::Text && is_plain_ascii(text) && !text.contains('#') {
            return self.to.write_str(text);
        }
        let mut clean = 0;
        for (at, c) in text.char_indices() {
            let escaped = if self.keep.allows(c) {
                self.completes(c)
            } else {
                self.command = Command::Text;
                true
            };
            if escaped {
                self.to.write_str(text.get(clean..at).unwrap_or_default())?;
                write!(self.to, "{}", escape(c))?;
                clean = at + c.len_utf8();
            }
        }
        self.to.write_str(text.get(clean..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_that_terminals_interpret_are_escaped() {
        for (text, shown) in [
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("a\r\nb\tc\u{2028}d", "a\\r\\nb\\tc\\u{2028}d"),
            ("\u{fffe}\u{10ffff}\u{fdd0}\u{7f}", "\\u{fffe}\\u{10ffff}\\u{fdd0}\\u{7f}"),
        ] {
            assert_eq!(line(text).to_string(), shown);
        }
        let clean = "müßig 東京 e\u{301} 👩‍👩‍👧 ⌚\u{fe0f} \u{fffd} ␛";
        assert_eq!(line(clean).to_string(), clean);
    }

    #[test]
    fn an_ascii_character_is_clean_from_the_space_to_the_tilde() {
        for c in '\0'..='\u{7f}' {
            let text = format!("a{c}b");
            let clean = (' '..='~').contains(&c);
            assert_eq!(is_clean(&text), clean, "{text:?}");
            assert_eq!(line(&text).to_string() == text, clean, "{text:?}");
            let mut written = String::new();
            Escape::line(&mut written).after_text().write_str(&text).unwrap();
            assert_eq!(written, line(&text).to_string(), "{text:?}");
        }
        assert!(is_clean("") && is_clean("naïve") && !is_clean("naïve\u{85}"));
    }

    #[test]
    fn each_range_of_unprintable_characters_ends_where_it_says() {
        for (first, last) in [
            ('\u{7f}', '\u{9f}'),
            ('\u{ad}', '\u{ad}'),
            ('\u{61c}', '\u{61c}'),
            ('\u{115f}', '\u{1160}'),
            ('\u{17b4}', '\u{17b5}'),
            ('\u{180e}', '\u{180e}'),
            ('\u{200b}', '\u{200b}'),
            ('\u{200e}', '\u{200f}'),
            ('\u{2028}', '\u{202e}'),
            ('\u{2060}', '\u{206f}'),
            ('\u{3164}', '\u{3164}'),
            ('\u{fdd0}', '\u{fdef}'),
            ('\u{feff}', '\u{feff}'),
            ('\u{ffa0}', '\u{ffa0}'),
            ('\u{fff9}', '\u{fffb}'),
            ('\u{fffe}', '\u{ffff}'),
            ('\u{1bca0}', '\u{1bca3}'),
            ('\u{1d173}', '\u{1d17a}'),
            ('\u{1fffe}', '\u{1ffff}'),
            ('\u{dfffe}', '\u{e007f}'),
        ] {
            assert!((first..=last).all(|c| !is_printable(c)), "{first:?} to {last:?}");
            assert!(is_printable(char::from_u32(first as u32 - 1).unwrap()), "before {first:?}");
            assert!(is_printable(char::from_u32(last as u32 + 1).unwrap()), "after {last:?}");
        }
    }

    #[test]
    fn log_commands_are_disarmed() {
        let written = |text: &str| {
            let mut out = String::new();
            Escape::lines(&mut out).write_str(text).unwrap();
            out
        };
        for (text, shown) in [
            ("::error::x", ":\\u{3a}error::x"),
            ("a\n \u{3000}\t::stop-commands::x", "a\n \u{3000}\t:\\u{3a}stop-commands::x"),
            ("a ##[error]b", "a ##\\u{5b}error]b"),
            ("###vso[task.setvariable]", "###vso\\u{5b}task.setvariable]"),
            ("##teamcity[x", "##teamcity\\u{5b}x"),
        ] {
            assert_eq!(written(text), shown);
        }
        for text in ["a ::b", "error: ::x", "# [a] #[b] ## [c]", ": :", "http://[::1]:80", "a\n:b"] {
            assert_eq!(written(text), text);
        }
    }

    #[test]
    fn each_character_is_escaped_or_kept() {
        for (text, in_line, in_block) in [
            ("", "", ""),
            ("a\nb\tc\rd", "a\\nb\\tc\\rd", "a\nb\tc\\rd"),
            ("\u{7}é\u{202e}", "\\u{7}é\\u{202e}", "\\u{7}é\\u{202e}"),
            ("é\né", "é\\né", "é\né"),
        ] {
            assert_eq!(
                (line(text).to_string().as_str(), block(text).to_string().as_str()),
                (in_line, in_block)
            );
        }
        let written = |writer: fn(&mut String) -> Escape<&mut String>, pieces: &[&str]| {
            let mut out = String::new();
            let mut to = writer(&mut out);
            pieces.iter().for_each(|piece| to.write_str(piece).unwrap());
            out
        };
        let line: fn(&mut String) -> Escape<&mut String> = |out| Escape::line(out);
        let lines: fn(&mut String) -> Escape<&mut String> = |out| Escape::lines(out);
        let after: fn(&mut String) -> Escape<&mut String> = |out| Escape::lines(out).after_text();
        for (writer, pieces, expected) in [
            (line, &["::a"][..], ":\\u{3a}a"),
            (line, &["\n::a"], "\\n::a"),
            (line, &[" ", ":", ":a"], " :\\u{3a}a"),
            (lines, &["a", "::b"], "a::b"),
            (lines, &["a\n", "::b"], "a\n:\\u{3a}b"),
            (lines, &["a\n: :b"], "a\n: :b"),
            (lines, &["\u{7}::b"], "\\u{7}::b"),
            (lines, &[":\u{7}:b"], ":\\u{7}:b"),
            (after, &["::a"], "::a"),
            (after, &["::a\n", "::b"], "::a\n:\\u{3a}b"),
            (after, &["##[a]"], "##\\u{5b}a]"),
            (after, &["#", "#", "a1", "[b]"], "##a1\\u{5b}b]"),
            (after, &["#a#[b]"], "#a#[b]"),
            (after, &["##a#[b]"], "##a#\\u{5b}b]"),
            (after, &["##a b[c]"], "##a b[c]"),
            (after, &["##é[c]"], "##é[c]"),
            (after, &["##[a]["], "##\\u{5b}a]["),
            (after, &["##\n[a]"], "##\n[a]"),
            (after, &["é##[a"], "é##\\u{5b}a"),
        ] {
            assert_eq!(written(writer, pieces), expected, "{pieces:?}");
        }
    }

    proptest! {
        #[test]
        fn text_in_parts_is_escaped_like_the_whole(pieces in prop::collection::vec("[:#\\[ a\n\u{1b}é]{0,4}", 0..6)) {
            let (mut whole, mut apart) = (String::new(), String::new());
            Escape::lines(&mut whole).write_str(&pieces.concat()).unwrap();
            let mut writer = Escape::lines(&mut apart);
            for piece in &pieces {
                writer.write_str(piece).unwrap();
            }
            prop_assert_eq!(&whole, &apart);
            prop_assert!(whole.lines().all(|l| !l.trim_start().starts_with("::")), "{whole:?}");
            prop_assert!(!whole.contains("##["), "{whole:?}");
        }

        #[test]
        fn every_result_is_printable(text in any::<String>()) {
            prop_assert!(is_clean(&line(&text).to_string()));
            prop_assert!(block(&text).to_string().chars().all(|c| is_printable(c) || matches!(c, '\n' | '\t')));
        }
    }
}
