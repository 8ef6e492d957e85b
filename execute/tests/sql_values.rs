//! The SQL of conditions: each class of columns with each class of values, each pair of columns, each operator, and
//! each function with its arguments. What has no SQL has its reason.

use dvkit_execute::Context;
use dvkit_execute::sqlite::{Parameter, SqlValue, to_sql};
use dvkit_query::functions;
use dvkit_query::hir::{Arguments, ColumnRef, Columns, Comparison, Predicate, Property, Query, Test, Value};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Relationship, Schema, Side, Store, Table};
use expect_test::expect_file;
use jiff::tz::{TimeZone, offset};
use uuid::Uuid;

/// The columns of the table, by their classes.
const COLUMNS: [&str; 12] = [
    "day", "decimal", "double", "flag", "itemid", "moment", "options", "other", "parent", "text", "wall",
    "whole",
];

fn store() -> Store {
    let time = |behavior| ColumnType::DateTime { behavior: Some(behavior), date_format: None };
    let (min, max, precision) = (None, None, None);
    let ty = |name: &str| match name {
        "day" => time(DateTimeBehavior::DateOnly),
        "decimal" => ColumnType::Decimal { min, max, precision },
        "double" => ColumnType::Double { min, max, precision },
        "flag" => ColumnType::Boolean { choice: None, default: None },
        "itemid" | "other" => ColumnType::Uniqueidentifier,
        "moment" => time(DateTimeBehavior::UserLocal),
        "options" => ColumnType::Choices { choice: None },
        "parent" => ColumnType::Lookup { targets: vec!["item".to_owned()] },
        "text" => ColumnType::String { max_length: None, format: None },
        "wall" => time(DateTimeBehavior::TimeZoneIndependent),
        _ => ColumnType::Integer { min: None, max: None, format: None },
    };
    let upward = Relationship {
        navigation: Some("parent".to_owned()),
        side: Side::ManyToOne,
        table: "item".to_owned(),
        column: Some("parent".to_owned()),
        referenced: Some("itemid".to_owned()),
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: Some(true),
        cascade: None,
    };
    let table = Table {
        logical_name: "item".to_owned(),
        primary_id: Some("itemid".to_owned()),
        primary_name: Some("text".to_owned()),
        columns: COLUMNS.map(|name| Column::new(name, ty(name))).into(),
        relationships: vec![upward],
        ..Table::default()
    };
    Store::from_schema(Schema { tables: [("item".to_owned(), table)].into(), ..Schema::default() })
}

fn context() -> Context {
    Context {
        user: Uuid::from_u128(1),
        business_unit: Uuid::from_u128(2),
        teams: vec![Uuid::from_u128(3), Uuid::from_u128(4)],
        language: 1031,
        zone: TimeZone::fixed(offset(-5)),
        ..Context::at("2025-03-12T01:30:20Z".parse().expect("a time"))
    }
}

fn column(name: &str) -> ColumnRef {
    ColumnRef { scope: 0, join: None, path: vec![], column: name.into(), property: Property::Plain }
}

/// Returns one value of each class; of times, one at midnight in UTC and one in between.
fn values() -> Vec<Value> {
    let time = |text: &str| Value::DateTime(text.parse().expect("a time"));
    vec![
        Value::Text("x".into()),
        Value::Integer(5),
        Value::Decimal("1.50".parse().expect("a decimal")),
        Value::Double(2.5),
        Value::Boolean(true),
        Value::Guid(Uuid::from_u128(9)),
        Value::Date("2025-03-12".parse().expect("a day")),
        Value::Date("-000001-03-12".parse().expect("a day")),
        time("2025-03-12T00:00:00Z"),
        time("2025-03-12T01:30:20.5Z"),
        time("-000001-03-12T00:00:00Z"),
        Value::Parameter("{a}".into()),
    ]
}

