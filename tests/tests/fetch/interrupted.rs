//! A fetch that was interrupted, and goes on: nothing that it gives is older than itself.

use std::fs;

use dvkit_emulator::RunningEmulator;
use dvkit_schema::{Choice, LocalizedText};
use dvkit_schema_fetch::web_api::{FetchOptions, FetchProgress, FullFetchReason, fetch};
use tempfile::TempDir;

use super::{CHANGES, Change, Scene, action, assert_same, client, expected, files, sample};

/// Where a fetch is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interruption {
    /// When the first tables have been read.
    Tables,
    /// When everything has been read.
    Assembling,
    /// When it asks for changes.
    Since,
}

impl Interruption {
    fn end_at(self, here: Self) {
        if self == here {
            // Like a panic, without its message.
            std::panic::resume_unwind(Box::new(()));
        }
    }
}

impl FetchProgress for Interruption {
    fn tables(&self, _: &[String]) {
        self.end_at(Self::Tables);
    }

    fn assembling(&self) {
        self.end_at(Self::Assembling);
    }

    fn since(&self, _: Option<&str>) {
        self.end_at(Self::Since);
    }
}

impl Scene {
    /// A fetch that is ended there.
    fn interrupt(&self, at: Interruption) {
        let (client, dir) = (client(&self.running), self.dir.clone());
        let interrupted = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(fetch(&client, &dir, &FetchOptions::default(), &at)).unwrap();
        });
        assert!(interrupted.join().is_err(), "{at:?}");
    }

    /// The snapshot is that of the organisation as it is, and nothing is beside it.
    fn assert_current(&self) {
        assert_same(&files(&self.dir), &expected(&self.running.schema()));
        assert_eq!(fs::read_dir(self.dir.parent().unwrap()).unwrap().count(), 1);
    }
}

/// What was read already changes meanwhile, whichever part that was.
fn change_everything(running: &RunningEmulator) {
    running.change(|s| s.tables.values_mut().for_each(|table| table.private = Some(true)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_interrupted_fetch_goes_on_where_it_was() {
    let scene = Scene::of(sample()).await;
    scene.interrupt(Interruption::Tables);
    assert!(!scene.dir.exists());
    change_everything(&scene.running);
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert!(summary.resumed >= 8 && summary.full == Some(FullFetchReason::NoSnapshot), "{summary:?}");
    assert_eq!((summary.tables, summary.written.unchanged), (scene.running.schema().tables.len(), false));
    scene.assert_current();
    // The next one asks for changes since this one.
    let (summary, changed) = scene.rewritten().await;
    assert_eq!((summary.full, summary.requests, changed.len()), (None, 1, 0));
}

/// Whatever is different when a fetch goes on, what it gives is what there is by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whatever_changes_after_an_interruption_is_taken_over_exactly() {
    let mut scene = Scene::of(sample()).await;
    let untold: Change = |s| {
        // No stamp covers these.
        s.operations.push(action("new_Sink", None));
        let choice = s.choices.get_mut("new_region").unwrap().clone();
        s.choices.insert("new_idle".into(), Choice { name: "new_idle".into(), ..choice });
    };
    let changes = CHANGES.iter().map(|(what, _, change)| (*what, *change));
    for (what, change) in changes.chain([("what no column uses", untold)]) {
        let home = TempDir::new().unwrap();
        scene.dir = home.path().join("schema");
        scene.interrupt(Interruption::Assembling);
        scene.running.change(change);
        let summary = scene.fetch(&FetchOptions::default()).await;
        println!("{what}: {} tables, {} requests", summary.resumed, summary.requests);
        assert!(summary.resumed > 0, "{what}");
        scene.assert_current();
    }
}

/// Between what an interrupted fetch had read and what has changed since there is no snapshot: a fetch that goes on and is ended
/// there leaves what was there before.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_older_than_the_fetch_takes_its_place() {
    let scene = Scene::of(sample()).await;
    scene.interrupt(Interruption::Tables);
    change_everything(&scene.running);
    scene.interrupt(Interruption::Since);
    assert!(!scene.dir.exists());
    // The same where the service fails instead.
    scene.running.faults("always on RetrieveMetadataChanges: 403".parse().unwrap());
    let client = client(&scene.running);
    fetch(&client, &scene.dir, &FetchOptions::default(), &()).await.unwrap_err();
    assert!(!scene.dir.exists());
    scene.running.faults("always: none".parse().unwrap());
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!(summary.resumed, summary.tables);
    scene.assert_current();

    // The same where a snapshot is there: it stays.
    let before = files(&scene.dir);
    fs::remove_file(scene.dir.join("sync.json")).unwrap();
    scene
        .running
        .change(|s| s.tables.get_mut("account").unwrap().display_name = LocalizedText::new(1033, "A"));
    scene.interrupt(Interruption::Assembling);
    scene
        .running
        .change(|s| s.tables.get_mut("account").unwrap().display_name = LocalizedText::new(1033, "B"));
    scene.interrupt(Interruption::Since);
    assert_same(&files(&scene.dir), &before);
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert!(summary.resumed > 0 && summary.full == Some(FullFetchReason::NoStamp), "{summary:?}");
    scene.assert_current();
}

/// Where nobody tells what has changed since the interruption, everything is read again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_cannot_be_caught_up_with_is_read_again() {
    // The stamp has expired.
    let scene = Scene::of(sample()).await;
    scene.interrupt(Interruption::Assembling);
    change_everything(&scene.running);
    scene.running.forget_changes();
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!((summary.full, summary.resumed), (Some(FullFetchReason::NoSnapshot), 0));
    scene.assert_current();

    // There is none.
    let scene = Scene::of(sample()).await;
    scene.running.faults("always on RetrieveMetadataChanges: 501".parse().unwrap());
    scene.interrupt(Interruption::Assembling);
    change_everything(&scene.running);
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!((summary.used_entity_definitions, summary.resumed), (true, 0));
    scene.assert_current();

    // The list of tables is all there is, and one more is there by now.
    let scene = Scene::of(sample()).await;
    scene.running.faults("2.. on RetrieveMetadataChanges: 403".parse().unwrap());
    fetch(&client(&scene.running), &scene.dir, &FetchOptions::default(), &()).await.unwrap_err();
    scene.running.faults("always: none".parse().unwrap());
    let (_, _, new_table) = CHANGES.iter().find(|(what, ..)| *what == "a new table").unwrap();
    scene.running.change(new_table);
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!(summary.resumed, 0);
    scene.assert_current();
}
