//! Metadata of real organisations: every file imports, and the files agree with each other.
//!
//! The files are not part of this repository; without them the tests say so and pass.

use std::path::{Path, PathBuf};
use std::time::Instant;

use dvkit_schema::{ColumnType, Schema, Store, store};
use dvkit_schema_fetch::{Import, import, import_into};

/// The folder of the files, where there is one.
fn data() -> Option<PathBuf> {
    let beside = |corpus: PathBuf| corpus.join("../data");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let places = std::env::var_os("DVKIT_CORPUS").map(PathBuf::from).map(beside).into_iter().chain([here]);
    let found = places.into_iter().find(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: no corpus");
    }
    found
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn one(path: &Path) -> Import {
    import(&[path.to_owned()], &mut ()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_file_imports_and_survives_its_snapshot() {
    let Some(data) = data() else { return };
    let mut paths = files(&data.join("csdl"), "xml");
    paths.extend(files(&data.join("webapi-json"), "json"));
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("schema");
        let start = Instant::now();
        let summary = import_into(&dir, &[path.clone()], &mut ()).unwrap_or_else(|e| panic!("{e}"));
        let imported = start.elapsed();
        let start = Instant::now();
        let store = Store::open(&dir).unwrap();
        let opened = start.elapsed();
        let source = &summary.sources[0];
        println!(
            "{}: {} tables, {} columns, {} relationships, {} choices in {imported:?}; {} files, {} bytes; opened in \
             {opened:?}",
            path.file_name().unwrap_or_default().display(),
            source.tables,
            source.columns,
            source.relationships,
            source.choices,
            summary.written.files,
            summary.written.bytes,
        );
        for skipped in &source.skipped {
            println!("    left out: {skipped}");
        }
        let expected = one(&path).schema;
        assert_eq!(store.load().unwrap(), expected, "{}", path.display());
        // The same again changes nothing.
        let again = import_into(&dir, &[path.clone()], &mut ()).unwrap();
        assert!(again.written.unchanged, "{}", path.display());
        assert_eq!(again.merge, Default::default(), "{}", path.display());
        assert!(source.tables > 0 || source.bytes < 1000, "{}", path.display());
    }
}
