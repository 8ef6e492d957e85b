//! Tests of rows, filters and writes with tables that are written by hand as the generator writes them.

#![allow(unreachable_pub, reason = "generated modules are public")]

mod by_hand;

use by_hand::choices::{NewProjecttype, NewRegion};
use by_hand::contact::{ContactGenderCode, ContactState};
use by_hand::new_project::{NewProjectState, NewProjectStatus};
use by_hand::{Account, Contact, NewProject, SystemUser};
use dvkit::prelude::*;
use dvkit::row::{FieldMut, FieldRef};
use dvkit::{
    ChoiceValue, ChoiceValues, Column, Decimal, Guid, Record, ResolvedChoice, Row, RowWrite, Rows, jiff, kind,
};
use expect_test::expect;
use serde_json::json;

const ANN: Guid = Guid::from_u128(0x7891_4942_34cb_ed11_b596_0022_481d_68cd);
const CONTOSO: Guid = Guid::from_u128(0xa16b_3f4b_1be7_e611_8101_e061_6be1_0000);

fn ann() -> serde_json::Value {
    json!({
        "@odata.etag": "W/\"2651027\"",
        "contactid": ANN.to_string(),
        "fullname": "Ann O'Neil",
        "statecode@OData.Community.Display.V1.FormattedValue": "Active",
        "statecode": 0,
        "gendercode": 9,
        "creditonhold": false,
        "annualincome": 12.5,
        "birthdate": "1990-01-31",
        "createdon": "2021-04-04T20:00:00Z",
        "versionnumber": 2_651_027,
        "entityimage": "AQID",
        "_parentcustomerid_value@OData.Community.Display.V1.FormattedValue": "Contoso",
        "_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty": "parentcustomerid_account",
        "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
        "_parentcustomerid_value": CONTOSO.to_string(),
        "_createdby_value": null,
        "emailaddress1": null,
        "parentcustomerid_account": {"accountid": CONTOSO.to_string(), "name": "Contoso"},
    })
}

