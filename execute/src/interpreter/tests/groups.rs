//! Tests of groups and aggregates.

use rust_decimal::Decimal;

use super::*;
use dvkit_query::hir::{
    Aggregate, AggregateFunction, Columns, DateGrouping, GroupKey, Grouping, Order, OrderBy,
};

fn sizes() -> Database {
    let account = |city: Option<&str>, size: Option<i64>| {
        let mut row = Row::new();
        row.extend(city.map(|c| ("city".to_owned(), text(c))));
        row.extend(size.map(|n| ("size".to_owned(), Value::Integer(n))));
        row
    };
    accounts(vec![
        account(Some("Rome"), Some(1)),
        account(None, Some(10)),
        account(Some("rome"), Some(4)),
        account(Some("Oslo"), None),
        account(None, Some(10)),
    ])
}

fn aggregate(function: AggregateFunction, column: Option<ColumnRef>) -> Aggregate {
    Aggregate { function, column, alias: function.as_str().trim_start_matches('$').into() }
}

fn grouped(keys: Vec<GroupKey>) -> Query {
    use AggregateFunction::*;
    let size = || Some(column("size"));
    let aggregates = [Sum, Average, Min, Max, CountColumn, CountDistinct]
        .into_iter()
        .map(|f| aggregate(f, size()))
        .chain([aggregate(Count, None)])
        .collect();
    Query {
        columns: Columns::Listed(vec![]),
        grouping: Some(Grouping { keys, aggregates }),
        ..Query::rows("account", Predicate::Constant(true))
    }
}

#[test]
fn nulls_form_a_group_and_are_not_aggregated() {
    let mut query = grouped(vec![GroupKey::of(column("city"))]);
    let rows = records(&query, &sizes());
    let of = |name| shown(&rows, name);
    assert_eq!(of("city"), "Rome - Oslo");
    assert_eq!(of("count"), "2 2 1");
    assert_eq!(of("countcolumn"), "2 2 0");
    assert_eq!(of("countdistinct"), "2 1 0");
    assert_eq!(of("sum"), "5 20 -");
    assert_eq!(of("average"), "2 10 -", "whole numbers have a whole mean");
    assert_eq!(of("min"), "1 10 -");
    assert_eq!(of("max"), "4 10 -");
    query.order = vec![Order { by: OrderBy::Result("sum".into()), descending: true }];
    assert_eq!(shown(&records(&query, &sizes()), "city"), "- Rome Oslo");
    query.order = vec![Order::column(column("city"), false)];
    assert_eq!(shown(&records(&query, &sizes()), "city"), "- Oslo Rome");
}

#[test]
fn without_keys_there_is_one_group() {
    let mut query = grouped(vec![]);
    assert_eq!(shown(&records(&query, &sizes()), "sum"), "25");
    query.predicate = Predicate::Constant(false);
    let rows = records(&query, &sizes());
    assert_eq!((shown(&rows, "count"), shown(&rows, "sum")), ("0".into(), "-".into()));
    query.grouping.as_mut().expect("groups").keys.push(GroupKey::of(column("city")));
    assert!(records(&query, &sizes()).is_empty());
}

#[test]
fn averages_of_decimals_keep_their_fraction() {
    let row = |n: i64| row(&[("size", Value::Decimal(Decimal::new(n, 1)))]);
    let rows = records(&grouped(vec![]), &accounts(vec![row(10), row(15)]));
    assert_eq!(rows[0].columns["average"], Value::Decimal(Decimal::new(125, 2)));
}

