//! Scans the lines of a text for the positions of its queries, by the rules in [the parent module](super).
//! Documents and streams are read with it.
//!
//! The scanner looks only for the end of a query, and ignores whether the query is correct. If the end is not
//! certain, [`QuerySpan::doubt`] has the reason; such a query is read, but never replaced.

use std::ops::Range;

use super::json::Json;
use super::layout::{Layout, begins_comment, continues_above};
use super::xml::{End, Xml};
use crate::line_reader::MAX_LINE;

/// The reason for not replacing a FetchXML query that has no end.
const NO_END: &str =
    "the FetchXML query that begins here has no end (`</fetch>`), so nobody can tell where it ends";
const NOT_FETCH: &str = "its root element is not `fetch`";
const NO_COMMENT_END: &str = "the comment or instruction that begins here never ends";
const TOO_MANY: &str = "more than 100 queries on one line";
/// The maximum number of queries on one line. Each finding shows the whole line, so without this limit the
/// output could grow with the square of the number of queries.
const MAX_ON_LINE: usize = 100;
const TOO_LONG: &str = "longer than 1 MiB";

/// The position of a query in the text. All offsets are in bytes, counted from the beginning of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QuerySpan {
    /// The number of the query's first line, counted from 1.
    pub(super) number: usize,
    /// The byte range of the whole lines that the query is on, without the last line break.
    pub(super) lines: Range<usize>,
    /// The byte range of the query itself, without the rest of its lines.
    pub(super) query: Range<usize>,
    /// A sentence with the reason why the query cannot be used; `None` if it can be used.
    pub(super) broken: Option<&'static str>,
    /// A sentence with the reason why the query must not be replaced; `None` if it may be replaced.
    pub(super) doubt: Option<&'static str>,
}

/// The state of the scanner at the end of a line: whether a query is open, and of which form.
enum State {
    Idle,
    Xml(Xml),
    Json(Json),
    /// A FetchXML query whose `<` are escaped as `&lt;` is open.
    Escaped,
    /// An OData query is open, which the next line may continue.
    OData(Layout),
}

/// Scans a text line by line and collects the positions of its queries.
pub(super) struct Scanner {
    state: State,
    number: usize,
    /// The position of the open query up to the last scanned line. It has no meaning if no query is open.
    open: QuerySpan,
    /// Whether the query on the line above ended without being complete, such as after a comma.
    below_open: bool,
    /// The number of queries that begin on the current line.
    on_line: usize,
    found: Vec<QuerySpan>,
}

impl Scanner {
    pub(super) fn new() -> Self {
        let open = QuerySpan { number: 0, lines: 0..0, query: 0..0, broken: None, doubt: None };
        Self { state: State::Idle, number: 0, open, below_open: false, on_line: 0, found: Vec::new() }
    }

    /// Returns the positions of the queries that have ended since the last call, in the order of the text.
    pub(super) fn take(&mut self) -> Vec<QuerySpan> {
        std::mem::take(&mut self.found)
    }

    /// Returns the byte offset of the first line of the open query; `None` if no query is open.
    pub(super) fn open_from(&self) -> Option<usize> {
        (!matches!(self.state, State::Idle)).then_some(self.open.lines.start)
    }

    /// Scans the next line. `start` is the byte offset of the line, and `content` is the line without its
    /// line break.
    pub(super) fn line(&mut self, start: usize, content: &[u8]) {
        self.number += 1;
        let (from, body) = trimmed(content);
        let line = Line { start, content, from, body };
        (self.below_open, self.on_line) = (false, 0);
        if !self.go_on(&line) {
            self.begin(&line, from);
        }
    }

    /// Records a line that cannot be scanned, such as one that is too long. `start` is the byte offset of the
    /// line, and `why` is the reason.
    pub(super) fn unusable(&mut self, start: usize, why: &'static str) {
        self.number += 1;
        if matches!(self.state, State::Idle | State::OData(_)) {
            self.finish(None);
            self.open = QuerySpan {
                number: self.number,
                lines: start..start,
                query: start..start,
                broken: Some(why),
                doubt: None,
            };
            self.found.push(self.open.clone());
        } else {
            self.open.broken.get_or_insert(why);
        }
    }

    /// Ends the open query, if there is one, because the text ends.
    pub(super) fn end(&mut self) {
        let doubt = match &self.state {
            State::Xml(xml) if xml.is_prolog() => {
                if xml.is_open() {
                    self.open.broken.get_or_insert(NO_COMMENT_END);
                    self.finish(None);
                }
                self.state = State::Idle;
                return;
            }
            State::Xml(_) | State::Escaped => Some(NO_END),
            State::Json(_) => Some("the JSON object that begins here has no end"),
            State::Idle | State::OData(_) => None,
        };
        self.finish(doubt);
    }

