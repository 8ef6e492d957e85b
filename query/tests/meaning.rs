//! The vocabulary of meanings: conditions, arguments and values, and how they are printed as OData.

use dvkit_fixtures::contoso;
use dvkit_query::functions::{ColumnClass, FUNCTIONS, NAMESPACE, Signature, find};
use dvkit_query::hir::{
    AggregateFunction, Arguments, CollectionRef, ColumnRef, Comparison, Link, OpaqueQuery, Predicate,
    Property, Query, QueryHint, RelatedRows, Test, Value,
};
use dvkit_query::odata::{self, Precedence};
use dvkit_query::{CheckOptions, check_filter};
use dvkit_schema::ColumnType;

fn column(name: &str) -> ColumnRef {
    ColumnRef { scope: 0, join: None, path: vec![], column: name.into(), property: Property::Plain }
}

fn null(name: &str) -> Predicate {
    Predicate::Test(column(name), Test::Null)
}

#[test]
fn conjunctions_and_disjunctions_are_flat_and_without_neutral_constants() {
    let (a, b, c) = (|| null("a"), || null("b"), || null("c"));
    let (yes, no) = (|| Predicate::Constant(true), || Predicate::Constant(false));
    let (and, or) = (Predicate::and, Predicate::or);
    assert_eq!(and(vec![a(), b()]), Predicate::And(vec![a(), b()]));
    assert_eq!(or(vec![a(), b()]), Predicate::Or(vec![a(), b()]));
    assert_eq!(and(vec![a(), and(vec![b(), c()])]), Predicate::And(vec![a(), b(), c()]));
    assert_eq!(or(vec![or(vec![a(), b()]), c()]), Predicate::Or(vec![a(), b(), c()]));
    assert_eq!(and(vec![a(), or(vec![b(), c()])]), Predicate::And(vec![a(), Predicate::Or(vec![b(), c()])]));
    assert_eq!(or(vec![a(), and(vec![b(), c()])]), Predicate::Or(vec![a(), Predicate::And(vec![b(), c()])]));
    assert_eq!((and(vec![a(), yes()]), or(vec![a(), no()])), (a(), a()), "a neutral constant is left out");
    assert_eq!(
        (and(vec![a(), no(), b()]), or(vec![a(), yes(), b()])),
        (no(), yes()),
        "the other one decides"
    );
    assert_eq!((and(vec![]), or(vec![])), (yes(), no()), "of nothing");
    assert_eq!((and(vec![a()]), or(vec![a()])), (a(), a()), "of one");
    assert_eq!(and(vec![yes(), yes()]), yes());
    assert_eq!(a().negate(), Predicate::Not(Box::new(a())));
    assert_eq!((a().negate().negate(), yes().negate(), no().negate()), (a(), no(), yes()));
}

#[test]
fn comparisons_are_flipped_and_named_each() {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    for (op, flipped, name, equality) in [
        (Eq, Eq, "eq", true),
        (Ne, Ne, "ne", true),
        (Gt, Lt, "gt", false),
        (Ge, Le, "ge", false),
        (Lt, Gt, "lt", false),
        (Le, Ge, "le", false),
    ] {
        assert_eq!((op.flip(), op.as_str(), op.is_equality()), (flipped, name, equality), "{op:?}");
    }
    use AggregateFunction::{Average, Count, CountColumn, CountDistinct, Max, Min, Sum};
    let names = [Sum, Average, Min, Max, Count, CountColumn, CountDistinct].map(AggregateFunction::as_str);
    assert_eq!(names, ["sum", "average", "min", "max", "$count", "countcolumn", "countdistinct"]);
}

#[test]
fn a_query_is_only_opaque_if_it_has_nothing_else() {
    let all = Query::rows("account", Predicate::Constant(true));
    assert!(all.is_only_opaque(), "nothing else is in it");
    let view = OpaqueQuery::FetchXml("<fetch/>".into());
    let mut opaque = Query { opaque: Some(view), hints: vec![QueryHint::Retained], ..all.clone() };
    opaque.source.entity_set = "accounts".into();
    assert!(opaque.is_only_opaque());
    assert!(!Query { distinct: true, ..opaque.clone() }.is_only_opaque());
    assert!(!Query { predicate: null("name"), ..opaque }.is_only_opaque());
}

