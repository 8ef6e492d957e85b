//! The emulator returns the rows that the interpreter returns, for random requests and FetchXML over random
//! rows; pages put together are the whole result, and counts agree.
//!
//! Requests are made without a socket, because HTTP would take most of the time; `emulator/tests` sends its
//! requests over HTTP. `PROPTEST_CASES=200000` makes a long run.
#![allow(clippy::print_stdout)] // a run tells what it covered
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dvkit_emulator::{Clock, Emulator, RunningEmulator};
use dvkit_execute::Context;
use dvkit_execute::interpreter::{Database, ExpandedRows, QueryResult, ResultRow, evaluate};
use dvkit_query::hir::{ColumnRef, Columns, Query, RelatedRows, ResultShape, Value};
use dvkit_query::{CheckOptions, check_fetchxml, check_request, odata};
use dvkit_schema::{ColumnType, Table};
use dvkit_tests::generate::{Dice, config, fetch, request, table};
use dvkit_tests::rows::database;
use dvkit_tests::sample::store;
use odata_parser::url::encode;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use serde_json::{Map, Value as Json, json};

const NOW: &str = "2025-03-12T01:30:20Z";
const USER: &str = "ann";

/// An emulator of the sample organisation, with the tables that were filled last.
struct Service {
    runtime: tokio::runtime::Runtime,
    running: Option<RunningEmulator>,
    filled: RefCell<BTreeSet<String>>,
    context: Context,
    compared: Cell<usize>,
    with_rows: Cell<usize>,
    paged: Cell<usize>,
    /// The numbers of refused queries, by the reason.
    refused: RefCell<BTreeMap<String, usize>>,
}

/// A response of the emulator.
#[derive(Debug)]
struct Answer {
    status: u16,
    text: String,
    json: Json,
}

