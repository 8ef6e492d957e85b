//! Reads a text stream line by line, in constant memory. The batch commands and the reader of query streams
//! use it.
//!
//! The output is flushed before every read that may have to wait for input. So an interactive program on a
//! pipe gets each response at once, and a redirected file is processed in whole buffers.

use std::io::{self, BufRead, BufReader, Read};

/// The maximum length of a line in bytes, 1 MiB. A longer line is read as [`Line::Unusable`].
pub const MAX_LINE: usize = 1 << 20;

/// A line that was read from a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// The text of the line, without surrounding spaces and its line break. It is not empty.
    Text(&'a str),
    /// The line cannot be used. The field is the reason.
    Unusable(&'static str),
}

/// Reads the lines of `R` one by one. Empty lines are skipped, but they are counted.
#[derive(Debug)]
pub struct LineReader<R> {
    reader: BufReader<R>,
    buffer: Vec<u8>,
    number: usize,
}

impl<R: Read> LineReader<R> {
    /// Creates a reader of the lines of `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(64 << 10, reader), buffer: Vec::new(), number: 0 }
    }

    /// Returns the next line that does not consist of spaces only, with its number, counted from 1. Returns
    /// `None` at the end of the stream. `flush` is called before every read that may have to wait for input.
    ///
    /// # Errors
    /// Returns an error if reading or `flush` fails.
    pub fn next(
        &mut self,
        mut flush: impl FnMut() -> io::Result<()>,
    ) -> io::Result<Option<(usize, Line<'_>)>> {
        loop {
            let Some(fits) = self.fill(&mut flush)? else { return Ok(None) };
            self.number += 1;
            if !fits {
                return Ok(Some((self.number, Line::Unusable("longer than 1 MiB"))));
            }
            // Windows shells often write a byte order mark first.
            let bytes = self.buffer.strip_prefix(b"\xef\xbb\xbf").filter(|_| self.number == 1);
            if !bytes.unwrap_or(&self.buffer).iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let line = match std::str::from_utf8(&self.buffer) {
            Ok(text) if self.number == 1 => Line::Text(text.trim_start_matches('\u{feff}').trim()),
            Ok(text) => Line::Text(text.trim()),
            Err(_) => Line::Unusable("not UTF-8"),
        };
        Ok(Some((self.number, line)))
    }

    /// Returns the next line without its line break, or as an error the reason why it cannot be used. The
    /// line may be empty. Returns `None` at the end of the stream. `flush` is called before every read that
    /// may have to wait for input. A byte order mark at the beginning of the stream is removed.
    pub(crate) fn next_line(
        &mut self,
        mut flush: impl FnMut() -> io::Result<()>,
    ) -> io::Result<Option<Result<&[u8], &'static str>>> {
        let Some(fits) = self.fill(&mut flush)? else { return Ok(None) };
        self.number += 1;
        if !fits {
            return Ok(Some(Err("longer than 1 MiB")));
        }
        let bytes = self.buffer.strip_prefix(b"\xef\xbb\xbf").filter(|_| self.number == 1);
        Ok(Some(Ok(bytes.unwrap_or(&self.buffer))))
    }

    /// Reads one line into the buffer. Returns whether the line fits into it; if not, the rest of the line is
    /// skipped. Returns `None` at the end of the stream. `flush` is called before every read that may have to
    /// wait for input.
    fn fill(&mut self, flush: &mut impl FnMut() -> io::Result<()>) -> io::Result<Option<bool>> {
        self.buffer.clear();
        let (mut fits, mut any) = (true, false);
        loop {
            if self.reader.buffer().is_empty() {
                flush()?;
            }
            let available = match self.reader.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if available.is_empty() {
                return Ok(any.then_some(fits));
            }
            any = true;
            let end = available.iter().position(|b| *b == b'\n');
            let part = available.get(..end.unwrap_or(available.len())).unwrap_or(available);
            fits &= self.buffer.len() + part.len() <= MAX_LINE;
            if fits {
                self.buffer.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(fits));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<(usize, String)> {
        let mut lines = LineReader::new(input);
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next(|| Ok(())).unwrap() {
            found.push((number, format!("{line:?}")));
        }
        found
    }

    #[test]
    fn blank_lines_are_counted_and_left_out() {
        let found = all("\u{feff}\n\n a eq 1\r\n\t\r\nb".as_bytes());
        assert_eq!(found, [(3, "Text(\"a eq 1\")".to_owned()), (5, "Text(\"b\")".to_owned())]);
        assert_eq!(all("\u{feff}a".as_bytes()), [(1, "Text(\"a\")".to_owned())]);
        assert!(all(b"").is_empty());
        assert_eq!(
            all("a\n\u{feff}b\n".as_bytes()),
            [(1, "Text(\"a\")".to_owned()), (2, "Text(\"\\u{feff}b\")".to_owned())],
            "a mark is one at the beginning only"
        );
        assert_eq!(all(b" \x0c\n \t\nx"), [(3, "Text(\"x\")".to_owned())]);
    }

    /// Returns all lines as a reader of documents gets them.
    fn plain(input: &[u8]) -> Vec<Result<Vec<u8>, &'static str>> {
        let mut lines = LineReader::new(input);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line(|| Ok(())).unwrap() {
            found.push(line.map(<[u8]>::to_vec));
        }
        found
    }

    #[test]
    fn a_line_of_a_document_is_whole() {
        let lines = |texts: &[&str]| -> Vec<Result<Vec<u8>, &'static str>> {
            texts.iter().map(|text| Ok(text.as_bytes().to_vec())).collect()
        };
        assert_eq!(plain(b""), []);
        assert_eq!(plain(b"\n"), lines(&[""]));
        assert_eq!(plain(b" a \r\n\n\tb"), lines(&[" a \r", "", "\tb"]));
        assert_eq!(plain("\u{feff}a\n\u{feff}b".as_bytes()), lines(&["a", "\u{feff}b"]));
        let mut input = vec![b'x'; MAX_LINE];
        input.extend_from_slice(b"\n");
        input.extend_from_slice(&vec![b'y'; MAX_LINE + 1]);
        input.extend_from_slice(b"\nz");
        let found = plain(&input);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].as_ref().map(Vec::len), Ok(MAX_LINE));
        assert_eq!(found[1], Err("longer than 1 MiB"));
        assert_eq!(found[2], Ok(b"z".to_vec()));
    }

    #[test]
    fn a_stream_that_fails_is_an_error_and_one_that_is_interrupted_is_read_again() {
        struct Failing(Vec<Result<&'static [u8], io::ErrorKind>>);
        impl Read for Failing {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                let next = self.0.pop().unwrap_or(Ok(b""))?;
                buf[..next.len()].copy_from_slice(next);
                Ok(next.len())
            }
        }
        let interrupted = vec![Ok(&b"b"[..]), Err(io::ErrorKind::Interrupted), Ok(b"a")];
        let mut lines = LineReader::new(Failing(interrupted));
        assert_eq!(lines.next(|| Ok(())).unwrap(), Some((1, Line::Text("ab"))));
        assert_eq!(lines.next(|| Ok(())).unwrap(), None);
        let mut lines = LineReader::new(Failing(vec![Err(io::ErrorKind::BrokenPipe), Ok(b"a")]));
        assert_eq!(lines.next(|| Ok(())).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let mut lines = LineReader::new(&b"a"[..]);
        let failed = lines.next(|| Err(io::ErrorKind::WriteZero.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }

    #[test]
    fn a_line_that_cannot_be_used_spoils_no_other() {
        let mut input = vec![b'x'; MAX_LINE + 1];
        input.extend_from_slice(b"\nok\n\xff\nlast");
        let found = all(&input);
        let texts: Vec<&str> = found.iter().map(|(_, l)| l.as_str()).collect();
        assert_eq!(
            texts,
            ["Unusable(\"longer than 1 MiB\")", "Text(\"ok\")", "Unusable(\"not UTF-8\")", "Text(\"last\")"]
        );
        assert_eq!(all(&vec![b'x'; MAX_LINE])[0].1.len(), MAX_LINE + "Text(\"\")".len());
    }

    /// A reader that returns one of its texts for each read. The fields are the texts, the last one first;
    /// the number of flushes so far; and the number of flushes at each read.
    struct OneLineAtATime<'a>(Vec<&'a [u8]>, &'a std::cell::Cell<usize>, Vec<usize>);
    impl Read for OneLineAtATime<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.2.push(self.1.get());
            let Some(next) = self.0.pop() else { return Ok(0) };
            buf[..next.len()].copy_from_slice(next);
            Ok(next.len())
        }
    }

    #[test]
    fn output_is_flushed_before_each_wait() {
        let flushed = std::cell::Cell::new(0);
        let mut lines = LineReader::new(OneLineAtATime(vec![b"c\n", b"a\nb\n"], &flushed, Vec::new()));
        let flush = || {
            flushed.set(flushed.get() + 1);
            Ok(())
        };
        while lines.next(flush).unwrap().is_some() {}
        assert_eq!(lines.reader.get_ref().2, [1, 2, 3]);
    }
}
