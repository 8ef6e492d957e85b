//! Tests what is said about functions, names and rows that are refused, and what rows may omit.

use std::error::Error as _;

use dvkit_query::{CheckOptions, check_fetchxml, check_request};
use pretty_assertions::assert_eq;

use super::*;

#[test]
fn a_query_function_has_the_arguments_of_its_signature() {
    let none: [i32; 0] = [];
    for (condition, told) in [
        (
            column("createdon").function("Today", none),
            Ok("Microsoft.Dynamics.CRM.Today(PropertyName='createdon')"),
        ),
        (
            column("Created On").function("LastXDays", [3]),
            Ok("Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)"),
        ),
        (
            column("parentcustomerid_account/createdon").function("InFiscalPeriodAndYear", [1, 2025]),
            Ok(
                "parentcustomerid_account/Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',\
                PropertyValue1=1,PropertyValue2=2025)",
            ),
        ),
        (
            column("createdon").function("Today", [1]),
            Err("`Today` takes no argument after the column, and 1 were given"),
        ),
        (
            column("createdon").function("LastXDays", none),
            Err("`LastXDays` takes one argument after the column, and 0 were given"),
        ),
        (
            column("createdon").function("LastXDays", [1, 2]),
            Err("`LastXDays` takes one argument after the column, and 2 were given"),
        ),
        (
            column("createdon").function("InFiscalPeriodAndYear", [1]),
            Err("`InFiscalPeriodAndYear` takes 2 arguments after the column, and 1 were given"),
        ),
        (column("createdon").function("LastXDay", [1]), Err("Dataverse has no query function `LastXDay`")),
    ] {
        match (filter("contact", condition.clone()), told) {
            (Ok(text), told) => assert_eq!(Ok(text.as_str()), told),
            (Err(error), Err(told)) => {
                assert_eq!(error.findings().unwrap().diagnostics()[0].message.to_string(), told)
            }
            (Err(error), Ok(_)) => panic!("{condition:?}: {error}"),
        }
    }
    let error = filter("contact", column("createdon").function("LastXDay", [1])).unwrap_err();
    assert!(error.to_string().contains("did you mean: `LastXDays`"), "{error}");
}

#[test]
fn a_collection_of_rows_is_no_lookup() {
    let accounts = organisation().table("account").unwrap();
    let id = Guid::from_u128(7);
    for write in [
        accounts.create().bind("contact_customer_accounts", id),
        accounts.create().set("contact_customer_accounts", id),
        accounts.create().clear("contact_customer_accounts"),
    ] {
        let error = write.json().unwrap_err();
        let told = "`contact_customer_accounts` is a navigation property: `$select` takes columns";
        assert_eq!(
            error.findings().unwrap().diagnostics()[0].message.to_string(),
            told,
            "{write:?}: {error}"
        );
    }
    // The state is set only when a row is changed.
    let error = accounts.create().set("statecode", 1).json().unwrap_err();
    assert!(
        error.to_string().contains("`statecode` cannot be set here: it is set only when a row is changed"),
        "{error}"
    );
    assert_eq!(accounts.update(id).set("statecode", 1).json().unwrap(), json!({"statecode": 1}));
    assert_eq!(accounts.upsert(id).set("statecode", 1).json().unwrap(), json!({"statecode": 1}));
}

#[test]
fn several_findings_are_told_one_below_the_other() {
    let contacts = organisation().table("contact").unwrap();
    let error = contacts.create().set("lastnme", "x").set("birthdate", 5).json().unwrap_err();
    assert_eq!(codes(&error), [code::UNKNOWN_COLUMN, code::TYPE_MISMATCH]);
    let findings = error.findings().unwrap();
    assert_eq!(findings.text(), "lastnme\nbirthdate = 5");
    assert_eq!(findings.fixed(), None);
    let pieces: Vec<&str> = findings.diagnostics().iter().map(|d| d.span.of(findings.text())).collect();
    assert_eq!(pieces, ["lastnme", "5"]);
    let shown = error.to_string();
    assert_eq!(shown.matches("error[").count(), 2, "{shown}");
    assert!(shown.contains("\nerror["), "{shown}");
    assert!(error.client().is_none() && error.source().is_none());
    // A certain fix is told below the findings.
    let error = organisation().checked("accounts?$select=name&$filter=name == 'a'").unwrap_err();
    let findings = error.findings().unwrap();
    assert_eq!(findings.fixed(), Some("accounts?$select=name&$filter=name eq 'a'"));
    assert!(error.to_string().ends_with("\nfixed: accounts?$select=name&$filter=name eq 'a'"), "{error}");
    let failed: Error = dvkit_client::Error::new(dvkit_client::ErrorKind::Timeout, "late").into();
    assert!(failed.findings().is_none() && failed.client().is_some_and(|error| error.message() == "late"));
    assert_eq!(failed.to_string(), "late");
}

