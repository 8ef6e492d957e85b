//! Rows, conditions and writes over tables written by hand as the generator writes them.

#![allow(unreachable_pub, reason = "generated modules are public")]

mod by_hand;

use by_hand::contact::{ContactGenderCode, ContactState};
use by_hand::{Account, Contact};
use dvkit::prelude::*;
use dvkit::{Choice, Guid, Known};
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
fn a_wire_row_is_decoded() {
    let ann: Contact = serde_json::from_value(ann()).expect("it is a contact");
    assert_eq!(ann.contactid, Some(ANN));
    assert_eq!(ann.fullname.as_deref(), Some("Ann O'Neil"));
    assert_eq!(ann.statecode.and_then(Choice::known), Some(ContactState::Active));
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
    expect![[r#"contact { _parentcustomerid_value: account(a16b3f4b-1be7-e611-8101-e0616be10000, "Contoso"), annualincome: 12.5, birthdate: 1990-01-31, contactid: 78914942-34cb-ed11-b596-0022481d68cd, createdon: 2021-04-04T20:00:00Z, creditonhold: false, entityimage: Image(3 bytes), fullname: "Ann O'Neil", gendercode: Some(Unknown(9)), statecode: Some(Active), versionnumber: 2651027, extra: Extra(Some(Beside { etag: Some("W/\"2651027\""), formatted: [(31, "Active")], other: {"parentcustomerid_account": Object {"accountid": String("a16b3f4b-1be7-e611-8101-e0616be10000"), "name": String("Contoso")}} })) }"#]].assert_eq(&format!("{ann:?}"));
}

#[test]
fn an_option_added_later_is_kept_and_never_a_known_one() {
    let ann: Contact = serde_json::from_value(ann()).expect("it is a contact");
    let gender = ann.gendercode.expect("it has a value");
    assert_eq!(gender.known(), None);
    let Known::Unknown(unknown) = gender.get() else { panic!("9 is no gender of the sample") };
    assert_eq!(unknown.value(), 9);
    assert_eq!(Choice::<ContactState>::new(0), ContactState::Active);
    assert_eq!(ContactGenderCode::Female.label(1036), Some("Féminin"));
    assert_eq!(ContactGenderCode::Female.label(1040), None);
}

#[test]
fn a_filter_is_printed() {
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
fn changes_are_the_body_of_a_request() {
    let changes = Contact::changes()
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
