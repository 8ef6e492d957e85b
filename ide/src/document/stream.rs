//! Reads the queries of a stream, such as standard input, by the rules for files. The command line calls
//! [`each_query`], which needs memory only for the longest query.

use std::io::{self, Cursor, Read};

use super::encoding::Encoding;
use super::scan::Scanner;
use super::{MAX_FILE, QueryItem};
use crate::Error;
use crate::line_reader::{LineReader, MAX_LINE};

/// Returns a reader of the stream's text in UTF-8. A stream in UTF-16 with a byte order mark is read to its
/// end and converted.
///
/// # Errors
/// Returns an error if the stream cannot be read, or if it is in UTF-16 and is not a text or is longer than
/// 64 MiB.
pub fn decoded(mut input: impl Read + 'static) -> Result<Box<dyn Read>, Error> {
    let mut head = Vec::new();
    // Two bytes identify the encoding. The second is read only if the first can begin a byte order mark.
    let take = |input: &mut dyn Read, most: u64, head: &mut Vec<u8>| {
        input.take(most).read_to_end(head).map_err(Error::Stream)
    };
    take(&mut input, 1, &mut head)?;
    if matches!(head.as_slice(), [0xff | 0xfe]) {
        take(&mut input, 1, &mut head)?;
    }
    let encoding = Encoding::of(&head);
    if matches!(encoding, Encoding::Utf8 { .. }) {
        return Ok(Box::new(Cursor::new(head).chain(input)));
    }
    take(&mut input, MAX_FILE + 1, &mut head)?;
    if head.len() as u64 > MAX_FILE {
        return Err(Error::StreamNotText("it is UTF-16 and longer than 64 MiB"));
    }
    let text = encoding.decode(&head).map_err(Error::StreamNotText)?;
    Ok(Box::new(Cursor::new(text.into_owned())))
}

