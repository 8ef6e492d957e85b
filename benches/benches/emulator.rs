//! Measures reads of the emulator over 1,000,000 rows, beside the same statements through rusqlite with
//! serde_json: a point read, each of another row, and a filtered page of 50 rows. Requests have no socket; HTTP comes on top.

use std::collections::BTreeMap;
use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_query::hir::Value;
use dvkit_schema::{Column, ColumnType, Schema, Table};
use rusqlite::Connection;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

const ROWS: u128 = 1_000_000;
const TABLE: &str = "new_item";
/// The distance between the numbers of two rows that are read one after the other. It has no divisor in common with
/// the number of rows, so that every row is read before one is read again.
const STRIDE: u128 = 618_033;

/// A schema with one table of six columns.
fn schema() -> Schema {
    let text = || ColumnType::String { max_length: Some(100), format: None };
    let table = Table {
        logical_name: TABLE.into(),
        schema_name: Some("new_Item".into()),
        entity_set: Some("new_items".into()),
        primary_id: Some("new_itemid".into()),
        primary_name: Some("new_name".into()),
        columns: vec![
            Column::new("new_itemid", ColumnType::Uniqueidentifier),
            Column::new("new_name", text()),
            Column::new("new_city", text()),
            Column::new("new_number", ColumnType::Integer { min: None, max: None, format: None }),
            Column::new("new_amount", ColumnType::Decimal { min: None, max: None, precision: Some(2) }),
            Column::new("new_open", ColumnType::Boolean { choice: None, default: None }),
        ],
        ..Table::default()
    };
    Schema { tables: [(TABLE.to_owned(), table)].into(), ..Schema::default() }
}

fn row(n: u128) -> BTreeMap<String, Value> {
    let number = i64::try_from(n).expect("small");
    let values = [
        ("new_itemid", Value::Guid(id(n))),
        ("new_name", Value::Text(format!("item {n}"))),
        ("new_city", Value::Text(format!("city {}", n % 1_000))),
        ("new_number", Value::Integer(number % 1_000)),
        ("new_amount", Value::Decimal(dvkit::Decimal::new(number, 2))),
        ("new_open", Value::Boolean(n.is_multiple_of(2))),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Returns an id; ids are spread over the key, as those of real rows are.
fn id(n: u128) -> Uuid {
    Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

/// Returns the ids of all rows, again and again, in an order in which neighbours are far apart.
fn ids() -> impl Iterator<Item = Uuid> {
    (0..ROWS).cycle().map(|n| id(n * STRIDE % ROWS))
}

/// The same rows in a database of its own, for the baseline.
fn baseline() -> Connection {
    let connection = Connection::open_in_memory().expect("a database");
    connection
        .execute_batch(
            "CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, name TEXT, city TEXT, number INTEGER, amount TEXT, open INTEGER, version INTEGER) STRICT",
        )
        .expect("a table");
    {
        let transaction = connection.unchecked_transaction().expect("a transaction");
        let mut insert =
            transaction.prepare("INSERT INTO item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").expect("an insert");
        for n in 0..ROWS {
            let number = i64::try_from(n).expect("small");
            let amount = dvkit::Decimal::new(number, 2).to_string();
            insert
                .execute((
                    id(n).to_string(),
                    format!("item {n}"),
                    format!("city {}", n % 1_000),
                    number % 1_000,
                    amount,
                    n.is_multiple_of(2),
                    number,
                ))
                .expect("a row");
        }
        drop(insert);
        transaction.commit().expect("committed");
    }
    connection
}

/// Returns a row of the baseline as JSON.
fn json(row: &rusqlite::Row<'_>) -> rusqlite::Result<Json> {
    let mut members = Map::new();
    members.insert("@odata.etag".into(), json!(format!("W/\"{}\"", row.get::<_, i64>(5)?)));
    members.insert("new_name".into(), json!(row.get::<_, String>(0)?));
    members.insert("new_number".into(), json!(row.get::<_, i64>(1)?));
    let amount: String = row.get(2)?;
    members.insert("new_amount".into(), serde_json::from_str(&amount).expect("a number"));
    members.insert("new_open".into(), json!(row.get::<_, i64>(3)? != 0));
    members.insert("new_itemid".into(), json!(row.get::<_, String>(4)?));
    Ok(Json::Object(members))
}

fn get(running: &RunningEmulator, path: &str) -> Bytes {
    let request = http::Request::get(format!("/api/data/v9.2/{path}"));
    let request = request.header("prefer", "odata.maxpagesize=50").body(Bytes::new()).expect("a request");
    let response = running.respond("ann", request);
    assert_eq!(response.status(), 200);
    response.into_body()
}

fn reads(c: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let running = runtime.block_on(Emulator::builder(schema()).start()).expect("it starts");
    running.insert_rows(TABLE, (0..ROWS).map(row)).expect("rows");
    let connection = baseline();
    let columns = "name, number, amount, open, id, version";

    let mut keys = ids();
    c.bench_function("point read, emulator", |b| {
        b.iter(|| {
            let key = keys.next().expect("endless");
            let path = format!("new_items({key})?$select=new_name,new_number,new_amount,new_open");
            get(&running, black_box(&path))
        });
    });
    let mut keys = ids();
    let point = format!("SELECT {columns} FROM item WHERE id = ?1 ORDER BY id LIMIT 1");
    c.bench_function("point read, rusqlite and serde_json", |b| {
        b.iter(|| {
            let key = keys.next().expect("endless");
            let mut statement = connection.prepare_cached(&point).expect("a statement");
            statement
                .query_row([black_box(key).to_string()], |row| Ok(json(row)?.to_string()))
                .expect("a row")
        });
    });

    let path = "new_items?$select=new_name,new_number,new_amount,new_open&$filter=new_number%20ge%20500%20and%20new_open%20eq%20true";
    c.bench_function("filtered page of 50 rows, emulator", |b| b.iter(|| get(&running, black_box(path))));
    let page = format!("SELECT {columns} FROM item WHERE number >= ?1 AND open = ?2 ORDER BY id LIMIT 51");
    c.bench_function("filtered page of 50 rows, rusqlite and serde_json", |b| {
        b.iter(|| {
            let mut statement = connection.prepare_cached(&page).expect("a statement");
            let rows = statement.query_map((black_box(500), true), json).expect("rows");
            let rows: Vec<Json> = rows.take(50).collect::<Result<_, _>>().expect("rows");
            json!({ "@odata.context": "$metadata#new_items", "value": rows }).to_string()
        });
    });
}

criterion_group!(benches, reads);
criterion_main!(benches);
