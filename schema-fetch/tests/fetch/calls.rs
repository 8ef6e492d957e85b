//! What a fetch tells about itself, and what it does about responses that are refused or damaged.

use std::sync::Mutex;

use dvkit_emulator::Emulator;
use dvkit_schema::Store;
use dvkit_schema_fetch::web_api::{FetchOptions, FetchProgress, FullFetchReason, fetch, retrieve};
use tempfile::TempDir;

use super::scene::{Scene, client};
use super::{CHANGES, action, few, sample, tables};

/// Records the calls of a fetch, each as a text.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Vec<String>>);

impl Calls {
    fn add(&self, call: String) {
        self.0.lock().unwrap().push(call);
    }

    /// Returns the calls since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl FetchProgress for Calls {
    fn since(&self, fetched: Option<&str>) {
        self.add(format!("since {}", fetched.unwrap_or("-")));
    }

    fn full(&self, why: FullFetchReason) {
        self.add(format!("full {why:?}"));
    }

    fn resumed(&self, tables: usize) {
        self.add(format!("resumed {tables}"));
    }

    fn planned(&self, tables: usize) {
        self.add(format!("planned {tables}"));
    }

    fn tables(&self, names: &[String]) {
        self.add(format!("tables {}", names.join(" ")));
    }

    fn choices(&self, count: usize) {
        self.add(format!("choices {count}"));
    }

    fn metadata(&self, bytes: usize) {
        self.add(format!("metadata {bytes}"));
    }

    fn assembling(&self) {
        self.add("assembling".to_owned());
    }
}

#[tokio::test]
async fn every_step_of_a_fetch_is_told() {
    let scene = Scene::of(sample()).await;
    let calls = Calls::default();
    let everything = FetchOptions::default();
    let summary = fetch(&client(&scene.running), &scene.dir, &everything, &calls).await.unwrap();
    let schema = sample();
    let served: Vec<&str> = schema.tables.keys().map(String::as_str).collect();
    let mut told = calls.take();
    assert_eq!(told.remove(0), "full NoSnapshot");
    assert_eq!(told.remove(0), format!("planned {}", served.len()));
    assert_eq!(told.pop().as_deref(), Some("assembling"));
    // Responses arrive in any order.
    told.sort_unstable();
    assert_eq!(told.remove(0), format!("choices {}", schema.choices.len()));
    let metadata = told.remove(0);
    assert!(metadata.strip_prefix("metadata ").and_then(|n| n.parse().ok()) > Some(10_000), "{metadata}");
    let parts: Vec<_> = served.chunks(10).map(|names| format!("tables {}", names.join(" "))).collect();
    assert_eq!(told, parts);

    assert_eq!(
        (summary.full, summary.since, summary.operations_as_of),
        (Some(FullFetchReason::NoSnapshot), None, None)
    );
    let columns: usize = schema.tables.values().map(|t| t.columns.len()).sum();
    assert_eq!((summary.tables, summary.columns), (schema.tables.len(), Some(columns)));
    assert_eq!((summary.choices, summary.operations), (schema.choices.len(), schema.operations.len()));
    // The names of all tables, `$metadata`, the choices, the organisation, and the parts.
    assert_eq!((summary.requests, summary.resumed), (4 + parts.len() as u64, 0));
    assert!(!summary.used_entity_definitions && summary.changes.is_empty());

    // A later fetch tells since when it asks, and that it has read `$metadata` for a new table.
    let (_, _, new_table) = CHANGES.iter().find(|(what, ..)| *what == "a new table").unwrap();
    scene.running.change(new_table);
    let summary = fetch(&client(&scene.running), &scene.dir, &everything, &calls).await.unwrap();
    let mut told = calls.take();
    assert_eq!(told.remove(0), format!("since {}", summary.since.unwrap()));
    assert!(told.remove(0).starts_with("metadata "));
    assert_eq!((told, summary.requests, summary.columns), (Vec::new(), 2, None));
    assert_eq!((summary.tables, summary.operations), (schema.tables.len() + 1, schema.operations.len()));
    assert!(summary.operations_as_of.is_some());
}