#[test]
fn the_error_of_a_value_names_its_column() {
    let row = row("contact", json!({"fullname": "Ann", "total": 3}));
    for (error, name) in [
        (row.text("totl").unwrap_err(), "totl"),
        (row.decimal("FullName").unwrap_err(), "FullName"),
        (row.text("emailaddress1").unwrap_err(), "emailaddress1"),
    ] {
        let Error::RowValue(value) = &error else { panic!("{error:?}") };
        assert_eq!((value.column(), value.to_string()), (name, error.to_string()));
        assert!(error.source().is_none(), "{error}");
    }
}

#[test]
fn an_accepted_request_has_warnings_and_no_rewrites() {
    let contacts = organisation().table("contact").unwrap();
    let warnings = |condition: Option<Condition>| -> Vec<code::Code> {
        let query = contacts.query().select(["fullname"]);
        let query = match condition {
            Some(condition) => query.filter(condition),
            None => query,
        };
        let checked = query.check().unwrap_or_else(|error| panic!("{error}"));
        checked.warnings().iter().map(|d| d.code).collect()
    };
    let text = |text: &str| filter_text(text, Vec::<(&str, Value)>::new());
    assert_eq!(warnings(None), []);
    assert_eq!(warnings(Some(text("fullname eq 'a'"))), []);
    // The service refuses `tolower`; what is sent has it no more.
    assert_eq!(warnings(Some(text("tolower(fullname) eq 'a'"))), []);
    let checked = contacts.query().filter(text("tolower(fullname) eq 'a'")).check().unwrap();
    assert_eq!(checked.text(), "contacts?$filter=fullname eq 'a'");
    assert_eq!(checked.warnings().iter().map(|d| d.code).collect::<Vec<_>>(), [code::NO_SELECT]);
}

#[test]
fn a_row_may_omit_what_its_query_asked_for_and_nothing_else() {
    let organisation = organisation();
    let contacts = organisation.table("contact").unwrap();
    let store = organisation.store();
    let fetch = "<fetch><entity name='contact'><attribute name='fullname'/><attribute name='lastname' alias='surname'/>\
        <link-entity name='account' from='accountid' to='parentcustomerid' alias='a'><attribute name='name'/>\
        <attribute name='revenue' alias='money'/><link-entity name='systemuser' from='systemuserid' to='ownerid' alias='u'>\
        <attribute name='fullname'/></link-entity></link-entity></entity></fetch>";
    let groups = "contacts?$apply=groupby((statecode),aggregate(annualincome with sum as total))";
    let plain = CheckOptions::default();
    let of_fetch = check_fetchxml(store, fetch, &plain).unwrap().query;
    let of_groups = check_request(store, None, groups, &plain).unwrap().query;
    for (query, asked, others) in [
        (
            of_fetch,
            &["fullname", "Full Name", "surname", "a.name", "money", "u.fullname"][..],
            &["emailaddress1", "a.accountid", "total"][..],
        ),
        (of_groups, &["statecode", "total"], &["fullname", "annualincome"]),
        (None, &[], &["fullname", "total"]),
    ] {
        assert_eq!(query.is_some(), !asked.is_empty());
        let mut context = RowContext::of(&contacts);
        context.may_omit(query.as_ref());
        let row: Row = serde_json::from_value(json!({"x": 1})).unwrap();
        let row = row.with_context(&context);
        for name in asked {
            let found: Option<String> = row.get(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((found, row.has(name)), (None, false), "{name}");
        }
        for name in others {
            assert!(row.get::<String>(name).is_err(), "{name}");
        }
    }
    // A row of an OData query has all of its columns.
    assert!(self::row("contact", json!({"x": 1})).get::<String>("fullname").is_err());
}
