//! Opens snapshots for macros, and caches them between the macro calls of one compilation.
//!
//! A macro runs once for each call, hundreds of times in one process, but the snapshot is found, opened and
//! read only once. The language server of an editor runs for days. Therefore the cache compares the
//! modification time and the length of each file that was read, and reads everything again if a file has
//! changed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use dvkit_schema::Store;
use proc_macro2::TokenStream;
use quote::quote;

use crate::registry::{self, FoundBy, MacroEnv, Registration, SnapshotLocation};

/// An open snapshot and its location.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) store: Arc<Store>,
    pub(crate) found: Arc<SnapshotLocation>,
}

impl Snapshot {
    /// Returns the registration that the build script wrote; `None` if another source named the location of
    /// the snapshot.
    pub(crate) fn registration(&self) -> Option<&Registration> {
        self.found.registration.as_ref()
    }
}

/// Opens the snapshots of all schemas that the build script registered, or the only snapshot if it registered
/// none. `at` is the environment in which they are found.
///
/// # Errors
/// Returns a message for the user if there is no snapshot or one of the snapshots cannot be read.
pub(crate) fn open_all(at: &MacroEnv) -> Result<Vec<Snapshot>, String> {
    let names: Vec<String> = match at.out_dir.as_deref() {
        Some(out_dir) => registered(out_dir)?,
        None => Vec::new(),
    };
    if names.is_empty() {
        return Ok(vec![open(None, at)?]);
    }
    names.iter().map(|name| open(Some(name), at)).collect()
}

/// Opens the snapshot of the schema `name`, or of the only schema if `name` is `None`. `at` is the
/// environment in which the snapshot is found.
///
/// # Errors
/// Returns a message for the user if there is no such snapshot or it cannot be read.
pub(crate) fn open(name: Option<&str>, at: &MacroEnv) -> Result<Snapshot, String> {
    let mut cache = lock(&CACHE);
    let cache = cache.get_or_insert_with(Cache::default);
    let key = (name.map(ToOwned::to_owned), at.clone());
    let found = match cache.found.get(&key) {
        Some((found, stamps)) if stamps.is_fresh() => Arc::clone(found),
        _ => {
            let found = Arc::new(registry::find(name, at).map_err(|e| e.to_string())?);
            let stamps = FileStamps::of(sources(&found, at));
            cache.found.insert(key, (Arc::clone(&found), stamps));
            found
        }
    };
    let store = match cache.stores.get_mut(&found.snapshot) {
        Some((store, stamps)) if stamps.is_fresh() => {
            stamps.add(store.files_read());
            Arc::clone(store)
        }
        _ => {
            let store = Arc::new(Store::open(&found.snapshot).map_err(|e| e.to_string())?);
            let stamps = FileStamps::of(store.files_read());
            cache.stores.insert(found.snapshot.clone(), (Arc::clone(&store), stamps));
            store
        }
    };
    Ok(Snapshot { store, found })
}

/// Returns the names of the schemas that a build script registered in `out_dir`, from the cache if possible.
/// The error is a message for the user.
fn registered(out_dir: &Path) -> Result<Vec<String>, String> {
    let mut cache = lock(&CACHE);
    let cache = cache.get_or_insert_with(Cache::default);
    if let Some((names, stamps)) = cache.registered.get(out_dir)
        && stamps.is_fresh()
    {
        return Ok(names.clone());
    }
    let all = registry::registrations(out_dir).map_err(|e| e.to_string())?;
    let names: Vec<String> = all.into_iter().map(|r| r.name).collect();
    let files = names.iter().map(|n| registry::path(out_dir, n, "json"));
    let stamps = FileStamps::of(std::iter::once(out_dir.join(registry::FOLDER)).chain(files).collect());
    cache.registered.insert(out_dir.to_owned(), (names.clone(), stamps));
    Ok(names)
}

