//! Tests of joins: types, conditions inside and outside, names.

use super::*;
use dvkit_query::hir::{Columns, Comparison, Join, JoinKind, Order};

fn contacts(kind: JoinKind, predicate: Predicate) -> Join {
    Join {
        alias: "c".into(),
        table: "contact".into(),
        kind,
        from: "account".into(),
        to: "accountid".into(),
        navigation: None,
        single: false,
        predicate,
        columns: Columns::Listed(vec![column("age")]),
        aliases: vec![],
        order: vec![],
        joins: vec![],
    }
}

fn accounts_with(join: Join, predicate: Predicate) -> Query {
    Query { joins: vec![join], ..Query::rows("account", predicate) }
}

/// Returns the names in the result, and the ages.
fn pairs(query: &Query) -> (String, String) {
    let rows = records(query, &families());
    (shown(&rows, "name"), shown(&rows, "c.age"))
}

fn all() -> Predicate {
    Predicate::Constant(true)
}

fn older() -> Test {
    Test::Compare(Comparison::Gt, Value::Integer(30))
}

#[test]
fn each_type_of_join_keeps_its_rows() {
    let (names, ages) = pairs(&accounts_with(contacts(JoinKind::Inner, all()), all()));
    assert_eq!((&*names, &*ages), ("old old mixed mixed young unsaid", "40 50 10 60 5 -"));
    let (names, ages) = pairs(&accounts_with(contacts(JoinKind::Outer, all()), all()));
    assert_eq!((&*names, &*ages), ("none old old mixed mixed young unsaid", "- 40 50 10 60 5 -"));
    let (names, ages) = pairs(&accounts_with(contacts(JoinKind::Exists, all()), all()));
    assert_eq!((&*names, &*ages), ("old mixed young unsaid", "- - - -"));
    let (names, ages) = pairs(&accounts_with(contacts(JoinKind::First, is("age", older())), all()));
    assert_eq!((&*names, &*ages), ("old mixed", "40 60"));
}

#[test]
fn conditions_of_an_outer_join_do_not_filter_its_result() {
    let inside = accounts_with(contacts(JoinKind::Outer, is("age", older())), all());
    let (names, ages) = pairs(&inside);
    assert_eq!((&*names, &*ages), ("none old old mixed young unsaid", "- 40 50 60 - -"));
    let after = Predicate::Test(joined("c", "age"), older());
    let (names, ages) = pairs(&accounts_with(contacts(JoinKind::Outer, all()), after));
    assert_eq!((&*names, &*ages), ("old old mixed", "40 50 60"));
    let without = Predicate::Test(joined("c", "contactid"), Test::Null);
    let (names, _) = pairs(&accounts_with(contacts(JoinKind::Outer, is("age", older())), without));
    assert_eq!(names, "none young unsaid");
}

#[test]
fn joins_below_an_outer_join_keep_its_rows() {
    let back = |kind| {
        let own = is("name", Test::Compare(Comparison::Eq, text("old")));
        Join {
            alias: "a".into(),
            table: "account".into(),
            from: "accountid".into(),
            to: "account".into(),
            columns: Columns::Listed(vec![column("name")]),
            ..contacts(kind, own)
        }
    };
    let query = |kind| {
        let join = Join { joins: vec![back(kind)], ..contacts(JoinKind::Outer, all()) };
        let rows = records(&accounts_with(join, all()), &families());
        (shown(&rows, "name"), shown(&rows, "a.name"))
    };
    let (names, others) = query(JoinKind::Inner);
    assert_eq!((&*names, &*others), ("none old old mixed young unsaid", "- old old - - -"));
    let (names, others) = query(JoinKind::Outer);
    assert_eq!((&*names, &*others), ("none old old mixed mixed young unsaid", "- old old - - - -"));
}

#[test]
fn a_join_condition_can_refer_to_its_parent() {
    let mut db = families();
    db.tables.get_mut("account").expect("accounts")[1].insert("size".into(), Value::Integer(50));
    let equal = Predicate::Columns(joined("c", "age"), Comparison::Eq, column("size"));
    let rows = records(&accounts_with(contacts(JoinKind::Inner, all()), equal), &db);
    assert_eq!((shown(&rows, "name"), shown(&rows, "c.age")), ("old".into(), "50".into()));
}

#[test]
fn the_order_of_the_query_precedes_that_of_a_join() {
    let join = Join {
        order: vec![Order::column(column("age"), true)],
        aliases: vec![(column("age"), "years".into())],
        ..contacts(JoinKind::Inner, all())
    };
    let mut query = accounts_with(join, all());
    query.columns = Columns::Listed(vec![column("name")]);
    query.aliases = vec![(column("name"), "called".into())];
    let rows = records(&query, &families());
    assert_eq!(shown(&rows, "years"), "60 50 40 10 5 -");
    assert_eq!(shown(&rows, "called"), "mixed old old mixed young unsaid");
    query.order = vec![Order::column(column("name"), false)];
    let rows = records(&query, &families());
    assert_eq!(shown(&rows, "years"), "60 10 50 40 - 5", "the query's own orders count more");
    query.order = vec![Order::column(joined("c", "age"), false)];
    assert_eq!(shown(&records(&query, &families()), "years"), "- 5 10 40 50 60");
}
