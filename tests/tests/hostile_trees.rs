//! Random folders around a snapshot, a journal, a token store and generated code, as somebody else's
//! repository may contain them: links, folders, files and leftovers. Whatever command runs there, nothing
//! outside changes, and nothing of the user's is lost.
//!
//! `DVKIT_TREES` sets the number of folders (default 100), `DVKIT_SEED` the first seed.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use dvkit_client::Client;
use dvkit_client::auth::{FileStore, StaticToken, TokenStore as _};
use dvkit_emulator::Emulator;
use dvkit_schema::store::{self, SnapshotWriter, SyncState};
use dvkit_schema::{Org, Schema, Store};
use dvkit_schema_fetch::import_into;
use dvkit_schema_fetch::web_api::{FetchOptions, fetch};
use dvkit_tests::{listing, workspace};
use secrecy::SecretString;

/// A generator of pseudo-random numbers; the same seed gives the same sequence.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % n
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// The paths below the repository where something may be.
const PATHS: &[&str] = &[
    "schema",
    "schema/tables",
    "schema/choices",
    "schema/org.json",
    "schema/sync.json",
    "schema/operations.json",
    "schema/tables/account.json",
    "schema/tables/contact.json",
    "schema/tables/notes.txt",
    "schema/README.md",
    "schema/extra",
    "schema/extra/deep",
    ".schema.dvkit-new",
    ".schema.dvkit-new/tables",
    ".schema.dvkit-new/tables/account.json",
    ".schema.dvkit-new/org.json",
    ".schema.dvkit-new/README.md",
    ".schema.dvkit-old",
    ".schema.dvkit-old/tables",
    ".schema.dvkit-old/tables/account.json",
    ".schema.dvkit-old/org.json",
    ".schema.dvkit-old/README.md",
    ".schema.dvkit-lock",
    ".schema.dvkit-fetch",
    ".schema.dvkit-fetch/journal.json",
    ".schema.dvkit-fetch/plan.json",
    ".schema.dvkit-fetch/lock",
    ".schema.dvkit-fetch/part-0000.json",
    ".schema.dvkit-fetch/metadata.xml",
    ".schema.dvkit-fetch/draft",
    ".schema.dvkit-fetch/draft/tables",
    ".schema.dvkit-fetch/.draft.dvkit-new",
    ".schema.dvkit-fetch/notes.txt",
    "state",
    "state/tokens.json",
    "state/tokens.lock",
    "generated",
    "generated/crm.rs",
];

/// The ends of paths that do not belong to dvkit.
const USER_FILES: &[&str] = &["README.md", "notes.txt", "extra", "deep"];

/// The targets of links, relative to the top.
const TARGETS: &[&str] = &[
    "home",
    "home/ssh",
    "home/ssh/id_rsa",
    "home/snapshot",
    "home/snapshot/org.json",
    "home/snapshot/tables",
    "home/snapshot/tables/account.json",
    "home/empty",
    "home/empty.txt",
    "home/tokens.json",
    "home/new",
];

struct Scene {
    top: tempfile::TempDir,
    repo: PathBuf,
    small: Schema,
    large: Schema,
}

/// A runtime for the files of tokens.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn save_token(
    runtime: &tokio::runtime::Runtime,
    path: &Path,
    account: &str,
    token: &str,
) -> dvkit_client::Result<()> {
    runtime.block_on(FileStore::new(path).save(account, &SecretString::from(token)))
}