#[test]
fn every_value_is_printed_as_the_literal_that_means_it() {
    let id = "11111111-2222-3333-4444-555555555555";
    let rows = [
        (Value::Text("O'Brien".into()), "'O''Brien'"),
        (Value::Integer(-5), "-5"),
        (Value::Decimal("1000.50".parse().expect("a number")), "1000.50"),
        (Value::Double(2.0), "2.0"),
        (Value::Double(-0.5), "-5e-1"),
        (Value::Double(999_999_999_999_999.0), "999999999999999.0"),
        (Value::Double(1e15), "1e15"),
        (Value::Double(-1e15), "-1e15"),
        (Value::Double(f64::INFINITY), "INF"),
        (Value::Double(f64::NEG_INFINITY), "-INF"),
        (Value::Double(f64::NAN), "NaN"),
        (Value::Boolean(true), "true"),
        (Value::Boolean(false), "false"),
        (Value::Guid(id.parse().expect("a guid")), id),
        (Value::Date("2025-01-31".parse().expect("a day")), "2025-01-31"),
        (Value::DateTime("2025-01-31T10:00:00.5Z".parse().expect("a time")), "2025-01-31T10:00:00.5Z"),
        (Value::Parameter("{id}".into()), "{id}"),
    ];
    for (value, text) in rows {
        assert_eq!(odata::value(&value), text, "{value:?}");
    }
    // Doubles are read back as what they were.
    for text in ["INF", "-INF", "2.0", "-5e-1", "1e15"] {
        let filter = format!("address1_latitude eq {text}");
        let read = check_filter(contoso(), "account", &filter, &CheckOptions::default()).expect("in memory");
        let query = read.query.unwrap_or_else(|| panic!("{filter}: {:?}", read.diagnostics));
        assert!(odata::filter(&query).starts_with("address1_latitude eq "), "{text}");
        let again = check_filter(contoso(), "account", &odata::filter(&query), &CheckOptions::default());
        assert_eq!(again.expect("in memory").query, Some(query), "{text}");
    }
}

