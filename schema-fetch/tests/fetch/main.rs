//! Fetches from the emulator: the snapshot is the organisation that is served, whatever happens in between,
//! and a later fetch asks for changes only.

#![expect(clippy::print_stdout, reason = "says what it did")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod calls;
mod interrupted;
mod scene;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use dvkit_emulator::Emulator;
use dvkit_schema::{
    Choice, ChoiceOption, ChoiceRef, Column, ColumnType, LocalizedText, Operation, OperationKind, Parameter,
    Schema, Store, Table, ValueType, store, store::SyncState,
};
use dvkit_schema_fetch::web_api::{FetchOptions, FullFetchReason, fetch, retrieve};
use dvkit_schema_fetch::{Error, import};
use tempfile::TempDir;

use scene::{Scene, assert_same, client, expected, files, under_every_script};

/// Returns the sample organisation without its address; the emulator has none that belongs into a snapshot.
fn sample() -> Schema {
    static SAMPLE: LazyLock<Schema> = LazyLock::new(|| {
        let org = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
        let files = ["metadata.json", "csdl.xml", "globalchoices.json"].map(|f| org.join(f));
        let mut schema = import(&files, &mut ()).unwrap().schema;
        schema.org.url = None;
        schema
    });
    SAMPLE.clone()
}

/// Returns the sample organisation with a few of its tables, for tests that fetch it several times.
fn few() -> Schema {
    let mut schema = sample();
    let kept = ["account", "contact", "new_externalorder", "new_project", "new_project_systemuser"];
    schema.tables.retain(|name, _| kept.contains(&name.as_str()));
    schema
}

fn tables(patterns: &[&str]) -> FetchOptions {
    let mut options = FetchOptions::default();
    options.tables = patterns.iter().map(|p| (*p).to_owned()).collect();
    options
}

#[tokio::test]
async fn a_fetched_sample_equals_the_imported_one() {
    let scene = Scene::of(sample()).await;
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_same(&files(&scene.dir), &expected(&sample()));
    assert_eq!((summary.full, summary.tables), (Some(FullFetchReason::NoSnapshot), sample().tables.len()));
    assert!(!summary.used_entity_definitions);
    // The second fetch makes one request and changes nothing.
    let (summary, changed) = scene.rewritten().await;
    assert_eq!((summary.full, summary.requests, changed.len()), (None, 1, 0));
    assert!(summary.written.unchanged && summary.changes.is_empty() && summary.since.is_some());
    // Nothing is left beside the snapshot.
    let beside = fs::read_dir(scene.dir.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1);
}

#[tokio::test]
async fn the_order_of_a_new_n_to_n_relationship_is_in_the_snapshot() {
    let scene = Scene::of(sample()).await;
    scene.fetch(&FetchOptions::default()).await;
    let body = serde_json::json!({
        "@odata.type": "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata", "SchemaName": "new_contact_account",
        "Entity1LogicalName": "contact", "Entity2LogicalName": "account", "IntersectEntityName": "new_contact_account",
    });
    let request = http::Request::post("/api/data/v9.2/RelationshipDefinitions");
    let response = scene.running.respond("ann", request.body(body.to_string().into()).unwrap());
    assert_eq!(response.status(), 204, "{:?}", response.body());
    let (summary, changed) = scene.rewritten().await;
    assert_eq!(summary.full, None);
    assert!(changed.contains(&"tables/account.json".to_owned()), "{changed:?}");
    let schema = Store::open(&scene.dir).unwrap().load().unwrap();
    let order = |table: &str| schema.tables[table].navigation("new_contact_account").unwrap().entity1;
    assert_eq!((order("contact"), order("account")), (Some(true), Some(false)));
}

fn column(schema: &mut Schema, table: &str, name: &str, change: impl FnOnce(&mut Column)) {
    let table = schema.tables.get_mut(table).unwrap();
    change(table.columns.iter_mut().find(|c| c.logical_name == name).unwrap());
}

