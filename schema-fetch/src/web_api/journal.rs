//! What has been fetched so far, so that a fetch that was interrupted goes on where it was.
//!
//! Answers are kept as they came, each in a file of its own, in a folder beside the snapshot: `.<name>.dvkit-fetch`. What the
//! snapshot becomes follows from these files alone. A file is there whole or not at all; the plan is written first, and a
//! journal of another organisation, of another question, or of another day is thrown away. Where a fetch goes on, the snapshot is
//! put together in a folder of the journal before it takes its place. `check` keeps its answers in memory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

const FORMAT: u32 = 1;
const PLAN: &str = "plan.json";
const DRAFT: &str = "draft";

/// What is older may be about another organisation than there is now.
const LIFE: i64 = 24 * 60 * 60;

/// What is fetched, decided before the first part is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    #[serde(rename = "dvkit_fetch")]
    format: u32,
    pub(super) url: String,
    pub(super) asked: Value,
    /// Seconds since 1970.
    pub(super) started: i64,
    /// The stamp from before the first part: whatever changes meanwhile is told by the next incremental fetch.
    pub(super) stamp: Option<String>,
    /// Does the service refuse `RetrieveMetadataChanges`, so that `EntityDefinitions` has to do?
    pub(super) by_definitions: bool,
    /// The service is too old for `TableType`.
    pub(super) without_table_type: bool,
    /// The tables of each part.
    pub(super) parts: Vec<Vec<String>>,
    /// The tables that the service has and that are not wanted.
    pub(super) left_out: Vec<String>,
}

impl Plan {
    pub(super) fn new(url: String, asked: Value) -> Self {
        Self {
            format: FORMAT,
            url,
            asked,
            started: Timestamp::now().as_second(),
            stamp: None,
            by_definitions: false,
            without_table_type: false,
            parts: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

/// An answer by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    /// `$metadata`.
    Csdl,
    /// `GlobalOptionSetDefinitions`.
    Choices,
    /// Tables.
    Part(usize),
}

impl Piece {
    fn file(self) -> String {
        match self {
            Self::Csdl => "metadata.xml".to_owned(),
            Self::Choices => "choices.json".to_owned(),
            Self::Part(n) => format!("part-{n:04}.json"),
        }
    }
}

/// The answers that are there.
#[derive(Debug)]
pub(super) struct Journal(Place);

#[derive(Debug)]
enum Place {
    Memory(Mutex<BTreeMap<Piece, Vec<u8>>>),
    Folder { dir: PathBuf, _lock: File },
}

impl Journal {
    /// One that is gone with the process.
    pub(super) fn in_memory() -> Self {
        Self(Place::Memory(Mutex::default()))
    }

    /// The one beside the snapshot in `snapshot`; it is locked as long as this lives.
    pub(super) fn beside(snapshot: &Path) -> Result<Self, Error> {
        let dir = folder(snapshot)?;
        fs::create_dir_all(&dir).map_err(|source| Error::Journal { path: dir.clone(), source })?;
        let path = dir.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = file.map_err(|source| Error::Journal { path: path.clone(), source })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path }),
            // Some network file systems have none.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(source)) => return Err(Error::Journal { path, source }),
        }
        Ok(Self(Place::Folder { dir, _lock: lock }))
    }

    /// The plan of an interrupted fetch that asked for the same.
    pub(super) fn plan(&self, url: &str, asked: &Value) -> Option<Plan> {
        let Place::Folder { dir, .. } = &self.0 else { return None };
        let plan: Plan = serde_json::from_slice(&fs::read(dir.join(PLAN)).ok()?).ok()?;
        let age = Timestamp::now().as_second() - plan.started;
        let same = plan.format == FORMAT && plan.url == url && plan.asked == *asked;
        (same && (0..LIFE).contains(&age)).then_some(plan)
    }

    /// Begins anew with this plan.
    pub(super) fn begin(&self, plan: &Plan) -> Result<(), Error> {
        if let Place::Folder { dir, .. } = &self.0 {
            // The plan first: without it the rest is of no use.
            let _ = fs::remove_file(dir.join(PLAN));
            let entries = fs::read_dir(dir).map_err(|source| Error::Journal { path: dir.clone(), source })?;
            for entry in entries.flatten().filter(|e| e.file_name() != "lock") {
                remove(&entry.path())?;
            }
            let text = serde_json::to_vec(plan).unwrap_or_default();
            write(&dir.join(PLAN), &text)?;
        }
        Ok(())
    }

    /// Keeps an answer.
    pub(super) fn put(&self, piece: Piece, bytes: Vec<u8>) -> Result<(), Error> {
        match &self.0 {
            Place::Memory(pieces) => {
                pieces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(piece, bytes);
                Ok(())
            }
            Place::Folder { dir, .. } => write(&dir.join(piece.file()), &bytes),
        }
    }

    /// Is the answer there?
    pub(super) fn has(&self, piece: Piece) -> bool {
        match &self.0 {
            Place::Memory(pieces) => {
                pieces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).contains_key(&piece)
            }
            Place::Folder { dir, .. } => dir.join(piece.file()).is_file(),
        }
    }

    /// The answer, which was put there.
    pub(super) fn take(&self, piece: Piece) -> Result<String, Error> {
        let (path, bytes) = match &self.0 {
            Place::Memory(pieces) => {
                let mut pieces = pieces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                (PathBuf::from(piece.file()), pieces.remove(&piece).unwrap_or_default())
            }
            Place::Folder { dir, .. } => {
                let path = dir.join(piece.file());
                let bytes =
                    fs::read(&path).map_err(|source| Error::Journal { path: path.clone(), source })?;
                (path, bytes)
            }
        };
        String::from_utf8(bytes).map_err(|e| Error::Answer {
            what: path.display().to_string(),
            message: format!("not UTF-8 from byte {} on", e.utf8_error().valid_up_to()),
        })
    }

    /// Throws an answer away that turned out to be of no use.
    pub(super) fn drop_piece(&self, piece: Piece) {
        if let Place::Folder { dir, .. } = &self.0 {
            let _ = fs::remove_file(dir.join(piece.file()));
        }
    }

    /// Where a snapshot can be put together that is not to be seen yet, of which nothing is there; `None` in memory.
    pub(super) fn draft(&self) -> Result<Option<PathBuf>, Error> {
        let Place::Folder { dir, .. } = &self.0 else { return Ok(None) };
        let draft = dir.join(DRAFT);
        remove(&draft)?;
        Ok(Some(draft))
    }

    /// No fetch goes on with what is here.
    pub(super) fn forget(&self) {
        if let Place::Folder { dir, .. } = &self.0 {
            let _ = fs::remove_file(dir.join(PLAN));
        }
    }

    /// The fetch is over: nothing of it is needed any more.
    pub(super) fn clear(self) {
        if let Place::Folder { dir, _lock } = self.0 {
            // The plan first, so that a half-cleared journal is none; what stays is cleared by the next fetch.
            let _ = fs::remove_file(dir.join(PLAN));
            let _ = fs::remove_dir_all(&dir);
        }
    }
}

