//! Every kind of column with every kind of value: in conditions, in writes and in rows.

use std::fmt::Debug;

use expect_test::{expect, expect_file};
use pretty_assertions::assert_eq;
use rust_decimal::Decimal;

use super::*;
use crate::value::{Image, Lookup};

/// A column of each kind of the table `new_project`.
const COLUMNS: [&str; 19] = [
    "new_name",
    "new_notes",
    "new_headcount",
    "new_externalnumber",
    "new_completion",
    "new_budget",
    "new_latitude",
    "new_approved",
    "new_kickoff",
    "new_shiftstart",
    "new_startdate",
    "new_type",
    "new_regions",
    "statuscode",
    "new_account",
    "new_sponsor",
    "new_projectid",
    "entityimage",
    "new_contract",
];

/// A value of each kind, and some at the limits of a kind.
fn values() -> Vec<Value> {
    let id = Guid::from_u128(7);
    let time: jiff::Timestamp = "2025-01-31T10:00:00Z".parse().unwrap();
    let list = |values: &[i32]| Value::from(values);
    vec![
        Value::Null,
        "O'Neil & Co".into(),
        String::from("Internal").into(),
        0.into(),
        2_147_483_647_i64.into(),
        2_147_483_648_i64.into(),
        Decimal::new(105, 1).into(),
        0.5.into(),
        f64::INFINITY.into(),
        true.into(),
        id.into(),
        Lookup { id, table: Some("account".into()), label: None }.into(),
        Lookup { id, table: Some("team".into()), label: None }.into(),
        Lookup { id, table: None, label: None }.into(),
        time.into(),
        civil::date(2025, 1, 31).at(10, 0, 0, 0).into(),
        civil::date(2025, 1, 31).into(),
        Image(vec![1, 2, 3]).into(),
        list(&[]),
        list(&[1, 9, 1]),
        Value::from(["a", "b"]),
    ]
}

/// Returns the first line of an error, or the text.
fn line<T: ToString>(result: Result<T>) -> String {
    match result {
        Ok(text) => text.to_string(),
        Err(error) => format!("! {}", error.to_string().lines().next().unwrap_or_default()),
    }
}

#[test]
fn each_value_is_compared_with_the_columns_of_its_kind() {
    let mut text = String::new();
    for name in COLUMNS {
        text += &format!("# {name}\n");
        for value in values() {
            text += &format!("{}\n", line(filter("new_project", column(name).eq(value))));
        }
    }
    expect_file!["compared.txt"].assert_eq(&text);
}

#[test]
fn each_value_is_written_to_the_columns_of_its_kind() {
    let projects = organisation().table("new_project").unwrap();
    let mut text = String::new();
    for name in COLUMNS {
        text += &format!("# {name}\n");
        for value in values() {
            text += &format!("{}\n", line(projects.create().set(name, value.clone()).json()));
        }
    }
    expect_file!["written.txt"].assert_eq(&text);
}

/// Returns what each accessor of a row makes of a column.
fn read(row: &Row, name: &str) -> String {
    fn shown<T: Debug>(accessor: &str, result: Result<T>) -> String {
        match result {
            Ok(value) => format!("{accessor} {value:?}\n"),
            Err(error) => format!("{accessor} ! {}\n", error.to_string().lines().next().unwrap_or_default()),
        }
    }
    [
        shown("text", row.text(name)),
        shown("guid", row.guid(name)),
        shown("integer", row.integer(name)),
        shown("decimal", row.decimal(name)),
        shown("float", row.float(name)),
        shown("boolean", row.boolean(name)),
        shown("date", row.date(name)),
        shown("time", row.time(name)),
        shown("local_time", row.local_time(name)),
        shown("choice", row.choice(name)),
        shown("choices", row.choices(name)),
        shown("lookup", row.lookup(name)),
        shown("image", row.image(name)),
    ]
    .concat()
}