fn own_choice(column: &mut Column) -> &mut Choice {
    match &mut column.ty {
        ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), .. }
        | ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), .. } => choice,
        other => panic!("{other:?}"),
    }
}

/// Returns a column as the service would return it.
fn new_column(name: &str) -> Column {
    let mut column = Column::new(name, ColumnType::String { max_length: Some(20), format: None });
    column.metadata_id = Some("aaaaaaaa-0000-4000-8000-000000000001".to_owned());
    column.odata = Some(true);
    column.valid_for_read = Some(true);
    column
}

type Change = fn(&mut Schema);

/// Changes, with the files that each must affect.
const CHANGES: &[(&str, &[&str], Change)] = &[
    ("a label", &["org.json", "tables/account.json"], |s| {
        s.tables.get_mut("account").unwrap().display_name = LocalizedText::new(1033, "Company");
    }),
    ("a length", &["tables/account.json"], |s| {
        column(s, "account", "name", |c| {
            c.ty = ColumnType::String { max_length: Some(5), format: Some("Text".into()) }
        });
    }),
    ("a description that goes", &["tables/account.json"], |s| {
        column(s, "account", "name", |c| c.description = LocalizedText::default());
    }),
    ("a new column", &["tables/account.json"], |s| {
        s.tables.get_mut("account").unwrap().columns.push(new_column("new_fresh"));
    }),
    ("a column that goes", &["tables/account.json"], |s| {
        s.tables.get_mut("account").unwrap().columns.retain(|c| c.logical_name != "new_fresh");
    }),
    ("a new option", &["tables/new_project.json"], |s| {
        column(s, "new_project", "statuscode", |c| {
            let label = LocalizedText::new(1033, "Asleep");
            own_choice(c).options.push(ChoiceOption {
                value: 77,
                label,
                state: Some(0),
                ..ChoiceOption::default()
            });
        });
    }),
    ("an option that is renamed", &["tables/new_project.json"], |s| {
        column(s, "new_project", "statuscode", |c| {
            own_choice(c).options.iter_mut().find(|o| o.value == 77).unwrap().label =
                LocalizedText::new(1033, "Awake");
        });
    }),
    ("an option that goes", &["tables/new_project.json"], |s| {
        column(s, "new_project", "statuscode", |c| own_choice(c).options.retain(|o| o.value != 77));
    }),
    ("an option of a global choice", &["choices/new_region.json"], |s| {
        let choice = s.choices.get_mut("new_region").unwrap();
        choice.options.push(ChoiceOption {
            value: 77,
            label: LocalizedText::new(1033, "Moon"),
            ..ChoiceOption::default()
        });
    }),
    ("a new table", &["org.json", "tables/new_moon.json"], |s| {
        let mut table = Table {
            logical_name: "new_moon".into(),
            schema_name: Some("new_Moon".into()),
            entity_set: Some("new_moons".into()),
            metadata_id: Some("aaaaaaaa-0000-4000-8000-000000000002".into()),
            ..Table::default()
        };
        table.columns.push(new_column("new_name"));
        s.tables.insert("new_moon".into(), table);
    }),
    ("a table that goes", &["org.json", "tables/new_moon.json"], |s| {
        s.tables.remove("new_moon");
    }),
];

/// After each change the snapshot is the same as after a full fetch.
#[tokio::test]
async fn an_incremental_fetch_gives_the_same_as_a_full_one() {
    let scene = Scene::of(sample()).await;
    scene.fetch(&FetchOptions::default()).await;
    for (what, touched, change) in CHANGES {
        scene.running.change(change);
        let (summary, changed) = scene.rewritten().await;
        assert_eq!(summary.full, None, "{what}");
        assert_same(&files(&scene.dir), &expected(&scene.running.schema()));
        assert_eq!(changed, *touched, "{what}");
        assert!(!summary.changes.is_empty(), "{what}");
        // `$metadata` is requested only if there is a new table.
        assert_eq!(summary.requests, if *what == "a new table" { 2 } else { 1 }, "{what}");
    }
}

