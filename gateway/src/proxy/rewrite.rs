//! Rewrites the links in a body while it passes, without reading it as a whole: the values of the members that are
//! links in JSON, and the lines that have links in the multipart bodies of batches. Every other byte stays.
use bytes::Bytes;
use memchr::{memchr, memchr2};

/// The members of JSON whose values are links, by what follows the last `@` of their names.
const LINK_MEMBERS: &[&str] = &[
    "odata.nextLink",
    "odata.deltaLink",
    "odata.context",
    "odata.id",
    "odata.bind",
    "odata.editLink",
    "odata.readLink",
    "odata.mediaEditLink",
    "odata.mediaReadLink",
    "odata.navigationLink",
    "odata.associationLink",
    "nextLink",
    "deltaLink",
    "context",
    "id",
];

/// The length of the longest of [`LINK_MEMBERS`] in bytes.
const MAX_MEMBER: usize = 21;

/// The longest link and the longest line that are rewritten, in bytes.
const MAX_LINK: usize = 256 << 10;

/// The beginnings of lines in a batch that end in a link: headers of responses.
const LINK_HEADERS: &[&str] = &["location:", "odata-entityid:", "content-location:"];

/// The beginnings of lines in a batch that have a link before the version of HTTP: requests.
const METHODS: &[&str] = &["get ", "post ", "patch ", "put ", "delete "];

/// What a body is, as far as links are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// JSON.
    Json,
    /// The multipart body of a batch.
    Batch,
    /// Something in which no link is rewritten, such as a file.
    Opaque,
}

impl BodyKind {
    /// Returns the kind of a body with this media type.
    pub(super) fn of(content_type: Option<&str>) -> Self {
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let is = |kind: &str| essence.eq_ignore_ascii_case(kind);
        if is("application/json") || essence.to_ascii_lowercase().ends_with("+json") {
            Self::Json
        } else if is("multipart/mixed") {
            Self::Batch
        } else {
            Self::Opaque
        }
    }
}

/// Rewrites a link; `None` leaves it as it is.
type Rewrite = Box<dyn Fn(&str) -> Option<String> + Send>;

/// A rewriter of one body.
///
/// The texts of JSON have no quotation mark that is not escaped, and a name is followed by a colon. So `@odata.nextLink":`
/// is the end of the name of a member wherever it is, and nothing but `@` has to be looked for.
pub(super) struct LinkRewriter {
    kind: BodyKind,
    rewrite: Rewrite,
    state: State,
    /// Whether the next byte of a link is escaped.
    is_escaped: bool,
    /// The name after the last `@` as far as it has arrived.
    name: Vec<u8>,
    /// The link or line that is not complete yet.
    held: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Where no link is.
    Outside,
    /// At the beginning of a line, in a batch.
    LineStart,
    /// In a line that may have a link, in a batch.
    Line,
    /// After an `@`, in what may be the name of a member with a link.
    Name,
    /// After a text that is the name of a member with a link.
    AfterName,
    /// After the colon that follows such a name.
    BeforeLink,
    /// In a link.
    Link,
}

/// What is passed on of a piece. It is copied only if it differs from the piece.
struct Output<'p> {
    piece: &'p Bytes,
    /// The number of bytes at the beginning of the piece that are passed on as they are.
    passed: usize,
    changed: Option<Vec<u8>>,
}

impl<'p> Output<'p> {
    fn new(piece: &'p Bytes) -> Self {
        Self { piece, passed: 0, changed: None }
    }

    fn changed(&mut self) -> &mut Vec<u8> {
        let (piece, passed) = (self.piece, self.passed);
        self.changed.get_or_insert_with(|| {
            let mut copied = Vec::with_capacity(piece.len() + 256);
            copied.extend_from_slice(&piece[..passed]);
            copied
        })
    }

    /// Passes the bytes from `from` to `to` of the piece on. What is before them was passed, or the output differs from
    /// the piece already.
    fn pass(&mut self, from: usize, to: usize) {
        match &mut self.changed {
            None => self.passed = to,
            Some(changed) => changed.extend_from_slice(&self.piece[from..to]),
        }
    }

    /// Adds bytes that are not in the piece.
    fn write(&mut self, bytes: &[u8]) {
        self.changed().extend_from_slice(bytes);
    }

    fn into_bytes(self) -> Bytes {
        match self.changed {
            Some(changed) => changed.into(),
            None => self.piece.slice(..self.passed),
        }
    }
}

impl LinkRewriter {
    pub(super) fn new(kind: BodyKind, rewrite: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        let state = if kind == BodyKind::Batch { State::LineStart } else { State::Outside };
        Self {
            kind,
            rewrite: Box::new(rewrite),
            state,
            is_escaped: false,
            name: Vec::new(),
            held: Vec::new(),
        }
    }

