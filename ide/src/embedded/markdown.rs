//! Reads Markdown: fences, by the reader of their language, and code within lines.

use std::ops::Range;
use std::sync::Arc;

use super::layers::{may_have_query, push_recognized};
use super::text::EscapeWith;
use super::{Escaping, FoundText, Host, HostText, HostTextBuilder, SourceFile, nested, verbatim};

/// Texts of which a document with something to check has at least one.
pub(super) const MARKERS: &[&str] = &[
    "<fetch",
    "fetchxml",
    "$select",
    "$filter",
    "$expand",
    "$orderby",
    "$apply",
    "$top",
    "%24select",
    "%24filter",
    "api/data/v",
    "_api/",
    "columnset",
    "webapi",
    "```odata",
    "~~~odata",
    "queryexpression",
    "attributelogicalname",
    "savedquery=",
    "userquery=",
];

/// An open fence.
struct Fence {
    mark: char,
    length: usize,
    /// The byte offset of the line that opens it.
    start: usize,
    /// What precedes each line of the fence: spaces and marks of quotes.
    indent: String,
    language: String,
    lines: Vec<Range<usize>>,
}

/// A part of a document.
enum MarkdownPart<'s> {
    Fence(Fence),
    /// A line outside of fences, with its byte offset in the document.
    Line(&'s str, usize),
}

/// The byte range of a fence, from the line that opens it to the line that closes it.
pub(super) struct FenceRange {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl FenceRange {
    /// Returns whether the byte offset `offset` is in the fence.
    pub(super) fn contains(&self, offset: usize) -> bool {
        (self.start..=self.end).contains(&offset)
    }
}

/// Returns the texts of a document.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let mut found = Vec::new();
    parts(source, |part| match part {
        MarkdownPart::Fence(fence) => fenced(source, &fence, &mut found),
        MarkdownPart::Line(content, start) => {
            inline(content, start, &mut found);
            links(content, start, &mut found);
        }
    });
    found
}

/// Returns the fences of a document.
pub(super) fn fences(source: &str) -> impl Iterator<Item = FenceRange> {
    let mut ranges = Vec::new();
    parts(source, |part| {
        if let MarkdownPart::Fence(fence) = part {
            let end = fence.lines.last().map_or(fence.start, |line| line.end);
            ranges.push(FenceRange { start: fence.start, end });
        }
    });
    ranges.into_iter()
}

/// Calls `each` with every fence of a document, and with every line outside of them, in the order of their ends.
fn parts<'s>(source: &'s str, mut each: impl FnMut(MarkdownPart<'s>)) {
    let mut fence: Option<Fence> = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let content = line.trim_end_matches(['\n', '\r']);
        let body = content.trim_start_matches([' ', '\t', '>']);
        let mark = body.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = mark.map_or(0, |mark| body.chars().take_while(|c| *c == mark).count());
        match &mut fence {
            Some(open) => {
                let closes = mark == Some(open.mark) && length >= open.length;
                if closes && body.get(length..).is_some_and(|rest| rest.trim().is_empty()) {
                    fence.take().into_iter().for_each(|open| each(MarkdownPart::Fence(open)));
                } else {
                    open.lines.push(range);
                }
            }
            None if length >= 3
                && (mark == Some('~') || !body.get(length..).is_some_and(|r| r.contains('`'))) =>
            {
                let info = body.get(length..).unwrap_or_default().trim();
                let language = info.trim_start_matches(['{', '.']).split([' ', ',', '{', '}', ':']).next();
                fence = Some(Fence {
                    mark: mark.unwrap_or('`'),
                    length,
                    start: range.start,
                    indent: content.get(..content.len() - body.len()).unwrap_or_default().to_owned(),
                    language: language.unwrap_or_default().to_ascii_lowercase(),
                    lines: Vec::new(),
                });
            }
            None => each(MarkdownPart::Line(content, range.start)),
        }
    }
    fence.into_iter().for_each(|open| each(MarkdownPart::Fence(open)));
}

/// An escaping for the lines of an indented fence.
#[derive(Debug)]
struct Indented(String);

impl Escaping for Indented {
    fn escape(&self, text: &str) -> Option<String> {
        Some(text.replace('\n', &format!("\n{}", self.0)))
    }
}

/// Adds the texts of a fence.
fn fenced(source: &str, fence: &Fence, found: &mut Vec<FoundText>) {
    let escaping: Arc<dyn Escaping> =
        if fence.indent.is_empty() { verbatim() } else { Arc::new(Indented(fence.indent.clone())) };
    let mut builder = HostTextBuilder::default();
    let mut end: Option<Range<usize>> = None;
    for line in &fence.lines {
        let text = source.get(line.clone()).unwrap_or_default();
        let indent = text.chars().zip(fence.indent.chars()).take_while(|(a, b)| a == b).count();
        let start = line.start + text.char_indices().nth(indent).map_or(text.len(), |(at, _)| at);
        let start = start.min(line.start + text.trim_end_matches(['\n', '\r']).len());
        // A line break is written together with the indent of the next line.
        match end {
            Some(end) if end.end == start => builder.plain(end.clone(), source.get(end).unwrap_or_default()),
            Some(end) => builder.escape(end.start..start, source.get(end).unwrap_or_default()),
            None => builder.begin(start, escaping.clone()),
        }
        let content = start..line.start + text.trim_end_matches(['\n', '\r']).len();
        builder.plain(content.clone(), source.get(content.clone()).unwrap_or_default());
        end = Some(content.end..line.end);
    }
    if let Some(end) = end {
        builder.plain(end.clone(), source.get(end).unwrap_or_default());
    }
    let text = builder.finish();
    language(&fence.language, &text, found);
}

