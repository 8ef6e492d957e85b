//! Generates random rows with plausible values.

use std::collections::BTreeMap;
use std::sync::Arc;

use dvkit_schema::{
    ChoiceRef, Column, ColumnType, DateTimeBehavior, Edm, Ownership, RequiredLevel, SourceType, Table,
    TableKind,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::session::Session;
use super::SeedRow;

/// The days before now in which the dates of random rows lie.
const DAYS: u64 = 730;

const FIRST_NAMES: [&str; 12] =
    ["Ann", "Ben", "Chloe", "David", "Elena", "Farid", "Grace", "Hiro", "Ines", "Jonas", "Kim", "Leila"];
const LAST_NAMES: [&str; 12] = [
    "O'Brien",
    "Schmidt",
    "García",
    "Nguyen",
    "Rossi",
    "Kowalski",
    "Andersson",
    "Dubois",
    "Tanaka",
    "Haddad",
    "Smith",
    "Müller",
];
const COMPANIES: [&str; 10] = [
    "Adventure",
    "Blue Yonder",
    "Coho",
    "Fabrikam",
    "Litware",
    "Northwind",
    "Proseware",
    "Tailspin",
    "Wingtip",
    "Woodgrove",
];
const SUFFIXES: [&str; 6] = ["Ltd", "GmbH", "Inc", "Group", "Traders", "Works"];
const CITIES: [&str; 8] = ["Berlin", "Dublin", "Lisbon", "Oslo", "Paris", "Seattle", "Vienna", "Zürich"];
const COUNTRIES: [&str; 6] = ["Austria", "France", "Germany", "Ireland", "Portugal", "USA"];
const WORDS: [&str; 14] = [
    "renewal",
    "quarterly",
    "review",
    "supply",
    "upgrade",
    "north",
    "launch",
    "support",
    "contract",
    "pilot",
    "delivery",
    "audit",
    "training",
    "spring",
];

/// A generator of random numbers (SplitMix64). It is not for secrets.
struct Generator(u64);

impl Generator {
    /// Creates a generator for one table.
    fn new(seed: u64, table: &str) -> Self {
        let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
        for byte in table.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(state)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `limit`, which has to be positive.
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// Returns true in `percent` of 100 cases.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(items.len() as u64)).unwrap_or_default();
        items.get(index).copied().unwrap_or_default()
    }

    fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.pick(&WORDS)).collect::<Vec<_>>().join(" ")
    }
}

/// Returns whether random rows of a table are generated: users own its rows, or it is a custom table. Rows of
/// activities are generated for the tables of their kinds only.
fn is_generated(session: &Session<'_>, table: &Table) -> bool {
    let is_base = session.schema().tables.values().any(|t| t.base.as_deref() == Some(&table.logical_name));
    let kind = matches!(table.kind, None | Some(TableKind::Standard | TableKind::Activity));
    let owned = matches!(table.ownership, None | Some(Ownership::User)) || table.custom == Some(true);
    kind && owned
        && !is_base
        && !table.partial
        && table.entity_set.is_some()
        && table.primary_id.is_some()
        && table.logical_name != "activityparty"
}

/// Adds `count` random rows of each table to `rows`.
pub(super) fn rows(session: &Session<'_>, count: usize, seed: u64, rows: &mut Vec<SeedRow>) {
    let tables: Vec<&Table> = session.schema().tables.values().filter(|t| is_generated(session, t)).collect();
    let mut ids: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for table in &tables {
        let mut numbers = Generator::new(seed, &table.logical_name);
        ids.insert(&table.logical_name, (0..count).map(|_| numbers.uuid()).collect());
    }
    for table in tables {
        let mut numbers = Generator::new(seed.wrapping_add(1), &table.logical_name);
        let name: Arc<str> = table.logical_name.as_str().into();
        for index in 0..count {
            let mut row =
                RandomRow { session, table, index, ids: &ids, numbers: &mut numbers, members: Vec::new() };
            row.fill();
            rows.push(SeedRow { file: None, table: Arc::clone(&name), row: index + 1, members: row.members });
        }
    }
}

struct RandomRow<'a> {
    session: &'a Session<'a>,
    table: &'a Table,
    /// The number of the row among the random rows of its table, from 0.
    index: usize,
    ids: &'a BTreeMap<&'a str, Vec<Uuid>>,
    numbers: &'a mut Generator,
    members: Vec<(String, Json)>,
}