#[test]
fn each_accessor_takes_the_columns_of_its_kind() {
    let id = Guid::from_u128(9).to_string();
    let row = row(
        "new_project",
        json!({
            "new_name": "Lighthouse", "new_notes": null, "new_headcount": 12, "new_externalnumber": "9007199254740993",
            "new_completion": 12.5, "new_budget": 1234.5, "new_latitude": 53.5, "new_approved": true,
            "new_kickoff": "2025-01-31T10:00:00Z", "new_shiftstart": "2025-01-31T08:30:00Z", "new_startdate": "2025-01-31",
            "new_type": 1, "new_type@OData.Community.Display.V1.FormattedValue": "Shown",
            "new_regions": "1,9", "new_regions@OData.Community.Display.V1.FormattedValue": "One; Nine",
            "statuscode": 1, "_new_account_value": id, "_new_sponsor_value": id, "new_projectid": id, "entityimage": "AQID", "new_contract": id
        }),
    );
    let mut text = String::new();
    for name in COLUMNS {
        text += &format!("# {name}\n{}", read(&row, name));
    }
    expect_file!["read.txt"].assert_eq(&text);
}

#[test]
fn each_accessor_refuses_values_of_other_forms() {
    let mut text = String::new();
    for name in COLUMNS {
        for json in [json!("x"), json!({"a": 1}), json!(["1"]), json!(-1.5)] {
            let property = if matches!(name, "new_account" | "new_sponsor") {
                format!("_{name}_value")
            } else {
                name.to_owned()
            };
            let row = row("new_project", json!({ property: json }));
            let own: Vec<String> =
                read(&row, name).lines().filter(|l| l.contains("which is not")).map(str::to_owned).collect();
            text += &format!("{}\n", own.join("\n"));
        }
    }
    expect_file!["refused.txt"].assert_eq(&text);
}