    /// Returns whether the open query continues with this line. If so, scans the line as a part of the query.
    fn go_on(&mut self, line: &Line<'_>) -> bool {
        match &mut self.state {
            State::Idle => return false,
            State::OData(layout) => {
                if line.body.is_empty() || begins_comment(line.body) {
                    self.finish(None);
                    return true;
                }
                if layout.goes_on(line.from, line.body) {
                    layout.push(line.body);
                    self.extend(line, line.body_end());
                    return true;
                }
                if layout.may_go_on(line.from, line.body) {
                    layout.push(line.body);
                    self.extend(line, line.body_end());
                    self.open.broken = Some(
                        "this is a path above a line that begins with `?`: indent that line where it belongs to the \
                         path, or put an empty line between where it is a query of its own",
                    );
                    return true;
                }
                let doubt = layout.left_open(line.body).then_some(
                    "it ends in the middle, and the line below could belong to it: indent that line where it does, or \
                     put an empty line between where it does not",
                );
                self.finish(doubt);
                self.below_open = doubt.is_some();
                return false;
            }
            State::Escaped => {
                if line.body.is_empty() || begins(line.body, b"&lt;fetch") {
                    self.finish(Some(NO_END));
                    return line.body.is_empty();
                }
                let ends = ends_escaped(line.body, false);
                self.extend(line, line.body_end());
                if ends {
                    self.finish(None);
                }
                return true;
            }
            State::Json(json) => {
                if !line.body.is_empty() {
                    if !json.may_go_on(line.body) {
                        self.finish(Some("the JSON object that begins here has no end"));
                        return false;
                    }
                    let ended = json.line(line.body);
                    self.extend(line, line.body_end());
                    if ended {
                        self.finish(None);
                    }
                }
                return true;
            }
            State::Xml(xml) => {
                if xml.is_prolog() && !xml.is_open() && !line.body.is_empty() && !line.body.starts_with(b"<")
                {
                    // The XML so far was only comments, without a query.
                    self.state = State::Idle;
                    return false;
                }
                if xml.is_interrupted(line.body)
                    || (line.from <= self.open_indent() && self.is_request_in_xml(line))
                {
                    self.finish(Some(NO_END));
                    return false;
                }
            }
        }
        self.xml(line, line.from);
        true
    }

    /// Returns whether the line begins an OData request, although the open query is XML and only an element
    /// may follow. This means that the end of the open query is missing.
    fn is_request_in_xml(&self, line: &Line<'_>) -> bool {
        matches!(&self.state, State::Xml(xml) if xml.is_between_tags())
            && !line.body.starts_with(b"<")
            && std::str::from_utf8(line.body).is_ok_and(odata_parser::is_request)
    }

    /// Returns the number of bytes before the open query on its first line.
    fn open_indent(&self) -> usize {
        self.open.query.start - self.open.lines.start
    }

    /// Begins a query at the byte offset `at` of the line, unless the rest of the line is empty or a comment.
    fn begin(&mut self, line: &Line<'_>, at: usize) {
        let body = line.content.get(at..line.from + line.body.len()).unwrap_or_default();
        if body.is_empty() || at == line.from && begins_comment(body) {
            return;
        }
        let end = line.body_end();
        self.open = QuerySpan {
            number: self.number,
            lines: line.start..line.start + line.content.len(),
            query: line.start + at..end,
            broken: None,
            doubt: None,
        };
        self.on_line += 1;
        if self.on_line > MAX_ON_LINE {
            self.open.broken = Some(TOO_MANY);
            self.found.push(self.open.clone());
        } else if Xml::begins(body) {
            self.state = State::Xml(Xml::new());
            self.xml(line, at);
        } else if let Some(mut json) = Json::begins(body) {
            self.open.broken = json.is_array().then_some(
                "a JSON array: write its objects one after the other, without the brackets and the commas",
            );
            let ended = json.line(body);
            self.state = State::Json(json);
            if ended {
                self.finish(None);
            }
        } else if begins(body, b"&lt;") || begins(body, b"&#60;") || begins(body, b"&#x3c;") {
            self.state = State::Escaped;
            if ends_escaped(body, true) || !begins(body, b"&lt;") {
                self.finish(None);
            }
        } else {
            if continues_above(body) {
                self.open.doubt =
                    Some("it begins as if it went on with a query above, and there is none directly above");
            }
            // For example `revenue`, below `accounts?$select=name,`.
            if self.below_open && !body.iter().any(u8::is_ascii_whitespace) {
                self.open.doubt = Some("it could belong to the line above, which ends in the middle");
            }
            self.state = State::OData(Layout::new(line.from, body));
        }
    }

