//! Stores the responses of a fetch as they arrive, so that an interrupted fetch continues where it stopped.
//!
//! Each response is stored unchanged in a file of its own, in the folder `.<name>.dvkit-fetch` beside the
//! snapshot. These files are sufficient to assemble the snapshot. Files are written atomically, the plan
//! first. A journal is discarded if it is for another organisation or other options, or is older than a day.
//! When a fetch continues, the snapshot is assembled in a folder of the journal before it replaces the old
//! one. `schema check` keeps its responses in memory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dvkit_files::{self as files, EntryKind, LinkPolicy, Lock, LockCleanup, Refusal, WriteMode};
use dvkit_schema::store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

const FORMAT: u32 = 1;
const PLAN_FILE: &str = "plan.json";
const DRAFT_FOLDER: &str = "draft";
const LOCK_FILE: &str = "lock";

/// The name and the contents of the file that marks a folder as a journal of dvkit.
const JOURNAL_MARK: (&str, &[u8]) = ("journal.json", b"{\"dvkit_journal\":1}\n");

/// The maximum size of a plan in bytes: 64 MiB.
const MAX_PLAN_BYTES: u64 = 64 << 20;

/// The maximum size of all responses together, in bytes: 2 GiB. A large organisation needs about 5 % of it.
const MAX_JOURNAL_BYTES: u64 = 2 << 30;

/// The age in seconds from which a journal is discarded, because the organisation may have changed.
const MAX_AGE_SECONDS: i64 = 24 * 60 * 60;

/// The plan of a fetch: which tables are requested, how they are divided into parts (one request each), and
/// by which function. The plan is made before the first part is requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    #[serde(rename = "dvkit_fetch")]
    format: u32,
    pub(super) url: String,
    pub(super) asked: Value,
    /// The time at which the fetch began, in seconds since 1970.
    pub(super) started: i64,
    /// The service's version stamp from before the first part was read; `None` if the service gave no stamp.
    /// The next fetch requests the changes since this stamp, which include the changes made during this
    /// fetch.
    pub(super) stamp: Option<String>,
    /// Whether the service refused `RetrieveMetadataChanges`, so that the tables are requested from
    /// `EntityDefinitions`.
    pub(super) used_entity_definitions: bool,
    /// Whether the service is too old to support the property `TableType`.
    pub(super) without_table_type: bool,
    /// The parts of the fetch; each is the list of the logical names of its tables.
    pub(super) parts: Vec<Vec<String>>,
    /// The logical names of the tables that exist but were not selected.
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
            used_entity_definitions: false,
            without_table_type: false,
            parts: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

/// The key of a response in the journal. It identifies the request that the response belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JournalEntry {
    /// The `$metadata` document.
    Csdl,
    /// All global choices, from `GlobalOptionSetDefinitions`.
    Choices,
    /// The row of the organisation, which contains the base language.
    Organisation,
    /// The definitions of the tables in one part; the number is the part's index in the plan.
    Part(usize),
}

impl JournalEntry {
    fn file(self) -> String {
        match self {
            Self::Csdl => "metadata.xml".to_owned(),
            Self::Choices => "choices.json".to_owned(),
            Self::Organisation => "organisation.json".to_owned(),
            Self::Part(n) => format!("part-{n:04}.json"),
        }
    }

    /// Returns the entry that is stored in a file named `name`; `None` if the name is not that of an entry's
    /// file.
    fn of_file(name: &str) -> Option<Self> {
        let number = name.strip_prefix("part-").and_then(|rest| rest.strip_suffix(".json"));
        let part = number.and_then(|number| number.parse().ok()).map(Self::Part);
        part.into_iter()
            .chain([Self::Csdl, Self::Choices, Self::Organisation])
            .find(|entry| entry.file() == name)
    }
}

/// The stored responses of one fetch, in memory or in a folder.
#[derive(Debug)]
pub(super) struct Journal {
    storage: Storage,
    /// The size in bytes of each stored response.
    sizes: Mutex<BTreeMap<JournalEntry, u64>>,
    /// The maximum size of all stored responses together, in bytes.
    limit: u64,
}

#[derive(Debug)]
enum Storage {
    Memory(Mutex<BTreeMap<JournalEntry, Vec<u8>>>),
    Folder(Folder),
}

/// The folder of a journal, which is locked and contains only files of a journal.
#[derive(Debug)]
struct Folder {
    dir: PathBuf,
    _lock: Lock,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Journal { path, source }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// Creates a journal in memory.
    pub(super) fn in_memory() -> Self {
        Self { storage: Storage::Memory(Mutex::default()), sizes: Mutex::default(), limit: MAX_JOURNAL_BYTES }
    }