#[tokio::test]
async fn a_full_fetch_reports_its_reason() {
    let scene = Scene::of(sample()).await;
    scene.fetch(&FetchOptions::default()).await;
    let why = async |options: &FetchOptions| scene.fetch(options).await.full;
    let mut wanted = FetchOptions::default();
    wanted.full = true;
    assert_eq!(why(&wanted).await, Some(FullFetchReason::Requested));
    assert_eq!(why(&tables(&["account"])).await, Some(FullFetchReason::OptionsChanged));
    assert_eq!(why(&FetchOptions::default()).await, Some(FullFetchReason::OptionsChanged));
    scene.running.change(|s| s.tables.get_mut("account").unwrap().private = Some(true));
    scene.running.forget_changes();
    let (summary, changed) = scene.rewritten().await;
    assert_eq!(
        (summary.full, changed),
        (Some(FullFetchReason::StampExpired), vec!["org.json".to_owned(), "tables/account.json".to_owned()])
    );
    // Somebody edits a file, or checks out another revision.
    let path = scene.dir.join("tables/contact.json");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("contactid", "kontaktid")).unwrap();
    assert_eq!(why(&FetchOptions::default()).await, Some(FullFetchReason::SnapshotModified));
    assert_same(&files(&scene.dir), &expected(&scene.running.schema()));
    // Line ends that git changed do not count as an edit.
    fs::write(&path, fs::read_to_string(&path).unwrap().replace('\n', "\r\n")).unwrap();
    assert_eq!(why(&FetchOptions::default()).await, None);
    // An import writes another snapshot, which the state of the fetch does not belong to.
    let mut other = sample();
    other.tables.remove("task");
    store::write(&scene.dir, &other).unwrap();
    assert!(SyncState::read(&scene.dir).unwrap().is_none());
    assert_eq!(why(&FetchOptions::default()).await, Some(FullFetchReason::NoStamp));
}

#[tokio::test]
async fn the_base_language_is_fetched() {
    let mut german = sample();
    german.org.base_language = Some(1031);
    let scene = Scene::of(german.clone()).await;
    scene.fetch(&FetchOptions::default()).await;
    assert_same(&files(&scene.dir), &expected(&german));
    // A later change leaves it as it is.
    scene.running.change(|s| s.tables.get_mut("contact").unwrap().private = Some(true));
    let summary = scene.fetch(&FetchOptions::default()).await;
    let store = dvkit_schema::Store::open(&scene.dir).unwrap();
    assert_eq!((summary.full, store.org().base_language), (None, Some(1031)));
    assert_eq!(store.text(&store.entry("account").unwrap().display_name), Some("Firma"));
}

#[tokio::test]
async fn a_fetch_has_only_the_selected_tables_and_languages() {
    let scene = Scene::of(sample()).await;
    let mut options = tables(&["account", "new_*", "!new_external*"]);
    options.languages = vec![1031];
    let summary = scene.fetch(&options).await;
    let fetched = dvkit_schema::Store::open(&scene.dir).unwrap().load().unwrap();
    let names: Vec<&str> = fetched.tables.keys().map(String::as_str).collect();
    assert_eq!(names, ["account", "new_project", "new_project_systemuser"]);
    assert_eq!((summary.tables, &fetched.org.languages[..]), (3, &[1031][..]));
    assert_eq!(fetched.tables["account"].display_name.0.keys().collect::<Vec<_>>(), [&1031]);
    // Only choices that these tables use.
    assert!(fetched.choices.contains_key("new_region") && !fetched.choices.contains_key("cr1f2_asyncmode"));
    // Changes of other tables have no effect.
    scene.running.change(|s| s.tables.get_mut("contact").unwrap().private = Some(true));
    let summary = scene.fetch(&options).await;
    assert_eq!((summary.full, summary.written.unchanged), (None, true));
    // A name without a match is an error, and nothing is written.
    let before = files(&scene.dir);
    let error = fetch(&client(&scene.running), &scene.dir, &tables(&["acount"]), &()).await.unwrap_err();
    assert_eq!(error.to_string(), "no table matches `acount`; did you mean `account`?");
    assert_same(&files(&scene.dir), &before);
}