impl Scene {
    fn new(random: &mut Random, large: &Schema) -> Self {
        let mut small = large.clone();
        small.tables.retain(|name, _| name.as_str() < "c");
        small.choices.clear();
        let top = tempfile::tempdir().unwrap();
        let (home, repo) = (top.path().join("home"), top.path().join("repo"));
        for folder in ["ssh", "empty"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        for name in ["ssh/id_rsa", "ssh/account.json", "ssh/org.json", "ssh/crm.rs"] {
            fs::write(home.join(name), "precious").unwrap();
        }
        fs::write(home.join("empty.txt"), "").unwrap();
        store::write(home.join("snapshot"), &small).unwrap();
        save_token(&runtime(), &home.join("tokens.json"), "a", "precious").unwrap();
        fs::create_dir(&repo).unwrap();
        let scene = Self { top, repo, small, large: large.clone() };
        if random.below(4) > 0 {
            store::write(scene.repo.join("schema"), &scene.small).unwrap();
        }
        if random.below(3) == 0 {
            save_token(&runtime(), &scene.repo.join("state/tokens.json"), "a", "x").unwrap();
        }
        for number in 0..random.below(7) {
            scene.put(random, number);
        }
        scene
    }

    /// Puts something at a random path, replacing what was there.
    fn put(&self, random: &mut Random, number: usize) {
        let place = random.of(PATHS);
        let path = self.repo.join(place);
        // Not through a link, since the test itself would then write outside.
        let is_linked = |p: &Path| fs::symlink_metadata(p).is_ok_and(|m| !m.is_dir());
        if path.ancestors().skip(1).take_while(|p| p.starts_with(&self.repo)).any(is_linked) {
            return;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if let Ok(there) = fs::symlink_metadata(&path) {
            if there.is_dir() { fs::remove_dir_all(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
        }
        match random.below(12) {
            0..=4 => {
                let target = self.top.path().join(random.of(TARGETS));
                symlink(target, &path).unwrap();
            }
            5 => symlink(self.repo.join(random.of(PATHS)), &path).unwrap(),
            6 => fs::create_dir(&path).unwrap(),
            7 => {
                fs::create_dir(&path).unwrap();
                fs::write(path.join("thesis.txt"), format!("user's {number}")).unwrap();
            }
            8 => fs::write(&path, random.of(&["", "{}", "{\"dvkit_journal\":1}\n"])).unwrap(),
            // A file with a name of dvkit's belongs to dvkit, whatever it contains.
            9 => {
                let is_mine = USER_FILES.iter().any(|mine| place.ends_with(mine));
                let whose = if is_mine { "user's" } else { "nobody's" };
                fs::write(&path, format!("{whose} {number}")).unwrap();
            }
            10 => {
                let schema = if random.below(2) == 0 { &self.small } else { &self.large };
                let staged = self.top.path().join("staged");
                store::write(&staged, schema).unwrap();
                fs::rename(staged, &path).unwrap();
            }
            _ => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
        }
    }

    fn dir(&self) -> PathBuf {
        self.repo.join("schema")
    }
}

/// Returns the contents that the user put into the repository. Paths may change when an old snapshot is put
/// back.
fn user_contents(all: &BTreeMap<PathBuf, String>) -> Vec<&String> {
    let mut found: Vec<_> = all.values().filter(|what| what.starts_with("user's")).collect();
    found.sort();
    found
}

/// Returns the links at paths that do not belong to dvkit.
fn links(all: &BTreeMap<PathBuf, String>) -> Vec<(&PathBuf, &String)> {
    let is_mine = |path: &&PathBuf| {
        ["schema/README.md", "schema/extra", "schema/tables/notes.txt"]
            .iter()
            .any(|mine| path.starts_with(mine))
    };
    all.iter().filter(|(path, what)| what.starts_with("-> ") && is_mine(path)).collect()
}

struct Commands {
    runtime: tokio::runtime::Runtime,
    client: Client,
    file: PathBuf,
}

impl Commands {
    /// Runs one of the commands; returns its name and its error.
    fn run(&self, number: usize, scene: &Scene) -> (&'static str, Option<String>) {
        let dir = scene.dir();
        fn told<T, E: std::fmt::Display>(result: Result<T, E>) -> Option<String> {
            result.err().map(|e| e.to_string())
        }
        match number {
            0 => ("write small", told(store::write(&dir, &scene.small))),
            1 => ("write large", told(store::write(&dir, &scene.large))),
            2 => {
                let written = SnapshotWriter::begin(&dir).and_then(|mut writer| {
                    scene.large.tables.values().try_for_each(|table| writer.table(table))?;
                    writer.finish(&Org::default(), &SyncState::new("https://x", serde_json::Value::Null))
                });
                ("writer", told(written))
            }
            3 => ("read", told(Store::open(&dir).and_then(|store| store.load()))),
            4 => ("state", told(SyncState::read(&dir))),
            5 => ("import", told(import_into(&dir, std::slice::from_ref(&self.file), &mut ()))),
            6 => {
                let options = FetchOptions::default();
                let fetched = fetch(&self.client, &dir, &options, &());
                ("fetch", told(self.runtime.block_on(fetched)))
            }
            7 => {
                let path = scene.repo.join("state/tokens.json");
                let saved = save_token(&self.runtime, &path, "b", "x");
                let tokens = FileStore::new(&path);
                ("token", told(saved.and_then(|()| self.runtime.block_on(tokens.remove("b")))))
            }
            _ => {
                let path = scene.repo.join("generated/crm.rs");
                ("generate", told(dvkit_codegen::output::write_if_changed(&path, b"// generated")))
            }
        }
    }
}

/// The number of commands.
const COMMANDS: usize = 9;

#[test]
fn commands_on_hostile_trees_change_nothing_outside_and_lose_nothing() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |n| n.parse().unwrap());
    let (first, trees) = (number("DVKIT_SEED", 1), number("DVKIT_TREES", 100));
    let large = Store::open(workspace().join("fixtures/schema")).unwrap().load().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let running = runtime.block_on(Emulator::builder(large.clone()).start()).unwrap();
    let token = StaticToken::new(running.token("ann"));
    let client = Client::builder(running.url()).token_source(token).build().unwrap();
    let commands = Commands { runtime, client, file: workspace().join("fixtures/org/metadata.json") };
    let (mut done, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for seed in first..first + trees {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.below(2);
        let scene = Scene::new(&mut random, &large);
        let home = listing(&scene.top.path().join("home"));
        for _ in 0..5 {
            let before = listing(&scene.repo);
            let was = Store::open(scene.dir()).and_then(|store| store.load()).ok();
            let (name, error) = commands.run(random.below(COMMANDS), &scene);
            let about = format!("seed {seed}, {name}: {error:?}\n{before:#?}");
            assert_eq!(listing(&scene.top.path().join("home")), home, "outside, {about}");
            let after = listing(&scene.repo);
            // A user's file at the path of an output file is replaced as a whole.
            let is_output = ["generate", "token"].contains(&name);
            if error.is_some() || !is_output {
                assert_eq!(user_contents(&after), user_contents(&before), "lost, {about}\n{after:#?}");
            }
            assert_eq!(links(&after), links(&before), "lost, {about}\n{after:#?}");
            let is = Store::open(scene.dir()).and_then(|store| store.load()).ok();
            assert!(was.is_none() || is.is_some(), "the snapshot is lost, {about}\n{after:#?}");
            if error.is_some() {
                assert_eq!(is, was, "{about}");
            }
            let counts = if error.is_some() { &mut refused } else { &mut done };
            *counts.entry(name).or_insert(0) += 1;
        }
    }
    println!("{trees} trees: done {done:?}, refused {refused:?}");
    commands.runtime.block_on(running.stop());
    assert!(trees < 100 || (done.len() == COMMANDS && refused.len() >= COMMANDS - 1), "{done:?} {refused:?}");
}
