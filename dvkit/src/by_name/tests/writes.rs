//! Tests what writes take, refuse and note, and which requests and rows of bulk loads they become.

use pretty_assertions::assert_eq;

use super::*;

const ID: Guid = Guid::from_u128(7);
const ID_TEXT: &str = "00000000-0000-0000-0000-000000000007";

fn table(name: &str) -> Table {
    organisation().table(name).unwrap()
}

/// Returns the message of the only finding of a write, without its help.
fn message(write: &Write) -> String {
    let error = write.json().unwrap_err();
    let findings = error.findings().unwrap_or_else(|| panic!("{error}"));
    assert_eq!(findings.diagnostics().len(), 1, "{error}");
    findings.diagnostics()[0].message.to_string()
}

#[test]
fn numbers_and_texts_have_the_bounds_of_their_columns() {
    let project = table("new_project");
    let decimal = |text: &str| Value::from(text.parse::<Decimal>().unwrap());
    for (column, low, least, most, high) in [
        ("new_headcount", Value::from(-1), Value::from(0), Value::from(500), Value::from(501)),
        (
            "new_budget",
            decimal("-0.01"),
            decimal("0"),
            decimal("100000000000000"),
            decimal("100000000000000.01"),
        ),
        ("new_completion", Value::from(-1), Value::from(0), Value::from(100), Value::from(101)),
        ("new_latitude", Value::from(-90.001), Value::from(-90.0), Value::from(90.0), Value::from(90.001)),
        ("new_latitude", Value::from(-91), Value::from(-90), Value::from(90), Value::from(91)),
    ] {
        for value in [least, most] {
            let write = project.create().set(column, value.clone());
            assert!(write.json().is_ok(), "{column}: {value:?}: {:?}", write.json());
        }
        for value in [low, high] {
            let said = message(&project.create().set(column, value.clone()));
            assert!(said.starts_with(&format!("`{column}` holds numbers from ")), "{value:?}: {said}");
            assert!(said.ends_with(" is not one"), "{value:?}: {said}");
        }
    }
    let said = message(&project.create().set("new_headcount", 501));
    assert_eq!(said, "`new_headcount` holds numbers from 0 to 500, and 501 is not one");
    let contact = table("contact");
    for (text, length) in [
        ("y".repeat(50), None),
        ("y".repeat(51), Some(51)),
        ("😀".repeat(25), None),
        ("😀".repeat(26), Some(52)),
    ] {
        let write = contact.create().set("lastname", text.as_str());
        match length {
            None => assert_eq!(write.json().unwrap(), json!({ "lastname": text })),
            Some(length) => {
                let told = format!("`lastname` holds 50 characters, and this text has {length}");
                assert_eq!(message(&write), told);
            }
        }
    }
}

#[test]
fn a_column_that_cannot_be_set_says_why() {
    let project = table("new_project");
    for (write, said) in [
        (project.create().set("versionnumber", 1), "`versionnumber` cannot be set here: the service sets it"),
        (
            project.update(ID).set("versionnumber", 1),
            "`versionnumber` cannot be set here: the service sets it",
        ),
        (
            project.create().set("new_daysleft", 1),
            "`new_daysleft` cannot be set here: the service calculates it",
        ),
        (
            project.create().set("new_taskcount", 1),
            "`new_taskcount` cannot be set here: the service sums it up from related rows",
        ),
        (
            project.update(ID).set("new_projectid", ID),
            "`new_projectid` cannot be set here: it is set only when a row is created",
        ),
        (project.create().set("new_contract", "a"), "`new_contract` cannot be set here: the service sets it"),
        (
            project.create().set("entityimage", "a"),
            "`entityimage` is an image, and 'a' is not the bytes of one",
        ),
    ] {
        assert_eq!(message(&write), said);
    }
    let created = project.create().set("new_projectid", ID).json().unwrap();
    assert_eq!(created, json!({ "new_projectid": ID_TEXT }));
    assert!(project.upsert(ID).set("new_projectid", ID).json().is_ok());
    let image = project.create().set("entityimage", crate::Image(vec![1, 2, 3])).json().unwrap();
    assert_eq!(image, json!({"entityimage": "AQID"}));
    assert_eq!(
        project.create().set("entityimage", Value::Null).json().unwrap(),
        json!({"entityimage": null})
    );
}

