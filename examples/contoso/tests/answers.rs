//! Tests of the requests that are sent and of reading responses of the service.

use contoso::crm::{Account, Contact, SystemUser, contact::ContactState};
use contoso::{Card, Website, active_cards, big_customers, close, created_since, customers_of, hire};
use dvkit::prelude::*;
use dvkit::{ChoiceValue, Decimal, Guid, ResolvedChoice, Rows};
use serde_json::{Value, json};

const ANN: Guid = Guid::from_u128(0x7891_4942_34cb_ed11_b596_0022_481d_68cd);
const CONTOSO: Guid = Guid::from_u128(0xa16b_3f4b_1be7_e611_8101_e061_6be1_0000);

/// Returns the rows of a response.
fn value() -> Value {
    let answer: Value = serde_json::from_str(include_str!("answers/contacts.json")).expect("it is JSON");
    answer["value"].clone()
}

#[test]
fn queries_are_printed_as_requests() {
    assert_eq!(
        customers_of("50% off").odata(),
        "contacts?$select=fullname,emailaddress1,statecode&$expand=parentcustomerid_account($select=name,revenue)\
         &$filter=contains(parentcustomerid_account/name,'50[%] off') and statecode eq 0\
         &$orderby=lastname,createdon desc&$top=10"
    );
    assert_eq!(
        customers_of("A&B").url(),
        "contacts?$select=fullname,emailaddress1,statecode&$expand=parentcustomerid_account($select=name,revenue)\
         &$filter=contains(parentcustomerid_account/name,'A%26B')%20and%20statecode%20eq%200\
         &$orderby=lastname,createdon%20desc&$top=10"
    );
    assert_eq!(
        big_customers(Decimal::new(10_000_005, 1)).odata(),
        "(revenue ge 1000000.5 and statecode eq 0) and contact_customer_accounts/any(a:a/emailaddress1 eq null) \
         and statecode ne 1"
    );
    let since = created_since("2025-01-31T10:00:00Z".parse().expect("a time"));
    assert!(
        since.to_string().starts_with("contacts?$select=fullname,createdon&$filter=createdon"),
        "{since}"
    );
    assert_eq!(
        Card::request(),
        "contacts?$select=fullname,_parentcustomerid_value,statecode&$expand=parentcustomerid_account($select=name,revenue)"
    );
    assert_eq!(
        active_cards().odata(),
        format!("{}&$filter=statecode eq 0&$orderby=fullname", Card::request())
    );
}

#[test]
fn a_response_is_read_as_generated_rows() {
    let rows: Rows<Contact> = serde_json::from_value(value()).expect("they are contacts");
    let [ann, bob] = rows.0.as_slice() else { panic!("two rows") };
    assert_eq!(ann.contactid, Some(ANN));
    assert_eq!(ann.statecode.and_then(ChoiceValue::known), Some(ContactState::Active));
    assert_eq!(ann.parentcustomerid.as_ref().and_then(|c| c.to::<Account>()), Some(Account::id(CONTOSO)));
    let company =
        ann.extra.expanded(Contact::PARENTCUSTOMERID_ACCOUNT).expect("an account").expect("expanded");
    assert_eq!(company.revenue, Some(Decimal::new(12_500_005, 1)));
    assert_eq!(company.extra.formatted(Account::REVENUE), Some("€1,250,000.50"));
    // A state that was added after the code was generated.
    let Some(ResolvedChoice::Unknown(state)) = bob.statecode.map(ChoiceValue::get) else {
        panic!("7 is no state of the snapshot")
    };
    assert_eq!(state.value(), 7);
    assert_eq!(bob.extra.formatted(Contact::STATECODE), Some("On hold"));
    assert_eq!(bob.extra.etag(), Some("W/\"2651031\""));
}

#[test]
fn a_response_is_read_as_hand_written_rows() {
    let rows: Rows<Card> = serde_json::from_value(value()).expect("they are cards");
    assert_eq!(rows.0[0].company.as_ref().and_then(|company| company.name.as_deref()), Some("Contoso"));
    assert_eq!(rows.0[0].customer.as_ref().and_then(|customer| customer.table.as_deref()), Some("account"));
    assert_eq!(rows.0[1].state.as_deref(), Some("On hold"));
    assert!(rows.0[1].company.is_none());
}

#[test]
fn a_generated_field_can_have_a_user_defined_type() {
    let read = |text: &str| serde_json::from_str::<Account>(text);
    let account = read(r#"{"name": "Contoso", "websiteurl": "https://contoso.com"}"#).expect("an account");
    assert_eq!(account.websiteurl, Website("contoso.com".to_owned()));
    assert_eq!(account.clone(), account);
    assert_eq!(read(r#"{"websiteurl": null}"#).expect("an account").websiteurl, Website::default());
    let error = read(r#"{"websiteurl": 7}"#).expect_err("no address").to_string();
    assert!(error.starts_with("account.websiteurl: expected a web address, found 7"), "{error}");
    // The kind of the column has not changed: it is compared with text and set to text.
    assert_eq!(Account::WEBSITEURL.eq("https://contoso.com").odata(), "websiteurl eq 'https://contoso.com'");
}

#[test]
fn writes_are_bodies_of_requests() {
    assert_eq!(
        hire("Ann", "O'Neil", CONTOSO, SystemUser::id(ANN)).into_json(),
        json!({
            "firstname": "Ann",
            "lastname": "O'Neil",
            "parentcustomerid_account@odata.bind": format!("/accounts({CONTOSO})"),
            "ownerid@odata.bind": format!("/systemusers({ANN})"),
        })
    );
    assert_eq!(close().into_json(), json!({"statecode": 1, "new_Manager@odata.bind": null}));
}
