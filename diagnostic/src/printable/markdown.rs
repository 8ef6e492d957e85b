//! Escapes texts of other people for Markdown pages, so that the pages show them unchanged. The reports of
//! schema changes use it.
//!
//! The page of a pull request turns addresses, `@names` and `#1` into links, loads pictures, and accepts
//! HTML, but not in code spans. Therefore every text that is more than simple words is written as a code
//! span.

use std::fmt::Write as _;

use super::line;

/// Where in a page a text is written. In the cell of a table a bar would end the cell, even in a code span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// In a paragraph or in an item of a list.
    Paragraph,
    /// In a cell of a table.
    Cell,
}

/// Returns the text as a code span on one line. Returns an empty text for an empty text, because Markdown has
/// no empty code span. `context` says where in the page the text is written.
///
/// ```
/// use dvkit_diagnostic::printable::markdown::{code_span, Context};
/// assert_eq!(code_span("contact", Context::Cell), "`contact`");
/// assert_eq!(code_span("a`b|c", Context::Cell), "``a`b\\|c``");
/// ```
#[must_use]
pub fn code_span(text: &str, context: Context) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut shown = line(text).to_string();
    if context == Context::Cell {
        // In a table, a backslash before a bar belongs to the table. Renderers disagree on a backslash before that
        // one.
        shown = shown.replace("\\|", "\\\\u{7c}").replace('|', "\\|");
    }
    let fence = "`".repeat(longest_run(&shown) + 1);
    // A renderer removes spaces at both ends, unless there are only spaces.
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if shown.starts_with(edge) || shown.ends_with(edge) { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// Returns the text with a code span in place of every word that Markdown could interpret. Text between
/// backticks becomes one code span. `context` says where in the page the text is written.
///
/// ```
/// use dvkit_diagnostic::printable::markdown::{inline_text, Context};
/// assert_eq!(inline_text("`contact` has no column `fulname`", Context::Paragraph), "`contact` has no column `fulname`");
/// assert_eq!(inline_text("ask @everyone", Context::Paragraph), "ask `@everyone`");
/// ```
#[must_use]
pub fn inline_text(text: &str, context: Context) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split('`').peekable();
    let mut quoted = false;
    while let Some(piece) = pieces.next() {
        // A backtick without a partner does not begin a code span.
        if quoted && pieces.peek().is_some() {
            push(&mut out, &code_span(piece, context));
        } else {
            if quoted {
                push(&mut out, &code_span("`", context));
            }
            unquoted(&mut out, piece, context);
        }
        quoted = !quoted;
    }
    out
}

/// Appends `text`, which is not between backticks, to `out`. Adjacent words that need a code span get one
/// together.
fn unquoted(out: &mut String, text: &str, context: Context) {
    let mut special = String::new();
    for word in text.split_inclusive(' ') {
        let bare = word.strip_suffix(' ').unwrap_or(word);
        if is_plain(bare) {
            flush(out, &mut special, context);
            push(out, word);
        } else {
            special.push_str(word);
        }
    }
    flush(out, &mut special, context);
}

fn flush(out: &mut String, special: &mut String, context: Context) {
    let bare = special.trim_end_matches(' ');
    push(out, &code_span(bare, context));
    if bare.len() < special.len() {
        out.push(' ');
    }
    special.clear();
}

/// Appends `piece`, a part of the result, to `out`. A space is added between two code spans, because they
/// would otherwise become one.
fn push(out: &mut String, piece: &str) {
    if out.ends_with('`') && piece.starts_with('`') {
        out.push(' ');
    }
    out.push_str(piece);
}

/// Returns whether Markdown shows the word unchanged, because it has only letters, digits and harmless
/// punctuation. `_` between letters is not emphasis, a colon after a word begins neither an emoji nor an
/// address, and `a.b` is an address only if it begins with `www.`.
fn is_plain(word: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "_.,;:()'\"/-+%=?→…".contains(c);
    word.chars().all(inner)
        && !word.starts_with(['_', '%'])
        && !word.ends_with('_')
        && !word.strip_suffix(':').unwrap_or(word).contains(':')
        && !word.to_ascii_lowercase().contains("www.")
        && !is_commit(word)
        && !is_issue(word)
}

