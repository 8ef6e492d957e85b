//! Random sequences of writes, alone and in batches, against the model in memory.
//!
//! `DVKIT_SEQUENCES=50000 cargo test -p dvkit-emulator --all-features --test rows random_sequences` runs more
//! sequences than the suite does; `DVKIT_SEED=7` begins with another one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bytes::Bytes;
use dvkit_emulator::RunningEmulator;
use reqwest::Method;
use serde_json::{Map, Value};

use super::batch::{change_set, message, part_with};
use super::builder;
use super::model::{Address, Model, Random, Refusal, Write};

/// The sequences that the suite runs.
const SEQUENCES: u64 = 300;
/// The requests of one sequence.
const STEPS: usize = 12;

/// Sends a request without a socket. Returns the status and the body.
pub(crate) fn request(
    api: &RunningEmulator,
    method: &Method,
    path: &str,
    headers: &[(&str, String)],
    body: Option<&Map<String, Value>>,
) -> (u16, String) {
    let body = body.map_or_else(Vec::new, |body| serde_json::to_vec(body).unwrap());
    send(api, method, path, headers, body)
}

fn send(
    api: &RunningEmulator,
    method: &Method,
    path: &str,
    headers: &[(&str, String)],
    body: impl Into<Bytes>,
) -> (u16, String) {
    let mut request = http::Request::builder().method(method).uri(format!("/api/data/v9.2/{path}"));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let answer = api.respond("ann", request.body(body.into()).unwrap());
    (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap())
}

/// How often each thing happened.
#[derive(Default)]
struct Tally {
    /// Responses to writes outside of batches, by status.
    statuses: BTreeMap<u16, u64>,
    batches: u64,
    /// Change sets that were kept.
    kept: u64,
    /// Change sets that were undone, by the reason to refuse one of their writes.
    undone: BTreeMap<Refusal, u64>,
    /// References from one write of a change set to the row of an earlier one (`$1`).
    references: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (status, times) in other.statuses {
            *self.statuses.entry(status).or_default() += times;
        }
        for (refusal, times) in other.undone {
            *self.undone.entry(refusal).or_default() += times;
        }
        self.batches += other.batches;
        self.kept += other.kept;
        self.references += other.references;
    }
}

/// Sends a write alone, and applies it to the model if the model expects it to succeed.
fn write_alone(model: &mut Model, api: &RunningEmulator, tally: &mut Tally, write: &Write) {
    let (status, text) = request(api, &write.method, &write.path, &write.headers, write.body.as_ref());
    *tally.statuses.entry(status).or_default() += 1;
    assert!(write.statuses().contains(&status), "{write:?}: {status}: {text}");
    if write.refusals.is_empty() {
        model.apply(&write.effect);
    }
}

/// The response to one part of a batch.
#[derive(Debug, PartialEq)]
struct PartResponse {
    content_id: Option<usize>,
    status: u16,
    /// The last line of the body.
    body: String,
}

/// Returns the responses in the text of a batch, those of change sets among them.
fn responses(text: &str) -> Vec<PartResponse> {
    let mut found: Vec<PartResponse> = Vec::new();
    let (mut content_id, mut in_response) = (None, false);
    for line in text.lines() {
        if line.starts_with("--batchresponse_") || line.starts_with("--changesetresponse_") {
            (content_id, in_response) = (None, false);
        } else if let Some(id) = line.strip_prefix("Content-ID: ") {
            content_id = id.parse().ok();
        } else if let Some(status) = line.strip_prefix("HTTP/1.1 ") {
            let status = status.get(..3).unwrap().parse().unwrap();
            found.push(PartResponse { content_id, status, body: String::new() });
            in_response = true;
        } else if let (Some(last), true, false) = (found.last_mut(), in_response, line.is_empty()) {
            line.trim_start_matches('\u{feff}').clone_into(&mut last.body);
        }
    }
    found
}

/// A response that the model expects: the content id, the statuses that it may have, and the body if it is known.
#[derive(Debug)]
struct Expected {
    content_id: Option<usize>,
    statuses: BTreeSet<u16>,
    body: Option<String>,
}

/// A batch that is planned, and what the model expects of it.
#[derive(Default)]
struct Batch {
    parts: Vec<String>,
    expected: Vec<Expected>,
    /// Whether a request failed after which the batch does not go on.
    stopped: bool,
    continue_on_error: bool,
    /// Whether a change set was undone.
    undone: bool,
}

