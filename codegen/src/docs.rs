//! Writes the doc comments of generated code. Labels and descriptions of the organisation are escaped, so
//! that rustdoc shows them as plain text.

use std::fmt;

use dvkit_schema::LocalizedText;

/// The maximum length of a description in a doc comment, in bytes. Dataverse allows 2,000 characters.
const MAX_TEXT: usize = 400;

/// Returns the text of a label, escaped for a doc comment. The language is `language` (an LCID), or else the
/// one that [`LocalizedText::best`] chooses. Returns `None` if the label is empty.
pub(crate) fn text(label: &LocalizedText, language: u32) -> Option<String> {
    let text = escape_markdown(label.best(language)?);
    (!text.is_empty()).then_some(text)
}

/// The indentation of the fields and constants in generated code.
pub(crate) const INDENT: &str = "    ";

/// The lines of a doc comment, which `Display` writes as `///` comments. The second field is the indentation
/// of each line.
pub(crate) struct Comment<'d>(pub(crate) &'d [String], pub(crate) &'static str);

impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{}///{line}", self.1))
    }
}

/// Returns the lines of a doc comment. The first line has the sentences `first`, without empty ones.
/// `description` follows as a paragraph of its own, unless it repeats one of the sentences.
pub(crate) fn paragraphs<const N: usize>(first: [String; N], description: Option<String>) -> Vec<String> {
    let mut line = String::new();
    for text in first.iter().filter(|t| !t.is_empty()) {
        line.push(' ');
        line.push_str(text);
        if !text.ends_with(['.', '!', '?', '…']) {
            line.push('.');
        }
    }
    let mut lines = vec![line];
    // Many descriptions only repeat the name.
    if let Some(description) = description.filter(|d| !first.contains(d)) {
        lines.extend([String::new(), format!(" {description}")]);
    }
    lines
}

/// Returns a name of the schema as Markdown code, or as escaped text if it has unusual characters.
pub(crate) fn code(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !name.is_empty() && name.chars().all(plain) { format!("`{name}`") } else { escape_markdown(name) }
}

/// Returns the first six of `names` as Markdown code, separated by commas. If there are more, `…` follows.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<_> = names.iter().take(6).map(|n| code(n.as_ref())).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Returns `text` as one line of Markdown that rustdoc shows as plain text.
///
/// The result contains no links, code, HTML or headings, no invisible characters, and no characters that
/// change the direction of writing. rustdoc reports no warnings about it, and does not mistake a part of it
/// for a code example.
pub(crate) fn escape_markdown(text: &str) -> String {
    // Fast path for texts of plain words, which most of the tens of thousands are: build scripts are not optimised.
    let is_word =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b',' | b'\'' | b';' | b'(' | b'?' | b'!');
    let text = text.trim();
    if text.len() <= MAX_TEXT && text.bytes().all(is_word) && !text.contains("  ") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for word in text.split(|c: char| c.is_whitespace() || is_invisible(c)).filter(|w| !w.is_empty()) {
        if out.len() + word.len() > MAX_TEXT {
            if out.is_empty() {
                escape(&word.chars().take(MAX_TEXT / 4).collect::<String>(), &mut out);
            }
            out.push_str(" …");
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        escape(word, &mut out);
    }
    out
}

