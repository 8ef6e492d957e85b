//! What SQL cannot say or SQLite cannot take, each at its limit and one beyond; and the layouts of tables.

use dvkit_diagnostic::{DEFAULT_MAX_FINDINGS, code};
use dvkit_execute::sqlite::{Parameter, SqlValue, StorageClass, TableLayout, to_sql, to_sql_with};
use dvkit_execute::{Context, FiscalPeriod};
use dvkit_fixtures::contoso;
use dvkit_query::hir::{
    Aggregate, AggregateFunction, Arguments, CollectionRef, ColumnRef, Columns, Comparison, GroupKey,
    Grouping, Key, NavigationStep, Page, Predicate, Property, Query, ResultShape, RowSource, Test, Value,
};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Schema, Store, Table};
use jiff::tz::TimeZone;
use uuid::Uuid;

fn context() -> Context {
    Context::at("2025-03-12T01:30:20Z".parse().expect("a time"))
}

fn column(name: &str) -> ColumnRef {
    ColumnRef { scope: 0, join: None, path: vec![], column: name.into(), property: Property::Plain }
}

fn is(name: &str, value: Value) -> Predicate {
    Predicate::Test(column(name), Test::Compare(Comparison::Eq, value))
}

fn accounts(predicate: Predicate) -> Query {
    Query { columns: Columns::Listed(vec![column("name")]), ..Query::rows("account", predicate) }
}

/// Returns the SQL of a query, or the messages of the reasons why there is none.
fn sql(query: &Query) -> Result<String, Vec<String>> {
    to_sql(query, contoso(), &context()).map(|sql| sql.rows.text).map_err(|unsupported| {
        unsupported.reasons.into_iter().map(|d| format!("{} {}", d.code, d.message)).collect()
    })
}

#[test]
fn a_context_begins_with_nobody_at_a_time_in_utc() {
    let context = context();
    assert_eq!((context.user, context.business_unit), (Uuid::nil(), Uuid::nil()));
    assert_eq!((context.teams.len(), context.language, context.zone), (0, 1033, TimeZone::UTC));
    assert_eq!(
        (context.fiscal.period, context.fiscal.start.to_string()),
        (FiscalPeriod::Quarterly, "2000-01-01".into())
    );
    assert_eq!(context.now.to_string(), "2025-03-12T01:30:20Z");
}

#[test]
fn long_chains_of_conditions_become_balanced_trees() {
    let chain = |number: usize| {
        let all = (0..number).map(|n| is("name", Value::Text(n.to_string()))).collect();
        sql(&accounts(Predicate::or(all))).expect("SQL can say it")
    };
    let depth = |text: &str| {
        let mut depth = (0_i32, 0);
        for c in text.chars() {
            depth.0 += i32::from(c == '(') - i32::from(c == ')');
            depth.1 = depth.0.max(depth.1);
        }
        depth.1
    };
    assert_eq!([2, 32, 33, 64, 65, 500].map(|n| depth(&chain(n))), [1, 1, 2, 2, 3, 5]);
}

#[test]
fn values_are_bound_up_to_the_limit_of_sqlite() {
    let list = |number: i64| {
        let values = (0..number).map(Value::Integer).collect();
        let function = dvkit_query::functions::find("In").expect("a function");
        accounts(Predicate::Test(
            column("numberofemployees"),
            Test::Function(function, Arguments::List(values)),
        ))
    };
    // Two further values are the limit and the offset of the rows.
    assert!(sql(&list(32_764)).is_ok());
    let refused = sql(&list(32_765)).expect_err("too many values");
    assert_eq!(refused, [format!("{} it compares with more than 32766 values", code::SQLITE_LIMIT)]);
}

#[test]
fn conditions_nest_as_deep_as_sqlite_reads_them() {
    let nested = |levels: usize| {
        (0..levels).fold(is("name", Value::Text("a".into())), |inner, n| {
            let other = is("fax", Value::Text("b".into()));
            Predicate::Not(Box::new(match n % 2 {
                0 => Predicate::And(vec![inner, other]),
                _ => Predicate::Or(vec![inner, other]),
            }))
        })
    };
    let deepest = (1..200).take_while(|n| sql(&accounts(nested(*n))).is_ok()).last();
    assert_eq!(deepest, Some(49), "a `not` and a connective are two levels");
    let refused = sql(&accounts(nested(60))).expect_err("too deep");
    assert_eq!(refused, [format!("{} its conditions nest too deep", code::SQLITE_LIMIT)]);
}