/// Returns items that make the compiler run again when a file of the snapshot changes.
///
/// In stable Rust, a macro cannot declare a dependency on a file. Therefore each item includes one of the
/// files that were read, as bytes that nothing uses. Each file is included only once in a process.
pub(crate) fn dependency_items(snapshot: &Snapshot, at: &MacroEnv) -> TokenStream {
    let mut named = lock(&NAMED);
    let named = named.get_or_insert_with(HashSet::new);
    let mut items = TokenStream::new();
    let sources = sources(&snapshot.found, at).into_iter().filter(|p| dvkit_files::is_file(p));
    for file in snapshot.store.files_read().into_iter().chain(sources) {
        let Some(path) = file.to_str() else { continue };
        if named.insert(path.to_owned()) {
            items.extend(quote!(
                const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
            ));
        }
    }
    if snapshot.found.found_by != FoundBy::BuildScript && named.insert(registry::SCHEMA_VARIABLE.to_owned()) {
        let variable = registry::SCHEMA_VARIABLE;
        items.extend(quote!(
            const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#variable);
        ));
    }
    items
}

/// Returns the paths of the files that decide where the snapshot is: the registration of the build script, or
/// the `dvkit.toml`.
fn sources(found: &SnapshotLocation, at: &MacroEnv) -> Vec<PathBuf> {
    match (&found.registration, &at.out_dir, &found.found_by) {
        (Some(registration), Some(out_dir), _) => vec![registry::path(out_dir, &registration.name, "json")],
        (_, _, FoundBy::Config(file)) => vec![file.clone()],
        _ => Vec::new(),
    }
}

type Key = (Option<String>, MacroEnv);

#[derive(Default)]
struct Cache {
    registered: HashMap<PathBuf, (Vec<String>, FileStamps)>,
    found: HashMap<Key, (Arc<SnapshotLocation>, FileStamps)>,
    stores: HashMap<PathBuf, (Arc<Store>, FileStamps)>,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);
static NAMED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// Locks a mutex, even if a thread panicked while it held the lock. The caches are still valid then, because
/// each change is a single insertion.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The modification time and the length of each file at the time when it was read.
struct FileStamps(HashMap<PathBuf, Stamp>);

type Stamp = Option<(SystemTime, u64)>;

impl FileStamps {
    fn of(files: Vec<PathBuf>) -> Self {
        let mut stamps = Self(HashMap::new());
        stamps.add(files);
        stamps
    }

    fn add(&mut self, files: Vec<PathBuf>) {
        for file in files {
            if let Entry::Vacant(vacant) = self.0.entry(file) {
                let stamp = stamp(vacant.key());
                vacant.insert(stamp);
            }
        }
    }

    fn is_fresh(&self) -> bool {
        self.0.iter().all(|(file, stamps)| stamp(file) == *stamps)
    }
}

