//! What a crate that depends on dvkit looks like, on the sample organisation.
//!
//! - [`crm`] is the organisation as `build.rs` generated it.
//! - [`customers_of`] asks with the typed builder, [`big_customers`] with a string that the compiler checks.
//! - [`Card`] is a hand-written struct that is checked field by field, and is a request; [`active_cards`] asks for some of them.
//! - [`hire`] and [`close`] write.
//! - [`Website`] is a type of its own that a generated field has.

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

/// The active contacts of companies whose name contains `name`, each with its company.
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

/// Active companies of at least this revenue that have a contact without an email address: builder and macro together.
pub fn big_customers(least: Decimal) -> Filter<Account> {
    let big = dvkit::filter!(Account, "revenue ge {least} and statecode eq 0");
    big.and(Account::CONTACT_CUSTOMER_ACCOUNTS.any(Contact::EMAILADDRESS1.is_null()))
        .and(Account::STATECODE.ne(AccountState::Inactive))
}

/// A whole request as a string that the compiler checks; values are escaped by the type of their column.
pub fn created_since(since: Timestamp) -> ODataText {
    dvkit::odata!(
        "contacts?$select=fullname,createdon&$filter=createdon ge {since}&$orderby=createdon&$top=50"
    )
}

/// A contact as a program wants it: every field is checked against the organisation when this is compiled.
#[derive(Debug, Entity)]
#[dvkit(table = "contact")]
pub struct Card {
    /// The whole name.
    pub fullname: Option<String>,
    /// The company, or the person, that the contact belongs to.
    #[dvkit(column = "_parentcustomerid_value")]
    pub customer: Option<dvkit::Lookup>,
    /// The state, as the service shows it.
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
    /// Its name.
    pub name: Option<String>,
    /// What it earns in a year.
    pub revenue: Option<Decimal>,
}

/// The cards of the active contacts, by name: a typed query that asks for what a struct needs.
pub fn active_cards() -> Query<Contact, FromEntity> {
    Contact::query()
        .filter(Contact::STATECODE.eq(ContactState::Active))
        .order_by(Contact::FULLNAME)
        .select_entity::<Card>()
}

/// A new contact of a company, owned by a user. What the service does not take on create does not compile.
pub fn hire(first: &str, last: &str, company: Guid, owner: Ref<SystemUser>) -> RowWrite<Contact, Create> {
    Contact::create()
        .set(Contact::FIRSTNAME, first)
        .set(Contact::LASTNAME, last)
        .bind(Contact::PARENTCUSTOMERID_ACCOUNT, company)
        .bind(Contact::OWNERID, owner)
}

/// Makes a project inactive and takes its manager away.
pub fn close() -> RowWrite<NewProject> {
    NewProject::update()
        .set(NewProject::STATECODE, crm::new_project::NewProjectState::Inactive)
        .clear(NewProject::NEW_MANAGER)
}

/// A web address without its scheme, as `build.rs` says for `account.websiteurl`; empty where the column is.
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
