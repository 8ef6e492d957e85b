//! Random sequences of writes against a simple model in memory.
//!
//! `DVKIT_SEQUENCES=50000 cargo test --release -p dvkit-emulator --all-features --test rows model` runs more
//! sequences than the suite does; `DVKIT_SEED=7` begins with another one.

use std::collections::{BTreeMap, BTreeSet};

use dvkit_emulator::Limits;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Api, builder};

/// The sequences that the suite runs.
const SEQUENCES: u64 = 300;
/// The requests of one sequence.
const STEPS: usize = 12;
/// The ids of each table.
const IDS: u64 = 5;

/// A small generator of pseudo-random numbers (xorshift).
struct Random(u64);

impl Random {
    /// Returns a number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

/// A table of the model.
struct Table {
    set: &'static str,
    id: &'static str,
    text: &'static str,
    /// The lookup, with its navigation property and its set for each of its targets.
    lookup: &'static str,
    targets: &'static [(&'static str, &'static str)],
}

const TABLES: [Table; 3] = [
    Table {
        set: "accounts",
        id: "accountid",
        text: "name",
        lookup: "primarycontactid",
        targets: &[("primarycontactid", "contacts")],
    },
    Table {
        set: "contacts",
        id: "contactid",
        text: "lastname",
        lookup: "parentcustomerid",
        targets: &[("parentcustomerid_account", "accounts"), ("parentcustomerid_contact", "contacts")],
    },
    Table {
        set: "tasks",
        id: "activityid",
        text: "subject",
        lookup: "regardingobjectid",
        targets: &[
            ("regardingobjectid_account_task", "accounts"),
            ("regardingobjectid_contact_task", "contacts"),
        ],
    },
];

/// A row of the model.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    text: Option<String>,
    /// The value of the alternate key; only accounts have one.
    key: Option<String>,
    /// A number from 0 to 1,000,000,000; only accounts have one.
    number: Option<i64>,
    lookup: Option<String>,
    version: i64,
}