#[test]
fn a_lookup_is_set_to_rows_and_nothing_else() {
    let organisation = organisation();
    let (contact, account) = (table("contact"), organisation.table("account").unwrap());
    let bound =
        |property: &str, set: &str| json!({format!("{property}@odata.bind"): format!("/{set}({ID_TEXT})")});
    let project = table("new_project");
    let lookup = |table: Option<&'static str>| crate::Lookup {
        table: table.map(Into::into),
        ..crate::Lookup::new(ID)
    };
    let company = lookup(Some("account"));
    for (write, body) in [
        (project.create().set("new_account", ID), bound("new_Account", "accounts")),
        (project.create().bind("new_account", ID), bound("new_Account", "accounts")),
        (project.create().bind("new_Account", account.row(ID)), bound("new_Account", "accounts")),
        (project.create().bind("new_account", lookup(None)), bound("new_Account", "accounts")),
        (
            project.create().bind("new_sponsor", lookup(Some("contact"))),
            bound("new_Sponsor_contact", "contacts"),
        ),
        (contact.create().bind("parentcustomerid", &company), bound("parentcustomerid_account", "accounts")),
        (contact.create().bind("ownerid", lookup(Some("team"))), bound("ownerid", "teams")),
        (project.create().clear("new_account"), json!({"new_Account@odata.bind": null})),
        (project.create().clear("new_Account"), json!({"new_Account@odata.bind": null})),
        (project.create().set("new_account", Value::Null), json!({"new_Account@odata.bind": null})),
    ] {
        assert_eq!(write.json().unwrap_or_else(|error| panic!("{body}: {error}")), body);
    }
    for (write, said) in [
        (
            project.create().set("new_account", "Contoso"),
            "`new_account` is a lookup, and 'Contoso' is not a row",
        ),
        (project.create().set("new_account", 5), "`new_account` is a lookup, and 5 is not a row"),
        (project.create().bind("new_name", ID), "`new_name` is not a lookup, so it cannot point to a row"),
        (
            project.create().bind("new_account", lookup(Some("contact"))),
            "`new_account` cannot point to a row of `contact`",
        ),
        (
            contact.create().bind("ownerid", lookup(Some("account"))),
            "`ownerid` cannot point to a row of `account`",
        ),
        (
            contact.create().bind("ownerid", ID),
            "`ownerid` can point to several tables, and a guid does not say which",
        ),
        (contact.create().clear("createdby"), "`createdby` cannot be set here: the service sets it"),
        (contact.create().bind("createdby", ID), "`createdby` cannot be set here: the service sets it"),
    ] {
        assert_eq!(message(&write), said);
    }
}

#[test]
fn a_row_that_does_not_fit_is_shown_with_its_table() {
    let contact = table("contact");
    let lookup = crate::Lookup { table: Some("systemuser".into()), ..crate::Lookup::new(ID) };
    for (write, told) in [
        (
            contact.create().bind("parentcustomerid", lookup),
            format!("parentcustomerid = systemuser({ID_TEXT})"),
        ),
        (contact.create().bind("parentcustomerid", ID), format!("parentcustomerid = {ID_TEXT}")),
    ] {
        let error = write.json().unwrap_err();
        assert_eq!(error.findings().unwrap().text(), told);
    }
}

#[test]
fn every_write_is_a_request() {
    let account = table("account");
    let key = || RowKey::columns([("accountnumber", "A-1")]);
    let row = format!("accounts({ID_TEXT})");
    for (write, method, target, headers) in [
        (account.create().set("name", "a"), "POST", "accounts", &["content-type"][..]),
        (account.update(ID).set("name", "a"), "PATCH", &row, &["content-type", "if-match"]),
        (account.upsert(ID).set("name", "a"), "PATCH", &row, &["content-type"]),
        (
            account.upsert(ID).set("name", "a").if_match("W/\"1\""),
            "PATCH",
            &row,
            &["content-type", "if-match"],
        ),
        (
            account.update(key()).set("name", "a"),
            "PATCH",
            "accounts(accountnumber='A-1')",
            &["content-type", "if-match"],
        ),
        (account.delete(ID), "DELETE", &row, &[]),
        (account.delete(ID).if_match("W/\"1\""), "DELETE", &row, &["if-match"]),
    ] {
        let request = write.request().unwrap();
        assert_eq!((request.method().as_str(), request.target()), (method, target), "{write:?}");
        assert!(format!("{request:?}").contains(&format!("headers: {headers:?}")), "{request:?}");
    }
}

