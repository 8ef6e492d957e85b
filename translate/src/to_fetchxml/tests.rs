use dvkit_diagnostic::code;
use dvkit_fixtures::contoso;
use dvkit_query::hir::{Aggregate, AggregateFunction, Columns, GroupKey, Grouping};
use dvkit_query::hir::{
    ColumnRef, Comparison, Expansion, Join, JoinKind, Key, Link, NavigationStep, Order, OrderBy, Predicate,
    Property, Query, RelatedRows, ResultShape, RowSource, Test, Value,
};

use super::owner::{PRINCIPAL, replace_principal};
use super::{cookie, decoded, to_fetchxml};

fn column(name: &str) -> ColumnRef {
    ColumnRef { scope: 0, join: None, path: Vec::new(), column: name.to_owned(), property: Property::Plain }
}

/// Returns the query's translation on one line.
fn on_one_line(query: &Query) -> String {
    let text = to_fetchxml(query, contoso()).expect("it has a form in FetchXML").text;
    text.lines().map(str::trim_start).collect()
}

/// Returns the codes and the messages of the reasons, and whether there is a nearest text.
fn refused(query: &Query) -> (Vec<String>, bool) {
    let refused = to_fetchxml(query, contoso()).expect_err("it has no form in FetchXML");
    (refused.reasons.iter().map(ToString::to_string).collect(), refused.nearest.is_some())
}

/// Returns `text` with `%`, `"`, `<` and `>` percent-encoded `times` times.
fn encoded(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| {
        text.replace('%', "%25").replace('<', "%3C").replace('>', "%3E").replace('"', "%22")
    })
}

#[test]
fn a_token_is_decoded_until_it_is_xml_at_most_three_times() {
    for (times, is_found) in [(0, true), (1, true), (2, true), (3, true), (4, false)] {
        let text = encoded("<cookie a=\"1+1\"/>", times);
        assert_eq!(decoded(&text).as_deref(), is_found.then_some("<cookie a=\"1+1\"/>"), "{text}");
    }
    assert_eq!(decoded("cookie<"), None);
    assert_eq!(decoded(""), None);
}

#[test]
fn a_token_of_the_service_has_a_page_number_and_a_cookie() {
    let inner = "<cookie page=\"1\"><name last=\"A\"/></cookie>";
    for times in 0..3 {
        let token = format!(
            "<cookie pagenumber=\"12\" pagingcookie=\"{}\" istracking=\"False\" />",
            encoded(inner, 2)
        );
        assert_eq!(cookie(&encoded(&token, times)), Some((12, inner.to_owned())), "{times}");
    }
    for token in [
        "<cookie pagingcookie=\"%3Ccookie/%3E\" />",
        "<cookie pagenumber=\"2\" />",
        "<cookie pagenumber=\"two\" pagingcookie=\"%3Ccookie/%3E\" />",
        "<cookie pagenumber=\"2\" pagingcookie=\"plain\" />",
        "<cookie pagenumber=\"\" pagingcookie=\"%3Ccookie/%3E\" />",
        "cookie pagenumber=\"2\" pagingcookie=\"%3Ccookie/%3E\"",
    ] {
        assert_eq!(cookie(token), None, "{token}");
    }
    let twice =
        "<cookie pagenumber=\"2\" pagenumber=\"3\" pagingcookie=\"%3Ca/%3E\" pagingcookie=\"%3Cb/%3E\" />";
    assert_eq!(cookie(twice), Some((2, "<a/>".to_owned())));
}