    /// Opens or creates the journal beside the snapshot in the directory `snapshot`. The journal is locked
    /// until the returned value is dropped.
    ///
    /// # Errors
    /// Returns an error if another process holds the lock, or if the folder or anything in it was not written
    /// by a journal; then nothing is changed.
    pub(super) fn beside(snapshot: &Path) -> Result<Self, Error> {
        let folder = Folder::open(&folder(snapshot)?)?;
        let sizes = folder.sizes()?;
        Ok(Self { storage: Storage::Folder(folder), sizes: Mutex::new(sizes), limit: MAX_JOURNAL_BYTES })
    }

    /// Returns the plan of an interrupted fetch from the organisation at `url` with the options `asked`.
    /// Returns `None` if no such plan is stored, if it is too old, or if the journal is in memory.
    pub(super) fn plan(&self, url: &str, asked: &Value) -> Option<Plan> {
        let Storage::Folder(folder) = &self.storage else { return None };
        let text = files::read(&folder.dir.join(PLAN_FILE), LinkPolicy::Refuse, MAX_PLAN_BYTES).ok()?;
        let plan: Plan = serde_json::from_slice(&text).ok()?;
        let age = Timestamp::now().as_second() - plan.started;
        let same = plan.format == FORMAT && plan.url == url && plan.asked == *asked;
        (same && (0..MAX_AGE_SECONDS).contains(&age)).then_some(plan)
    }

    /// Discards the contents of the journal and stores a new plan. Called at the start of a full fetch that
    /// does not continue another one. Returns an error if a file of the journal cannot be removed or written.
    pub(super) fn begin(&self, plan: &Plan) -> Result<(), Error> {
        if let Storage::Folder(folder) = &self.storage {
            folder.empty()?;
            folder.write(PLAN_FILE, &serde_json::to_vec(plan).unwrap_or_default())?;
        }
        lock(&self.sizes).clear();
        Ok(())
    }

    /// Stores a response.
    ///
    /// # Errors
    /// Returns an error if a file cannot be written, or if all responses together exceed the journal's limit.
    pub(super) fn put(&self, entry: JournalEntry, bytes: Vec<u8>) -> Result<(), Error> {
        let mut sizes = lock(&self.sizes);
        let others: u64 = sizes.iter().filter(|(other, _)| **other != entry).map(|(_, size)| size).sum();
        let size = bytes.len() as u64;
        if others + size > self.limit {
            return Err(Error::Response {
                what: "the response of the service".to_owned(),
                message: format!(
                    "together it is more than {} bytes, which is more than any organisation has; choose tables",
                    self.limit
                ),
            });
        }
        sizes.insert(entry, size);
        drop(sizes);
        match &self.storage {
            Storage::Memory(entries) => {
                lock(entries).insert(entry, bytes);
                Ok(())
            }
            Storage::Folder(folder) => folder.write(&entry.file(), &bytes),
        }
    }

    /// Returns whether a response is stored for this entry.
    pub(super) fn has(&self, entry: JournalEntry) -> bool {
        match &self.storage {
            Storage::Memory(entries) => lock(entries).contains_key(&entry),
            Storage::Folder(folder) => files::is_file(&folder.dir.join(entry.file())),
        }
    }

    /// Returns the text of a stored response. A journal in memory removes the response; a journal in a folder
    /// keeps it. Returns an error if the response cannot be read from its file, or is not UTF-8.
    pub(super) fn take(&self, entry: JournalEntry) -> Result<String, Error> {
        let (path, bytes) = match &self.storage {
            Storage::Memory(entries) => {
                (PathBuf::from(entry.file()), lock(entries).remove(&entry).unwrap_or_default())
            }
            Storage::Folder(folder) => {
                let path = folder.dir.join(entry.file());
                let bytes = files::read(&path, LinkPolicy::Refuse, self.limit).map_err(failed(&path))?;
                (path, bytes)
            }
        };
        String::from_utf8(bytes).map_err(|e| Error::Response {
            what: path.display().to_string(),
            message: format!("not UTF-8 from byte {} on", e.utf8_error().valid_up_to()),
        })
    }

    /// Discards a response that cannot be parsed, so that it is requested again.
    pub(super) fn discard(&self, entry: JournalEntry) {
        if let Storage::Folder(folder) = &self.storage {
            let _ = files::remove_file(&folder.dir.join(entry.file()));
            lock(&self.sizes).remove(&entry);
        }
    }

