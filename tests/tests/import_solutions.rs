//! Real solutions: every one can be imported, and the result is consistent.
//!
//! The solutions are not part of this repository; without them the tests print that and pass.

#![expect(clippy::print_stdout, reason = "says what it measured, and what it skipped")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dvkit_schema::{ColumnType, Schema, Side, Store};
use dvkit_schema_fetch::{FileKind, import, import_into};

/// Returns a folder of the data if it exists.
fn data(folder: &str) -> Option<PathBuf> {
    let beside = |corpus: PathBuf| corpus.join("../data");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let places = std::env::var_os("DVKIT_CORPUS").map(PathBuf::from).map(beside).into_iter().chain([here]);
    let found = places.map(|p| p.join(folder)).find(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: no corpus");
    }
    found
}

/// Returns the repositories, each with one or more solutions.
fn repositories(data: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(data).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

/// Returns every file of a snapshot with its contents.
fn bytes_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(bytes_of(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            all.insert(path, bytes);
        }
    }
    all
}

#[test]
fn every_solution_imports_and_is_the_same_after_a_snapshot() {
    let Some(data) = data("solutions") else { return };
    let repositories = repositories(&data);
    assert!(repositories.len() >= 5, "{repositories:?}");
    let mut solutions = 0;
    for repository in repositories {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("schema");
        let paths = [repository.clone()];
        let start = Instant::now();
        let summary = import_into(&dir, &paths, &mut ()).unwrap_or_else(|e| panic!("{e}"));
        println!("{} in {:?}", repository.file_name().unwrap_or_default().display(), start.elapsed());
        for source in &summary.sources {
            assert_eq!(source.kind, FileKind::Solution);
            solutions += 1;
            println!(
                "  {}: {} bytes, {} tables, {} columns, {} relationships, {} choices, {} contradictions",
                source.path.strip_prefix(&repository).unwrap().display(),
                source.bytes,
                source.tables,
                source.columns,
                source.relationships,
                source.choices,
                source.merge.contradictions.len()
            );
            for skipped in &source.skipped {
                println!("    left out: {skipped}");
            }
            for contradiction in source.merge.contradictions.iter().take(5) {
                println!("    {contradiction}");
            }
        }
        let store = Store::open(&dir).unwrap();
        let schema = store.load().unwrap();
        assert_eq!(schema, import(&paths, &mut ()).unwrap().schema);
        let written = bytes_of(&dir);
        let again = import_into(&dir, &paths, &mut ()).unwrap();
        assert!(again.written.unchanged, "{}", repository.display());
        assert_eq!(again.merge, Default::default(), "{}", repository.display());
        assert!(written == bytes_of(&dir));
        holds_together(&schema);
        // Lookups without targets are reported, once for each solution.
        let nowhere = schema.tables.values().flat_map(|t| &t.columns).filter(|c| {
            (c.ty.is_lookup() || matches!(c.ty, ColumnType::PartyList { .. })) && c.ty.targets().is_empty()
        });
        let told = summary.sources.iter().flat_map(|s| &s.skipped);
        let told: usize = told.filter(|s| s.what == "targets of lookups").map(|s| s.count).sum();
        let (nowhere, all) =
            (nowhere.count(), schema.tables.values().map(|t| t.columns.len()).sum::<usize>());
        println!("  {} tables, {all} columns, {nowhere} lookups to nowhere", schema.tables.len());
        assert!(nowhere <= told, "{nowhere} of {told}");
    }
    assert!(solutions >= 14, "{solutions}");
}

