//! Tests of the interpreter on a small organisation with few rows. The expected results were determined by
//! hand.

mod conditions;
mod dates;
mod groups;
mod joins;
mod rows;

use dvkit_schema::{
    Choice, ChoiceOption, ChoiceRef, Column, ColumnType, DateTimeBehavior, LocalizedText, Relationship,
    Schema, Side, Store, Table,
};
use jiff::civil::date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::{Database, QueryResult, ResultRow, Row, evaluate};
use crate::{Context, FiscalPeriod, FiscalSettings};
use dvkit_query::hir::{CollectionRef, ColumnRef, Predicate, Property, Query, Test, Value};
use dvkit_query::{CheckOptions, check_request};

fn id(n: u128) -> Value {
    Value::Guid(Uuid::from_u128(n))
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn time(text: &str) -> Value {
    Value::DateTime(text.parse().expect("a time"))
}

fn column(name: &str) -> ColumnRef {
    ColumnRef { scope: 0, join: None, path: vec![], column: name.into(), property: Property::Plain }
}

fn joined(alias: &str, name: &str) -> ColumnRef {
    ColumnRef { join: Some(alias.into()), ..column(name) }
}

fn is(name: &str, test: Test) -> Predicate {
    Predicate::Test(column(name), test)
}

fn lookup(name: &str, target: &str) -> Column {
    Column::new(name, ColumnType::Lookup { targets: vec![target.into()] })
}

fn relationship(navigation: &str, side: Side, table: &str, column: &str, referenced: &str) -> Relationship {
    Relationship {
        navigation: Some(navigation.into()),
        side,
        table: table.into(),
        column: Some(column.into()),
        referenced: Some(referenced.into()),
        intersect: (side == Side::ManyToMany).then(|| "links".into()),
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: Some(table == "account" && column == "parent"),
        cascade: None,
    }
}

fn table(name: &str, columns: Vec<Column>, relationships: Vec<Relationship>) -> Table {
    Table {
        logical_name: name.into(),
        entity_set: Some(format!("{name}s")),
        primary_id: Some(format!("{name}id")),
        primary_name: Some("name".into()),
        columns: [Column::new(format!("{name}id"), ColumnType::Uniqueidentifier)]
            .into_iter()
            .chain(columns)
            .collect(),
        relationships,
        ..Table::default()
    }
}

/// Returns a schema with accounts and contacts. Accounts have a parent and a main contact, contacts belong to
/// accounts, and any two rows can be linked.
fn store() -> Store {
    let string = || ColumnType::String { max_length: Some(100), format: None };
    let when = |behavior| ColumnType::DateTime { behavior: Some(behavior), date_format: None };
    let option = |value, label: &str| ChoiceOption {
        value,
        label: LocalizedText::new(1033, label),
        ..ChoiceOption::default()
    };
    let kinds = || Choice {
        name: "kinds".into(),
        options: vec![option(1, "Zebra"), option(2, "Ant"), option(3, "Mule")],
        ..Choice::default()
    };
    let account = table(
        "account",
        vec![
            Column::new("name", string()),
            Column::new("city", string()),
            Column::new("size", ColumnType::Integer { min: None, max: None, format: None }),
            Column::new(
                "kind",
                ColumnType::Choice { choice: Some(ChoiceRef::Local(kinds())), default: None },
            ),
            Column::new("tags", ColumnType::Choices { choice: Some(ChoiceRef::Local(kinds())) }),
            Column::new("opened", when(DateTimeBehavior::UserLocal)),
            Column::new("founded", when(DateTimeBehavior::DateOnly)),
            Column::new("clock", when(DateTimeBehavior::TimeZoneIndependent)),
            lookup("parent", "account"),
            lookup("main", "contact"),
        ],
        vec![
            relationship("Parent", Side::ManyToOne, "account", "parent", "accountid"),
            relationship("Main", Side::ManyToOne, "contact", "main", "contactid"),
            relationship("Contacts", Side::OneToMany, "contact", "account", "accountid"),
            relationship("Linked", Side::ManyToMany, "contact", "accountid", "contactid"),
        ],
    );
    let contact = table(
        "contact",
        vec![
            Column::new("name", string()),
            Column::new("age", ColumnType::Integer { min: None, max: None, format: None }),
            lookup("account", "account"),
        ],
        vec![relationship("Account", Side::ManyToOne, "account", "account", "accountid")],
    );
    let mut schema = Schema::default();
    for mut table in [account, contact] {
        table.sort();
        schema.tables.insert(table.logical_name.clone(), table);
    }
    Store::from_schema(schema)
}

fn row(values: &[(&str, Value)]) -> Row {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// Returns a database with the accounts `rows` and no other rows.
fn accounts(rows: Vec<Row>) -> Database {
    let mut database = Database::default();
    database.tables.insert("account".into(), rows);
    database
}

/// Returns a context in which it is the evening of Tuesday, 2025-03-11, in New York, and the next day in UTC.
/// The fiscal year begins in July.
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

fn answer(query: &Query, database: &Database) -> QueryResult {
    evaluate(query, database, &store(), &context()).expect("it can be evaluated")
}

fn records(query: &Query, database: &Database) -> Vec<ResultRow> {
    match answer(query, database) {
        QueryResult::Rows(rows, _) => rows,
        other => panic!("rows, not {other:?}"),
    }
}

/// Returns the meaning of an OData request.
fn query(request: &str) -> Query {
    let checked = check_request(&store(), None, request, &CheckOptions::default()).expect("in memory");
    let found: Vec<String> = checked.diagnostics.iter().map(ToString::to_string).collect();
    checked.query.unwrap_or_else(|| panic!("{request}\n{found:?}"))
}

/// Returns the values of the column `name` of all rows as text, separated by spaces; null is `-`.
fn shown(records: &[ResultRow], name: &str) -> String {
    let one = |record: &ResultRow| match record.columns.get(name) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Integer(n)) => n.to_string(),
        Some(other) => format!("{other:?}"),
        None => "-".into(),
    };
    records.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Returns the names of the accounts for which an OData filter is true.
fn names(filter: &str, database: &Database) -> String {
    shown(&records(&query(&format!("accounts?$filter={filter}")), database), "name")
}

/// Returns the names of the accounts for which a condition is true.
fn kept(predicate: Predicate, database: &Database) -> String {
    shown(&records(&Query::rows("account", predicate), database), "name")
}

fn contacts_of_account() -> CollectionRef {
    CollectionRef {
        scope: 0,
        navigation: "Contacts".into(),
        table: "contact".into(),
        column: Some("account".into()),
        referenced: Some("accountid".into()),
        intersect: None,
        single: false,
    }
}

/// Returns accounts with contacts of various ages: `none` has no contacts, `old` has 40 and 50, `mixed` has
/// 10 and 60, `young` has 5, and `unsaid` has a contact without an age.
fn families() -> Database {
    let names = ["none", "old", "mixed", "young", "unsaid"];
    let mut database = accounts(
        names.iter().zip(1..).map(|(name, n)| row(&[("accountid", id(n)), ("name", text(name))])).collect(),
    );
    let contact = |n: u128, account: u128, age: Option<i64>| {
        let mut row =
            row(&[("contactid", id(n)), ("name", text(&format!("c{n}"))), ("account", id(account))]);
        row.extend(age.map(|age| ("age".to_owned(), Value::Integer(age))));
        row
    };
    database.tables.insert(
        "contact".into(),
        vec![
            contact(11, 2, Some(40)),
            contact(12, 2, Some(50)),
            contact(13, 3, Some(10)),
            contact(14, 3, Some(60)),
            contact(15, 4, Some(5)),
            contact(16, 5, None),
        ],
    );
    database
}
