//! Reads the comments of a file that ignore findings, and leaves these findings out.
//!
//! A comment `dvkit-ignore DV0203` ignores the findings with that code on its own line, on the next line, and
//! in a query that begins on one of the two. Before a fence of Markdown, it is about the whole fence.
//! `dvkit-ignore-file DV0203` ignores those of the whole file.
//! Several codes and families of codes (`types`) can be named, separated by spaces or commas. What follows
//! them is free text. The syntax of comments depends on the language, so that every line with these words
//! counts, unless they are within a query or directly behind a quotation mark.

use std::ops::{Range, RangeInclusive};

use dvkit_diagnostic::{Code, CodeFamily, Diagnostic, Span, Suggestion, code, suggest};

use crate::embedded::SourceFile;
use crate::levels::{self, Levels};

/// The word with which a comment that ignores findings begins.
const WORD: &str = "dvkit-ignore";
/// What follows the word in a comment about the whole file.
const FILE: &str = "-file";

/// The comments of a file that ignore findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppressions {
    comments: Vec<Comment>,
    /// The mistakes in the comments.
    mistakes: Vec<Diagnostic>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comment {
    /// The lines that it is about, counted from 1: its own one and the next one, or the block that begins there;
    /// `None` if it is about the whole file.
    lines: Option<RangeInclusive<usize>>,
    names: Vec<Name>,
}

/// A code or a family that a comment names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    span: Span,
    target: Target,
    is_used: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Code(Code),
    Family(CodeFamily),
}

impl Target {
    fn includes(self, code: Code) -> bool {
        match self {
            Self::Code(own) => own == code || Some(own) == certain(code),
            Self::Family(family) => family == code.family(),
        }
    }
}

/// Returns the code with which a finding is reported if the snapshot is complete; `None` if it is its own.
fn certain(code: Code) -> Option<Code> {
    match code {
        code::COLUMN_NOT_IN_SNAPSHOT => Some(code::UNKNOWN_COLUMN),
        code::TABLE_NOT_IN_SNAPSHOT => Some(code::UNKNOWN_TABLE),
        _ => None,
    }
}

