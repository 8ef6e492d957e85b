//! Filters without placeholders.

use dvkit_ui::crm;

#[test]
fn a_filter_is_sent_as_it_was_written() {
    let filter = dvkit::filter!(crm::Contact, "fullname eq 'Ann' and statecode eq 0");
    assert_eq!(filter.odata(), "fullname eq 'Ann' and statecode eq 0");
}

#[test]
fn forms_that_dataverse_refuses_are_rewritten() {
    let filter = dvkit::filter!(crm::Contact, "tolower(fullname) eq 'ann' and statecode in (0,1)");
    assert_eq!(
        filter.odata(),
        "fullname eq 'ann' and Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['0','1'])"
    );
}

#[test]
fn a_hand_written_type_is_used_with_the_name_of_its_table() {
    #[derive(dvkit::Entity)]
    #[dvkit(table = "contact")]
    struct Card {
        fullname: Option<String>,
    }
    let filter = dvkit::filter!(Card as "contact", "fullname eq 'Ann'");
    assert_eq!(filter.odata(), "fullname eq 'Ann'");
    assert!(Card::default().fullname.is_none());
}

#[test]
fn filters_of_the_macro_and_of_the_builder_are_combined() {
    let open = dvkit::filter!(crm::Contact, "statecode eq 0 or statecode eq 1");
    let both = open.and(crm::Contact::FULLNAME.contains("Ann"));
    assert_eq!(both.odata(), "(statecode eq 0 or statecode eq 1) and contains(fullname,'Ann')");
}

#[test]
fn a_filter_is_used_in_a_lambda_expression() {
    let ann = dvkit::filter!(
        crm::Contact,
        "fullname eq 'Ann' and contact_customer_contacts/any(a:a/firstname eq 'Bob') and \
         Microsoft.Dynamics.CRM.Today(PropertyName='createdon')"
    );
    let filter = crm::Account::CONTACT_CUSTOMER_ACCOUNTS.any(ann);
    assert_eq!(
        filter.odata(),
        "contact_customer_accounts/any(b:b/fullname eq 'Ann' and b/contact_customer_contacts/any(a:a/firstname eq \
         'Bob') and b/Microsoft.Dynamics.CRM.Today(PropertyName='createdon'))"
    );
}

#[test]
fn a_lookup_is_compared_with_rows_of_its_table() {
    use crm::{Account, Contact};
    use dvkit::prelude::*;
    let id = dvkit::Guid::nil();
    let rows = Contact::PARENTCUSTOMERID_ACCOUNT.is_in([Account::id(id)]);
    let function =
        "(PropertyName='parentcustomerid',PropertyValues=[\"00000000-0000-0000-0000-000000000000\"])";
    assert_eq!(rows.odata(), format!("Microsoft.Dynamics.CRM.In{function}"));
    // An id and a lookup that was read are accepted without a check of their table.
    let ids = Contact::PARENTCUSTOMERID_ACCOUNT.not_in([id]);
    assert_eq!(ids.odata(), format!("Microsoft.Dynamics.CRM.NotIn{function}"));
    let read = vec![dvkit::Lookup::from(Account::id(id))];
    assert_eq!(Contact::PARENTCUSTOMERID_ACCOUNT.is_in(&read).odata(), rows.odata());
    assert_eq!(Account::PARENTACCOUNTID.under(Account::id(id)), Account::PARENTACCOUNTID.under(id));
}