    /// Scans the rest of the line from the byte offset `at` as XML. If the XML document ends on the line,
    /// scans also what follows.
    fn xml(&mut self, line: &Line<'_>, at: usize) {
        let State::Xml(xml) = &mut self.state else { return };
        let rest = line.content.get(at..).unwrap_or_default();
        match xml.line(rest) {
            End::Open { root } => {
                if let Some(root) = root {
                    self.root(line, at + root);
                }
                if !line.body.is_empty() {
                    self.extend(line, line.body_end());
                }
            }
            End::NoXml { from } => {
                // The text begins after a comment, or at something that is not a tag.
                let from = at + from;
                let from = from + trimmed(line.content.get(from..).unwrap_or_default()).0;
                if line.content.get(from) == Some(&b'<') {
                    self.root(line, from);
                    self.open.query.end = line.body_end();
                    self.finish(Some(NOT_FETCH));
                } else {
                    self.state = State::Idle;
                    self.begin(line, from);
                }
            }
            End::Ended { root, end } => {
                if let Some(root) = root {
                    self.root(line, at + root);
                }
                let end = at + end;
                let doubt = (!xml_is_fetch(&self.state)).then_some(NOT_FETCH);
                let (blank, behind) = trimmed(line.content.get(end..).unwrap_or_default());
                let another = behind.starts_with(b"<") && !behind.starts_with(b"</");
                let stop = if another || behind.is_empty() { line.start + end } else { line.body_end() };
                self.extend(line, stop);
                self.finish(doubt);
                if another {
                    self.begin(line, end + blank);
                }
            }
        }
    }

    /// Sets the start of the open query to its root element, which begins at the byte offset `at` of the
    /// line. Comments and instructions before the root element do not belong to the query.
    fn root(&mut self, line: &Line<'_>, at: usize) {
        self.open.number = self.number;
        self.open.lines = line.start..line.start + line.content.len();
        self.open.query = line.start + at..line.start + at;
    }

    fn extend(&mut self, line: &Line<'_>, end: usize) {
        self.open.lines.end = line.start + line.content.len();
        self.open.query.end = end;
        if self.open.query.len() > MAX_LINE {
            self.open.broken.get_or_insert(TOO_LONG);
        }
    }

    fn finish(&mut self, doubt: Option<&'static str>) {
        if matches!(self.state, State::Idle) {
            return;
        }
        let mut open = self.open.clone();
        if open.query.len() > MAX_LINE {
            open.broken.get_or_insert(TOO_LONG);
        }
        open.doubt = open.doubt.or(doubt);
        self.found.push(open);
        self.state = State::Idle;
    }
}

fn xml_is_fetch(state: &State) -> bool {
    matches!(state, State::Xml(xml) if xml.is_fetch())
}

/// A line of the text, without its line break.
struct Line<'a> {
    /// The byte offset of the line in the text.
    start: usize,
    content: &'a [u8],
    /// The byte offset in the line of the first character that is not a space.
    from: usize,
    /// The line without surrounding spaces and byte order marks.
    body: &'a [u8],
}

impl Line<'_> {
    fn body_end(&self) -> usize {
        self.start + self.from + self.body.len()
    }
}

/// Returns the number of space bytes at the beginning of a line, and the line without surrounding spaces. A
/// byte order mark counts as a space, because concatenated files contain such marks.
fn trimmed(content: &[u8]) -> (usize, &[u8]) {
    if let Ok(text) = std::str::from_utf8(content) {
        let body = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        return (text.len() - body.len(), body.trim_end().as_bytes());
    }
    let body = content.trim_ascii_start();
    (content.len() - body.len(), body.trim_ascii_end())
}

fn begins(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|t| t.eq_ignore_ascii_case(start))
}

/// Returns whether a line ends a FetchXML query that is escaped for XML. If `first` is true, the line is the
/// first one of the query, which may be complete on it: `&lt;fetch/&gt;`.
fn ends_escaped(body: &[u8], first: bool) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    text.contains("&lt;/fetch") || first && text.ends_with("/&gt;") && text.matches("&lt;").count() == 1
}
