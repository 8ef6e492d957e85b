//! Finds the end of an XML document that begins on a line of a file, line by line, even if the XML is not
//! correct. The scanner of documents uses it.

/// The result of scanning a line of an XML document. Offsets are in bytes, counted from the beginning of the
/// scanned text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The document continues on the next line. `root` is the offset of its root element; `None` if that does
    /// not begin on this line.
    Open { root: Option<usize> },
    /// The document ends on this line, at the offset `end`. `root` is the offset of its root element; `None`
    /// if that does not begin on this line.
    Ended { root: Option<usize>, end: usize },
    /// There is no root element. The text that begins at the offset `from` is not XML.
    NoXml { from: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the root element, where only comments and processing instructions are allowed.
    Prolog,
    /// Within the start tag of an element. `quote` is the quote of the attribute value that is open.
    Tag {
        of: TagOf,
        quote: Option<u8>,
    },
    Content,
    Comment,
    Cdata,
    Instruction,
    /// After the name in the end tag of the root element.
    EndTag,
}

/// The element of a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TagOf {
    Root,
    /// An element within the root that has its name.
    SameName,
    Other,
}

/// The state of the search for the end of an XML document.
///
/// FetchXML ends with the first `</fetch>` outside of comments, because `fetch` elements do not nest and
/// values cannot contain `<`. This end is found even if quotes or tags before it are not correct. Other
/// documents end with their root element.
pub(super) struct Xml {
    state: State,
    /// The name of the root element in lower case; empty before the root element.
    name: Vec<u8>,
    depth: usize,
}

impl Xml {
    /// Returns whether the text `body` can be the beginning of an XML document.
    pub(super) fn begins(body: &[u8]) -> bool {
        body.starts_with(b"<")
    }

    pub(super) fn new() -> Self {
        Self { state: State::Prolog, name: Vec::new(), depth: 0 }
    }

    /// Returns whether the root element has not begun yet.
    pub(super) fn is_prolog(&self) -> bool {
        self.name.is_empty()
    }

