//! Tests of sources, orders, pages, expansions and distinct rows.

use super::*;
use crate::interpreter::ExpandedRows;
use dvkit_query::hir::{Columns, Order, OrderBy, Page};

fn zoo() -> Database {
    let animal = |name: &str, kind: i64| {
        row(&[("accountid", id(name.len() as u128)), ("name", text(name)), ("kind", Value::Integer(kind))])
    };
    accounts(vec![
        animal("b", 1),
        row(&[("accountid", id(9)), ("name", text("nothing"))]),
        animal("aa", 2),
        animal("ccc", 3),
        animal("dddd", 2),
    ])
}

#[test]
fn rows_are_ordered_with_nulls_first() {
    let by = |by: OrderBy, descending: bool| {
        let query = Query {
            order: vec![Order { by, descending }],
            ..Query::rows("account", Predicate::Constant(true))
        };
        shown(&records(&query, &zoo()), "name")
    };
    assert_eq!(
        by(OrderBy::Column(column("kind")), false),
        "nothing b aa dddd ccc",
        "null first, ties as they came"
    );
    assert_eq!(by(OrderBy::Column(column("kind")), true), "ccc aa dddd b nothing");
    assert_eq!(by(OrderBy::Label(column("kind")), false), "nothing aa dddd ccc b", "Ant, Mule, Zebra");
}

#[test]
fn a_lookup_is_ordered_by_the_name_of_its_row() {
    let mut db = families();
    for (row, contact) in db.tables.get_mut("account").expect("accounts").iter_mut().zip([16, 15, 14]) {
        row.insert("main".into(), id(contact));
    }
    assert_eq!(
        shown(&records(&query("accounts?$orderby=_main_value desc"), &db), "name"),
        "none old mixed young unsaid"
    );
    assert_eq!(
        shown(&records(&query("accounts?$orderby=_main_value"), &db), "name"),
        "young unsaid mixed old none"
    );
}

#[test]
fn pages_limit_the_rows() {
    let db = families();
    assert_eq!(shown(&records(&query("accounts?$top=2"), &db), "name"), "none old");
    let mut query = query("accounts?$count=true");
    query.page = Page { number: Some(2), size: Some(2), ..query.page };
    let QueryResult::Rows(rows, total) = answer(&query, &db) else { panic!("rows") };
    assert_eq!((shown(&rows, "name").as_str(), total), ("mixed young", Some(5)));
}

#[test]
fn paths_lead_to_their_rows() {
    let db = families();
    let guid = Uuid::from_u128(3);
    assert_eq!(shown(&records(&query(&format!("accounts({guid})")), &db), "name"), "mixed");
    let contacts = query(&format!("accounts({guid})/Contacts?$filter=age gt 30"));
    assert_eq!(shown(&records(&contacts, &db), "name"), "c14");
    assert_eq!(answer(&query(&format!("accounts({guid})/Contacts/$count")), &db), QueryResult::Count(2));
    assert_eq!(answer(&query("accounts/$count"), &db), QueryResult::Count(5));
    let contact = Uuid::from_u128(11);
    let account = query(&format!("contacts({contact})/Account"));
    assert_eq!(shown(&records(&account, &db), "name"), "old");
    assert_eq!(
        answer(&query(&format!("contacts({contact})/name")), &db),
        QueryResult::Column(Some(text("c11")))
    );
    let references = query(&format!("accounts({guid})/Contacts/$ref"));
    assert_eq!(answer(&references, &db), QueryResult::References(vec![id(13), id(14)]));
}

#[test]
fn expansions_have_an_order_and_a_limit_of_their_own() {
    let db = families();
    let rows = records(
        &query(
            "accounts?$select=name&$expand=Contacts($select=age;$filter=age gt 5;$orderby=age desc;$top=1)",
        ),
        &db,
    );
    let ages: Vec<String> = rows
        .iter()
        .map(|r| match &r.expanded["Contacts"] {
            ExpandedRows::Many(rows) => shown(rows, "age"),
            ExpandedRows::One(_) => panic!("a collection"),
        })
        .collect();
    assert_eq!(ages, ["", "50", "60", "", ""], "rows without related ones stay");
    assert_eq!(rows[0].columns.keys().collect::<Vec<_>>(), ["accountid", "name"], "the key comes too");
    let rows = records(&query("contacts?$filter=age eq 5&$expand=Account($select=name)"), &db);
    let ExpandedRows::One(Some(account)) = &rows[0].expanded["Account"] else { panic!("one row") };
    assert_eq!(account.columns["name"], text("young"));
    let rows = records(&query("accounts?$expand=Main($select=name)&$top=1"), &db);
    assert_eq!(rows[0].expanded["Main"], ExpandedRows::One(None));
}

#[test]
fn distinct_returns_equal_rows_once() {
    let city = |name: &str, city: Option<&str>| {
        let mut row = row(&[("accountid", id(name.len() as u128)), ("name", text(name))]);
        row.extend(city.map(|c| ("city".to_owned(), text(c))));
        row
    };
    let db = accounts(vec![
        city("a", None),
        city("bb", Some("Rome")),
        city("ccc", Some("ROME")),
        city("dddd", None),
        city("eeeee", Some("Oslo")),
    ]);
    let mut query = Query::rows("account", Predicate::Constant(true));
    query.columns = Columns::Listed(vec![column("city")]);
    query.distinct = true;
    assert_eq!(shown(&records(&query, &db), "city"), "- Rome Oslo", "nulls are alike, and so are cases");
    query.order = vec![Order::column(column("city"), false)];
    query.page.top = Some(Value::Integer(2));
    assert_eq!(shown(&records(&query, &db), "city"), "- Oslo", "once, then so many");
}