/// If the service refuses `RetrieveMetadataChanges`, `EntityDefinitions` with casts gives the same snapshot,
/// without a stamp.
#[tokio::test]
async fn a_fetch_uses_definitions_if_changes_are_refused() {
    for status in [400, 403, 404, 501] {
        let scene = Scene::of(sample()).await;
        scene.running.faults(format!("always on RetrieveMetadataChanges: {status}").parse().unwrap());
        let summary = scene.fetch(&FetchOptions::default()).await;
        assert!(
            summary.used_entity_definitions && summary.full == Some(FullFetchReason::NoSnapshot),
            "{summary:?}"
        );
        assert_same(&files(&scene.dir), &expected(&sample()));
        let asked = scene.running.requests();
        let casts = asked.iter().filter(|r| r.url.contains("PicklistAttributeMetadata")).count();
        assert!(
            casts >= 3 && asked.iter().all(|r| r.status == 200 || r.url.contains("RetrieveMetadataChanges"))
        );
        // The next fetch reads everything again and finds no changes.
        let summary = scene.fetch(&FetchOptions::default()).await;
        assert_eq!((summary.full, summary.written.unchanged), (Some(FullFetchReason::NoStamp), true));
    }
}

#[tokio::test]
async fn tables_can_be_selected_by_solution_and_by_publisher() {
    // Pages of three rows, so that the components come in several pages.
    let home = TempDir::new().unwrap();
    let dir = home.path().join("schema");
    let running = Emulator::builder(sample()).page_size(3).start().await.unwrap();
    let client = client(&running);
    let chosen = async |change: &dyn Fn(&mut FetchOptions)| {
        let mut options = FetchOptions::default();
        change(&mut options);
        let (schema, _) = retrieve(&client, &dir, &options, &()).await?;
        Ok::<_, Error>(schema.tables.into_keys().collect::<Vec<_>>())
    };
    let new = ["new_externalorder", "new_project", "new_project_systemuser"];
    assert_eq!(chosen(&|o| o.publishers = vec!["new".into()]).await.unwrap(), new);
    assert_eq!(chosen(&|o| o.solutions = vec!["new".into()]).await.unwrap(), new);
    // By solution, by publisher and by name, with exclusions.
    let both = chosen(&|o| {
        o.solutions = vec!["CR1F2".into()];
        o.publishers = vec!["new".into()];
        o.tables = vec!["account".into(), "!new_ext*".into()];
    });
    assert_eq!(both.await.unwrap(), ["account", "cr1f2_type", "new_project", "new_project_systemuser"]);
    // Every table with an id is in the default solution; `principal` has none.
    let all = chosen(&|o| o.solutions = vec!["Default".into()]).await.unwrap();
    assert_eq!(all.len(), sample().tables.values().filter(|t| t.metadata_id.is_some()).count());
    let pages = running.requests().iter().filter(|r| r.url.contains("skiptoken")).count();
    assert!(pages >= 5, "{pages}");
    let error = chosen(&|o| o.solutions = vec!["nowhere".into()]).await.unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    let error = chosen(&|o| o.publishers = vec!["nobody".into()]).await.unwrap_err();
    assert!(error.to_string().contains("nobody"), "{error}");
}

/// Returns an action, bound to a table or unbound.
fn action(name: &str, table: Option<&str>) -> Operation {
    let value = |table: &str| ValueType { name: table.into(), collection: false, nullable: false };
    let on = |table: &str| Parameter { name: "entity".into(), value: value(table), optional: false };
    Operation {
        name: name.into(),
        kind: OperationKind::Action,
        bound: table.is_some(),
        composable: false,
        filter_only: false,
        parameters: table.map(on).into_iter().collect(),
        returns: None,
    }
}