/// Reads the queries of a stream in UTF-8 by the rules for files, and calls `one` with each query as soon as
/// its end is known. Calls `flush` before every read that may have to wait for input. Both functions get
/// `run`, a value of the caller's choice.
///
/// # Errors
/// Returns an error if the stream cannot be read, and the first error of `flush` or `one`.
pub fn each_query<R, E: From<Error>>(
    input: impl Read,
    run: &mut R,
    flush: impl Fn(&mut R) -> io::Result<()>,
    mut one: impl FnMut(&mut R, &QueryItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut lines = LineReader::new(input);
    let mut window = Window::new();
    loop {
        let line = lines.next_line(|| flush(run)).map_err(Error::Stream)?;
        let ended = line.is_none();
        match line {
            Some(Ok(line)) => window.line(line),
            Some(Err(why)) => window.unusable(why),
            None => window.scanner.end(),
        }
        window.take(|item| one(run, item))?;
        if ended {
            return Ok(());
        }
    }
}

/// The part of the input that is kept in memory: it begins with the first line of the open query.
struct Window {
    scanner: Scanner,
    /// The byte offset of `bytes` in the input.
    base: usize,
    bytes: Vec<u8>,
}

impl Window {
    fn new() -> Self {
        Self { scanner: Scanner::new(), base: 0, bytes: Vec::new() }
    }

    fn line(&mut self, line: &[u8]) {
        let start = self.base + self.bytes.len();
        self.bytes.extend_from_slice(line);
        self.bytes.push(b'\n');
        self.scanner.line(start, line.strip_suffix(b"\r").unwrap_or(line));
    }

    fn unusable(&mut self, why: &'static str) {
        self.scanner.unusable(self.base + self.bytes.len(), why);
    }

    /// Calls `one` with each query that has ended, and drops the bytes before the open query. Returns the
    /// first error of `one`.
    fn take<E>(&mut self, mut one: impl FnMut(&QueryItem<'_>) -> Result<(), E>) -> Result<(), E> {
        for found in self.scanner.take() {
            one(&QueryItem::new(&found, &self.bytes, self.base, 0, "not UTF-8"))?;
        }
        let end = self.base + self.bytes.len();
        let mut from = self.scanner.open_from().unwrap_or(end);
        // A query of this length is refused, so its bytes can be dropped.
        if end - from > 2 * MAX_LINE {
            from = end;
        }
        if from > self.base {
            self.bytes.drain(..from - self.base);
            self.base = from;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::scan;

    #[test]
    fn a_stream_is_read_as_a_file_is() {
        let text = "# a\na eq 1\n  and b\r\n\r\n<fetch>\n</fetch><fetch/>\n{\n\"filter\":\"a\"\n}\naccounts\n  ?$top=1\n\u{feff}b";
        let mut window = Window::new();
        let mut seen = Vec::new();
        let mut note = |item: &QueryItem<'_>| {
            seen.push((item.line, item.written().to_owned(), item.lines.to_owned()));
            Ok::<_, Error>(())
        };
        for line in text.split('\n') {
            window.line(line.as_bytes());
            window.take(&mut note).unwrap();
        }
        window.scanner.end();
        window.take(&mut note).unwrap();
        assert!(window.bytes.is_empty());
        let found = scan(text.as_bytes());
        let wanted: Vec<_> = found
            .iter()
            .map(|f| (f.number, text[f.query.clone()].to_owned(), text[f.lines.clone()].to_owned()))
            .collect();
        assert_eq!(seen, wanted);
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let mut window = Window::new();
        let mut refused = 0;
        let long = vec![b'x'; MAX_LINE / 2];
        window.line(b"<fetch>");
        for _ in 0..20 {
            window.line(&long);
            window.take(|_| Ok::<_, Error>(())).unwrap();
            assert!(window.bytes.len() <= 3 * MAX_LINE);
        }
        window.line(b"</fetch>");
        window.line(b"a");
        window.scanner.end();
        window
            .take(|item| {
                refused += usize::from(item.entry.as_ref().is_err_and(|why| why.contains("1 MiB")));
                Ok::<_, Error>(())
            })
            .unwrap();
        assert_eq!(refused, 1);
    }

    #[test]
    fn a_line_that_is_too_long_ends_a_filter_and_breaks_what_is_open() {
        let long = "x".repeat(MAX_LINE + 1);
        let why = "longer than 1 MiB";
        for (before, behind, expected) in [
            ("", "", &[(1, Err(why))][..]),
            ("a eq 1\n", "\nb eq 2", &[(1, Ok("a eq 1")), (2, Err(why)), (3, Ok("b eq 2"))]),
            ("# note\n\n", "\n# note\n", &[(3, Err(why))]),
            ("{\n", "\n\"filter\":\"a\"}\nb eq 2", &[(1, Err(why)), (4, Ok("b eq 2"))]),
            ("<fetch>\n", "\n</fetch>\nb eq 2", &[(1, Err(why)), (4, Ok("b eq 2"))]),
        ] {
            let input = format!("{before}{long}{behind}");
            let mut found: Vec<(usize, Result<String, String>)> = Vec::new();
            let done = each_query(
                input.as_bytes(),
                &mut found,
                |_| Ok(()),
                |found, item| {
                    let text = item.entry.as_ref().map(|entry| entry.text().as_str().to_owned());
                    found.push((item.line, text.map_err(|why| (*why).to_string())));
                    Ok::<(), Error>(())
                },
            );
            assert!(done.is_ok(), "{before:?}");
            let expected: Vec<(usize, Result<String, String>)> = expected
                .iter()
                .map(|(line, text)| (*line, text.map(str::to_owned).map_err(str::to_owned)))
                .collect();
            assert_eq!(found, expected, "{before:?} and {behind:?}");
        }
    }

    #[test]
    fn a_stream_is_decoded_by_its_first_two_bytes() {
        for (bytes, expected) in [
            (&b""[..], Ok("")),
            (b"a", Ok("a")),
            (b"ab", Ok("ab")),
            (b"\xff\xfea\0b\0", Ok("ab")),
            (b"\xfe\xff\0a\0b", Ok("ab")),
            (b"\xff\xfe", Ok("")),
            (
                b"\xff\xfea",
                Err("cannot read standard input: it is UTF-16, and ends in the middle of a character"),
            ),
            (
                b"\xff\xfe\0\0",
                Err(
                    "cannot read standard input: it holds NUL characters: it is no text, or UTF-16 without a byte order mark",
                ),
            ),
        ] {
            let read = decoded(bytes).map(|mut input| {
                let mut text = String::new();
                input.read_to_string(&mut text).unwrap();
                text
            });
            let read = read.map_err(|error| error.to_string());
            assert_eq!(read, expected.map(str::to_owned).map_err(str::to_owned), "{bytes:?}");
        }
    }
}