/// The rows of the model by set and id, and the rows that were written since the last comparison.
#[derive(Default)]
struct Model {
    rows: BTreeMap<(&'static str, String), Row>,
    touched: BTreeSet<(&'static str, String)>,
    last_version: i64,
    /// How often each status was answered.
    statuses: BTreeMap<u16, u64>,
}

fn id(table: usize, n: u64) -> String {
    format!("{table}0000000-0000-4000-8000-{n:012}")
}

/// The values that a request writes, and the statuses of its possible refusals.
struct Change {
    body: Map<String, Value>,
    row: Row,
    refusals: BTreeSet<u16>,
}

impl Model {
    /// Returns a random change of the row `before`.
    fn change(&self, random: &mut Random, table: &Table, before: &Row) -> Change {
        let mut change = Change { body: Map::new(), row: before.clone(), refusals: BTreeSet::new() };
        if !random.one_in(3) {
            let text = match random.below(4) {
                0 => None,
                n => Some(format!("text {n}")),
            };
            change.body.insert(table.text.into(), json!(text.clone().unwrap_or_default()));
            change.row.text = text;
        }
        if table.set == "accounts" && random.one_in(2) {
            let key = match random.below(4) {
                0 => None,
                n => Some(format!("K{n}")),
            };
            change.body.insert("accountnumber".into(), json!(key));
            change.row.key = key;
        }
        if table.set == "accounts" && random.one_in(2) {
            let number = i64::try_from(random.below(12)).unwrap() - 1;
            change.body.insert("numberofemployees".into(), json!(number));
            change.row.number = Some(number);
            if number < 0 {
                change.refusals.insert(400);
            }
        }
        if random.one_in(2) {
            let (navigation, set) = random.pick(table.targets);
            let target = TABLES.iter().position(|t| t.set == *set).unwrap();
            let target = id(target, random.below(IDS));
            let bind = match random.below(5) {
                0 => Value::Null,
                _ => json!(format!("/{set}({target})")),
            };
            change.row.lookup = bind.as_str().map(|_| target.clone());
            if change.row.lookup.is_some() && !self.rows.contains_key(&(*set, target)) {
                change.refusals.insert(404);
            }
            change.body.insert(format!("{navigation}@odata.bind"), bind);
        }
        if random.one_in(15) {
            change.body.insert("nosuchproperty".into(), json!(1));
            change.refusals.insert(400);
        }
        change
    }

    /// Adds the refusal of a key that another row than `own` has.
    fn check_key(&self, own: &str, change: &mut Change) {
        let Some(key) = &change.row.key else { return };
        let taken = self
            .rows
            .iter()
            .any(|((set, id), row)| *set == "accounts" && id != own && row.key.as_ref() == Some(key));
        if taken {
            change.refusals.insert(412);
        }
    }

    fn put(&mut self, set: &'static str, id: &str, row: Row) {
        self.touched.insert((set, id.to_owned()));
        self.rows.insert((set, id.to_owned()), row);
    }

    fn delete(&mut self, set: &'static str, id: &str) {
        self.rows.remove(&(set, id.to_owned()));
        for ((set, own), row) in &mut self.rows {
            if row.lookup.as_deref() == Some(id) {
                row.lookup = None;
                self.touched.insert((set, own.clone()));
            }
        }
    }

    /// Sends one random request, and applies it to the model if the model expects it to succeed.
    async fn step(&mut self, api: &Api, random: &mut Random) {
        let number = usize::try_from(random.below(3)).unwrap();
        let table = &TABLES[number];
        let own = id(number, random.below(IDS));
        let place = (table.set, own.clone());
        let existing = self.rows.get(&place).cloned();
        let path = format!("{}({own})", table.set);
        let mut headers: Vec<(&str, String)> = Vec::new();
        let mut refusals = BTreeSet::new();
        match random.below(8) {
            0 | 1 => {
                let mut change = self.change(random, table, &Row::default());
                change.body.insert(table.id.into(), json!(own));
                self.check_key(&own, &mut change);
                if existing.is_some() {
                    change.refusals.insert(412);
                }
                let ok = self
                    .send(api, Method::POST, table.set, &headers, Some(&change.body), &change.refusals)
                    .await;
                if ok {
                    self.put(table.set, &own, change.row);
                }
            }
            2..=4 => {
                match (random.below(5), &existing) {
                    (0, Some(row)) => headers.push(("if-match", format!("W/\"{}\"", row.version))),
                    (1, Some(_)) => {
                        headers.push(("if-match", "W/\"5\"".into()));
                        refusals.insert(412);
                    }
                    (0 | 1, None) => {
                        headers.push(("if-match", "*".into()));
                        refusals.insert(404);
                    }
                    (2, _) => {
                        headers.push(("if-none-match", "*".into()));
                        if existing.is_some() {
                            refusals.insert(412);
                        }
                    }
                    _ => {}
                }
                if headers.iter().any(|(_, value)| value != "*") && self.touched.contains(&place) {
                    // The version is known only after a comparison.
                    return;
                }
                let mut change = self.change(random, table, &existing.unwrap_or_default());
                self.check_key(&own, &mut change);
                change.refusals.extend(refusals);
                let ok = self
                    .send(api, Method::PATCH, &path, &headers, Some(&change.body), &change.refusals)
                    .await;
                if ok {
                    self.put(table.set, &own, change.row);
                }
            }
            5 => {
                if existing.is_none() {
                    refusals.insert(404);
                }
                if self.send(api, Method::DELETE, &path, &headers, None, &refusals).await {
                    self.delete(table.set, &own);
                }
            }
            6 => {
                // An upsert by the alternate key of an account.
                let key = format!("K{}", 1 + random.below(4));
                let found = self
                    .rows
                    .iter()
                    .find(|((set, _), row)| *set == "accounts" && row.key.as_ref() == Some(&key));
                let found = found.map(|((_, id), row)| (id.clone(), row.clone()));
                let before = found.clone().map_or_else(Row::default, |(_, row)| row);
                let mut change = self.change(random, &TABLES[0], &before);
                let free =
                    (0..IDS).map(|n| id(0, n)).find(|id| !self.rows.contains_key(&("accounts", id.clone())));
                let Some(target) = found.map(|(id, _)| id).or(free) else { return };
                // A new row gets a random id, which the model would not know.
                if !self.rows.contains_key(&("accounts", target.clone())) {
                    change.refusals.insert(404);
                    headers.push(("if-match", "*".into()));
                }
                change.row.key = Some(key.clone());
                let path = format!("accounts(accountnumber='{key}')");
                let ok = self
                    .send(api, Method::PATCH, &path, &headers, Some(&change.body), &change.refusals)
                    .await;
                if ok {
                    self.put("accounts", &target, change.row);
                }
            }
            _ => {
                // A reference or a property, set or removed.
                let Some(mut row) = existing else { return };
                let (navigation, set) = random.pick(table.targets);
                if random.one_in(2) {
                    let value = random.one_in(2).then(|| "property".to_owned());
                    let body = value.as_ref().map(|v| Map::from_iter([("value".to_owned(), json!(v))]));
                    let method = if body.is_some() { Method::PUT } else { Method::DELETE };
                    let path = format!("{path}/{}", table.text);
                    row.text = value;
                    if self.send(api, method, &path, &[], body.as_ref(), &refusals).await {
                        self.put(table.set, &own, row);
                    }
                    return;
                }
                let path = format!("{path}/{navigation}/$ref");
                let target = id(TABLES.iter().position(|t| t.set == *set).unwrap(), random.below(IDS));
                let body = (!random.one_in(3))
                    .then(|| Map::from_iter([("@odata.id".to_owned(), json!(format!("{set}({target})")))]));
                let method = if body.is_some() { Method::PUT } else { Method::DELETE };
                row.lookup = body.as_ref().map(|_| target.clone());
                if body.is_some() && !self.rows.contains_key(&(*set, target)) {
                    refusals.insert(404);
                }
                if self.send(api, method, &path, &[], body.as_ref(), &refusals).await {
                    self.put(table.set, &own, row);
                }
            }
        }
    }

    /// Sends a request, and checks that it succeeds, or is refused with one of the statuses. Returns whether it
    /// succeeded.
    async fn send(
        &mut self,
        api: &Api,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Option<&Map<String, Value>>,
        refusals: &BTreeSet<u16>,
    ) -> bool {
        let mut request = api.request(method.clone(), path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = Api::send(request).await;
        let status = answer.status.as_u16();
        *self.statuses.entry(status).or_default() += 1;
        let fits = match refusals.is_empty() {
            true => answer.status == StatusCode::NO_CONTENT,
            false => refusals.contains(&status),
        };
        assert!(fits, "{method} {path} {headers:?} {body:?}: {status}, not {refusals:?}: {}", answer.text);
        refusals.is_empty()
    }

    /// Compares the rows of the model with those of the emulator, and takes over their versions.
    async fn compare(&mut self, api: &Api) {
        let mut found = BTreeMap::new();
        for table in &TABLES {
            let mut select = format!("{},{},_{}_value", table.id, table.text, table.lookup);
            if table.set == "accounts" {
                select += ",accountnumber,numberofemployees";
            }
            let answer = api.get(&format!("{}?$select={select}", table.set)).await;
            for row in answer.json["value"].as_array().unwrap_or_else(|| panic!("{}", answer.text)) {
                let text = |name: &str| row[name].as_str().map(str::to_owned);
                let tag = text("@odata.etag").unwrap();
                let version = tag.trim_start_matches("W/\"").trim_end_matches('"').parse().unwrap();
                let lookup = text(&format!("_{}_value", table.lookup));
                let own = Row {
                    text: text(table.text),
                    key: text("accountnumber"),
                    number: row["numberofemployees"].as_i64(),
                    lookup,
                    version,
                };
                found.insert((table.set, text(table.id).unwrap()), own);
            }
        }
        assert_eq!(found.keys().collect::<Vec<_>>(), self.rows.keys().collect::<Vec<_>>());
        let mut highest = self.last_version;
        for (place, row) in &found {
            let known = &self.rows[place];
            assert_eq!(Row { version: known.version, ..row.clone() }, *known, "{place:?}");
            match self.touched.contains(place) {
                true => assert!(row.version > self.last_version, "{place:?}: {} is not new", row.version),
                false => assert_eq!(row.version, known.version, "{place:?} was not written"),
            }
            highest = highest.max(row.version);
        }
        self.last_version = highest;
        self.rows = found;
        self.touched.clear();
    }
}

async fn run(from: u64, to: u64) -> BTreeMap<u16, u64> {
    let limits = Limits { requests: u32::MAX, concurrent: u32::MAX, ..Limits::default() };
    let api = Api::of(builder().limits(limits)).await;
    let mut model = Model::default();
    for seed in from..to {
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed + 1));
        let mut printed = Announce(Some(seed));
        for _ in 0..STEPS {
            model.step(&api, &mut random).await;
            if random.one_in(4) {
                model.compare(&api).await;
            }
        }
        model.compare(&api).await;
        printed.0 = None;
    }
    model.statuses
}

/// Names the sequence that failed when a panic drops it.
struct Announce(Option<u64>);

impl Drop for Announce {
    fn drop(&mut self) {
        if let Some(seed) = self.0 {
            eprintln!("the sequence {seed} failed");
        }
    }
}

// covers: create / random sequences against a model
// covers: update / random sequences against a model
// covers: delete / random sequences against a model
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_sequences_of_writes_leave_the_rows_of_a_model() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |v| v.parse().unwrap());
    let (sequences, seed) = (number("DVKIT_SEQUENCES", SEQUENCES), number("DVKIT_SEED", 0));
    let half = seed + sequences / 2;
    let (one, other) = tokio::join!(tokio::spawn(run(seed, half)), tokio::spawn(run(half, seed + sequences)));
    let mut statuses = one.unwrap();
    for (status, times) in other.unwrap() {
        *statuses.entry(status).or_default() += times;
    }
    eprintln!("{sequences} sequences, requests by status: {statuses:?}");
    for status in [204, 400, 404, 412] {
        assert!(statuses.get(&status).is_some_and(|times| *times >= sequences / 10), "{statuses:?}");
    }
}
