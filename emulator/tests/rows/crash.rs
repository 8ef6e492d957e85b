//! Processes that are killed while they write, and threads that write at the same time.
//!
//! The suite runs short forms; these run the long ones by hand:
//! `DVKIT_KILLS=1000 cargo test -p dvkit-emulator --all-features --test rows killed` (after
//! `cargo build -p dvkit-emulator --all-features --example serve`, whose process is killed),
//! `DVKIT_SECONDS=120 cargo test -p dvkit-emulator --all-features --test rows counters`.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dvkit_emulator::Limits;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api, batch, builder};

/// How often the suite kills a process.
const KILLS: u64 = 4;
/// The number of kills after which a new file begins, so that a start stays fast.
const KILLS_PER_FILE: u64 = 50;
/// The programs that write to the process.
const WRITERS: u64 = 4;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |v| v.parse().unwrap())
}

/// A process of the example `serve`, which is killed when it is dropped.
struct Server {
    child: Child,
    web_api: String,
    token: String,
    client: Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        // On Unix this is SIGKILL.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(program: &Path, file: &Path) -> Self {
        let mut child = Self::spawn(program, file);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("the process ended at its start").unwrap();
        let web_api = line() + "/api/data/v9.2/";
        Self { child, web_api, token: line(), client: Client::new() }
    }

    fn spawn(program: &Path, file: &Path) -> Child {
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        Command::new(program).arg(snapshot).arg(file).stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Returns the status and the body of a row or a collection.
    async fn get(&self, path: &str) -> (StatusCode, String) {
        answer(self.request(Method::GET, path)).await.expect("the process is gone")
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.web_api.clone() + path).bearer_auth(&self.token)
    }
}

/// Returns the path of the example `serve`; `None` if it was not built. `cargo test` without the names of targets
/// builds it, and so does `cargo build --example serve`.
fn program() -> Option<PathBuf> {
    let tests = std::env::current_exe().unwrap();
    let path =
        tests.parent()?.parent()?.join("examples").join(format!("serve{}", std::env::consts::EXE_SUFFIX));
    path.exists().then_some(path)
}

/// A writer's view of its rows. Each of its writes creates an account, a contact and a task with one common name:
/// with one request for a row within a row, or with a change set. A change set also writes its number into the
/// account that counts the writer's change sets.
#[derive(Clone, Debug, Default)]
struct Writer {
    number: u64,
    /// The number of the last write that was sent.
    sent: u64,
    /// The number in the account that counts; 0 if there is none yet.
    counter: u64,
    /// The names of the writes that were answered since the last start.
    answered: BTreeSet<String>,
    /// The write that was sent and not answered, so that its rows may exist: its name, and whether it is a change set.
    open: Option<(String, bool)>,
}

impl Writer {
    /// Writes one write after the other until the process is gone.
    async fn write(mut self, server: Arc<Server>, start: u64) -> Self {
        loop {
            self.sent += 1;
            let name = format!("{start}-{}-{}", self.number, self.sent);
            let is_change_set = self.sent.is_multiple_of(2);
            let request = if is_change_set { self.change_set(&server, &name) } else { deep(&server, &name) };
            let Some(answer) = answer(request).await else {
                self.open = Some((name, is_change_set));
                return self;
            };
            match is_change_set {
                true => {
                    assert_eq!(batch::statuses(&answer.1), [204; 4], "{}", answer.1);
                    self.counter = self.sent;
                }
                false => assert_eq!(answer.0, StatusCode::NO_CONTENT, "{}", answer.1),
            }
            self.answered.insert(name);
        }
    }

    /// Returns the request with the change set of this name.
    fn change_set(&self, server: &Server, name: &str) -> RequestBuilder {
        let rows = [
            ("POST accounts".to_owned(), json!({"accountnumber": name})),
            (
                "POST contacts".to_owned(),
                json!({"lastname": name, "parentcustomerid_account@odata.bind": "$1"}),
            ),
            (
                "POST tasks".to_owned(),
                json!({"subject": name, "regardingobjectid_account_task@odata.bind": "$1"}),
            ),
            (format!("PATCH {}", self.counting()), json!({"numberofemployees": self.sent})),
        ];
        let parts: Vec<String> = (1..)
            .zip(rows)
            .map(|(id, (request, body))| batch::part_with(Some(id), &request, "", &body.to_string()))
            .collect();
        let body = batch::message("b", &[batch::change_set(&parts)]);
        server
            .request(Method::POST, "$batch")
            .header("content-type", "multipart/mixed; boundary=b")
            .body(body)
    }

    /// Returns the path of the account that counts the writer's change sets.
    fn counting(&self) -> String {
        format!("accounts(accountnumber='counter {}')", self.number)
    }