/// Returns the condition of a predicate in SQL with its parameters, or the reasons why there is none.
fn shown(store: &Store, predicate: Predicate) -> String {
    let query = Query { columns: Columns::Listed(vec![column("text")]), ..Query::rows("item", predicate) };
    let parameter = |parameter: &Parameter| match parameter {
        Parameter::SqlValue(SqlValue::Integer(n)) => n.to_string(),
        Parameter::SqlValue(SqlValue::Real(d)) => format!("{d:?}"),
        Parameter::SqlValue(SqlValue::Text(text)) => format!("{text:?}"),
        Parameter::Outer(column) => format!("outer {column}"),
    };
    match to_sql(&query, store, &context()) {
        Ok(sql) => {
            let text = &sql.rows.text;
            let condition = text.split_once(" WHERE ").map_or("everything", |(_, condition)| condition);
            // The order and the limits of the rows, with two parameters, are always the same.
            let (condition, _) = condition.rsplit_once(" ORDER BY ").unwrap_or((condition, ""));
            let own = sql.rows.parameters.len().saturating_sub(2);
            let parameters: Vec<_> = sql.rows.parameters.iter().take(own).map(parameter).collect();
            format!("{condition} -- {}", parameters.join(", "))
        }
        Err(unsupported) => {
            // What follows is in the words of the library for times.
            let words = |message: &str| match message.split_once("beyond the calendar") {
                Some((before, _)) => format!("{before}beyond the calendar"),
                None => message.to_owned(),
            };
            let reasons = unsupported.reasons.iter().map(|d| format!("{} {}", d.code, words(&d.message)));
            format!("no SQL: {}", reasons.collect::<Vec<_>>().join("; "))
        }
    }
}

fn is(name: &str, test: Test) -> Predicate {
    Predicate::Test(column(name), test)
}

#[test]
fn every_class_of_columns_is_compared_with_the_values_that_it_can_have() {
    let store = store();
    let mut text = String::new();
    for name in COLUMNS {
        for value in values() {
            let test = Test::Compare(Comparison::Eq, value.clone());
            text += &format!("{name} = {value:?}: {}\n", shown(&store, is(name, test)));
        }
        let pattern = Test::Contains(Value::Text("x".into()));
        text += &format!("{name} contains: {}\n", shown(&store, is(name, pattern)));
    }
    expect_file!["cases/sql_values.txt"].assert_eq(&text);
}

#[test]
fn two_columns_are_compared_if_one_class_contains_the_other() {
    let store = store();
    let mut text = String::new();
    for a in COLUMNS {
        for b in COLUMNS {
            let compared = Predicate::Columns(column(a), Comparison::Gt, column(b));
            text += &format!("{a} > {b}: {}\n", shown(&store, compared));
        }
    }
    expect_file!["cases/sql_columns.txt"].assert_eq(&text);
}

#[test]
fn every_operator_has_its_own_sql_within_a_negation() {
    let store = store();
    let mut text = String::new();
    let operators =
        [Comparison::Eq, Comparison::Ne, Comparison::Gt, Comparison::Ge, Comparison::Lt, Comparison::Le];
    let mut add = |what: &str, predicate: Predicate| {
        text.push_str(&format!("{what}: {}\n", shown(&store, predicate.clone())));
        text.push_str(&format!("not {what}: {}\n", shown(&store, Predicate::Not(Box::new(predicate)))));
    };
    for op in operators {
        let value = Test::Compare(op, Value::Text("x".into()));
        add(&format!("text {op:?} 'x'"), is("text", value));
        add(&format!("text {op:?} options"), Predicate::Columns(column("text"), op, column("options")));
        add(&format!("decimal {op:?} whole"), Predicate::Columns(column("decimal"), op, column("whole")));
    }
    add("null", is("text", Test::Null));
    add("not null", is("text", Test::NotNull));
    for value in [Value::Text("a%b".into()), Value::Integer(1), Value::Parameter("{a}".into())] {
        add(&format!("contains {value:?}"), is("text", Test::Contains(value.clone())));
        add(&format!("starts with {value:?}"), is("text", Test::StartsWith(value.clone())));
        add(&format!("ends with {value:?}"), is("text", Test::EndsWith(value.clone())));
        add(&format!("like {value:?}"), is("text", Test::Like(value)));
    }
    add("true", Predicate::Constant(true));
    add("false", Predicate::Constant(false));
    let two = vec![is("text", Test::Null), is("whole", Test::Null)];
    add("and", Predicate::And(two.clone()));
    add("or", Predicate::Or(two));
    expect_file!["cases/sql_operators.txt"].assert_eq(&text);
}