/// Adds the texts of a piece of code in the language `name`.
pub(super) fn language(name: &str, text: &HostText, found: &mut Vec<FoundText>) {
    let source = text.text();
    if matches!(name, "markdown" | "md") {
        return;
    }
    let is_request = |line: &str| super::http::method(line).is_some();
    match nested::language(name) {
        Some(Host::Queries) if source.lines().any(is_request) => found.extend(nested::read(Host::Http, text)),
        Some(Host::Markdown | Host::Notebook) => {}
        // A file of queries in the language `odata` or `fetchxml` says what it is.
        Some(host @ Host::Queries) => {
            let texts = nested::read(host, text);
            found.extend(texts.into_iter().map(|text| FoundText { placeholders: Some(true), ..text }));
        }
        Some(host) => {
            let texts = nested::read(host, text);
            let none = texts.is_empty();
            found.extend(texts);
            // Documents abridge examples: what is not a whole file of the language is read line by line.
            if none && matches!(host, Host::Json | Host::Xml | Host::Html) {
                lines(text, found);
            }
        }
        None if source.lines().any(is_request) => found.extend(nested::read(Host::Http, text)),
        None => lines(text, found),
    }
}

/// Adds the queries of a text whose language is not known: FetchXML anywhere, and a request on a line.
pub(super) fn lines(text: &HostText, found: &mut Vec<FoundText>) {
    if text.text().contains("<fetch") {
        push_recognized("text", text, found);
        return;
    }
    let mut at = 0;
    for line in text.text().split_inclusive('\n') {
        if may_have_query(line) {
            let content = line.trim_end_matches(['\n', '\r']);
            let quoted = quoted(content);
            push_recognized("line of a text", &text.slice(at + quoted.start..at + quoted.end), found);
        }
        at += line.len();
    }
}

/// Returns the part of a line within quotation marks that contains the URL of a request, or the whole line if
/// there is none.
fn quoted(line: &str) -> Range<usize> {
    let quotes = ['\'', '"'].into_iter().filter_map(|quote| {
        let open = line.find(&format!("{quote}http"))? + 1;
        let close = open + line.get(open..)?.rfind(quote)?;
        let rest = line.get(close..)?;
        // An apostrophe of a literal of OData is followed by more of the URL.
        (rest.len() == 1 || rest.get(1..)?.starts_with([' ', ')', ',', ';', '\\'])).then_some(open..close)
    });
    quotes.min_by_key(|range| range.start).unwrap_or(0..line.len())
}

