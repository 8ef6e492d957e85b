//! Decides which lines of a document continue an OData query that is written on several lines, by `dvkit fmt`
//! or by people.

/// The state of a query up to the last scanned line.
pub(super) struct Layout {
    /// The indentation of the first line.
    indent: usize,
    /// The number of open brackets outside of quotes.
    depth: usize,
    /// Whether a `?` was found, so that query options have begun.
    options: bool,
    /// Whether an `$apply` was found, whose transformations may begin a line with `/`.
    apply: bool,
    /// Whether the text so far is a single word, possibly the path of a request.
    path: bool,
    /// Whether the text can be a request with query options.
    request: bool,
    /// Whether the text ends with something that needs a continuation.
    unfinished: bool,
}

impl Layout {
    /// Starts a query at its first line, which has no surrounding spaces.
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

    /// Scans the next line of the query.
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

    /// Returns whether the query continues with this line. It does if no query can begin like the line. It
    /// also does if the line is indented deeper, and either a bracket is open or the line begins with `?` or
    /// a transformation.
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

    /// Returns whether the query is a path, and the line could be either its options or a query of its own.
    pub(super) fn may_go_on(&self, indent: usize, body: &[u8]) -> bool {
        self.path && indent <= self.indent && body.starts_with(b"?")
    }

    /// Returns whether this line, which is not a continuation, could close something that the query left
    /// open.
    pub(super) fn left_open(&self, body: &[u8]) -> bool {
        self.is_open()
            && !body.starts_with(b"<")
            && !body.starts_with(b"{\"")
            && !std::str::from_utf8(body).is_ok_and(odata_parser::is_request)
    }
}

/// Returns whether a line begins as no query can begin.
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

/// Returns whether a line is a comment.
pub(super) fn begins_comment(body: &[u8]) -> bool {
    body.starts_with(b"#") || body.starts_with(b"//")
}