    /// Returns whether the last line ended within a comment or a processing instruction.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Comment | State::Instruction)
    }

    /// Returns whether the last line ended between two tags or in the text of an element.
    pub(super) fn is_between_tags(&self) -> bool {
        self.state == State::Content
    }

    pub(super) fn is_fetch(&self) -> bool {
        self.name == b"fetch"
    }

    /// Returns whether the line `body` begins another document, which means that the end of this one is
    /// missing.
    pub(super) fn is_interrupted(&self, body: &[u8]) -> bool {
        if self.is_prolog() || matches!(self.state, State::Comment | State::Cdata) {
            return false;
        }
        body.starts_with(b"<?xml")
            || body.starts_with(b"<") && is_name(body.get(1..).unwrap_or_default(), b"fetch")
    }

    /// Scans a line, or the rest of a line.
    pub(super) fn line(&mut self, text: &[u8]) -> End {
        let mut at = 0;
        let mut root = None;
        while at < text.len() {
            let rest = text.get(at..).unwrap_or_default();
            match self.state {
                State::Prolog => {
                    at += rest.len() - trim(rest).len();
                    let rest = trim(rest);
                    if rest.is_empty() {
                        break;
                    }
                    if rest.starts_with(b"<!--") {
                        (self.state, at) = (State::Comment, at + 4);
                    } else if rest.starts_with(b"<?") {
                        (self.state, at) = (State::Instruction, at + 2);
                    } else if rest.starts_with(b"<") && name(&rest[1..]) > 0 {
                        let length = name(&rest[1..]);
                        self.name = rest[1..=length].to_ascii_lowercase();
                        root = Some(at);
                        (self.state, at) = (State::Tag { of: TagOf::Root, quote: None }, at + 1 + length);
                    } else {
                        return End::NoXml { from: at };
                    }
                }
                State::Tag { of, quote: None } => {
                    let Some(next) = rest.iter().position(|b| matches!(b, b'"' | b'\'' | b'>' | b'<')) else {
                        break;
                    };
                    let closes_itself = rest.get(..next).is_some_and(|tag| tag.ends_with(b"/"));
                    at += next + 1;
                    match rest.get(next) {
                        Some(b'>') if of == TagOf::Root && closes_itself => {
                            return End::Ended { root, end: at };
                        }
                        Some(b'>') => {
                            match of {
                                TagOf::Root => self.depth = 1,
                                TagOf::SameName if closes_itself => self.depth = self.depth.saturating_sub(1),
                                TagOf::SameName | TagOf::Other => {}
                            }
                            self.state = State::Content;
                        }
                        // The previous tag was never closed.
                        Some(b'<') => self.content_again(&mut at),
                        quote => self.state = State::Tag { of, quote: quote.copied() },
                    }
                }
                State::Tag { of, quote: Some(quote) } => {
                    let Some(next) = rest.iter().position(|b| *b == quote || *b == b'<') else { break };
                    at += next + 1;
                    if rest.get(next) == Some(&quote) {
                        self.state = State::Tag { of, quote: None };
                    } else if begins_tag(rest.get(next + 1..).unwrap_or_default()) {
                        // A value cannot contain a tag: its closing quote is missing.
                        self.content_again(&mut at);
                    }
                }
                State::Content => {
                    let Some(next) = rest.iter().position(|b| *b == b'<') else { break };
                    at += next + 1;
                    self.markup(rest.get(next + 1..).unwrap_or_default(), &mut at);
                }
                State::Comment => match find(rest, b"-->") {
                    Some(end) => (self.state, at) = (self.outside(), at + end + 3),
                    None => break,
                },
                State::Instruction => match find(rest, b"?>") {
                    Some(end) => (self.state, at) = (self.outside(), at + end + 2),
                    None => break,
                },
                State::Cdata => match find(rest, b"]]>") {
                    Some(end) => (self.state, at) = (State::Content, at + end + 3),
                    None => break,
                },
                State::EndTag => match rest.iter().position(|b| *b == b'>') {
                    Some(end) => return End::Ended { root, end: at + end + 1 },
                    None => break,
                },
            }
        }
        End::Open { root }
    }

    /// Scans the text after a `<` in the content of an element. `rest` is the text after the `<`. `at` is the
    /// byte offset of `rest` in the line; it is moved after what was scanned.
    fn markup(&mut self, rest: &[u8], at: &mut usize) {
        if rest.starts_with(b"!--") {
            (self.state, *at) = (State::Comment, *at + 3);
        } else if rest.starts_with(b"![CDATA[") {
            (self.state, *at) = (State::Cdata, *at + 8);
        } else if rest.starts_with(b"?") {
            self.state = State::Instruction;
        } else if let Some(rest) = rest.strip_prefix(b"/") {
            if is_name(rest, &self.name) {
                self.depth = if self.is_fetch() { 0 } else { self.depth.saturating_sub(1) };
                if self.depth == 0 {
                    (self.state, *at) = (State::EndTag, *at + 1 + self.name.len());
                }
            }
        } else if name(rest) > 0 {
            let of = if is_name(rest, &self.name) { TagOf::SameName } else { TagOf::Other };
            self.depth += usize::from(of == TagOf::SameName);
            self.state = State::Tag { of, quote: None };
        }
    }

    /// Moves `at` back by one byte, to the `<` before it, and continues there as in the content of an
    /// element.
    fn content_again(&mut self, at: &mut usize) {
        self.depth = self.depth.max(1);
        self.state = State::Content;
        *at -= 1;
    }

    /// Returns the state in which scanning continues after a comment or a processing instruction.
    fn outside(&self) -> State {
        if self.is_prolog() { State::Prolog } else { State::Content }
    }
}