impl Suppressions {
    /// Reads the comments of a file with the text `text`. `is_query` says whether a byte offset is within a
    /// query.
    #[must_use]
    pub fn read(text: &str, is_query: impl Fn(usize) -> bool) -> Self {
        let mut found = Self::default();
        let (mut counted, mut lines) = (0, 1);
        for at in memchr::memmem::find_iter(text.as_bytes(), WORD) {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let is_mention =
                before.is_some_and(|c| matches!(c, '`' | '"' | '\'' | '-' | '_') || c.is_alphanumeric());
            if is_mention || is_query(at) {
                continue;
            }
            let passed = text.get(counted..at).unwrap_or_default();
            lines += memchr::memchr_iter(b'\n', passed.as_bytes()).count();
            counted = at;
            let rest = text.get(at + WORD.len()..).unwrap_or_default();
            let rest = rest.lines().next().unwrap_or_default();
            let (rest, line) = match rest.strip_prefix(FILE) {
                Some(rest) => (rest, None),
                None => (rest, Some(lines)),
            };
            if rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '`' | '"' | '\'')) {
                continue;
            }
            let start = at + WORD.len() + if line.is_none() { FILE.len() } else { 0 };
            found.comment(line, at..start, rest, start);
        }
        found
    }

    /// Adds the comment whose word is at the byte range `word`. `rest` is what follows it on its line, from
    /// the byte offset `start`.
    fn comment(&mut self, line: Option<usize>, word: Range<usize>, rest: &str, start: usize) {
        let mut comment = Comment { lines: line.map(|line| line..=line + 1), names: Vec::new() };
        let mut at = 0;
        for part in rest.split_inclusive([' ', '\t', ',']) {
            let name = part.trim_end_matches([' ', '\t', ',']);
            let ends = name.ends_with([':', ';', '.']);
            let name = name.trim_end_matches([':', ';', '.']);
            let span = Span::new(start + at, start + at + name.len());
            at += part.len();
            if name.is_empty() {
                continue;
            }
            let looks_like_code = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("dv"))
                && name.get(2..).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
            match (target(name), looks_like_code) {
                (Some(target), _) => comment.names.push(Name { span, target, is_used: false }),
                (None, true) => self.mistakes.push(unknown(name, span)),
                (None, false) => {
                    // Behind a code, free text follows.
                    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic());
                    if is_word && comment.names.is_empty() && !self.is_told(start) {
                        self.mistakes.push(unknown(name, span));
                    }
                    break;
                }
            }
            if ends {
                break;
            }
        }
        if comment.names.is_empty() && !self.is_told(start) {
            let diagnostic = Diagnostic::warning(
                code::INVALID_SUPPRESSION,
                Span::from(word),
                "the comment names no code, and ignores nothing",
            );
            self.mistakes.push(diagnostic.help(format!("name the codes: `{WORD} DV0203`")));
        }
        self.comments.push(comment);
    }

    /// Returns whether a mistake behind the byte offset `start` was found.
    fn is_told(&self, start: usize) -> bool {
        self.mistakes.last().is_some_and(|mistake| mistake.span.start as usize >= start)
    }

    /// Makes each comment before one of the blocks `blocks` one about the whole block. A block is a range of lines.
    pub fn extend(&mut self, blocks: &[RangeInclusive<usize>]) {
        for lines in self.comments.iter_mut().filter_map(|comment| comment.lines.as_mut()) {
            if let Some(block) = blocks.iter().find(|block| block.start() == lines.end()) {
                *lines = *lines.start()..=*block.end();
            }
        }
    }

    /// Returns whether there are no comments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.comments.is_empty()
    }

    /// Returns whether a comment ignores a finding with the code `code` at the line `line`, in a text that
    /// begins at the line `begins`; and remembers that the comment was used.
    pub fn ignores(&mut self, code: Code, line: usize, begins: usize) -> bool {
        let mut is_ignored = false;
        for comment in &mut self.comments {
            let is_about = |lines: &RangeInclusive<usize>| lines.contains(&line) || lines.contains(&begins);
            if !comment.lines.as_ref().is_none_or(is_about) {
                continue;
            }
            for name in comment.names.iter_mut().filter(|name| name.target.includes(code)) {
                name.is_used = true;
                is_ignored = true;
            }
        }
        is_ignored
    }

    /// Returns the findings about the comments: mistakes in them, and codes for which there was no finding.
    /// `levels` are the changed severities; a code that is off cannot be used, so that it is not reported.
    #[must_use]
    pub fn findings(&self, levels: &Levels) -> Vec<Diagnostic> {
        let is_off = |target: Target| {
            code::all()
                .filter(|info| target.includes(info.code))
                .any(|info| matches!(levels.get(&info.code), Some(None)))
        };
        let unused = self.comments.iter().flat_map(|comment| {
            let names = comment.names.iter().filter(|name| !name.is_used && !is_off(name.target));
            names.map(|name| unused(comment, name))
        });
        let mut all: Vec<Diagnostic> = self.mistakes.iter().cloned().chain(unused).collect();
        dvkit_query::lint::set_severities(&mut all, levels);
        all.sort_by_key(|diagnostic| diagnostic.span);
        all
    }
}

impl SourceFile {
    /// Returns the comments of the file that ignore findings.
    pub(crate) fn suppressions(&self) -> Suppressions {
        let mut comments = Suppressions::read(self.text(), |at| self.found_at(at).is_some());
        if !comments.is_empty() {
            comments.extend(&self.commented_blocks());
        }
        comments
    }
}

fn target(name: &str) -> Option<Target> {
    let is_number = name.bytes().all(|b| b.is_ascii_digit());
    let code = name.to_ascii_uppercase().parse().ok().filter(|_| !is_number).map(Target::Code);
    let family =
        || levels::families().find(|(word, _)| *word == name).map(|(_, family)| Target::Family(family));
    code.or_else(family)
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let message = format!("there is no code and no family of codes `{name}`");
    let diagnostic = Diagnostic::warning(code::INVALID_SUPPRESSION, span, message);
    let codes: Vec<String> = code::all().map(|info| info.code.to_string()).collect();
    let names = levels::families().map(|(word, _)| word).chain(codes.iter().map(String::as_str));
    match suggest::closest(name, names) {
        Some(near) => diagnostic.suggest(Suggestion::maybe("did you mean", span, near)),
        None => diagnostic.help("`dvkit explain` lists all codes"),
    }
}