/// Adds the requests whose addresses are written in a sentence.
fn links(line: &str, start: usize, found: &mut Vec<FoundText>) {
    let mut at = 0;
    while let Some(path) = line.get(at..).and_then(|rest| rest.find("/api/data/v")).map(|n| n + at) {
        at = path + 1;
        let before = line.get(..path).unwrap_or_default();
        let begin = before.rfind(|c: char| c.is_whitespace() || "<([|\"'`".contains(c)).map_or(0, |n| {
            n + before.get(n..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        // Code within a line is read as such.
        let is_code = before.matches('`').count() % 2 == 1;
        let is_address = line.get(begin..path).is_some_and(|url| url.starts_with("http"));
        if is_code || !is_address {
            continue;
        }
        let rest = line.get(path..).unwrap_or_default();
        let mut depth = 0_usize;
        let end = rest.find(|c: char| {
            match c {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ')' => return true,
                _ => {}
            }
            c.is_whitespace() || "<>|`\"]".contains(c)
        });
        let url = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let length = url.trim_end_matches(['.', ',', ';', ':', '!', '*', '_']).len();
        at = path + length.max(1);
        let range = begin..path + length;
        let Some(text) = line.get(range.clone()).filter(|text| text.contains(['?', '('])) else { continue };
        let mut builder = HostTextBuilder::default();
        builder.begin(start + range.start, Arc::new(EscapeWith(in_address)));
        builder.plain(start + range.start..start + range.end, text);
        push_recognized("address in Markdown", &builder.finish(), found);
    }
}

/// Returns `text` as it is written in an address within a sentence; `None` if that cannot contain it.
fn in_address(text: &str) -> Option<String> {
    let ends = |c: char| c.is_whitespace() || "<>|`\"]".contains(c);
    (!text.contains(ends)).then(|| text.to_owned())
}

/// Adds the queries in code within a line.
fn inline(line: &str, start: usize, found: &mut Vec<FoundText>) {
    if !line.contains('`') || !may_have_query(line) {
        return;
    }
    let mut at = 0;
    while let Some(open) = line.get(at..).and_then(|rest| rest.find('`')).map(|n| n + at) {
        let length = line.get(open..).map_or(0, |rest| rest.bytes().take_while(|b| *b == b'`').count());
        let content = open + length;
        let Some(close) = closing(line, content, length) else {
            at = content;
            continue;
        };
        let code = line.get(content..close).unwrap_or_default();
        if may_have_query(code) && !is_mention(code) {
            let mut builder = HostTextBuilder::default();
            builder.begin(start + content, Arc::new(EscapeWith(in_code)));
            builder.plain(start + content..start + close, code);
            push_recognized("code in Markdown", &builder.finish(), found);
        }
        at = close + length;
    }
}

/// Returns `text` as it is written in code within a line; `None` if that cannot contain it.
fn in_code(text: &str) -> Option<String> {
    (!text.contains(['`', '\n', '\r'])).then(|| text.to_owned())
}

/// Returns whether a text only mentions an option or an element: it has no value.
fn is_mention(code: &str) -> bool {
    // `$top=5` is what a sentence tells to add.
    let is_number = |c: char| c.is_ascii_digit();
    if let Some((name, value)) = code.trim_start_matches(['?', '&']).split_once('=')
        && matches!(name, "$top" | "$skip" | "$count")
        && (value.chars().all(is_number) || matches!(value, "true" | "false"))
    {
        return true;
    }
    let ends = code.trim_end_matches(['.', '…', ' ']);
    ends.ends_with('=') || (ends.contains('…') || ends.contains("..."))
}

/// Returns the offset of the next run of exactly `length` backticks.
fn closing(line: &str, from: usize, length: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut at = from;
    loop {
        at += memchr::memchr(b'`', bytes.get(at..)?)?;
        let run = bytes.get(at..)?.iter().take_while(|b| **b == b'`').count();
        if run == length {
            return Some(at);
        }
        at += run;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let file = SourceFile::new("a.md".into(), source.as_bytes().to_vec()).unwrap().unwrap();
        file.found().iter().map(|found| found.text.text().to_owned()).collect()
    }

    #[test]
    fn an_address_in_a_sentence_is_read_without_what_follows_it() {
        const URL: &str = "https://contoso.crm.dynamics.com/api/data/v9.2";
        for (source, text) in [
            (format!("Open {URL}/contacts?$select=fullname."), "contacts?$select=fullname"),
            (format!("Open <{URL}/contacts?$top=1>, then"), "contacts?$top=1"),
            (format!("[all]({URL}/accounts(1)?$select=name) of them"), "accounts(1)?$select=name"),
            (format!("| a | {URL}/accounts?$top=2|"), "accounts?$top=2"),
            (format!("```sh\ncurl '{URL}/accounts?$top=3' -s\n```"), "accounts?$top=3"),
            (format!("```sh\ncurl -H \"A: b\" \"{URL}/accounts?$top=4\"\n```"), "accounts?$top=4"),
        ] {
            assert_eq!(found(&source), [text], "{source}");
        }
        for source in [
            format!("The service is at {URL}/."),
            format!("`{URL}` and {URL}/$metadata"),
            "Add `$top=5`, `&$count=true` or `$skip=10`, see /api/data/v9.2/accounts".to_owned(),
        ] {
            assert_eq!(found(&source), Vec::<String>::new(), "{source}");
        }
    }

    #[test]
    fn an_option_without_a_value_is_only_mentioned() {
        for (code, expected) in [
            ("$top=5", true),
            ("?$top=5", true),
            ("&$skip=10", true),
            ("$count=true", true),
            ("$count=false", true),
            ("$top=", true),
            ("$select=", true),
            ("$select=...", true),
            ("$select=a,…", false),
            ("contacts?$filter=… and b", true),
            ("contacts?$select=a...&$top=1", true),
            ("$select=. ", true),
            ("$top=x", false),
            ("$count=maybe", false),
            ("$select=5", false),
            ("$top=5=6", false),
            ("contacts?$top=5", false),
            ("$filter=a eq b.", false),
        ] {
            assert_eq!(is_mention(code), expected, "{code}");
        }
        for (text, fits) in [("a b", true), ("a`", false), ("a\nb", false), ("a\r", false)] {
            assert_eq!(in_code(text).is_some(), fits, "{text:?}");
        }
        for (line, from, length, expected) in [
            ("a`b``c`", 0, 1, Some(1)),
            ("a`b``c`", 2, 1, Some(6)),
            ("a`b``c`", 0, 2, Some(3)),
            ("a```", 0, 2, None),
            ("a", 0, 1, None),
        ] {
            assert_eq!(closing(line, from, length), expected, "{line} {from} {length}");
        }
    }
}
