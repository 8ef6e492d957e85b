//! `schema fetch` against an emulated organisation: fetched, compared, killed during a fetch, and run again.

#![expect(clippy::print_stdout, reason = "says what it skipped, and how it went")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
#[cfg(unix)]
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_schema::{LocalizedText, Schema, Store, store};
use dvkit_schema_fetch::import;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// An emulated organisation, and a working folder.
struct Scene {
    runtime: Runtime,
    running: Option<RunningEmulator>,
    home: TempDir,
}

impl Scene {
    fn new() -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
        Self::of(Store::open(dir).unwrap().load().unwrap())
    }

    fn of(mut schema: Schema) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        schema.org.url = None;
        let running = runtime.block_on(Emulator::builder(schema).start()).unwrap();
        Self { runtime, running: Some(running), home: TempDir::new().unwrap() }
    }

    fn running(&self) -> &RunningEmulator {
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

    /// Fails unless the folder holds one of these two snapshots; without `old`, it may hold none.
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
fn a_fetch_of_everything_says_why_and_a_quiet_one_says_nothing() {
    let scene = Scene::new();
    let first = scene.fetch(&[]);
    assert!(!text(&first.stderr).contains("reading everything"), "{}", text(&first.stderr));
    let full = scene.fetch(&["--full"]);
    assert!(text(&full.stderr).contains("reading everything: "), "{}", text(&full.stderr));
    assert!(text(&full.stdout).starts_with("schema is up to date: 22 tables, "), "{}", text(&full.stdout));
    let again = scene.fetch(&[]);
    assert!(!text(&again.stderr).contains("reading everything"), "{}", text(&again.stderr));
    assert!(text(&again.stdout).contains(": nothing changed\n"), "{}", text(&again.stdout));
    let quiet = scene.fetch(&["--quiet", "--full"]);
    assert_eq!((quiet.status.code(), &*text(&quiet.stdout), &*text(&quiet.stderr)), (Some(0), "", ""));
}

#[test]
fn a_person_is_told_the_page_and_the_code_to_sign_in_with() {
    let scene = Scene::new();
    let url = scene.running().url().to_owned();
    let mut command = scene.command(&["schema", "fetch", "--device-code", "--client-id=a", "--url", &url]);
    command.env("XDG_STATE_HOME", scene.home.path()).stderr(Stdio::piped()).stdout(Stdio::null());
    let mut process = command.spawn().unwrap();
    let lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = lines.into_iter().find(|line| line.starts_with("open "));
    process.kill().unwrap();
    process.wait().unwrap();
    let told = told.unwrap();
    let (page, rest) = told.strip_prefix("open ").unwrap().split_once(" and type ").unwrap();
    let (code, time) = rest.split_once(' ').unwrap();
    assert!(page.starts_with(&url) && !code.is_empty(), "{told}");
    assert_eq!(time, "(within 15 minutes)");
}

#[test]
fn an_organisation_is_fetched_and_compared() {
    let scene = Scene::new();
    let first = scene.fetch(&[]);
    let said = text(&first.stdout);
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert!(said.starts_with("schema written: 22 tables, ") && said.contains(" requests"), "{said}");
    let all = Store::open(scene.dir()).unwrap().load().unwrap();
    assert!(all == *scene.running().schema());

    // Without changes, the exit status is 0.
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

    // With the settings in `dvkit.toml`, only changes are requested.
    let config = format!("[fetch]\nurl = '{}'\n", scene.running().url());
    scene.write("dvkit.toml", &config);
    let from_file = ["schema", "fetch", "--token-env", "TOKEN"];
    let second = scene.command(&from_file).arg("--trust-url").output().unwrap();
    let said = text(&second.stdout);
    assert!(
        said.contains(": 1 table changed, 1 column removed (contact.fullname)"),
        "{said}{}",
        text(&second.stderr)
    );
    assert!(said.contains(", 1 request\n"), "{said}");
}

/// Runs a fetch with the URL of `dvkit.toml` at a terminal where a person types `answer`. Returns the status and what the
/// terminal shows.
#[cfg(unix)]
fn fetch_at_a_terminal(scene: &Scene, args: &[&str], answer: &str) -> (Option<i32>, String) {
    use rustix::fs::{Mode, OFlags};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut ours = fs::File::from(ours);
    ours.write_all(answer.as_bytes()).unwrap();
    let mut command = scene.command(&["schema", "fetch", "--token-env", "TOKEN", "--quiet"]);
    command.args(args).stdin(theirs.try_clone().unwrap()).stderr(theirs).stdout(Stdio::null());
    let mut process = command.spawn().unwrap();
    // The terminal ends when no process has it any more.
    drop(command);
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = ours.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
    }
    (process.wait().unwrap().code(), text(&shown))
}