fn unused(comment: &Comment, name: &Name) -> Diagnostic {
    let what = match name.target {
        Target::Code(code) => code.to_string(),
        Target::Family(family) => format!("`{}`", family.as_str().split(' ').next().unwrap_or_default()),
    };
    let place = if comment.lines.is_some() { "here" } else { "in this file" };
    let message = format!("there is no finding {what} {place} that the comment could ignore");
    Diagnostic::warning(code::UNUSED_SUPPRESSION, name.span, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Suppressions {
        Suppressions::read(text, |_| false)
    }

    fn told(suppressions: &Suppressions) -> Vec<String> {
        let findings = suppressions.findings(&Levels::new());
        findings.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
    }

    #[test]
    fn a_comment_ignores_its_line_and_the_next_one() {
        let mut found = read("a\n// dvkit-ignore DV0203, types: old view\nb\nc\n");
        assert!(!found.ignores(code::UNKNOWN_COLUMN, 1, 1));
        assert!(found.ignores(code::UNKNOWN_COLUMN, 2, 2));
        assert!(found.ignores(code::UNKNOWN_COLUMN, 3, 3));
        assert!(!found.ignores(code::UNKNOWN_COLUMN, 4, 4));
        assert!(found.ignores(code::UNKNOWN_COLUMN, 9, 3), "a query that begins there");
        assert!(!found.ignores(code::NO_SELECT, 2, 2));
        assert_eq!(told(&found), ["DV0701 there is no finding `types` here that the comment could ignore"]);
    }

    #[test]
    fn a_comment_about_a_name_counts_for_a_snapshot_that_is_not_complete() {
        let mut found = read("// dvkit-ignore DV0203, DV0201");
        assert!(found.ignores(code::COLUMN_NOT_IN_SNAPSHOT, 1, 1));
        assert!(found.ignores(code::TABLE_NOT_IN_SNAPSHOT, 1, 1));
        assert_eq!(told(&found), [""; 0]);
        assert!(!read("// dvkit-ignore DV0230").ignores(code::UNKNOWN_COLUMN, 1, 1));
    }

    #[test]
    fn a_comment_about_the_file_ignores_all_lines() {
        let mut found = read("<!-- dvkit-ignore-file DV0502 -->");
        assert!(found.ignores(code::NO_SELECT, 70, 70) && !found.ignores(code::UNKNOWN_COLUMN, 1, 1));
        assert_eq!(told(&found), [""; 0]);
    }

    #[test]
    fn mistakes_are_told_with_what_was_meant() {
        for (text, said) in [
            ("# dvkit-ignore", "names no code"),
            ("# dvkit-ignore -->", "names no code"),
            ("# dvkit-ignore DV0999", "family of codes `DV0999`"),
            ("# dvkit-ignore typos", "family of codes `typos`"),
            ("# dvkit-ignore-file: all", "family of codes `all`"),
        ] {
            let found = read(text);
            assert_eq!(told(&found).len(), 1, "{text}: {:?}", told(&found));
            assert!(told(&found)[0].contains(said), "{text}: {:?}", told(&found));
        }
        let found = read("# dvkit-ignore typos").findings(&Levels::new());
        assert_eq!(found[0].suggestions[0].edits[0].replacement, "types");
        let levels = Levels::from([(code::NO_SELECT, None)]);
        assert_eq!(read("# dvkit-ignore DV0502").findings(&levels), [], "a code that is off");
    }

    #[test]
    fn what_only_mentions_the_comment_is_none() {
        for text in
            ["`dvkit-ignore DV0203`", "\"dvkit-ignore\"", "xdvkit-ignore DV0203", "dvkit-ignored DV0203"]
        {
            assert!(read(text).is_empty(), "{text}");
        }
        assert!(Suppressions::read("dvkit-ignore DV0203", |_| true).is_empty());
    }
}