#[test]
fn reasons_are_said_once_and_counted_after_the_first_hundred() {
    let unknown = |n: usize| is(&format!("no{n}"), Value::Integer(1));
    let refused =
        |all: Vec<Predicate>| sql(&accounts(Predicate::or(all))).expect_err("there are no such columns");
    assert_eq!(refused(vec![unknown(1), unknown(1)]).len(), 1);
    for (number, said, more) in
        [(99, 99, None), (100, 100, None), (101, 101, Some("1 more")), (150, 101, Some("50 more"))]
    {
        let all = refused((0..number).map(unknown).collect());
        assert_eq!(all.len(), said, "{number}: {:?}", all.last());
        assert_eq!(all.len() > DEFAULT_MAX_FINDINGS, more.is_some(), "{number}");
        if let Some(more) = more {
            assert!(all.last().is_some_and(|last| last.contains(more)), "{number}: {:?}", all.last());
        }
    }
}

#[test]
fn paths_of_requests_join_as_many_tables_as_sqlite_does() {
    let path = |length: usize| {
        let step =
            NavigationStep { navigation: "parentaccountid".into(), table: "account".into(), key: None };
        let key = Some(Key::Id(Value::Guid(Uuid::nil())));
        let source = RowSource { entity_set: "accounts".into(), key, steps: vec![step; length] };
        Query { source, ..accounts(Predicate::Constant(true)) }
    };
    let longest = (1..100).take_while(|n| sql(&path(*n)).is_ok()).last();
    assert_eq!(longest, Some(63), "the table where the path begins is one of them");
    assert!(sql(&path(64)).expect_err("too long")[0].contains("65 tables"));
}

#[test]
fn types_that_cannot_be_compared_are_refused_in_words() {
    let rows = [
        ("name", Value::Integer(1), "a text"),
        ("numberofemployees", Value::Text("x".into()), "a whole number"),
        ("revenue", Value::Text("x".into()), "a decimal"),
        ("creditonhold", Value::Text("x".into()), ""),
        ("accountid", Value::Text("x".into()), "an id"),
        ("createdon", Value::Integer(1), "a point in time"),
    ];
    for (name, value, word) in rows {
        let refused = sql(&accounts(is(name, value.clone()))).expect_err("of another type");
        assert!(refused.len() == 1 && refused[0].contains(word), "{name} and {value:?}: {refused:?}");
    }
    assert!(
        sql(&accounts(is("numberofemployees", Value::Double(1.5)))).is_ok_and(|sql| sql.contains("CAST("))
    );
    let columns = |a: &str, b: &str| sql(&accounts(Predicate::Columns(column(a), Comparison::Eq, column(b))));
    assert!(columns("name", "fax").is_ok() && columns("revenue", "creditlimit").is_ok());
    assert!(columns("name", "revenue").is_err_and(|all| all[0].contains("a text and a decimal")));
}