#[test]
fn arguments_are_printed_as_the_function_takes_them() {
    let text = |t: &str| Value::Text(t.into());
    let placeholder = |t: &str| Value::Parameter(t.into());
    let rows: Vec<(Arguments, Signature, &[&str])> = vec![
        (Arguments::None, Signature::Column, &[]),
        (Arguments::One(text("a'b")), Signature::Value, &["'a''b'"]),
        (Arguments::One(Value::Integer(5)), Signature::Value, &["'5'"]),
        (Arguments::One(placeholder("{a}")), Signature::Value, &["{a}"]),
        (Arguments::Number(Value::Integer(5)), Signature::Number, &["5"]),
        (Arguments::List(vec![text("a"), Value::Integer(5)]), Signature::List, &["['a','5']"]),
        (Arguments::List(vec![]), Signature::List, &["[]"]),
        (Arguments::List(vec![text("a'b"), text("c")]), Signature::List, &[r#"["a'b","c"]"#]),
        (Arguments::List(vec![text(r#"a"b"#), text(r"c\d")]), Signature::List, &[r#"["a\"b","c\\d"]"#]),
        (Arguments::List(vec![text("a\nb")]), Signature::List, &[r#"["a\u000ab"]"#]),
        (
            Arguments::List(vec![placeholder("{a}"), placeholder("'{b}'")]),
            Signature::List,
            &["['{a}','{b}']"],
        ),
        (Arguments::ListParameter("{a}".into()), Signature::List, &["{a}"]),
        (Arguments::Period(Value::Integer(1), Value::Integer(2025)), Signature::Period, &["1", "2025"]),
    ];
    let all = [Signature::Column, Signature::Value, Signature::Number, Signature::List, Signature::Period];
    for (arguments, signature, texts) in rows {
        assert_eq!(arguments.texts(), texts, "{arguments:?}");
        for other in all {
            assert_eq!(arguments.fit(other), other == signature, "{arguments:?} of {other:?}");
        }
        assert_eq!(
            signature.parameters().len(),
            texts.len().max(usize::from(signature != Signature::Column)) + 1
        );
    }
}

#[test]
fn conditions_are_printed_with_the_parentheses_that_they_need() {
    let (a, b, c) = (|| null("a"), || null("b"), || null("c"));
    let print = |p: Predicate| odata::predicate(&p, &[], Precedence::Loose);
    let rows = [
        (Predicate::or(vec![a(), Predicate::and(vec![b(), c()])]), "a eq null or b eq null and c eq null"),
        (Predicate::and(vec![a(), Predicate::or(vec![b(), c()])]), "a eq null and (b eq null or c eq null)"),
        (a().negate(), "not (a eq null)"),
        (Predicate::or(vec![a(), b()]).negate(), "not (a eq null or b eq null)"),
        (Predicate::and(vec![a(), b().negate()]), "a eq null and not (b eq null)"),
        (Predicate::Constant(true), "true"),
        (Predicate::Constant(false), "false"),
        (Predicate::Parameter("{a}".into()), "{a}"),
        (
            Predicate::Test(column("a"), Test::Contains(Value::Text("x".into()))).negate(),
            "not contains(a,'x')",
        ),
        (Predicate::Test(column("a"), Test::Like(Value::Text("x".into()))), "like(a,'x')"),
        (Predicate::Columns(column("a"), Comparison::Le, column("b")), "a le b"),
    ];
    for (predicate, text) in rows {
        assert_eq!(print(predicate), text);
    }
}

#[test]
fn columns_are_printed_with_their_paths_variables_and_properties() {
    let link = |navigation: &str| Link {
        navigation: navigation.into(),
        table: "t".into(),
        column: None,
        referenced: None,
    };
    let property = |property| ColumnRef { property, ..column("a") };
    let rows = [
        (column("a"), "a"),
        (property(Property::Lookup), "_a_value"),
        (property(Property::Managed), "a/Value"),
        (property(Property::Named("A".into())), "A"),
        (ColumnRef { scope: 1, ..column("a") }, "x/a"),
        (ColumnRef { scope: 2, path: vec![link("n")], ..column("a") }, "y/n/a"),
        (ColumnRef { path: vec![link("n"), link("m")], ..column("a") }, "n/m/a"),
    ];
    for (column, text) in rows {
        assert_eq!(odata::column(&column, &["x", "y"]), text, "{column:?}");
    }
    let taken = |name: &str| ["c", "c2"].contains(&name);
    assert_eq!(odata::fresh_variable("contact", taken), "c3");
    assert_eq!(odata::fresh_variable("contact", |_| false), "c");
}

#[test]
fn lambdas_get_variables_that_are_free() {
    let collection = |scope| CollectionRef {
        scope,
        navigation: "children".into(),
        table: "contact".into(),
        column: None,
        referenced: None,
        intersect: None,
        single: false,
    };
    let inner = Predicate::All(
        collection(1),
        Box::new(Predicate::Test(ColumnRef { scope: 2, ..column("a") }, Test::Null)),
    );
    let outer = Predicate::Any(collection(0), Some(Box::new(inner)));
    let text = odata::predicate(&outer, &[], Precedence::Loose);
    assert_eq!(text, "children/any(c:c/children/all(c2:c2/a eq null))");
    assert_eq!(
        odata::predicate(&Predicate::Any(collection(0), None), &[], Precedence::Loose),
        "children/any()"
    );
    assert_eq!(RelatedRows::Many(collection(0)).navigation(), "children");
}

/// The columns of accounts and projects on which functions of each class work, and some on which they do not.
const CLASSES: &[(ColumnClass, &[&str], &[&str])] = &[
    (
        ColumnClass::Date,
        &["createdon", "new_startdate"],
        &["new_name", "new_budget", "new_regions", "ownerid"],
    ),
    (ColumnClass::DateTime, &["createdon"], &["new_startdate", "new_name"]),
    (
        ColumnClass::Ordered,
        &[
            "createdon",
            "new_startdate",
            "new_budget",
            "new_completion",
            "new_latitude",
            "new_duration",
            "new_externalnumber",
        ],
        &["new_name", "new_type", "statecode", "ownerid", "new_isclosed"],
    ),
    (
        ColumnClass::AnyOf,
        &["new_name", "new_type", "ownerid", "new_budget", "new_projectid", "createdon"],
        &["new_contract", "new_isclosedname"],
    ),
    (ColumnClass::MultiSelect, &["new_regions"], &["new_type", "new_name", "createdon"]),
    (ColumnClass::Owner, &["ownerid", "new_account"], &["new_name", "new_type", "createdon"]),
    (ColumnClass::Hierarchy, &["new_projectid", "new_account"], &["new_name", "new_budget"]),
    (ColumnClass::Language, &["new_duration"], &["new_type", "new_name", "new_externalnumber", "new_budget"]),
    (ColumnClass::FullText, &["new_name", "new_notes"], &["new_budget", "new_type", "createdon"]),
];

#[test]
fn functions_apply_to_the_columns_of_their_class() {
    let table = contoso().table("new_project").expect("in memory").expect("a table");
    for (class, covered, refused) in CLASSES {
        for name in covered.iter().chain(*refused) {
            let column = table.column(name).unwrap_or_else(|| panic!("{name} is a column"));
            assert_eq!(class.covers(&column.ty), covered.contains(name), "{name} for {class:?}");
        }
        assert!(class.covers(&ColumnType::Other { name: "new".into() }), "an unknown type, for {class:?}");
        assert!(
            class.description().contains("columns")
                || class.description().contains("users")
                || *class == ColumnClass::Hierarchy,
            "{class:?}"
        );
    }
}

/// Returns a call of a function on a column that it applies to.
fn call(function: &dvkit_query::functions::Function) -> String {
    let (_, columns, _) = CLASSES.iter().find(|(class, ..)| *class == function.columns).expect("every class");
    let column = columns[0];
    let id = "'11111111-2222-3333-4444-555555555555'";
    let arguments = match function.signature {
        Signature::Column => vec![],
        Signature::Value if function.columns == ColumnClass::Hierarchy => vec![id],
        Signature::Value => vec!["'2025-01-31'"],
        Signature::Number => vec!["5"],
        Signature::List if function.columns == ColumnClass::Ordered => vec!["['2025-01-01','2025-02-01']"],
        Signature::List if function.columns == ColumnClass::MultiSelect => vec!["['1']"],
        Signature::List => vec!["['a']"],
        Signature::Period => vec!["1", "2025"],
    };
    let named = function.signature.parameters().iter().skip(1).zip(arguments);
    let rest: String = named.map(|(name, value)| format!(",{name}={value}")).collect();
    format!("{NAMESPACE}{}(PropertyName='{column}'{rest})", function.name)
}

#[test]
fn every_function_is_accepted_printed_and_negated() {
    for function in &FUNCTIONS {
        let text = call(function);
        let checked =
            check_filter(contoso(), "new_project", &text, &CheckOptions::default()).expect("in memory");
        if function.columns == ColumnClass::FullText {
            continue; // only articles have such columns
        }
        let errors: Vec<String> =
            checked.diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{text}: {errors:?}");
        let query = checked.query.unwrap_or_else(|| panic!("{text} has a meaning"));
        let Predicate::Test(_, Test::Function(meant, arguments)) = &query.predicate else {
            panic!("{text} is a function: {:?}", query.predicate)
        };
        assert_eq!(meant.name, function.name);
        assert!(arguments.fit(function.signature), "{text}: {arguments:?}");
        assert_eq!(odata::filter(&query), text.replace("_value", ""), "{text}");
        let negated = format!("not {text}");
        let checked =
            check_filter(contoso(), "new_project", &negated, &CheckOptions::default()).expect("in memory");
        let opposite = function.negation.map(|name| text.replacen(function.name, name, 1));
        assert_eq!(checked.rewritten, opposite, "{negated}");
        assert!(!checked.is_ok(), "{negated}");
    }
    assert!(find("Today").is_some() && find("today").is_none() && find("Zzz").is_none());
}
