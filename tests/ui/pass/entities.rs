//! Hand-written structs: their requests, and how rows are read into them.

use std::collections::BTreeMap;

use dvkit::jiff::civil::{Date, date};
use dvkit::prelude::*;
use dvkit::{Entity, Guid, Lookup};
use dvkit_ui::crm::contact::ContactState;
use dvkit_ui::crm::{Account, Contact};
use serde_json::Value;

#[derive(Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
    #[dvkit(formatted = "revenue")]
    revenue: Option<String>,
}

#[derive(Entity)]
#[dvkit(schema = "crm", table = "contact")]
struct Card {
    #[dvkit(column = "contactid")]
    id: Option<Guid>,
    fullname: Option<String>,
    #[dvkit(column = "birthdate")]
    born: Option<Date>,
    #[dvkit(column = "_parentcustomerid_value")]
    customer: Option<Lookup>,
    statecode: Option<i32>,
    #[dvkit(formatted = "statecode")]
    state: Option<String>,
    #[dvkit(expand = "parentcustomerid_account")]
    company: Option<Company>,
    #[dvkit(expand = "contact_customer_contacts", filter = "statecode eq 0", order_by = "fullname", top = 2)]
    people: Vec<Person>,
    #[dvkit(other)]
    rest: BTreeMap<String, Value>,
}

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Person {
    fullname: Option<String>,
}

#[test]
fn the_fields_of_a_struct_define_its_request() {
    assert_eq!(
        Card::request(),
        "contacts?$select=contactid,fullname,birthdate,_parentcustomerid_value,statecode&$expand=\
         parentcustomerid_account($select=name,revenue),contact_customer_contacts($filter=statecode eq 0;\
         $orderby=fullname;$top=2;$select=fullname)"
    );
    assert_eq!(Person::SELECT, "fullname");
    assert_eq!(Person::expand(), "");
}

#[test]
fn a_typed_query_selects_the_columns_of_a_struct() {
    let query = Contact::query().filter(Contact::STATECODE.eq(ContactState::Active)).top(2);
    assert_eq!(
        query.select_entity::<Card>().odata(),
        "contacts?$select=contactid,fullname,birthdate,_parentcustomerid_value,statecode&$expand=\
         parentcustomerid_account($select=name,revenue),contact_customer_contacts($filter=statecode eq 0;\
         $orderby=fullname;$top=2;$select=fullname)&$filter=statecode eq 0&$top=2"
    );
    let row = Contact::id(Guid::nil()).query().select_entity::<Person>();
    assert_eq!(row.url(), "contacts(00000000-0000-0000-0000-000000000000)?$select=fullname");
}

/// Tests that a filter which is percent-encoded in the attribute is not encoded twice.
#[test]
fn an_expansion_is_encoded_once() {
    #[derive(Entity)]
    #[dvkit(table = "account")]
    struct Company {
        #[dvkit(expand = "contact_customer_accounts", filter = "fullname ne 'A %26 B+C'")]
        people: Vec<Person>,
    }
    let query = Account::query().select_entity::<Company>();
    assert_eq!(
        query.odata(),
        "accounts?$expand=contact_customer_accounts($filter=fullname ne 'A & B+C';$select=fullname)"
    );
    assert_eq!(
        query.url(),
        "accounts?$expand=contact_customer_accounts($filter=fullname%20ne%20'A%20%26%20B%2BC';$select=fullname)"
    );
    assert!(Company::default().people.is_empty());
}

#[test]
fn a_row_is_read_into_a_struct() {
    let card: Card = serde_json::from_str(
        r#"{
            "@odata.etag": "W/\"1\"",
            "contactid": "78914942-34cb-ed11-b596-0022481d68cd",
            "fullname": "Ann",
            "birthdate": "2001-02-03",
            "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
            "_parentcustomerid_value": "00000000-0000-0000-0000-000000000001",
            "statecode@OData.Community.Display.V1.FormattedValue": "Active",
            "statecode": 0,
            "new_later": 5,
            "parentcustomerid_account": {"name": "Contoso", "revenue@OData.Community.Display.V1.FormattedValue": "1 €"},
            "contact_customer_contacts": [{"fullname": "Bob"}, {"fullname": null}]
        }"#,
    )
    .expect("a row");
    assert_eq!(card.id.map(|id| id.to_string()).as_deref(), Some("78914942-34cb-ed11-b596-0022481d68cd"));
    assert_eq!(card.fullname.as_deref(), Some("Ann"));
    assert_eq!(card.born, Some(date(2001, 2, 3)));
    assert_eq!(card.customer.and_then(|c| c.table).as_deref(), Some("account"));
    assert_eq!((card.statecode, card.state.as_deref()), (Some(0), Some("Active")));
    let company = card.company.expect("a company");
    assert_eq!((company.name.as_deref(), company.revenue.as_deref()), (Some("Contoso"), Some("1 €")));
    let people: Vec<_> = card.people.iter().map(|p| p.fullname.as_deref()).collect();
    assert_eq!(people, [Some("Bob"), None]);
    assert_eq!(card.rest.get("new_later"), Some(&Value::from(5)));
}

#[test]
fn a_value_of_another_type_is_an_error() {
    let error = serde_json::from_str::<Card>(r#"{"birthdate": "soon"}"#).map(|_| ()).expect_err("no date");
    assert!(error.to_string().contains("contact.birthdate: expected a date"), "{error}");
}

/// A field with a user-defined type.
#[derive(Default, Debug, PartialEq)]
struct Shout(String);

impl dvkit::row::FromScalar for Shout {
    fn set(&mut self, value: dvkit::row::Scalar<'_>) -> Result<(), dvkit::row::Mismatch> {
        match value {
            dvkit::row::Scalar::Text(text) => self.0 = text.to_uppercase(),
            _ => return Err(dvkit::row::Mismatch::expected("a text")),
        }
        Ok(())
    }
}

#[test]
fn a_field_can_have_a_user_defined_type() {
    #[derive(Entity)]
    #[dvkit(table = "contact")]
    struct Loud {
        #[dvkit(column = "fullname", custom)]
        name: Shout,
        #[dvkit(extra)]
        extra: dvkit::RowExtras,
    }
    let row = r#"{"@odata.etag": "W/\"7\"", "fullname": "Ann"}"#;
    let loud: Loud = serde_json::from_str(row).expect("a row");
    assert_eq!(loud.name, Shout("ANN".to_owned()));
    assert_eq!(loud.extra.etag(), Some("W/\"7\""));
}

#[test]
fn an_expanded_lookup_without_a_row_is_none() {
    let card: Card =
        serde_json::from_str(r#"{"parentcustomerid_account": null, "fullname": null}"#).expect("a row");
    assert!(card.company.is_none() && card.fullname.is_none() && card.people.is_empty());
}

#[test]
fn each_navigation_of_a_polymorphic_lookup_has_one_table() {
    #[derive(Entity)]
    #[dvkit(table = "contact")]
    struct Either {
        #[dvkit(expand = "parentcustomerid_account")]
        company: Option<Company>,
        #[dvkit(expand = "parentcustomerid_contact")]
        person: Option<Person>,
    }
    assert_eq!(
        Either::request(),
        "contacts?$expand=parentcustomerid_account($select=name,revenue),parentcustomerid_contact($select=fullname)"
    );
    let row = r#"{"parentcustomerid_account": {"name": "Contoso"}, "parentcustomerid_contact": null}"#;
    let either: Either = serde_json::from_str(row).expect("a row");
    assert!(either.person.is_none());
    assert_eq!(either.company.and_then(|c| c.name).as_deref(), Some("Contoso"));
}
