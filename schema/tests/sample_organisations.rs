//! The sample organisations in `fixtures` are snapshots as dvkit writes them, and consistent in themselves.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dvkit_schema::store::write;
use dvkit_schema::{ChoiceRef, ColumnType, Schema, Side, Store};

/// The folders of the sample organisations.
fn folders() -> [PathBuf; 2] {
    ["schema", "fabrikam"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name))
}

/// Returns the files below a folder with their paths, sorted.
fn files(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(dir).unwrap().to_string_lossy().replace('\\', "/");
                    found.push((name, fs::read_to_string(&path).unwrap()));
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn each_file_is_as_dvkit_writes_it() {
    for folder in folders() {
        let dir = tempfile::tempdir().unwrap();
        let again = dir.path().join("again");
        write(&again, &Store::open(&folder).unwrap().load().unwrap()).unwrap();
        let written = files(&again);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            for (name, text) in &written {
                fs::write(folder.join(name), text).unwrap();
            }
        }
        let here = files(&folder);
        let names =
            |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&here), names(&written));
        for ((name, text), (_, expected)) in here.iter().zip(&written) {
            assert!(
                text == expected,
                "{}/{name} has another form than the one that dvkit writes",
                folder.display()
            );
        }
    }
}

/// Returns what is inconsistent in a schema. Tables that only a lookup names need not be in the schema.
fn inconsistent(schema: &Schema) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut ids = BTreeSet::new();
    for (name, table) in &schema.tables {
        let has = |column: &str| table.columns.iter().any(|c| c.logical_name == column);
        if let Some(id) = &table.metadata_id
            && !ids.insert(id.clone())
        {
            wrong.push(format!("{name}: the id {id} occurs twice"));
        }
        for column in table.keys.iter().flat_map(|key| &key.columns) {
            if !has(column) {
                wrong.push(format!("{name}: a key names `{column}`"));
            }
        }
        for column in &table.columns {
            let path = format!("{name}.{}", column.logical_name);
            if let Some(id) = &column.metadata_id
                && !ids.insert(id.clone())
            {
                wrong.push(format!("{path}: the id {id} occurs twice"));
            }
            for other in column.attribute_of.iter() {
                if !has(other) {
                    wrong.push(format!("{path} belongs to `{other}`"));
                }
            }
            if let Some(ChoiceRef::Global(choice)) = column.ty.choice()
                && !schema.choices.contains_key(choice)
            {
                wrong.push(format!("{path} has the choice `{choice}`"));
            }
            if let ColumnType::Money { calculation_of: Some(of), .. } = &column.ty
                && !has(of)
            {
                wrong.push(format!("{path} is calculated from `{of}`"));
            }
        }
        for relationship in &table.relationships {
            let path = format!("{name}.{}", relationship.navigation.as_deref().unwrap_or_default());
            let Some(other) = schema.tables.get(&relationship.table) else { continue };
            if let (Side::ManyToOne, Some(column)) = (relationship.side, &relationship.column)
                && !has(column)
            {
                wrong.push(format!("{path} follows `{column}`"));
            }
            if let Some(partner) = &relationship.partner
                && !other.relationships.iter().any(|r| r.navigation.as_ref() == Some(partner))
            {
                wrong.push(format!("{path} has the partner `{}.{partner}`", relationship.table));
            }
        }
    }
    wrong
}

#[test]
fn each_name_that_a_sample_refers_to_exists() {
    for folder in folders() {
        let schema = Store::open(&folder).unwrap().load().unwrap();
        assert_eq!(inconsistent(&schema), Vec::<String>::new(), "{}", folder.display());
    }
}