#[test]
fn choices_are_ordered_by_number_or_by_label_and_not_by_both() {
    let number = |name: &str| Order { by: OrderBy::Column(column(name)), descending: false };
    let label = |name: &str| Order { by: OrderBy::Label(column(name)), descending: true };
    let ordered = |order: Vec<Order>| Query {
        columns: Columns::Listed(vec![column("name")]),
        order,
        ..Query::rows("account", Predicate::Constant(true))
    };
    let entity = "<entity name=\"account\"><attribute name=\"name\" />";
    for (order, attribute, orders) in [
        (vec![number("industrycode")], " useraworderby=\"true\"", "<order attribute=\"industrycode\" />"),
        (vec![number("statecode")], " useraworderby=\"true\"", "<order attribute=\"statecode\" />"),
        (vec![number("statuscode")], " useraworderby=\"true\"", "<order attribute=\"statuscode\" />"),
        (vec![label("industrycode")], "", "<order attribute=\"industrycode\" descending=\"true\" />"),
        (vec![number("name")], "", "<order attribute=\"name\" />"),
        (
            vec![number("name"), label("statecode")],
            "",
            "<order attribute=\"name\" /><order attribute=\"statecode\" descending=\"true\" />",
        ),
        (
            vec![label("name"), number("statecode")],
            " useraworderby=\"true\"",
            "<order attribute=\"name\" descending=\"true\" /><order attribute=\"statecode\" />",
        ),
    ] {
        let expected = format!("<fetch{attribute}>{entity}{orders}</entity></fetch>");
        assert_eq!(on_one_line(&ordered(order)), expected);
    }
    let message = "choices are ordered by number and by label, and `useraworderby` says one of them for all";
    let (reasons, has_nearest) = refused(&ordered(vec![number("statecode"), label("statuscode")]));
    assert_eq!(reasons, [format!("error[{}]: {message}", code::MIXED_ORDER)]);
    assert!(has_nearest);
}