#[test]
fn every_function_has_its_own_sql_for_the_arguments_that_it_can_have() {
    let store = store();
    let mut text = String::new();
    let text_value = |text: &str| Value::Text(text.into());
    let (one, two) = (Value::Integer(1), Value::Integer(2));
    let lists = [
        vec![],
        vec![two.clone(), one.clone()],
        vec![text_value("2, 1,2")],
        vec![text_value("x"), text_value("y")],
        vec![one.clone(), Value::Decimal("1.5".parse().expect("a decimal")), two.clone()],
        vec![Value::Guid(Uuid::from_u128(9))],
        vec![Value::Boolean(true)],
        vec![Value::Parameter("{a}".into())],
    ];
    let day = Value::Date("2025-03-12".parse().expect("a day"));
    let time = Value::DateTime("2025-03-12T01:30:20Z".parse().expect("a time"));
    let parameter = Value::Parameter("{a}".into());
    let mut cases: Vec<(&str, &str, Arguments)> = Vec::new();
    for list in &lists {
        for (name, of) in [
            ("In", ["text", "whole", "options", "itemid", "flag"]),
            ("NotIn", ["text", "whole", "options", "itemid", "flag"]),
            ("Between", ["text", "whole", "day", "itemid", "decimal"]),
        ] {
            cases.extend(of.map(|column| (name, column, Arguments::List(list.clone()))));
        }
        cases.push(("ContainValues", "options", Arguments::List(list.clone())));
        cases.push(("DoesNotContainValues", "options", Arguments::List(list.clone())));
    }
    cases.push(("In", "text", Arguments::ListParameter("{a}".into())));
    for name in [
        "EqualBusinessId",
        "EqualUserId",
        "NotEqualUserId",
        "EqualUserTeams",
        "EqualUserOrUserTeams",
        "EqualUserLanguage",
        "EqualUserOrUserHierarchy",
    ] {
        cases.extend(["itemid", "whole", "text"].map(|column| (name, column, Arguments::None)));
    }
    for name in ["Above", "AboveOrEqual", "Under", "UnderOrEqual", "NotUnder"] {
        let id = Value::Guid(Uuid::from_u128(9));
        cases.extend(["itemid", "parent", "text"].map(|column| (name, column, Arguments::One(id.clone()))));
        cases.push((name, "itemid", Arguments::One(one.clone())));
    }
    let dates = ["day", "moment", "wall", "whole"];
    for name in [
        "Yesterday",
        "Today",
        "Tomorrow",
        "LastWeek",
        "ThisWeek",
        "NextWeek",
        "LastMonth",
        "ThisMonth",
        "NextMonth",
        "LastYear",
        "ThisYear",
        "NextYear",
        "LastFiscalPeriod",
        "ThisFiscalPeriod",
        "NextFiscalPeriod",
        "LastFiscalYear",
        "ThisFiscalYear",
        "NextFiscalYear",
        "Last7Days",
        "Next7Days",
    ] {
        cases.extend(dates.map(|column| (name, column, Arguments::None)));
    }
    for name in [
        "LastXHours",
        "LastXDays",
        "LastXWeeks",
        "LastXMonths",
        "LastXYears",
        "LastXFiscalPeriods",
        "LastXFiscalYears",
        "NextXHours",
        "NextXDays",
        "NextXWeeks",
        "NextXMonths",
        "NextXYears",
        "NextXFiscalPeriods",
        "NextXFiscalYears",
        "OlderThanXMinutes",
        "OlderThanXHours",
        "OlderThanXDays",
        "OlderThanXWeeks",
        "OlderThanXMonths",
        "OlderThanXYears",
        "InFiscalYear",
        "InFiscalPeriod",
    ] {
        cases.extend(dates.map(|column| (name, column, Arguments::Number(two.clone()))));
        cases.push((name, "moment", Arguments::Number(parameter.clone())));
        cases.push((name, "moment", Arguments::Number(Value::Integer(i64::MAX))));
        cases.push((name, "moment", Arguments::Number(text_value("x"))));
    }
    for name in ["On", "OnOrAfter", "OnOrBefore"] {
        for value in [&day, &time, &parameter, &one] {
            cases.extend(dates.map(|column| (name, column, Arguments::One(value.clone()))));
        }
    }
    for name in ["InFiscalPeriodAndYear", "InOrAfterFiscalPeriodAndYear", "InOrBeforeFiscalPeriodAndYear"] {
        for (period, year) in [(0, 2025), (1, 2025), (4, 2025), (5, 2025), (1, -1), (1, 9999), (1, i64::MAX)]
        {
            let arguments = Arguments::Period(Value::Integer(period), Value::Integer(year));
            cases.extend(["day", "moment"].map(|column| (name, column, arguments.clone())));
        }
        cases.push((name, "day", Arguments::Period(parameter.clone(), two.clone())));
    }
    for (name, column, arguments) in cases {
        let function = functions::find(name).unwrap_or_else(|| panic!("{name} is a function"));
        let predicate = is(column, Test::Function(function, arguments.clone()));
        text += &format!("{name}({column}) {arguments:?}: {}\n", shown(&store, predicate.clone()));
        if column != "wall" && column != "day" {
            text += &format!("  not: {}\n", shown(&store, Predicate::Not(Box::new(predicate))));
        }
    }
    expect_file!["cases/sql_functions.txt"].assert_eq(&text);
}