/// Checks that names are lower case, that every table is marked as partial, and that each relationship is in
/// both of its tables.
fn holds_together(schema: &Schema) {
    let lower = |name: &str| assert_eq!(name, name.to_lowercase());
    for (name, table) in &schema.tables {
        lower(name);
        assert!(table.partial && !table.is_reference_only(), "{name}");
        assert!(table.schema_name.as_deref().is_some_and(|s| s.eq_ignore_ascii_case(name)), "{name}");
        assert!(table.columns.is_sorted_by(|a, b| a.logical_name < b.logical_name), "{name}");
        for named in [&table.primary_id, &table.primary_name, &table.primary_image].into_iter().flatten() {
            assert!(table.column(named).is_some(), "{name}.{named}");
        }
        for column in &table.columns {
            lower(&column.logical_name);
            assert!(!matches!(column.ty, ColumnType::Edm { .. } | ColumnType::Other { .. }), "{column:?}");
            column.ty.targets().iter().for_each(|t| lower(t));
            if let ColumnType::Money { calculation_of: Some(of), .. } = &column.ty {
                assert!(table.column(of).is_some(), "{name}.{of}");
            }
        }
        for key in &table.keys {
            lower(&key.name);
            assert!(key.columns.iter().all(|c| table.column(c).is_some()), "{name}: {key:?}");
        }
        for r in &table.relationships {
            lower(&r.table);
            // Solutions state what happens to related rows, but for merges.
            let delete = r.cascade.and_then(|c| c.delete.filter(|_| c.assign.is_some() && c.merge.is_none()));
            assert_eq!(delete.is_some(), r.side != Side::ManyToMany, "{name}: {r:?}");
            let Some(other) = schema.tables.get(&r.table) else { continue };
            let back =
                other.relationships.iter().filter(|b| b.schema_name == r.schema_name && b.table == *name);
            assert!(back.count() >= 1, "{name}: {r:?}");
            if let (Side::ManyToOne, Some(column)) = (r.side, &r.column)
                && let Some(column) = table.column(column)
                // An activity refers to its base by its key.
                && column.ty.is_lookup()
                && r.table != "owner"
            {
                assert!(column.ty.targets().contains(&r.table), "{name}: {r:?}");
            }
            if let Some(navigation) = &r.navigation {
                assert!(table.navigation(navigation).is_some(), "{name}.{navigation}");
            }
        }
    }
}

/// A part of a solution stands for the whole solution, and several parts in a folder belong together.
#[test]
fn a_solution_is_found_from_a_folder_above_or_below_it() {
    let Some(data) = data("solutions") else { return };
    let source = data.join("hmcts_pre-rec-evidence/src");
    let whole = import(std::slice::from_ref(&source), &mut ()).unwrap();
    assert_eq!(whole.sources.len(), 1);
    for inner in ["Entities", "Other", "Other/Relationships", "Entities/pre__Audit", ".."] {
        let part = import(&[source.join(inner)], &mut ()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(part.schema, whole.schema, "{inner}");
    }
}

/// A complete organisation of another customer states more about the standard tables, and takes precedence.
#[test]
fn solutions_add_to_a_csdl_and_remove_nothing_from_it() {
    let (Some(data), Some(csdl)) = (data("solutions"), data("csdl")) else { return };
    let csdl = csdl.join("bcgov_embc-dfa_DynamicsCsdl.xml");
    let alone = import(std::slice::from_ref(&csdl), &mut ()).unwrap().schema;
    // It is named first, and overridden last.
    let both = import(&[data, csdl.clone()], &mut ()).unwrap();
    assert_eq!(both.sources[0].path, csdl);
    let contradictions = both.sources.iter().flat_map(|s| &s.merge.contradictions);
    let of_csdl: Vec<_> =
        contradictions.filter(|c| c.table.as_ref().is_none_or(|t| alone.tables.contains_key(t))).collect();
    println!("{} contradictions with the CSDL or between solutions about its tables", of_csdl.len());
    for one in of_csdl.iter().take(20) {
        println!("  {one}");
    }
    let (mut shared, mut twice) = (0, Vec::new());
    for (name, table) in &alone.tables {
        let merged = &both.schema.tables[name];
        assert!(!merged.partial, "{name}");
        assert_eq!(merged.entity_set, table.entity_set);
        shared += usize::from(merged.schema_name.is_some());
        for column in &table.columns {
            let richer = merged.column(&column.logical_name).unwrap();
            assert_eq!(richer.property_name(), column.property_name(), "{name}");
            assert_eq!(richer.ty.edm(), column.ty.edm(), "{name}.{}", column.logical_name);
        }
        // No relationship is listed twice, with and without its navigation property.
        for r in table.relationships.iter().filter(|r| r.column.is_some()) {
            let same = |o: &&dvkit_schema::Relationship| {
                o.side == r.side && o.table == r.table && o.column == r.column
            };
            let (before, after) = (
                table.relationships.iter().filter(same).count(),
                merged.relationships.iter().filter(same).count(),
            );
            if after != before {
                twice.push(format!("{name}.{:?}", r.navigation));
            }
        }
    }
    println!(
        "{shared} of the CSDL's tables are in the solutions; {} tables together",
        both.schema.tables.len()
    );
    assert!(shared >= 5, "{shared}");
    assert!(twice.is_empty(), "{twice:#?}");
}