#[test]
fn a_computed_value_is_read_as_what_it_is() {
    let row = row(
        "contact",
        json!({"n": 3, "t": "x", "f": 1.5, "b": false, "o": {"Value": true}, "s": "1,2", "l": ["a"]}),
    );
    for (name, expected) in [
        ("n", (Some(3), None, Some("3".to_owned()))),
        ("t", (None, Some("x".to_owned()), None)),
        ("f", (None, None, Some("1.5".to_owned()))),
    ] {
        let decimal = row.decimal(name).ok().flatten().map(|d| d.to_string());
        assert_eq!(
            (row.integer(name).ok().flatten(), row.text(name).ok().flatten(), decimal),
            expected,
            "{name}"
        );
    }
    assert_eq!((row.boolean("b").unwrap(), row.boolean("o").unwrap()), (Some(false), Some(true)));
    assert_eq!(row.choices("s").unwrap().iter().map(|c| c.value).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(row.get::<Vec<String>>("l").unwrap(), Some(vec!["a".to_owned()]));
    assert!(row.has("n") && !row.has("x") && row.names().count() == 7);
}

#[test]
fn each_operator_is_written_with_the_parentheses_that_it_needs() {
    let name = || column("fullname");
    let (a, b, c) = (|| name().eq("a"), || name().eq("b"), || column("lastname").is_null());
    let mut text = String::new();
    let mut tell = |condition: Condition| text += &format!("{}\n", line(filter("contact", condition)));
    for condition in [
        name().eq("a"),
        name().ne("a"),
        name().gt("a"),
        name().ge("a"),
        name().lt("a"),
        name().le("a"),
        name().eq_column("lastname"),
        name().ne_column("lastname"),
        name().gt_column("lastname"),
        name().ge_column("lastname"),
        name().lt_column("lastname"),
        name().le_column("lastname"),
        name().is_null(),
        name().is_not_null(),
        name().contains("a"),
        name().starts_with("a"),
        name().ends_with("a"),
        name().is_in(["a", "b"]),
        name().not_in(["a"]),
        column("createdon").function::<i32>("Today", []),
        column("createdon").function("Microsoft.Dynamics.CRM.LastXDays", [3]),
        column("createdon").function("LastXDays", [3, 4]),
        column("createdon").function::<i32>("LastXDays", []),
        column("createdon").function("Today", [1]),
        column("createdon").function("Between", ["a"]),
        column("parentcustomerid_account/createdon").function::<i32>("Today", []),
        column("parentcustomerid").function::<i32>("EqualUserId", []),
    ] {
        tell(condition);
    }
    for condition in [
        a().and(b()).and(c()),
        a().and(b().and(c())),
        a().and(b()).and(c().and(a())),
        a().or(b()).or(c()),
        a().or(b().or(c())),
        a().or(b()).or(c().or(a())),
        a().and(b()).or(c()),
        a().or(b()).and(c()),
        a().and(b().or(c())),
        !a(),
        !!a(),
        !a().and(b()),
        !name().contains("a"),
        !name().is_in(["a"]),
        !filter_text("fullname eq 'a'", []),
        filter_text("fullname eq 'a' or fullname eq 'b'", []).and(c()),
        Condition::all_of([a(), b(), c()]).unwrap(),
        Condition::any_of([a(), b(), c()]).unwrap(),
    ] {
        tell(condition);
    }
    assert!(Condition::all_of([]).is_none() && Condition::any_of([]).is_none());
    expect_file!["conditions.txt"].assert_eq(&text);
}

#[test]
fn lambdas_take_the_next_free_variable() {
    let people = || related("contact_customer_accounts");
    let projects = || related("new_account_new_project_account");
    let mut text = String::new();
    for condition in [
        people().exist(),
        !people().exist(),
        people().any(column("fullname").eq("a")),
        people().all(column("fullname").eq_column("lastname")),
        people().any(related("contact_customer_contacts").any(column("fullname").eq("a"))),
        people().any(filter_text("contact_customer_contacts/any(b:b/fullname eq 'a')", [])),
        people().any(filter_text(
            "fullname eq 'x' and Microsoft.Dynamics.CRM.Today(PropertyName='createdon')",
            [],
        )),
        people().any(!filter_text("contact_customer_contacts/any(a:a/fullname eq lastname)", [])),
        people().any(column("parentcustomerid_account/name").eq("x")).and(projects().exist()),
        people().any(column("createdon").function::<i32>("Today", [])),
        related("contact_customer_account").exist(),
        related("name").exist(),
    ] {
        text += &format!("{}\n", line(filter("account", condition)));
    }
    expect![[r#"
        contact_customer_accounts/any()
        not contact_customer_accounts/any()
        contact_customer_accounts/any(a:a/fullname eq 'a')
        contact_customer_accounts/all(a:a/fullname eq a/lastname)
        contact_customer_accounts/any(a:a/contact_customer_contacts/any(b:b/fullname eq 'a'))
        contact_customer_accounts/any(a:a/contact_customer_contacts/any(b:b/fullname eq 'a'))
        contact_customer_accounts/any(a:a/fullname eq 'x' and a/Microsoft.Dynamics.CRM.Today(PropertyName='createdon'))
        ! error[DV0411]: columns of different rows cannot be compared in OData
        contact_customer_accounts/any(a:a/parentcustomerid_account/name eq 'x') and new_account_new_project_Account/any()
        contact_customer_accounts/any(a:a/Microsoft.Dynamics.CRM.Today(PropertyName='createdon'))
        ! error[DV0203]: `account` has no navigation property `contact_customer_account`
        ! error[DV0207]: `name` is a text column, not a collection
    "#]].assert_eq(&text);
}

#[test]
fn each_option_of_a_query_is_written_in_its_place() {
    let contacts = organisation().table("contact").unwrap();
    let query = || contacts.query();
    let whole = Expand::new("parentcustomerid_account").select(["name"]).expand("primarycontactid");
    let many = Expand::new("contact_customer_contacts")
        .select(["fullname", "lastname"])
        .filter(column("fullname").ne("a"))
        .filter(column("lastname").is_not_null())
        .order_by("fullname")
        .order_by_descending("lastname")
        .top(3);
    let mut text = String::new();
    for query in [
        query(),
        query().select(["fullname"]).select(["lastname", "parentcustomerid_account/name"]),
        query().filter(column("fullname").eq("a")).filter(column("lastname").eq("b")),
        query().order_by("fullname").order_by_descending("createdon"),
        query().top(5),
        query().count(),
        query().top(5).count(),
        query().expand("parentcustomerid_account"),
        query().expand(whole).expand(many),
        query().apply("groupby((lastname),aggregate($count as n))"),
        query().apply("groupby((lastname))").count(),
        query().select(["fullname"]).page_size(10),
        query().expand("nothing"),
        query().expand(Expand::new("parentcustomerid_account").select(["nme"])),
    ] {
        text += &format!("{}\n", line(query.check().map(|checked| checked.text().to_owned())));
    }
    let id = Guid::from_u128(7);
    for query in [
        query().select(["fullname"]).expand("parentcustomerid_account"),
        query().filter(column("fullname").eq("a")),
        query().order_by("fullname"),
        query().top(1),
        query().count(),
        query().apply("groupby((lastname))"),
    ] {
        text += &format!("{}\n", line(query.get_request(id).map(|request| request.target().to_owned())));
    }
    text += &format!("{}\n", line(query().filter(column("fullname").eq("a+b %")).filter_text()));
    text += &format!("{}\n", line(query().filter_text()));
    expect_file!["queries.txt"].assert_eq(&text);
}

#[test]
fn keys_are_ids_or_columns() {
    let organisation = organisation();
    let accounts = organisation.table("account").unwrap();
    let id = Guid::from_u128(7);
    let by_number = || RowKey::columns([("accountnumber", "A/1 ?&'")]);
    let mut text = String::new();
    for key in [
        RowKey::from(id),
        RowKey::from(&id),
        by_number(),
        RowKey::columns([("AccountNumber", Value::from("x"))]),
        RowKey::columns([("name", "x")]),
        RowKey::columns([("nothing", "x")]),
        RowKey::columns([("accountnumber", 5)]),
        RowKey::columns(Vec::<(&str, Value)>::new()),
        RowKey::from(accounts.row(id)),
    ] {
        let row = accounts.row(&key);
        text += &format!("{} {:?}\n", line(row.path()), row.id());
    }
    expect![[r#"
        accounts(00000000-0000-0000-0000-000000000007) Some(00000000-0000-0000-0000-000000000007)
        accounts(00000000-0000-0000-0000-000000000007) Some(00000000-0000-0000-0000-000000000007)
        ! error[DV0467]: the service cannot find a row by a key whose value has a `/`, encoded or not None
        accounts(accountnumber='x') None
        ! error[DV0224]: `account` has no key of these columns None
        ! error[DV0203]: `account` has no column `nothing` None
        ! error[DV0301]: `accountnumber` is a text, and 5 is a whole number None
        ! error[DV0224]: there is no key in these parentheses None
        accounts(00000000-0000-0000-0000-000000000007) Some(00000000-0000-0000-0000-000000000007)
    "#]]
    .assert_eq(&text);
    let (one, other) = (accounts.row(id), accounts.row(by_number()));
    assert!(one == accounts.row(id) && one != other && other == accounts.row(by_number()));
    assert!(one != organisation.table("contact").unwrap().row(id));
    assert_eq!(
        (one.table().name(), one.key(), format!("{one:?}")),
        ("account", &RowKey::Id(id), format!("account(Id({id:?}))"))
    );
    assert_eq!(Value::from(&one), Value::Row(id, Some("account".into())));
    assert_eq!(Value::from(other), Value::List(Vec::new()));
}

#[test]
fn json_and_rust_values_are_the_same_values() {
    for (json, value) in [
        (json!(null), Value::Null),
        (json!(true), Value::Bool(true)),
        (json!(5), 5.into()),
        (json!(-5), Value::Whole(-5)),
        (json!(1.5), Decimal::new(15, 1).into()),
        (json!("x"), "x".into()),
        (json!([1, "x"]), Value::List(vec![1.into(), "x".into()])),
        (json!({"a": 1}), "{\"a\":1}".into()),
    ] {
        assert_eq!(Value::from(&json), value, "{json}");
        assert_eq!(Value::from(json), value);
    }
    assert_eq!(Value::from(json!(1e300)), Value::Float(1e300));
    assert_eq!((Value::from(Some(1)), Value::from(None::<i32>)), (Value::Whole(1), Value::Null));
    let numbers = [
        Value::from(1_i8),
        1_i16.into(),
        1_i32.into(),
        1_i64.into(),
        1_u8.into(),
        1_u16.into(),
        1_u32.into(),
    ];
    assert!(numbers.iter().all(|n| *n == Value::Whole(1)));
    assert_eq!(
        (Value::from(0.5_f32), Value::from(vec!["a"]), Value::from(&[1, 2][..])),
        (Value::Float(0.5), ["a"].into(), [1, 2].into())
    );
}