#[test]
fn what_no_row_has_is_refused() {
    let parameter = sql(&accounts(Predicate::Parameter("{a}".into()))).expect_err("a placeholder");
    assert!(parameter[0].contains("{a}"), "{parameter:?}");
    let value = sql(&accounts(is("name", Value::Parameter("{a}".into())))).expect_err("a placeholder");
    assert!(value[0].contains("{a}"), "{value:?}");
    let joined = ColumnRef { join: Some("x".into()), ..column("name") };
    let joined = sql(&accounts(Predicate::Test(joined, Test::Null))).expect_err("nothing is joined");
    assert!(joined[0].contains("`x.name` names a joined row"), "{joined:?}");
    let outer = ColumnRef { scope: 3, ..column("name") };
    let outer = sql(&accounts(Predicate::Test(outer, Test::Null))).expect_err("there is no such row");
    assert!(outer[0].contains("a row that is not there"), "{outer:?}");
    let collection = |scope, intersect: Option<&str>| CollectionRef {
        scope,
        navigation: "things".into(),
        table: "contact".into(),
        column: None,
        referenced: None,
        intersect: intersect.map(str::to_owned),
        single: false,
    };
    let of = |collection| sql(&accounts(Predicate::Any(collection, None))).expect_err("not known");
    assert!(of(collection(2, None))[0].contains("is a collection of no row here"));
    assert!(of(collection(0, None))[0].contains("which columns `things` joins"));
    assert!(of(collection(0, Some("links")))[0].contains("which columns `things` joins"));
    let table = sql(&Query::rows("nothing", Predicate::Constant(true))).expect_err("no such table");
    assert!(table[0].contains("does not have the columns of `nothing`"), "{table:?}");
    for (name, own) in [("sqlite_stat", true), ("SQLite_Stat", true), ("sqlit_estat", false), ("sql", false)]
    {
        let id = Column::new("id", ColumnType::Uniqueidentifier);
        let table = Table {
            logical_name: name.into(),
            primary_id: Some("id".into()),
            columns: vec![id],
            ..Table::default()
        };
        let store =
            Store::from_schema(Schema { tables: [(name.to_owned(), table)].into(), ..Schema::default() });
        let result = to_sql(&Query::rows(name, Predicate::Constant(true)), &store, &context());
        assert_eq!(result.is_err_and(|e| e.reasons[0].message.contains("to itself")), own, "{name}");
    }
}

#[test]
fn an_intersect_table_that_the_snapshot_does_not_know_has_a_layout() {
    let collection = CollectionRef {
        scope: 0,
        navigation: "links".into(),
        table: "contact".into(),
        column: Some("accountid".into()),
        referenced: Some("contactid".into()),
        intersect: Some("links".into()),
        single: false,
    };
    let query = accounts(Predicate::Any(collection, None));
    let sql = to_sql(&query, contoso(), &context()).expect("SQL can say it");
    let links = sql.tables.iter().find(|t| t.name == "links").expect("a layout");
    assert_eq!(links, &TableLayout::for_intersect("links", ["accountid", "contactid"]));
    assert_eq!((links.kind("accountid"), links.kind("name")), (Some(StorageClass::Guid), None));
}

#[test]
fn a_layout_creates_tables_columns_and_indexes() {
    let layout = TableLayout {
        name: "ship".into(),
        columns: vec![
            ("shipid".into(), StorageClass::Guid),
            ("name".into(), StorageClass::Text),
            ("cost".into(), StorageClass::Decimal),
            ("crew".into(), StorageClass::Integer),
            ("owner".into(), StorageClass::Guid),
            ("length".into(), StorageClass::Double),
        ],
        key: vec!["shipid".into()],
    };
    assert_eq!(
        layout.create(),
        [
            r#"CREATE TABLE "ship" ("shipid" TEXT NOT NULL, "name" TEXT COLLATE DVTEXT, "cost" TEXT COLLATE DVDECIMAL, "crew" INTEGER, "owner" TEXT, "length" REAL, PRIMARY KEY ("shipid")) STRICT"#,
            r#"CREATE INDEX "ship.owner" ON "ship" ("owner")"#,
        ]
    );
    assert_eq!(
        layout.add_columns(&|name| name != "owner" && name != "crew"),
        [
            r#"ALTER TABLE "ship" ADD COLUMN "crew" INTEGER"#,
            r#"ALTER TABLE "ship" ADD COLUMN "owner" TEXT"#,
            r#"CREATE INDEX "ship.owner" ON "ship" ("owner")"#,
        ]
    );
    assert_eq!(
        layout.insert(),
        r#"INSERT INTO "ship" ("shipid", "name", "cost", "crew", "owner", "length") VALUES (?1, ?2, ?3, ?4, ?5, ?6)"#
    );
    let keyless = TableLayout { key: vec![], columns: layout.columns[..1].to_vec(), ..layout };
    assert_eq!(
        keyless.create(),
        [
            r#"CREATE TABLE "ship" ("shipid" TEXT) STRICT"#,
            r#"CREATE INDEX "ship.shipid" ON "ship" ("shipid")"#
        ]
    );
}

