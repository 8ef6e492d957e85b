//! Placeholders of filters: values of every type, and texts that try to change the structure of the query.

use dvkit::jiff::civil::{Date, date};
use dvkit::{Decimal, Guid};
use dvkit_ui::crm;

fn id() -> Guid {
    "78914942-34cb-ed11-b596-0022481d68cd".parse().expect("a guid")
}

#[test]
fn a_value_is_written_by_the_type_of_its_column() {
    let (name, least, born, id) = ("Ann", Decimal::new(12345, 1), date(2001, 2, 3), id());
    let created: dvkit::jiff::Timestamp = "2025-01-31T10:00:00Z".parse().expect("a time");
    let filter = dvkit::filter!(
        crm::Contact,
        "fullname eq {name} and birthdate eq {born} and createdon lt {created} and _parentcustomerid_value eq {id} \
         and donotemail eq {no} and parentcustomerid_account/revenue gt {least} and statecode eq {state}",
        no = false,
        state = 0
    );
    assert_eq!(
        filter.odata(),
        "fullname eq 'Ann' and birthdate eq 2001-02-03 and createdon lt 2025-01-31T10:00:00Z and \
         _parentcustomerid_value eq 78914942-34cb-ed11-b596-0022481d68cd and donotemail eq false and \
         parentcustomerid_account/revenue gt 1234.5 and statecode eq 0"
    );
}

#[test]
fn a_text_stays_within_its_quotes() {
    let name = "O'Brien' or '1' eq '1";
    let filter =
        dvkit::filter!(crm::Contact, "fullname eq {name} or fullname eq '{name}' or firstname eq 'x{name}'");
    let inner = "O''Brien'' or ''1'' eq ''1";
    assert_eq!(
        filter.odata(),
        format!("fullname eq '{inner}' or fullname eq '{inner}' or firstname eq 'x{inner}'")
    );
}

#[test]
fn wildcards_in_searched_texts_are_escaped() {
    let part = "100%_[x]";
    let filter =
        dvkit::filter!(crm::Contact, "contains(fullname,{part}) or startswith(fullname,'The {part}')");
    assert_eq!(
        filter.odata(),
        "contains(fullname,'100[%][_][[]x]') or startswith(fullname,'The 100[%][_][[]x]')"
    );
}

#[test]
fn a_placeholder_takes_a_list() {
    let ids = vec![id(), Guid::nil()];
    let names: &[&str] = &["Ann", "O'Brien", "\"]"];
    let filter = dvkit::filter!(crm::Contact, "contactid in ({ids}) or fullname in {names}");
    assert_eq!(
        filter.odata(),
        "Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=[\"78914942-34cb-ed11-b596-0022481d68cd\",\
         \"00000000-0000-0000-0000-000000000000\"]) or \
         Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=[\"Ann\",\"O'Brien\",\"\\\"]\"])"
    );
    let (one, two) = (id(), Guid::nil());
    let filter = dvkit::filter!(crm::Contact, "contactid in ({one},{two})");
    assert_eq!(
        filter.odata(),
        "Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=['78914942-34cb-ed11-b596-0022481d68cd',\
         '00000000-0000-0000-0000-000000000000'])"
    );
}

#[test]
fn placeholders_take_expressions() {
    struct Person {
        name: String,
        born: Date,
    }
    let people = [Person { name: "Ann".to_owned(), born: date(2001, 2, 3) }];
    let filter =
        dvkit::filter!(crm::Contact, "fullname eq {people[0].name} and birthdate ge {people[0].born}");
    assert_eq!(filter.odata(), "fullname eq 'Ann' and birthdate ge 2001-02-03");
    // Values are borrowed and can be used twice and afterwards.
    let name = people[0].name.clone();
    let filter = dvkit::filter!(crm::Contact, "firstname eq {name} or lastname eq {name}");
    assert_eq!(filter.odata(), format!("firstname eq '{name}' or lastname eq '{name}'"));
}

#[test]
fn a_placeholder_can_be_compared_with_columns_of_two_types() {
    let n = 5;
    let filter = dvkit::filter!(crm::Account, "revenue gt {n} and numberofemployees gt {n}");
    assert_eq!(filter.odata(), "revenue gt 5 and numberofemployees gt 5");
}

#[test]
fn query_functions_take_values() {
    let (day, days) = ("2025-01-31T00:00:00Z".parse::<dvkit::jiff::Timestamp>().expect("a time"), 7);
    let filter = dvkit::filter!(
        crm::Contact,
        "Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue={day}) or \
         Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue={days})"
    );
    assert_eq!(
        filter.odata(),
        "Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue='2025-01-31T00:00:00Z') or \
         Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)"
    );
}

#[test]
fn a_placeholder_takes_a_filter() {
    let name = dvkit::filter!(crm::Contact, "fullname eq 'Ann' or fullname eq 'Bob'");
    let filter = dvkit::filter!(crm::Contact, "{name} and statecode eq 0");
    assert_eq!(filter.odata(), "(fullname eq 'Ann' or fullname eq 'Bob') and statecode eq 0");
    let of_the_builder = crm::Contact::FULLNAME.eq("Ann");
    let filter = dvkit::filter!(crm::Contact, "not {of_the_builder}");
    assert_eq!(filter.odata(), "not (fullname eq 'Ann')");
}

#[test]
fn placeholders_for_options_take_enums() {
    let state = crm::contact::ContactState::Active;
    let filter = dvkit::filter!(crm::Contact, "statecode eq {state}");
    assert_eq!(filter.odata(), "statecode eq 0");
}