#[test]
fn a_row_of_the_web_api_is_decoded() {
    let ann: Contact = serde_json::from_value(ann()).expect("it is a contact");
    assert_eq!(ann.contactid, Some(ANN));
    assert_eq!(ann.fullname.as_deref(), Some("Ann O'Neil"));
    assert_eq!(ann.statecode.and_then(ChoiceValue::known), Some(ContactState::Active));
    assert_eq!(ann.extra.formatted(Contact::STATECODE), Some("Active"));
    assert_eq!(ann.extra.etag(), Some("W/\"2651027\""));
    let company = ann.parentcustomerid.as_ref().expect("she has a company");
    assert_eq!(company.to::<Account>().map(|row| row.path()), Some(format!("accounts({CONTOSO})")));
    assert!(company.to::<Contact>().is_none());
    assert_eq!(company.label.as_deref(), Some("Contoso"));
    let account =
        ann.extra.expanded(Contact::PARENTCUSTOMERID_ACCOUNT).expect("it is an account").expect("expanded");
    assert_eq!(account.name.as_deref(), Some("Contoso"));
    assert_eq!(ann.clone(), ann);
    expect![[r#"contact { _parentcustomerid_value: account(a16b3f4b-1be7-e611-8101-e0616be10000, "Contoso"), annualincome: 12.5, birthdate: 1990-01-31, contactid: 78914942-34cb-ed11-b596-0022481d68cd, createdon: 2021-04-04T20:00:00Z, creditonhold: false, entityimage: Image(3 bytes), fullname: "Ann O'Neil", gendercode: Some(Unknown(9)), statecode: Some(Active), versionnumber: 2651027, extra: RowExtras(Some(ExtrasInner { etag: Some("W/\"2651027\""), formatted: [(31, "Active")], other: {"parentcustomerid_account": Object {"accountid": String("a16b3f4b-1be7-e611-8101-e0616be10000"), "name": String("Contoso")}} })) }"#]].assert_eq(&format!("{ann:?}"));
}

#[test]
fn an_option_added_later_keeps_its_number() {
    let ann: Contact = serde_json::from_value(ann()).expect("it is a contact");
    let gender = ann.gendercode.expect("it has a value");
    assert_eq!(gender.known(), None);
    let ResolvedChoice::Unknown(unknown) = gender.get() else { panic!("9 is no gender of the sample") };
    assert_eq!(unknown.value(), 9);
    assert_eq!(ChoiceValue::<ContactState>::new(0), ContactState::Active);
    assert_eq!(ContactGenderCode::Female.label(1036), Some("Féminin"));
    assert_eq!(ContactGenderCode::Female.label(1040), None);
}

#[test]
fn options_have_the_metadata_of_the_organisation() {
    let option = NewProjecttype::Internal.option();
    assert_eq!(
        (option.value, option.name, option.color, option.state),
        (100_000_000, "Internal", Some("#4f6bed"), None)
    );
    let labels: Vec<_> = option.labels().collect();
    assert_eq!(labels, [(1031, "Intern"), (1033, "Internal"), (1036, "Interne")]);
    let told: Vec<_> = NewProjecttype::options().map(|option| option.value).collect();
    let variants: Vec<_> = NewProjecttype::variants().iter().map(|variant| variant.value()).collect();
    assert_eq!(told, variants);
    assert_eq!(NewProjecttype::name(), "new_projecttype");
    for variant in NewProjecttype::variants() {
        assert_eq!(NewProjecttype::from_value(variant.value()), Some(*variant));
        assert_eq!(format!("{variant:?}"), variant.option().name);
    }
    let status = NewProjectStatus::options().next().expect("it has options");
    assert_eq!(status.state, Some(NewProjectState::Active.value()));
}

#[test]
fn a_filter_is_printed_as_odata() {
    let filter = Contact::PARENTCUSTOMERID_ACCOUNT
        .then(Account::NAME)
        .contains("Contoso")
        .and(Contact::STATECODE.eq(ContactState::Active));
    assert_eq!(filter.odata(), "contains(parentcustomerid_account/name,'Contoso') and statecode eq 0");
    let filter = Account::CONTACT_CUSTOMER_ACCOUNTS
        .any(Contact::FULLNAME.eq("O'Neil").or(Contact::EMAILADDRESS1.is_null()));
    assert_eq!(
        filter.odata(),
        "contact_customer_accounts/any(a:a/fullname eq 'O''Neil' or a/emailaddress1 eq null)"
    );
}

#[test]
fn a_write_is_the_body_of_a_request() {
    let changes = Contact::update()
        .set(Contact::FIRSTNAME, "A")
        .clear(Contact::EMAILADDRESS1)
        .bind(Contact::PARENTCUSTOMERID_ACCOUNT, CONTOSO)
        .bind(Contact::PARENTCUSTOMERID_CONTACT, Contact::id(ANN));
    assert_eq!(
        changes.json(),
        json!({
            "firstname": "A",
            "emailaddress1": null,
            "parentcustomerid_account@odata.bind": format!("/accounts({CONTOSO})"),
            "parentcustomerid_contact@odata.bind": format!("/contacts({ANN})"),
        })
    );
}

/// Returns a row with a value in a column of every kind, as the service sends it.
fn project() -> serde_json::Value {
    json!({
        "new_projectid": ANN.to_string(),
        "new_name": "Lighthouse — \"north\"",
        "new_notes": "first\nsecond",
        "new_headcount": 12,
        "new_externalnumber": 9_007_199_254_740_993_i64,
        "new_completion": 12.345_678_901_2,
        "new_budget": 1234.5,
        "new_latitude": 53.867_123,
        "new_approved": true,
        "new_isclosed": false,
        "new_kickoff": "2025-01-31T10:00:00Z",
        "new_shiftstart": "2025-01-31T08:30:00Z",
        "new_startdate": "2025-01-31",
        "new_type": NewProjecttype::Internal.value(),
        "new_regions": "1,9",
        "_new_account_value": CONTOSO.to_string(),
        "_new_sponsor_value": ANN.to_string(),
        "_new_sponsor_value@Microsoft.Dynamics.CRM.lookuplogicalname": "contact",
        "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "systemuser",
        "_ownerid_value": CONTOSO.to_string(),
        "entityimage": "AQID",
        "new_contract": ANN.to_string(),
        "new_contract_name": "contract.pdf",
        "versionnumber": 2_651_027,
        "statecode": 0,
        "statuscode": 1,
    })
}

#[test]
fn a_row_of_every_column_type_is_read_and_written_again() {
    let row: NewProject = serde_json::from_value(project()).expect("it is a project");
    assert_eq!(row.new_shiftstart, Some(jiff::civil::date(2025, 1, 31).at(8, 30, 0, 0)));
    assert_eq!(row.new_completion.map(|n| n.to_string()).as_deref(), Some("12.3456789012"));
    assert_eq!(row.new_externalnumber, Some(9_007_199_254_740_993));
    assert_eq!(row.new_regions.as_ref().map(|set| set.contains(NewRegion::Overseas)), Some(true));
    assert_eq!(row.new_contract.map(|file| file.0), Some(ANN));
    assert_eq!(row.entityimage.as_ref().map(|image| image.0.as_slice()), Some(&[1_u8, 2, 3][..]));
    let sponsor = row.new_sponsor.as_ref().and_then(|lookup| lookup.to::<Contact>()).expect("a contact");
    let owner = row.ownerid.as_ref().and_then(|lookup| lookup.to::<SystemUser>()).expect("a user");
    // The table of a lookup with one target is known without an annotation.
    let account = row.new_account.as_ref().and_then(|lookup| lookup.to::<Account>()).expect("an account");
    let again = row.clone();
    let body = NewProject::create()
        .set(NewProject::NEW_PROJECTID, again.new_projectid.expect("set"))
        .set(NewProject::NEW_NAME, again.new_name.expect("set"))
        .set(NewProject::NEW_NOTES, again.new_notes.expect("set"))
        .set(NewProject::NEW_HEADCOUNT, again.new_headcount.expect("set"))
        .set(NewProject::NEW_EXTERNALNUMBER, again.new_externalnumber.expect("set"))
        .set(NewProject::NEW_COMPLETION, again.new_completion.expect("set"))
        .set(NewProject::NEW_BUDGET, again.new_budget.expect("set"))
        .set(NewProject::NEW_LATITUDE, again.new_latitude.expect("set"))
        .set(NewProject::NEW_APPROVED, again.new_approved.expect("set"))
        .set(NewProject::NEW_ISCLOSED, again.new_isclosed.expect("set"))
        .set(NewProject::NEW_KICKOFF, again.new_kickoff.expect("set"))
        .set(NewProject::NEW_SHIFTSTART, again.new_shiftstart.expect("set"))
        .set(NewProject::NEW_STARTDATE, again.new_startdate.expect("set"))
        .set(NewProject::NEW_TYPE, again.new_type.expect("set"))
        .set(NewProject::NEW_REGIONS, again.new_regions.expect("set"))
        .set(NewProject::ENTITYIMAGE, again.entityimage.expect("set"))
        .set(NewProject::STATUSCODE, again.statuscode.expect("set"))
        .bind(NewProject::NEW_ACCOUNT, account)
        .bind(NewProject::NEW_SPONSOR_CONTACT, sponsor)
        .bind(NewProject::OWNERID, owner)
        .clear(NewProject::NEW_MANAGER)
        .into_json();
    let mut expected = project();
    let columns = expected.as_object_mut().expect("it is an object");
    // The service returns these but does not accept them in a write.
    columns.retain(|name, _| !name.contains(['@', '_']) || name.starts_with("new_"));
    for read_only in ["new_contract", "new_contract_name", "versionnumber", "statecode"] {
        columns.remove(read_only);
    }
    columns.insert("new_Account@odata.bind".into(), format!("/accounts({CONTOSO})").into());
    columns.insert("new_Sponsor_contact@odata.bind".into(), format!("/contacts({ANN})").into());
    columns.insert("ownerid@odata.bind".into(), format!("/systemusers({CONTOSO})").into());
    columns.insert("new_Manager@odata.bind".into(), serde_json::Value::Null);
    assert_eq!(body, expected);
    // Reading the written values gives the same row, but for the values that only the service sets.
    let back: NewProject = serde_json::from_value(body).expect("it is a project");
    assert_eq!(
        (back.new_name, back.new_completion, back.new_regions),
        (row.new_name, row.new_completion, row.new_regions)
    );
}

/// The kinds of columns that the sample's projects do not have.
#[derive(Debug, Default, PartialEq)]
struct Component {
    iscustomizable: Option<dvkit::ManagedProperty>,
    objecttypecode: Option<String>,
    state: Option<i32>,
    thumbnail: Option<dvkit::Image>,
}

impl Component {
    const ISCUSTOMIZABLE: Column<Self, kind::ManagedProperty> = dvkit::column(0);
    const OBJECTTYPECODE: Column<Self, kind::Text> = dvkit::column(1);
    const STATE: Column<Self, kind::Int> = dvkit::column(2);
    const THUMBNAIL: Column<Self, kind::Image> = dvkit::column(3);
}

impl Record for Component {
    const TABLE: &'static str = "component";
    const COLUMNS: &'static [&'static str] = &["iscustomizable", "objecttypecode", "state", "thumbnail"];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        vec![
            FieldMut::ManagedProperty(&mut self.iscustomizable),
            FieldMut::Text(&mut self.objecttypecode),
            FieldMut::Int(&mut self.state),
            FieldMut::Image(&mut self.thumbnail),
        ]
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        vec![
            FieldRef::ManagedProperty(&self.iscustomizable),
            FieldRef::Text(&self.objecttypecode),
            FieldRef::Int(&self.state),
            FieldRef::Image(&self.thumbnail),
        ]
    }
}