    /// Takes over what became of the write that was not answered, and checks the account that counts.
    async fn settle(&mut self, server: &Server, found: &BTreeSet<String>) {
        if let Some((name, is_change_set)) = self.open.take()
            && found.contains(&name)
            && is_change_set
        {
            self.counter = self.sent;
        }
        self.answered.clear();
        let (status, text) = server.get(&format!("{}?$select=numberofemployees", self.counting())).await;
        let counter = serde_json::from_str::<Value>(&text).unwrap()["numberofemployees"].as_u64();
        assert_eq!(counter.unwrap_or_default(), self.counter, "{self:?}: {status} {text}");
    }
}

/// Returns the request that creates an account of this name with a contact and a task.
fn deep(server: &Server, name: &str) -> RequestBuilder {
    server.request(Method::POST, "accounts").json(&json!({
        "accountnumber": name,
        "primarycontactid": {"lastname": name},
        "Account_Tasks": [{"subject": name}],
    }))
}

/// Sends a request. Returns the status and the body, or `None` if the process was gone before the whole response.
async fn answer(request: RequestBuilder) -> Option<(StatusCode, String)> {
    let response = request.send().await.ok()?;
    let status = response.status();
    Some((status, response.text().await.ok()?))
}

/// The tables that a write creates a row of, with the column for its name. Tasks have a base row, too.
const NAMED: [(&str, &str); 4] = [
    ("accounts", "accountnumber"),
    ("contacts", "lastname"),
    ("tasks", "subject"),
    ("activitypointers", "subject"),
];

/// Checks the rows that were written since the start with the number `start`, and adds their writes to `kept`: those
/// that the file has, and how many of them are change sets. The number of all rows has to fit.
async fn check(server: &Server, start: u64, writers: &mut [Writer], kept: &mut (u64, u64)) {
    let mut of_accounts = None;
    for (set, column) in NAMED {
        let path = format!("{set}?$select={column}&$filter=startswith({column},'{start}-')");
        let (_, text) = server.get(&path).await;
        let rows: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(rows["@odata.nextLink"], Value::Null, "more rows than a page has");
        let rows = rows["value"].as_array().unwrap_or_else(|| panic!("{text}"));
        let names: BTreeSet<String> =
            rows.iter().map(|row| row[column].as_str().unwrap().to_owned()).collect();
        assert_eq!(names.len(), rows.len(), "a write was executed twice: {text}");
        let accounts = of_accounts.get_or_insert_with(|| names.clone());
        assert_eq!(names, *accounts, "half of a write in {set}");
    }
    let found = of_accounts.unwrap();
    let answered: BTreeSet<&String> = writers.iter().flat_map(|writer| &writer.answered).collect();
    let open: Vec<&String> = writers.iter().flat_map(|writer| &writer.open).map(|(name, _)| name).collect();
    let lost: Vec<_> = answered.iter().filter(|name| !found.contains(**name)).collect();
    let unknown: Vec<_> =
        found.iter().filter(|name| !answered.contains(*name) && !open.contains(name)).collect();
    assert!(lost.is_empty() && unknown.is_empty(), "lost {lost:?}, never sent {unknown:?}");
    let mut counters = 0;
    for writer in writers {
        writer.settle(server, &found).await;
        counters += u64::from(writer.counter > 0);
    }
    kept.0 += found.len() as u64;
    let is_change_set = |name: &&String| name.ends_with(['0', '2', '4', '6', '8']);
    kept.1 += found.iter().filter(is_change_set).count() as u64;
    let writes = kept.0;
    let path = "RetrieveTotalRecordCount(EntityNames=@n)?@n=[\"account\",\"contact\",\"task\"]";
    let (_, text) = server.get(path).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    let totals = &answer["EntityRecordCountCollection"]["Values"];
    assert_eq!(*totals, json!([writes + counters, writes, writes]), "{text}");
}

// covers: create / answered writes survive a kill
// covers: batch / change sets are all or nothing when the process is killed
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_has_lost_no_answered_write_and_kept_no_half_one() {
    let Some(program) = program() else {
        eprintln!("skipped: the example serve is not built");
        return;
    };
    let kills = number("DVKIT_KILLS", KILLS);
    let begin = Instant::now();
    let (mut writes, mut change_sets, mut killed_at_start) = (0, 0, 0);
    for first in (0..kills).step_by(usize::try_from(KILLS_PER_FILE).unwrap()) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.db");
        let mut writers: Vec<Writer> =
            (0..WRITERS).map(|number| Writer { number, ..Writer::default() }).collect();
        let mut kept = (0, 0);
        let last = kills.min(first + KILLS_PER_FILE);
        for kill in first..=last {
            if kill % 4 == 3 {
                // A process that is killed while it starts.
                let mut early = Server::spawn(&program, &file);
                tokio::time::sleep(Duration::from_millis(kill * 13 % 60)).await;
                early.kill().unwrap();
                early.wait().unwrap();
                killed_at_start += 1;
            }
            let server = Arc::new(Server::start(&program, &file));
            check(&server, kill, &mut writers, &mut kept).await;
            if kill == last {
                break;
            }
            let tasks: Vec<_> = writers
                .iter()
                .map(|writer| tokio::spawn(writer.clone().write(Arc::clone(&server), kill + 1)))
                .collect();
            tokio::time::sleep(Duration::from_millis(20 + kill * 37 % 80)).await;
            let process = server.child.id();
            assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
            for (task, writer) in tasks.into_iter().zip(&mut writers) {
                *writer = task.await.unwrap();
            }
        }
        writes += kept.0;
        change_sets += kept.1;
    }
    eprintln!(
        "{kills} kills under load and {killed_at_start} during a start in {:.0} s: {writes} writes, {change_sets} of them change sets",
        begin.elapsed().as_secs_f64()
    );
    assert!(writes > change_sets && change_sets > 0, "{writes} writes, {change_sets} change sets");
}