#[cfg(unix)]
#[test]
fn a_person_at_a_terminal_is_asked_before_a_token_is_sent() {
    let scene = Scene::new();
    let url = scene.running().url().to_owned();
    let host = url.trim_start_matches("http://");
    scene.write("dvkit.toml", &format!("[fetch]\nurl = '{url}'\n"));
    let question = format!("`dvkit.toml` names the organisation `{host}`: send it your token? [y/N] ");
    let before = scene.running().requests().len();
    for answer in ["n\n", "\n", "no\n", "yellow\n", "\u{4}"] {
        let (status, shown) = fetch_at_a_terminal(&scene, &[], answer);
        assert_eq!(status, Some(2), "{answer:?}: {shown}");
        assert!(shown.contains(&question), "{answer:?}: {shown}");
        assert!(shown.contains(&format!("nothing was sent to `{host}`")), "{answer:?}: {shown}");
    }
    assert_eq!(scene.running().requests().len(), before, "nothing was sent");
    let (status, shown) = fetch_at_a_terminal(&scene, &[], "y\n");
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.contains(&question), "{shown}");
    assert!(scene.running().requests().len() > before, "the token was sent");
    let (status, shown) = fetch_at_a_terminal(&scene, &["--trust-url"], "");
    assert_eq!((status, shown.contains("[y/N]")), (Some(0), false), "{shown}");
}