impl Batch {
    /// Expects a response, if the batch has not stopped before.
    fn expect(&mut self, content_id: Option<usize>, statuses: BTreeSet<u16>, body: Option<String>) {
        if !self.stopped {
            self.stopped = !self.continue_on_error && statuses.iter().all(|status| *status >= 400);
            self.expected.push(Expected { content_id, statuses, body });
        }
    }

    /// Adds a single write.
    fn add_write(&mut self, model: &mut Model, random: &mut Random) {
        let Some(write) = model.plan(random) else { return };
        if write.refusals.is_empty() && !self.stopped {
            model.apply(&write.effect);
        }
        self.parts.push(part(None, &write));
        self.expect(None, write.statuses(), None);
    }

    /// Adds a read of the number of accounts, which shows the effect of the parts before it.
    fn add_count(&mut self, model: &Model) {
        self.parts.push(part_with(None, "GET accounts/$count", "", ""));
        self.expect(None, BTreeSet::from([200]), Some(model.count("accounts").to_string()));
    }

    /// Adds a change set of two to five writes, one of which is refused in half of the cases.
    fn add_change_set(&mut self, model: &mut Model, random: &mut Random, tally: &mut Tally) {
        let length = 2 + usize::try_from(random.below(4)).unwrap();
        let failing = random.one_in(2).then(|| usize::try_from(random.below(length as u64)).unwrap());
        let before = model.clone();
        let mut named: Vec<(Address, usize)> = Vec::new();
        let mut parts = Vec::new();
        let mut success = Vec::new();
        let mut failure = None;
        for n in 0..length {
            let wanted = (failing == Some(n)).then(|| *random.pick(&Refusal::ALL));
            let planned = match failure {
                // The writes after the refused one may be anything: they are not executed.
                Some(_) => model.plan(random),
                None => plan_referring(model, random, wanted, &named),
            };
            let Some(mut write) = planned else { continue };
            let content_id = parts.len() + 1;
            if failure.is_none() {
                tally.references += refer(&mut write, &named, random);
                match write.refusals.first() {
                    Some(refusal) => failure = Some((content_id, write.statuses(), *refusal)),
                    None => model.apply(&write.effect),
                }
                named.extend(write.names().map(|address| (address.clone(), content_id)));
                success.push((content_id, write.statuses()));
            }
            parts.push(part(Some(content_id), &write));
        }
        self.parts.push(change_set(&parts));
        match failure {
            Some((content_id, statuses, refusal)) => {
                *model = before;
                if !self.stopped {
                    self.undone = true;
                    *tally.undone.entry(refusal).or_default() += 1;
                }
                self.expect(Some(content_id), statuses, None);
            }
            None if self.stopped => *model = before,
            None => {
                tally.kept += 1;
                for (content_id, statuses) in success {
                    self.expect(Some(content_id), statuses, None);
                }
            }
        }
    }
}

/// Returns a part of a batch with this write.
fn part(content_id: Option<usize>, write: &Write) -> String {
    let body = write.body.as_ref().map_or_else(String::new, |body| serde_json::to_string(body).unwrap());
    let mut headers = String::new();
    for (name, value) in &write.headers {
        write!(headers, "{name}: {value}\r\n").unwrap();
    }
    part_with(content_id, &format!("{} {}", write.method, write.path), &headers, &body)
}

/// Plans a write as [`Model::plan_with`] does. In half of the cases it refers to one of the rows `named`, if the
/// draws give such a write.
fn plan_referring(
    model: &Model,
    random: &mut Random,
    refusal: Option<Refusal>,
    named: &[(Address, usize)],
) -> Option<Write> {
    let mut planned = model.plan_with(random, refusal);
    if !named.is_empty() && random.one_in(2) {
        let refers = |write: &Write| refer(&mut write.clone(), named, &mut Random(1)) > 0;
        for _ in 0..10 {
            if planned.as_ref().is_some_and(refers) {
                break;
            }
            planned = model.plan_with(random, refusal);
        }
    }
    planned
}

