//! OData over several lines, as `dvkit fmt` lays it out and as people write it: which line goes on with the one above.

/// What is known of a query as far as it was read.
pub(super) struct Layout {
    /// How far its first line is indented.
    indent: usize,
    /// Brackets that are open outside of quotes.
    depth: usize,
    /// Is there a `?`, so that options have begun?
    options: bool,
    /// Is there an `$apply`, whose transformations may begin a line with `/`?
    apply: bool,
    /// It is one word so far, perhaps the path of a request.
    path: bool,
    /// It can have options, as no filter does.
    request: bool,
    /// It ends where something has to follow.
    unfinished: bool,
}

impl Layout {
    /// A query whose first line is this one, without blanks around.
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

    /// Goes on with a line.
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
        // A quote that is open was lost: what stands in it says nothing.
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

    /// Does it go on with this line? Where the line begins as no query does; where it is indented deeper, and something
    /// is open or the line begins with `?` or a transformation.
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

    /// Is it a path above options that nothing but their place tells from a query of their own?
    pub(super) fn may_go_on(&self, indent: usize, body: &[u8]) -> bool {
        self.path && indent <= self.indent && body.starts_with(b"?")
    }

    /// Was something left open that this line, which does not go on with it, could be meant to end?
    pub(super) fn left_open(&self, body: &[u8]) -> bool {
        self.is_open()
            && !body.starts_with(b"<")
            && !body.starts_with(b"{\"")
            && !std::str::from_utf8(body).is_ok_and(odata_parser::is_request)
    }
}

/// Does a line begin as no query begins?
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

/// Is a line a comment?
pub(super) fn begins_comment(body: &[u8]) -> bool {
    body.starts_with(b"#") || body.starts_with(b"//")
}