/// The writers and the readers of the test of counters.
const CLIENTS: u64 = 16;
/// The rows that have a counter.
const COUNTERS: u64 = 3;

// covers: update / If-Match with concurrent writers
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_counters_lose_no_update() {
    let limits = Limits { requests: u32::MAX, concurrent: u32::MAX, ..Limits::default() };
    let api = Arc::new(Api::of(builder().limits(limits)).await);
    let mut ids = Vec::new();
    for _ in 0..COUNTERS {
        ids.push(api.create("accounts", json!({"numberofemployees": 0})).await);
    }
    let (ids, counted) = (Arc::new(ids), Arc::new(AtomicU64::new(0)));
    let refused = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let token = api.running.token("ann");
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (api, ids, stop, token) = (Arc::clone(&api), Arc::clone(&ids), Arc::clone(&stop), token.clone());
        let (counted, refused) = (Arc::clone(&counted), Arc::clone(&refused));
        clients.push(tokio::spawn(async move {
            let mut turn = client;
            while !stop.load(Ordering::Relaxed) {
                turn += 1;
                let path = path(&ids, turn);
                let row = Api::send(request(&api, &token, Method::GET, &path)).await;
                assert_eq!(row.status, StatusCode::OK, "{}", row.text);
                let next = json!({"numberofemployees": row.json["numberofemployees"].as_i64().unwrap() + 1});
                let request =
                    request(&api, &token, Method::PATCH, &path).header("if-match", row.header("etag"));
                let answer: Answer = Api::send(request.json(&next)).await;
                match answer.status {
                    StatusCode::NO_CONTENT => counted.fetch_add(1, Ordering::Relaxed),
                    StatusCode::PRECONDITION_FAILED => refused.fetch_add(1, Ordering::Relaxed),
                    status => panic!("{status}: {}", answer.text),
                };
            }
        }));
    }
    for client in 0..CLIENTS {
        let (api, ids, stop, token) = (Arc::clone(&api), Arc::clone(&ids), Arc::clone(&stop), token.clone());
        clients.push(tokio::spawn(async move {
            // A reader never sees a counter or a version go back.
            let mut seen: Vec<(i64, i64)> = vec![(0, 0); ids.len()];
            let mut turn = client;
            while !stop.load(Ordering::Relaxed) {
                turn += 1;
                let path = path(&ids, turn) + ",versionnumber";
                let row = Api::send(request(&api, &token, Method::GET, &path)).await;
                assert_eq!(row.status, StatusCode::OK, "{}", row.text);
                let found =
                    ["numberofemployees", "versionnumber"].map(|name| row.json[name].as_i64().unwrap());
                let before = &mut seen[usize::try_from(turn % COUNTERS).unwrap()];
                assert!(found[0] >= before.0 && found[1] >= before.1, "{before:?}: {}", row.text);
                *before = (found[0], found[1]);
            }
        }));
    }
    let seconds = number("DVKIT_SECONDS", 2);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end && !clients.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let mut sum = 0;
    for turn in 0..COUNTERS {
        sum += api.get(&path(&ids, turn)).await.json["numberofemployees"].as_u64().unwrap();
    }
    let (counted, refused) = (counted.load(Ordering::Relaxed), refused.load(Ordering::Relaxed));
    eprintln!(
        "{CLIENTS} writers and {CLIENTS} readers for {seconds} s: {counted} updates, {refused} refused"
    );
    assert_eq!(sum, counted, "updates are lost");
    assert!(counted > 0 && refused > 0, "{counted} updates, {refused} refused");
}

/// Returns a request with this token. A token for each request would expire the earliest ones.
fn request(api: &Api, token: &str, method: Method, path: &str) -> RequestBuilder {
    api.client.request(method, api.running.web_api() + path).bearer_auth(token)
}

fn path(ids: &[String], turn: u64) -> String {
    format!("accounts({})?$select=numberofemployees", ids[usize::try_from(turn % COUNTERS).unwrap()])
}
