use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Account::update().children(Account::CONTACT_CUSTOMER_ACCOUNTS, [Contact::create()]);
}