/// Returns whether the word may contain the hash of a commit, which is a sequence of hexadecimal digits with
/// at least one letter and one decimal digit.
fn is_commit(word: &str) -> bool {
    word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| {
        (7..=64).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_hexdigit())
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_alphabetic())
    })
}

/// Returns whether the word contains the number of an issue, such as `GH-1`.
fn is_issue(word: &str) -> bool {
    let mut parts = word.split(|c: char| !c.is_alphanumeric()).peekable();
    while let Some(part) = parts.next() {
        let number = |next: &&str| next.starts_with(|c: char| c.is_ascii_digit());
        if part.eq_ignore_ascii_case("gh") && parts.peek().is_some_and(number) {
            return true;
        }
    }
    false
}

/// Returns the text as a fenced code block that can follow a paragraph or an item of a list. `indent` is
/// written at the beginning of every line.
///
/// ```
/// use dvkit_diagnostic::printable::markdown::code_block;
/// assert_eq!(code_block("a eq 1", "  "), "  ```\n  a eq 1\n  ```\n");
/// ```
#[must_use]
pub fn code_block(text: &str, indent: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let mut out = format!("{indent}{fence}\n");
    for text in text.split('\n') {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{indent}{}", line(text));
    }
    let _ = writeln!(out, "{indent}{fence}");
    out
}