/// `.schema.dvkit-fetch` beside `schema`.
fn folder(snapshot: &Path) -> Result<PathBuf, Error> {
    let parent = snapshot.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real =
        |path: &Path| path.canonicalize().map_err(|source| Error::Journal { path: path.to_owned(), source });
    let snapshot = if snapshot.exists() {
        real(snapshot)?
    } else {
        fs::create_dir_all(parent).map_err(|source| Error::Journal { path: parent.to_owned(), source })?;
        real(parent)?.join(snapshot.file_name().unwrap_or_default())
    };
    let mut name = OsString::from(".");
    name.push(snapshot.file_name().unwrap_or_default());
    name.push(".dvkit-fetch");
    Ok(snapshot.with_file_name(name))
}

/// Written beside and renamed, so that nobody ever sees half of it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, path))
        .map_err(|source| Error::Journal { path: path.to_owned(), source })
}

/// Removes a file, or a folder with what is in it, that may not be there.
fn remove(path: &Path) -> Result<(), Error> {
    let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match gone {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Journal { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_taken_up_where_it_is_the_same_fetch() {
        let home = tempfile::tempdir().unwrap();
        let snapshot = home.path().join("schema");
        let asked = Value::from("all");
        let mut plan = Plan::new("https://a".to_owned(), asked.clone());
        plan.parts = vec![vec!["account".to_owned()]];
        {
            let journal = Journal::beside(&snapshot).unwrap();
            assert!(journal.plan("https://a", &asked).is_none());
            journal.begin(&plan).unwrap();
            journal.put(Piece::Part(0), b"{}".to_vec()).unwrap();
            assert!(matches!(Journal::beside(&snapshot), Err(Error::Busy { .. })));
        }
        let journal = Journal::beside(&snapshot).unwrap();
        assert_eq!(journal.plan("https://a", &asked), Some(plan.clone()));
        assert!(
            journal.plan("https://b", &asked).is_none() && journal.plan("https://a", &Value::Null).is_none()
        );
        assert!(journal.has(Piece::Part(0)) && !journal.has(Piece::Csdl));
        assert_eq!(journal.take(Piece::Part(0)).unwrap(), "{}");
        // A draft that was left half-way is not gone on with.
        let draft = journal.draft().unwrap().unwrap();
        fs::create_dir_all(draft.join("tables")).unwrap();
        fs::write(draft.join("org.json"), "half").unwrap();
        assert!(!journal.draft().unwrap().unwrap().exists());
        fs::create_dir_all(draft.join("tables")).unwrap();
        // Yesterday's answers do not go with today's.
        plan.started -= LIFE + 1;
        journal.begin(&plan).unwrap();
        assert!(journal.plan("https://a", &asked).is_none() && !journal.has(Piece::Part(0)));
        assert!(!draft.exists());
        journal.clear();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
