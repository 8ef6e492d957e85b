//! Random sequences of writes against a simple model in memory.
//!
//! `DVKIT_SEQUENCES=50000 cargo test --release -p dvkit-emulator --all-features --test rows model` runs more
//! sequences than the suite does; `DVKIT_SEED=7` begins with another one.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dvkit_emulator::RunningEmulator;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::builder;

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

    /// Deletes a row. The relationships of the sample say that contacts and tasks are deleted with the row that
    /// they belong to, and that accounts lose their primary contact.
    fn delete(&mut self, set: &'static str, id: &str) {
        self.rows.remove(&(set, id.to_owned()));
        let points_to = |(_, row): &(&(&'static str, String), &mut Row)| row.lookup.as_deref() == Some(id);
        let mut together = Vec::new();
        for ((set, own), row) in self.rows.iter_mut().filter(points_to) {
            if *set == "accounts" {
                row.lookup = None;
                self.touched.insert((set, own.clone()));
            } else {
                together.push((*set, own.clone()));
            }
        }
        for (set, own) in together {
            // A loop of contacts may have brought it here already.
            if self.rows.contains_key(&(set, own.clone())) {
                self.delete(set, &own);
            }
        }
    }

    /// Sends one random request, and applies it to the model if the model expects it to succeed.
    fn step(&mut self, api: &RunningEmulator, random: &mut Random) {
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
                let ok =
                    self.send(api, Method::POST, table.set, &headers, Some(&change.body), &change.refusals);
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
                let ok = self.send(api, Method::PATCH, &path, &headers, Some(&change.body), &change.refusals);
                if ok {
                    self.put(table.set, &own, change.row);
                }
            }
            5 => {
                if existing.is_none() {
                    refusals.insert(404);
                }
                if self.send(api, Method::DELETE, &path, &headers, None, &refusals) {
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
                let ok = self.send(api, Method::PATCH, &path, &headers, Some(&change.body), &change.refusals);
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
                    if self.send(api, method, &path, &[], body.as_ref(), &refusals) {
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
                if self.send(api, method, &path, &[], body.as_ref(), &refusals) {
                    self.put(table.set, &own, row);
                }
            }
        }
    }

    /// Sends a request, and checks that it succeeds, or is refused with one of the statuses. Returns whether it
    /// succeeded.
    fn send(
        &mut self,
        api: &RunningEmulator,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Option<&Map<String, Value>>,
        refusals: &BTreeSet<u16>,
    ) -> bool {
        let (status, text) = request(api, &method, path, headers, body);
        *self.statuses.entry(status).or_default() += 1;
        let fits = match refusals.is_empty() {
            true => status == StatusCode::NO_CONTENT.as_u16(),
            false => refusals.contains(&status),
        };
        assert!(fits, "{method} {path} {headers:?} {body:?}: {status}, not {refusals:?}: {text}");
        refusals.is_empty()
    }

    /// Compares the rows of the model with those of the emulator, and takes over their versions.
    fn compare(&mut self, api: &RunningEmulator) {
        let mut found = BTreeMap::new();
        for table in &TABLES {
            let mut select = format!("{},{},_{}_value", table.id, table.text, table.lookup);
            if table.set == "accounts" {
                select += ",accountnumber,numberofemployees";
            }
            let (_, text) = request(api, &Method::GET, &format!("{}?$select={select}", table.set), &[], None);
            let answer: Value = serde_json::from_str(&text).unwrap();
            for row in answer["value"].as_array().unwrap_or_else(|| panic!("{text}")) {
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

/// Sends a request without a socket. Returns the status and the body.
pub(crate) fn request(
    api: &RunningEmulator,
    method: &Method,
    path: &str,
    headers: &[(&str, String)],
    body: Option<&Map<String, Value>>,
) -> (u16, String) {
    let mut request = http::Request::builder().method(method).uri(format!("/api/data/v9.2/{path}"));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let body = body.map_or_else(Bytes::new, |body| serde_json::to_vec(body).unwrap().into());
    let answer = api.respond("ann", request.body(body).unwrap());
    (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap())
}

fn run(api: &RunningEmulator, from: u64, to: u64) -> BTreeMap<u16, u64> {
    let mut model = Model::default();
    for seed in from..to {
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed + 1));
        let mut failed = Failed(Some(seed));
        for _ in 0..STEPS {
            model.step(api, &mut random);
            if random.one_in(4) {
                model.compare(api);
            }
        }
        model.compare(api);
        failed.0 = None;
    }
    model.statuses
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
#[tokio::test]
async fn random_sequences_of_writes_leave_the_rows_of_a_model() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |v| v.parse().unwrap());
    let (sequences, seed) = (number("DVKIT_SEQUENCES", SEQUENCES), number("DVKIT_SEED", 0));
    let half = seed + sequences / 2;
    let (first, second) = (builder().start().await.unwrap(), builder().start().await.unwrap());
    let mut statuses = BTreeMap::new();
    std::thread::scope(|scope| {
        let halves =
            [scope.spawn(|| run(&first, seed, half)), scope.spawn(|| run(&second, half, seed + sequences))];
        for part in halves {
            for (status, times) in part.join().unwrap() {
                *statuses.entry(status).or_insert(0) += times;
            }
        }
    });
    eprintln!("{sequences} sequences, requests by status: {statuses:?}");
    for status in [204, 400, 404, 412] {
        assert!(statuses.get(&status).is_some_and(|times| *times >= sequences / 10), "{statuses:?}");
    }
}

/// The mutated requests that the suite sends.
const MUTATIONS: u64 = 2_000;

/// Returns a random value of JSON, often one at the edge of a type.
fn json_value(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth > 3 { 10 } else { 12 }) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(i64::MIN),
        4 => json!(u64::MAX),
        5 => json!(1e308),
        6 => json!(""),
        7 => json!("\u{0}\u{fffd}'\"'/*"),
        8 => json!("/accounts(00000000-0000-4000-8000-000000000001)"),
        9 => json!("9999-12-31T23:59:59Z"),
        10 => Value::Array((0..random.below(4)).map(|_| json_value(random, depth + 1)).collect()),
        _ => {
            let names = ["name", "@odata.id", "@odata.type", "lastname", "value", "x@odata.bind", "subject"];
            let mut members = Map::new();
            for _ in 0..random.below(4) {
                members.insert((*random.pick(&names)).to_owned(), json_value(random, depth + 1));
            }
            Value::Object(members)
        }
    }
}