/// Tests managed properties, names of tables, and numbers of a schema from `$metadata` alone, where the type of a choice is
/// `Edm.Int32`.
#[test]
fn the_rarer_column_types_are_read_and_written_again() {
    let wire = json!({
        "iscustomizable": {"Value": true, "CanBeChanged": false, "ManagedPropertyLogicalName": "iscustomizable"},
        "objecttypecode": "contact",
        "state": 1,
        "thumbnail": "AQID",
    });
    let Row(row) = serde_json::from_value::<Row<Component>>(wire).expect("it is a component");
    assert_eq!(row.iscustomizable, Some(dvkit::ManagedProperty { value: true, can_be_changed: false }));
    let body = RowWrite::<Component>::new()
        .set(Component::ISCUSTOMIZABLE, row.iscustomizable.expect("set"))
        .set(Component::OBJECTTYPECODE, row.objecttypecode.clone().expect("set"))
        .set(Component::STATE, row.state.expect("set"))
        .set(Component::THUMBNAIL, row.thumbnail.clone().expect("set"))
        .into_json();
    let expected = json!({
        "iscustomizable": {"Value": true, "CanBeChanged": false},
        "objecttypecode": "contact",
        "state": 1,
        "thumbnail": "AQID",
    });
    assert_eq!(body, expected);
    let Row(again) = serde_json::from_value::<Row<Component>>(body).expect("it is a component");
    assert_eq!(again, row);
}

