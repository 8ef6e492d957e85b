//! The snapshot that a macro asks, kept between the macros of one compilation.
//!
//! A macro runs once for every place it is written in, hundreds of times in one process. Finding the snapshot, opening
//! it and reading its tables is done once; a file that changed since (an editor's language server lives for days) is
//! noticed by its time and length, and then everything is read again.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use dvkit_schema::Store;
use proc_macro2::TokenStream;
use quote::quote;

use crate::registry::{self, Found, Place, Registration, Surroundings};

/// A snapshot and what the build script says of it.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) store: Arc<Store>,
    pub(crate) found: Arc<Found>,
}

impl Snapshot {
    /// What the build script left, where one did.
    pub(crate) fn registration(&self) -> Option<&Registration> {
        self.found.registration.as_ref()
    }
}

/// Every schema that can be meant: those of the build script, or the one that was found otherwise.
///
/// # Errors
/// A message for a person: there is none, or it cannot be read.
pub(crate) fn all(at: &Surroundings) -> Result<Vec<Snapshot>, String> {
    let names: Vec<String> = match at.out_dir.as_deref() {
        Some(out_dir) => registered(out_dir)?,
        None => Vec::new(),
    };
    if names.is_empty() {
        return Ok(vec![open(None, at)?]);
    }
    names.iter().map(|name| open(Some(name), at)).collect()
}

/// The snapshot of the schema `name`, or of the only one there is.
///
/// # Errors
/// A message for a person: there is none, or it cannot be read.
pub(crate) fn open(name: Option<&str>, at: &Surroundings) -> Result<Snapshot, String> {
    let mut cache = lock(&CACHE);
    let cache = cache.get_or_insert_with(Cache::default);
    let key = (name.map(ToOwned::to_owned), at.clone());
    let found = match cache.found.get(&key) {
        Some((found, seen)) if seen.is_fresh() => Arc::clone(found),
        _ => {
            let found = Arc::new(registry::find(name, at).map_err(|e| e.to_string())?);
            let seen = Seen::of(sources(&found, at));
            cache.found.insert(key, (Arc::clone(&found), seen));
            found
        }
    };
    let store = match cache.stores.get_mut(&found.snapshot) {
        Some((store, seen)) if seen.is_fresh() => {
            seen.add(store.files_read());
            Arc::clone(store)
        }
        _ => {
            let store = Arc::new(Store::open(&found.snapshot).map_err(|e| e.to_string())?);
            let seen = Seen::of(store.files_read());
            cache.stores.insert(found.snapshot.clone(), (Arc::clone(&store), seen));
            store
        }
    };
    Ok(Snapshot { store, found })
}

/// The names of the schemas that a build script registered.
fn registered(out_dir: &Path) -> Result<Vec<String>, String> {
    let mut cache = lock(&CACHE);
    let cache = cache.get_or_insert_with(Cache::default);
    if let Some((names, seen)) = cache.registered.get(out_dir)
        && seen.is_fresh()
    {
        return Ok(names.clone());
    }
    let all = registry::registrations(out_dir).map_err(|e| e.to_string())?;
    let names: Vec<String> = all.into_iter().map(|r| r.name).collect();
    let files = names.iter().map(|n| registry::path(out_dir, n, "json"));
    let seen = Seen::of(std::iter::once(out_dir.join(registry::FOLDER)).chain(files).collect());
    cache.registered.insert(out_dir.to_owned(), (names.clone(), seen));
    Ok(names)
}

/// What makes the compiler run again where a file that was asked changes: for each file that this process has not yet
/// named, an item that includes it.
///
/// Stable Rust has no other way for a macro to say what it read.
pub(crate) fn tracking(snapshot: &Snapshot, at: &Surroundings) -> TokenStream {
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
    if snapshot.found.place != Place::BuildScript && named.insert(registry::VARIABLE.to_owned()) {
        let variable = registry::VARIABLE;
        items.extend(quote!(
            const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#variable);
        ));
    }
    items
}

/// The files that say where the snapshot is.
fn sources(found: &Found, at: &Surroundings) -> Vec<PathBuf> {
    match (&found.registration, &at.out_dir, &found.place) {
        (Some(registration), Some(out_dir), _) => vec![registry::path(out_dir, &registration.name, "json")],
        (_, _, Place::Config(file)) => vec![file.clone()],
        _ => Vec::new(),
    }
}

type Key = (Option<String>, Surroundings);

#[derive(Default)]
struct Cache {
    registered: HashMap<PathBuf, (Vec<String>, Seen)>,
    found: HashMap<Key, (Arc<Found>, Seen)>,
    stores: HashMap<PathBuf, (Arc<Store>, Seen)>,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);
static NAMED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// A macro that panicked elsewhere leaves nothing half-done behind: every change is one insertion.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files as they were when they were read.
struct Seen(HashMap<PathBuf, Stamp>);

type Stamp = Option<(SystemTime, u64)>;

impl Seen {
    fn of(files: Vec<PathBuf>) -> Self {
        let mut seen = Self(HashMap::new());
        seen.add(files);
        seen
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
        self.0.iter().all(|(file, seen)| stamp(file) == *seen)
    }
}

fn stamp(file: &Path) -> Stamp {
    dvkit_files::modified_and_size(file).ok()
}