#[test]
fn parts_of_dates_are_taken_in_the_zone_of_the_user() {
    // The new year has begun in UTC, but in New York it is still December.
    let db = accounts(vec![row(&[("opened", time("2025-01-01T02:00:00Z"))])]);
    let part = |part, users| {
        let key = GroupKey {
            date: Some((part, users)),
            alias: Some("part".into()),
            ..GroupKey::of(column("opened"))
        };
        shown(&records(&grouped(vec![key]), &db), "part")
    };
    assert_eq!(part(DateGrouping::Day, true), "31");
    assert_eq!(part(DateGrouping::Day, false), "1");
    assert_eq!(part(DateGrouping::Week, true), "53");
    assert_eq!(part(DateGrouping::Week, false), "1");
    assert_eq!(part(DateGrouping::Month, true), "12");
    assert_eq!(part(DateGrouping::Quarter, true), "2");
    assert_eq!(part(DateGrouping::Quarter, false), "3");
    assert_eq!(part(DateGrouping::Year, true), "2024");
    assert_eq!(part(DateGrouping::FiscalPeriod, true), "2");
    assert_eq!(part(DateGrouping::FiscalYear, false), "2024");
}

#[test]
fn a_key_of_a_related_row_is_named_by_its_table() {
    let query = query("contacts?$apply=groupby((Account/name),aggregate($count as n))");
    let rows = records(&query, &families());
    assert_eq!(shown(&rows, "account_name"), "old mixed young unsaid");
    assert_eq!(shown(&rows, "n"), "2 2 1 1");
}

#[test]
fn a_key_is_named_by_its_alias_or_by_the_last_table_on_its_way() {
    let mut database = families();
    let accounts = database.tables.get_mut("account").expect("the accounts");
    for (account, main) in accounts.iter_mut().zip([11, 12, 13, 11, 12]) {
        account.insert("main".to_owned(), id(main));
        account.insert("parent".to_owned(), id(2));
    }
    let keyed = |way: &str| query(&format!("contacts?$apply=groupby(({way}))"));
    let aliased = |way: &str| {
        let mut query = keyed(way);
        query.grouping.as_mut().expect("groups").keys[0].alias = Some("key".into());
        query
    };
    for (query, name, values) in [
        (keyed("name"), "name", "c11 c12 c13 c14 c15 c16"),
        (keyed("Account/name"), "account_name", "old mixed young unsaid"),
        (keyed("Account/Main/name"), "contact_name", "c12 c13 c11"),
        (keyed("Account/Parent/name"), "account_name", "old"),
        (keyed("Account/Main/Account/name"), "account_name", "old mixed"),
        (aliased("name"), "key", "c11 c12 c13 c14 c15 c16"),
        (aliased("Account/Main/name"), "key", "c12 c13 c11"),
    ] {
        let rows = records(&query, &database);
        let names: Vec<_> = rows.iter().flat_map(|row| row.columns.keys()).collect();
        assert!(names.iter().all(|other| *other == name), "{name}: {names:?}");
        assert_eq!(shown(&rows, name), values, "{name}");
    }
}

#[test]
fn keys_without_aggregates_are_distinct_values() {
    let rows = records(&query("accounts?$apply=groupby((city))"), &sizes());
    assert_eq!(shown(&rows, "city"), "Rome - Oslo");
}

#[test]
fn groups_are_ordered_by_the_numbers_or_the_labels_of_choices() {
    let kinds = [3, 1, 2, 1].map(|n| row(&[("kind", Value::Integer(n))]));
    let database = accounts(kinds.to_vec());
    let ordered = |by, descending| {
        let grouping = Grouping { keys: vec![GroupKey::of(column("kind"))], aggregates: vec![] };
        let order = vec![Order { by, descending }];
        let all = Query::rows("account", Predicate::Constant(true));
        shown(
            &records(
                &Query { columns: Columns::Listed(vec![]), grouping: Some(grouping), order, ..all },
                &database,
            ),
            "kind",
        )
    };
    assert_eq!(ordered(OrderBy::Column(column("kind")), false), "1 2 3");
    assert_eq!(ordered(OrderBy::Column(column("kind")), true), "3 2 1");
    assert_eq!(ordered(OrderBy::Label(column("kind")), false), "2 3 1", "Ant, Mule, Zebra");
    assert_eq!(ordered(OrderBy::Label(column("kind")), true), "1 3 2");
}