#[test]
fn money_keeps_its_digits() {
    for (amount, expected) in [
        ("0.01", "0.01"),
        ("-922337203685.4775", "-922337203685.4775"),
        ("19.99", "19.99"),
        ("100000000000000", "100000000000000"),
        ("0.1234567891", "0.1234567891"),
        ("-0.5", "-0.5"),
        ("1234.5000", "1234.5"),
        // The limits of money and of decimal numbers have more digits than a float.
        ("922337203685477.5807", "922337203685477.5807"),
        ("-922337203685477.5807", "-922337203685477.5807"),
        ("99999999999.0123456789", "99999999999.0123456789"),
        ("-100000000000.0000000001", "-100000000000.0000000001"),
        ("9223372036854775808", "9223372036854775808"),
        ("1e-7", "0.0000001"),
        ("1.5E+3", "1500"),
        ("-2e2", "-200"),
        ("1e-40", "0"),
        // With `IEEE754Compatible=true` numbers are texts.
        ("\"922337203685477.5807\"", "922337203685477.5807"),
    ] {
        let text = format!("{{\"new_budget\": {amount}}}");
        let row: NewProject = serde_json::from_str(&text).expect("it is a project");
        assert_eq!(row.new_budget.map(|n| n.to_string()).as_deref(), Some(expected));
        let row: NewProject = serde_json::from_slice(text.as_bytes()).expect("it is a project");
        assert_eq!(row.new_budget.map(|n| n.to_string()).as_deref(), Some(expected));
        let row: NewProject = serde_json::from_reader(text.as_bytes()).expect("it is a project");
        assert_eq!(row.new_budget.map(|n| n.to_string()).as_deref(), Some(expected));
    }
    for text in [r#"{"new_budget": null}"#, r#"{"new_budget": null, "new_name": "A"}"#] {
        assert_eq!(serde_json::from_str::<NewProject>(text).expect("it is a project").new_budget, None);
    }
    for (wrong, found) in [
        ("1e30", "1e30"),
        ("1e400", "1e400"),
        ("[1]", "a list"),
        ("{\"a\": 1}", "an object"),
        ("\"much\"", "\"much\""),
    ] {
        let error =
            serde_json::from_str::<NewProject>(&format!("{{\"new_budget\": {wrong}}}")).expect_err(wrong);
        let message = format!("new_project.new_budget: expected a decimal number, found {found}");
        assert!(error.to_string().starts_with(&message), "{error}");
    }
}