    /// Returns the path of an empty folder in the journal, in which a snapshot can be assembled before it
    /// replaces the old one; `None` for a journal in memory. Returns an error if an older draft cannot be
    /// removed.
    pub(super) fn draft(&self) -> Result<Option<PathBuf>, Error> {
        let Storage::Folder(folder) = &self.storage else { return Ok(None) };
        let draft = folder.dir.join(DRAFT_FOLDER);
        store::discard(&draft)?;
        Ok(Some(draft))
    }

    /// Discards the plan, so that no later fetch continues this one.
    pub(super) fn forget(&self) {
        if let Storage::Folder(folder) = &self.storage {
            let _ = files::remove_file(&folder.dir.join(PLAN_FILE));
        }
    }

    /// Removes the whole journal. Called after a completed fetch.
    pub(super) fn clear(self) {
        if let Storage::Folder(folder) = self.storage {
            // What cannot be removed is removed by the next fetch.
            let _ = folder.remove();
        }
    }
}

impl Folder {
    /// Opens the journal in the folder `dir`, or creates the folder if it does not exist. Returns an error if
    /// another process holds the journal ([`Error::Busy`]), or if the folder contains anything that is not
    /// part of a journal.
    fn open(dir: &Path) -> Result<Self, Error> {
        // Another process may finish its fetch at any moment and remove the folder.
        for _ in 0..1000 {
            match files::entry_kind(dir).map_err(failed(dir))? {
                None => files::create_folder(dir).map_err(failed(dir))?,
                Some(EntryKind::Folder) => {}
                Some(kind) => return Err(failed(dir)(Refusal::NotAFolder(kind).into())),
            }
            // Checked first, so that not even a lock file is left in a folder that is not a journal.
            match Self::names(dir) {
                Err(Error::Journal { source, .. }) if source.kind() == io::ErrorKind::NotFound => continue,
                checked => checked?,
            };
            let path = dir.join(LOCK_FILE);
            let lock = match Lock::try_take(&path, LockCleanup::Remove) {
                Ok(lock) => lock.ok_or_else(|| Error::Busy { path })?,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(failed(&path)(e)),
            };
            let folder = Self { dir: dir.to_owned(), _lock: lock };
            Self::marked(dir)?;
            folder.write(JOURNAL_MARK.0, JOURNAL_MARK.1)?;
            return Ok(folder);
        }
        Err(failed(dir)(Refusal::ReplacedMeanwhile.into()))
    }

    /// Returns the names of all files and folders in the journal's folder `dir`.
    ///
    /// # Errors
    /// Returns an error if the folder contains an entry of a name or kind that a journal does not write.
    fn names(dir: &Path) -> Result<Vec<String>, Error> {
        let found = files::entries(dir).and_then(|found| found.collect::<io::Result<Vec<_>>>());
        let mut found = found.map_err(failed(dir))?;
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let name = |entry: &files::Entry| entry.name.to_string_lossy().into_owned();
        match found.iter().find(|entry| !is_ours(&name(entry), entry.kind)) {
            Some(foreign) => Err(failed(dir)(Refusal::NotOurs(name(foreign)).into())),
            None => Ok(found.iter().map(name).collect()),
        }
    }

    /// Checks that the folder contains only files of a journal, and that it has the journal's mark unless it
    /// is empty. The caller has to hold the lock. Returns an error otherwise.
    fn marked(dir: &Path) -> Result<(), Error> {
        let names = Self::names(dir)?;
        let mark = dir.join(JOURNAL_MARK.0);
        let is_marked = match files::read(&mark, LinkPolicy::Refuse, JOURNAL_MARK.1.len() as u64) {
            Ok(text) => text == JOURNAL_MARK.1,
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            Err(e) => return Err(failed(&mark)(e)),
        };
        match names.into_iter().find(|name| name != LOCK_FILE && !files::is_temporary_name(name)) {
            Some(foreign) if !is_marked => Err(failed(dir)(Refusal::NotOurs(foreign).into())),
            _ => Ok(()),
        }
    }

    fn sizes(&self) -> Result<BTreeMap<JournalEntry, u64>, Error> {
        let mut sizes = BTreeMap::new();
        for entry in files::entries(&self.dir).map_err(failed(&self.dir))? {
            let file = entry.map_err(failed(&self.dir))?;
            if let Some(entry) = file.name.to_str().and_then(JournalEntry::of_file) {
                sizes.insert(entry, file.size().map_err(failed(&file.path))?);
            }
        }
        Ok(sizes)
    }