/// A URL from a file gets no stored token unless the user confirms it, and the message names the host.
#[test]
fn an_address_of_a_file_is_confirmed() {
    let scene = Scene::new();
    let host = scene.running().url().trim_start_matches("http://").to_owned();
    scene.write("dvkit.toml", &format!("[fetch]\nurl = '{}'\nclient_id = 'app'\n", scene.running().url()));
    scene.write("secret.txt", "hunter2hunter2");
    let before = scene.running().requests().len();
    for way in [
        &["--token-env", "TOKEN"][..],
        &["--client-secret-env", "TOKEN"],
        &["--client-secret-file", "secret.txt"],
        &["--certificate-file", "secret.txt"],
        &["--azure-cli"],
        &[],
    ] {
        for check in [false, true] {
            let mut command = scene.command(&["schema", "fetch"]);
            command.args(way).args(check.then_some("--check")).env("DVKIT_CLIENT_SECRET", "hunter2hunter2");
            let ran = command.output().unwrap();
            let said = text(&ran.stderr);
            assert_eq!(ran.status.code(), Some(2), "{way:?}: {said}");
            for word in [&host, "dvkit.toml", "--trust-url", "--url"] {
                assert!(said.contains(word), "{way:?}: {said}");
            }
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
    assert_eq!(scene.running().requests().len(), before, "nothing was sent");
    let trusted =
        scene.command(&["schema", "fetch", "--token-env", "TOKEN", "--trust-url"]).output().unwrap();
    assert!(trusted.status.success(), "{}", text(&trusted.stderr));
    assert!(text(&trusted.stderr).contains(&format!("signing in to {host} ")), "{}", text(&trusted.stderr));
    let given = scene.fetch(&["--full"]);
    assert!(given.status.success(), "{}", text(&given.stderr));
}

/// A fetch with a pause of a year ends with an error instead of waiting.
#[test]
fn a_pause_that_is_too_long_ends_the_fetch() {
    let scene = Scene::new();
    scene.running().faults(
        "always on EntityDefinitions: 429 after 31536000\nalways on Retrieve: 429 after 31536000"
            .parse()
            .unwrap(),
    );
    let ran = scene.fetch(&[]);
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("asks to wait 365 days") && said.contains("15 min"), "{said}");
    assert_eq!(scene.running().requests().iter().filter(|seen| seen.status == 429).count(), 1);
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

/// A check does not open the file of the operations, even if it is damaged.
#[test]
fn a_check_reads_no_operations() {
    let scene = Scene::new();
    store::write(scene.dir(), &scene.running().schema()).unwrap();
    fs::write(scene.dir().join("operations.json"), "damaged").unwrap();
    let check =
        scene.command(&["check", "accounts?$select=name&$top=1", "--schema", "schema"]).output().unwrap();
    assert!(check.status.success(), "{}{}", text(&check.stdout), text(&check.stderr));
    let explain = scene.command(&["explain", "WhoAmI", "--schema", "schema"]).output().unwrap();
    assert_eq!(explain.status.code(), Some(2));
    assert!(text(&explain.stderr).contains("operations.json"), "{}", text(&explain.stderr));
}

/// Random numbers with a seed that differs in each run; a failure prints the seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// A fetch killed at one of fifty random moments never leaves a partial snapshot, and the next run completes
/// it.
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
            account.display_name = LocalizedText::new(1033, format!("Account {round}"));
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
            // The machine is now faster than at first: a fetch that has finished cannot be killed.
            longest -= longest / 20;
        } else if random.below(3) == 0 {
            longest += longest / 20;
            // The next run continues where the killed one stopped.
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

/// Returns the schema of a real organisation with 328 entity sets, if the corpus has it.
fn real() -> Option<Schema> {
    let corpus = std::env::var_os("DVKIT_CORPUS").map(|c| PathBuf::from(c).join("../data"));
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let places = corpus.into_iter().chain([here.join("../shared/data"), here.join("../../shared/data")]);
    let found = places.map(|p| p.join("csdl/bcgov_embc-dfa_DynamicsCsdl.xml")).find(|p| p.is_file());
    if found.is_none() {
        println!("skipped: no corpus");
    }
    let mut schema = import(&[found?], &mut ()).unwrap().schema;
    // A fetch has the order that the emulator serves, which a `$metadata` document does not have.
    dvkit_tests::set_served_order(&mut schema);
    Some(schema)
}

/// Returns the files of a snapshot except the fetch state; empty if there is no snapshot.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|e| e.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().unwrap() != "sync.json" {
                found.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// An emulated organisation of 325 tables in two states that differ in one table, with the expected files of
/// each.
struct Great {
    scene: Scene,
    first: Schema,
    a: BTreeMap<PathBuf, Vec<u8>>,
    b: BTreeMap<PathBuf, Vec<u8>>,
    /// The duration of an uninterrupted fetch.
    usual: u64,
    random: Random,
}

impl Great {
    fn new() -> Option<Self> {
        let scene = Scene::of(real()?);
        let expected = |called: &str| {
            let mut schema = Schema::clone(&scene.running().schema());
            name(&mut schema, called);
            schema.collect_languages();
            let dir = scene.home.path().join("expected");
            store::write(&dir, &schema).unwrap();
            let found = files(&dir);
            fs::remove_dir_all(&dir).unwrap();
            (schema, found)
        };
        let ((first, a), (_, b)) = (expected("A"), expected("B"));
        scene.running().change(|schema| name(schema, "A"));
        assert!(a != b && a.len() > 300);
        let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
        println!("seed {seed}");
        let mut great = Self { scene, first, a, b, usual: 0, random: Random(seed) };
        let start = Instant::now();
        assert!(great.scene.fetch(&[]).status.success());
        great.usual = start.elapsed().as_micros() as u64;
        assert!(great.there() == great.a);
        Some(great)
    }

    /// Returns the snapshot files that readers find. A writer killed between its two renames leaves the old
    /// files beside.
    fn there(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        match files(&self.scene.dir()) {
            none if none.is_empty() => files(&self.scene.home.path().join(".schema.dvkit-old")),
            found => found,
        }
    }

    /// Kills a fetch at a random moment. Returns whether it had finished, and its output.
    fn kill(&mut self, args: &[&str]) -> (bool, String) {
        let url = self.scene.running().url();
        let mut command = self.scene.command(&["schema", "fetch", "--url", url, "--token-env", "TOKEN"]);
        let mut child = command.args(args).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_micros(self.random.below(self.usual)));
        child.kill().unwrap();
        let ended = child.wait_with_output().unwrap();
        (ended.status.success(), text(&ended.stderr))
    }

    fn completes(&self, args: &[&str], expected: &BTreeMap<PathBuf, Vec<u8>>) {
        let ran = self.scene.fetch(args);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        assert!(self.there() == *expected);
        assert_eq!(
            fs::read_dir(self.scene.home.path()).unwrap().count(),
            1,
            "nothing is left beside the snapshot"
        );
    }
}

fn name(schema: &mut Schema, called: &str) {
    schema.tables.get_mut("account").unwrap().display_name = LocalizedText::new(1033, called);
}

/// A first fetch of a real organisation is killed twenty-five times, and each run continues the previous one.
/// At every moment there is no snapshot, or the complete one, byte for byte.
#[test]
fn a_first_fetch_that_is_killed_leaves_all_or_nothing() {
    let Some(mut great) = Great::new() else { return };
    fs::remove_dir_all(great.scene.dir()).unwrap();
    let (mut killed, mut rounds, mut resumed) = (0, 0, 0);
    while killed < 25 {
        rounds += 1;
        assert!(rounds < 150, "only {killed} of {rounds} were killed");
        let (survived, said) = great.kill(&[]);
        resumed += usize::from(said.contains("going on where the last one was interrupted"));
        killed += usize::from(!survived);
        let found = great.there();
        assert!(found == great.a || found.is_empty() && !survived, "round {rounds}: a part of a snapshot");
        if survived {
            fs::remove_dir_all(great.scene.dir()).unwrap();
        }
    }
    println!("{killed} of {rounds} were killed within {} ms each; {resumed} went on", great.usual / 1000);
    assert!(resumed > 5, "{resumed} went on where another one was killed");
    great.completes(&[], &great.a);
}

/// A fetch that replaces the snapshot of a real organisation is killed twenty-five times. The snapshot is
/// always the old one or the new one, byte for byte.
#[test]
fn a_later_fetch_that_is_killed_leaves_the_old_one_or_the_new_one() {
    let Some(mut great) = Great::new() else { return };
    great.scene.running().change(|schema| name(schema, "B"));
    let (mut killed, mut rounds) = (0, 0);
    while killed < 25 {
        rounds += 1;
        assert!(rounds < 150, "only {killed} of {rounds} were killed");
        let (survived, _) = great.kill(&["--full"]);
        killed += usize::from(!survived);
        let found = great.there();
        assert!(found == great.b || found == great.a && !survived, "round {rounds}: neither of the two");
        if found == great.b {
            // The old snapshot is restored, so that the next fetch has something to replace.
            store::write(great.scene.dir(), &great.first).unwrap();
            assert!(great.there() == great.a);
        }
    }
    println!("{killed} of {rounds} were killed within {} ms each", great.usual / 1000);
    great.completes(&["--full"], &great.b);
}
