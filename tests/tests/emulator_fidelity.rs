//! What the emulator says of a schema, read again, is the schema: nothing is lost, and nothing invented.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::path::{Path, PathBuf};

use dvkit_emulator::csdl;
use dvkit_schema::wire::{self, write};
use dvkit_schema::{Schema, store};
use dvkit_tests::workspace;

/// The metadata JSON and the CSDL of a schema, read and merged.
fn there_and_back(schema: &Schema) -> Schema {
    let mut back = Schema::default();
    let mut merge = |part: Schema| {
        let report = back.merge(part);
        assert_eq!(report.contradictions, [], "the sources of one organisation agree");
    };
    merge(wire::read_asked(&write::changes(schema).to_string()).unwrap().schema);
    merge(wire::read(&write::global_choices(schema).to_string()).unwrap().schema);
    let xml = csdl::write(schema);
    let (_, imported) = dvkit_schema_fetch::import_text(Path::new("metadata.xml"), xml.as_bytes()).unwrap();
    merge(imported.schema);
    // The organisation itself is what other functions tell.
    back.org = schema.org.clone();
    back
}

/// Fails with the first table that differs.
fn assert_same(schema: &Schema, what: &str) {
    let mut schema = schema.clone();
    schema.sort();
    let back = there_and_back(&schema);
    for (name, table) in &schema.tables {
        let other = back.tables.get(name).unwrap_or_else(|| panic!("{what}: no {name}"));
        if table == other {
            continue;
        }
        for column in &table.columns {
            assert_eq!(Some(column), other.column(&column.logical_name), "{what}: {name}");
        }
        for relationship in &table.relationships {
            assert!(
                other.relationships.contains(relationship),
                "{what}: {name} has not {relationship:#?} but {:#?}",
                other
                    .relationships
                    .iter()
                    .filter(|r| r.navigation == relationship.navigation)
                    .collect::<Vec<_>>()
            );
        }
        for relationship in &other.relationships {
            assert!(table.relationships.contains(relationship), "{what}: {name} gets {relationship:#?}");
        }
        for column in &other.columns {
            assert!(table.column(&column.logical_name).is_some(), "{what}: {name} gets {column:#?}");
        }
        assert_eq!(table, other, "{what}: {name}");
    }
    assert_eq!(schema.tables.len(), back.tables.len(), "{what}: tables");
    assert_eq!(schema.choices, back.choices, "{what}");
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    store::write(folders[0].path(), &schema).unwrap();
    store::write(folders[1].path(), &back).unwrap();
    assert_eq!(files(folders[0].path()), files(folders[1].path()), "{what}: the snapshots' files");
}

/// Every file of a folder, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path.strip_prefix(folder).unwrap().to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_sample_organisation_stays_what_it_is() {
    let store = dvkit_schema::Store::open(workspace().join("fixtures/schema")).unwrap();
    assert_same(&store.load().unwrap(), "sample");
}

/// All files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = files_only(folder);
    paths.sort();
    paths
}

fn files_only(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_only(&path) } else { vec![path] }).collect()
}

#[test]
fn real_metadata_stays_what_it_is() {
    let Some(data) = data() else {
        println!("skipped: no corpus");
        return;
    };
    let (mut imported, mut tables) = (0, 0);
    for path in below(&data) {
        let Ok(import) = dvkit_schema_fetch::import(&[path.clone()], &mut ()) else { continue };
        let schema = import.schema;
        imported += 1;
        tables += schema.tables.len();
        assert_same(&schema, &path.display().to_string());
    }
    println!("{imported} files with {tables} tables");
    assert!(imported >= 10, "{imported} files were imported");
}

/// The folder of metadata files beside that of the queries.
fn data() -> Option<PathBuf> {
    let data = dvkit_tests::corpus_dir()?.join("../data");
    data.is_dir().then_some(data)
}
