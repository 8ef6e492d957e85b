//! Interrupted fetches that are resumed: the result is never older than the fetch.

use std::fs;

use dvkit_emulator::RunningEmulator;
use dvkit_schema::{Choice, LocalizedText};
use dvkit_schema_fetch::web_api::{FetchOptions, FetchProgress, FullFetchReason, fetch};
use tempfile::TempDir;

use super::calls::Calls;
use super::scene::{Scene, assert_same, client, expected, files};
use super::{CHANGES, Change, action, few, sample};

/// The point at which a fetch is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interruption {
    /// The first tables have been read.
    Tables,
    /// Everything has been read.
    Assembling,
    /// Changes are about to be requested.
    Since,
}

impl Interruption {
    /// Ends the fetch at its place, where so many tables have just been read.
    fn end_at(self, here: Self, tables: usize) {
        if self == here {
            // Like a panic, without its message.
            std::panic::resume_unwind(Box::new(tables));
        }
    }
}

impl FetchProgress for Interruption {
    fn tables(&self, names: &[String]) {
        self.end_at(Self::Tables, names.len());
    }

    fn assembling(&self) {
        self.end_at(Self::Assembling, 0);
    }

    fn since(&self, _: Option<&str>) {
        self.end_at(Self::Since, 0);
    }
}

impl Scene {
    /// Starts a fetch and interrupts it there. Returns the number of tables in the part that was read last, if it is
    /// interrupted after a part.
    fn interrupt(&self, at: Interruption) -> usize {
        let (client, dir) = (client(&self.running), self.dir.clone());
        let interrupted = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(fetch(&client, &dir, &FetchOptions::default(), &at)).unwrap();
        });
        *interrupted.join().expect_err("the fetch is interrupted").downcast().expect("a number of tables")
    }

    /// Checks that the snapshot is the current organisation, and that nothing is left beside it.
    fn assert_current(&self) {
        assert_same(&files(&self.dir), &expected(&self.running.schema()));
        assert_eq!(fs::read_dir(self.dir.parent().unwrap()).unwrap().count(), 1);
    }
}

/// Changes something in every part that may have been read already.
fn change_everything(running: &RunningEmulator) {
    running.change(|s| s.tables.values_mut().for_each(|table| table.private = Some(true)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_interrupted_fetch_resumes_where_it_stopped() {
    let scene = Scene::of(sample()).await;
    let read = scene.interrupt(Interruption::Tables);
    assert!(!scene.dir.exists() && read > 0, "{read}");
    change_everything(&scene.running);
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!((summary.resumed, &summary.full), (read, &Some(FullFetchReason::NoSnapshot)), "{summary:?}");
    assert_eq!((summary.tables, summary.written.unchanged), (scene.running.schema().tables.len(), false));
    scene.assert_current();
    // The next fetch asks for changes since this one.
    let (summary, changed) = scene.rewritten().await;
    assert_eq!((summary.full, summary.requests, changed.len()), (None, 1, 0));
}

/// Whatever changed before a fetch is resumed, the result is the organisation at that time.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_resumed_fetch_has_every_change_since_the_interruption() {
    let mut scene = Scene::of(sample()).await;
    let untold: Change = |s| {
        // No stamp covers operations.
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

/// A mixture of what an interrupted fetch had read and what changed since is never a snapshot: if the resumed
/// fetch is interrupted again, the old state stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_interrupted_fetch_leaves_the_old_snapshot_in_place() {
    let scene = Scene::of(sample()).await;
    scene.interrupt(Interruption::Tables);
    change_everything(&scene.running);
    scene.interrupt(Interruption::Since);
    assert!(!scene.dir.exists());
    // The same if the service fails instead.
    scene.running.faults("always on RetrieveMetadataChanges: 403".parse().unwrap());
    let client = client(&scene.running);
    fetch(&client, &scene.dir, &FetchOptions::default(), &()).await.unwrap_err();
    assert!(!scene.dir.exists());
    scene.running.faults("always: none".parse().unwrap());
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!(summary.resumed, summary.tables);
    scene.assert_current();

    // The same if there is a snapshot: it stays.
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

/// A fetch that is resumed says so; one for which everything was requested begins anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_a_fetch_that_is_resumed_tells_how_much_it_has() {
    for full in [false, true] {
        let scene = Scene::of(few()).await;
        let read = scene.interrupt(Interruption::Tables);
        let calls = Calls::default();
        let mut options = FetchOptions::default();
        options.full = full;
        if full {
            // The options are the same as those of the fetch that was interrupted; the snapshot is there now.
            dvkit_schema::store::write(&scene.dir, &few()).unwrap();
        }
        let summary = fetch(&client(&scene.running), &scene.dir, &options, &calls).await.unwrap();
        let mut told = calls.take();
        told.retain(|call| {
            !["tables", "choices", "metadata", "since"].iter().any(|name| call.starts_with(name))
        });
        let planned = format!("planned {}", few().tables.len());
        let expected = match full {
            false => vec![
                "full NoSnapshot".to_owned(),
                format!("resumed {read}"),
                planned,
                "assembling".to_owned(),
            ],
            true => vec!["full Requested".to_owned(), planned, "assembling".to_owned()],
        };
        assert_eq!((told, summary.resumed), (expected, if full { 0 } else { read }));
        assert_eq!(summary.tables, few().tables.len());
        assert_eq!(fs::read_dir(scene.dir.parent().unwrap()).unwrap().count(), 1);
    }
}

/// If the changes since the interruption cannot be learnt, everything is read again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_fetch_starts_again_if_it_cannot_learn_what_changed() {
    // The stamp has expired.
    let scene = Scene::of(sample()).await;
    scene.interrupt(Interruption::Assembling);
    change_everything(&scene.running);
    scene.running.forget_changes();
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!((summary.full, summary.resumed), (Some(FullFetchReason::NoSnapshot), 0));
    scene.assert_current();

    // There is no stamp.
    let scene = Scene::of(sample()).await;
    scene.running.faults("always on RetrieveMetadataChanges: 501".parse().unwrap());
    scene.interrupt(Interruption::Assembling);
    change_everything(&scene.running);
    let summary = scene.fetch(&FetchOptions::default()).await;
    assert_eq!((summary.used_entity_definitions, summary.resumed), (true, 0));
    scene.assert_current();

    // Only the list of tables was read, and it has one more table now.
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
