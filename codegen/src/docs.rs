//! Documentation from what customisers wrote: any text becomes one harmless paragraph.

use std::fmt;

use dvkit_schema::LocalizedText;

/// Descriptions of tables and columns go up to 2,000 characters; what is longer than this is cut.
const MAX_TEXT: usize = 400;

/// The text of a label in the pinned language, with the fallback of [`LocalizedText::best`], ready for a doc comment; `None`
/// where no language has one.
pub(crate) fn text(label: &LocalizedText, language: u32) -> Option<String> {
    let text = harmless(label.best(language)?);
    (!text.is_empty()).then_some(text)
}

/// Lines of documentation as comments, `indent` in front of each.
pub(crate) struct Comment<'d>(pub(crate) &'d [String], pub(crate) &'static str);

impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(f, "{}///{line}", self.1))
    }
}

/// The lines of a doc comment: the sentences of the first line, each with a full stop, then a
/// paragraph for the description.
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
    // Many a description only repeats the name.
    if let Some(description) = description.filter(|d| !first.contains(d)) {
        lines.extend([String::new(), format!(" {description}")]);
    }
    lines
}

/// A name of the schema as code; one with odd characters as text.
pub(crate) fn code(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !name.is_empty() && name.chars().all(plain) { format!("`{name}`") } else { harmless(name) }
}

/// Names of the schema, with commas between; of many the first few.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<_> = names.iter().take(6).map(|n| code(n.as_ref())).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// `text` as one line of Markdown that shows it and nothing else: no link, no code, no HTML, no heading, no characters
/// that turn the direction of writing. rustdoc neither warns about it nor takes a part of it for an example.
pub(crate) fn harmless(text: &str) -> String {
    // Most texts are words and nothing else; a build script is not optimised, and there are ten thousands.
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
        // A bare address would be a link, a number or a dash at the beginning a list.
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

/// Control characters, and those that turn the direction of writing or take no room.
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
        assert_eq!(harmless("  The  name\r\n of\tit. "), "The name of it.");
        assert_eq!(harmless("[x](y) <b> `c` */ a_b"), r"\[x\](y) \<b\> \`c\` \*/ a\_b");
        assert_eq!(harmless("```rust\nfn main() {}"), r"\`\`\`rust fn main() \{\}");
        assert_eq!(harmless("see https://x.y"), r"see https:\//x.y");
        assert_eq!(harmless("1. one - two"), r"1\. one - two");
        assert_eq!(harmless("- one"), r"\- one");
        assert_eq!(harmless("a\u{202e}b\u{200b}\0"), "a b");
        assert_eq!(harmless("\u{202e}"), "");
        assert!(harmless(&"word ".repeat(500)).ends_with("word …"));
        assert!(harmless(&"x".repeat(5000)).len() < 200);
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
}
