//! Remembers which writes of a bulk load are done, so that a load that was broken off can be started again.
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

/// A record of the writes that are done, by the callers' keys. A bulk load asks it before a write, and tells it
/// after the service has answered.
pub trait BulkJournal: Send {
    /// Returns whether the write with this key is done.
    fn is_done(&self, key: &str) -> bool;

    /// Records that the writes with these keys are done.
    ///
    /// # Errors
    /// Returns an error if the record cannot be kept. The load stops then.
    fn done(&mut self, keys: &[&str]) -> io::Result<()>;
}

/// A journal in a file: one key per line, as a JSON text. A line that a crash has cut off is ignored.
#[derive(Debug)]
pub struct FileJournal {
    file: File,
    done: HashSet<String>,
}

/// The maximum length of a line of a journal in bytes.
const MAX_LINE: u64 = 64 << 10;

impl FileJournal {
    /// Opens the journal at `path`, or creates it. Only the current user can read a new file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or read, or if it is not a journal.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let foreign = || io::Error::new(io::ErrorKind::InvalidData, "the file is not a journal of a bulk load");
        let (mut done, mut kept) = (HashSet::new(), 0);
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line)?;
            if line.pop_if(|last| *last == b'\n').is_none() {
                // Nothing of a journal is so long, and what is no text does not become one.
                if read as u64 == MAX_LINE || !(line.is_empty() || line[0] == b'"') {
                    return Err(foreign());
                }
                break;
            }
            done.insert(serde_json::from_slice::<String>(&line).map_err(|_| foreign())?);
            kept += read as u64;
        }
        // What a crash has cut off is not done.
        file.set_len(kept)?;
        Ok(Self { file, done })
    }

    /// Returns the number of writes that are done.
    #[must_use]
    pub fn len(&self) -> usize {
        self.done.len()
    }

    /// Returns whether no write is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }
}

impl BulkJournal for FileJournal {
    fn is_done(&self, key: &str) -> bool {
        self.done.contains(key)
    }

    fn done(&mut self, keys: &[&str]) -> io::Result<()> {
        let mut lines = String::new();
        for key in keys {
            lines.push_str(&serde_json::Value::from(*key).to_string());
            lines.push('\n');
        }
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()?;
        self.done.extend(keys.iter().map(|key| (*key).to_owned()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_survives_a_cut_line_and_refuses_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("load.journal");
        let mut journal = FileJournal::open(&path).unwrap();
        journal.done(&["A-1", "line\nbreak"]).unwrap();
        drop(journal);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("\"A-");
        std::fs::write(&path, &text).unwrap();
        let mut journal = FileJournal::open(&path).unwrap();
        assert!(journal.is_done("line\nbreak") && !journal.is_done("A-"));
        journal.done(&["A-2"]).unwrap();
        assert_eq!(FileJournal::open(&path).unwrap().len(), 3);
        for foreign in ["name,number\nContoso,1\n", "name", "[1]\n"] {
            std::fs::write(&path, foreign).unwrap();
            assert!(FileJournal::open(&path).is_err(), "{foreign}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign);
        }
    }
}