#[test]
fn links_of_a_query_have_different_aliases() {
    let link = |navigation: &str| Link {
        navigation: navigation.to_owned(),
        table: "account".to_owned(),
        column: Some("parentaccountid".to_owned()),
        referenced: Some("accountid".to_owned()),
    };
    let tested = |path: Vec<Link>| Predicate::Test(ColumnRef { path, ..column("name") }, Test::NotNull);
    let query = Query {
        columns: Columns::Listed(vec![column("name")]),
        ..Query::rows(
            "account",
            Predicate::And(vec![
                tested(vec![link("a.b")]),
                tested(vec![link("a_b")]),
                tested(vec![link("a-b")]),
                tested(vec![link("a_b2")]),
                tested(vec![link("a.b"), link("c")]),
                tested(vec![link("a.b"), link("c")]),
                tested(vec![link("a_b"), link("c")]),
            ]),
        )
    };
    let text = on_one_line(&query);
    let aliases: Vec<&str> =
        text.split(" alias=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(aliases, ["a_b", "a_b_c", "a_b2", "a_b2_c", "a_b3", "a_b22"]);
    let conditions: Vec<&str> =
        text.split(" entityname=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(conditions, ["a_b", "a_b2", "a_b3", "a_b22", "a_b_c", "a_b_c", "a_b2_c"]);
}

#[test]
fn a_query_with_too_many_links_says_how_many_or_that_they_are_too_many_to_count() {
    let expansion = |n: usize| Expansion {
        to: RelatedRows::One(Link {
            navigation: format!("n{n}"),
            table: "contact".to_owned(),
            column: Some("primarycontactid".to_owned()),
            referenced: Some("contactid".to_owned()),
        }),
        columns: Columns::Listed(vec![column("fullname")]),
        predicate: Predicate::Constant(true),
        order: Vec::new(),
        top: None,
        expand: Vec::new(),
        reference: false,
    };
    let expanded = |number: usize| Query {
        columns: Columns::Listed(vec![column("name")]),
        expand: (0..number).map(expansion).collect(),
        ..Query::rows("account", Predicate::Constant(true))
    };
    assert_eq!(on_one_line(&expanded(15)).matches("<link-entity").count(), 15);
    for (number, said) in [(16, "16"), (60, "60"), (61, "more than 60"), (200, "more than 60")] {
        let (reasons, has_nearest) = refused(&expanded(number));
        let message =
            format!("error[{}]: it takes {said} joins, and a query may have 15", code::TOO_MANY_JOINS);
        assert_eq!((reasons, has_nearest), (vec![message], false), "{number}");
    }
    let nested = |number: usize| {
        let join = |n: usize, joins: Vec<Join>| Join {
            alias: format!("j{n}"),
            table: "account".to_owned(),
            kind: JoinKind::Outer,
            from: "accountid".to_owned(),
            to: "parentaccountid".to_owned(),
            navigation: None,
            single: true,
            predicate: Predicate::Constant(true),
            columns: Columns::Listed(Vec::new()),
            aliases: Vec::new(),
            order: Vec::new(),
            joins,
        };
        let joins = (0..number).rev().fold(Vec::new(), |inner, n| vec![join(n, inner)]);
        Query { joins, ..Query::rows("account", Predicate::Constant(true)) }
    };
    for (number, said) in [(16, "16"), (60, "60"), (61, "more than 60")] {
        let message =
            format!("error[{}]: it takes {said} joins, and a query may have 15", code::TOO_MANY_JOINS);
        assert_eq!(refused(&nested(number)), (vec![message], false), "{number}");
    }
}

#[test]
fn a_path_of_unknown_navigation_properties_is_refused() {
    let query = Query {
        source: RowSource {
            entity_set: "accounts".to_owned(),
            key: Some(Key::Id(Value::Integer(1))),
            steps: vec![NavigationStep {
                navigation: "unknown".to_owned(),
                table: "contact".to_owned(),
                key: None,
            }],
        },
        ..Query::rows("contact", Predicate::Constant(true))
    };
    let message = "this snapshot does not know which columns `unknown` joins";
    assert_eq!(refused(&query), (vec![format!("error[{}]: {message}", code::JOIN_COLUMNS_UNKNOWN)], false));
}

fn owner(tail: &[&str]) -> ColumnRef {
    let link = |navigation: &str, table: &str| Link {
        navigation: navigation.to_owned(),
        table: table.to_owned(),
        column: Some(format!("{navigation}_lookup")),
        referenced: Some("ownerid".to_owned()),
    };
    let path = tail.iter().map(|navigation| link(navigation, "contact")).chain([link("owner", PRINCIPAL)]);
    ColumnRef { path: path.collect(), ..column("ownerid") }
}

#[test]
fn the_owner_of_each_part_of_a_query_is_its_lookup() {
    let lookup = |path: Vec<Link>| ColumnRef { path, property: Property::Lookup, ..column("owner_lookup") };
    let query_of = |column: &dyn Fn() -> ColumnRef| {
        let test = || Predicate::Test(column(), Test::Null);
        let collection = dvkit_query::hir::CollectionRef {
            scope: 0,
            navigation: "tasks".to_owned(),
            table: "task".to_owned(),
            column: None,
            referenced: None,
            intersect: None,
            single: false,
        };
        let expansion = |expand: Vec<Expansion>| Expansion {
            to: RelatedRows::Many(collection.clone()),
            columns: Columns::All,
            predicate: test(),
            order: vec![Order { by: OrderBy::Label(column()), descending: false }],
            top: None,
            expand,
            reference: false,
        };
        Query {
            order: vec![
                Order { by: OrderBy::Column(column()), descending: false },
                Order { by: OrderBy::Result("n".to_owned()), descending: false },
            ],
            expand: vec![expansion(vec![expansion(Vec::new())])],
            grouping: Some(Grouping {
                keys: vec![GroupKey::of(column())],
                aggregates: vec![
                    Aggregate {
                        function: AggregateFunction::CountColumn,
                        column: Some(column()),
                        alias: "n".to_owned(),
                    },
                    Aggregate { function: AggregateFunction::Count, column: None, alias: "m".to_owned() },
                ],
            }),
            result: ResultShape::Rows,
            ..Query::rows(
                "account",
                Predicate::And(vec![
                    test(),
                    Predicate::Or(vec![test(), Predicate::Not(Box::new(test()))]),
                    Predicate::Columns(column(), Comparison::Eq, column()),
                    Predicate::Any(collection.clone(), Some(Box::new(test()))),
                    Predicate::Any(collection.clone(), None),
                    Predicate::All(collection.clone(), Box::new(test())),
                    Predicate::Constant(true),
                    Predicate::Parameter("@p".to_owned()),
                ]),
            )
        }
    };
    let behind = || owner(&["c"]).path[..1].to_vec();
    assert_eq!(replace_principal(&query_of(&|| owner(&[]))), Some(query_of(&|| lookup(Vec::new()))));
    assert_eq!(replace_principal(&query_of(&|| owner(&["c"]))), Some(query_of(&|| lookup(behind()))));
    // Another column, another table, and a lookup whose column is not known.
    let other_column = || ColumnRef { column: "fullname".to_owned(), ..owner(&[]) };
    let other_table = || ColumnRef { path: behind(), ..owner(&[]) };
    let then_other_table = || ColumnRef { path: [owner(&[]).path, behind()].concat(), ..owner(&[]) };
    let unknown = || {
        let mut column = owner(&[]);
        column.path[0].column = None;
        column
    };
    let plain = || column("ownerid");
    let kept: [&dyn Fn() -> ColumnRef; 5] =
        [&other_column, &other_table, &then_other_table, &unknown, &plain];
    for column in kept {
        assert_eq!(replace_principal(&query_of(column)), None, "{:?}", column());
    }
}

fn link(navigation: &str, table: &str, column: &str, referenced: &str) -> Link {
    Link {
        navigation: navigation.to_owned(),
        table: table.to_owned(),
        column: Some(column.to_owned()),
        referenced: Some(referenced.to_owned()),
    }
}

fn behind(path: Vec<Link>, name: &str) -> ColumnRef {
    ColumnRef { path, ..column(name) }
}

fn contact() -> Link {
    link("primarycontactid", "contact", "primarycontactid", "contactid")
}

fn parent() -> Link {
    link("parentcustomerid_account", "account", "parentcustomerid", "accountid")
}

#[test]
fn keys_of_groups_are_named_by_the_tables_of_their_rows() {
    let aggregate = |function, column: Option<ColumnRef>, alias: &str| Aggregate {
        function,
        column,
        alias: alias.to_owned(),
    };
    let query = Query {
        grouping: Some(Grouping {
            keys: vec![
                GroupKey::of(column("name")),
                GroupKey::of(behind(vec![contact()], "fullname")),
                GroupKey::of(behind(vec![contact(), parent()], "name")),
                GroupKey::of(behind(vec![link("other", "account", "parentaccountid", "accountid")], "name")),
                GroupKey { alias: Some("own".to_owned()), ..GroupKey::of(column("fax")) },
            ],
            aggregates: vec![
                aggregate(AggregateFunction::Count, None, "n"),
                aggregate(AggregateFunction::Sum, Some(column("revenue")), "s"),
                aggregate(AggregateFunction::CountColumn, Some(behind(vec![contact()], "fax")), "c"),
                aggregate(AggregateFunction::CountDistinct, Some(column("fax")), "d"),
            ],
        }),
        order: vec![
            Order { by: OrderBy::Column(behind(vec![contact()], "fullname")), descending: true },
            Order { by: OrderBy::Column(column("telephone1")), descending: false },
            Order { by: OrderBy::Result("n".to_owned()), descending: false },
            Order { by: OrderBy::Column(column("fax")), descending: false },
        ],
        ..Query::rows("account", Predicate::Constant(true))
    };
    let translation = to_fetchxml(&query, contoso()).expect("it has a form in FetchXML");
    let line: String = translation.text.lines().map(str::trim_start).collect();
    let expected = [
        r#"<fetch aggregate="true"><entity name="account">"#,
        r#"<attribute name="name" alias="name" groupby="true" />"#,
        r#"<attribute name="fax" alias="own" groupby="true" />"#,
        r#"<attribute name="accountid" alias="n" aggregate="count" />"#,
        r#"<attribute name="revenue" alias="s" aggregate="sum" />"#,
        r#"<attribute name="fax" alias="d" aggregate="countcolumn" distinct="true" />"#,
        r#"<order alias="contact_fullname" descending="true" /><order alias="telephone1" />"#,
        r#"<order alias="n" /><order alias="own" />"#,
        r#"<link-entity name="contact" from="contactid" to="primarycontactid" link-type="outer" alias="primarycontactid">"#,
        r#"<attribute name="fullname" alias="contact_fullname" groupby="true" />"#,
        r#"<attribute name="fax" alias="c" aggregate="countcolumn" />"#,
        r#"<link-entity name="account" from="accountid" to="parentcustomerid" link-type="outer" alias="primarycontactid_parentcustomerid_account">"#,
        r#"<attribute name="name" alias="account_name" groupby="true" /></link-entity></link-entity>"#,
        r#"<link-entity name="account" from="accountid" to="parentaccountid" link-type="outer" alias="other">"#,
        r#"<attribute name="name" alias="other_name" groupby="true" /></link-entity></entity></fetch>"#,
    ];
    assert_eq!(line, expected.concat());
    let differences: Vec<String> = translation.differences.iter().map(ToString::to_string).collect();
    assert_eq!(differences, ["names: `account_name` comes as `other_name`"]);
}

#[test]
fn groups_without_aggregates_are_distinct_rows_unless_a_date_or_a_result_is_named() {
    use dvkit_query::hir::DateGrouping;
    let dated =
        |part, user_time| GroupKey { date: Some((part, user_time)), ..GroupKey::of(column("createdon")) };
    let grouped = |keys: Vec<GroupKey>, order: Vec<Order>| {
        on_one_line(&Query {
            grouping: Some(Grouping { keys, aggregates: Vec::new() }),
            order,
            ..Query::rows("account", Predicate::Constant(true))
        })
    };
    let name = || GroupKey::of(column("name"));
    let by_column = || Order { by: OrderBy::Column(column("name")), descending: false };
    let by_result = || Order { by: OrderBy::Result("x".to_owned()), descending: false };
    let plain = r#"<attribute name="name" />"#;
    let group = r#"<attribute name="name" alias="name" groupby="true" />"#;
    for (keys, order, kind, inner) in [
        (vec![name()], vec![], "distinct", plain.to_owned()),
        (vec![name()], vec![by_column()], "distinct", format!(r#"{plain}<order attribute="name" />"#)),
        (vec![name()], vec![by_result()], "aggregate", format!(r#"{group}<order alias="x" />"#)),
        (
            vec![name()],
            vec![by_column(), by_result()],
            "aggregate",
            format!(r#"{group}<order alias="name" /><order alias="x" />"#),
        ),
        (
            vec![name(), dated(DateGrouping::Day, true)],
            vec![],
            "aggregate",
            format!(
                r#"{group}<attribute name="createdon" alias="createdon" groupby="true" dategrouping="day" />"#
            ),
        ),
        (
            vec![dated(DateGrouping::FiscalPeriod, false), name()],
            vec![],
            "aggregate",
            format!(
                r#"<attribute name="createdon" alias="createdon" groupby="true" dategrouping="fiscal-period" usertimezone="false" />{group}"#
            ),
        ),
    ] {
        let expected = format!(r#"<fetch {kind}="true"><entity name="account">{inner}</entity></fetch>"#);
        assert_eq!(grouped(keys, order), expected);
    }
    for (part, word) in [
        (DateGrouping::Day, "day"),
        (DateGrouping::Week, "week"),
        (DateGrouping::Month, "month"),
        (DateGrouping::Quarter, "quarter"),
        (DateGrouping::Year, "year"),
        (DateGrouping::FiscalPeriod, "fiscal-period"),
        (DateGrouping::FiscalYear, "fiscal-year"),
    ] {
        assert_eq!(super::date_part(part), word);
    }
}

#[test]
fn the_page_of_a_query_is_said_by_attributes() {
    use dvkit_query::hir::{ContinuationToken, Page};
    let paged = |page: Page| {
        let query = Query {
            columns: Columns::Listed(vec![column("name")]),
            page,
            ..Query::rows("account", Predicate::Constant(true))
        };
        let translation = to_fetchxml(&query, contoso());
        let translation = translation.expect("it has a form in FetchXML");
        let line: String = translation.text.lines().map(str::trim_start).collect();
        let (fetch, _) = line.split_once('>').expect("it begins with a tag");
        (fetch.to_owned(), translation.differences.len())
    };
    let top = |n: i64| Some(Value::Integer(n));
    for (page, expected, differences) in [
        (Page::default(), "<fetch", 0),
        (Page { top: top(5), ..Page::default() }, "<fetch top=\"5\"", 0),
        (Page { top: top(5000), ..Page::default() }, "<fetch top=\"5000\"", 0),
        (Page { top: top(5001), ..Page::default() }, "<fetch top=\"5000\"", 0),
        (Page { top: Some(Value::Parameter("{n}".to_owned())), ..Page::default() }, "<fetch top=\"{n}\"", 0),
        (Page { total: true, ..Page::default() }, "<fetch returntotalrecordcount=\"true\"", 0),
        (
            Page { top: top(5), total: true, ..Page::default() },
            "<fetch count=\"5\" page=\"1\" returntotalrecordcount=\"true\"",
            1,
        ),
        (
            Page { size: Some(3), number: Some(2), cookie: Some("<c>".to_owned()), ..Page::default() },
            "<fetch count=\"3\" page=\"2\" paging-cookie=\"&lt;c&gt;\"",
            0,
        ),
        (
            Page {
                token: Some(ContinuationToken::Page(
                    "<cookie pagenumber=\"2\" pagingcookie=\"%3Cc/%3E\" />".to_owned(),
                )),
                ..Page::default()
            },
            "<fetch page=\"2\" paging-cookie=\"&lt;c/&gt;\"",
            1,
        ),
    ] {
        assert_eq!(paged(page), (expected.to_owned(), differences));
    }
}
