//! Keeps a file of lines that only grows. A line that a crash has cut off is removed when the file is opened again.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

use crate::{EntryKind, Refusal, entry_kind};

/// A file of lines that only grows: a journal. On Unix only its owner may read it.
#[derive(Debug)]
pub struct LineLog(File);

impl LineLog {
    /// Opens the file at `path`, or creates it. `keep` is called with each complete line, without its line break,
    /// and says whether it is a line of such a file. What stands after the last complete line is removed: a crash
    /// has cut it off.
    ///
    /// # Errors
    /// Returns an error if the entry is not a regular file, if a line has more than `limit` bytes, if `keep`
    /// returns `false`, or if the system reports an error. The file is then unchanged.
    pub fn open(path: &Path, limit: u64, mut keep: impl FnMut(&[u8]) -> bool) -> io::Result<Self> {
        match entry_kind(path)? {
            None | Some(EntryKind::File) => {}
            Some(kind) => return Err(Refusal::NotAFile(kind).into()),
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let foreign = || io::Error::new(io::ErrorKind::InvalidData, "the file has other lines than expected");
        let (mut reader, mut line, mut kept) = (BufReader::new(&file), Vec::new(), 0);
        loop {
            line.clear();
            let read = (&mut reader).take(limit + 1).read_until(b'\n', &mut line)? as u64;
            if line.pop_if(|last| *last == b'\n').is_none() {
                if read > limit {
                    return Err(foreign());
                }
                break;
            }
            if !keep(&line) {
                return Err(foreign());
            }
            kept += read;
        }
        // A file without any complete line may be somebody's own.
        if kept == 0 && !line.is_empty() {
            return Err(foreign());
        }
        file.set_len(kept)?;
        Ok(Self(file))
    }

    /// Appends `lines`, which end with a line break, and waits until the disk has them.
    ///
    /// # Errors
    /// Returns an error if the system reports one. A part of the lines may have been written.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.0.write_all(lines)?;
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(path: &Path) -> io::Result<(LineLog, Vec<String>)> {
        let mut lines = Vec::new();
        let log = LineLog::open(path, 10, |line| {
            lines.push(String::from_utf8_lossy(line).into_owned());
            line.starts_with(b"+")
        })?;
        Ok((log, lines))
    }

    #[test]
    fn a_line_that_was_cut_off_is_removed_and_another_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        read(&path).unwrap().0.append(b"+a\n+b\n").unwrap();
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"+c");
        fs::write(&path, &text).unwrap();
        let (mut log, lines) = read(&path).unwrap();
        assert_eq!(lines, ["+a", "+b"]);
        log.append(b"+d\n").unwrap();
        assert_eq!(read(&path).unwrap().1, ["+a", "+b", "+d"]);
        for foreign in ["a\n", "+a\nb\n", "+a\n+12345678901\n", "one line", "+"] {
            fs::write(&path, foreign).unwrap();
            assert!(read(&path).is_err(), "{foreign}");
            assert_eq!(fs::read_to_string(&path).unwrap(), foreign);
        }
        assert!(read(folder.path()).is_err());
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for (line, kept) in [("+23456789\n", true), ("+234567890", false), ("+2345678901\n", false)] {
            fs::write(&path, format!("+a\n{line}")).unwrap();
            let read = read(&path);
            // A last line without its end is cut off, if it is not too long for one.
            match (kept, line.len()) {
                (true, _) => assert_eq!(read.unwrap().1.len(), 2, "{line}"),
                (false, 10) => assert_eq!(read.unwrap().1.len(), 1, "{line}"),
                _ => assert!(read.is_err(), "{line}"),
            }
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::remove_file(&path).unwrap();
            drop(read_new(&path));
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[cfg(unix)]
    fn read_new(path: &Path) -> LineLog {
        read(path).unwrap().0
    }
}