impl RandomRow<'_> {
    fn fill(&mut self) {
        let id = self.ids.get(self.table.logical_name.as_str()).and_then(|ids| ids.get(self.index));
        if let (Some(key), Some(id)) = (&self.table.primary_id, id) {
            self.members.push((key.clone(), Json::String(id.to_string())));
        }
        let table = self.table;
        for column in &table.columns {
            let computed = matches!(
                column.source,
                Some(SourceType::Calculated | SourceType::Rollup | SourceType::Formula)
            );
            let technical = SKIPPED.contains(&column.logical_name.as_str()) || column.auto_number.is_some();
            if !column.is_property()
                || column.valid_for_create == Some(false)
                || computed
                || technical
                || column.attribute_of.is_some()
                || Some(&column.logical_name) == table.primary_id.as_ref()
            {
                continue;
            }
            let named = Some(&column.logical_name) == table.primary_name.as_ref()
                || matches!(column.logical_name.as_str(), "firstname" | "lastname");
            let required =
                matches!(column.required, Some(RequiredLevel::Application | RequiredLevel::System));
            if named || required || self.is_key(column) || self.numbers.chance(60) {
                self.column(column);
            }
        }
        self.state();
    }

    fn is_key(&self, column: &Column) -> bool {
        self.table.keys.iter().any(|key| key.columns.contains(&column.logical_name))
    }

    fn column(&mut self, column: &Column) {
        if column.ty.is_lookup() {
            self.lookup(column);
            return;
        }
        let value = match &column.ty {
            ColumnType::String { max_length, format } => {
                let text = self.text(column, format.as_deref().unwrap_or_default());
                Some(Json::String(cut(text, *max_length)))
            }
            ColumnType::Memo { max_length, .. } => {
                let text = format!("{}. {}.", self.numbers.words(5), self.numbers.words(4));
                Some(Json::String(cut(text, *max_length)))
            }
            ColumnType::Integer { min, max, .. } => {
                let (low, high) = (min.unwrap_or(0).max(0), max.unwrap_or(1000).min(1000));
                let span = u64::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(1);
                let number = low.saturating_add(i64::try_from(self.numbers.below(span)).unwrap_or_default());
                Some(Json::from(number))
            }
            ColumnType::BigInt => Some(Json::from(self.numbers.below(1_000_000))),
            ColumnType::Decimal { min, max, .. }
            | ColumnType::Double { min, max, .. }
            | ColumnType::Money { min, max, .. } => {
                let (low, high) = (min.unwrap_or(0.0).max(0.0), max.unwrap_or(100_000.0).min(100_000.0));
                let part =
                    f64::from(u32::try_from(self.numbers.below(10_000)).unwrap_or_default()) / 10_000.0;
                // Halves have an exact form in every precision but that of whole numbers.
                let number = (low + (high - low) * part).floor().clamp(low, high.max(low));
                serde_json::Number::from_f64(number).map(Json::Number)
            }
            ColumnType::Boolean { .. } => Some(Json::Bool(self.numbers.chance(50))),
            ColumnType::Choice { .. } => self.option(column).map(Json::from),
            ColumnType::Choices { .. } => self.option(column).map(|n| Json::String(n.to_string())),
            ColumnType::DateTime { behavior, .. } => self.date(*behavior),
            ColumnType::Edm { edm: Edm::String } => Some(Json::String(self.numbers.words(2))),
            _ => None,
        };
        if let Some(value) = value {
            self.members.push((column.property_name().into_owned(), value));
        }
    }

    fn text(&mut self, column: &Column, format: &str) -> String {
        let name = column.logical_name.as_str();
        let number = self.index + 1;
        if self.is_key(column) {
            return format!("{}-{:05}", self.numbers.words(1).to_uppercase(), number);
        }
        let numbers = &mut *self.numbers;
        let has = |part: &str| name.contains(part);
        match format {
            "Email" => return format!("{}{number}@example.com", numbers.words(1)),
            "Url" => return format!("https://www.example.com/{number}"),
            "Phone" => return format!("+1 555 {:04}", numbers.below(10_000)),
            _ => {}
        }
        match name {
            "firstname" => numbers.pick(&FIRST_NAMES).to_owned(),
            "lastname" => numbers.pick(&LAST_NAMES).to_owned(),
            "jobtitle" => format!("{} manager", numbers.words(1)),
            _ if has("city") => numbers.pick(&CITIES).to_owned(),
            _ if has("country") => numbers.pick(&COUNTRIES).to_owned(),
            _ if has("postalcode") => format!("{:05}", numbers.below(100_000)),
            _ if has("email") => format!("{}{number}@example.com", numbers.words(1)),
            _ if has("phone") || has("fax") => format!("+1 555 {:04}", numbers.below(10_000)),
            _ if has("_line") => format!("{} Street {}", numbers.words(1), numbers.below(200)),
            _ if has("url") => format!("https://www.example.com/{number}"),
            "name" if self.table.logical_name == "account" => {
                format!("{} {} {number}", numbers.pick(&COMPANIES), numbers.pick(&SUFFIXES))
            }
            _ if Some(name) == self.table.primary_name.as_deref() => format!("{} {number}", numbers.words(2)),
            _ => numbers.words(2),
        }
    }

    fn option(&mut self, column: &Column) -> Option<i32> {
        let choice = match column.ty.choice()? {
            ChoiceRef::Global(name) => self.session.schema().choices.get(name)?,
            ChoiceRef::Local(choice) => choice,
        };
        let index = usize::try_from(self.numbers.below(choice.options.len() as u64)).ok()?;
        choice.options.get(index).map(|option| option.value)
    }

    fn date(&mut self, behavior: Option<DateTimeBehavior>) -> Option<Json> {
        let now = self.session.shared.clock.now();
        let back = SignedDuration::from_hours(i64::try_from(self.numbers.below(DAYS * 24)).ok()?);
        let time = Timestamp::from_second(now.saturating_sub(back).ok()?.as_second()).ok()?;
        let text = match behavior {
            Some(DateTimeBehavior::DateOnly) => time.to_zoned(TimeZone::UTC).date().to_string(),
            _ => time.to_string(),
        };
        Some(Json::String(text))
    }

    /// Adds a reference to a random row. Rows of the same table are referred to by later ones only, so that
    /// hierarchies have no circles.
    fn lookup(&mut self, column: &Column) {
        let table = self.table;
        let related = table.lookups_of(&column.logical_name).map(|r| r.table.as_str());
        let tables: Vec<&str> = related.filter(|name| self.ids.contains_key(name)).collect();
        let Ok(choice) = usize::try_from(self.numbers.below(tables.len() as u64)) else { return };
        let Some(target) = tables.get(choice) else { return };
        let ids = self.ids.get(target).map_or(&[][..], Vec::as_slice);
        let most = if *target == table.logical_name { self.index } else { ids.len() };
        if most == 0 {
            return;
        }
        let Ok(index) = usize::try_from(self.numbers.below(most as u64)) else { return };
        let key = self.session.store.table(target).ok().flatten().and_then(|t| t.primary_id.clone());
        if let (Some(id), Some(_)) = (ids.get(index), key) {
            self.members.push((column.logical_name.clone(), Json::String(id.to_string())));
        }
    }

    /// Makes one row in five inactive.
    fn state(&mut self) {
        let table = self.table;
        let Some(ColumnType::Status { choice: Some(ChoiceRef::Local(status)), .. }) =
            table.column("statuscode").map(|c| &c.ty)
        else {
            return;
        };
        let later: Vec<(i32, i32)> =
            status.options.iter().filter_map(|o| Some((o.value, o.state.filter(|s| *s != 0)?))).collect();
        if !self.numbers.chance(20) || later.is_empty() {
            return;
        }
        let Ok(index) = usize::try_from(self.numbers.below(later.len() as u64)) else { return };
        if let Some((status, state)) = later.get(index) {
            self.members.push(("statecode".to_owned(), Json::from(*state)));
            self.members.push(("statuscode".to_owned(), Json::from(*status)));
        }
    }
}

/// The columns that random rows leave to the emulator.
const SKIPPED: [&str; 10] = [
    "statecode",
    "statuscode",
    "overriddencreatedon",
    "importsequencenumber",
    "timezoneruleversionnumber",
    "utcconversiontimezonecode",
    "versionnumber",
    "transactioncurrencyid",
    "documentbody",
    "exchangerate",
];

fn cut(text: String, longest: Option<u32>) -> String {
    let longest = longest.and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    match text.chars().count() > longest {
        true => text.chars().take(longest).collect(),
        false => text,
    }
}