fn stamp(file: &Path) -> Stamp {
    dvkit_files::modified_and_size(file).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;

    const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");

    /// Writes a snapshot with the tables of the sample organisation, of which one can be read, to `folder`.
    fn snapshot(folder: &Path) {
        fs::create_dir_all(folder.join("tables")).unwrap();
        for file in ["org.json", "tables/contact.json"] {
            fs::copy(Path::new(FIXTURE).join(file), folder.join(file)).unwrap();
        }
    }

    /// Makes a file longer without changing what it means.
    fn lengthen(file: &Path) {
        let mut text = fs::read(file).unwrap();
        text.push(b'\n');
        fs::write(file, text).unwrap();
    }

    fn is_same(a: &Snapshot, b: &Snapshot) -> bool {
        Arc::ptr_eq(&a.store, &b.store)
    }

    #[test]
    fn a_snapshot_is_read_again_only_when_a_file_of_it_has_changed() {
        let dir = tempfile::tempdir().unwrap();
        snapshot(&dir.path().join("schema"));
        let env = MacroEnv { manifest_dir: Some(dir.path().to_owned()), ..MacroEnv::default() };
        let first = open(None, &env).unwrap();
        assert!(first.store.table("contact").unwrap().is_some());
        assert!(is_same(&first, &open(None, &env).unwrap()), "nothing has changed");
        for file in ["tables/contact.json", "org.json"] {
            let before = open(None, &env).unwrap();
            before.store.table("contact").unwrap();
            assert!(is_same(&before, &open(None, &env).unwrap()), "{file} has not changed yet");
            lengthen(&dir.path().join("schema").join(file));
            assert!(!is_same(&before, &open(None, &env).unwrap()), "{file} has changed");
        }
    }

    #[test]
    fn the_location_is_found_again_only_when_what_names_it_has_changed() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("dvkit.toml");
        for folder in ["a", "other"] {
            snapshot(&dir.path().join(folder));
        }
        fs::write(&config, "schema = 'a'").unwrap();
        let env = MacroEnv { manifest_dir: Some(dir.path().to_owned()), ..MacroEnv::default() };
        let first = open(None, &env).unwrap();
        assert!(Arc::ptr_eq(&first.found, &open(None, &env).unwrap().found));
        fs::write(&config, "schema = 'other'").unwrap();
        let second = open(None, &env).unwrap();
        assert_eq!(second.found.snapshot, dir.path().join("other"));
        assert!(second.registration().is_none());
    }

    #[test]
    fn all_registered_schemas_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let env = MacroEnv { out_dir: Some(dir.path().to_owned()), ..MacroEnv::default() };
        assert!(open_all(&env).is_err(), "nothing names a snapshot");
        let register = |name: &str| {
            let registration = Registration::new(name, FIXTURE, "/code.rs", 1033, BTreeMap::new());
            registration.write(dir.path()).unwrap();
        };
        let names = || -> Vec<String> {
            let all = open_all(&env).unwrap();
            all.iter().map(|snapshot| snapshot.registration().unwrap().name.clone()).collect()
        };
        register("crm");
        // The folder looks as old as can be, so that the next registration certainly changes it.
        let folder = fs::File::open(dir.path().join(registry::FOLDER)).unwrap();
        folder.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(names(), ["crm"]);
        register("erp");
        assert_eq!(names(), ["crm", "erp"]);
        let known = MacroEnv { manifest_dir: Some(format!("{FIXTURE}/..").into()), ..MacroEnv::default() };
        assert_eq!(open_all(&known).unwrap().len(), 1, "the only one, which is not registered");
    }

    #[test]
    fn each_file_that_was_read_is_named_once() {
        let dir = tempfile::tempdir().unwrap();
        snapshot(&dir.path().join("org"));
        let config = dir.path().join("dvkit.toml");
        fs::write(&config, "schema = 'org'").unwrap();
        let env = MacroEnv { manifest_dir: Some(dir.path().to_owned()), ..MacroEnv::default() };
        let named = || -> Vec<bool> {
            let opened = open(None, &env).unwrap();
            let items = dependency_items(&opened, &env).to_string();
            let files = ["org/org.json", "org/tables/contact.json", "dvkit.toml"];
            let path =
                |file: &str| format!("include_bytes ! ({:?})", dir.path().join(file).to_str().unwrap());
            files.iter().map(|file| items.contains(&path(file))).collect()
        };
        assert_eq!(named(), [true, false, true], "the table was not read yet");
        open(None, &env).unwrap().store.table("contact").unwrap();
        assert_eq!(named(), [false, true, false], "only what is new");
        assert_eq!(named(), [false; 3]);
    }

    #[test]
    fn a_registration_is_named_as_what_says_where_the_snapshot_is() {
        let dir = tempfile::tempdir().unwrap();
        let env = MacroEnv { out_dir: Some(dir.path().to_owned()), ..MacroEnv::default() };
        let registration = Registration::new("crm", FIXTURE, "/code.rs", 1033, BTreeMap::new());
        registration.write(dir.path()).unwrap();
        let opened = open(None, &env).unwrap();
        assert_eq!(sources(&opened.found, &env), [registry::path(dir.path(), "crm", "json")]);
        let items = dependency_items(&opened, &env).to_string();
        assert!(items.contains("crm.json") && !items.contains("option_env"), "{items}");
    }
}
