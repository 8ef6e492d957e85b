//! Six writers and six readers use one snapshot at the same time: a reader gets one whole snapshot or a
//! correct error.
//!
//! Every lock and every rename is delayed. `DVKIT_TURNS` sets how often each writer writes (default 5).
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use dvkit_schema::store::SyncState;
use dvkit_schema::store::{self, SnapshotWriter};
use dvkit_schema::{LocalizedText, Org, Schema, Store, StoreError, Table};

const WRITERS: usize = 6;
const READERS: usize = 6;

/// Delays a thread, each time by another duration.
fn delay(_: &'static str) {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let n = CALLS.fetch_add(1, Ordering::Relaxed);
    thread::sleep(Duration::from_micros((n.wrapping_mul(2_654_435_761) % 4000) as u64));
}

/// Returns a schema whose tables all hold its version. The set of tables depends on the version too;
/// snapshots with the same set have the same index.
fn schema(version: usize) -> Schema {
    let mut schema = Schema::default();
    for n in 0..8 {
        if n < 4 || version % 3 != n % 3 {
            let name = format!("t{n}");
            let mut table = Table { logical_name: name.clone(), ..Table::default() };
            table.display_name = LocalizedText::new(1033, version.to_string());
            schema.tables.insert(name, table);
        }
    }
    schema
}

/// Returns the version that all tables of a snapshot hold.
fn version(tables: &[Table]) -> usize {
    let said: BTreeSet<String> =
        tables.iter().map(|t| t.display_name.get(1033).unwrap_or_default().to_owned()).collect();
    assert_eq!(said.len(), 1, "not one snapshot: {said:?}");
    let version = said.first().unwrap().parse().unwrap();
    let names: Vec<_> = tables.iter().map(|t| &t.logical_name).collect();
    let expected = schema(version);
    assert_eq!(names, expected.tables.keys().collect::<Vec<_>>(), "not the whole of {version}");
    version
}

/// Writes a snapshot; returns `false` if somebody else was writing.
fn put(dir: &Path, number: usize) -> bool {
    let schema = schema(number);
    let done = if number.is_multiple_of(2) {
        store::write(dir, &schema).map(drop)
    } else {
        SnapshotWriter::begin(dir).and_then(|mut writer| {
            schema.tables.values().try_for_each(|table| writer.table(table))?;
            writer.finish(&Org::default(), &SyncState::new("https://x", serde_json::Value::Null)).map(drop)
        })
    };
    match done {
        Ok(()) => true,
        Err(StoreError::Busy { .. }) => false,
        Err(e) => panic!("{e}"),
    }
}

/// Reads a snapshot table by table; `None` if another snapshot replaced it meanwhile.
fn get(dir: &Path) -> Option<Vec<Table>> {
    let read = || {
        let store = Store::open(dir)?;
        let names: Vec<_> = store.tables().map(|entry| entry.logical_name.clone()).collect();
        names
            .iter()
            .map(|name| Ok(store.table(name)?.unwrap().clone()))
            .collect::<Result<Vec<_>, StoreError>>()
    };
    match read() {
        Ok(tables) => Some(tables),
        Err(StoreError::Replaced { .. }) => None,
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn a_reader_gets_one_whole_snapshot_while_others_write() {
    let turns = std::env::var("DVKIT_TURNS").map_or(5, |n| n.parse().unwrap());
    dvkit_files::hook::set(delay);
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("schema");
    assert!(put(&dir, 0));
    fs::write(dir.join("README.md"), "ours").unwrap();
    let [written, busy, whole, replaced, loaded] = [const { AtomicUsize::new(0) }; 5];
    let left = AtomicUsize::new(WRITERS);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (dir, written, busy, left) = (&dir, &written, &busy, &left);
            scope.spawn(move || {
                for turn in 0..turns {
                    // Each writer repeats until it gets the lock.
                    while !put(dir, 1 + writer + turn * WRITERS) {
                        busy.fetch_add(1, Ordering::Relaxed);
                        thread::sleep(Duration::from_millis(3));
                    }
                    written.fetch_add(1, Ordering::Relaxed);
                }
                left.fetch_sub(1, Ordering::SeqCst);
            });
        }
        for reader in 0..READERS {
            let (dir, whole, replaced, loaded, left) = (&dir, &whole, &replaced, &loaded, &left);
            scope.spawn(move || {
                while left.load(Ordering::SeqCst) > 0 {
                    if reader % 2 == 0 {
                        match get(dir) {
                            Some(tables) => {
                                version(&tables);
                                whole.fetch_add(1, Ordering::Relaxed);
                            }
                            None => {
                                replaced.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    } else {
                        match Store::open(dir).and_then(|store| store.load()) {
                            Ok(schema) => {
                                version(&schema.tables.into_values().collect::<Vec<_>>());
                                loaded.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(StoreError::Replaced { .. }) => {
                                replaced.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(e) => panic!("{e}"),
                        }
                    }
                }
            });
        }
    });
    println!(
        "{written:?} snapshots written, {busy:?} times busy; {whole:?} read table by table, {loaded:?} at once, {replaced:?} \
         replaced meanwhile"
    );
    assert!(whole.into_inner() > 0 && loaded.into_inner() > 0);
    version(&get(&dir).unwrap());
    assert_eq!(fs::read(dir.join("README.md")).unwrap(), b"ours");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside it");
}