fn escape(word: &str, out: &mut String) {
    let begins_line = out.is_empty();
    let mut before = None;
    for c in word.chars() {
        let marks = matches!(
            c,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '~' | '|' | '&' | '$' | '^'
        );
        // An address would become a link, and a number or a dash at the beginning a list.
        let address = c == '/' && before == Some(':');
        let list = begins_line
            && (matches!(c, '-' | '+' | '=') && before.is_none()
                || matches!(c, '.' | ')') && before.is_some_and(|b: char| b.is_ascii_digit()));
        if marks || address || list {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
}

/// Returns whether a character is a control character, has no width, or changes the direction of writing.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_one_harmless_line() {
        assert_eq!(escape_markdown("  The  name\r\n of\tit. "), "The name of it.");
        assert_eq!(escape_markdown("[x](y) <b> `c` */ a_b"), r"\[x\](y) \<b\> \`c\` \*/ a\_b");
        assert_eq!(escape_markdown("```rust\nfn main() {}"), r"\`\`\`rust fn main() \{\}");
        assert_eq!(escape_markdown("see https://x.y"), r"see https:\//x.y");
        assert_eq!(escape_markdown("1. one - two"), r"1\. one - two");
        assert_eq!(escape_markdown("- one"), r"\- one");
        assert_eq!(escape_markdown("a\u{202e}b\u{200b}\0"), "a b");
        assert_eq!(escape_markdown("\u{202e}"), "");
        assert!(escape_markdown(&"word ".repeat(500)).ends_with("word …"));
        assert!(escape_markdown(&"x".repeat(5000)).len() < 200);
    }

    #[test]
    fn sentences_end() {
        let first = ["Full Name".to_owned(), "Text, 160 characters.".to_owned()];
        assert_eq!(paragraphs(first.clone(), None), [" Full Name. Text, 160 characters."]);
        let described = paragraphs(first.clone(), Some("Both names".to_owned()));
        assert_eq!(described, [" Full Name. Text, 160 characters.", "", " Both names"]);
        assert_eq!(paragraphs(first, Some("Full Name".to_owned())).len(), 1);
    }

    #[test]
    fn the_language_falls_back() {
        let mut label = LocalizedText::new(1031, "Kontakt");
        assert_eq!(text(&label, 1033).as_deref(), Some("Kontakt"));
        label.0.insert(1033, "Contact".to_owned());
        assert_eq!(text(&label, 1036).as_deref(), Some("Contact"));
        assert_eq!(text(&label, 1031).as_deref(), Some("Kontakt"));
        assert_eq!(text(&LocalizedText::default(), 1033), None);
    }

    #[test]
    fn each_character_with_a_meaning_in_markdown_is_escaped_where_it_has_one() {
        for (written, expected) in [
            ("a b, c; (d) 'e' f? g!", "a b, c; (d) 'e' f? g!"),
            ("a  b", "a b"),
            ("", ""),
            ("a.b", "a.b"),
            ("+ a", r"\+ a"),
            ("= a", r"\= a"),
            ("-a", r"\-a"),
            ("a- + =", "a- + ="),
            ("12. a 3. b", r"12\. a 3. b"),
            ("1) a", r"1\) a"),
            ("a1. b", r"a1\. b"),
            ("a. b", "a. b"),
            ("a) b", "a) b"),
            (".5", ".5"),
            ("a/b :c/ d:/e", r"a/b :c/ d:\/e"),
            (r"\ { } [ ] # ~ | & $ ^", r"\\ \{ \} \[ \] \# \~ \| \& \$ \^"),
        ] {
            assert_eq!(escape_markdown(written), expected, "{written}");
        }
        for invisible in [
            '\u{1}',
            '\u{7f}',
            '\u{ad}',
            '\u{61c}',
            '\u{180e}',
            '\u{200b}',
            '\u{200f}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{206f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{e0000}',
            '\u{e0fff}',
        ] {
            assert_eq!(escape_markdown(&format!("a{invisible}b")), "a b", "{invisible:?}");
        }
        for visible in ['\u{200a}', '\u{2010}', '\u{2070}', '\u{fffc}', 'é'] {
            let text = format!("a{visible}b");
            let expected = if visible.is_whitespace() { "a b" } else { text.as_str() };
            assert_eq!(escape_markdown(&text), expected, "{visible:?}");
        }
    }

    #[test]
    fn a_long_text_ends_with_a_word() {
        let words = |count: usize| "abc ".repeat(count).trim_end().to_owned();
        assert_eq!(escape_markdown(&words(100)), words(100), "{MAX_TEXT} characters at most");
        assert_eq!(escape_markdown(&words(101)), format!("{} …", words(100)));
        let with_sign = |count: usize| words(count).replacen('a', "é", 1);
        assert_eq!(escape_markdown(&with_sign(100)), with_sign(100));
        assert_eq!(escape_markdown(&"x".repeat(MAX_TEXT)).len(), MAX_TEXT);
        let cut = format!("{} …", "x".repeat(MAX_TEXT / 4));
        assert_eq!(escape_markdown(&"x".repeat(MAX_TEXT + 1)), cut);
    }

    #[test]
    fn names_are_code_if_they_are_plain() {
        for (name, expected) in
            [("a_B.c-1", "`a_B.c-1`"), ("a b", "a b"), ("a*", r"a\*"), ("é", "é"), ("", "")]
        {
            assert_eq!(code(name), expected, "{name}");
        }
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a", "b"]), "`a`, `b`");
        assert_eq!(list(&["a", "b", "c", "d", "e", "f"]), "`a`, `b`, `c`, `d`, `e`, `f`");
        assert_eq!(list(&["a", "b", "c", "d", "e", "f", "g"]), "`a`, `b`, `c`, `d`, `e`, `f`, …");
    }

    #[test]
    fn a_sentence_without_an_end_gets_a_full_stop() {
        let of = |first: &str| paragraphs([first.to_owned(), String::new()], None).join("|");
        for (first, expected) in [
            ("a", " a."),
            ("a.", " a."),
            ("a!", " a!"),
            ("a?", " a?"),
            ("a…", " a…"),
            ("a,", " a,."),
            ("", ""),
        ] {
            assert_eq!(of(first), expected, "{first}");
        }
        let comment = [" a".to_owned(), String::new()];
        assert_eq!(Comment(&comment, "  ").to_string(), "  /// a\n  ///\n");
    }
}
