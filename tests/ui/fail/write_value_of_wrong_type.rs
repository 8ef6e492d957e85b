use dvkit::prelude::*;
use dvkit_ui::crm::account::AccountState;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::update().set(Contact::FIRSTNAME, 7);
    let _ = Contact::update().set(Contact::STATECODE, AccountState::Active);
    let _ = Account::update().set(Account::REVENUE, "1000");
    let _ = Account::update().set(Contact::FIRSTNAME, "Ann");
}
