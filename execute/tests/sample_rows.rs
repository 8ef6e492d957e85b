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
        Edm::Decimal => {
            Value::Decimal(["0", "5", "5.00", "1000.5", "1001", "-5", "99.5"][draw(7)].parse().ok()?)
        }
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
                rows = (1..=ROWS)
                    .map(|n| Row::from([("ownerid".to_owned(), Value::Guid(Uuid::from_u128(n)))]))
                    .collect();
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
    let mut all: Vec<String> =
        row.columns.iter().take(8).map(|(name, v)| format!("{name} {}", value(v))).collect();
    for (name, expanded) in &row.expanded {
        all.push(match expanded {
            ExpandedRows::One(None) => format!("{name} -"),
            ExpandedRows::One(Some(one)) => format!("{name} {}", shown(one)),
            ExpandedRows::Many(rows) => {
                format!("{name} [{}]", rows.iter().map(shown).collect::<Vec<_>>().join("; "))
            }
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
        QueryResult::References(all) => {
            format!("references {}\n", all.iter().map(value).collect::<Vec<_>>().join(" "))
        }
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
        out += &format!(
            "  {}{}: {}",
            expand.navigation,
            if expand.single { " (one)" } else { "" },
            sql(&expand.rows)
        );
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

/// The column of each table for which the functions of dates are recorded.
const DATES: [(&str, &str); 3] =
    [("account", "createdon"), ("new_project", "new_startdate"), ("new_project", "new_shiftstart")];

/// Distances from the present in hours, near the limits of days, weeks, months and years.
const HOURS: [i64; 42] = [
    -26_400, -17_544, -9_528, -8_760, -8_736, -4_400, -2_208, -2_160, -1_488, -1_000, -744, -700, -339, -336,
    -170, -168, -146, -74, -50, -49, -26, -22, -3, -1, 0, 2, 3, 22, 24, 48, 74, 144, 168, 170, 336, 700, 745,
    2_200, 4_400, 8_736, 8_784, 17_600,
];

/// Returns rows of accounts and projects at each of these distances.
fn near(now: jiff::Timestamp) -> Database {
    let mut database = Database::default();
    for (table, column) in DATES {
        let rows: &mut Vec<Row> = database.tables.entry(table.to_owned()).or_default();
        for (n, hours) in HOURS.iter().enumerate() {
            let time = now + jiff::SignedDuration::from_hours(*hours);
            let value = if column == "new_startdate" {
                Value::Date(time.to_zoned(TimeZone::UTC).date())
            } else {
                Value::DateTime(time)
            };
            if rows.len() <= n {
                let key = Value::Guid(Uuid::from_u128(n as u128 + 1));
                rows.push(Row::from([(format!("{table}id"), key)]));
            }
            rows[n].insert(column.to_owned(), value);
        }
    }
    database
}

/// Returns a letter for each context and the context, which differ in all that dates depend on.
fn contexts() -> Vec<(&'static str, Context)> {
    let of = |zone: &str, period, month, day| Context {
        zone: TimeZone::posix(zone).expect("a zone"),
        fiscal: FiscalSettings { period, start: date(2000, month, day) },
        ..context()
    };
    vec![
        ("New York, quarters from July", context()),
        ("UTC, years", of("UTC0", FiscalPeriod::Annually, 1, 1)),
        (
            "Vienna, halves from December 31",
            of("CET-1CEST,M3.5.0,M10.5.0/3", FiscalPeriod::Semiannually, 12, 31),
        ),
        ("Chatham, months from February 29", of("<+1345>-13:45", FiscalPeriod::Monthly, 2, 29)),
        ("Niue, four weeks from July", of("<-11>11", FiscalPeriod::FourWeeks, 7, 1)),
    ]
}

#[test]
fn functions_of_dates_select_the_recorded_times_in_memory_and_in_sqlite() {
    use dvkit_query::functions::{ColumnClass, FUNCTIONS, Signature};
    use dvkit_query::hir::{Arguments, ColumnRef, Columns, Predicate, Property, Query, Test};
    let mut out = String::from("# The distances from the present, in hours, that each function selects.\n");
    for (name, context) in contexts() {
        let database = near(context.now);
        let mut sqlite = Sqlite::new();
        sqlite.fill(layouts(), &database);
        out += &format!("\n# {name}\n\n");
        for function in
            FUNCTIONS.iter().filter(|f| matches!(f.columns, ColumnClass::Date | ColumnClass::DateTime))
        {
            let number = |n| Value::Integer(n);
            let arguments = match function.signature {
                Signature::Column => vec![Arguments::None],
                Signature::Number if function.name.ends_with("FiscalYear") => {
                    vec![Arguments::Number(number(2025))]
                }
                Signature::Number => vec![Arguments::Number(number(1)), Arguments::Number(number(3))],
                Signature::Value => vec![Arguments::One(Value::Date(date(2025, 3, 11)))],
                Signature::Period => vec![Arguments::Period(number(3), number(2025))],
                Signature::List => continue,
            };
            for ((table, column), arguments) in
                DATES.iter().flat_map(|d| arguments.iter().map(move |a| (*d, a)))
            {
                let plain = ColumnRef {
                    scope: 0,
                    join: None,
                    path: vec![],
                    column: column.into(),
                    property: Property::Plain,
                };
                let test = Predicate::Test(plain.clone(), Test::Function(function, arguments.clone()));
                let query = Query { columns: Columns::Listed(vec![plain]), ..Query::rows(table, test) };
                let said = format!("{}({})", function.name, arguments.texts().join(","));
                let found = match evaluate(&query, &database, contoso(), &context) {
                    Err(why) => format!("not evaluated: {why}"),
                    Ok(meant) => {
                        if let Ok(sql) = to_sql(&query, contoso(), &context) {
                            assert_eq!(
                                sqlite.answer(&query, &sql).as_ref(),
                                Ok(&meant),
                                "{said} of {column}, {name}"
                            );
                        }
                        selected(&meant, &format!("{table}id"))
                    }
                };
                out += &format!("{said} {column}: {found}\n");
            }
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/functions_of_dates.txt");
    expect_test::expect_file![file].assert_eq(&out);
}

/// Returns the distances of the rows of a result, neighbouring ones as a range.
fn selected(result: &QueryResult, key: &str) -> String {
    let QueryResult::Rows(rows, _) = result else { panic!("rows") };
    let number = |row: &ResultRow| match row.columns.get(key) {
        Some(Value::Guid(id)) => usize::try_from(id.as_u128() - 1).expect("small"),
        other => panic!("a key, not {other:?}"),
    };
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for n in rows.iter().map(number) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == n => *last = n,
            _ => ranges.push((n, n)),
        }
    }
    let shown = |(from, to): &(usize, usize)| match from == to {
        true => HOURS[*from].to_string(),
        false => format!("{}..{}", HOURS[*from], HOURS[*to]),
    };
    if ranges.is_empty() { "none".to_owned() } else { ranges.iter().map(shown).collect::<Vec<_>>().join(" ") }
}
