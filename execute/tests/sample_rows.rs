//! Queries on rows of the sample organisation: their SQL, and their results in SQLite and in memory.
//!
//! `UPDATE_EXPECT=1 cargo test -p dvkit-execute --test sample_rows` brings the files up to date; what changes has to be
//! read like code.

mod sqlite;

use std::path::Path;
use std::sync::OnceLock;

use dvkit_execute::interpreter::{Database, ExpandedRows, QueryResult, ResultRow, Row, evaluate};
use dvkit_execute::sqlite::{Parameter, SqlValue, Statement, TableLayout, to_sql};
use dvkit_execute::{Context, FiscalPeriod, FiscalSettings};
use dvkit_fixtures::{Case, Form, assert_cases, contoso};
use dvkit_query::hir::Value;
use dvkit_query::{CheckOptions, QueryText, check};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Table};
use jiff::civil::date;
use jiff::tz::TimeZone;
use sqlite::Sqlite;
use uuid::Uuid;

/// The evening of 2025-03-11 in New York, and the next day in UTC. The fiscal year begins in July.
fn context() -> Context {
    Context {
        now: "2025-03-12T01:30:20Z".parse().expect("a time"),
        zone: TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a zone"),
        user: Uuid::from_u128(1),
        business_unit: Uuid::from_u128(2),
        teams: vec![Uuid::from_u128(3)],
        language: 1033,
        fiscal: FiscalSettings { period: FiscalPeriod::Quarterly, start: date(2000, 7, 1) },
    }
}

/// Rows of each table.
const ROWS: u128 = 9;

/// Returns a number below `below`, which depends on the table, the column and the row only.
fn draw(table: &str, column: &str, row: u128, below: usize) -> usize {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325 ^ u64::try_from(row).expect("few rows");
    for byte in table.bytes().chain([0]).chain(column.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (hash >> 32);
    usize::try_from(hash % below as u64).expect("small")
}

/// Returns the value of a column in a row; `None` is null, which a quarter of the values are.
fn cell(table: &Table, column: &Column, row: u128) -> Option<Value> {
    let draw = |below| draw(&table.logical_name, &column.logical_name, row, below);
    let text = |texts: &[&str]| Some(Value::Text(texts[draw(texts.len())].to_owned()));
    if draw(4) == 3 {
        return None;
    }
    match &column.ty {
        ColumnType::Choices { .. } => return text(&["1", "1,2", "2,3", "3"]),
        ColumnType::EntityName => return text(&["account", "contact", "team"]),
        ColumnType::ManagedProperty => return Some(Value::Boolean(draw(2) == 0)),
        ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. } => {
            return Some(Value::Integer([0, 1, 1, 2, 5, 100_000_000][draw(6)]));
        }
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => {
            let days = ["2025-03-11", "2025-03-12", "2025-01-31", "2024-02-29", "1990-01-31", "2025-07-01"];
            return Some(Value::Date(days[draw(6)].parse().expect("a day")));
        }
        _ => {}
    }
    Some(match column.ty.edm()? {
        Edm::Guid => Value::Guid(Uuid::from_u128(1 + draw(10) as u128)),
        Edm::String => {
            return text(&["Ann", "ann", "A", "B", "Contoso", "O'Brien", "a_b", "50%", "Zürich", "x"]);
        }
        Edm::Boolean => Value::Boolean(draw(2) == 0),
        Edm::Int32 | Edm::Int64 => Value::Integer([0, 1, 5, 7, 100, 1033, -5][draw(7)]),
        Edm::Decimal => Value::Decimal(["0", "5", "5.00", "1000.5", "1001", "-5", "99.5"][draw(7)].parse().ok()?),
        Edm::Double => Value::Double([0.0, 5.0, -47.36, 1e3, 99.5][draw(5)]),
        Edm::Date => Value::Date("2025-03-11".parse().ok()?),
        Edm::DateTimeOffset => {
            let times = [
                "2025-03-12T01:00:00Z",
                "2025-03-11T03:59:59Z",
                "2025-03-10T12:00:00Z",
                "2025-01-31T00:00:00Z",
                "2025-01-31T10:00:00Z",
                "2024-12-31T23:59:59Z",
                "2025-03-09T06:59:59Z",
                "2026-03-12T01:00:00Z",
            ];
            Value::DateTime(times[draw(8)].parse().ok()?)
        }
        Edm::Binary => return None,
    })
}

fn rows(table: &Table) -> Vec<Row> {
    let row = |n: u128| {
        let values = table.columns.iter().filter_map(|c| Some((c.logical_name.clone(), cell(table, c, n)?)));
        let mut row: Row = values.collect();
        let key = table.primary_id.iter().map(|id| (id.clone(), Value::Guid(Uuid::from_u128(n))));
        row.extend(key);
        row
    };
    (1..=ROWS).map(row).collect()
}

fn database() -> &'static Database {
    static DATABASE: OnceLock<Database> = OnceLock::new();
    DATABASE.get_or_init(|| {
        let mut database = Database::default();
        for (name, table) in contoso().load().expect("the sample is whole").tables {
            let mut rows = rows(&table);
            if name == "principal" {
                rows = (1..=ROWS).map(|n| Row::from([("ownerid".to_owned(), Value::Guid(Uuid::from_u128(n)))])).collect();
            }
            database.tables.insert(name, rows);
        }
        database
    })
}