// covers: create / mutated bodies and paths
#[tokio::test]
async fn mutated_requests_are_answered_without_a_failure_of_the_emulator() {
    let api = builder().start().await.unwrap();
    let names = [
        "name",
        "accountid",
        "accountnumber",
        "revenue",
        "creditlimit",
        "numberofemployees",
        "address1_latitude",
        "statecode",
        "statuscode",
        "overriddencreatedon",
        "accountcategorycode",
        "creditonhold",
        "exchangerate",
        "primarycontactid",
        "primarycontactid@odata.bind",
        "ownerid@odata.bind",
        "contact_customer_accounts",
        "contact_customer_accounts@odata.bind",
        "Account_Tasks",
        "transactioncurrencyid@odata.bind",
        "entityimage",
        "@odata.type",
        "@odata.id",
        "versionnumber",
        "address1_addressid",
        "donotemail",
        "_ownerid_value",
        "",
    ];
    let paths = [
        "accounts",
        "accounts(10000000-0000-4000-8000-000000000001)",
        "accounts(accountnumber='a')",
        "accounts(accountnumber='a')/name",
        "accounts(accountnumber='a')/primarycontactid/$ref",
        "accounts(accountnumber='a')/contact_customer_accounts",
        "accounts(accountnumber='a')/contact_customer_accounts/$ref",
        "accounts(accountnumber='a')/contact_customer_accounts/$ref?$id=accounts",
        "emails",
        "tasks",
        "annotations",
        "activitypointers",
        "teams",
        "systemusers",
        "incidents",
        "new_projects(new_code='a',new_type=1)",
        "transactioncurrencies",
        "accounts(accountnumber='a')/statecode",
        "accounts()",
        "accounts(name='a')",
        "",
    ];
    let methods = [Method::POST, Method::POST, Method::PATCH, Method::PATCH, Method::PUT, Method::DELETE];
    let mut random = Random(77);
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    for _ in 0..MUTATIONS {
        let mut body = Map::new();
        if random.one_in(2) {
            let valid = json!({
                "name": "a", "revenue": 1.5, "numberofemployees": 3, "accountcategorycode": 1, "creditonhold": true,
                "address1_latitude": 1.25, "primarycontactid": {"lastname": "b"},
                "contact_customer_accounts": [{"lastname": "c"}], "Account_Tasks": [{"subject": "d"}],
            });
            body = valid.as_object().unwrap().clone();
        }
        for _ in 0..random.below(if body.is_empty() { 5 } else { 2 }) {
            body.insert((*random.pick(&names)).to_owned(), json_value(&mut random, 0));
        }
        let mut path = (*random.pick(&paths)).to_owned();
        if random.one_in(4) {
            let at = usize::try_from(random.below(path.len() as u64 + 1)).unwrap();
            let inserts = ["'", "%00", "(", ")", "/", "%2F", "$ref", "=", "%27%27", "%F0%9F%A6%80"];
            let insert: &&str = random.pick(&inserts);
            path.insert_str(at, insert);
        }
        let method = random.pick(&methods).clone();
        let headers = match random.below(6) {
            0 => vec![("if-match", "W/\"x".to_owned())],
            1 => vec![("prefer", "return=representation".to_owned())],
            _ => Vec::new(),
        };
        let (status, text) = request(&api, &method, &path, &headers, Some(&body));
        assert!(status < 500 || status == 501, "{method} {path} {body:?}: {status} {text}");
        *statuses.entry(status).or_default() += 1;
    }
    eprintln!("{MUTATIONS} mutated requests by status: {statuses:?}");
    assert!(statuses.len() > 4, "{statuses:?}");
}