#[test]
fn every_type_of_column_has_its_storage_class() {
    use StorageClass::{Boolean, Date, DateTime, Decimal, Double, Guid, Integer, Text};
    let time = |behavior| ColumnType::DateTime { behavior: Some(behavior), date_format: None };
    let rows = [
        (time(DateTimeBehavior::DateOnly), Some(Date)),
        (time(DateTimeBehavior::UserLocal), Some(DateTime)),
        (time(DateTimeBehavior::TimeZoneIndependent), Some(DateTime)),
        (ColumnType::ManagedProperty, Some(Boolean)),
        (ColumnType::EntityName, Some(Text)),
        (ColumnType::Uniqueidentifier, Some(Guid)),
        (ColumnType::Edm { edm: Edm::Boolean }, Some(Boolean)),
        (ColumnType::Edm { edm: Edm::String }, Some(Text)),
        (ColumnType::Edm { edm: Edm::Int32 }, Some(Integer)),
        (ColumnType::Edm { edm: Edm::Int64 }, Some(Integer)),
        (ColumnType::Edm { edm: Edm::Decimal }, Some(Decimal)),
        (ColumnType::Edm { edm: Edm::Double }, Some(Double)),
        (ColumnType::Edm { edm: Edm::Guid }, Some(Guid)),
        (ColumnType::Edm { edm: Edm::Date }, Some(Date)),
        (ColumnType::Edm { edm: Edm::DateTimeOffset }, Some(DateTime)),
        (ColumnType::Edm { edm: Edm::Binary }, None),
        (ColumnType::Virtual, None),
    ];
    for (ty, class) in rows {
        assert_eq!(StorageClass::of(&ty), class, "{ty:?}");
    }
    let project = contoso().table("new_project").expect("in memory").expect("a table");
    let of = |name: &str| StorageClass::of(&project.column(name).expect("a column").ty);
    assert_eq!((of("entityimage"), of("new_contract")), (Some(Text), Some(Guid)), "a picture and a file");
    let collations = [Text, Decimal, Integer, Guid].map(StorageClass::collation);
    assert_eq!(collations, [Some("DVTEXT"), Some("DVDECIMAL"), None, None]);
}

#[test]
fn values_are_stored_in_their_class_only() {
    use StorageClass::{Boolean, Date, DateTime, Decimal, Double, Guid, Integer, Text};
    let real = |d| Some(SqlValue::Real(d));
    let text = |t: &str| Some(SqlValue::Text(t.into()));
    let decimal = |t: &str| Value::Decimal(t.parse().expect("a number"));
    let day = |t: &str| Value::Date(t.parse().expect("a day"));
    let time = |t: &str| Value::DateTime(t.parse().expect("a time"));
    assert_eq!(Decimal.encode(&Value::Integer(5)), text("5"));
    assert_eq!((Double.encode(&Value::Integer(5)), Double.encode(&decimal("0.5"))), (real(5.0), real(0.5)));
    assert_eq!(
        (Date.encode(&day("0000-01-01")), Date.encode(&day("-000001-12-31"))),
        (text("0000-01-01"), None)
    );
    assert_eq!(DateTime.encode(&time("0000-01-01T00:00:00Z")), text("0000-01-01T00:00:00.000000000Z"));
    assert_eq!(DateTime.encode(&time("-000001-12-31T23:59:59Z")), None);
    let values = [
        (Text, Value::Text("x".into())),
        (Integer, Value::Integer(1)),
        (Boolean, Value::Boolean(true)),
        (Guid, Value::Guid(Uuid::nil())),
        (Date, day("2025-01-31")),
        (DateTime, time("2025-01-31T00:00:00Z")),
    ];
    for class in [Text, Integer, Boolean, Guid, Date, DateTime] {
        for (own, value) in &values {
            assert_eq!(class.encode(value).is_some(), class == *own, "{value:?} as {class:?}");
        }
    }
    assert_eq!(Integer.decode(&SqlValue::Text("1".into())), None);
    assert_eq!(DateTime.decode(&SqlValue::Text("soon".into())), None);
}

#[test]
fn the_page_of_a_statement_can_be_set() {
    let mut sql = to_sql(&accounts(is("name", Value::Text("a".into()))), contoso(), &context())
        .expect("SQL can say it");
    let numbers = |parameters: &[Parameter]| parameters.iter().rev().take(2).cloned().collect::<Vec<_>>();
    let number = |n| Parameter::SqlValue(SqlValue::Integer(n));
    assert_eq!(numbers(&sql.rows.parameters), [number(0), number(5_000)]);
    sql.rows.set_page(50, 100);
    assert_eq!(numbers(&sql.rows.parameters), [number(100), number(50)]);
    let before = sql.rows.parameters.clone();
    sql.rows.text.push(' ');
    sql.rows.set_page(1, 2);
    assert_eq!(sql.rows.parameters, before, "a text without an offset at its end has no page");
}

