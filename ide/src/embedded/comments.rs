//! Finds the places of a source file at which a comment about a query can be written without changing a text of
//! the file.
//!
//! JSON has no comments, and neither have notebooks, which are JSON: readers of flows and templates refuse a file
//! with one.

use std::ops::RangeInclusive;

use super::{FoundText, Host, SourceFile, markdown, xml};
use crate::QueryForm;

/// A place for a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CommentPlace {
    /// The byte offset in the file.
    pub(crate) offset: usize,
    /// What begins and ends a comment there, with the spaces within it.
    pub(crate) marks: (&'static str, &'static str),
    /// Whether the comment is a line of its own before the one that begins at the offset.
    pub(crate) is_line: bool,
}

const HASH: (&str, &str) = ("# ", "");
const SLASHES: (&str, &str) = ("// ", "");
const APOSTROPHE: (&str, &str) = ("' ", "");
const MARKUP: (&str, &str) = ("<!-- ", " -->");
const LIQUID: (&str, &str) = ("{% comment %} ", " {% endcomment %}");

impl SourceFile {
    /// Returns the places for a comment about the text `found`, or about what is at the byte offset `start` beside
    /// the texts, the best first. `start` is the beginning of the text.
    pub(crate) fn comment_places(&self, found: Option<&FoundText>, start: usize) -> Vec<CommentPlace> {
        let (_, line) = self.lines(&(start..start));
        let Some(before) = self.text().get(line.start..start) else { return Vec::new() };
        let own_line = |marks| CommentPlace { offset: line.start, marks, is_line: true };
        // A text at the beginning of a line is within a literal of several lines.
        let program = |marks| if before.trim().is_empty() { Vec::new() } else { vec![own_line(marks)] };
        match self.host() {
            Host::Queries => {
                let text = found.map_or("", |found| found.text.text());
                let is_element =
                    matches!(QueryForm::untrimmed(text), QueryForm::Fetch(text) if text.starts_with('<'));
                vec![own_line(if is_element && before.trim().is_empty() { MARKUP } else { HASH })]
            }
            Host::CSharp | Host::JavaScript | Host::TypeScript | Host::Java | Host::Rust => program(SLASHES),
            Host::VisualBasic => program(APOSTROPHE),
            Host::Python | Host::PowerShell | Host::Yaml => program(HASH),
            Host::Http => vec![own_line(HASH)],
            Host::Markdown => match markdown::fences(self.text()).find(|fence| fence.contains(start)) {
                Some(fence) => vec![CommentPlace { offset: fence.start, marks: MARKUP, is_line: true }],
                // A line of its own would end the paragraph.
                None => vec![CommentPlace { offset: line.end, marks: (" <!-- ", " -->"), is_line: false }],
            },
            Host::Xml | Host::Html => self.markup_places(found, start, program(SLASHES)),
            Host::Razor | Host::Json | Host::Notebook => Vec::new(),
        }
    }

    /// Returns the places for a comment in a page or an XML file. `script` are those for a text in a script.
    fn markup_places(
        &self,
        found: Option<&FoundText>,
        start: usize,
        script: Vec<CommentPlace>,
    ) -> Vec<CommentPlace> {
        let source = self.text();
        let is_html = self.host() == Host::Html;
        let (number, _) = self.lines(&(start..start));
        let before = |offset: usize, marks| {
            let (line, range) = self.lines(&(offset..offset));
            let is_first = source.get(range.start..offset).is_some_and(|before| before.trim().is_empty());
            // A comment counts on its line and the next one.
            let is_line = line == number && is_first;
            let offset = if is_line { range.start } else { offset };
            (line == number || line + 1 == number).then_some(CommentPlace { offset, marks, is_line })
        };
        if found.is_some_and(|found| found.construct == "fetchxml of Liquid") {
            let tag = source.get(..start).and_then(|source| source.rfind("{%"));
            return tag.and_then(|tag| before(tag, LIQUID)).into_iter().collect();
        }
        let mut elements = xml::elements_at(source, start, is_html);
        let in_script = elements.first().is_some_and(|at| {
            source.get(at + 1..at + 7).is_some_and(|name| name.eq_ignore_ascii_case("script"))
        });
        let (_, line) = self.lines(&(start..start));
        // A line of a script begins behind its start tag.
        let begins_within = |at: &usize| source.get(*at..line.start).is_some_and(|tag| tag.contains('>'));
        if is_html && in_script && elements.first().is_some_and(begins_within) {
            return script;
        }
        // Before the element that contains FetchXML, rather than in it.
        if elements.first() == Some(&start) && elements.len() > 1 {
            elements.swap(0, 1);
        }
        elements.into_iter().filter_map(|at| before(at, MARKUP)).collect()
    }

    /// Returns the ranges of lines, counted from 1, which a comment on the line before is about as a whole: the
    /// fences of Markdown.
    pub(crate) fn commented_blocks(&self) -> Vec<RangeInclusive<usize>> {
        if self.host() != Host::Markdown {
            return Vec::new();
        }
        let lines = |fence: markdown::FenceRange| {
            let (first, _) = self.lines(&(fence.start..fence.start));
            let (last, _) = self.lines(&(fence.end..fence.end));
            first..=last
        };
        markdown::fences(self.text()).map(lines).collect()
    }
}