    /// Writes a file atomically, so that no process ever reads an incomplete one. Returns an error if the
    /// file cannot be written, or if the process is stopping.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.dir.join(name);
        let write = || {
            let _step = files::begin_step()?;
            files::replace(&path, bytes, WriteMode::Plain)
        };
        write().map_err(failed(&path))
    }

    /// Removes all files of the journal except the lock file and the mark. Returns an error if a file cannot
    /// be removed.
    fn empty(&self) -> Result<(), Error> {
        let names = Self::names(&self.dir)?;
        let remove = |name: &str| {
            let path = self.dir.join(name);
            files::remove_file(&path).map_err(failed(&path))
        };
        // The plan is removed first: without it the other files are not used.
        remove(PLAN_FILE)?;
        store::discard(self.dir.join(DRAFT_FOLDER))?;
        let left = names.iter().map(String::as_str);
        left.filter(|name| !is_draft(name) && *name != LOCK_FILE && *name != JOURNAL_MARK.0)
            .try_for_each(remove)
    }

    fn remove(self) -> Result<(), Error> {
        self.empty()?;
        // From here on, and until its last file is removed, it counts as a journal that was just created.
        let mark = self.dir.join(JOURNAL_MARK.0);
        files::remove_file(&mark).map_err(failed(&mark))?;
        let Self { dir, _lock: lock } = self;
        drop(lock);
        files::remove_empty_folder(&dir).map_err(failed(&dir))
    }
}

/// Returns whether a name is that of the folder for drafts, or of a file that the draft's writer creates
/// beside it.
fn is_draft(name: &str) -> bool {
    name.strip_prefix('.')
        .and_then(|name| name.strip_prefix(DRAFT_FOLDER))
        .map_or(name == DRAFT_FOLDER, |suffix| [".dvkit-new", ".dvkit-old", ".dvkit-lock"].contains(&suffix))
}

/// Returns whether a journal writes entries with this name and kind.
fn is_ours(name: &str, kind: EntryKind) -> bool {
    match kind {
        EntryKind::Folder => is_draft(name) && !name.ends_with("lock"),
        EntryKind::File => {
            [PLAN_FILE, LOCK_FILE, JOURNAL_MARK.0, ".draft.dvkit-lock"].contains(&name)
                || files::is_temporary_name(name)
                || JournalEntry::of_file(name).is_some()
        }
        _ => false,
    }
}