/// A response that is complete but damaged is requested four times. The client repeats a request whose JSON is empty
/// by itself.
#[tokio::test]
async fn a_damaged_response_is_requested_again() {
    for attempts in [3, 4] {
        let scene = Scene::of(few()).await;
        scene.running.faults(format!("1..{attempts} on $metadata: empty").parse().unwrap());
        let fetched = fetch(&client(&scene.running), &scene.dir, &tables(&["contact"]), &()).await;
        let error = fetched.err().map(|error| error.to_string());
        let expected = (attempts == 4).then(|| "$metadata cannot be used: it ends too early".to_owned());
        let asked = scene.running.requests().iter().filter(|r| r.url.contains("$metadata")).count();
        assert_eq!((error, asked), (expected, 4), "{attempts}");
    }
}

#[tokio::test]
async fn an_organisation_whose_row_is_refused_has_no_base_language() {
    let mut german = few();
    german.org.base_language = Some(1031);
    let scene = Scene::of(german).await;
    for (script, language) in [("always: none", Some(1031)), ("always on organizations: 403", None)] {
        scene.running.faults(script.parse().unwrap());
        let mut options = tables(&["contact"]);
        options.full = true;
        scene.fetch(&options).await;
        assert_eq!(Store::open(&scene.dir).unwrap().org().base_language, language, "{script}");
    }
}

#[tokio::test]
async fn changes_are_requested_once_and_without_what_is_refused() {
    let scene = Scene::of(few()).await;
    let options = tables(&["contact"]);
    scene.fetch(&options).await;
    let asked = |from: usize| {
        let all = scene.running.requests().split_off(from);
        let changes = all.iter().filter(|r| r.url.contains("DeletedMetadataFilters"));
        changes.map(|r| (r.status, r.url.contains("TableType"))).collect::<Vec<_>>()
    };
    // An older service does not know a property.
    let before = scene.running.requests().len();
    scene.running.faults("1 on RetrieveMetadataChanges: 400".parse().unwrap());
    assert_eq!(scene.fetch(&options).await.full, None);
    assert_eq!(asked(before), [(400, true), (200, false)]);
    // A stamp that has expired has expired for every request.
    scene.running.faults("always: none".parse().unwrap());
    let before = scene.running.requests().len();
    scene.running.change(|s| s.tables.get_mut("contact").unwrap().private = Some(true));
    scene.running.forget_changes();
    assert_eq!(scene.fetch(&options).await.full, Some(FullFetchReason::StampExpired));
    assert_eq!(asked(before), [(400, true)]);
}

#[tokio::test]
async fn a_retrieved_schema_has_the_changes_since_the_snapshot() {
    let scene = Scene::of(sample()).await;
    let everything = FetchOptions::default();
    scene.fetch(&everything).await;
    let change = |wanted: &str| CHANGES.iter().find(|(what, ..)| *what == wanted).unwrap().2;
    let retrieved = async || retrieve(&client(&scene.running), &scene.dir, &everything, &()).await.unwrap();
    scene.running.change(change("a new table"));
    scene.running.change(change("an option of a global choice"));
    scene.running.change(|s| s.operations.push(action("new_Sink", None)));
    let (schema, summary) = retrieved().await;
    assert!(schema == *scene.running.schema());
    assert_eq!(
        (summary.tables, summary.choices, summary.operations, summary.requests),
        (schema.tables.len(), schema.choices.len(), sample().operations.len() + 1, 2)
    );
    assert!(summary.since.is_some() && summary.operations_as_of.is_some());
    assert_eq!(summary.written, Default::default());
    // What is gone is gone.
    scene.fetch(&everything).await;
    scene.running.change(change("a table that goes"));
    let (schema, summary) = retrieved().await;
    assert!(schema == *scene.running.schema());
    assert_eq!((summary.tables, summary.requests), (sample().tables.len(), 1));
}

#[tokio::test]
async fn tables_are_selected_by_name_and_by_solution_over_many_pages() {
    let home = TempDir::new().unwrap();
    // Pages of one row, so that the components of a solution come in several pages.
    let running = Emulator::builder(few()).page_size(1).start().await.unwrap();
    let client = client(&running);
    let chosen = async |options: &FetchOptions| {
        let (schema, _) = retrieve(&client, home.path().join("schema"), options, &()).await.unwrap();
        schema.tables.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(chosen(&tables(&["contact"])).await, ["contact"]);
    assert_eq!(chosen(&tables(&["account", "contact"])).await, ["account", "contact"]);
    let mut of_solution = FetchOptions::default();
    of_solution.solutions = vec!["new".to_owned()];
    assert_eq!(chosen(&of_solution).await, ["new_externalorder", "new_project", "new_project_systemuser"]);
}