impl Service {
    fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let emulator = Emulator::builder(store().load().unwrap()).clock(Clock::stopped(NOW.parse().unwrap()));
        let running = runtime.block_on(emulator.start()).unwrap();
        let mut service = Self {
            runtime,
            running: Some(running),
            filled: RefCell::default(),
            context: Context::at(NOW.parse().unwrap()),
            compared: Cell::new(0),
            with_rows: Cell::new(0),
            paged: Cell::new(0),
            refused: RefCell::default(),
        };
        let who = service.get("WhoAmI", None).json;
        let id = |name: &str| who[name].as_str().unwrap().parse().unwrap();
        service.context.user = id("UserId");
        service.context.business_unit = id("BusinessUnitId");
        // The rows of the organisation itself, which the emulator creates for its first request.
        for name in store().tables().map(|entry| entry.logical_name.as_str()) {
            service.running().clear_rows(name).unwrap();
        }
        service
    }

    fn running(&self) -> &RunningEmulator {
        self.running.as_ref().unwrap()
    }

    /// Replaces all rows by those of `data`, and adds the caller to both: a user without values.
    fn fill(&self, data: &mut Database) {
        let caller = Value::Guid(self.context.user);
        let row = ["systemuserid", "ownerid"].map(|name| (name.to_owned(), caller.clone()));
        data.tables.entry("systemuser".to_owned()).or_default().push(row.into());
        data.tables.iter_mut().for_each(|(name, rows)| keep_keys(table(name), rows));
        for name in std::mem::take(&mut *self.filled.borrow_mut()) {
            self.running().clear_rows(&name).unwrap();
        }
        for (name, rows) in &data.tables {
            self.running().insert_rows(name, rows.iter().map(|row| stored(table(name), row))).unwrap();
            self.filled.borrow_mut().insert(name.clone());
        }
    }

    fn get(&self, path: &str, page_size: Option<usize>) -> Answer {
        let path = path.strip_prefix(&self.running().web_api()).unwrap_or(path);
        let mut request = http::Request::get(format!("/api/data/v9.2/{path}"));
        if let Some(size) = page_size {
            request = request.header("prefer", format!("odata.maxpagesize={size}"));
        }
        let request = request.body(Bytes::new()).unwrap_or_else(|e| panic!("{path}: {e}"));
        let response = self.running().respond(USER, request);
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Json::Null);
        Answer { status: response.status().as_u16(), text, json }
    }

    /// Returns the rows of all pages of a collection.
    fn pages(&self, path: &str, size: usize) -> Result<Vec<Json>, String> {
        let (mut rows, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let answer = self.get(&path, Some(size));
            let page = answer.json["value"].as_array().ok_or_else(|| format!("{path}: {}", answer.text))?;
            if page.len() > size || page.is_empty() && !rows.is_empty() {
                return Err(format!("a page of {} rows by {size}: {path}", page.len()));
            }
            rows.extend(page.iter().cloned());
            next = answer.json["@odata.nextLink"].as_str().map(str::to_owned);
        }
        Ok(rows)
    }

    /// Compares the response to `path` with the interpreter's result. Returns the rows as JSON; `None` if the
    /// response is not a collection, or if the query is not supported.
    fn judge(&self, query: &Query, data: &Database, path: &str) -> Result<Option<Vec<Json>>, String> {
        let answer = self.get(path, None);
        if answer.status == 501 {
            let reason = answer.json["error"]["message"].as_str().unwrap_or_default().to_owned();
            *self.refused.borrow_mut().entry(reason).or_default() += 1;
            return Ok(None);
        }
        // The interpreter evaluates parts of a query that SQL leaves out because they change nothing, such as the
        // conditions of an outer link within `exists`, and may not be able to.
        let meant = match evaluate(query, data, store(), &self.context) {
            Ok(meant) => meant,
            Err(error) => {
                *self.refused.borrow_mut().entry(format!("not evaluated: {error}")).or_default() += 1;
                return Ok(None);
            }
        };
        let shown = || format!("{} {}", answer.status, answer.text);
        if answer.status != 200 && answer.status != 204 {
            return Err(format!("{}\nis not\n{meant:#?}", shown()));
        }
        self.compared.set(self.compared.get() + 1);
        let mut collection = None;
        let (found, meant, any) = match meant {
            QueryResult::Count(n) => (json!(answer.text), json!(n.to_string()), n > 0),
            QueryResult::Column(value) => {
                let value = value.as_ref().map(json_of);
                (answer.json["value"].clone(), value.clone().unwrap_or_default(), value.is_some())
            }
            QueryResult::References(ids) => {
                let found = answer.json["value"].as_array().map_or(0, Vec::len);
                (json!(found), json!(ids.len()), !ids.is_empty())
            }
            QueryResult::Rows(rows, total) => {
                let own = own_table(query);
                let meant: Vec<Json> =
                    rows.iter().map(|row| row_of(own, Some(query), &query.expand, row)).collect();
                if let Some(total) = total
                    && path.contains("$count=true")
                    && answer.json["@odata.count"] != json!(total)
                {
                    return Err(format!("the count is not {total}: {}", shown()));
                }
                let found = match answer.json.get("value") {
                    Some(Json::Array(rows)) => {
                        collection = Some(rows.clone());
                        rows.iter().map(plain).collect()
                    }
                    _ => vec![plain(&answer.json)],
                };
                (Json::Array(found), Json::Array(meant.clone()), !meant.is_empty())
            }
        };
        self.with_rows.set(self.with_rows.get() + usize::from(any));
        if found != meant {
            return Err(format!("{found:#}\nis not\n{meant:#}"));
        }
        Ok(collection)
    }

    /// Fails if fewer than `compared` percent of the queries were supported, or fewer than `with_rows` percent
    /// returned rows, because the test would then show nothing.
    fn holds(&self, compared: usize, with_rows: usize) {
        let refused: usize = self.refused.borrow().values().sum();
        let (all, found, paged) = (self.compared.get(), self.with_rows.get(), self.paged.get());
        let told = format!(
            "{all} compared, {found} with rows, {paged} in pages, refused: {:#?}",
            self.refused.borrow()
        );
        println!("{told}");
        assert!(all * 100 >= (all + refused) * compared, "{told}");
        assert!(found * 100 >= all * with_rows, "{told}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

/// Takes a column from each row that has the same alternate key as an earlier one: the emulator does not store
/// such rows.
fn keep_keys(table: &Table, rows: &mut [BTreeMap<String, Value>]) {
    for key in &table.keys {
        let mut known = BTreeSet::new();
        for row in rows.iter_mut() {
            let values: Option<Vec<&Value>> = key.columns.iter().map(|column| row.get(column)).collect();
            if let Some(values) = values
                && !known.insert(format!("{values:?}").to_lowercase())
            {
                row.remove(&key.columns[0]);
            }
        }
    }
}

/// Returns a row with the columns that are stored.
fn stored(table: &Table, row: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let layout = dvkit_execute::sqlite::TableLayout::for_table(table);
    row.iter().filter(|(name, _)| layout.kind(name).is_some()).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Returns the table of a query's rows; `None` for groups.
fn own_table(query: &Query) -> Option<&'static Table> {
    query.grouping.is_none().then(|| table(&query.table))
}

/// Returns a value as JSON, times in whole seconds.
fn json_of(value: &Value) -> Json {
    match value {
        Value::Integer(n) => json!(n),
        Value::Decimal(d) => serde_json::from_str(&d.to_string()).unwrap(),
        // The parser of JSON does not keep the last digit of every float; both sides are parsed.
        Value::Double(d) => serde_json::from_str(&json!(d).to_string()).unwrap(),
        Value::Boolean(b) => json!(b),
        Value::Text(text) => json!(text),
        Value::Guid(id) => json!(id.to_string()),
        Value::Date(day) => json!(day.to_string()),
        Value::DateTime(t) => json!(format!("{}Z", &format!("{t:.9}")[..19])),
        other => panic!("{other:?} is not a value of a row"),
    }
}

/// Returns a row of the interpreter as the service shows it, without null. `query` gives the aliases.
fn row_of(
    table: Option<&Table>,
    query: Option<&Query>,
    expand: &[dvkit_query::hir::Expansion],
    row: &ResultRow,
) -> Json {
    let aliased = |name: &str| query.is_some_and(|q| q.aliases.iter().any(|(_, alias)| alias == name));
    let mut members = Map::new();
    for (name, value) in &row.columns {
        let column = table.filter(|_| !aliased(name)).and_then(|t| t.column(name));
        let member = match column {
            Some(column) => column.property_name().into_owned(),
            None => key_name(query, name).unwrap_or_else(|| name.clone()),
        };
        let mut value = json_of(value);
        if managed(query, table, name) {
            value = json!({ "Value": value });
        }
        members.insert(member, value);
    }
    for (name, rows) in &row.expanded {
        let expansion = expand.iter().find(|e| e.to.navigation() == name).unwrap();
        let of = |row: &ResultRow| match expansion.reference {
            true => json!({}),
            false => row_of(Some(related(&expansion.to)), None, &expansion.expand, row),
        };
        let value = match rows {
            ExpandedRows::One(None) => continue,
            ExpandedRows::One(Some(row)) => of(row),
            ExpandedRows::Many(rows) => Json::Array(rows.iter().map(of).collect()),
        };
        members.insert(name.clone(), value);
    }
    Json::Object(members)
}

/// Returns whether a column of the result is a managed property, whose JSON value is an object.
fn managed(query: Option<&Query>, own: Option<&Table>, name: &str) -> bool {
    let is = |t: &Table, c: &str| t.column(c).is_some_and(|c| c.ty == ColumnType::ManagedProperty);
    let listed = |column: &ColumnRef, t: &Table, alias: &str| alias == name && is(t, &column.column);
    if own.is_some_and(|t| is(t, name)) {
        return true;
    }
    let Some(query) = query else { return false };
    let own = table(&query.table);
    if query.aliases.iter().any(|(column, alias)| listed(column, own, alias)) {
        return true;
    }
    let grouped = query.grouping.iter().flat_map(|g| &g.keys);
    if grouped.into_iter().any(|k| k.alias.as_deref() == Some(name) && k.column.column == "iscustomizable") {
        return true;
    }
    let mut joins: Vec<_> = query.joins.iter().collect();
    while let Some(join) = joins.pop() {
        let t = table(&join.table);
        let plain = name.strip_prefix(&format!("{}.", join.alias)).is_some_and(|c| is(t, c));
        if plain || join.aliases.iter().any(|(column, alias)| listed(column, t, alias)) {
            return true;
        }
        joins.extend(&join.joins);
    }
    false
}

/// Returns the property name of a group key without an alias.
fn key_name(query: Option<&Query>, name: &str) -> Option<String> {
    let query = query?;
    let key = query.grouping.as_ref()?.keys.iter().find(|key| {
        key.alias.is_none()
            && key.column.path.is_empty()
            && key.column.join.is_none()
            && key.column.column == name
    })?;
    Some(table(&query.table).column(&key.column.column)?.property_name().into_owned())
}

fn related(to: &RelatedRows) -> &'static Table {
    match to {
        RelatedRows::One(link) => table(&link.table),
        RelatedRows::Many(collection) => table(&collection.table),
    }
}

/// Returns a row of a response without annotations, null and the facts about managed properties.
fn plain(row: &Json) -> Json {
    match row {
        Json::Object(members) => {
            let kept = members.iter().filter(|(name, value)| {
                !name.contains('@')
                    && !value.is_null()
                    && *name != "CanBeChanged"
                    && *name != "ManagedPropertyLogicalName"
            });
            kept.map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>().into()
        }
        Json::Array(rows) => rows.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// Returns a request with the characters encoded that a URL cannot contain. Delimiters within values are encoded
/// already.
fn sendable(text: &str) -> String {
    let mut url = String::new();
    for byte in text.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                url.push_str(&format!("%{byte:02X}"))
            }
            0x21..=0x7e => url.push(char::from(byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

/// Returns rows without annotations.
fn all_plain(rows: &[Json]) -> Vec<Json> {
    rows.iter().map(plain).collect()
}

#[test]
fn random_requests_return_the_interpreters_rows() {
    let service = Service::start();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(ProptestConfig { cases: cases(), ..config() }).run(
        &(bytes, any::<u64>()),
        |(bytes, seed)| {
            let text = odata::request(&request(&mut Dice(bytes.iter())));
            let failed = |why: String| TestCaseError::fail(format!("{text}\n{why}"));
            let meant = check_request(store(), None, &text, &CheckOptions::default()).unwrap().query;
            let meant = meant.ok_or_else(|| failed("it has no meaning".to_owned()))?;
            let mut data = database(seed, &meant);
            service.fill(&mut data);
            let path = sendable(&text);
            let Some(rows) = service.judge(&meant, &data, &path).map_err(failed)? else { return Ok(()) };
            if meant.page.top.is_none() {
                let size = 1 + usize::from(seed % 3 == 0);
                let pages = service.pages(&path, size).map_err(failed)?;
                if all_plain(&pages) != all_plain(&rows) {
                    return Err(failed(format!("pages of {size}: {pages:#?}\nare not\n{rows:#?}")));
                }
                service.paged.set(service.paged.get() + 1);
            }
            count_agrees(&service, &meant, &rows).map_err(failed)
        },
    );
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    service.holds(99, 50);
}

/// Compares the number of rows with `/$count`, for a query whose condition is all that `/$count` takes.
fn count_agrees(service: &Service, query: &Query, rows: &[Json]) -> Result<(), String> {
    if query.page.top.is_some() || query.grouping.is_some() || query.result != ResultShape::Rows {
        return Ok(());
    }
    let mut counted = query.clone();
    counted.columns = Columns::All;
    counted.expand.clear();
    counted.order.clear();
    counted.page = dvkit_query::hir::Page::default();
    counted.hints.clear();
    counted.result = ResultShape::Count;
    let path = sendable(&odata::request(&counted));
    let answer = service.get(&path, None);
    match answer.text == rows.len().to_string() {
        true => Ok(()),
        false => Err(format!("{path} is {}, and there are {} rows", answer.text, rows.len())),
    }
}

#[test]
fn random_fetchxml_returns_the_interpreters_rows() {
    let service = Service::start();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(ProptestConfig { cases: cases(), ..config() }).run(
        &(bytes, any::<u64>()),
        |(bytes, seed)| {
            let text = fetch(&mut Dice(bytes.iter()));
            let failed = |why: String| TestCaseError::fail(format!("{text}\n{why}"));
            let read = check_fetchxml(store(), &text, &CheckOptions::default()).unwrap();
            let query = read.query.ok_or_else(|| failed("it has no meaning".to_owned()))?;
            let Some(set) = &table(&query.table).entity_set else { return Ok(()) };
            let mut data = database(seed, &query);
            service.fill(&mut data);
            let path = |text: &str| {
                format!("{set}?fetchXml={}", encode(text).replace('&', "%26").replace('#', "%23"))
            };
            let Some(rows) = service.judge(&query, &data, &path(&text)).map_err(failed)? else {
                return Ok(());
            };
            let page = &query.page;
            if page.top.is_none() && page.size.is_none() && page.number.is_none() {
                let mut pages = Vec::new();
                for number in 1..=rows.len() {
                    let paged = text.replacen("<fetch", &format!("<fetch count=\"1\" page=\"{number}\""), 1);
                    let answer = service.get(&path(&paged), None);
                    let page = answer.json["value"].as_array().ok_or_else(|| failed(answer.text.clone()))?;
                    pages.extend(page.iter().cloned());
                    let more = answer.json.get("@Microsoft.Dynamics.CRM.fetchxmlpagingcookie").is_some();
                    if more != (number < rows.len()) {
                        return Err(failed(format!("page {number} of {} has a cookie: {more}", rows.len())));
                    }
                }
                if all_plain(&pages) != all_plain(&rows) {
                    return Err(failed(format!("pages: {pages:#?}\nare not\n{rows:#?}")));
                }
                service.paged.set(service.paged.get() + 1);
            }
            Ok(())
        },
    );
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    service.holds(95, 33);
}

/// Returns the number of cases: a few hundred, or `PROPTEST_CASES`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}
