//! A simple model of the rows in memory, for random sequences of writes: it plans random writes, expects what
//! becomes of each, and compares its rows with those of the emulator.

use std::collections::{BTreeMap, BTreeSet};

use dvkit_emulator::RunningEmulator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::sequences::request;

/// The ids of each table.
const IDS: u64 = 5;

/// A small generator of pseudo-random numbers (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    /// Returns whether a case happens that is one in `n`.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Returns one of the items.
    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
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
pub(crate) struct Row {
    text: Option<String>,
    /// The value of the alternate key; only accounts have one.
    key: Option<String>,
    /// A number from 0 to 1,000,000,000; only accounts have one.
    number: Option<i64>,
    lookup: Option<String>,
    version: i64,
}

/// The set and the id of a row.
pub(crate) type Address = (&'static str, String);

/// A reason to refuse a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    /// A number out of range, or a property that the table does not have.
    BadValue,
    /// A row that does not exist: that which is written, or one that is referred to.
    MissingRow,
    /// A row that has the id or the alternate key already.
    Duplicate,
    /// Another version than that in `If-Match`.
    OtherVersion,
}

impl Refusal {
    pub(crate) const ALL: [Self; 4] = [Self::BadValue, Self::MissingRow, Self::Duplicate, Self::OtherVersion];

    /// Returns the status of the refusal.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::BadValue => 400,
            Self::MissingRow => 404,
            Self::Duplicate | Self::OtherVersion => 412,
        }
    }
}

/// The change of the rows by a write that succeeds.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    Put(Address, Row),
    Delete(Address),
}

/// A request that writes, and what the model expects of it.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) method: Method,
    /// The path after the root of the Web API.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Map<String, Value>>,
    /// The reasons to refuse the write, one of which decides the status; none if it succeeds.
    pub(crate) refusals: BTreeSet<Refusal>,
    pub(crate) effect: Effect,
}

impl Write {
    /// Returns the statuses that the response may have.
    pub(crate) fn statuses(&self) -> BTreeSet<u16> {
        match self.refusals.is_empty() {
            true => BTreeSet::from([204]),
            false => self.refusals.iter().map(|refusal| refusal.status()).collect(),
        }
    }

    /// Returns the row whose address the response has (`OData-EntityId`), which `$n` refers to then.
    pub(crate) fn names(&self) -> Option<&Address> {
        match &self.effect {
            Effect::Put(address, _) if matches!(self.method, Method::POST | Method::PATCH) => Some(address),
            _ => None,
        }
    }
}

/// The rows of the model by set and id, and the rows that were written since the last comparison.
#[derive(Clone, Default)]
pub(crate) struct Model {
    rows: BTreeMap<Address, Row>,
    touched: BTreeSet<Address>,
    last_version: i64,
}

fn id(table: usize, n: u64) -> String {
    format!("{table}0000000-0000-4000-8000-{n:012}")
}

