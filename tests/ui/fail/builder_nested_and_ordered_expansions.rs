use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Account::query()
        .expand(Account::CONTACT_CUSTOMER_ACCOUNTS.select(Contact::FULLNAME).top(5))
        .expand(Account::PRIMARYCONTACTID.select(Contact::FULLNAME).expand(Contact::CREATEDBY));
}