/// Tests numbers that serde passes on as floats, which are exact to 15 digits.
#[test]
fn money_that_was_a_float_has_fifteen_digits() {
    let budget = |row: NewProject| row.new_budget.expect("set").to_string();
    let value = |amount: &str| -> serde_json::Value {
        serde_json::from_str(&format!("{{\"new_budget\": {amount}}}")).expect("it is JSON")
    };
    for amount in ["99999999999.9999", "-12345678901234.5", "0.000000000123456", "7"] {
        let row = serde_json::from_value(value(amount)).expect("it is a project");
        assert_eq!(budget(row), amount);
    }
    let row = serde_json::from_value(value("922337203685477.5807")).expect("it is a project");
    assert_eq!(budget(row), "922337203685477.6");
    // serde's buffer of a value does not keep the text of numbers.
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Either {
        Project(NewProject),
    }
    let Either::Project(row) = serde_json::from_str("{\"new_budget\": 1234.5}").expect("it is a project");
    assert_eq!(budget(row), "1234.5");
}

#[test]
fn a_write_keeps_all_digits() {
    let amount = |text: &str| text.parse::<Decimal>().expect("a decimal");
    for (given, written) in [
        ("922337203685477.5807", "922337203685477.5807"),
        ("-100000000000.0000000001", "-100000000000.0000000001"),
        ("12.50", "12.5"),
        ("12.00", "12"),
        ("-0.5", "-0.5"),
        ("0", "0"),
    ] {
        let changes = NewProject::update().set(NewProject::NEW_BUDGET, amount(given));
        let body = serde_json::to_string(&changes).expect("it is JSON");
        assert_eq!(body, format!("{{\"new_budget\":{written}}}"));
        let back: NewProject = serde_json::from_str(&body).expect("it is a project");
        assert_eq!(back.new_budget, Some(amount(given)));
        assert_eq!(format!("{changes:?}"), format!("new_project: {body}"));
    }
    // A filter keeps them, too.
    let filter = NewProject::NEW_BUDGET.eq(amount("922337203685477.5807"));
    assert_eq!(filter.odata(), "new_budget eq 922337203685477.5807");
}

#[test]
fn nan_is_an_error_and_does_not_empty_the_column() {
    for (number, word) in [(f64::NAN, "NaN"), (f64::INFINITY, "INF"), (f64::NEG_INFINITY, "-INF")] {
        let changes = NewProject::update().set(NewProject::NEW_LATITUDE, number);
        let error = serde_json::to_string(&changes).expect_err(word).to_string();
        assert!(error.starts_with("`new_latitude` is set to"), "{error}");
        assert_eq!(changes.json(), json!({"new_latitude": word}));
        assert_eq!(NewProject::NEW_LATITUDE.eq(number).odata(), format!("new_latitude eq {word}"));
    }
}

