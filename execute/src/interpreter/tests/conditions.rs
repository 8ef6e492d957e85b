//! Tests of conditions: null, negation, lists, patterns, lambdas.

use super::*;
use dvkit_query::hir::Comparison;

/// Returns accounts whose names are their cities, except for one that has no city.
fn cities() -> Database {
    accounts(vec![
        row(&[("name", text("rome")), ("city", text("Rome")), ("size", Value::Integer(1))]),
        row(&[("name", text("oslo")), ("city", text("Oslo")), ("size", Value::Integer(2))]),
        row(&[("name", text("nowhere"))]),
    ])
}

#[test]
fn comparisons_with_null_are_false_true_or_unknown() {
    let db = cities();
    assert_eq!(names("city eq 'ROME'", &db), "rome");
    assert_eq!(names("city ne 'rome'", &db), "oslo nowhere", "null differs from a value");
    assert_eq!(names("not (city eq 'rome')", &db), "oslo nowhere", "a null equals no value");
    assert_eq!(names("not (city ne 'rome')", &db), "rome");
    assert_eq!(names("size lt 2", &db), "rome");
    assert_eq!(names("not (size lt 2)", &db), "oslo");
    assert_eq!(names("city eq null", &db), "nowhere");
    assert_eq!(names("not (city eq null)", &db), "rome oslo");
    assert_eq!(names("not contains(city,'o')", &db), "");
    assert_eq!(names("not contains(city,'m')", &db), "oslo", "a null text is not like anything, nor unlike");
}

#[test]
fn and_and_or_are_three_valued() {
    let db = cities();
    assert_eq!(names("size lt 2 or name eq 'nowhere'", &db), "rome nowhere", "unknown or true");
    assert_eq!(names("not (size lt 2 and name eq 'x')", &db), "rome oslo nowhere", "unknown and false");
    assert_eq!(names("not (size lt 2 or name eq 'x')", &db), "oslo", "unknown or false");
    assert_eq!(kept(Predicate::Constant(true), &db), "rome oslo nowhere");
    assert_eq!(kept(Predicate::Constant(false), &db), "");
}

#[test]
fn two_columns_of_a_row_are_compared() {
    let db = accounts(vec![
        row(&[("name", text("A")), ("city", text("a"))]),
        row(&[("name", text("B")), ("city", text("a"))]),
        row(&[("name", text("C"))]),
        row(&[]),
    ]);
    assert_eq!(names("name eq city", &db), "A");
    assert_eq!(names("name ne city", &db), "B C", "a null differs from a value, not from a null");
    assert_eq!(names("name gt city", &db), "B");
}

#[test]
fn lists_drop_nulls_and_their_negations_keep_them() {
    let db = cities();
    let f = |name: &str, arguments: &str| names(&format!("Microsoft.Dynamics.CRM.{name}({arguments})"), &db);
    assert_eq!(f("In", "PropertyName='city',PropertyValues=['rome','paris']"), "rome");
    assert_eq!(f("NotIn", "PropertyName='city',PropertyValues=['rome','paris']"), "oslo nowhere");
    assert_eq!(f("Between", "PropertyName='size',PropertyValues=['2','3']"), "oslo");
    assert_eq!(f("NotBetween", "PropertyName='size',PropertyValues=['2','3']"), "rome nowhere");
}

#[test]
fn multi_select_values_are_compared_as_sets() {
    let db = accounts(vec![
        row(&[("name", text("a")), ("tags", text("1,3"))]),
        row(&[("name", text("b")), ("tags", text("2"))]),
        row(&[("name", text("c"))]),
    ]);
    let f = |name: &str, list: &str| {
        names(&format!("Microsoft.Dynamics.CRM.{name}(PropertyName='tags',PropertyValues=[{list}])"), &db)
    };
    assert_eq!(f("ContainValues", "'3','2'"), "a b");
    assert_eq!(f("DoesNotContainValues", "'3'"), "b c");
    assert_eq!(f("In", "'2','3'"), "b", "the whole set is one of them");
}

#[test]
fn texts_are_patterns() {
    let db = cities();
    assert_eq!(names("startswith(city,'r_m')", &db), "rome");
    assert_eq!(names("endswith(city,'[em]e')", &db), "rome");
    assert_eq!(names("contains(city,'sl')", &db), "oslo");
    assert_eq!(kept(is("city", Test::Like(text("_s%"))), &db), "oslo");
    assert_eq!(kept(is("city", Test::Like(text("sl"))), &db), "");
}

#[test]
fn any_and_all_are_two_valued() {
    let db = families();
    assert_eq!(names("Contacts/any()", &db), "old mixed young unsaid");
    assert_eq!(names("not Contacts/any()", &db), "none");
    assert_eq!(names("Contacts/any(c:c/age gt 30)", &db), "old mixed");
    assert_eq!(
        names("not Contacts/any(c:c/age gt 30)", &db),
        "none young unsaid",
        "two-valued: none is true"
    );
    assert_eq!(names("Contacts/all(c:c/age gt 30)", &db), "none old", "of no rows every one is");
    assert_eq!(names("not Contacts/all(c:c/age gt 30)", &db), "mixed young unsaid", "unknown is not true");
    let age =
        |op| Predicate::Test(ColumnRef { scope: 1, ..column("age") }, Test::Compare(op, Value::Integer(30)));
    // FetchXML's `all`: there are rows, and none of them is greater.
    let none_greater = Predicate::Any(contacts_of_account(), Some(Box::new(age(Comparison::Gt)))).negate();
    let all = Predicate::and(vec![Predicate::Any(contacts_of_account(), None), none_greater]);
    assert_eq!(kept(all.clone(), &db), "young unsaid");
    assert_eq!(kept(all.negate(), &db), "none old mixed");
}