/// Lets a write refer to rows by the content ids of earlier writes of its change set: in the path, and in the
/// bindings of its body. Returns the number of references.
fn refer(write: &mut Write, named: &[(Address, usize)], random: &mut Random) -> u64 {
    let mut references = 0;
    for ((set, id), content_id) in named.iter().rev() {
        let address = format!("{set}({id})");
        let mut reference = |text: &str, random: &mut Random| {
            let rest = text.strip_prefix('/').unwrap_or(text).strip_prefix(&address)?;
            (!random.one_in(4)).then(|| {
                references += 1;
                format!("${content_id}{rest}")
            })
        };
        if let Some(path) = reference(&write.path, random) {
            write.path = path;
        }
        for value in write.body.iter_mut().flat_map(Map::values_mut) {
            if let Some(text) = value.as_str().and_then(|text| reference(text, random)) {
                *value = text.into();
            }
        }
    }
    references
}

/// Sends a random batch, and checks each of its responses.
fn write_batch(model: &mut Model, api: &RunningEmulator, tally: &mut Tally, random: &mut Random) {
    let mut batch = Batch { continue_on_error: random.one_in(2), ..Batch::default() };
    for _ in 0..=random.below(4) {
        match random.below(5) {
            0 => batch.add_count(model),
            1 | 2 => batch.add_write(model, random),
            _ => batch.add_change_set(model, random, tally),
        }
    }
    if batch.parts.is_empty() {
        return;
    }
    tally.batches += 1;
    let mut headers = vec![("content-type", "multipart/mixed; boundary=b".to_owned())];
    if batch.continue_on_error {
        headers.push(("prefer", "odata.continue-on-error".to_owned()));
    }
    let body = message("b", &batch.parts);
    let (status, text) = send(api, &Method::POST, "$batch", &headers, body.clone());
    let found = responses(&text);
    let fits = found.len() == batch.expected.len()
        && found.iter().zip(&batch.expected).all(|(found, expected)| {
            found.content_id == expected.content_id
                && expected.statuses.contains(&found.status)
                && expected.body.as_ref().is_none_or(|body| *body == found.body)
        });
    assert!(fits, "{body}\n{:?}\n{text}", batch.expected);
    assert_eq!(status, if batch.stopped { 400 } else { 200 }, "{body}\n{text}");
    if batch.undone {
        model.compare(api);
    }
}

fn run(api: &RunningEmulator, from: u64, to: u64) -> Tally {
    let (mut model, mut tally) = (Model::default(), Tally::default());
    for seed in from..to {
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed + 1));
        let mut failed = Failed(Some(seed));
        for _ in 0..STEPS {
            if random.one_in(5) {
                write_batch(&mut model, api, &mut tally, &mut random);
            } else if let Some(write) = model.plan(&mut random) {
                write_alone(&mut model, api, &mut tally, &write);
            }
            if random.one_in(4) {
                model.compare(api);
            }
        }
        model.compare(api);
        failed.0 = None;
    }
    tally
}

/// Names the sequence that failed when a panic drops it.
struct Failed(Option<u64>);

impl Drop for Failed {
    #[expect(clippy::print_stderr, reason = "the sequence can be run again by its number")]
    fn drop(&mut self) {
        if let Some(seed) = self.0 {
            eprintln!("the sequence {seed} failed");
        }
    }
}

// covers: create / random sequences against a model
// covers: update / random sequences against a model
// covers: upsert / random sequences against a model
// covers: delete / random sequences against a model
// covers: associate / random sequences against a model
// covers: batch / random change sets against a model
#[tokio::test]
async fn random_sequences_of_writes_leave_the_rows_of_a_model() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |v| v.parse().unwrap());
    let (sequences, seed) = (number("DVKIT_SEQUENCES", SEQUENCES), number("DVKIT_SEED", 0));
    let half = seed + sequences / 2;
    let (first, second) = (builder().start().await.unwrap(), builder().start().await.unwrap());
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let halves =
            [scope.spawn(|| run(&first, seed, half)), scope.spawn(|| run(&second, half, seed + sequences))];
        for part in halves {
            tally.add(part.join().unwrap());
        }
    });
    let Tally { statuses, batches, kept, undone, references } = tally;
    eprintln!(
        "{sequences} sequences: single writes by status {statuses:?}; {batches} batches, {kept} change sets kept, \
         undone {undone:?}, {references} references"
    );
    for status in [204, 400, 404, 412] {
        assert!(statuses.get(&status).is_some_and(|times| *times >= sequences / 10), "{statuses:?}");
    }
    for refusal in Refusal::ALL {
        assert!(undone.get(&refusal).is_some_and(|times| *times >= sequences / 10), "{undone:?}");
    }
    assert!(kept >= sequences / 2 && references >= sequences / 4, "{kept} kept, {references} references");
}
