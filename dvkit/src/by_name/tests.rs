//! Tests queries, writes and rows by name against the sample organisation.

mod matrix;
mod paths;
mod refusals;
mod writes;

use dvkit_diagnostic::code;
use dvkit_schema::Store;
use jiff::civil;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::row::RowContext;
use super::*;
use crate::{Decimal, Guid};

fn organisation() -> Organisation {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
    Organisation::new(Store::open(folder).unwrap())
}

fn filter(table: &str, condition: Condition) -> Result<String> {
    organisation().table(table)?.query().filter(condition).filter_text()
}

fn codes(error: &Error) -> Vec<code::Code> {
    error.findings().map(|f| f.diagnostics().iter().map(|d| d.code).collect()).unwrap_or_default()
}

fn row(table: &str, json: serde_json::Value) -> Row {
    let row: Row = serde_json::from_value(json).unwrap();
    row.with_context(&RowContext::of(&organisation().table(table).unwrap()))
}

#[test]
fn values_are_typed_and_escaped_by_their_columns() {
    let id = Guid::from_u128(7);
    for (condition, text) in [
        (column("fullname").eq("O'Neil & Co"), "fullname eq 'O''Neil & Co'"),
        (column("fullname").contains("50%_'"), "contains(fullname,'50[%][_]''')"),
        (
            column("parentcustomerid").eq(id),
            "_parentcustomerid_value eq 00000000-0000-0000-0000-000000000007",
        ),
        (column("statecode").eq("inactive"), "statecode eq 1"),
        (column("statecode").ne(1), "statecode ne 1"),
        (column("FullName").is_null(), "fullname eq null"),
        (column("birthdate").ge(civil::date(2000, 2, 29)), "birthdate ge 2000-02-29"),
        (
            column("createdon").lt("2025-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap()),
            "createdon lt 2025-01-01T00:00:00Z",
        ),
        (
            column("parentcustomerid_account/name").starts_with("A"),
            "startswith(parentcustomerid_account/name,'A')",
        ),
        (
            !column("fullname").eq("a").or(column("fullname").eq("b")),
            "not (fullname eq 'a' or fullname eq 'b')",
        ),
        (
            column("createdon").function("LastXDays", [3]),
            "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)",
        ),
        (
            column("parentcustomerid").is_in([id]),
            "Microsoft.Dynamics.CRM.In(PropertyName='parentcustomerid',PropertyValues=[\"00000000-0000-0000-0000-000000000007\"])",
        ),
    ] {
        assert_eq!(
            filter("contact", condition.clone()).unwrap_or_else(|e| panic!("{e}")),
            text,
            "{condition:?}"
        );
    }
    assert_eq!(
        filter("new_project", column("new_regions").eq([9, 1, 1])).unwrap_or_else(|e| panic!("{e}")),
        "new_regions eq '1,9'"
    );
    assert_eq!(filter("account", column("revenue").gt(Decimal::new(105, 1))).unwrap(), "revenue gt 10.5");
}

#[test]
fn values_of_wrong_types_are_findings_about_the_readable_request() {
    for (table, condition, wanted) in [
        ("account", column("revenue").gt("1000"), code::TYPE_MISMATCH),
        ("account", column("revenue").gt(0.5), code::TYPE_MISMATCH),
        ("contact", column("statecode").eq("Activ"), code::UNKNOWN_LABEL),
        ("contact", column("statecode").eq(7), code::UNKNOWN_OPTION),
        ("contact", column("birthdate").eq("2000-01-01"), code::TYPE_MISMATCH),
        ("contact", column("fullnme").eq("x"), code::UNKNOWN_COLUMN),
        ("contact", column("fullname eq 'x' or lastname").eq("x"), code::UNKNOWN_COLUMN),
        ("contact", column("fullname").is_in(Vec::<String>::new()), code::ARGUMENT),
        ("contact", column("fullname").function("LastXDay", [1]), code::UNKNOWN_FUNCTION),
    ] {
        let error = filter(table, condition.clone()).unwrap_err();
        assert_eq!(codes(&error), [wanted], "{condition:?}: {error}");
        let findings = error.findings().unwrap();
        let finding = &findings.diagnostics()[0];
        assert!(
            !finding.span.of(findings.text()).is_empty() && !error.to_string().contains("{dv"),
            "{error}"
        );
    }
    let error = filter("account", column("name").eq("A & B").and(column("revenue").gt("1'0"))).unwrap_err();
    let findings = error.findings().unwrap();
    assert_eq!(findings.diagnostics()[0].span.of(findings.text()), "'1''0'");
}

#[test]
fn texts_with_placeholders_are_typed_like_the_macro() {
    let text = "contains(fullname,{part}) and parentcustomerid_account/name eq '{name} Ltd' and statecode in ({states})";
    let condition = filter_text(
        text,
        [("part", "a%".into()), ("name", "O'Neil".into()), ("states", Value::from(["Active", "Inactive"]))],
    );
    assert_eq!(
        filter("contact", condition).unwrap(),
        "contains(fullname,'a[%]') and parentcustomerid_account/name eq 'O''Neil Ltd' and \
         Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=[\"0\",\"1\"])"
    );
    let missing = filter("contact", filter_text("fullname eq {nme}", [("name", "x".into())])).unwrap_err();
    assert!(missing.to_string().contains("{name}"), "{missing}");
    let unused = filter("contact", filter_text("fullname ne null", [("name", "x".into())])).unwrap_err();
    assert_eq!(codes(&unused), [code::PLACEHOLDER]);
    let syntax = filter("contact", filter_text("fullname == {name}", [("name", "x".into())])).unwrap_err();
    assert_eq!(codes(&syntax), [code::FOREIGN_OPERATOR]);
}

#[test]
fn lambda_variables_never_collide() {
    let people = related("contact_customer_accounts");
    let inner = filter_text(
        "contact_customer_contacts/any(a:a/fullname eq {n}) and statecode eq 0",
        [("n", "x".into())],
    );
    let condition = people.any(inner.and(column("parentcustomerid").is_not_null()));
    assert_eq!(
        filter("account", condition).unwrap(),
        "contact_customer_accounts/any(b:(b/contact_customer_contacts/any(a:a/fullname eq 'x') and b/statecode eq 0) \
         and b/_parentcustomerid_value ne null)"
    );
}

#[test]
fn names_are_accepted_as_people_write_them() {
    let contacts = organisation().table("Contacts").unwrap();
    assert_eq!(organisation().table("Kontakt").unwrap().name(), "contact");
    let text = |columns: &[&str]| {
        contacts.query().select(columns.iter().copied()).check().map(|c| c.text().to_owned())
    };
    assert_eq!(
        text(&["FullName", "parentcustomerid", "_ownerid_value"]).unwrap(),
        "contacts?$select=fullname,_parentcustomerid_value,_ownerid_value"
    );
    assert_eq!(text(&["Full Name"]).unwrap(), "contacts?$select=fullname");
    let error = text(&["fullname,lastname"]).unwrap_err();
    assert_eq!(codes(&error), [code::UNKNOWN_COLUMN]);
    assert!(text(&["fullnme"]).unwrap_err().to_string().contains("did you mean `fullname`"));
    assert_eq!(codes(&contacts.column("fullnme").unwrap_err()), [code::UNKNOWN_COLUMN]);
    assert_eq!(codes(&organisation().table("nothing").unwrap_err()), [code::UNKNOWN_TABLE]);
}

#[test]
fn raw_requests_are_checked_and_rewritten() {
    let organisation = organisation();
    let request = organisation.checked("GET accounts?$select=name&$filter=tolower(name) eq 'a%26b'").unwrap();
    assert_eq!(request.target(), "accounts?$select=name&$filter=name%20eq%20'a%26b'");
    assert_eq!(codes(&organisation.checked("accounts?$select=nam").unwrap_err()), [code::UNKNOWN_COLUMN]);
    let fetch = "<fetch><entity name='account'><attribute name='nam' /></entity></fetch>";
    assert_eq!(codes(&organisation.checked(fetch).unwrap_err()), [code::UNKNOWN_COLUMN]);
    let request = organisation.checked(&fetch.replace("nam'", "name'")).unwrap();
    assert!(request.target().starts_with("accounts?fetchXml="), "{}", request.target());
}

#[test]
fn rows_have_typed_access_that_names_the_column_and_its_type() {
    let id = Guid::from_u128(9);
    let row = row(
        "contact",
        json!({
            "contactid": id.to_string(), "fullname": "Ann", "birthdate": "2000-02-29", "createdon": "2025-01-01T10:00:00Z",
            "statecode": 1, "_parentcustomerid_value": id.to_string(), "lastname": null,
            "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
            "_parentcustomerid_value@OData.Community.Display.V1.FormattedValue": "Contoso",
            "parentcustomerid_account": {"name": "Contoso", "revenue": 1.25},
            "total": 3
        }),
    );
    assert_eq!(row.id().unwrap(), id);
    assert_eq!(row.text("FullName").unwrap().as_deref(), Some("Ann"));
    assert_eq!(row.text("lastname").unwrap(), None);
    assert_eq!(row.date("birthdate").unwrap(), Some(civil::date(2000, 2, 29)));
    assert_eq!(row.time("createdon").unwrap().unwrap().to_string(), "2025-01-01T10:00:00Z");
    let state = row.choice("statecode").unwrap().unwrap();
    assert_eq!((state.value, state.label.as_deref()), (1, Some("Inactive")));
    let customer = row.lookup("parentcustomerid").unwrap().unwrap();
    assert_eq!(
        (customer.id, customer.table.as_deref(), customer.label.as_deref()),
        (id, Some("account"), Some("Contoso"))
    );
    let company = row.related_row("parentcustomerid_account").unwrap().unwrap();
    assert_eq!(company.decimal("revenue").unwrap(), Some(Decimal::new(125, 2)));
    assert_eq!(
        company.text("revenue").unwrap_err().to_string(),
        "`revenue` of `account` is money (`decimal`), not a text"
    );
    // A computed name that the snapshot does not have.
    assert_eq!((row.integer("total").unwrap(), row.get::<u8>("total").unwrap()), (Some(3), Some(3)));
    assert_eq!(
        row.decimal("fullname").unwrap_err().to_string(),
        "`fullname` of `contact` is a text (`text`), not a decimal number"
    );
    assert_eq!(
        row.text("emailaddress1").unwrap_err().to_string(),
        "this row of `contact` has no `emailaddress1`: the query did not select `emailaddress1`"
    );
    assert_eq!(
        row.text("totl").unwrap_err().to_string(),
        "this row of `contact` has no `totl`; did you mean `total`?"
    );
}

#[test]
fn money_is_exact() {
    let row: Row = serde_json::from_str(r#"{"revenue": 922337203685477.5807}"#).unwrap();
    assert_eq!(row.decimal("revenue").unwrap().unwrap().to_string(), "922337203685477.5807");
}

#[test]
fn writes_choose_the_navigation_property_by_the_table_of_the_row() {
    let organisation = organisation();
    let contacts = organisation.table("contact").unwrap();
    let id = Guid::from_u128(7);
    let row = |table: &str| organisation.table(table).unwrap().row(id);
    let path = |set: &str| format!("/{set}({id})");
    for (name, target, body) in [
        (
            "parentcustomerid",
            row("account"),
            json!({"parentcustomerid_account@odata.bind": path("accounts")}),
        ),
        (
            "parentcustomerid",
            row("contact"),
            json!({"parentcustomerid_contact@odata.bind": path("contacts")}),
        ),
        (
            "parentcustomerid_contact",
            row("contact"),
            json!({"parentcustomerid_contact@odata.bind": path("contacts")}),
        ),
        ("ownerid", row("systemuser"), json!({"ownerid@odata.bind": path("systemusers")})),
        ("ownerid", row("team"), json!({"ownerid@odata.bind": path("teams")})),
    ] {
        let write = contacts.create().bind(name, &target);
        assert_eq!(write.json().unwrap_or_else(|e| panic!("{e}")), body, "{name}");
        assert_eq!(contacts.create().set(name, target).json().unwrap(), body);
    }
    let error = contacts.create().bind("parentcustomerid", id).json().unwrap_err();
    assert_eq!(codes(&error), [code::AMBIGUOUS_TARGET], "{error}");
    assert!(error.to_string().contains("`account` or `contact`"), "{error}");
    let error = contacts.create().bind("parentcustomerid", row("systemuser")).json().unwrap_err();
    assert_eq!(codes(&error), [code::TYPE_MISMATCH], "{error}");
}

#[test]
fn writes_are_checked_by_their_columns() {
    let organisation = organisation();
    let contacts = organisation.table("contact").unwrap();
    let error = contacts
        .create()
        .set("lastnme", "x")
        .set("lastname", "y".repeat(1_000))
        .set("createdon", "2025-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap())
        .set("preferredcontactmethodcode", "Pigeon")
        .set("birthdate", 5)
        .request()
        .unwrap_err();
    assert_eq!(
        codes(&error),
        [
            code::UNKNOWN_COLUMN,
            code::TEXT_TOO_LONG,
            code::NOT_A_PROPERTY,
            code::UNKNOWN_LABEL,
            code::TYPE_MISMATCH
        ],
        "{error}"
    );
    let findings = error.findings().unwrap();
    let pieces: Vec<&str> = findings.diagnostics().iter().map(|d| d.span.of(findings.text())).collect();
    assert_eq!((pieces[0], pieces[2], pieces[3], pieces[4]), ("lastnme", "createdon", "'Pigeon'", "5"));
    let id = Guid::from_u128(7);
    assert_eq!(codes(&contacts.delete(id).set("lastname", "x").request().unwrap_err()), [code::ARGUMENT]);
    let update = contacts.update(id).set("lastname", "x").clear("parentcustomerid").clear("birthdate");
    assert_eq!(
        update.json().unwrap(),
        json!({"lastname": "x", "parentcustomerid_account@odata.bind": null, "birthdate": null})
    );
    assert!(update.bulk_row().is_ok());
    let by_key = organisation.table("account").unwrap().upsert(RowKey::columns([("accountnumber", "A 1&'")]));
    assert_eq!(by_key.request().unwrap().target(), "accounts(accountnumber='A%201%26''')");
}