/// Returns the layouts of all tables.
fn layouts() -> &'static [TableLayout] {
    static LAYOUTS: OnceLock<Vec<TableLayout>> = OnceLock::new();
    LAYOUTS.get_or_init(|| {
        contoso().load().expect("the sample is whole").tables.values().map(TableLayout::for_table).collect()
    })
}

fn value(value: &Value) -> String {
    match value {
        Value::Guid(id) if id.as_u128() < 100 => format!("#{}", id.as_u128()),
        Value::Text(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    }
}

/// Returns at most the first eight columns of a row.
fn shown(row: &ResultRow) -> String {
    let mut all: Vec<String> = row.columns.iter().take(8).map(|(name, v)| format!("{name} {}", value(v))).collect();
    for (name, expanded) in &row.expanded {
        all.push(match expanded {
            ExpandedRows::One(None) => format!("{name} -"),
            ExpandedRows::One(Some(one)) => format!("{name} {}", shown(one)),
            ExpandedRows::Many(rows) => format!("{name} [{}]", rows.iter().map(shown).collect::<Vec<_>>().join("; ")),
        });
    }
    format!("({})", all.join(", "))
}

fn result(result: &QueryResult) -> String {
    match result {
        QueryResult::Rows(rows, total) => {
            let total = total.map(|n| format!(" of {n}")).unwrap_or_default();
            let all: Vec<String> = rows.iter().take(9).map(|row| format!("  {}\n", shown(row))).collect();
            format!("{} rows{total}\n{}", rows.len(), all.concat())
        }
        QueryResult::Count(n) => format!("count {n}\n"),
        QueryResult::References(all) => format!("references {}\n", all.iter().map(value).collect::<Vec<_>>().join(" ")),
        QueryResult::Column(one) => format!("column {}\n", one.as_ref().map_or("null".to_owned(), value)),
    }
}

fn parameter(parameter: &Parameter) -> String {
    match parameter {
        Parameter::SqlValue(SqlValue::Integer(n)) => n.to_string(),
        Parameter::SqlValue(SqlValue::Real(d)) => format!("{d:?}"),
        Parameter::SqlValue(SqlValue::Text(text)) => format!("{text:?}"),
        Parameter::Outer(column) => format!("outer {column}"),
    }
}

fn sql(statement: &Statement) -> String {
    let parameters: Vec<String> = statement.parameters.iter().map(parameter).collect();
    // The columns of a whole table say nothing.
    let (columns, rest) = statement.text.split_once(" FROM ").unwrap_or(("", &statement.text));
    let columns = if columns.len() > 400 { "SELECT …" } else { columns };
    let mut out = format!("{columns} FROM {rest} -- {}\n", parameters.join(", "));
    for expand in &statement.expand {
        out += &format!("  {}{}: {}", expand.navigation, if expand.single { " (one)" } else { "" }, sql(&expand.rows));
    }
    out
}

fn executed(case: &Case<'_>, sqlite: &Sqlite) -> String {
    let text = case.text.as_str();
    let query = match case.form {
        Form::Filter => QueryText::Filter { table: case.table.expect("a filter has a table"), text },
        Form::Request => QueryText::Request { table: case.table, text },
        Form::FetchXml => QueryText::FetchXml(text),
    };
    let options =
        CheckOptions { placeholders: case.settings.contains(&"placeholders"), ..CheckOptions::default() };
    let checked = check(contoso(), query, &options).expect("the sample is whole");
    let Some(query) = checked.query else { return "no meaning\n".to_owned() };
    let (database, context) = (database(), context());
    let meant = evaluate(&query, database, contoso(), &context);
    let mut out = String::new();
    match to_sql(&query, contoso(), &context) {
        Ok(statements) => {
            out += &sql(&statements.rows);
            if let Some(total) = &statements.total {
                out += &format!("total: {}", sql(total));
            }
            let read: Vec<&str> = statements.tables.iter().map(|t| t.name.as_str()).collect();
            out += &format!("of {}\n", read.join(", "));
            for layout in &statements.tables {
                assert!(layouts().contains(layout), "{text}: {layout:?}");
            }
            let found = sqlite.answer(&query, &statements).unwrap_or_else(|why| panic!("{text}\n{why}"));
            let meant = meant.as_ref().unwrap_or_else(|why| panic!("{text}\nsaid and not evaluated: {why}"));
            assert_eq!(&found, meant, "{text}\n{}", statements.rows.text);
        }
        Err(unsupported) => {
            for reason in unsupported.reasons {
                out += &format!("no SQL: {} {}\n", reason.code, reason.message);
            }
        }
    }
    out + &match meant {
        Ok(meant) => result(&meant),
        Err(why) => format!("not evaluated: {why}\n"),
    }
}

fn cases(file: &str) -> usize {
    let mut sqlite = Sqlite::new();
    sqlite.fill(layouts(), database());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    assert_cases(&path, |case| executed(case, &sqlite))
}

#[test]
fn odata_selects_the_recorded_rows_in_memory_and_in_sqlite() {
    assert!(cases("odata.txt") > 300);
}

#[test]
fn fetchxml_selects_the_recorded_rows_in_memory_and_in_sqlite() {
    assert!(cases("fetchxml.txt") > 200);
}
