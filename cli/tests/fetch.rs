//! The program against a served organisation: fetched, compared, killed while it fetches, and run again.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use dvkit_emulator::{Emulator, Running};
use dvkit_schema::{Label, Schema, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A served organisation, and a folder to work in.
struct Scene {
    runtime: Runtime,
    running: Option<Running>,
    home: TempDir,
}

impl Scene {
    fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
        let mut schema = Store::open(dir).unwrap().load().unwrap();
        schema.org.url = None;
        let running = runtime.block_on(Emulator::builder(schema).start()).unwrap();
        Self { runtime, running: Some(running), home: TempDir::new().unwrap() }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("schema")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
        command.current_dir(self.home.path()).args(args).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env("TOKEN", self.running().token("ann"));
        command
    }

    fn fetch(&self, args: &[&str]) -> Output {
        let mut command =
            self.command(&["schema", "fetch", "--url", self.running().url(), "--token-env", "TOKEN"]);
        command.args(args).output().unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.home.path().join(name), text).unwrap();
    }

    /// What there is has to be a whole snapshot: one of these two.
    fn assert_whole(&self, old: Option<&Schema>, new: &Schema, what: &str) {
        match Store::open(self.dir()) {
            Ok(store) => {
                let found = store.load().unwrap_or_else(|e| panic!("{what}: {e}"));
                assert!(
                    Some(&found) == old || found == *new,
                    "{what}: neither the old snapshot nor the new one"
                );
            }
            Err(e) => assert!(old.is_none(), "{what}: {e}"),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn an_organisation_is_fetched_and_compared() {
    let scene = Scene::new();
    let first = scene.fetch(&[]);
    let said = text(&first.stdout);
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert!(said.starts_with("schema written: 19 tables, ") && said.contains(" requests"), "{said}");
    let all = Store::open(scene.dir()).unwrap().load().unwrap();
    assert!(all == *scene.running().schema());

    // Nothing is different, and the status says so.
    let same = scene.fetch(&["--check"]);
    assert_eq!((same.status.code(), text(&same.stdout).as_str()), (Some(0), "no changes\n"));

    scene.running().change(|schema| {
        schema.tables.get_mut("contact").unwrap().columns.retain(|c| c.logical_name != "fullname");
    });
    scene.write(
        "queries.odata",
        "contacts?$select=fullname\ncontacts?$select=lastname&$top=1\ncontacts?$select=nope\n",
    );
    let drift = scene.fetch(&["--check", "--queries", "queries.odata", "--fail-on", "never"]);
    let said = text(&drift.stdout);
    assert_eq!(drift.status.code(), Some(1), "{said}{}", text(&drift.stderr));
    assert!(said.contains("breaking  column `fullname` is gone"), "{said}");
    assert!(said.contains("queries.odata:1: breaks") && !said.contains("queries.odata:2"), "{said}");
    assert!(said.ends_with("1 of 3 queries breaks; 1 wrong before already\n"), "{said}");
    assert!(Store::open(scene.dir()).unwrap().load().unwrap() == all, "nothing was written");

    // The same from the file, and only what changed is asked for.
    let config = format!("[fetch]\nurl = '{}'\n", scene.running().url());
    scene.write("dvkit.toml", &config);
    let second = scene.command(&["schema", "fetch", "--token-env", "TOKEN"]).output().unwrap();
    let said = text(&second.stdout);
    assert!(
        said.contains(": 1 table changed, 1 column removed (contact.fullname)"),
        "{said}{}",
        text(&second.stderr)
    );
    assert!(said.contains(", 1 request\n"), "{said}");
}

#[test]
fn what_cannot_be_is_told_without_any_secret() {
    let scene = Scene::new();
    let failed = |command: &mut Command| {
        let ran = command.output().unwrap();
        assert_eq!(ran.status.code(), Some(2));
        text(&ran.stderr)
    };
    let url = scene.running().url().to_owned();
    let said = failed(&mut scene.command(&["schema", "fetch"]));
    assert!(said.contains("--url"), "{said}");
    let said = failed(&mut scene.command(&["schema", "fetch", "--url", &url]));
    assert!(said.contains("how to sign in?") && said.contains("--device-code"), "{said}");
    let said = failed(&mut scene.command(&["schema", "fetch", "--url", &url, "--token-env", "NONE"]));
    assert!(said.contains("`--token-env NONE`"), "{said}");
    let said = failed(&mut scene.command(&["schema", "fetch", "--url", &url, "--short"]));
    assert!(said.contains("`--short` goes with `--check`"), "{said}");
    let mut wrong = scene.command(&["schema", "fetch", "--url", &url, "--token-env", "TOKEN"]);
    let said = failed(wrong.env("TOKEN", "hunter2hunter2"));
    assert!(!said.contains("hunter2"), "{said}");
    let said = failed(
        scene
            .command(&["schema", "fetch", "--url", "http://contoso.example", "--token-env", "TOKEN"])
            .env("X", ""),
    );
    assert!(said.contains("https://"), "{said}");
    assert!(!scene.dir().exists());
}

/// Numbers that are others in each run; a failure names the one to begin with.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// Killed at fifty random moments, the program never leaves half a snapshot, and the next run completes it.
#[test]
fn killed_at_any_moment_it_leaves_a_whole_snapshot() {
    let scene = Scene::new();
    let start = Instant::now();
    let first = scene.fetch(&[]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    let usual = start.elapsed();
    fs::remove_dir_all(scene.dir()).unwrap();

    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    let mut random = Random(seed);
    let mut old: Option<Schema> = None;
    let (mut killed, mut completed, mut round) = (0, 0, 0);
    let mut longest = usual.as_micros() as u64 * 5 / 4;
    while killed < 50 {
        round += 1;
        assert!(round < 1000, "only {killed} of {round} were killed");
        scene.running().change(|schema| {
            let account = schema.tables.get_mut("account").unwrap();
            account.display_name = Label::new(1033, format!("Account {round}"));
        });
        let new = Schema::clone(&scene.running().schema());
        let args: &[&str] = if round % 2 == 0 { &["--full"] } else { &[] };
        let mut command = scene.command(&[
            "schema",
            "fetch",
            "--quiet",
            "--url",
            scene.running().url(),
            "--token-env",
            "TOKEN",
        ]);
        let mut child = command.args(args).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_micros(random.below(longest)));
        child.kill().unwrap();
        let survived = child.wait().unwrap().success();
        killed += u32::from(!survived);
        scene.assert_whole(old.as_ref(), &new, &format!("seed {seed}, round {round}"));
        if survived {
            old = Some(new);
            // The machine is faster now than it was at first: whoever is through cannot be killed.
            longest -= longest / 20;
        } else if random.below(3) == 0 {
            longest += longest / 20;
            // It goes on where it was.
            let again = scene.fetch(&[]);
            assert!(again.status.success(), "seed {seed}, round {round}: {}", text(&again.stderr));
            assert!(Store::open(scene.dir()).unwrap().load().unwrap() == new, "seed {seed}, round {round}");
            completed += 1;
            old = Some(new);
        } else if let Ok(store) = Store::open(scene.dir()) {
            old = Some(store.load().unwrap());
        }
    }
    assert!(completed > 0, "none of {killed} was completed");
    let last = scene.fetch(&[]);
    assert!(last.status.success(), "{}", text(&last.stderr));
    assert!(Store::open(scene.dir()).unwrap().load().unwrap() == *scene.running().schema());
    assert_eq!(fs::read_dir(scene.home.path()).unwrap().count(), 1, "nothing is left beside the snapshot");
}
