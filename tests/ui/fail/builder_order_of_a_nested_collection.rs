use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let people = Account::CONTACT_CUSTOMER_ACCOUNTS.select(Contact::FULLNAME);
    let _ = Account::query().expand(people.expand(Contact::CREATEDBY).top(5));
}
