//! Metadata of real organisations: every file can be imported, and the files agree with each other.
//!
//! The files are not part of this repository; without them the tests print that and pass.

#![expect(clippy::print_stdout, reason = "says what it measured, and what it skipped")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use dvkit_schema::{CascadeAction, ColumnType, Schema, Side, Store, store};
use dvkit_schema_fetch::{ImportResult, import, import_into};

/// Returns the folder of the files if it exists.
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

fn one(path: &Path) -> ImportResult {
    import(&[path.to_owned()], &mut ()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_file_imports_and_is_the_same_after_a_snapshot() {
    let Some(data) = data() else { return };
    let mut paths = files(&data.join("csdl"), "xml");
    paths.extend(files(&data.join("webapi-json"), "json"));
    paths.extend(files(&data.join("datacontract-xml"), "xml"));
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("schema");
        let start = Instant::now();
        let summary =
            import_into(&dir, std::slice::from_ref(&path), &mut ()).unwrap_or_else(|e| panic!("{e}"));
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
        // A second import of the same file changes nothing.
        let again = import_into(&dir, std::slice::from_ref(&path), &mut ()).unwrap();
        assert!(again.written.unchanged, "{}", path.display());
        assert_eq!(again.merge, Default::default(), "{}", path.display());
        assert!(source.tables > 0 || source.bytes < 1000, "{}", path.display());
    }
}

/// Two organisations and two kinds of source describe what they share of a standard table alike.
#[test]
fn csdl_and_metadata_json_agree_about_shared_tables() {
    let Some(data) = data() else { return };
    let json = files(&data.join("webapi-json/scottdurow_dataverse-gen"), "json");
    let json = import(&json, &mut ()).unwrap_or_else(|e| panic!("{e}")).schema;
    for csdl in files(&data.join("csdl"), "xml") {
        let csdl = one(&csdl).schema;
        let (mut tables, mut shared, mut told) = (0, 0, Vec::new());
        for (name, of_json) in &json.tables {
            let Some(of_csdl) = csdl.tables.get(name) else { continue };
            tables += 1;
            assert_eq!(of_json.entity_set, of_csdl.entity_set, "{name}");
            for column in &of_csdl.columns {
                let Some(other) = of_json.column(&column.logical_name) else { continue };
                shared += 1;
                if column.ty.edm() != other.ty.edm() {
                    told.push(format!("{name}.{}: {:?} and {:?}", column.logical_name, column.ty, other.ty));
                }
                if column.property_name() != other.property_name() {
                    told.push(format!("{name}.{}: {}", column.logical_name, column.property_name()));
                }
                // Queries can name what a CSDL has: the guess by type must not contradict it.
                let guessed = other.clone();
                if !guessed.is_property() && guessed.attribute_of.is_none() {
                    told.push(format!(
                        "{name}.{} is no property by its type {:?}",
                        column.logical_name, other.ty
                    ));
                }
                let known: Vec<_> =
                    column.ty.targets().iter().filter(|t| !other.ty.targets().contains(t)).collect();
                if !known.is_empty() && !other.ty.targets().is_empty() {
                    println!("{name}.{} points to {known:?} too in one organisation", column.logical_name);
                }
            }
        }
        println!("{tables} tables, {shared} shared columns, {} disagreements", told.len());
        assert!(tables >= 4 && shared > 300);
        assert!(told.is_empty(), "{told:#?}");

        // Merged in either order the schema is the same, without contradictions.
        let (mut a, mut b) = (csdl.clone(), json.clone());
        let report = a.merge(json.clone());
        assert!(report.contradictions.is_empty(), "{:?}", report.contradictions);
        b.merge(csdl);
        assert!(a == b);
        resolved(&a);
    }
}

/// The same standard tables, as an SDK serialised them in one organisation and as the Web API returned them
/// in others.
#[test]
fn data_contract_and_the_other_kinds_agree_about_shared_tables() {
    let Some(data) = data() else { return };
    let sdk = import(&files(&data.join("datacontract-xml"), "xml"), &mut ())
        .unwrap_or_else(|e| panic!("{e}"))
        .schema;
    assert_eq!(
        sdk.tables.keys().collect::<Vec<_>>(),
        ["account", "appmodule", "savedquery", "solution", "team"]
    );
    // The SDK states change tracking, enforced transitions and cascades of every table.
    for (name, table) in &sdk.tables {
        assert!(table.change_tracking.is_some() && table.enforce_state_transitions.is_some(), "{name}");
        for relationship in table.relationships.iter().filter(|r| r.side != Side::ManyToMany) {
            let delete = relationship.cascade.and_then(|c| c.delete);
            assert!(delete.is_some(), "{name}: {relationship:?}");
        }
    }
    let default = |table: &str| match sdk.tables[table].column("statecode").map(|c| &c.ty) {
        Some(ColumnType::State { default, .. }) => *default,
        other => panic!("{table}: {other:?}"),
    };
    // The metadata of `appmodule` has no value there.
    assert_eq!(["account", "savedquery", "appmodule"].map(default), [Some(0), Some(0), None]);
    let delete = |name: &str| sdk.tables["account"].navigation(name).and_then(|r| r.cascade?.delete);
    assert_eq!(delete("contact_customer_accounts"), Some(CascadeAction::Cascade));
    assert_eq!(delete("account_parent_account"), Some(CascadeAction::RemoveLink));
    assert_eq!(delete("transactioncurrencyid"), Some(CascadeAction::Restrict));
    let mut others = files(&data.join("csdl"), "xml");
    others.truncate(1);
    others.push(data.join("webapi-json/scottdurow_dataverse-gen"));
    for other in others {
        let paths = if other.is_dir() { files(&other, "json") } else { vec![other] };
        let other = import(&paths, &mut ()).unwrap_or_else(|e| panic!("{e}")).schema;
        let mut shared = 0;
        for (name, table) in &sdk.tables {
            let Some(same) = other.tables.get(name) else { continue };
            assert_eq!(table.entity_set, same.entity_set);
            for column in &same.columns {
                let Some(ours) = table.column(&column.logical_name) else { continue };
                shared += 1;
                assert_eq!(ours.ty.edm(), column.ty.edm(), "{name}.{}", column.logical_name);
                assert_eq!(ours.property_name(), column.property_name());
                // Some responses do not state which columns are properties, since that was not requested.
                if let (Some(ours), Some(theirs)) = (ours.odata, column.odata) {
                    assert_eq!(ours, theirs, "{name}.{}", column.logical_name);
                }
            }
            for relationship in &same.relationships {
                // Organisations have different relationships, but a name means the same.
                let Some(navigation) = &relationship.navigation else { continue };
                let Some(ours) = table.navigation(navigation) else { continue };
                // Metadata says `owner` where `$metadata` says `principal`; a merge unites them.
                let meant =
                    |table: &str| if table == "principal" { "owner".to_owned() } else { table.to_owned() };
                assert_eq!(
                    (ours.side, meant(&ours.table)),
                    (relationship.side, meant(&relationship.table)),
                    "{name}/{navigation}"
                );
            }
        }
        println!("{shared} shared columns");
        assert!(shared > 150);
    }
}

/// Checks that the columns of every relationship exist in its tables.
fn resolved(schema: &Schema) {
    for table in schema.tables.values() {
        for r in &table.relationships {
            let Some(other) = schema.tables.get(&r.table) else { continue };
            let Some(column) = &r.column else { continue };
            let holder = match r.side {
                dvkit_schema::Side::ManyToOne => table,
                dvkit_schema::Side::OneToMany => other,
                dvkit_schema::Side::ManyToMany => continue,
            };
            assert!(
                holder.column(column).is_some(),
                "{}.{column} of {:?}",
                holder.logical_name,
                r.navigation
            );
            if let (dvkit_schema::Side::ManyToOne, Some(navigation)) = (r.side, &r.navigation) {
                assert_eq!(table.navigation(navigation), Some(r), "{}", table.logical_name);
            }
        }
    }
}

#[test]
fn the_order_of_declarations_does_not_change_the_schema() {
    let Some(data) = data() else { return };
    let csdl = files(&data.join("csdl"), "xml");
    let schema = one(&csdl[0]).schema;
    let mut shuffled = schema.clone();
    for table in shuffled.tables.values_mut() {
        table.columns.reverse();
        let middle = table.relationships.len() / 2;
        table.relationships.rotate_left(middle);
    }
    let home = tempfile::tempdir().unwrap();
    let (a, b) = (home.path().join("a"), home.path().join("b"));
    store::write(&a, &schema).unwrap();
    store::write(&b, &shuffled).unwrap();
    for path in files(&a, "json") {
        let twin = b.join(path.strip_prefix(&a).unwrap());
        assert!(std::fs::read(&path).unwrap() == std::fs::read(twin).unwrap(), "{}", path.display());
    }
}

#[test]
fn two_states_of_one_organisation_merge_without_contradiction() {
    let Some(data) = data() else { return };
    let folder = data.join("csdl");
    let paths =
        [folder.join("bcgov_embc-dfa_DynamicsCsdl.xml"), folder.join("bcgov_embc-dfa_api_metadata.xml")];
    let import = import(&paths, &mut ()).unwrap_or_else(|e| panic!("{e}"));
    let report = &import.sources[1].merge;
    println!("{} tables, {} columns, {:?}", report.tables_added, report.columns_added, report.contradictions);
    assert!(report.contradictions.is_empty());
}

#[test]
fn files_of_other_kinds_are_recognised() {
    let Some(data) = data() else { return };
    for (folder, extension, word) in [("webapi-json/keijiinoue", "ts", "TypeScript")] {
        let paths = files(&data.join(folder), extension);
        assert!(!paths.is_empty(), "{folder}");
        for path in paths.into_iter().take(300) {
            let error = import(std::slice::from_ref(&path), &mut ()).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("expected"), "{error}");
        }
    }
}

/// A file that is cut off anywhere gives an error, and never a smaller organisation.
#[test]
fn truncated_files_are_errors() {
    let Some(data) = data() else { return };
    let mut paths = files(&data.join("csdl"), "xml");
    paths.truncate(1);
    paths.extend(files(&data.join("webapi-json"), "json"));
    paths.extend(files(&data.join("datacontract-xml"), "xml").into_iter().take(1));
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let whole = bytes.trim_ascii_end().len();
        for part in 1..12 {
            let cut = bytes.get(..whole * part / 12).unwrap();
            let error = dvkit_schema_fetch::import_text(&path, cut).unwrap_err().to_string();
            assert!(error.contains("expected"), "{error}");
        }
    }
}