/// Returns the number of backticks in the longest sequence of backticks in the text.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_unchanged() {
        for text in [
            "max_length 160 → 100",
            "type Edm.Int32 → integer",
            "for writers: longer texts are refused",
            "unknown → Name (1033)",
            "display_name 'a' → \"b\", c; 50%",
            "a high-level one (about gh-pages)",
            "`contact` has no column `fulname`",
            "",
        ] {
            assert_eq!(inline_text(text, Context::Cell), text);
        }
    }

    #[test]
    fn text_that_markdown_interprets_becomes_code() {
        for (text, shown) in [
            ("hi @everyone !", "hi `@everyone !`"),
            ("![x](http://evil)", "`![x](http://evil)`"),
            ("<img src=x> <b>", "`<img src=x> <b>`"),
            ("a|b", "`a\\|b`"),
            ("a\n::error::b", "`a\\n::error::b`"),
            ("one `two", "one `` ` ``two"),
            ("`a`@b`c`", "`a` `@b` `c`"),
            ("www.x.y #1 deadbeef1", "`www.x.y #1 deadbeef1`"),
            ("&amp; *x* _y_ ~z~ $k$", "`&amp; *x* _y_ ~z~ $k$`"),
            ("GH-1 a@b.c :tada: ::", "`GH-1 a@b.c :tada: ::`"),
        ] {
            assert_eq!(inline_text(text, Context::Cell), shown);
        }
        assert_eq!(code_span("``", Context::Paragraph), "``` `` ```");
        assert_eq!(code_span(" a", Context::Paragraph), "`  a `");
        assert_eq!(code_span("a\\|b", Context::Cell), "`a\\\\u{7c}b`");
        assert_eq!(code_block("a\n```\nb\r", ""), "````\na\n```\nb\\r\n````\n");
    }

    #[test]
    fn a_word_is_plain_if_markdown_shows_it_unchanged() {
        for (word, expected) in [
            ("", true),
            ("a", true),
            ("é1_b.,;:()'\"/-+%=?→…", false),
            ("é1_b.,;()'\"/-+%=?→…", true),
            ("a:", true),
            (":a", false),
            ("a:b", false),
            ("a::", false),
            (":", true),
            ("_a", false),
            ("a_", false),
            ("a_b", true),
            ("%a", false),
            ("a%", true),
            ("www.a", false),
            ("aWWW.b", false),
            ("www", true),
            ("a*", false),
            ("*a", false),
            ("a|b", false),
            ("a&b", false),
            ("a<b", false),
            ("a#1", false),
            ("a@b", false),
            ("deadbeef1", false),
            ("GH-1", false),
        ] {
            assert_eq!(is_plain(word), expected, "{word}");
        }
        for (word, expected) in [
            ("abcde1", false),
            ("abcdef1", true),
            ("1abcdef", true),
            ("abcdefa", false),
            ("1234567", false),
            ("abcdeg1", false),
            ("gggggg1", false),
            ("ABCDEF1", true),
            ("x-abcdef1", true),
            ("abcdef1.y", true),
            ("abcdef-1", false),
            ("éabcdef1", true),
        ] {
            assert_eq!(is_commit(word), expected, "{word}");
        }
        for (digits, expected) in [(63, true), (64, true), (65, false)] {
            assert_eq!(is_commit(&format!("{}1", "a".repeat(digits - 1))), expected, "{digits} digits");
        }
        for (word, expected) in [
            ("gh-1", true),
            ("GH-1", true),
            ("gh.12", true),
            ("a-gh-1", true),
            ("gh-1a", true),
            ("gh-a1", false),
            ("gh", false),
            ("gh-pages", false),
            ("ghx-1", false),
            ("a-1", false),
            ("gh--1", false),
            ("1-gh", false),
        ] {
            assert_eq!(is_issue(word), expected, "{word}");
        }
    }

    #[test]
    fn code_has_a_longer_fence_than_it_contains() {
        for (text, paragraph, cell) in [
            ("", "", ""),
            ("a", "`a`", "`a`"),
            ("a`b", "``a`b``", "``a`b``"),
            ("a``b`c", "```a``b`c```", "```a``b`c```"),
            ("`a", "`` `a ``", "`` `a ``"),
            ("a`", "`` a` ``", "`` a` ``"),
            (" a", "`  a `", "`  a `"),
            ("a ", "` a  `", "` a  `"),
            ("a b", "`a b`", "`a b`"),
            ("a|b", "`a|b`", "`a\\|b`"),
            ("a\\|b|", "`a\\|b|`", "`a\\\\u{7c}b\\|`"),
            ("a\nb", "`a\\nb`", "`a\\nb`"),
        ] {
            assert_eq!(code_span(text, Context::Paragraph), paragraph, "{text:?}");
            assert_eq!(code_span(text, Context::Cell), cell, "{text:?}");
        }
        for (text, indent, block) in [
            ("", "", "```\n\n```\n"),
            ("a`b``", "", "```\na`b``\n```\n"),
            ("a```", "> ", "> ````\n> a```\n> ````\n"),
            ("````\na", "", "`````\n````\na\n`````\n"),
            ("a\n\u{7}", " ", " ```\n a\n \\u{7}\n ```\n"),
        ] {
            assert_eq!(code_block(text, indent), block, "{text:?}");
        }
    }

    #[test]
    fn words_that_need_it_are_put_into_one_code_span() {
        for (text, shown) in [
            ("a b", "a b"),
            ("#1 #2 b", "`#1 #2` b"),
            ("a #1", "a `#1`"),
            ("a #1 ", "a `#1` "),
            ("#1  #2", "`#1`  `#2`"),
            (" #1", " `#1`"),
            ("#1 a #2", "`#1` a `#2`"),
            ("`a`", "`a`"),
            ("x `a b` y", "x `a b` y"),
            ("`a` `b`", "`a` `b`"),
            ("`a``b`", "`a` `b`"),
            ("`a`#1", "`a` `#1`"),
            ("#1`a`", "`#1` `a`"),
            ("``a", "a"),
            ("a`b", "a`` ` ``b"),
            ("`", "`` ` ``"),
            ("`a` b`c", "`a` b`` ` ``c"),
        ] {
            assert_eq!(inline_text(text, Context::Paragraph), shown, "{text}");
        }
        assert_eq!(inline_text("a|b `c|d`", Context::Paragraph), "`a|b` `c|d`");
        assert_eq!(inline_text("a|b `c|d`", Context::Cell), "`a\\|b` `c\\|d`");
    }
}
