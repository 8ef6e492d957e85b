//! Remembers which writes of a bulk load are done, so that a load that was broken off can be started again.
use std::collections::HashSet;
use std::io;
use std::path::Path;

use dvkit_files::LineLog;

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
    file: LineLog,
    done: HashSet<String>,
}

/// The maximum length of a line of a journal in bytes.
const MAX_LINE: u64 = 64 << 10;

impl FileJournal {
    /// Opens the journal at `path`, or creates it. Only the current user can read a new file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or read, or if it is not a journal. Another file is left
    /// unchanged.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut done = HashSet::new();
        let file = LineLog::open(path.as_ref(), MAX_LINE, |line| {
            serde_json::from_slice(line).map(|key| done.insert(key)).is_ok()
        })?;
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
        self.file.append(lines.as_bytes())?;
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