#[test]
fn a_write_is_a_row_of_a_bulk_load_unless_it_is_more_than_that() {
    let account = table("account");
    let key = || RowKey::columns([("accountnumber", "A-1")]);
    for (write, name) in [
        (account.create().set("name", "a"), Ok("operation: Create, row: New,".to_owned())),
        (account.create().set("address1_addressid", ID), Ok("operation: Create, row: New,".to_owned())),
        (
            account.create().set("name", "a").set("accountid", ID),
            Ok(format!("operation: Create, row: Id({ID_TEXT}),")),
        ),
        (account.update(ID).set("name", "a"), Ok(format!("operation: Update, row: Id({ID_TEXT}),"))),
        (account.upsert(ID).set("name", "a"), Ok(format!("operation: Upsert, row: Id({ID_TEXT}),"))),
        (account.delete(ID), Ok(format!("operation: Delete, row: Id({ID_TEXT}),"))),
        (
            account.upsert(key()).set("name", "a"),
            Ok("operation: Upsert, row: Path(\"accounts(accountnumber='A-1')\"),".to_owned()),
        ),
        (account.update(key()).set("name", "a"), Err("a bulk load changes and deletes rows by their ids")),
        (account.delete(key()), Err("a bulk load changes and deletes rows by their ids")),
        (
            account.update(ID).set("name", "a").if_match("W/\"1\""),
            Err("a bulk load has no writes that depend on the version of a row"),
        ),
        (
            account.delete(ID).if_match("W/\"1\""),
            Err("a bulk load has no writes that depend on the version of a row"),
        ),
    ] {
        match (write.bulk_row(), name) {
            (Ok(row), Ok(name)) => assert!(format!("{row:?}").contains(&name), "{row:?}"),
            (Err(error), Err(said)) => {
                assert!(error.to_string().contains(said), "{write:?}: {error}");
                assert!(
                    error.to_string().contains("send this write alone or in a batch"),
                    "{write:?}: {error}"
                );
            }
            (found, _) => panic!("{write:?}: {found:?}"),
        }
    }
    let mut set = dvkit_client::ChangeSet::new();
    let new = set.add(account.create().set("name", "a").request().unwrap());
    let child = account.create().bind("parentaccountid", BindTarget::new_row(&account, new));
    assert_eq!(child.json().unwrap(), json!({"parentaccountid@odata.bind": new.reference()}));
    let error = child.bulk_row().unwrap_err().to_string();
    assert!(error.contains("a bulk load has no change sets, whose new rows this write names"), "{error}");
}

#[test]
fn a_creation_notes_the_required_columns_that_it_does_not_set() {
    let notes = |write: Write| -> Vec<String> {
        write.notes().unwrap().into_iter().map(|note| note.message.to_string()).collect()
    };
    let missing = |column: &str| vec![format!("`{column}` is required, and this write does not set it")];
    let (account, contact, project) = (table("account"), table("contact"), table("new_project"));
    for (write, told) in [
        // The key, the owner and the state get a value of the service.
        (account.create(), missing("name")),
        (account.create().set("telephone1", "1"), missing("name")),
        (account.create().set("name", "a"), vec![]),
        (account.create().set("Account Name", "a"), vec![]),
        (account.create().clear("name"), vec![]),
        (contact.create(), missing("lastname")),
        (project.create().set("NEW_NAME", "a"), vec![]),
        (account.update(ID), vec![]),
        (account.upsert(ID), vec![]),
        (account.delete(ID), vec![]),
    ] {
        assert_eq!(notes(write.clone()), told, "{write:?}");
    }
    let note = &account.create().notes().unwrap()[0];
    assert_eq!((note.severity, note.code), (dvkit_diagnostic::Severity::Note, code::MISSING_PART));
}

#[test]
fn names_with_other_characters_never_reach_a_request() {
    let contacts = table("contact");
    for name in
        ["", " ", "a b", "fullname,lastname", "fullname)", "a'b", "x&$top=1", "a?b", "a=b", "fullname eq 1"]
    {
        let error = contacts.column(name).unwrap_err();
        assert_eq!(codes(&error), [code::UNKNOWN_COLUMN], "{name:?}: {error}");
        let error = contacts.query().select([name]).check().unwrap_err();
        assert_eq!(codes(&error), [code::UNKNOWN_COLUMN], "{name:?}: {error}");
    }
    let said = contacts.column("fullname)").unwrap_err().to_string();
    assert!(
        said.contains("`contact` has no column `fullname)`") && said.contains("did you mean: `fullname`"),
        "{said}"
    );
}

