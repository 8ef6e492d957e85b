//! Tests of names along paths, of the options that a message lists, and of texts that only a rewrite makes sendable.

use dvkit_query::{CheckOptions, check_request};
use dvkit_schema::{Choice, ChoiceOption};
use pretty_assertions::assert_eq;

use super::super::check::accepted;
use super::super::names::{navigation, navigations, path};
use super::*;

#[test]
fn each_step_of_a_path_is_found_in_the_table_before_it() {
    let organisation = organisation();
    let store = organisation.store();
    for (from, given, written, target) in [
        ("contact", "parentcustomerid_account", "parentcustomerid_account", Some("account")),
        ("contact", "ParentCustomerId_Account", "parentcustomerid_account", Some("account")),
        (
            "contact",
            "PARENTCUSTOMERID_ACCOUNT/PrimaryContactId",
            "parentcustomerid_account/primarycontactid",
            Some("contact"),
        ),
        (
            "account",
            "PrimaryContactId/ParentCustomerId_Account/ParentAccountId",
            "primarycontactid/parentcustomerid_account/parentaccountid",
            Some("account"),
        ),
        // What a table does not have stays as it is written, and what follows has no table.
        ("contact", "PrimaryContactId", "PrimaryContactId", None),
        ("contact", "other/PrimaryContactId", "other/PrimaryContactId", None),
    ] {
        let found = navigations(store, Some(from), given).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!((found.0.as_str(), found.1.as_deref()), (written, target), "{given} of {from}");
    }
    for (from, given, written, column) in [
        ("contact", "FullName", "fullname", Some("fullname")),
        ("contact", "ParentCustomerId_Account/Name", "parentcustomerid_account/name", Some("name")),
        (
            "contact",
            "parentcustomerid_account/PrimaryContactId/FullName",
            "parentcustomerid_account/primarycontactid/fullname",
            Some("fullname"),
        ),
        ("contact", "parentcustomerid_account/FullName", "parentcustomerid_account/FullName", None),
        ("contact", "other/Name", "other/Name", None),
    ] {
        let found = path(store, Some(from), given).unwrap_or_else(|error| panic!("{given}: {error}"));
        let found = (found.path, found.column.map(|column| column.logical_name.to_string()));
        assert_eq!((found.0.as_str(), found.1.as_deref()), (written, column), "{given} of {from}");
    }
    // Without a table every name stays.
    assert_eq!(navigations(store, None, "A/B").unwrap(), ("A/B".to_owned(), None));
    let account = store.table("account").unwrap().unwrap();
    for (name, found) in [
        ("primarycontactid", true),
        ("PRIMARYCONTACTID", true),
        ("Contact_Customer_Accounts", true),
        ("name", false),
        ("ownerid", true),
        ("other", false),
    ] {
        assert_eq!(navigation(account, name).is_some(), found, "{name}");
    }
}

#[test]
fn a_message_lists_twelve_options_at_most() {
    let organisation = organisation();
    let choice = |count: i32| Choice {
        options: (1..=count).map(|value| ChoiceOption { value, ..ChoiceOption::default() }).collect(),
        ..Choice::default()
    };
    let listed = |count: i32| (1..=count).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    for (count, help) in [
        (1, listed(1)),
        (11, listed(11)),
        (12, listed(12)),
        (13, format!("{}, …", listed(12))),
        (100, format!("{}, …", listed(12))),
    ] {
        let refusal = super::super::value::unknown_option(
            organisation.store(),
            "statuscode",
            &choice(count),
            "7",
            code::UNKNOWN_OPTION,
        );
        let finding = refusal.finding(dvkit_diagnostic::Span::new(0, 1));
        assert_eq!(finding.message.to_string(), "`statuscode` has no option `7`");
        assert_eq!(finding.help.as_deref(), Some(format!("options: {help}").as_str()), "{count}");
    }
}

/// A form that the service refuses is sent rewritten; without the whole rewritten text it is an error.
#[test]
fn a_form_that_the_service_refuses_is_accepted_with_its_rewrite_alone() {
    let organisation = organisation();
    let told = |error: Findings| {
        let codes: Vec<code::Code> = error.diagnostics().iter().map(|d| d.code).collect();
        (codes.len(), error.fixed().map(str::to_owned))
    };
    let text = "contacts?$select=fullname&$filter=tolower(fullname) eq 'a'";
    let mut report = check_request(organisation.store(), None, text, &CheckOptions::default()).unwrap();
    let (sent, warnings) = accepted(text, &report).unwrap();
    assert_eq!((sent.as_str(), warnings.len()), ("contacts?$select=fullname&$filter=fullname eq 'a'", 0));
    report.rewritten = None;
    assert_eq!(told(accepted(text, &report).unwrap_err()), (1, None));
    // A finding that refuses the text is told alone.
    let text = "contacts?$select=fullname&$filter=tolower(fullname) eq 'a' and fullnme eq 'b'";
    let report = check_request(organisation.store(), None, text, &CheckOptions::default()).unwrap();
    let error = accepted(text, &report).unwrap_err();
    let codes: Vec<code::Code> = error.diagnostics().iter().map(|d| d.code).collect();
    assert_eq!(codes, [code::UNKNOWN_COLUMN]);
}

#[test]
fn each_placeholder_has_a_value_and_each_value_a_placeholder() {
    for (text, names, told) in [
        ("fullname eq {name}", &["name"][..], Ok("fullname eq 'v'")),
        ("fullname eq { name }", &["name"], Ok("fullname eq 'v'")),
        ("fullname eq {a} or lastname eq {a}", &["a"], Ok("fullname eq 'v' or lastname eq 'v'")),
        ("fullname eq {a} or lastname eq {b}", &["b", "a"], Ok("fullname eq 'v' or lastname eq 'v'")),
        ("fullname eq {nme}", &["name"], Err(("the placeholder `{nme}` has no value", "{nme}"))),
        (
            "fullname eq 'a'",
            &["name"],
            Err(("a value for `name` is given, and no placeholder `{name}` takes it", "fullname eq 'a'")),
        ),
        (
            "fullname eq {a}",
            &["a", "b"],
            Err(("a value for `b` is given, and no placeholder `{b}` takes it", "fullname eq {a}")),
        ),
        ("fullname eq {b} or lastname eq {c}", &["b"], Err(("the placeholder `{c}` has no value", "{c}"))),
    ] {
        let values: Vec<(&str, Value)> = names.iter().map(|name| (*name, Value::from("v"))).collect();
        match (filter("contact", filter_text(text, values)), told) {
            (Ok(written), Ok(told)) => assert_eq!(written, told, "{text}"),
            (Err(error), Err((message, piece))) => {
                let findings = error.findings().unwrap();
                let finding = &findings.diagnostics()[0];
                assert_eq!(findings.diagnostics().len(), 1, "{text}");
                assert_eq!(
                    (finding.message.to_string().as_str(), finding.code),
                    (message, code::PLACEHOLDER)
                );
                assert_eq!((finding.span.of(findings.text()), findings.text()), (piece, text));
            }
            (found, told) => panic!("{text}: {found:?}, not {told:?}"),
        }
    }
    let error =
        filter("contact", filter_text("fullname eq {nme}", [("name", Value::from("v"))])).unwrap_err();
    assert!(error.to_string().contains("did you mean: `{name}`"), "{error}");
}
