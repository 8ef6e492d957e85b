//! Processes that are killed while they write, and threads that write at the same time.
//!
//! The suite runs short forms; these run the long ones by hand:
//! `DVKIT_KILLS=1000 cargo test --release -p dvkit-emulator --all-features --test rows killed`,
//! `DVKIT_SECONDS=120 cargo test --release -p dvkit-emulator --all-features --test rows counters`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dvkit_emulator::Limits;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::json;

use super::{Answer, Api, builder};

/// How often the suite kills a process.
const KILLS: u64 = 4;
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
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        let mut command = Command::new(program);
        let mut child = command.arg(snapshot).arg(file).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("the process ended at its start").unwrap();
        let web_api = line() + "/api/data/v9.2/";
        Self { child, web_api, token: line(), client: Client::new() }
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

/// What is known of the rows of one writer.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    /// The number of rows that exist.
    rows: u64,
    /// The number of the last row that was sent.
    sent: u64,
    /// Whether the last row that was sent was not answered, so that it may exist.
    open: bool,
}

/// Writes rows one after the other until the process is gone. Each request creates an account, a contact and a
/// task together.
async fn write(server: Arc<Server>, writer: u64, mut written: Written) -> Written {
    loop {
        written.sent += 1;
        let number = format!("{writer}-{}", written.sent);
        let body = json!({
            "accountnumber": number,
            "primarycontactid": {"lastname": number},
            "Account_Tasks": [{"subject": number}],
        });
        match server.request(Method::POST, "accounts").json(&body).send().await {
            Ok(response) if response.status() == StatusCode::NO_CONTENT => written.rows += 1,
            Ok(response) => panic!("{}: {}", response.status(), response.text().await.unwrap()),
            Err(_) => return Written { open: true, ..written },
        }
    }
}

// covers: create / answered writes survive a kill
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_has_lost_no_answered_write_and_kept_no_half_one() {
    let Some(program) = program() else {
        eprintln!("skipped: the example serve is not built");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.db");
    let kills = number("DVKIT_KILLS", KILLS);
    let mut writers = vec![Written::default(); usize::try_from(WRITERS).unwrap()];
    for kill in 0..=kills {
        let server = Arc::new(Server::start(&program, &file));
        for (writer, written) in writers.iter_mut().enumerate() {
            let count = async |path: String| {
                let response = server.request(Method::GET, &path).send().await.unwrap();
                response.text().await.unwrap().trim_start_matches('\u{feff}').parse::<u64>().unwrap()
            };
            if written.open {
                // All or nothing of the row that was not answered.
                let newest = format!("{writer}-{}", written.sent);
                let path = |set: &str, column: &str| format!("{set}/$count?$filter={column} eq '{newest}'");
                let account = count(path("accounts", "accountnumber")).await;
                for (set, column) in
                    [("contacts", "lastname"), ("tasks", "subject"), ("activitypointers", "subject")]
                {
                    assert_eq!(count(path(set, column)).await, account, "half of {newest}");
                }
                written.rows += account;
                written.open = false;
            }
            for (set, column) in
                [("accounts", "accountnumber"), ("contacts", "lastname"), ("tasks", "subject")]
            {
                let all = count(format!("{set}/$count?$filter=startswith({column},'{writer}-')")).await;
                assert_eq!(all, written.rows.min(5_000), "{set} of writer {writer}: {written:?}");
            }
        }
        if kill == kills {
            break;
        }
        let tasks: Vec<_> = writers
            .iter()
            .enumerate()
            .map(|(writer, written)| tokio::spawn(write(Arc::clone(&server), writer as u64, *written)))
            .collect();
        tokio::time::sleep(Duration::from_millis(40 + kill * 37 % 160)).await;
        let process = server.child.id();
        assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
        for (task, written) in tasks.into_iter().zip(&mut writers) {
            *written = task.await.unwrap();
        }
    }
    let rows: u64 = writers.iter().map(|written| written.rows).sum();
    eprintln!("{kills} kills, {rows} accounts, contacts and tasks");
    assert!(rows > 0, "nothing was written");
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