/// Returns the folder of the journal for a snapshot: `.schema.dvkit-fetch` beside the snapshot `schema`.
/// Creates the parent folder if it does not exist; returns an error if it cannot be created.
fn folder(snapshot: &Path) -> Result<PathBuf, Error> {
    let snapshot = files::output_path(snapshot).map_err(failed(snapshot))?;
    if let Some(parent) = snapshot.parent() {
        files::create_folder(parent).map_err(failed(parent))?;
    }
    let mut name = OsString::from(".");
    name.push(snapshot.file_name().unwrap_or_default());
    name.push(".dvkit-fetch");
    Ok(snapshot.with_file_name(name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_journal_is_continued_only_by_the_same_fetch() {
        let home = tempfile::tempdir().unwrap();
        let snapshot = home.path().join("schema");
        let asked = Value::from("all");
        let mut plan = Plan::new("https://a".to_owned(), asked.clone());
        plan.parts = vec![vec!["account".to_owned()]];
        {
            let journal = Journal::beside(&snapshot).unwrap();
            assert!(journal.plan("https://a", &asked).is_none());
            journal.begin(&plan).unwrap();
            journal.put(JournalEntry::Part(0), b"{}".to_vec()).unwrap();
            assert!(matches!(Journal::beside(&snapshot), Err(Error::Busy { .. })));
        }
        let journal = Journal::beside(&snapshot).unwrap();
        assert_eq!(journal.plan("https://a", &asked), Some(plan.clone()));
        assert!(
            journal.plan("https://b", &asked).is_none() && journal.plan("https://a", &Value::Null).is_none()
        );
        assert!(journal.has(JournalEntry::Part(0)) && !journal.has(JournalEntry::Csdl));
        assert_eq!(journal.take(JournalEntry::Part(0)).unwrap(), "{}");
        // A draft that was left unfinished is not continued.
        let draft = journal.draft().unwrap().unwrap();
        fs::create_dir_all(draft.join("tables")).unwrap();
        fs::write(draft.join("org.json"), "half").unwrap();
        assert!(!journal.draft().unwrap().unwrap().exists());
        fs::create_dir_all(draft.join("tables")).unwrap();
        // A journal that is too old is not used.
        plan.started -= MAX_AGE_SECONDS + 1;
        journal.begin(&plan).unwrap();
        assert!(journal.plan("https://a", &asked).is_none() && !journal.has(JournalEntry::Part(0)));
        assert!(!draft.exists());
        journal.clear();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }
    #[test]
    fn the_total_size_of_all_responses_is_limited() {
        let home = tempfile::tempdir().unwrap();
        let folder = Journal::beside(&home.path().join("schema")).unwrap();
        for mut journal in [Journal::in_memory(), folder] {
            journal.limit = 10;
            journal.put(JournalEntry::Csdl, vec![b'x'; 6]).unwrap();
            journal.put(JournalEntry::Part(0), vec![b'x'; 4]).unwrap();
            let error = journal.put(JournalEntry::Part(1), vec![b'x']).unwrap_err();
            assert!(error.to_string().contains("more than 10 bytes"), "{error}");
            assert!(!journal.has(JournalEntry::Part(1)));
            // A response that replaces another counts once.
            journal.put(JournalEntry::Csdl, vec![b'x'; 5]).unwrap();
            journal.put(JournalEntry::Part(1), vec![b'x']).unwrap();
        }
        // The responses that an interrupted fetch has left count as well.
        let mut journal = Journal::beside(&home.path().join("schema")).unwrap();
        journal.limit = 10;
        assert!(journal.put(JournalEntry::Part(2), vec![b'x']).is_err());
    }

    #[test]
    fn a_folder_that_is_not_a_journal_is_left_unchanged() {
        let home = tempfile::tempdir().unwrap();
        let (snapshot, dir) = (home.path().join("schema"), home.path().join(".schema.dvkit-fetch"));
        let refused = |needle: &str| {
            let error = Journal::beside(&snapshot).unwrap_err().to_string();
            assert!(error.contains(needle), "{error}");
        };
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("thesis.txt"), "years").unwrap();
        refused("`thesis.txt` in it was not written by dvkit");
        fs::remove_file(dir.join("thesis.txt")).unwrap();
        // A file name of a journal does not make a folder a journal.
        fs::write(dir.join("part-0000.json"), "{}").unwrap();
        refused("`part-0000.json` in it");
        fs::write(dir.join(JOURNAL_MARK.0), "{\"mine\":true}").unwrap();
        refused("`journal.json`");
        fs::write(dir.join(JOURNAL_MARK.0), JOURNAL_MARK.1).unwrap();
        drop(Journal::beside(&snapshot).unwrap());
        fs::create_dir(dir.join("plan.json")).unwrap();
        refused("`plan.json` in it");
        fs::remove_dir(dir.join("plan.json")).unwrap();
        Journal::beside(&snapshot).unwrap().clear();
        assert!(!dir.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_journal_are_not_followed() {
        use std::os::unix::fs::symlink;
        let top = tempfile::tempdir().unwrap();
        let (home, repo) = (top.path().join("home"), top.path().join("repo"));
        fs::create_dir(&home).unwrap();
        fs::create_dir(&repo).unwrap();
        for name in ["plan.json", "lock", "id_rsa"] {
            fs::write(home.join(name), "precious").unwrap();
        }
        let (snapshot, dir) = (repo.join("schema"), repo.join(".schema.dvkit-fetch"));
        let unharmed = || {
            assert_eq!(fs::read_dir(&home).unwrap().count(), 3);
            for name in ["plan.json", "lock", "id_rsa"] {
                assert_eq!(fs::read(home.join(name)).unwrap(), b"precious");
            }
        };
        symlink("../home", &dir).unwrap();
        assert!(Journal::beside(&snapshot).is_err());
        unharmed();
        fs::remove_file(&dir).unwrap();
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join(JOURNAL_MARK.0), JOURNAL_MARK.1).unwrap();
        for name in ["lock", "plan.json", "draft", ".draft.dvkit-new", "part-0001.json"] {
            let target = if name.contains("draft") { "../../home" } else { "../../home/lock" };
            symlink(target, dir.join(name)).unwrap();
            assert!(Journal::beside(&snapshot).is_err(), "{name}");
            unharmed();
            fs::remove_file(dir.join(name)).unwrap();
        }
        fs::create_dir(dir.join("draft")).unwrap();
        symlink("../../../home", dir.join("draft/tables")).unwrap();
        let journal = Journal::beside(&snapshot).unwrap();
        assert!(journal.draft().is_err());
        assert!(journal.begin(&Plan::new("https://a".to_owned(), Value::Null)).is_err());
        unharmed();
    }
}