#[test]
fn further_columns_of_rows_come_with_them() {
    let page = Page { top: Some(Value::Integer(3)), ..Page::default() };
    let query = Query { page, ..accounts(Predicate::Constant(true)) };
    let sql = to_sql_with(&query, contoso(), &context(), &[("etag", StorageClass::Integer)])
        .expect("SQL can say it");
    assert!(sql.rows.text.contains(r#"t0."etag" AS "etag""#), "{}", sql.rows.text);
    assert!(
        sql.rows.columns.iter().any(|c| c.name.as_deref() == Some("etag") && c.kind == StorageClass::Integer)
    );
}

#[test]
fn groups_have_no_addresses_and_sums_are_of_numbers() {
    let grouped = |function, of: Option<&str>| {
        let aggregate = Aggregate { function, column: of.map(column), alias: "n".into() };
        let grouping = Grouping { keys: vec![GroupKey::of(column("name"))], aggregates: vec![aggregate] };
        Query { grouping: Some(grouping), ..accounts(Predicate::Constant(true)) }
    };
    assert!(sql(&grouped(AggregateFunction::Count, None)).is_ok());
    for function in [
        AggregateFunction::Sum,
        AggregateFunction::Average,
        AggregateFunction::Max,
        AggregateFunction::CountColumn,
    ] {
        let refused = sql(&grouped(function, None)).expect_err("of no column");
        assert!(refused[0].contains(&format!("`{}` of no column", function.as_str())), "{refused:?}");
        let texts = matches!(function, AggregateFunction::Max | AggregateFunction::CountColumn);
        assert_eq!(sql(&grouped(function, Some("fax"))).is_ok(), texts, "{function:?} of texts");
        assert!(sql(&grouped(function, Some("revenue"))).is_ok(), "{function:?} of decimals");
        assert!(sql(&grouped(function, Some("numberofemployees"))).is_ok(), "{function:?} of whole numbers");
        assert!(sql(&grouped(function, Some("address1_latitude"))).is_ok(), "{function:?} of doubles");
    }
    let references = |query: Query| sql(&Query { result: ResultShape::References, ..query });
    assert!(references(accounts(Predicate::Constant(true))).is_ok());
    let refused = references(grouped(AggregateFunction::Count, None)).expect_err("groups");
    assert!(refused[0].contains("have no addresses"), "{refused:?}");
    let distinct = Query { distinct: true, ..accounts(Predicate::Constant(true)) };
    assert!(sql(&distinct).is_ok());
    assert!(references(distinct).expect_err("different rows")[0].contains("have no addresses"));
}

#[test]
fn a_table_without_a_known_key_has_no_order_of_its_rows() {
    let name = Column::new("name", ColumnType::String { max_length: None, format: None });
    let table = Table { logical_name: "ship".into(), columns: vec![name], ..Table::default() };
    let store =
        Store::from_schema(Schema { tables: [("ship".to_owned(), table)].into(), ..Schema::default() });
    let refused =
        to_sql(&Query::rows("ship", Predicate::Constant(true)), &store, &context()).expect_err("no key");
    assert!(refused.reasons.iter().any(|d| d.code == code::KEY_UNKNOWN), "{refused:?}");
}

#[test]
fn years_beyond_the_calendar_are_refused() {
    let year = |year: i64| {
        let function = dvkit_query::functions::find("InFiscalYear").expect("a function");
        let arguments = Arguments::Number(Value::Integer(year));
        sql(&accounts(Predicate::Test(column("createdon"), Test::Function(function, arguments))))
    };
    let rows = [
        (2025, true),
        (9997, true),
        (9998, false),
        (9999, false),
        (10_000, false),
        (99_999, false),
        (i64::MAX, false),
    ];
    for (number, said) in rows {
        assert_eq!(year(number).is_ok(), said, "{number}: {:?}", year(number));
    }
}
