//! Fetches of a served real organisation: the snapshot is the organisation that is served.

#![expect(clippy::print_stdout, reason = "says what it skipped")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

#[path = "../../schema-fetch/tests/fetch/scene.rs"]
mod scene;

use std::path::PathBuf;

use dvkit_schema::{LocalizedText, Schema};
use dvkit_schema_fetch::import;
use dvkit_schema_fetch::web_api::FetchOptions;
use dvkit_tests::{set_served_order, workspace};
use scene::{Scene, assert_same, expected, files, under_every_script};

/// Returns the schema of a real organisation if its document exists. The document does not state the order of the two
/// tables of N:N relationships; the schema has the one that is served then.
fn real() -> Option<Schema> {
    let mut schema = import(&[real_document()?], &mut ()).unwrap().schema;
    set_served_order(&mut schema);
    Some(schema)
}

fn real_document() -> Option<PathBuf> {
    let corpus = std::env::var_os("DVKIT_CORPUS").map(|c| PathBuf::from(c).join("../data"));
    let places =
        corpus.into_iter().chain([workspace().join("../shared/data"), workspace().join("../../shared/data")]);
    let files = places.map(|p| p.join("csdl/bcgov_embc-dfa_DynamicsCsdl.xml"));
    let found = files.into_iter().find(|p| p.is_file());
    if found.is_none() {
        println!("skipped: no corpus");
    }
    found
}

#[tokio::test]
async fn a_fetched_real_organisation_equals_the_imported_one() {
    let Some(schema) = real() else { return };
    let sets = schema.tables.values().filter(|t| t.entity_set.is_some()).count();
    println!("{} tables, {sets} entity sets, {} operations", schema.tables.len(), schema.operations.len());
    // The document has 328 sets. Four of them (`EntityDefinitions`, `GlobalOptionSetDefinitions`, `ManagedPropertyDefinitions`,
    // `RelationshipDefinitions`) hold metadata, and are no tables; `principal` is a table without a set.
    assert_eq!((schema.tables.len(), sets, schema.operations.len()), (325, 324, 384));
    let expected = expected(&schema);
    let scene = Scene::of(schema).await;
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_same(&files(&scene.dir), &expected);
    println!("{} tables, {} requests", summary.tables, summary.requests);
    // One table changes, and so does one file.
    scene.running.change(|schema| {
        let table = schema.tables.get_mut("contact").unwrap();
        table.display_name = LocalizedText::new(1033, "Person");
    });
    let (summary, changed) = scene.rewritten().await;
    assert_eq!((summary.full, summary.requests), (None, 1));
    let tables: Vec<_> = changed.iter().filter(|n| n.starts_with("tables/")).collect();
    assert_eq!(tables, ["tables/contact.json"]);
}

#[tokio::test]
async fn a_real_organisation_can_be_fetched_by_definitions() {
    let Some(schema) = real() else { return };
    let expected = expected(&schema);
    let scene = Scene::of(schema).await;
    scene.running.faults("always on RetrieveMetadataChanges: 501".parse().unwrap());
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert!(summary.used_entity_definitions);
    assert_same(&files(&scene.dir), &expected);
    println!("{} tables by definitions, {} requests", summary.tables, summary.requests);
}

/// The same with an organisation of 324 tables with an entity set.
#[tokio::test]
async fn faults_do_not_change_the_snapshot_of_a_real_organisation() {
    let Some(schema) = real() else { return };
    under_every_script(schema).await;
}