#[tokio::test]
async fn operations_are_fetched_with_the_tables_that_they_are_bound_to() {
    let scene = Scene::of(sample()).await;
    let summary = scene.fetch(&tables(&["account", "new_project"])).await;
    let of = |schema: &Schema| schema.operations.iter().map(|o| o.name.clone()).collect::<Vec<_>>();
    let fetched = || dvkit_schema::Store::open(&scene.dir).unwrap().load().unwrap();
    let names = of(&fetched());
    assert_eq!(summary.operations, names.len());
    // Operations of tables that were not selected are missing; unbound ones are present.
    assert!(names.contains(&"WhoAmI".to_owned()) && names.contains(&"new_OpenProjects".to_owned()));
    assert!(!names.contains(&"AddMembersTeam".to_owned()) && !names.contains(&"SendEmail".to_owned()));
    // No stamp covers operations: a later fetch keeps them and says since when.
    scene
        .running
        .change(|s| s.operations.extend([action("new_Sink", None), action("new_Moor", Some("account"))]));
    let summary = scene.fetch(&tables(&["account", "new_project"])).await;
    assert_eq!((summary.full, summary.requests, of(&fetched())), (None, 1, names.clone()));
    assert!(summary.operations_as_of.is_some());
    // If `$metadata` is requested for a new table, operations are read too.
    let everything = FetchOptions::default();
    scene.fetch(&everything).await;
    assert_same(&files(&scene.dir), &expected(&scene.running.schema()));
    scene.running.change(|s| {
        s.operations.retain(|o| o.name != "new_Sink");
        s.operations.push(action("new_Land", Some("new_moon")));
        let mut table = Table {
            logical_name: "new_moon".into(),
            entity_set: Some("new_moons".into()),
            ..Table::default()
        };
        table.columns.push(new_column("new_name"));
        s.tables.insert("new_moon".into(), table);
    });
    let summary = scene.fetch(&everything).await;
    assert_eq!((summary.full, summary.requests), (None, 2));
    assert_same(&files(&scene.dir), &expected(&scene.running.schema()));
    let told: Vec<_> = summary.changes.changes.iter().map(ToString::to_string).collect();
    assert!(told.contains(&"operation `new_Sink` is gone".to_owned()), "{told:?}");
}

#[tokio::test]
async fn faults_do_not_change_a_fetched_snapshot() {
    under_every_script(sample()).await;
}

#[tokio::test]
async fn retrieving_a_schema_writes_no_file() {
    let scene = Scene::of(sample()).await;
    let retrieved =
        async || retrieve(&client(&scene.running), &scene.dir, &FetchOptions::default(), &()).await.unwrap();
    let (schema, _) = retrieved().await;
    assert!(schema == sample() && !scene.dir.exists());
    scene.fetch(&FetchOptions::default()).await;
    let before = fs::read(scene.dir.join("sync.json")).unwrap();
    scene.running.change(|s| s.tables.get_mut("account").unwrap().private = Some(true));
    let (schema, summary) = retrieved().await;
    assert!(schema == *scene.running.schema());
    assert_eq!((summary.full, summary.requests, summary.changes.changes.len()), (None, 1, 1));
    assert_eq!(fs::read(scene.dir.join("sync.json")).unwrap(), before);
    assert_same(&files(&scene.dir), &expected(&sample()));
}

#[tokio::test]
async fn a_fetch_leaves_a_folder_alone_that_is_not_a_snapshot() {
    let scene = Scene::of(sample()).await;
    fs::create_dir(&scene.dir).unwrap();
    fs::write(scene.dir.join("notes.txt"), "mine").unwrap();
    let client = client(&scene.running);
    let error = fetch(&client, &scene.dir, &FetchOptions::default(), &()).await.unwrap_err();
    assert!(matches!(error, Error::Store(_)), "{error}");
    assert_eq!(client.status().sent, 0);
    assert_eq!(files(&scene.dir).len(), 1);
}