#[test]
fn a_column_is_found_by_each_of_its_names() {
    let contacts = table("contact");
    for (name, found) in [
        ("fullname", "fullname"),
        (" fullname ", "fullname"),
        ("FullName", "fullname"),
        ("Full Name", "fullname"),
        ("parentcustomerid", "parentcustomerid"),
        ("_parentcustomerid_value", "parentcustomerid"),
        ("_ParentCustomerId_Value", "parentcustomerid"),
    ] {
        assert_eq!(contacts.column(name).unwrap().logical_name, found, "{name}");
    }
    let error = contacts.column("fullnme").unwrap_err();
    let findings = error.findings().unwrap();
    assert_eq!(findings.diagnostics()[0].span.of(findings.text()), "fullnme");
    // A lookup with one target is followed by its column's name, too; one with several is not.
    let projects = table("new_project");
    let text = |path: &str| projects.query().filter(column(path).eq("a")).filter_text();
    for path in ["new_Account/name", "new_account/name", "NEW_ACCOUNT/Name", "new_Account/Account Name"] {
        assert_eq!(
            text(path).unwrap_or_else(|error| panic!("{path}: {error}")),
            "new_Account/name eq 'a'",
            "{path}"
        );
    }
    assert!(text("new_sponsor/fullname").is_err());
    let accounts = table("account");
    for path in ["Primary Contact/fullname", "_primarycontactid_value/Full Name", "PrimaryContactId/fullname"]
    {
        let text = accounts.query().filter(column(path).eq("a")).filter_text();
        assert_eq!(
            text.unwrap_or_else(|error| panic!("{path}: {error}")),
            "primarycontactid/fullname eq 'a'",
            "{path}"
        );
    }
}

#[test]
fn only_reads_of_checked_texts_ask_for_annotations() {
    let organisation = organisation();
    for (text, method, target, annotated) in [
        ("GET accounts?$select=name", "GET", "accounts?$select=name", true),
        ("accounts?$select=name", "GET", "accounts?$select=name", true),
        ("POST accounts", "POST", "accounts", false),
        (
            "DELETE accounts(00000000-0000-0000-0000-000000000007)",
            "DELETE",
            "accounts(00000000-0000-0000-0000-000000000007)",
            false,
        ),
    ] {
        let request = organisation.checked(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((request.method().as_str(), request.target()), (method, target), "{text}");
        assert_eq!(
            format!("{request:?}").contains("odata.include-annotations"),
            annotated,
            "{text}: {request:?}"
        );
    }
}

#[test]
fn a_row_tells_its_version_and_its_annotations() {
    let row =
        row("contact", json!({"@odata.etag": "W/\"1\"", "fullname": "Ann", "x@y": 5, "statecode": null}));
    assert_eq!(row.etag().as_deref(), Some("W/\"1\""));
    assert_eq!(
        (row.annotation("x@y"), row.annotation("z"), row.annotation("fullname").as_deref()),
        (None, None, Some("Ann"))
    );
    assert_eq!(row.names().collect::<Vec<_>>(), ["fullname", "statecode"]);
    assert_eq!(
        (row.has("fullname"), row.has("Full Name"), row.has("statecode"), row.has("x")),
        (true, true, false, false)
    );
    assert_eq!(self::row("contact", json!({})).etag(), None);
    assert!(self::row("contact", json!({})).id().is_err());
}

/// A form that is rewritten is no reason beside one.
#[test]
fn a_refused_request_names_the_reasons_alone() {
    for (text, reasons) in [
        ("accounts?$select=nam", &[code::UNKNOWN_COLUMN][..]),
        ("accounts?$select=nam&$filter=tolower(name) eq 'a'", &[code::UNKNOWN_COLUMN]),
        (
            "accounts?$select=nam&$filter=tolower(name) eq 'a' and nme eq 'b'",
            &[code::UNKNOWN_COLUMN, code::UNKNOWN_COLUMN],
        ),
    ] {
        assert_eq!(codes(&organisation().checked(text).unwrap_err()), reasons, "{text}");
    }
}

/// A placeholder loses the quotes around it if there are two of a kind, and no others.
#[test]
fn quotes_of_a_placeholder_are_a_pair() {
    let of = |text: &str, part: &str| {
        filter("contact", filter_text(text, [("x", part.into())]))
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    for (text, told) in [
        ("fullname eq {x}", "fullname eq 'a''b'"),
        ("fullname eq '{x}'", "fullname eq 'a''b'"),
        ("fullname eq '{x} c'", "fullname eq 'a''b c'"),
        ("fullname eq 'c {x}'", "fullname eq 'c a''b'"),
        ("fullname eq 'c{x}c'", "fullname eq 'ca''bc'"),
    ] {
        assert_eq!(of(text, "a'b"), told, "{text}");
    }
}
