use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Account::create().children(Account::CONTACT_CUSTOMER_ACCOUNTS, [Account::create()]);
    let _ = Account::create().parent(Account::PRIMARYCONTACTID, Account::create());
    let _ = Account::create().parent(Account::CREATEDBY, Contact::create());
}
