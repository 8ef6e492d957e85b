//! An example of a crate that uses dvkit, with the sample organisation.
//!
//! - [`crm`] contains the code that `build.rs` generates for the organisation.
//! - [`customers_of`] builds a query with the typed builder. [`big_customers`] and [`created_since`] use strings that the
//!   compiler checks.
//! - [`Card`] is a hand-written struct whose fields are checked and define a request. [`active_cards`] queries such cards.
//! - [`hire`] and [`close`] write rows.
//! - [`Website`] is a user-defined type of a generated field.

use dvkit::jiff::Timestamp;
use dvkit::kind::Text;
use dvkit::prelude::*;
use dvkit::query::{FromEntity, OneLevel};
use dvkit::row::{Field, FieldMut, FromScalar, Mismatch, Scalar};
use dvkit::{Create, Decimal, Entity, Filter, Guid, ODataText, Query, Ref, RowWrite};

/// The organisation.
#[dvkit::schema("crm")]
pub mod crm {}

use crm::account::AccountState;
use crm::contact::ContactState;
use crm::{Account, Contact, NewProject, SystemUser};

/// Returns a query for the active contacts of companies whose name contains `name`, each with its company.
pub fn customers_of(name: &str) -> Query<Contact, OneLevel> {
    Contact::query()
        .select((Contact::FULLNAME, Contact::EMAILADDRESS1, Contact::STATECODE))
        .filter(
            Contact::PARENTCUSTOMERID_ACCOUNT
                .then(Account::NAME)
                .contains(name)
                .and(Contact::STATECODE.eq(ContactState::Active)),
        )
        .expand(Contact::PARENTCUSTOMERID_ACCOUNT.select((Account::NAME, Account::REVENUE)))
        .order_by((Contact::LASTNAME, Contact::CREATEDON.desc()))
        .top(10)
}

/// Returns a filter for active companies with at least this revenue and a contact without an email address. It combines
/// filters of the builder and of the macro.
pub fn big_customers(least: Decimal) -> Filter<Account> {
    let big = dvkit::filter!(Account, "revenue ge {least} and statecode eq 0");
    big.and(Account::CONTACT_CUSTOMER_ACCOUNTS.any(Contact::EMAILADDRESS1.is_null()))
        .and(Account::STATECODE.ne(AccountState::Inactive))
}

/// Returns the request for contacts created since a time. The compiler checks the string, and the value is escaped by the
/// type of its column.
pub fn created_since(since: Timestamp) -> ODataText {
    dvkit::odata!(
        "contacts?$select=fullname,createdon&$filter=createdon ge {since}&$orderby=createdon&$top=50"
    )
}

/// The columns of a contact that a program needs. The compiler checks every field against the organisation.
#[derive(Debug, Entity)]
#[dvkit(table = "contact")]
pub struct Card {
    /// The full name.
    pub fullname: Option<String>,
    /// The company, or the person, that the contact belongs to.
    #[dvkit(column = "_parentcustomerid_value")]
    pub customer: Option<dvkit::Lookup>,
    /// The label of the state.
    #[dvkit(formatted = "statecode")]
    pub state: Option<String>,
    /// The company.
    #[dvkit(expand = "parentcustomerid_account")]
    pub company: Option<Company>,
}

/// A company.
#[derive(Debug, Entity)]
#[dvkit(table = "account")]
pub struct Company {
    /// The name of the company.
    pub name: Option<String>,
    /// The annual revenue.
    pub revenue: Option<Decimal>,
}

/// Returns a query for the cards of the active contacts, ordered by name. It selects the columns of the struct.
pub fn active_cards() -> Query<Contact, FromEntity> {
    Contact::query()
        .filter(Contact::STATECODE.eq(ContactState::Active))
        .order_by(Contact::FULLNAME)
        .select_entity::<Card>()
}

/// Returns the values of a new contact of a company, owned by a user. Columns that cannot be set on create do not compile.
pub fn hire(first: &str, last: &str, company: Guid, owner: Ref<SystemUser>) -> RowWrite<Contact, Create> {
    Contact::create()
        .set(Contact::FIRSTNAME, first)
        .set(Contact::LASTNAME, last)
        .bind(Contact::PARENTCUSTOMERID_ACCOUNT, company)
        .bind(Contact::OWNERID, owner)
}

/// Returns the changes that make a project inactive and remove its manager.
pub fn close() -> RowWrite<NewProject> {
    NewProject::update()
        .set(NewProject::STATECODE, crm::new_project::NewProjectState::Inactive)
        .clear(NewProject::NEW_MANAGER)
}

/// A web address without its scheme; empty where the column is empty. `build.rs` sets it as the type of `account.websiteurl`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Website(pub String);

impl FromScalar for Website {
    fn set(&mut self, value: Scalar<'_>) -> Result<(), Mismatch> {
        let text = match value {
            Scalar::Null => "",
            Scalar::Text(text) => text,
            _ => return Err(Mismatch::expected("a web address")),
        };
        self.0 = text.split_once("://").map_or(text, |(_, host)| host).to_owned();
        Ok(())
    }
}

impl Field<Text> for Website {
    fn field_mut(&mut self) -> FieldMut<'_> {
        FieldMut::Custom(self)
    }
}