#[test]
fn a_lambda_sees_the_rows_around_it() {
    let mut db = families();
    db.tables.get_mut("account").expect("accounts")[2].insert("size".into(), Value::Integer(60));
    let inner = ColumnRef { scope: 1, ..column("age") };
    let equal = Predicate::Columns(inner, Comparison::Eq, column("size"));
    assert_eq!(kept(Predicate::Any(contacts_of_account(), Some(Box::new(equal))), &db), "mixed");
    assert_eq!(names("Contacts/any(c:c/Account/name eq 'old' and c/age eq 50)", &db), "old");
}

#[test]
fn many_to_many_collections_go_through_the_intersect_table() {
    let mut db = families();
    db.tables.insert(
        "links".into(),
        vec![
            row(&[("accountid", id(1)), ("contactid", id(11))]),
            row(&[("accountid", id(1)), ("contactid", id(15))]),
            row(&[("accountid", id(2)), ("contactid", id(99))]),
        ],
    );
    assert_eq!(names("Linked/any(c:c/age eq 40)", &db), "none");
    assert_eq!(names("Linked/any()", &db), "none", "a link to nothing is none");
    assert_eq!(names("Linked/all(c:c/age gt 30)", &db), "old mixed young unsaid");
}

#[test]
fn paths_follow_lookups() {
    let mut db = families();
    let rows = db.tables.get_mut("account").expect("accounts");
    rows[0].insert("main".into(), id(11));
    rows[1].insert("main".into(), id(404));
    assert_eq!(names("Main/age eq 40", &db), "none");
    assert_eq!(
        names("Main/age ne 40", &db),
        "old mixed young unsaid",
        "a row that is not there has no values"
    );
    assert_eq!(names("Main/Account/name eq 'old'", &db), "none");
    assert_eq!(names("_main_value ne null", &db), "none old");
}

#[test]
fn functions_of_hierarchies_and_users_are_evaluated() {
    let parent = |n: u128, parent: u128| {
        let mut row = row(&[("accountid", id(n)), ("name", text(&n.to_string()))]);
        if parent > 0 {
            row.insert("parent".into(), id(parent));
        }
        row
    };
    // Row 1 is above 2, which is above 3; 4 and 5 are above each other.
    let db = accounts(vec![parent(1, 0), parent(2, 1), parent(3, 2), parent(4, 5), parent(5, 4)]);
    let at = |function: &str, column: &str, n: u128| {
        let function = dvkit_query::functions::find(function).expect("it exists");
        kept(is(column, Test::Function(function, dvkit_query::hir::Arguments::One(id(n)))), &db)
    };
    assert_eq!(at("Under", "accountid", 1), "2 3");
    assert_eq!(at("UnderOrEqual", "accountid", 2), "2 3");
    assert_eq!(at("NotUnder", "accountid", 1), "1 4 5");
    assert_eq!(at("Above", "accountid", 3), "1 2");
    assert_eq!(at("AboveOrEqual", "accountid", 3), "1 2 3");
    assert_eq!(at("Under", "accountid", 4), "4 5", "a circle ends");
    assert_eq!(at("UnderOrEqual", "parent", 1), "2 3", "a lookup speaks of the row that it points to");
    let user = |function: &str| {
        let function = dvkit_query::functions::find(function).expect("it exists");
        kept(is("parent", Test::Function(function, dvkit_query::hir::Arguments::None)), &db)
    };
    assert_eq!(user("EqualUserId"), "2");
    assert_eq!(user("NotEqualUserId"), "1 3 4 5");
    assert_eq!(user("EqualBusinessId"), "3");
    assert_eq!(user("EqualUserTeams"), "");
    assert_eq!(user("EqualUserOrUserTeams"), "2");
}

#[test]
fn unsupported_queries_are_errors() {
    let error = |predicate| {
        let db = cities();
        evaluate(&Query::rows("account", predicate), &db, &store(), &context())
            .expect_err("not evaluated")
            .to_string()
    };
    assert_eq!(error(Predicate::Parameter("@p".into())), "`@p` has no value here");
    let unset = Test::Compare(Comparison::Eq, Value::Parameter("@p".into()));
    assert_eq!(error(is("city", unset)), "`@p` has no value here");
    let full_text = dvkit_query::functions::find("Contains").expect("it exists");
    let search = Test::Function(full_text, dvkit_query::hir::Arguments::One(text("x")));
    assert_eq!(error(is("city", search)), "`Contains` is not evaluated");
}

#[test]
fn the_language_of_the_user_is_that_of_the_context() {
    let db = accounts(vec![
        row(&[("name", text("english")), ("size", Value::Integer(1033))]),
        row(&[("name", text("german")), ("size", Value::Integer(1031))]),
        row(&[("name", text("none"))]),
    ]);
    let function = dvkit_query::functions::find("EqualUserLanguage").expect("it exists");
    assert_eq!(kept(is("size", Test::Function(function, dvkit_query::hir::Arguments::None)), &db), "english");
}

#[test]
fn a_lookup_can_be_tested_as_a_collection() {
    let mut db = families();
    db.tables.get_mut("account").expect("accounts")[0].insert("main".into(), id(11));
    let main = CollectionRef {
        navigation: "Main".into(),
        column: Some("contactid".into()),
        referenced: Some("main".into()),
        single: true,
        ..contacts_of_account()
    };
    assert_eq!(kept(Predicate::Any(main.clone(), None), &db), "none");
    assert_eq!(kept(Predicate::Any(main, None).negate(), &db), "old mixed young unsaid");
}