    /// Takes the next piece of the body, and returns what can be passed on.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        if self.kind == BodyKind::Opaque {
            return piece;
        }
        let mut out = Output::new(&piece);
        let mut at = 0;
        while at < piece.len() {
            at = self.step(&piece, at, &mut out);
        }
        out.into_bytes()
    }

    /// Returns what is left at the end of the body.
    pub(super) fn finish(&mut self) -> Bytes {
        match self.state {
            State::Line => self.rewritten_held().into(),
            _ => std::mem::take(&mut self.held).into(),
        }
    }

    /// Handles the bytes from `at` up to the next change of the state, and returns where it is.
    fn step(&mut self, piece: &[u8], at: usize, out: &mut Output<'_>) -> usize {
        let rest = &piece[at..];
        match self.state {
            State::Outside => {
                let found = match self.kind {
                    BodyKind::Batch => memchr2(b'@', b'\n', rest),
                    _ => memchr(b'@', rest),
                };
                let Some(found) = found else {
                    out.pass(at, piece.len());
                    return piece.len();
                };
                let end = at + found + 1;
                out.pass(at, end);
                self.state = if rest[found] == b'@' { State::Name } else { State::LineStart };
                end
            }
            State::LineStart => {
                // No value of JSON begins with one of these letters.
                let may_have_link =
                    matches!(rest[0].to_ascii_lowercase(), b'l' | b'o' | b'c' | b'g' | b'p' | b'd');
                self.state = if may_have_link { State::Line } else { State::Outside };
                at
            }
            State::Line => {
                let end = memchr(b'\n', rest);
                self.held.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
                match end {
                    Some(end) => {
                        let line = self.rewritten_held();
                        out.write(&line);
                        out.write(b"\n");
                        self.state = State::LineStart;
                        at + end + 1
                    }
                    None => {
                        if self.held.len() > MAX_LINK {
                            out.write(&std::mem::take(&mut self.held));
                            self.state = State::Outside;
                        }
                        piece.len()
                    }
                }
            }
            State::Name => self.member_name(piece, at, out),
            State::AfterName | State::BeforeLink => {
                match (self.state, rest[0]) {
                    (_, b' ' | b'\t' | b'\r' | b'\n') => {}
                    (State::AfterName, b':') => self.state = State::BeforeLink,
                    (State::BeforeLink, b'"') => self.state = State::Link,
                    _ => {
                        self.state = State::Outside;
                        return at;
                    }
                }
                out.pass(at, at + 1);
                at + 1
            }
            State::Link => self.link(piece, at, out),
        }
    }

    /// Handles the bytes after an `@`: whether they are the end of the name of a member with a link.
    fn member_name(&mut self, piece: &[u8], at: usize, out: &mut Output<'_>) -> usize {
        let rest = &piece[at..];
        // What is longer is no name, so that no more has to be kept.
        let seen = &rest[..rest.len().min(MAX_MEMBER)];
        let end = seen.iter().position(|byte| matches!(byte, b'"' | b'@' | b'\n'));
        let Some(end) = end else {
            self.name.extend_from_slice(seen);
            if self.name.len() > MAX_MEMBER {
                self.name.clear();
                self.state = State::Outside;
            }
            out.pass(at, at + seen.len());
            return at + seen.len();
        };
        self.name.extend_from_slice(&seen[..end]);
        let is_link = LINK_MEMBERS.iter().any(|member| member.as_bytes() == self.name);
        self.name.clear();
        self.state = match seen[end] {
            b'"' if is_link => State::AfterName,
            b'@' => State::Name,
            // The end of a line matters in a batch.
            b'\n' => {
                self.state = State::Outside;
                out.pass(at, at + end);
                return at + end;
            }
            _ => State::Outside,
        };
        out.pass(at, at + end + 1);
        at + end + 1
    }

    /// Returns where a link that goes on at `at` ends, at its quotation mark; `None` if not in this piece.
    fn end_of_link(&mut self, piece: &[u8], mut at: usize) -> Option<usize> {
        loop {
            if self.is_escaped {
                if at >= piece.len() {
                    return None;
                }
                at += 1;
                self.is_escaped = false;
            }
            let found = at + memchr2(b'"', b'\\', piece.get(at..)?)?;
            if piece[found] == b'"' {
                return Some(found);
            }
            self.is_escaped = true;
            at = found + 1;
        }
    }

    fn link(&mut self, piece: &[u8], at: usize, out: &mut Output<'_>) -> usize {
        let end = self.end_of_link(piece, at);
        self.held.extend_from_slice(&piece[at..end.unwrap_or(piece.len())]);
        let Some(end) = end else {
            if self.held.len() > MAX_LINK {
                // Nothing that long is a link; the rest of the text passes.
                out.write(&std::mem::take(&mut self.held));
                self.is_escaped = false;
                self.state = State::Outside;
            }
            return piece.len();
        };
        let raw = std::mem::take(&mut self.held);
        let quoted = [b"\"", raw.as_slice(), b"\""].concat();
        let link: Option<String> = serde_json::from_slice(&quoted).ok();
        let rewritten = link.and_then(|link| (self.rewrite)(&link));
        match rewritten.and_then(|link| serde_json::to_string(&link).ok()) {
            Some(link) => out.write(&link.as_bytes()[1..]),
            None => out.write(&quoted[1..]),
        }
        self.state = State::Outside;
        end + 1
    }

    /// Takes the line of a batch that is held, with its link rewritten if it has one.
    fn rewritten_held(&mut self) -> Vec<u8> {
        let line = std::mem::take(&mut self.held);
        let rewritten = std::str::from_utf8(&line).ok().and_then(|line| self.rewritten_line(line));
        rewritten.map_or(line, String::into_bytes)
    }

    fn rewritten_line(&self, line: &str) -> Option<String> {
        let begin_of = |known: &[&str]| {
            known.iter().find_map(|begin| {
                line.split_at_checked(begin.len()).filter(|(found, _)| found.eq_ignore_ascii_case(begin))
            })
        };
        if let Some((header, value)) = begin_of(LINK_HEADERS) {
            let link = (self.rewrite)(value.trim())?;
            let end = if line.ends_with('\r') { "\r" } else { "" };
            return Some(format!("{header} {link}{end}"));
        }
        let (method, rest) = begin_of(METHODS)?;
        let (link, version) = rest.rsplit_once(" HTTP/")?;
        let rewritten = (self.rewrite)(link.trim())?;
        Some(format!("{method}{rewritten} HTTP/{version}"))
    }
}

#[cfg(test)]
mod tests;
