//! The built-in mapping on metadata of real organisations: each part compiles, or is said to be missing, and the same calls
//! give records of the same shape.
//!
//! The files are not part of this repository; without them the tests print that and pass.
#![allow(clippy::unwrap_used)]
#![expect(clippy::print_stdout, reason = "says what it measured, and what it skipped")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dvkit::by_name::Organisation;
use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use dvkit_emulator::Emulator;
use dvkit_query::{CheckOptions, check_request};
use dvkit_schema::Store;
use dvkit_schema_fetch::import;
use dvkit_unify::connection::FilterOperator;
use dvkit_unify::mapping::{CompileReport, RecordSource};
use dvkit_unify::model::{RESOURCES, ResourceInfo};
use dvkit_unify::{CompileTarget, Connection, CursorKey, Error, ListRequest, Mapping};
use serde_json::Value;

/// Returns the folder of the files if it exists.
fn data() -> Option<PathBuf> {
    let beside = |corpus: PathBuf| corpus.join("../data");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let places = std::env::var_os("DVKIT_CORPUS").map(PathBuf::from).map(beside).into_iter().chain([here]);
    let found = places.into_iter().find(|place| place.is_dir());
    if found.is_none() {
        println!("skipped: no corpus");
    }
    found
}

/// Returns the files below a folder that end in one of the extensions, sorted.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if path.extension().is_some_and(|own| extensions.iter().any(|wanted| own == *wanted)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the snapshots: each a name and the files of which it is made. The files of one publisher belong together.
fn snapshots(data: &Path) -> Vec<(String, Vec<PathBuf>)> {
    let mut all = Vec::new();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    for file in files(&data.join("csdl"), &["xml"]) {
        all.push((name(&file), vec![file]));
    }
    for (folder, extension) in [("webapi-json", "json"), ("datacontract-xml", "xml")] {
        let mut publishers: Vec<PathBuf> =
            std::fs::read_dir(data.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        publishers.sort();
        for publisher in publishers {
            let found = files(&publisher, &[extension]);
            if !found.is_empty() {
                all.push((name(&publisher), found));
            }
        }
    }
    let solutions = std::fs::read_dir(data.join("solutions")).unwrap().map(|entry| entry.unwrap().path());
    let mut solutions: Vec<PathBuf> = solutions.filter(|path| path.is_dir()).collect();
    solutions.sort();
    all.extend(solutions.into_iter().map(|path| (name(&path), vec![path])));
    all
}

fn compile(organisation: &Organisation) -> CompileReport {
    let target = CompileTarget { organisation, name: None, environment: None };
    Mapping::standard().compile(target)
}

/// Returns the fields that the built-in mapping has for a resource.
fn mapped(resource: &str) -> Vec<String> {
    let text: toml::Table = Mapping::standard_text().parse().unwrap();
    let table = text[resource].as_table().unwrap();
    let keys = ["table", "tables", "choice", "records"];
    let mut names: Vec<String> = table.keys().filter(|key| !keys.contains(&key.as_str())).cloned().collect();
    if let Some(tables) = table.get("tables").and_then(toml::Value::as_table) {
        names.extend(tables.values().flat_map(|table| table.as_table().unwrap().keys().cloned()));
    }
    names
}

#[test]
fn each_part_of_the_mapping_compiles_or_is_said_to_be_missing() {
    let Some(data) = data() else { return };
    let all = snapshots(&data);
    assert!(all.len() >= 10, "{} snapshots", all.len());
    let (mut resources, mut fields, mut missing) = (0, 0, 0);
    for (name, paths) in &all {
        let imported = import(paths, &mut ()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let organisation = Organisation::new(Store::from_schema(imported.schema));
        let report = compile(&organisation);
        assert_eq!(report.findings, [], "{name}: what is built in is optional");
        let said = |resource: &str, field: Option<&str>| {
            report.mapping.missing.iter().any(|missing| {
                let of = missing.field.as_deref().map(|field| field.split('[').next().unwrap());
                missing.resource == resource && of == field
            })
        };
        let mut own = (0, 0);
        for ResourceInfo { name: resource, .. } in RESOURCES {
            let Some(compiled) = report.mapping.resource(resource) else {
                let tables = said(resource, None)
                    || report.mapping.missing.iter().any(|missing| missing.resource == *resource);
                assert!(tables, "{name}: {resource} is absent, and nothing says why");
                continue;
            };
            own.0 += 1;
            let RecordSource::Tables(tables) = &compiled.records else { continue };
            for field in mapped(resource) {
                let present = tables.iter().any(|table| table.field(&field).is_some());
                let table_missing = report.mapping.missing.iter().any(|m| {
                    m.resource == *resource && m.field.as_deref().is_some_and(|f| f.starts_with("tables."))
                });
                own.1 += usize::from(present);
                assert!(
                    present || said(resource, Some(&field)) || table_missing,
                    "{name}: {resource}.{field} is absent, and nothing says why"
                );
            }
        }
        // What is said to be missing is missing.
        for missing in &report.mapping.missing {
            assert!(!missing.reason.is_empty());
            let Some((table, column)) = &missing.column else { continue };
            let table = organisation.store().table(table).unwrap().unwrap();
            assert!(table.column(column).is_none(), "{name}: {}", missing.reason);
        }
        println!(
            "{name}: {} of {} resources, {} fields, {} parts missing",
            own.0,
            RESOURCES.len(),
            own.1,
            report.mapping.missing.len()
        );
        resources += own.0;
        fields += own.1;
        missing += report.mapping.missing.len();
    }
    println!("{} snapshots: {resources} resources, {fields} fields, {missing} parts missing", all.len());
}

#[tokio::test]
async fn the_same_calls_give_the_same_shape_in_whole_organisations() {
    let Some(data) = data() else { return };
    let mut lists = 0;
    let mut records = 0;
    for file in files(&data.join("csdl"), &["xml"]) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut schema = import(std::slice::from_ref(&file), &mut ()).unwrap().schema;
        schema.org.url = None;
        // Emulators of hundreds of tables are slow: what the model does not need is left out.
        let needed = needed_tables(&Organisation::from(schema.clone()));
        schema.tables.retain(|table, _| needed.contains(table));
        let organisation = Organisation::from(schema.clone());
        let mapping = compile(&organisation).mapping;
        let running = Emulator::builder(schema).seed_random(5, 7).start().await.unwrap();
        let token = StaticToken::new(running.token("ann"));
        let client = Client::builder(running.url()).token_source(token).build().unwrap();
        let key = CursorKey::new(b"the key of the tests, 32 bytes long");
        let connection = Connection::new(&*name, organisation.clone(), mapping, client, key);
        for resource in RESOURCES {
            let expected: BTreeSet<&str> =
                resource.fields.iter().map(|f| f.name).chain(["id", "custom_fields"]).collect();
            let fields = match connection.fields(resource.name) {
                Ok(fields) => fields,
                Err(Error::UnknownResource(why)) => {
                    println!("{name}: {why}");
                    continue;
                }
                Err(error) => panic!("{name} {}: {error}", resource.name),
            };
            let compiled = connection.mapping().resource(resource.name).unwrap();
            let fixed = matches!(compiled.records, RecordSource::Fixed(_));
            let mut requests = vec![ListRequest::new().limit(2)];
            for field in fields.iter().filter(|field| field.filterable && !fixed) {
                let field = field.name.clone().unwrap_or_default();
                if !field.is_empty() {
                    requests.push(ListRequest::new().compare(field, FilterOperator::Eq, Value::Null));
                }
            }
            running.clear_requests();
            for request in requests {
                let page = match connection.list(resource.name, &request).await {
                    Ok(page) => page,
                    // A constant is never null, and a list is compared with texts.
                    Err(Error::Invalid { field: Some(_), .. }) if !request.filters.is_empty() => continue,
                    Err(error) => panic!("{name} {} {request:?}: {error}", resource.name),
                };
                lists += 1;
                for record in &page.result {
                    records += 1;
                    let names: BTreeSet<&str> = record.fields.keys().map(String::as_str).collect();
                    assert_eq!(names, expected, "{name} {}", resource.name);
                }
            }
            for sent in running.requests() {
                let target = sent.url.split_once("/v9.2/").map_or("", |(_, target)| target);
                let text = target.replace("%20", " ");
                let report =
                    check_request(organisation.store(), None, &text, &CheckOptions::default()).unwrap();
                assert!(report.is_ok(), "{name} {}: {:?}", resource.name, report.diagnostics);
            }
        }
    }
    println!("{lists} lists, {records} records");
    assert!(lists > 100 && records > 100, "{lists} lists, {records} records");
}

/// Returns the tables that the model needs, with those to which their lookups lead.
fn needed_tables(organisation: &Organisation) -> BTreeSet<String> {
    let mapping = compile(organisation).mapping;
    let mut needed = BTreeSet::new();
    for resource in &mapping.resources {
        if let RecordSource::Tables(tables) = &resource.records {
            needed.extend(tables.iter().map(|table| table.table.clone()));
        }
    }
    needed.extend(
        [
            "transactioncurrency",
            "businessunit",
            "team",
            "organization",
            "activitypointer",
            "owner",
            "principal",
        ]
        .map(str::to_owned),
    );
    needed
}