/// Returns whether the root element of the XML text is `fetch`.
pub(super) fn root_is_fetch(text: &[u8]) -> bool {
    let mut xml = Xml::new();
    for line in text.split(|b| *b == b'\n') {
        if matches!(xml.line(line), End::NoXml { .. }) {
            return false;
        }
        if !xml.is_prolog() {
            return xml.is_fetch();
        }
    }
    false
}

fn begins_tag(text: &[u8]) -> bool {
    text.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'/')
}

/// Returns the length in bytes of the XML name at the beginning of `text`; 0 if there is none.
fn name(text: &[u8]) -> usize {
    if !text.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b >= 0x80) {
        return 0;
    }
    let inside = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':') || *b >= 0x80;
    text.iter().take_while(|b| inside(b)).count()
}

/// Returns whether `text` begins with the name `name_`, in any letter case.
fn is_name(text: &[u8], name_: &[u8]) -> bool {
    text.get(..name(text)).is_some_and(|found| found.eq_ignore_ascii_case(name_))
}

fn trim(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    text.strip_prefix("\u{feff}".as_bytes()).map_or(text, <[u8]>::trim_ascii_start)
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the index of the line and the byte offset in it at which the XML document in `lines` ends;
    /// `None` if it does not end.
    fn end(lines: &[&str]) -> Option<(usize, usize)> {
        let mut xml = Xml::new();
        for (n, line) in lines.iter().enumerate() {
            if let End::Ended { end, .. } = xml.line(line.as_bytes()) {
                return Some((n, end));
            }
        }
        None
    }

    #[test]
    fn documents_end_where_their_root_does() {
        assert_eq!(end(&["<fetch/> x"]), Some((0, 8)));
        assert_eq!(end(&["<fetch top='/>'/>"]), Some((0, 17)));
        assert_eq!(
            end(&["<?xml version='1.0'?><!-- </fetch> --><fetch", " top='1'", ">", "</fetch", "> x"]),
            Some((4, 1))
        );
        assert_eq!(end(&["<fetch><!--", "</fetch>", "--><![CDATA[</fetch>]]></fetch>"]), Some((2, 31)));
        assert_eq!(end(&["<a><a></a>", "</a>"]), Some((1, 4)));
        assert_eq!(end(&["<fetch>", "<entity name='a'>"]), None);
        assert_eq!(end(&["<fetcher></fetch>", "</fetcher>"]), Some((1, 10)));
    }

    #[test]
    fn broken_quotes_and_tags_hide_no_end() {
        for broken in [
            "<fetch top='1><entity/></fetch>",
            "<fetch><entity name='O'Brien'/></fetch>",
            "<fetch><condition value='a</fetch>",
            "<fetch <entity></fetch>",
            "<fetch top='<%= n %>'></fetch>",
        ] {
            assert_eq!(end(&[broken]), Some((0, broken.len())), "{broken}");
        }
    }

    #[test]
    fn each_part_of_a_document_ends_where_it_does() {
        // The offsets of the root and of the end; `None` for a document that is open.
        for (line, root, expected) in [
            ("", None, None),
            (" \u{feff} <a/>", Some(5), Some(9)),
            ("\u{feff}<a />b", Some(3), Some(8)),
            ("<!-- a --><a/>", Some(10), Some(14)),
            ("<!----><a/>", Some(7), Some(11)),
            ("<!-- a -- ><a/>", None, None),
            ("<?a ?><a/>", Some(6), Some(10)),
            ("<??><a/>", Some(4), Some(8)),
            ("<?a ><a/>", None, None),
            ("<_a-b.c:d9/>", Some(0), Some(12)),
            ("<é></É></é>", Some(0), Some(14)),
            ("<A></a >b", Some(0), Some(8)),
            ("<a></a\t x>b", Some(0), Some(10)),
            ("<a></b></ab></a>", Some(0), Some(16)),
            ("<a b='>' c=\"'/>\" d/>", Some(0), Some(20)),
            ("<a b=''></a>", Some(0), Some(12)),
            ("<a><b/><b c='/'/></a>", Some(0), Some(21)),
            ("<a><a></a></a></a>", Some(0), Some(14)),
            ("<a><a/></a></a>", Some(0), Some(11)),
            ("<a><a b='/'/></a></a>", Some(0), Some(17)),
            ("<a><a b='/'></a></a>", Some(0), Some(20)),
            ("<fetch><fetch></fetch></fetch>", Some(0), Some(22)),
            ("<a><!-- </a> --></a>", Some(0), Some(20)),
            ("<a><!----></a>", Some(0), Some(14)),
            ("<a><![CDATA[</a>]]></a>", Some(0), Some(23)),
            ("<a><![CDATA[]]></a>", Some(0), Some(19)),
            ("<a><? </a> ?></a>", Some(0), Some(17)),
            ("<a>< b></1></a>", Some(0), Some(15)),
            ("<a>1 < 2</a>", Some(0), Some(12)),
            ("<a><![CDATA[</a>", Some(0), None),
            ("<a><b", Some(0), None),
            ("<a b='<c'></a>", Some(0), Some(14)),
            ("<a b='< c'/>", Some(0), Some(12)),
            ("<a b='</a>", Some(0), Some(10)),
        ] {
            let found = match Xml::new().line(line.as_bytes()) {
                End::Open { root } => (root, None),
                End::Ended { root, end } => (root, Some(end)),
                End::NoXml { from } => panic!("{line}: no XML from {from}"),
            };
            assert_eq!(found, (root, expected), "{line}");
        }
        for (line, from) in
            [("a", 0), ("  a", 2), ("<1>", 0), ("<!-- --> b", 9), ("<?a?>\u{feff}b", 8), ("<-a>", 0)]
        {
            assert_eq!(Xml::new().line(line.as_bytes()), End::NoXml { from }, "{line}");
        }
    }

    #[test]
    fn what_is_known_of_a_document_depends_on_its_part() {
        // A document up to somewhere: prolog, open, between tags, fetch; interrupted by `<fetch`, by `<?xml`.
        for (text, expected) in [
            ("", [true, false, false, false, false, false]),
            ("<!-- ", [true, true, false, false, false, false]),
            ("<? ", [true, true, false, false, false, false]),
            ("<a", [false, false, false, false, true, true]),
            ("<a>", [false, false, true, false, true, true]),
            ("<Fetch>", [false, false, true, true, true, true]),
            ("<fetch><!-- ", [false, true, false, true, false, false]),
            ("<fetch><![CDATA[ ", [false, false, false, true, false, false]),
            ("<fetch><? ", [false, true, false, true, true, true]),
            ("<fetch></fetch", [false, false, false, true, true, true]),
        ] {
            let mut xml = Xml::new();
            xml.line(text.as_bytes());
            let found = [
                xml.is_prolog(),
                xml.is_open(),
                xml.is_between_tags(),
                xml.is_fetch(),
                xml.is_interrupted(b"<FETCH top='1'>"),
                xml.is_interrupted(b"<?xml?>"),
            ];
            assert_eq!(found, expected, "{text}");
            for other in ["<fetcher>", "<entity>", "fetch", "<?x"] {
                assert!(!xml.is_interrupted(other.as_bytes()), "{text} {other}");
            }
        }
    }

    #[test]
    fn the_root_of_a_text_is_fetch_or_not() {
        for (text, is_fetch) in [
            ("<fetch/>", true),
            ("<!-- a\n -->\n<Fetch>", true),
            ("\n\n<fetch", true),
            ("<fetcher/>", false),
            ("<a><fetch/></a>", false),
            ("a\n<fetch/>", false),
            ("", false),
            ("<!--\n<fetch/>", false),
        ] {
            assert_eq!(root_is_fetch(text.as_bytes()), is_fetch, "{text}");
        }
    }
}
