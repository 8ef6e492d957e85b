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

    /// Passes the bytes from `from` to `to` of the piece on.
    fn pass(&mut self, from: usize, to: usize) {
        if self.changed.is_none() && from == self.passed {
            self.passed = to;
            return;
        }
        let piece = self.piece;
        self.changed().extend_from_slice(&piece[from..to]);
    }

    /// Adds bytes that are not in the piece.
    fn write(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.changed().extend_from_slice(bytes);
        }
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
        // One byte more than the longest name, which is its quotation mark.
        let seen = &rest[..rest.len().min(MAX_MEMBER + 1 - self.name.len())];
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
        let lower = line.get(..line.len().min(20)).unwrap_or(line).to_ascii_lowercase();
        if let Some(header) = LINK_HEADERS.iter().find(|header| lower.starts_with(**header)) {
            let value = &line[header.len()..];
            let link = (self.rewrite)(value.trim())?;
            let end = if line.ends_with('\r') { "\r" } else { "" };
            return Some(format!("{} {link}{end}", &line[..header.len()]));
        }
        let method = METHODS.iter().find(|method| lower.starts_with(**method))?;
        let rest = &line[method.len()..];
        let (link, version) = rest.rsplit_once(" HTTP/")?;
        let rewritten = (self.rewrite)(link.trim())?;
        Some(format!("{}{rewritten} HTTP/{version}", &line[..method.len()]))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn rewriter(kind: BodyKind) -> LinkRewriter {
        LinkRewriter::new(kind, |link| {
            link.strip_prefix("https://org/").map(|path| format!("https://gw/{path}"))
        })
    }

    /// Passes a body through in pieces of these sizes, again and again.
    fn passed(kind: BodyKind, body: &[u8], sizes: &[usize]) -> String {
        let (mut rewriter, mut out, mut at) = (rewriter(kind), Vec::new(), 0);
        for size in sizes.iter().cycle() {
            if at >= body.len() {
                break;
            }
            let end = (at + size.max(&1)).min(body.len());
            out.extend_from_slice(&rewriter.push(Bytes::copy_from_slice(&body[at..end])));
            at = end;
        }
        out.extend_from_slice(&rewriter.finish());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_links_are_rewritten_and_every_other_byte_stays() {
        let body = r#"{ "@odata.context" : "https:\/\/org\/m#x" , "value":[{"url":"https://org/x","a@odata.nextLink":"https://org/n?a=\"b\"","b":"\\"},
 {"note":"\"@odata.nextLink\":\"https://org/x\"","@odata.nextLink":null,"n":1.50}],"@odata.nextLink":"https://other/x","@odata.deltaLink":"https://org/d"}"#;
        let expected = r#"{ "@odata.context" : "https://gw/m#x" , "value":[{"url":"https://org/x","a@odata.nextLink":"https://gw/n?a=\"b\"","b":"\\"},
 {"note":"\"@odata.nextLink\":\"https://org/x\"","@odata.nextLink":null,"n":1.50}],"@odata.nextLink":"https://other/x","@odata.deltaLink":"https://gw/d"}"#;
        for size in 1..80 {
            assert_eq!(passed(BodyKind::Json, body.as_bytes(), &[size]), expected, "{size}");
        }
        assert_eq!(passed(BodyKind::Opaque, body.as_bytes(), &[7]), body);
    }

    #[test]
    fn the_parts_of_a_batch_are_rewritten() {
        let body = "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nLocation: https://org/a(1)\r\nOData-EntityId:https://org/a(1)\r\nETag: W/\"1\"\r\n\r\n\r\n--b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{\"@odata.nextLink\":\"https://org/n\",\"t\":\"x\\nLocation: https://org/y\"}\r\n--b--\r\n";
        let expected = body
            .replace("Location: https://org/a(1)", "Location: https://gw/a(1)")
            .replace("OData-EntityId:https://org/a(1)", "OData-EntityId: https://gw/a(1)")
            .replace("\"https://org/n\"", "\"https://gw/n\"");
        for size in 1..60 {
            assert_eq!(passed(BodyKind::Batch, body.as_bytes(), &[size]), expected, "{size}");
        }
        let requests = "--b\r\n\r\nGET https://org/a?$x=1 HTTP/1.1\r\nAccept: x\r\n\r\nPOST relative HTTP/1.1\r\n\r\n{\"a@odata.bind\":\"https://org/c(1)\"}\r\n";
        let expected = requests.replace("https://org/", "https://gw/");
        assert_eq!(passed(BodyKind::Batch, requests.as_bytes(), &[5]), expected);
    }

    #[test]
    fn a_text_that_never_ends_is_not_kept_in_memory() {
        let mut rewriter = rewriter(BodyKind::Json);
        let mut passed = rewriter.push(Bytes::from_static(b"{\"@odata.nextLink\":\"")).len();
        for _ in 0..100 {
            passed += rewriter.push(Bytes::from(vec![b'x'; 64 << 10])).len();
            assert!(rewriter.held.len() <= MAX_LINK + (64 << 10));
        }
        assert_eq!(passed + rewriter.finish().len(), 20 + 100 * (64 << 10));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let name = prop_oneof![
            Just("@odata.nextLink".to_owned()),
            Just("x@odata.nextLink".to_owned()),
            Just("@odata.nextLin".to_owned()),
            ".{0,6}",
        ];
        let text = prop_oneof![
            "https://org/.{0,5}",
            Just("https://org/".to_owned()),
            Just("\"@odata.nextLink\":\"https://org/\"".to_owned()),
            ".{0,10}",
            "[\"\\\\/]{0,6}",
        ];
        let leaf =
            prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), text.prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn is_link_member(name: &str) -> bool {
        name.rsplit_once('@').is_some_and(|(_, name)| LINK_MEMBERS.contains(&name))
    }

    #[test]
    fn the_longest_member_is_known() {
        assert_eq!(LINK_MEMBERS.iter().map(|member| member.len()).max(), Some(MAX_MEMBER));
    }

    #[test]
    fn every_member_with_a_link_is_rewritten_and_no_other_one() {
        let members = LINK_MEMBERS.iter().flat_map(|member| {
            [
                format!("@{member}"),
                format!("contacts@{member}"),
                format!("a@b@{member}"),
                format!("@@{member}"),
            ]
        });
        let others = LINK_MEMBERS.iter().flat_map(|member| {
            [format!("@x{member}"), format!("@{member}x"), (*member).to_owned(), format!("@{member}@")]
        });
        let all = members.map(|name| (name, true)).chain(others.map(|name| (name, false)));
        for (name, is_link) in all {
            for between in ["", " ", "\n\t "] {
                let body = format!("{{\"{name}\"{between}:{between}\"https://org/x\"}}");
                let rewritten = body.replace("https://org/", "https://gw/");
                for size in [1, 3, 1_000] {
                    let expected = if is_link { &rewritten } else { &body };
                    assert_eq!(&passed(BodyKind::Json, body.as_bytes(), &[size]), expected, "{name} {size}");
                }
            }
        }
        // The same text as a value is no name.
        let body = r#"["@odata.nextLink","https://org/x",{"a":"@odata.nextLink"},"https://org/y"]"#;
        assert_eq!(passed(BodyKind::Json, body.as_bytes(), &[2]), body);
    }

    #[test]
    fn a_piece_without_a_link_is_not_copied() {
        let piece = Bytes::from_static(b"{\"value\":[{\"@odata.etag\":\"W/1\",\"a@b.c\":\"x@y\"}");
        let mut rewriter = rewriter(BodyKind::Json);
        assert_eq!(rewriter.push(piece.clone()).as_ptr(), piece.as_ptr());
    }

    /// Rewrites the links of a document that was read as a whole.
    fn rewritten(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(rewritten).collect(),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| match value {
                    Value::String(link) if is_link_member(name) && link.starts_with("https://org/") => {
                        (name.clone(), json!(link.replacen("https://org/", "https://gw/", 1)))
                    }
                    other => (name.clone(), rewritten(other)),
                });
                Value::Object(members.collect())
            }
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn a_body_in_pieces_is_rewritten_like_the_whole(value in any_json(), sizes in prop::collection::vec(1usize..9, 1..5)) {
            let body = value.to_string();
            let found: Value = serde_json::from_str(&passed(BodyKind::Json, body.as_bytes(), &sizes)).unwrap();
            prop_assert_eq!(found, rewritten(&value));
        }

        #[test]
        fn bytes_that_are_not_json_pass_unchanged(body in prop::collection::vec(any::<u8>(), 0..200), size in 1usize..20) {
            for kind in [BodyKind::Json, BodyKind::Batch, BodyKind::Opaque] {
                let mut rewriter = LinkRewriter::new(kind, |_| None);
                let mut out = Vec::new();
                for piece in body.chunks(size) {
                    out.extend_from_slice(&rewriter.push(Bytes::copy_from_slice(piece)));
                }
                out.extend_from_slice(&rewriter.finish());
                prop_assert_eq!(&out, &body);
            }
        }
    }
}
