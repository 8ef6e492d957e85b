//! Finds the end of a JSON object that begins on a line of a document, line by line. The scanner of documents
//! uses it.

/// The maximum depth of nested brackets in an object. A deeper text is not taken for a query.
const MAX_DEPTH: usize = 64;

/// The state of the search for the end of a JSON object.
pub(super) struct Json {
    /// The opening brackets (`{` and `[`) that have not been closed yet, outermost first.
    open: Vec<u8>,
    array: bool,
    /// Whether the text is not JSON, because a line ends within a string or the brackets are nested too
    /// deeply.
    broken: bool,
}

impl Json {
    /// Returns the initial state if a JSON object, or an array of objects, begins at the beginning of `body`;
    /// otherwise `None`. A placeholder such as `{id}` begins with a brace too, but neither a quote nor the
    /// end of the line follows.
    pub(super) fn begins(body: &[u8]) -> Option<Self> {
        let mut rest = body.get(1..)?.iter().filter(|b| !b.is_ascii_whitespace());
        let (array, begins) = match body.first()? {
            b'{' => (false, matches!(rest.next(), None | Some(b'"' | b'}'))),
            b'[' => (true, matches!(rest.next(), None | Some(b'{' | b']'))),
            _ => return None,
        };
        begins.then_some(Self { open: Vec::new(), array, broken: false })
    }

    pub(super) fn is_array(&self) -> bool {
        self.array
    }

    /// Returns whether the line `body` can belong to the object. Within an object only a few characters can
    /// begin a line.
    pub(super) fn may_go_on(&self, body: &[u8]) -> bool {
        self.open.last() != Some(&b'{')
            || body.first().is_some_and(|b| matches!(b, b'"' | b'}' | b',' | b':'))
    }

    /// Scans the line `body`, and returns whether the object ends with it. A text that is not JSON ends with
    /// its first wrong line.
    pub(super) fn line(&mut self, body: &[u8]) -> bool {
        let (mut within, mut escaped) = (false, false);
        for byte in body {
            match (within, byte) {
                (true, _) if escaped => escaped = false,
                (true, b'\\') => escaped = true,
                (_, b'"') => within = !within,
                (false, b'{' | b'[') if self.open.len() < MAX_DEPTH => self.open.push(*byte),
                (false, b'{' | b'[') => self.broken = true,
                (false, b'}' | b']') => {
                    self.open.pop();
                }
                _ => {}
            }
        }
        self.broken |= within;
        self.broken && !self.array || self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Option<usize> {
        let mut json = Json::begins(lines[0].as_bytes())?;
        lines.iter().position(|line| json.line(line.as_bytes()))
    }

    #[test]
    fn objects_end_where_their_brace_does() {
        assert_eq!(lines(&[r#"{"a":"}\""}"#]), Some(0));
        assert_eq!(lines(&["{", r#""a": {"#, "},", r#""b": [1]"#, "}"]), Some(4));
        assert_eq!(lines(&[r#"{"a": "x"#, "}"]), Some(0), "a text ends with its line at the latest");
        assert_eq!(lines(&["[", "{}", "]"]), Some(2));
        for no in ["{id} eq 1", "{{id}}", "[name] eq 'x'", "a"] {
            assert!(Json::begins(no.as_bytes()).is_none(), "{no}");
        }
    }

    #[test]
    fn another_object_cannot_begin_within() {
        let mut json = Json::begins(b"{\"a\":1").unwrap();
        assert!(!json.line(b"{\"a\":1"));
        assert!(json.may_go_on(b"\"b\":2}") && json.may_go_on(b"}"));
        assert!(!json.may_go_on(b"{\"a\":1}") && !json.may_go_on(b"accounts?$top=1"));
    }
}