/// The values that a request writes, and the reasons to refuse them.
struct Change {
    body: Map<String, Value>,
    row: Row,
    refusals: BTreeSet<Refusal>,
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
                change.refusals.insert(Refusal::BadValue);
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
                change.refusals.insert(Refusal::MissingRow);
            }
            change.body.insert(format!("{navigation}@odata.bind"), bind);
        }
        if random.one_in(15) {
            change.body.insert("nosuchproperty".into(), json!(1));
            change.refusals.insert(Refusal::BadValue);
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
            change.refusals.insert(Refusal::Duplicate);
        }
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

    /// Applies the effect of a write that succeeded.
    pub(crate) fn apply(&mut self, effect: &Effect) {
        match effect {
            Effect::Put(address, row) => {
                self.touched.insert(address.clone());
                self.rows.insert(address.clone(), row.clone());
            }
            Effect::Delete((set, id)) => self.delete(set, id),
        }
    }

    /// Returns how many rows a set has.
    pub(crate) fn count(&self, set: &str) -> usize {
        self.rows.keys().filter(|(of, _)| *of == set).count()
    }

    /// Plans a random write with exactly this reason to refuse it; `None` plans one that succeeds. Returns `None`
    /// if there is none for the present rows.
    pub(crate) fn plan_with(&self, random: &mut Random, refusal: Option<Refusal>) -> Option<Write> {
        (0..300).find_map(|_| self.plan(random).filter(|write| write.refusals.iter().eq(&refusal)))
    }

    /// Plans a random write; `None` if the kind of request that was drawn needs other rows than there are.
    pub(crate) fn plan(&self, random: &mut Random) -> Option<Write> {
        let number = usize::try_from(random.below(3)).unwrap();
        let table = &TABLES[number];
        let own = id(number, random.below(IDS));
        let address = (table.set, own.clone());
        let existing = self.rows.get(&address).cloned();
        let path = format!("{}({own})", table.set);
        match random.below(8) {
            0 | 1 => {
                let mut change = self.change(random, table, &Row::default());
                change.body.insert(table.id.into(), json!(own));
                self.check_key(&own, &mut change);
                if existing.is_some() {
                    change.refusals.insert(Refusal::Duplicate);
                }
                Some(change.write(Method::POST, table.set.to_owned(), Vec::new(), address))
            }
            2..=4 => {
                let mut refusal = None;
                let mut headers = Vec::new();
                match (random.below(5), &existing) {
                    (0, Some(row)) => headers.push(("if-match", format!("W/\"{}\"", row.version))),
                    (1, Some(_)) => {
                        headers.push(("if-match", "W/\"5\"".into()));
                        refusal = Some(Refusal::OtherVersion);
                    }
                    (0 | 1, None) => {
                        headers.push(("if-match", "*".into()));
                        refusal = Some(Refusal::MissingRow);
                    }
                    (2, _) => {
                        headers.push(("if-none-match", "*".into()));
                        refusal = existing.is_some().then_some(Refusal::Duplicate);
                    }
                    _ => {}
                }
                let needs_version = headers.iter().any(|(_, value)| value != "*" && value != "W/\"5\"");
                if needs_version && self.touched.contains(&address) {
                    // The version is known only after a comparison.
                    return None;
                }
                let mut change = self.change(random, table, &existing.unwrap_or_default());
                self.check_key(&own, &mut change);
                change.refusals.extend(refusal);
                Some(change.write(Method::PATCH, path, headers, address))
            }
            5 => Some(Write {
                method: Method::DELETE,
                path,
                headers: Vec::new(),
                body: None,
                refusals: existing.is_none().then_some(Refusal::MissingRow).into_iter().collect(),
                effect: Effect::Delete(address),
            }),
            6 => self.plan_by_key(random),
            _ => self.plan_part(random, table, address, existing?),
        }
    }

    /// Plans an upsert by the alternate key of an account.
    fn plan_by_key(&self, random: &mut Random) -> Option<Write> {
        let key = format!("K{}", 1 + random.below(4));
        let found =
            self.rows.iter().find(|((set, _), row)| *set == "accounts" && row.key.as_ref() == Some(&key));
        let found = found.map(|((_, id), row)| (id.clone(), row.clone()));
        let before = found.clone().map_or_else(Row::default, |(_, row)| row);
        let mut change = self.change(random, &TABLES[0], &before);
        let free = (0..IDS).map(|n| id(0, n)).find(|id| !self.rows.contains_key(&("accounts", id.clone())));
        let address = ("accounts", found.map(|(id, _)| id).or(free)?);
        let mut headers = Vec::new();
        // A new row gets a random id, which the model would not know.
        if !self.rows.contains_key(&address) {
            change.refusals.insert(Refusal::MissingRow);
            headers.push(("if-match", "*".into()));
        }
        change.row.key = Some(key.clone());
        Some(change.write(Method::PATCH, format!("accounts(accountnumber='{key}')"), headers, address))
    }

    /// Plans a write of a reference or of a property, which is set or removed.
    fn plan_part(&self, random: &mut Random, table: &Table, address: Address, mut row: Row) -> Option<Write> {
        let path = format!("{}({})", table.set, address.1);
        let (navigation, set) = random.pick(table.targets);
        let mut refusals = BTreeSet::new();
        let (path, body) = if random.one_in(2) {
            row.text = random.one_in(2).then(|| "property".to_owned());
            let body = row.text.as_ref().map(|text| ("value", json!(text)));
            (format!("{path}/{}", table.text), body)
        } else {
            let target = id(TABLES.iter().position(|t| t.set == *set)?, random.below(IDS));
            let body = (!random.one_in(3)).then(|| ("@odata.id", json!(format!("{set}({target})"))));
            row.lookup = body.as_ref().map(|_| target.clone());
            if body.is_some() && !self.rows.contains_key(&(*set, target)) {
                refusals.insert(Refusal::MissingRow);
            }
            (format!("{path}/{navigation}/$ref"), body)
        };
        Some(Write {
            method: if body.is_some() { Method::PUT } else { Method::DELETE },
            path,
            headers: Vec::new(),
            body: body.map(|(name, value)| Map::from_iter([(name.to_owned(), value)])),
            refusals,
            effect: Effect::Put(address, row),
        })
    }

    /// Compares the rows of the model with those of the emulator, and takes over their versions.
    pub(crate) fn compare(&mut self, api: &RunningEmulator) {
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
        for (address, row) in &found {
            let known = &self.rows[address];
            assert_eq!(Row { version: known.version, ..row.clone() }, *known, "{address:?}");
            match self.touched.contains(address) {
                true => assert!(row.version > self.last_version, "{address:?}: {} is not new", row.version),
                false => assert_eq!(row.version, known.version, "{address:?} was not written"),
            }
            highest = highest.max(row.version);
        }
        self.last_version = highest;
        self.rows = found;
        self.touched.clear();
    }
}

impl Change {
    fn write(
        self,
        method: Method,
        path: String,
        headers: Vec<(&'static str, String)>,
        address: Address,
    ) -> Write {
        let effect = Effect::Put(address, self.row);
        Write { method, path, headers, body: Some(self.body), refusals: self.refusals, effect }
    }
}
