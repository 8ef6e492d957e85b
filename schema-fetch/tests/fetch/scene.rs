//! Served organisations, and the files of their snapshots, for the tests of fetches.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, RetryPolicy};
use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_schema::{Schema, TableKind, store};
use dvkit_schema_fetch::web_api::{FetchOptions, FetchSummary, fetch};
use tempfile::TempDir;

pub(crate) fn client(running: &RunningEmulator) -> Client {
    let token = StaticToken::new(running.token("ann"));
    Client::builder(running.url()).token_source(token).build().unwrap()
}

/// Returns all files in the snapshot's directory, except the state of the fetch.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found.remove("sync.json");
    found
}

/// Returns the files that a directory must have after a fetch of this organisation.
pub(crate) fn expected(schema: &Schema) -> BTreeMap<String, Vec<u8>> {
    let home = TempDir::new().unwrap();
    let dir = home.path().join("schema");
    store::write(&dir, schema).unwrap();
    files(&dir)
}

#[track_caller]
pub(crate) fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in expected {
        if found[name] != *bytes {
            let (a, b) = (String::from_utf8_lossy(&found[name]), String::from_utf8_lossy(bytes));
            let (line, pair) = a.lines().zip(b.lines()).enumerate().find(|(_, (a, b))| a != b).unwrap();
            panic!("{name}:{}\n  found {}\nexpected {}", line + 1, pair.0, pair.1);
        }
    }
}

/// A directory, and an organisation that is served.
pub(crate) struct Scene {
    _home: TempDir,
    pub(crate) dir: PathBuf,
    pub(crate) running: RunningEmulator,
}

impl Scene {
    pub(crate) async fn of(schema: Schema) -> Self {
        let home = TempDir::new().unwrap();
        let dir = home.path().join("schema");
        Self { _home: home, dir, running: Emulator::builder(schema).start().await.unwrap() }
    }

    pub(crate) async fn fetch(&self, options: &FetchOptions) -> FetchSummary {
        fetch(&client(&self.running), &self.dir, options, &()).await.unwrap_or_else(|e| panic!("{e}"))
    }

    /// Fetches, and returns the summary with the files that changed.
    pub(crate) async fn rewritten(&self) -> (FetchSummary, Vec<String>) {
        let before = files(&self.dir);
        let summary = self.fetch(&FetchOptions::default()).await;
        let after = files(&self.dir);
        let names = after.keys().chain(before.keys()).collect::<std::collections::BTreeSet<_>>();
        let changed = names.into_iter().filter(|n| before.get(*n) != after.get(*n)).cloned().collect();
        (summary, changed)
    }
}

/// The faults of each script. A sign-in page with status 200 and a response that is not JSON occur once only,
/// since they are not repeated for ever: with a token that nobody can renew such a page ends the fetch, and
/// the next fetch resumes it.
pub(crate) const FAULTS: &[&str] = &[
    "1..2 on RetrieveMetadataChanges: 429 after 0\n1 on $metadata: 429 date 0\n1 on GlobalOptionSetDefinitions: 429",
    "every 3: 503",
    "every 4: 502\n2 on RetrieveMetadataChanges: 504",
    "every 3: reset",
    "2 on RetrieveMetadataChanges: truncate 4000\n1 on $metadata: truncate 100000",
    "2..3 on RetrieveMetadataChanges: slow 5\nalways on token: delay 5",
    "2 on RetrieveMetadataChanges: expired-token\n1 on GlobalOptionSetDefinitions: expired-token",
    "3 on RetrieveMetadataChanges: empty",
    "always on RetrieveMetadataChanges: duplicate\nalways on GlobalOptionSetDefinitions: duplicate",
    "2 on RetrieveMetadataChanges: login-page\n1 on $metadata: login-page",
];

/// Fetches a served organisation under each script until the snapshot is complete.
pub(crate) async fn under_every_script(schema: Schema) {
    let expected = expected(&schema);
    // Names, `$metadata`, global choices, and ten tables at a time.
    let clean =
        3 + schema.tables.values().filter(|t| t.kind != Some(TableKind::Abstract)).count().div_ceil(10);
    let running = Emulator::builder(schema).start().await.unwrap();
    for script in FAULTS {
        let home = TempDir::new().unwrap();
        let dir = home.path().join("schema");
        let before = running.requests().len();
        running.faults(script.parse().unwrap());
        let soon = std::time::Duration::from_millis(2);
        let mut policy = RetryPolicy::default();
        (policy.first_wait, policy.max_wait) = (soon, soon);
        let token = StaticToken::new(running.token("ann"));
        let client = Client::builder(running.url()).token_source(token).retry(policy).build().unwrap();
        let mut attempts = 0;
        loop {
            attempts += 1;
            match fetch(&client, &dir, &FetchOptions::default(), &()).await {
                Ok(_) => break,
                // The next fetch resumes this one.
                Err(e) if attempts < 5 => println!("{script:?}: {e}"),
                Err(e) => panic!("{script:?}: {e}"),
            }
        }
        let seen = running.requests().split_off(before);
        let refused = seen.iter().filter(|r| r.status != 200).count();
        println!("{script:?}: {attempts} fetches, {} requests, {refused} of them refused", seen.len());
        // Every script has an effect: a fault that does not end a request by its status costs another
        // request, unless the script only waits or repeats.
        let quiet = ["slow", "duplicate"].iter().any(|fault| script.contains(fault));
        assert!(quiet || refused > 0 || seen.len() > clean, "{script}");
        assert_same(&files(&dir), &expected);
    }
    running.stop().await;
}
