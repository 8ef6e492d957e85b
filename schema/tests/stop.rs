//! A process that is told to stop while it writes a snapshot leaves the old one, and nothing beside it.
//!
//! This test has a binary of its own, since the process is stopped for good.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;

use dvkit_schema::store::{self, SnapshotWriter, SyncState};
use dvkit_schema::{Org, Schema, Store, Table};

#[test]
fn a_stopped_write_leaves_the_old_snapshot_alone() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("schema");
    let table = |n: usize| Table { logical_name: format!("t{n}"), ..Table::default() };
    let mut old = Schema::default();
    old.tables.insert("t0".to_owned(), table(0));
    store::write(&dir, &old).unwrap();
    let mut writer = SnapshotWriter::begin(&dir).unwrap();
    // More tables than are collected before they are written.
    (0..100).try_for_each(|n| writer.table(&table(n))).unwrap();
    assert!(home.path().join(".schema.dvkit-new/tables/t0.json").exists());
    dvkit_files::stop();
    let names = || fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names(), ["schema"]);
    let state = SyncState::new("https://x", serde_json::Value::Null);
    let error = writer.finish(&Org::default(), &state).unwrap_err();
    assert!(error.to_string().contains("interrupted"), "{error}");
    assert!(store::write(&dir, &Schema::default()).is_err() && SnapshotWriter::begin(&dir).is_err());
    assert_eq!(names(), ["schema"]);
    assert_eq!(Store::open(&dir).unwrap().load().unwrap().tables.len(), 1);
}