#[test]
fn an_empty_set_of_options_empties_its_column() {
    let none: ChoiceValues<NewRegion> = ChoiceValues::default();
    let changes = NewProject::update().set(NewProject::NEW_REGIONS, &none);
    assert_eq!(serde_json::to_string(&changes).expect("it is JSON"), r#"{"new_regions":null}"#);
    assert_eq!(changes.json(), json!({"new_regions": null}));
    let one = NewProject::update().set(NewProject::NEW_REGIONS, [NewRegion::Overseas]);
    assert_eq!(one.json(), json!({"new_regions": "9"}));
}

#[test]
fn errors_name_table_column_and_value() {
    for (text, message) in [
        (
            r#"{"statecode": "Active"}"#,
            "contact.statecode: expected the number of an option, found \"Active\"",
        ),
        (r#"{"contactid": "x"}"#, "contact.contactid: expected a guid, found \"x\""),
        (r#"{"annualincome": true}"#, "contact.annualincome: expected a decimal number, found true"),
        (r#"{"fullname": 7}"#, "contact.fullname: expected a text, found 7"),
        (r#"{"fullname": ["a"]}"#, "contact.fullname: expected a text, found a list"),
        (
            r#"{"createdon": "yesterday"}"#,
            "contact.createdon: expected a date and time in UTC, found \"yesterday\"",
        ),
        (
            r#"{"statecode": 99999999999}"#,
            "contact.statecode: expected a whole number of 32 bits, found 99999999999",
        ),
        ("[]", "invalid type: sequence, expected a row of `contact`"),
    ] {
        let error = serde_json::from_str::<Contact>(text).expect_err(text).to_string();
        assert!(error.starts_with(message), "{text}: {error}");
    }
}

#[test]
fn columns_are_read_in_any_order_and_rows_in_lists() {
    let one = json!({"statecode": 1, "fullname": "A", "_parentcustomerid_value": null, "alias.x": 3});
    let other =
        json!({"fullname": "B", "contactid": ANN.to_string(), "statecode": 0, "unknown": {"a": [1, 2]}});
    let rows: Rows<Contact> = serde_json::from_value(json!([one, other, one])).expect("they are contacts");
    let names: Vec<_> = rows.0.iter().map(|row| row.fullname.as_deref()).collect();
    assert_eq!(names, [Some("A"), Some("B"), Some("A")]);
    assert_eq!(rows.0[0].extra.other("alias.x"), Some(&json!(3)));
    assert_eq!(rows.0[1].contactid, Some(ANN));
    assert_eq!(rows.0[0], rows.0[2]);
    assert_ne!(rows.0[0], rows.0[1]);
}

fn allocations(body: impl Fn()) -> u64 {
    body();
    allocation_counter::measure(body).count_total
}

/// Counts allocations, so that their number does not grow unnoticed. Lower the figures freely; raise them only with a reason.
#[test]
fn a_filter_is_written_with_few_allocations() {
    // One allocation for the filter, and one for each value that is a text.
    assert_eq!(allocations(|| drop(Contact::STATECODE.eq(ContactState::Active).odata())), 1);
    assert_eq!(allocations(|| drop(Contact::FULLNAME.eq("Ann").odata())), 2);
    let both = || {
        let name = Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::NAME).contains("Contoso");
        drop(name.and(Contact::STATECODE.eq(ContactState::Active)).odata());
    };
    assert_eq!(allocations(both), 4);
    let any = || {
        let contact = Contact::FULLNAME.eq("O'Neil").or(Contact::EMAILADDRESS1.is_null());
        drop(Account::CONTACT_CUSTOMER_ACCOUNTS.any(contact).odata());
    };
    assert_eq!(allocations(any), 4);
}

#[cfg(feature = "client")]
#[test]
fn every_operation_is_available_as_a_request() {
    let query = Contact::query().select(Contact::FULLNAME).filter(Contact::FULLNAME.eq("A & B")).request();
    assert_eq!(query.method().as_str(), "GET");
    assert_eq!(query.target(), "contacts?$select=fullname&$filter=fullname%20eq%20'A%20%26%20B'");
    let changes = Contact::update().set(Contact::FIRSTNAME, "A");
    let update = Contact::id(ANN).update_request(&changes);
    assert_eq!((update.method().as_str(), update.target()), ("PATCH", format!("contacts({ANN})").as_str()));
    let upsert = Account::NEW_ACCOUNTNUMBERKEY
        .row(("A/1",))
        .upsert_request(&Account::update().set(Account::NAME, "A"));
    assert_eq!(upsert.target(), "accounts(accountnumber='A%2F1')?$select=accountid");
    let create = Contact::create().set(Contact::FIRSTNAME, "A").request();
    assert_eq!((create.method().as_str(), create.target()), ("POST", "contacts"));
    let delete = Contact::id(ANN).delete_request();
    assert_eq!((delete.method().as_str(), delete.target()), ("DELETE", format!("contacts({ANN})").as_str()));
    let mut set = dvkit::dvkit_client::ChangeSet::new();
    let company = set.create(&Account::create().set(Account::NAME, "A"));
    let contact = Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, company);
    assert_eq!(
        contact.json(),
        json!({"parentcustomerid_account@odata.bind": company.content_id().reference()})
    );
}
