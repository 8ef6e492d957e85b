//! Decides which lines of a document continue an OData query that is written on several lines. The scanner of
//! documents asks it for every line after the first.
//!
//! The rules accept the layout that `dvkit fmt` prints, and what people usually write.

/// The state of an OData query after the lines that were scanned so far.
pub(super) struct Layout {
    /// The number of space bytes before the query on its first line.
    indent: usize,
    /// The number of brackets outside of quotes that are open at the end of the last line.
    depth: usize,
    /// Whether the query contains a `?`, so that its options have begun.
    options: bool,
    /// Whether the query contains `$apply`, whose transformations may begin a line with `/`.
    apply: bool,
    /// Whether the query so far is a single word, which may be the path of a request.
    path: bool,
    /// Whether the query can be a request with options, judged by its first line.
    request: bool,
    /// Whether the last line ends with a character or a word that needs more text, such as `,` or `and`.
    unfinished: bool,
}

impl Layout {
    /// Returns the state after the first line of a query. `indent` is the number of space bytes before it,
    /// and `body` is the line without surrounding spaces.
    pub(super) fn new(indent: usize, body: &[u8]) -> Self {
        let in_path = |b: &u8| b.is_ascii_alphanumeric() || b"_/()-.:".contains(b);
        let path = body.iter().all(in_path);
        let request =
            path || [b"?".as_slice(), b"$", b"&", b"%24"].iter().any(|start| body.starts_with(start));
        let mut layout =
            Self { indent, depth: 0, options: false, apply: false, path, request, unfinished: false };
        layout.read(body);
        layout
    }

    /// Scans the next line of the query. `body` is the line without surrounding spaces.
    pub(super) fn push(&mut self, body: &[u8]) {
        self.path = false;
        self.read(body);
    }

    fn read(&mut self, body: &[u8]) {
        let mut quoted = false;
        for byte in body {
            match byte {
                b'\'' => quoted = !quoted,
                _ if quoted => {}
                b'(' | b'[' | b'{' => self.depth += 1,
                b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                b'?' => self.options = true,
                _ => {}
            }
        }
        // A quote is still open, so its end was lost: the brackets within are ignored.
        if quoted {
            self.depth = 0;
        }
        let lower = body.to_ascii_lowercase();
        self.apply |= lower.windows(6).any(|w| w == b"apply=");
        let last_word = lower.rsplit(|b| !b.is_ascii_alphanumeric()).next();
        self.unfinished = lower.last().is_some_and(|b| matches!(b, b',' | b';' | b'(' | b'[' | b':' | b'='))
            || last_word.is_some_and(|w| matches!(w, b"and" | b"or" | b"not") && lower.len() > w.len());
    }

    fn is_open(&self) -> bool {
        self.depth > 0 || self.unfinished
    }

    /// Returns whether the line `body` continues the query. This is so if no query can begin like this line.
    /// It is also so if the line is indented deeper (`indent`), and either a bracket is open or the line
    /// begins with `?` or a transformation of `$apply`.
    pub(super) fn goes_on(&self, indent: usize, body: &[u8]) -> bool {
        if body.starts_with(b"&") && !(self.request || self.options) {
            return false;
        }
        if continues_above(body) {
            return true;
        }
        indent > self.indent
            && (self.is_open()
                || body.starts_with(b"?") && !self.options
                || body.starts_with(b"/") && self.apply)
    }

    /// Returns whether it is not certain that the line `body` begins another query: the query so far is a
    /// path, and the line begins with `?` and is not indented deeper (`indent`) than its first line.
    pub(super) fn may_go_on(&self, indent: usize, body: &[u8]) -> bool {
        self.path && indent <= self.indent && body.starts_with(b"?")
    }

    /// Returns whether the query is incomplete, and the line `body`, which does not continue it, could be
    /// what is missing.
    pub(super) fn left_open(&self, body: &[u8]) -> bool {
        self.is_open()
            && !body.starts_with(b"<")
            && !body.starts_with(b"{\"")
            && !std::str::from_utf8(body).is_ok_and(odata_parser::is_request)
    }
}

/// Returns whether a line begins in a way in which no query can begin, so that it must continue a query
/// above.
pub(super) fn continues_above(body: &[u8]) -> bool {
    let escaped = [b"&lt;".as_slice(), b"&#60;", b"&#x3c;", b"&amp;lt;"];
    match body {
        [b'&', ..] => !escaped.iter().any(|e| body.get(..e.len()).is_some_and(|t| t.eq_ignore_ascii_case(e))),
        [b')' | b']' | b',' | b';', ..] | [b'|', b'|', ..] => true,
        _ => [b"and".as_slice(), b"or"].iter().any(|word| {
            body.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word))
                && body.get(word.len()).is_none_or(|b| b.is_ascii_whitespace() || *b == b'(')
        }),
    }
}

/// Returns whether a line is a comment, which begins with `#` or `//`.
pub(super) fn begins_comment(body: &[u8]) -> bool {
    body.starts_with(b"#") || body.starts_with(b"//")
}
